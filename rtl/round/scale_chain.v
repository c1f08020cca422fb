// SPDX-License-Identifier: Apache-2.0
// V = old + 1/2 (if half_i) + acc * scale with a chain of four 16 x 16 multipliers and no shifter: the scale is a 61-bit number
// M = mant << (shift + 31), cut into words of 15, 15, 15 and 16 bits, and V has 24 + 31 fraction bits of which the lower 31 are dropped.
// Each product is added to what the word below carries over, so that one multiplier with a 32-bit adder does a step.
// Cycles count while ce_i is high. acc_i and old_i enter in cycle t; low_o is combinational in cycle t + 1, the rest in cycle t + 2.
`default_nettype none

module scale_chain #(
    parameter integer W_ACC = 16  // 2..16
) (
    input  wire                    clk_i,
    input  wire                    ce_i,
    input  wire signed [W_ACC-1:0] acc_i,
    input  wire signed [      4:0] old_i,
    input  wire                    half_i,   // constant of the instruction, old_i is 0
    input  wire        [     60:0] scale_i,  // constant of the instruction
    output wire        [     13:0] low_o,    // fraction bits 13..0 of V
    output wire        [      9:0] high_o,   // fraction bits 23..14
    output wire signed [      4:0] whole_o,
    output wire                    over_o,   // V is not in [-16, 16), whole_o is not valid
    output wire                    sign_o    // of V, also then
);

    generate
        if (W_ACC < 2 || W_ACC > 16) begin : g_illegal
            scale_chain_w_acc_must_be_2_to_16 illegal ();
        end
    endgenerate

    wire signed [15:0] word0 = $signed({1'b0, scale_i[14:0]});
    wire signed [15:0] word1 = $signed({1'b0, scale_i[29:15]});
    wire signed [15:0] word2 = $signed({1'b0, scale_i[44:30]});
    wire signed [15:0] word3 = $signed(scale_i[60:45]);

    wire signed [15:0] acc = {{(16 - W_ACC) {acc_i[W_ACC-1]}}, acc_i};
    reg signed  [15:0] acc_q;
    reg signed  [ 4:0] old_q;
    // keep: else Yosys 0.23 takes the register as output register of one multiplier and as input register of the next
    (* keep *)reg signed  [31:0] sum1_q;
    reg signed  [31:0] sum3_q;

    wire signed [31:0] sum0 = acc * word0;
    // the whole part of V in bits 31..25, 1/2 in bit 24; the carried number is signed
    wire               carry_sign = sum1_q[31];
    wire        [ 6:0] old_part = {{2{old_q[4]}}, old_q} - {6'd0, carry_sign & ~half_i};
    wire signed [31:0] carry1 = $signed({old_part, half_i ^ carry_sign, {7{carry_sign}}, sum1_q[31:15]});
    wire signed [31:0] sum2 = acc_q * word2 + carry1;

    always @(posedge clk_i)
        if (ce_i) begin
            acc_q  <= acc;
            old_q  <= old_i;
            sum1_q <= acc * word1 + (sum0 >>> 15);
            sum3_q <= acc_q * word3 + (sum2 >>> 15);
        end

    assign low_o   = sum2[14:1];
    assign high_o  = sum3_q[9:0];
    assign whole_o = $signed(sum3_q[14:10]);
    assign sign_o  = sum3_q[31];
    assign over_o  = sum3_q[31:14] != {18{sum3_q[31]}};

    wire unused = &{1'b0, sum1_q[14:0]};

endmodule

`default_nettype wire
