// SPDX-License-Identifier: Apache-2.0
// One rounder lane, docs/numerics.md section 3: scale, shift, add to the old value, round, clip.
// Cycles count while ce_i is high. Element inputs enter in cycle t, q_o is valid (combinational: clip and zero) in cycle
// t + LATENCY = t + 3, one element per cycle. The constants of an instruction are stable from its first element's
// entry to its last q_o.
`default_nettype none

module stochastic_rounder #(
    parameter integer W_ACC = 24  // 2..40
) (
    input  wire                    clk_i,
    input  wire                    ce_i,

    // element
    input  wire signed [W_ACC-1:0] acc_i,
    input  wire signed [      8:0] old_i,    // value of the old planes or binary index, 0 if there are none
    input  wire        [     23:0] rand_i,
    input  wire                    zero_i,   // q = 0: padding or straight-through

    // constants of the instruction
    input  wire signed [     15:0] mant_i,
    input  wire signed [      6:0] shift_i,  // left if positive; -63..63
    input  wire                    half_i,   // add 1/2: binary grid without old planes
    input  wire signed [      7:0] lo_i,
    input  wire signed [      7:0] hi_i,
    input  wire        [      1:0] mode_i,   // 0 nearest, 1 stochastic, else truncate

    output wire signed [      8:0] q_o
);

    localparam integer LATENCY = 3;
    localparam integer W_P = W_ACC + 16;
    localparam [1:0] NEAREST = 2'd0;
    localparam [1:0] STOCHASTIC = 2'd1;

    generate
        if (W_ACC < 2 || W_ACC > 40) begin : g_illegal
            stochastic_rounder_w_acc_must_be_2_to_40 illegal ();
        end
    endgenerate

    wire nearest = mode_i == NEAREST;

    // stage 1: product; and the addend below the rounding point, to which nearest adds 1 where V >= 0
    reg signed [W_P-1:0] p_q;
    reg        [   23:0] addend_1q;
    reg signed [    8:0] old_1q;
    always @(posedge clk_i)
        if (ce_i) begin
            p_q <= acc_i * mant_i;
            addend_1q <= mode_i == STOCHASTIC ? ~rand_i : {1'b0, {23{nearest}}};
            old_1q <= old_i;
        end

    // stage 2: S = sat33(P shifted)
    wire signed [32:0] s;
    scale_shifter #(
        .W_P(W_P)
    ) shifter (
        .p_i    (p_q),
        .shift_i(shift_i),
        .s_o    (s)
    );

    reg signed [32:0] s_q;
    reg        [23:0] addend_2q;
    reg signed [ 8:0] old_2q;
    always @(posedge clk_i)
        if (ce_i) begin
            s_q <= s;
            addend_2q <= addend_1q;
            old_2q <= old_1q;
        end

    // stage 3: V, of which the bits below 23 are those of S; then floor(V + addend)
    wire signed [10:0] v_high = $signed({old_2q, half_i}) + $signed(s_q[32:23]);
    wire               round_up = nearest & ~v_high[10];
    wire        [24:0] fraction = {1'b0, v_high[0], s_q[22:0]} + {1'b0, addend_2q} + {24'd0, round_up};
    reg signed  [ 9:0] floor_q;
    always @(posedge clk_i) if (ce_i) floor_q <= $signed(v_high[10:1]) + $signed({9'd0, fraction[24]});

    reg [LATENCY-1:0] zero_q;
    always @(posedge clk_i) if (ce_i) zero_q <= {zero_q[LATENCY-2:0], zero_i};

    // clip: min(max(q, lo), hi) also where lo > hi
    wire               too_high = floor_q > $signed({{2{hi_i[7]}}, hi_i}) || lo_i > hi_i;
    wire               too_low = floor_q < $signed({{2{lo_i[7]}}, lo_i});
    reg signed  [ 7:0] clipped;
    always @*
        if (zero_q[LATENCY-1]) clipped = 8'sd0;
        else if (too_high) clipped = hi_i;
        else if (too_low) clipped = lo_i;
        else clipped = floor_q[7:0];

    assign q_o = {clipped[7], clipped};

    wire unused = &{1'b0, fraction[23:0]};

endmodule

`default_nettype wire
