// SPDX-License-Identifier: Apache-2.0
// Scale of an instruction in the form that its finish lanes want; one for all lanes. load_i takes mant_i and shift_i, less_i in a later cycle lowers
// the shift by exp_i (form 1 has no less_i). start_i, a pulse with load_i or later and not before less_i, begins; ready_o is 1 from WAIT cycles later
// on, whatever the values, to the next start_i, and scale_o stands. Before the first start_i both are undefined.
// FORM 0, for scale_chain: M = mant << (shift + 31), shifted bit by bit; an M that does not fit becomes +-(7/8 .. 1) of the largest, which
// takes every sum but 0 beyond the range of three planes. WAIT is 65.
// FORM 1, for scale_shifter: the mantissa, and how far to shift right. WAIT is 1, and 2 for what is used late (scale_shifter.v).
// FORM 2, for scale_serial: the same as digits in radix 4, two in each of the five cycles that follow a cycle with ce_i. WAIT is 1.
// The lanes may have ce_i only when pace_o is 1: always in forms 0 and 1, from the sixth cycle after ce_i or start_i on in form 2.
`default_nettype none

module lane_scale #(
    parameter integer FORM   = 1,
    parameter integer W_ACC  = 24,  // 2..40
    parameter integer PLANES = 5    // 1..5
) (
    input  wire               clk_i,
    input  wire               load_i,
    input  wire signed [15:0] mant_i,
    input  wire signed [ 9:0] shift_i,
    input  wire               less_i,
    input  wire        [ 4:0] exp_i,
    input  wire               start_i,
    input  wire               ce_i,
    output wire               ready_o,
    output wire               pace_o,
    output wire        [60:0] scale_o
);

    reg  signed [9:0] shift_q;
    wire              shift;      // one step of shift_q towards lower shifts
    wire        [9:0] sum_shift = shift_q + ~(less_i ? {5'd0, exp_i} : 10'd0) + {9'd0, less_i};
    always @(posedge clk_i)
        if (load_i)               shift_q <= shift_i;
        else if (less_i || shift) shift_q <= sum_shift;

    generate
        if (FORM == 0) begin : g_chain
            if (W_ACC > 16 || PLANES > 3) begin : g_illegal
                lane_scale_form_0_is_for_w_acc_16_and_3_planes illegal ();
            end

            // bit i of m_q has weight 2^(i-31): the mantissa starts at bit 0 and goes up by shift + 31 while shift_q counts down to -31. Lower
            // shifts leave the sign of the product, as -31 does; all from 29 on are too large.
            reg  [60:0] m_q;
            reg  [ 6:0] step_q;
            wire        too_large = m_q[60] ^ m_q[59];
            wire        above = !shift_q[9] || (shift_q[8:5] == 4'hF && shift_q[4:1] != 4'd0);
            assign shift = !step_q[6] && above;
            always @(posedge clk_i)
                if (load_i) begin
                    m_q <= {{45{mant_i[15]}}, mant_i};
                end else if (shift) begin
                    m_q <= {m_q[60], m_q[58:0], 1'b0};
                    if (too_large) m_q[59:57] <= ~{3{m_q[60]}};
                end

            always @(posedge clk_i)
                if (start_i)         step_q <= 7'd0;
                else if (!step_q[6]) step_q <= step_q + 7'd1;

            assign ready_o = step_q[6];
            assign pace_o  = 1'b1;
            assign scale_o = m_q;
            wire unused = &{1'b0, ce_i};
        end else begin : g_shifter
            // bits of the whole part of S: planes hold L = 1, 4, 13, 40, 121, and 2^W_WHOLE >= 2 L + 1
            localparam integer W_WHOLE = PLANES == 1 ? 2 : PLANES == 2 ? 4 : PLANES == 3 ? 5 : PLANES == 4 ? 7 : 8;
            localparam integer LEFT_I = 24 + W_WHOLE;
            localparam integer RIGHT_I = W_ACC + 15;
            localparam [9:0] LEFT = LEFT_I[9:0];
            localparam [9:0] RIGHT = RIGHT_I[9:0];

            // from a shift of LEFT on every product but 0 is too large; below -RIGHT only its sign is left
            wire [ 9:0] right = LEFT - (FORM == 1 ? shift_i : shift_q);
            wire        too_large = $signed(right) < 10'sd0;
            wire        too_small = $signed(right) > $signed(LEFT + RIGHT);
            wire [ 6:0] limited = too_large ? 7'd0 : too_small ? LEFT[6:0] + RIGHT[6:0] : right[6:0];
            reg  [15:0] mant_q;
            always @(posedge clk_i) if (load_i) mant_q <= mant_i;
            assign ready_o = 1'b1;
            assign shift   = 1'b0;

            if (FORM == 1) begin : g_parallel
                reg [6:0] right_q;
                reg        near_q;
                reg [15:0] above_q;
                always @(posedge clk_i) if (load_i) right_q <= limited;
                always @(posedge clk_i) begin
                    near_q  <= right_q[6:5] == 2'd0;
                    above_q <= 16'hFFFF << right_q[3:0];
                end
                assign pace_o  = 1'b1;
                assign scale_o = {21'd0, above_q, near_q, right_q, mant_q};
                wire unused = &{1'b0, ce_i, start_i, right, shift_q};
            end else begin : g_serial
                // the shift in steps of four bits, rounded up; the mantissa makes up for it
                reg  [ 6:0] limited_q;
                always @(posedge clk_i) limited_q <= limited;
                wire [ 6:0] fours = limited_q + 7'd3;
                wire [ 1:0] fine = 2'd0 - limited_q[1:0];
                wire [19:0] factor = {{4{mant_q[15]}}, mant_q} << fine;

                // digits -1 to 2: 3 is -1 and one more of the next. With 1 added to each digit, that carry is the sum's own.
                wire [19:0] sum = factor + {10{2'd1}};
                wire [19:0] digits = {~sum[19:0] & 20'h55555} | {(sum ~^ {sum[18:0], 1'b0}) & 20'hAAAAA};

                reg [19:0] digits_q;
                reg [ 4:0] fours_q;
                reg [ 2:0] step_q;
                wire       step = step_q != 3'd5;
                // the digits are used up in five cycles and come anew in the fifth, in which they are there also after start_i
                always @(posedge clk_i)
                    if (step_q == 3'd4) begin
                        digits_q <= digits;
                        fours_q  <= fours[6:2];
                    end else if (step) digits_q <= digits_q >> 4;
                always @(posedge clk_i)
                    if (start_i || ce_i) step_q <= 3'd0;
                    else if (step)       step_q <= step_q + 3'd1;
                assign pace_o  = !step;
                assign scale_o = {51'd0, fours_q, step, digits_q[3:0]};
                wire unused = &{1'b0, fours[1:0]};
            end
        end
    endgenerate

endmodule

`default_nettype wire
