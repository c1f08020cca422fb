// SPDX-License-Identifier: Apache-2.0
// V = old + 1/2 (if half_i) + acc * mant shifted, for devices without multipliers. scale_i (lane_scale, FORM 2): bits 3..0 two digits
// 0, 1, 2, -1 (code 3) of 2^(0..3) * mant in radix 4, the low digit first; bit 4: add them in this cycle; bits 9..5 how far the product, standing
// 24 + W_WHOLE bits up, is to go down, in steps of four bits. Five additions follow a cycle with ce_i, and only then may ce_i be high again.
// In cycles with ce_i: acc_i and old_i enter in cycle t, V is valid in cycle t + 2.
`default_nettype none

module scale_serial #(
    parameter integer W_ACC   = 16,  // 2..24
    parameter integer W_WHOLE = 5    // bits of the whole part of the shifted product, less its sign
) (
    input  wire                      clk_i,
    input  wire                      ce_i,
    input  wire signed [  W_ACC-1:0] acc_i,      // from the cycle after its ce_i to the next ce_i
    input  wire signed [        8:0] old_i,
    input  wire                      half_i,
    input  wire        [       60:0] scale_i,
    output wire        [       23:0] fraction_o,
    output wire signed [W_WHOLE+1:0] whole_o,
    output wire                      over_o,     // the product is too large, whole_o is not valid
    output wire                      sign_o      // of V, also then
);

    localparam integer W_P = W_ACC + 20;
    localparam integer W_S = 25 + W_WHOLE;
    localparam integer T_MAX = 24 + W_WHOLE + W_ACC + 15;
    localparam integer LEVELS = T_MAX <= 60 ? 4 : 5;
    localparam integer W_TOP = W_S + 4 * ((1 << LEVELS) - 1);
    localparam integer W_MIDDLE = W_S + 12;

    wire       step = scale_i[4];
    wire [4:0] t = scale_i[9:5];

    // a digit times acc is one function of four inputs per bit, and a carry for -1
    function [W_ACC+1:0] times(input [W_ACC-1:0] a, input [1:0] digit);
        case (digit)
            2'd0:    times = {(W_ACC + 2) {1'b0}};
            2'd1:    times = {{2{a[W_ACC-1]}}, a};
            2'd2:    times = {a[W_ACC-1], a, 1'b0};
            default: times = ~{{2{a[W_ACC-1]}}, a};
        endcase
    endfunction

    // two steps of: high += digit * acc, whose two low bits move to low
    reg         [W_ACC-1:0] high_q;
    reg         [     19:0] low_q;
    wire        [W_ACC+2:0] sum0 = {{2{high_q[W_ACC-1]}}, high_q, 1'b1} + {times(acc_i, scale_i[1:0]), &scale_i[1:0]};
    wire        [W_ACC+2:0] sum1 = {{2{sum0[W_ACC+2]}}, sum0[W_ACC+2:3], 1'b1} + {times(acc_i, scale_i[3:2]), &scale_i[3:2]};
    always @(posedge clk_i)
        if (ce_i) high_q <= {W_ACC{1'b0}};
        else if (step) high_q <= sum1[W_ACC+2:3];
    always @(posedge clk_i) if (step) low_q <= {sum1[2:1], sum0[2:1], low_q[19:4]};

    // wide steps from the product to middle_q, narrow ones from there; a step that does not shift loses bits on top, which must equal the sign
    wire                       sign = high_q[W_ACC-1];
    wire [      W_TOP+W_P-1:0] top = {{W_TOP{sign}}, high_q, low_q} << (24 + W_WHOLE);
    reg  [          W_TOP-1:0] wide;
    reg                        wide_over;
    reg  [       W_MIDDLE-1:0] middle_q, narrow;
    reg  [               22:0] low_bits_q;
    reg signed [  W_WHOLE+2:0] high_bits_q;
    reg                        sign_1q, over_1q, sign_2q, over_2q, narrow_over;
    reg signed [          8:0] old_q;
    integer                    level, i;
    always @* begin
        wide = top[W_TOP-1:0];
        wide_over = 1'b0;
        for (level = LEVELS - 1; level >= 2; level = level - 1) begin
            for (i = W_S + (4 << level) - 4; i < W_S + (8 << level) - 4; i = i + 1)
                wide_over = wide_over | (~t[level] & (wide[i] ^ sign));
            for (i = 0; i < W_S + (4 << level) - 4; i = i + 1) wide[i] = t[level] ? wide[i+(4<<level)] : wide[i];
        end
        narrow = middle_q;
        narrow_over = over_1q;
        for (level = 1; level >= 0; level = level - 1) begin
            for (i = W_S + (4 << level) - 4; i < W_S + (8 << level) - 4; i = i + 1)
                narrow_over = narrow_over | (~t[level] & (narrow[i] ^ sign_1q));
            for (i = 0; i < W_S + (4 << level) - 4; i = i + 1) narrow[i] = t[level] ? narrow[i+(4<<level)] : narrow[i];
        end
        narrow_over = narrow_over | (narrow[W_S-1] ^ sign_1q);
    end

    always @(posedge clk_i)
        if (ce_i) begin
            middle_q <= wide[W_MIDDLE-1:0];
            over_1q  <= wide_over;
            sign_1q  <= sign;
            old_q    <= old_i;
            low_bits_q  <= narrow[22:0];
            high_bits_q <= $signed(narrow[W_S-1:23]) + $signed({old_q[W_WHOLE:0], half_i});
            over_2q  <= narrow_over;
            sign_2q  <= sign_1q;
        end

    assign fraction_o = {high_bits_q[0], low_bits_q};
    assign whole_o    = high_bits_q[W_WHOLE+2:1];
    assign over_o     = over_2q;
    assign sign_o     = over_2q ? sign_2q : high_bits_q[W_WHOLE+2];

    wire unused = &{1'b0, scale_i, top, t, old_q, wide, narrow, sum0[0], sum1[0]};

endmodule

`default_nettype wire
