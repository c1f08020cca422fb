// SPDX-License-Identifier: Apache-2.0
// Scale of an instruction in the form that its finish lanes want; one for all lanes. start_i, a pulse, begins with mant_i and shift_i (the
// instruction's shift less the exponent of its slot), which stay; ready_o is 1 from WAIT cycles later on, whatever the values, to the next
// start_i, and scale_o stands. Before the first start_i both are undefined.
// FORM 0, for scale_chain: M = mant << (shift + 31), shifted bit by bit; an M that does not fit becomes +-(7/8 .. 1) of the largest, which
// takes every sum but 0 beyond the range of three planes. WAIT is 65.
// FORM 1, for scale_shifter: the mantissa, and how far to shift right. WAIT is 1.
// FORM 2, for scale_serial: the same as digits in radix 4, two in each of the five cycles that follow a cycle with ce_i. WAIT is 1.
// The lanes may have ce_i only when pace_o is 1: always in forms 0 and 1, from the sixth cycle after ce_i or start_i on in form 2.
`default_nettype none

module lane_scale #(
    parameter integer FORM   = 1,
    parameter integer W_ACC  = 24,  // 2..40
    parameter integer PLANES = 5    // 1..5
) (
    input  wire               clk_i,
    input  wire               start_i,
    input  wire               ce_i,
    input  wire signed [15:0] mant_i,
    input  wire signed [ 9:0] shift_i,
    output wire               ready_o,
    output wire               pace_o,
    output wire        [60:0] scale_o
);

    generate
        if (FORM == 0) begin : g_chain
            if (W_ACC > 16 || PLANES > 3) begin : g_illegal
                lane_scale_form_0_is_for_w_acc_16_and_3_planes illegal ();
            end

            // bit i of m_q has weight 2^(i-32): the mantissa starts at bit 0 and goes up by shift + 32. Shifts below -31 leave the sign of
            // the product, as -31 does; all from 29 on are too large.
            wire       in_range = shift_i[9:5] == {5{shift_i[9]}};
            wire [5:0] up = {~shift_i[5], shift_i[4:0]};
            wire       lowest = shift_i[9] && (!in_range || up == 6'd0);
            wire [5:0] steps = lowest ? 6'd1 : up | {6{!in_range}};

            reg  [61:0] m_q;
            reg  [ 6:0] step_q;
            wire        too_large = m_q[61] ^ m_q[60];
            wire        shift = !step_q[6] && step_q[5:0] < steps;
            always @(posedge clk_i)
                if (start_i) begin
                    m_q <= {{46{mant_i[15]}}, mant_i};
                end else if (shift) begin
                    m_q <= {m_q[61], m_q[59:0], 1'b0};
                    if (too_large) m_q[60:58] <= ~{3{m_q[61]}};
                end

            always @(posedge clk_i)
                if (start_i)         step_q <= 7'd0;
                else if (!step_q[6]) step_q <= step_q + 7'd1;

            assign ready_o = step_q[6];
            assign pace_o  = 1'b1;
            assign scale_o = m_q[61:1];
            wire unused = &{1'b0, ce_i};
        end else begin : g_shifter
            // bits of the whole part of S: planes hold L = 1, 4, 13, 40, 121, and 2^W_WHOLE >= 2 L + 1
            localparam integer W_WHOLE = PLANES == 1 ? 2 : PLANES == 2 ? 4 : PLANES == 3 ? 5 : PLANES == 4 ? 7 : 8;
            localparam integer LEFT_I = 24 + W_WHOLE;
            localparam integer RIGHT_I = W_ACC + 15;
            localparam [9:0] LEFT = LEFT_I[9:0];
            localparam [9:0] RIGHT = RIGHT_I[9:0];

            // from a shift of LEFT on every product but 0 is too large; below -RIGHT only its sign is left
            wire [ 9:0] right = LEFT - shift_i;
            wire        too_large = $signed(right) < 10'sd0;
            wire        too_small = $signed(right) > $signed(LEFT + RIGHT);
            wire [ 6:0] limited = too_large ? 7'd0 : too_small ? LEFT[6:0] + RIGHT[6:0] : right[6:0];
            assign ready_o = 1'b1;

            if (FORM == 1) begin : g_parallel
                reg [15:0] mant_q;
                reg [ 6:0] right_q;
                always @(posedge clk_i)
                    if (start_i) begin
                        mant_q  <= mant_i;
                        right_q <= limited;
                    end
                assign pace_o  = 1'b1;
                assign scale_o = {38'd0, right_q, mant_q};
                wire unused = &{1'b0, ce_i, right};
            end else begin : g_serial
                // the shift in steps of four bits, rounded up; the mantissa makes up for it
                wire [ 6:0] fours = limited + 7'd3;
                wire [ 1:0] fine = 2'd0 - limited[1:0];
                wire [19:0] factor = {{4{mant_i[15]}}, mant_i} << fine;

                // digits -1 to 2: 3 is -1 and one more of the next
                reg  [19:0] digits;
                reg         more;
                integer     d;
                always @* begin
                    more = 1'b0;
                    for (d = 0; d < 20; d = d + 2) begin
                        digits[d+:2] = factor[d+:2] + {1'b0, more};
                        more = factor[d+1] & (factor[d] | more);
                    end
                end

                reg [19:0] digits_q;
                reg [ 4:0] fours_q;
                reg [ 2:0] step_q;
                wire       step = step_q != 3'd5;
                always @(posedge clk_i)
                    if (start_i) begin
                        digits_q <= digits;
                        fours_q  <= fours[6:2];
                    end else if (step) digits_q <= {digits_q[3:0], digits_q[19:4]};
                always @(posedge clk_i)
                    if (start_i || ce_i) step_q <= 3'd0;
                    else if (step)       step_q <= step_q + 3'd1;
                assign pace_o  = !step;
                assign scale_o = {51'd0, fours_q, step, digits_q[3:0]};
                wire unused = &{1'b0, right, fours[1:0], more};
            end
        end
    endgenerate

endmodule

`default_nettype wire
