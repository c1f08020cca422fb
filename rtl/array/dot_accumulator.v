// SPDX-License-Identifier: Apache-2.0
// One cell of the array: ternary dot product, then accumulation by Horner's rule over planes.
// Operands enter in cycle t; first_i, radix_i and radix3_i of the same word enter in cycle t + 1 (the caller delays
// them); acc_o holds the sum that includes the word in cycle t + 2. With LATE = 1 both are two cycles later. Cycles count only while ce_i is high.
`default_nettype none

module dot_accumulator #(
    parameter integer K          = 64,  // trits per word
    parameter integer LATE       = 0,
    parameter integer W_ACC      = 24,  // two's complement, wraps; >= $clog2(K + 1) + 1
    parameter integer MULTIPLIER = 0    // 1: R * acc + part in a multiplier with adder and register, W_ACC at most 16
) (
    input  wire                    clk_i,
    input  wire                    ce_i,
    input  wire        [    K-1:0] a_mask_i,
    input  wire        [    K-1:0] a_sign_i,
    input  wire        [    K-1:0] b_mask_i,
    input  wire        [    K-1:0] b_sign_i,
    input  wire                    first_i,       // acc = part
    input  wire                    radix_i,       // acc = R * acc + part
    input  wire                    radix3_i,      // R = 3, not 2
    output reg  signed [W_ACC-1:0] acc_o
);

    localparam integer W_PART = $clog2(K + 1) + 1;

    generate
        if (W_ACC < W_PART) begin : g_illegal
            dot_accumulator_w_acc_must_hold_one_word illegal ();
        end
    endgenerate

    wire signed [W_PART-1:0] part;
    ternary_dot #(
        .K   (K),
        .LATE(LATE)
    ) dot (
        .clk_i       (clk_i),
        .ce_i        (ce_i),
        .a_mask_i    (a_mask_i),
        .a_sign_i    (a_sign_i),
        .b_mask_i    (b_mask_i),
        .b_sign_i    (b_sign_i),
        .part_o      (part)
    );

    generate
        if (MULTIPLIER != 0) begin : g_multiplier
            wire signed [2:0] factor = first_i ? 3'sd0 : {1'b0, radix_i, !radix_i || radix3_i};
            wire signed [31:0] addend = {{(32 - W_PART) {part[W_PART-1]}}, part};
            // keep: else Yosys 0.23 takes it for a register of the product's input, too, and leaves that input open (iCE40)
            (* keep *)reg signed [31:0] sum_q;
            always @(posedge clk_i) if (ce_i) sum_q <= acc_o * factor + addend;
            always @* acc_o = sum_q[W_ACC-1:0];
            wire unused = &{1'b0, sum_q};
        end else begin : g_adder
            wire signed [W_ACC-1:0] tripled = acc_o + (acc_o <<< 1);
            reg signed  [W_ACC-1:0] base;
            always @*
                if (first_i) base = {W_ACC{1'b0}};
                else if (!radix_i) base = acc_o;
                else if (radix3_i) base = tripled;
                else base = acc_o <<< 1;

            always @(posedge clk_i) if (ce_i) acc_o <= base + {{(W_ACC - W_PART) {part[W_PART-1]}}, part};
        end
    endgenerate

endmodule

`default_nettype wire
