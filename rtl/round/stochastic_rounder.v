// SPDX-License-Identifier: Apache-2.0
// Rounds and clips V, docs/numerics.md section 3: q = min(max(floor(V + addend), lo), hi), for lo <= 0 <= hi.
// Cycles count while ce_i is high. low_i and rand_low_i belong to cycle t (SPLIT 1) or t + 1 (SPLIT 0), all other inputs of the element to cycle
// t + 1; q_o is valid (combinational: clip) in cycle t + 2, one element per cycle. The constants of an instruction are stable.
// Random numbers come inverted: that is what is added.
`default_nettype none

module stochastic_rounder #(
    parameter integer W_WHOLE = 10,  // bits of V's whole part
    parameter integer W_CLIP  = 7,   // bits of the largest |lo|, |hi|; less than W_WHOLE
    parameter integer SPLIT   = 0
) (
    input  wire                      clk_i,
    input  wire                      ce_i,

    // element
    input  wire        [       13:0] low_i,       // fraction bits 13..0
    input  wire        [       13:0] inverse_low_i,
    input  wire        [        9:0] high_i,      // fraction bits 23..14
    input  wire        [        9:0] inverse_high_i,
    input  wire signed [W_WHOLE-1:0] whole_i,
    input  wire                      over_i,      // |V| is beyond every clip; whole_i is not valid
    input  wire                      sign_i,      // of V
    input  wire                      zero_i,      // q = 0: padding, straight-through or past a target

    // constants of the instruction
    input  wire signed [        7:0] lo_i,
    input  wire signed [        7:0] hi_i,
    input  wire        [        1:0] mode_i,      // 0 nearest, 1 stochastic, else truncate

    output wire signed [        8:0] q_o          // bit 8 may be set when the others are 0: that is 0 too
);

    localparam [1:0] NEAREST = 2'd0;
    localparam [1:0] STOCHASTIC = 2'd1;

    // fraction > rand, low part; carry of fraction + inverse
    wire [14:0] low_sum = {1'b0, low_i} + {1'b0, inverse_low_i};
    wire        low_any = low_i != 14'd0;
    wire        low_carry, any;
    generate
        if (SPLIT != 0) begin : g_split
            reg low_carry_q, any_q;
            always @(posedge clk_i)
                if (ce_i) begin
                    low_carry_q <= low_sum[14];
                    any_q       <= low_any;
                end
            assign low_carry = low_carry_q;
            assign any       = any_q;
        end else begin : g_whole
            assign low_carry = low_sum[14];
            assign any       = low_any;
        end
    endgenerate

    wire [10:0] high_sum = {1'b0, high_i} + {1'b0, inverse_high_i} + {10'd0, low_carry};
    wire        nearest_up = high_i[9] & (~sign_i | any | (high_i[8:0] != 9'd0));
    wire        up = mode_i == STOCHASTIC ? high_sum[10] : mode_i == NEAREST & nearest_up;

    // The clip looks at V's whole part before it is rounded, and at the bound on V's side of 0: from hi on and below lo the result is the bound
    // whatever the rounding does, and between them rounding cannot pass it. lo = 0 has no low bits to compare with: all V < 0 give it.
    wire [ W_CLIP-1:0] bound = sign_i ? lo_i[W_CLIP-1:0] : hi_i[W_CLIP-1:0];
    wire               less = whole_i[W_WHOLE-2:0] < {{(W_WHOLE - 1 - W_CLIP) {sign_i}}, bound};
    wire               beyond = over_i | (sign_i ? ~lo_i[7] | less : ~less);
    wire [ W_CLIP-1:0] rounded = whole_i[W_CLIP-1:0] + {{(W_CLIP - 1) {1'b0}}, up};
    reg  [ W_CLIP-1:0] rounded_q, bound_q;
    reg                beyond_q, sign_q;
    always @(posedge clk_i)
        if (ce_i) begin
            if (zero_i) begin
                rounded_q <= {W_CLIP{1'b0}};
                beyond_q  <= 1'b0;
                sign_q    <= 1'b0;
            end else begin
                rounded_q <= rounded;
                beyond_q  <= beyond;
                sign_q    <= sign_i;
            end
            bound_q <= bound;
        end

    assign q_o = {{(9 - W_CLIP) {sign_q}}, beyond_q ? bound_q : rounded_q};

    wire unused = &{1'b0, low_sum[13:0], high_sum[9:0], whole_i[W_WHOLE-1], lo_i, hi_i};

endmodule

`default_nettype wire
