// SPDX-License-Identifier: Apache-2.0
// One lane of the finish stage: stage-0 registers, its random number generator, decoder, rounder and encoder.
// take_i captures an element in stage 0; with ce_i the pipeline moves; the encoded trits of an element taken in ce-cycle t are on mask_o and
// sign_o in ce-cycle t + LAST + 1. The element draws when it leaves stage DRAW, in ce-cycle t + DRAW + 1, if draw_i is set then and it is valid:
// so the random number comes from the generator itself and needs no registers. LAST, DRAW are 10, 5 in form 1, which is for fast clocks, else
// 3, 1. lane_scale gives scale_i, and the meaning of SCALE_FORM; in form 2 elements are taken only in cycles with ce_i.
`default_nettype none

module finish_lane #(
    parameter integer W_ACC      = 24,
    parameter integer PLANES     = 5,
    parameter integer SCALE_FORM = 1,
    parameter integer GENERATORS = 1,  // 2: the elements draw from two in turn
    parameter integer MASTER     = 0   // 1, in form 1 only: there are master weights
) (
    input  wire                    clk_i,
    input  wire                    ce_i,
    input  wire                    take_i,

    // the element; auxiliary planes not in use have mask 0
    input  wire [W_ACC-1:0]        acc_i,
    input  wire [PLANES-1:0]       aux_mask_i,
    input  wire [PLANES-1:0]       aux_sign_i,
    input  wire                    valid_i,        // not padding
    input  wire [15:0]             master_i,       // of the element in stage DRAW

    // per instruction
    input  wire                    draw_i,         // stochastic, and stage DRAW holds an element
    input  wire                    aux_old_i,      // V starts from aux
    input  wire                    aux_limit_i,    // alone: straight-through; with aux_old_i: target
    input  wire                    aux_radix3_i,
    input  wire                    master_on_i,    // no aux then
    input  wire [7:0]              ste_limit_i,
    input  wire                    binary_i,
    input  wire                    out_radix3_i,
    input  wire [60:0]             scale_i,
    input  wire signed [7:0]       lo_i,           // -limit(PLANES)..0
    input  wire signed [7:0]       hi_i,           // 0..limit(PLANES)
    input  wire [1:0]              mode_i,

    // generators: turn_i brings up the other one, with every element that leaves stage 1
    input  wire                    turn_i,
    input  wire                    lfsr_load_i,
    input  wire [63:0]             lfsr_data_i,
    output wire [63:0]             lfsr_inverse_o, // of the state

    output wire [W_ACC-1:0]        acc_o,          // stage 0
    output wire [W_ACC-1:0]        mag_o,          // stage 0, 0 for padding
    output wire [PLANES-1:0]       mask_o,
    output wire [PLANES-1:0]       sign_o,
    output wire [15:0]             master_o        // with mask_o
);

    // bits of the largest value of PLANES planes
    localparam integer W_CLIP = PLANES == 1 ? 1 : PLANES == 2 ? 3 : PLANES == 3 ? 4 : PLANES == 4 ? 6 : 7;

    wire signed [8:0]  aux;
    wire [PLANES-1:0]  aux_mask, aux_sign;   // as they are decoded: in form 1 after stage 0, else before
    wire               aux_ce;

    (* keep *)reg signed [W_ACC-1:0] acc_q;   // keep: else Yosys 0.23 makes a second copy of it in multipliers (iCE40)
    reg signed [8:0]       aux_q;
    localparam integer LAST = SCALE_FORM == 1 ? 10 : 3;
    localparam integer DRAW = SCALE_FORM == 1 ? 5 : 1;
    localparam integer AUX  = SCALE_FORM == 1 ? 2 : 0;   // stage of aux_q
    reg        [DRAW+1:AUX+1] flat_pos_q, flat_neg_q;   // q = 0 if V >= 0, if V < 0
    reg        [LAST:0]    valid_q;

    wire signed [8:0] old      = aux_old_i ? aux_q : 9'sd0;
    // |aux| >= limit: of a negative number ~aux, which is one less, may be one below
    wire [W_CLIP:0]   past     = {1'b0, aux_q[W_CLIP-1:0] ^ {W_CLIP{aux_q[8]}}} - {1'b0, ste_limit_i[W_CLIP-1:0]};
    wire              reached  = ste_limit_i[7:W_CLIP] == {(8 - W_CLIP) {1'b0}} && (!past[W_CLIP] || (aux_q[8] && past == {(W_CLIP + 1) {1'b1}}));
    wire              masked   = aux_limit_i && (aux_old_i ? aux_q[W_CLIP-1:0] == {W_CLIP{1'b0}} : reached);
    wire              target   = aux_limit_i && aux_old_i;
    wire              flat     = masked || !valid_q[AUX] || master_on_i;

    always @(posedge clk_i)
        if (take_i) begin
            acc_q      <= acc_i;
            valid_q[0] <= valid_i;
        end

    always @(posedge clk_i)
        if (aux_ce) aux_q <= aux;

    always @(posedge clk_i)
        if (ce_i) begin
            flat_pos_q      <= {flat_pos_q[DRAW:AUX+1], flat || (target && aux_q[8])};
            flat_neg_q      <= {flat_neg_q[DRAW:AUX+1], flat || (target && !aux_q[8])};
            valid_q[LAST:1] <= valid_q[LAST-1:0];
        end

    assign acc_o = acc_q;
    assign mag_o = (acc_q ^ {W_ACC{acc_q[W_ACC-1]}}) & {W_ACC{valid_q[0]}};

    wire [23:0] drawn;
    lfsr #(.STATES(GENERATORS)) u_lfsr (
        .clk_i      (clk_i),
        .advance_i  (ce_i && draw_i && valid_q[DRAW]),
        .turn_i     (turn_i),
        .load_i     (lfsr_load_i),
        .load_data_i(lfsr_data_i),
        .inverse_o  (lfsr_inverse_o),
        .drawn_o    (drawn)
    );

    // the index of an old weight +1 or -1 is its sign's inverse: the planes of 1 or 0
    localparam [PLANES-1:0] PLANE_0 = 1;
    wire              indexed = binary_i && aux_old_i;
    wire [PLANES-1:0] old_mask = indexed ? PLANE_0 & ~aux_sign_i : aux_mask_i;
    wire [PLANES-1:0] old_sign = indexed ? {PLANES{1'b0}} : aux_sign_i;
    generate
        if (AUX != 0) begin : g_aux_late
            reg [PLANES-1:0] mask_q, sign_q, mask_1q, sign_1q;
            always @(posedge clk_i) if (take_i) {mask_q, sign_q} <= {old_mask, old_sign};
            always @(posedge clk_i) if (ce_i) {mask_1q, sign_1q} <= {mask_q, sign_q};
            assign {aux_mask, aux_sign, aux_ce} = {mask_1q, sign_1q, ce_i};
        end else begin : g_aux_now
            assign {aux_mask, aux_sign, aux_ce} = {old_mask, old_sign, take_i};
        end
    endgenerate
    plane_decode #(.PLANES(PLANES)) u_decode (
        .mask_i  (aux_mask),
        .sign_i  (aux_sign),
        .radix3_i(aux_radix3_i),
        .value_o (aux)
    );

    // V, from the product of stage 1 on
    localparam integer W_SHIFTED = PLANES == 1 ? 2 : PLANES == 2 ? 4 : PLANES == 3 ? 5 : PLANES == 4 ? 7 : 8;
    localparam integer W_WHOLE = SCALE_FORM == 0 ? 5 : W_SHIFTED + 2;
    wire                      half_d = binary_i && !aux_old_i && !master_on_i;
    wire                      half;
    wire        [13:0]        low;        // stage DRAW, in form 2 the next
    wire        [9:0]         high;       // this and what follows: stage DRAW + 1
    wire signed [W_WHOLE-1:0] whole;
    wire                      over, negative;
    generate
        if (SCALE_FORM == 0) begin : g_chain
            assign half = half_d;
            scale_chain #(.W_ACC(W_ACC)) u_scale (
                .clk_i  (clk_i),
                .ce_i   (ce_i),
                .acc_i  (acc_q),
                .old_i  (old[4:0]),
                .half_i (half),
                .scale_i(scale_i),
                .low_o  (low),
                .high_o (high),
                .whole_o(whole),
                .over_o (over),
                .sign_o (negative)
            );
            wire unused_old = &{1'b0, old[8:5]};
        end else if (SCALE_FORM == 2) begin : g_serial
            assign half = half_d;
            scale_serial #(.W_ACC(W_ACC), .W_WHOLE(W_SHIFTED)) u_scale (
                .clk_i     (clk_i),
                .ce_i      (ce_i),
                .acc_i     (acc_q),
                .old_i     (old),
                .half_i    (half),
                .scale_i   (scale_i),
                .fraction_o({high, low}),
                .whole_o   (whole),
                .over_o    (over),
                .sign_o    (negative)
            );
        end else begin : g_shifter
            reg signed [W_ACC-1:0] factor_q;   // on the way from the drain to the multipliers, whose rows are where they are
            always @(posedge clk_i) if (ce_i) factor_q <= acc_q;
            reg half_q;                                // stands long before an element comes; the shifters are far apart
            always @(posedge clk_i) half_q <= half_d;
            assign half = half_q;
            scale_shifter #(.W_ACC(W_ACC), .W_WHOLE(W_SHIFTED)) u_scale (
                .clk_i     (clk_i),
                .ce_i      (ce_i),
                .acc_i     (factor_q),
                .old_i     (old),
                .half_i    (half),
                .scale_i   (scale_i),
                .low_o     (low),
                .high_o    (high),
                .whole_o   (whole),
                .over_o    (over),
                .sign_o    (negative)
            );
        end
    endgenerate

    wire signed [8:0] q;
    stochastic_rounder #(.W_WHOLE(W_WHOLE), .W_CLIP(W_CLIP), .SPLIT(SCALE_FORM == 2 ? 0 : 1)) u_rounder (
        .clk_i      (clk_i),
        .ce_i       (ce_i),
        .low_i      (low),
        .inverse_low_i (SCALE_FORM == 2 ? drawn[13:0] : lfsr_inverse_o[21:8]),
        .high_i     (high),
        .inverse_high_i(drawn[23:14]),
        .whole_i    (whole),
        .over_i     (over),
        .sign_i     (negative),
        .zero_i     (negative ? flat_neg_q[DRAW+1] : flat_pos_q[DRAW+1]),
        .lo_i       (lo_i),
        .hi_i       (hi_i),
        .mode_i     (mode_i),
        .q_o        (q)
    );

    wire [PLANES-1:0] value_mask, value_sign;
    plane_encode #(.PLANES(PLANES), .STAGES(LAST - DRAW - 2)) u_encode (
        .clk_i   (clk_i),
        .ce_i    (ce_i),
        .value_i (q),
        .radix3_i(out_radix3_i),
        .mask_o  (value_mask),
        .sign_o  (value_sign)
    );

    // binary: the planes of 1 or 0 become those of +1 or -1; a master's trit is 0 where there is none
    wire index, trit_mask, trit_sign;
    generate
        if (MASTER != 0) begin : g_master
            reg index_q;
            always @(posedge clk_i) if (ce_i) index_q <= binary_i && valid_q[LAST-1] && !master_on_i;
            assign index = index_q;
            master_lane #(.W_WHOLE(W_WHOLE)) u_master (
                .clk_i    (clk_i),
                .ce_i     (ce_i),
                .low_i    (low),
                .inverse_i(lfsr_inverse_o[17:8]),
                .mode_i   (mode_i),
                .master_i (master_i),
                .high_i   (high),
                .whole_i  (whole),
                .over_i   (over),
                .sign_i   (negative),
                .valid_i  (valid_q[DRAW+2]),
                .on_i     (master_on_i),
                .binary_i (binary_i),
                .master_o (master_o),
                .mask_o   (trit_mask),
                .sign_o   (trit_sign)
            );
        end else begin : g_no_master
            assign index = binary_i && valid_q[LAST];
            assign {master_o, trit_mask, trit_sign} = 18'd0;
            wire unused = &{1'b0, master_i};
        end
    endgenerate

    assign mask_o = value_mask | (PLANE_0 & {PLANES{index || trit_mask}});
    assign sign_o = value_sign | (PLANE_0 & {PLANES{trit_sign}}) | (PLANE_0 & {PLANES{index}} & ~value_mask);

endmodule

`default_nettype wire
