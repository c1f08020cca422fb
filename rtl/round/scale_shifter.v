// SPDX-License-Identifier: Apache-2.0
// V = old + 1/2 (if half_i) + acc * mant shifted, where multipliers shift too: scale_i (lane_scale, FORM 1) holds in bits 17..0 a factor, in bits 34..18
// a power of two, one-hot, and S, which V adds, is the product of the three, at most 2^(W_ACC + 50), moved down by W_ACC + 15, by 19 less if bit 35
// is set, by 38 less if bit 36 is.
// Cycles count while ce_i is high. acc_i enters in cycle t, old_i in t + 3; low_o is valid in cycle t + 4, the rest in cycle t + 5, all from registers:
// partial products, product, its digits shifted, S, sum.
`default_nettype none

module scale_shifter #(
    parameter integer W_ACC   = 24,  // 4..24
    parameter integer W_WHOLE = 8    // bits of the whole part of S, less its sign
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
    output wire                      over_o,     // S is too large, whole_o is not valid
    output wire                      sign_o      // of V, also then
);

    generate
        if (W_ACC < 4 || W_ACC > 24) begin : g_illegal
            scale_shifter_w_acc_must_be_4_to_24 illegal ();
        end
    endgenerate

    localparam integer W_P = W_ACC + 18;
    localparam integer W_S = 25 + W_WHOLE;
    wire signed [17:0] mant = $signed(scale_i[17:0]);
    wire        [16:0] power = scale_i[34:18];
    wire               middle = scale_i[35];
    wire               high = scale_i[36];

    // one multiplier of 18 x 18 bits per part
    wire signed [W_P-1:0] low_part, high_part;
    generate
        if (W_ACC > 18) begin : g_two
            reg signed [34:0]      low_q;
            reg signed [W_P-18:0]  high_q;
            always @(posedge clk_i)
                if (ce_i) begin
                    low_q  <= $signed({1'b0, acc_i[16:0]}) * mant;
                    high_q <= $signed(acc_i[W_ACC-1:17]) * mant;
                end
            assign low_part  = {{(W_P - 35) {low_q[34]}}, low_q};
            assign high_part = {high_q, 17'd0};
        end else begin : g_one
            reg signed [W_P-1:0] low_q;
            always @(posedge clk_i)
                if (ce_i) low_q <= acc_i * mant;
            assign low_part  = low_q;
            assign high_part = {W_P{1'b0}};
        end
    endgenerate

    reg signed [W_P-1:0] p_q;
    always @(posedge clk_i) if (ce_i) p_q <= low_part + high_part;

    // The product in digits of 17 bits, each times the power of two. A shifted digit has zeros where its neighbours have bits, so the sum of the three is
    // an OR. With `high`, S ends in the second digit; that has a sign then, which shows whether it got too large.
    wire signed [41:0] p = p_q;
    wire               sign = p[41];
    reg         [33:0] digit0_q;
    reg signed  [34:0] digit1_q;
    reg signed  [24:0] digit2_q;
    reg                beyond1_q, sign_3q;
    always @(posedge clk_i)
        if (ce_i) begin
            digit0_q  <= p[16:0] * power;
            digit1_q  <= $signed({high & p[34], p[33:17]}) * $signed({1'b0, power});
            digit2_q  <= $signed(p[41:34]) * $signed({1'b0, power});
            beyond1_q <= p[41:34] != {8{sign}};
            sign_3q   <= sign;
        end

    localparam integer DOWN = W_ACC + 15;
    localparam integer DOWN_HIGH = DOWN > 38 ? DOWN - 38 : 0;
    localparam integer UP_HIGH = DOWN < 38 ? 38 - DOWN : 0;
    localparam integer TOP_MIDDLE = DOWN - 19 + W_S - 1;                 // where the sign of S stands in y
    localparam integer TOP_HIGH = DOWN + W_S - 1 - 38;
    wire signed [63:0] y = {{5{digit2_q[24]}}, digit2_q, 34'd0} | {{12{digit1_q[34]}}, digit1_q, 17'd0} | {30'd0, digit0_q};
    wire signed [63:0] y_high = (y >>> DOWN_HIGH) << UP_HIGH;
    wire signed [63:0] y_middle = y >>> (DOWN - 19);
    wire signed [63:0] y_low = y >>> DOWN;
    wire     [W_S-2:0] s = middle ? y_middle[W_S-2:0] : high ? y_high[W_S-2:0] : y_low[W_S-2:0];
    wire               over_middle = y[W_ACC+33:TOP_MIDDLE] != {(W_ACC + 34 - TOP_MIDDLE) {sign_3q}};
    wire               over_high = beyond1_q || {digit1_q[34:17], y[33:TOP_HIGH]} != {(52 - TOP_HIGH) {sign_3q}};

    reg [W_S-1:0]    s_q;
    reg signed [8:0] old_q;
    reg              over_q;
    always @(posedge clk_i)
        if (ce_i) begin
            old_q  <= old_i;
            s_q    <= {sign_3q, s};
            over_q <= (middle && over_middle) || (high && over_high);
        end
    wire sign_4q = s_q[W_S-1];
    assign low_o = s_q[13:0];

    wire signed [W_WHOLE+2:0] sum = $signed(s_q[W_S-1:23]) + $signed({old_q[W_WHOLE:0], half_i});
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

    wire unused = &{1'b0, scale_i[60:37], y, y_high, y_middle, y_low, old_q};

endmodule

`default_nettype wire
