// SPDX-License-Identifier: Apache-2.0
// V = old + 1/2 (if half_i) + acc * mant shifted, with one multiplication and a barrel shifter. scale_i: the mantissa in bits 15..0, in bits
// 22..16 how far the product, standing 24 + W_WHOLE bits up, is to go down, and what follows from that: bit 23, less than 32; bits 39..24, ones
// from the place on that its low four bits count (lane_scale, FORM 1). Bits from 23 on may come a cycle later. scale_i and half_i
// stand from a cycle before an element on.
// Cycles count while ce_i is high. acc_i enters in cycle t, old_i in t + 1; low_o is valid in cycle t + 4, the rest in cycle t + 5, all from registers:
// partial products, product, coarse shift, fine shift, sum.
`default_nettype none

module scale_shifter #(
    parameter integer W_ACC   = 24,  // 2..40
    parameter integer W_WHOLE = 8    // bits of the whole part of the shifted product, less its sign
) (
    input  wire                      clk_i,
    input  wire                      ce_i,
    input  wire signed [  W_ACC-1:0] acc_i,
    input  wire signed [        8:0] old_i,
    input  wire                      half_i,
    input  wire        [       60:0] scale_i,
    output wire        [       13:0] low_o,      // fraction bits 13..0
    output wire        [        9:0] high_o,     // fraction bits 23..14
    output wire signed [W_WHOLE+1:0] whole_o,
    output wire                      over_o,     // the product is too large, whole_o is not valid
    output wire                      sign_o      // of V, also then
);

    localparam integer W_P = W_ACC + 16;
    localparam integer W_S = 25 + W_WHOLE;
    wire        [ 6:0] t = scale_i[22:16];

    // one multiplier of 18 x 18 bits per part
    wire signed [W_P-1:0] low_part, high_part;
    generate
        if (W_ACC > 18) begin : g_two
            reg signed [15:0]      low_mant_q, high_mant_q;   // the multipliers lie apart
            (* keep *) always @(posedge clk_i) low_mant_q <= scale_i[15:0];
            (* keep *) always @(posedge clk_i) high_mant_q <= scale_i[15:0];
            reg signed [33:0]      low_q;
            reg signed [W_P-18:0]  high_q;
            always @(posedge clk_i)
                if (ce_i) begin
                    low_q  <= $signed({1'b0, acc_i[16:0]}) * low_mant_q;
                    high_q <= $signed(acc_i[W_ACC-1:17]) * high_mant_q;
                end
            assign low_part  = {{(W_P - 34) {low_q[33]}}, low_q};
            assign high_part = {high_q, 17'd0};
        end else begin : g_one
            reg signed [15:0]    mant_q;
            reg signed [W_P-1:0] low_q;
            always @(posedge clk_i) mant_q <= scale_i[15:0];
            always @(posedge clk_i)
                if (ce_i) low_q <= acc_i * mant_q;
            assign low_part  = low_q;
            assign high_part = {W_P{1'b0}};
        end
    endgenerate

    reg half_q;                      // a copy for each lane, as half_i stands
    (* keep *) always @(posedge clk_i) half_q <= half_i;

    reg signed [W_P-1:0] p_q;
    reg [26:0]           old_q;      // of the stages 2 to 4
    always @(posedge clk_i)
        if (ce_i) begin
            p_q   <= low_part + high_part;
            old_q <= {old_q[17:0], old_i};
        end
    wire signed [8:0] old_4 = old_q[26:18];

    // S = P << (W_S - 1) >>> t: a coarse step of 64, 32 or 0, then 16, 8, 4, 2, 1. A step that does not shift loses bits on top, which must equal
    // the sign. Whole words at a time: bit by bit the simulation would take six times as long.
    wire sign = p_q[W_P-1];
    wire signed [63:0] p = {{(64 - W_P) {sign}}, p_q};
    localparam integer W5 = W_S + 31;
    localparam integer W4 = W_S + 15;
    localparam integer W3 = W_S + 7;
    localparam integer W2 = W_S + 3;
    localparam integer W1 = W_S + 1;
    wire signed [63:0] right64 = p >>> (65 - W_S);
    wire signed [63:0] right32 = p >>> (33 - W_S);
    wire        [63:0] left = p << (W_S - 1);
    wire        [63:0] step5 = scale_i[23] ? left : t[6] ? right64 : right32;
    wire [W4-1:0] step4 = t[4] ? step5[16+:W4] : step5[0+:W4];
    wire lost5 = scale_i[23] & (p[63:32] != {32{sign}});
    wire lost4 = ~t[4] & (step5[W5-1:W4] != {16{sign}});

    reg [W4-1:0] step4_q;
    reg          lost_q, sign_3q;
    always @(posedge clk_i)
        if (ce_i) begin
            step4_q <= step4;
            lost_q  <= lost5 | lost4;
            sign_3q <= sign;
        end

    wire [W3-1:0] step3 = t[3] ? step4_q[8+:W3] : step4_q[0+:W3];
    wire [W2-1:0] step2 = t[2] ? step3[4+:W2] : step3[0+:W2];
    wire [W1-1:0] step1 = t[1] ? step2[2+:W1] : step2[0+:W1];
    wire [W_S-1:0] s = t[0] ? step1[1+:W_S] : step1[0+:W_S];
    wire lost3 = ((step4_q[W4-1:W_S-1] ^ {16{sign_3q}}) & scale_i[39:24]) != 16'd0;   // of all four steps

    reg [W_S-1:0] s_q;
    reg           over_q, sign_4q;
    always @(posedge clk_i)
        if (ce_i) begin
            s_q     <= s[W_S-1:0];
            over_q  <= lost_q | lost3;
            sign_4q <= sign_3q;
        end
    assign low_o = s_q[13:0];

    wire signed [W_WHOLE+2:0] sum = $signed(s_q[W_S-1:23]) + $signed({old_4[W_WHOLE:0], half_q});
    reg signed  [W_WHOLE+2:0] sum_q;
    reg [8:0]                 fraction_q;
    reg                       over_5q, sign_5q;
    always @(posedge clk_i)
        if (ce_i) begin
            sum_q      <= sum;
            fraction_q <= s_q[22:14];
            over_5q    <= over_q;
            sign_5q    <= over_q ? sign_4q : sum[W_WHOLE+2];
        end
    assign high_o  = {sum_q[0], fraction_q};
    assign whole_o = sum_q[W_WHOLE+2:1];
    assign over_o  = over_5q;
    assign sign_o  = sign_5q;

    wire unused = &{1'b0, scale_i, t[5], step5, old_4};

endmodule

`default_nettype wire
