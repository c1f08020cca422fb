// SPDX-License-Identifier: Apache-2.0
// One lane of the finish stage: stage-0 registers, its random number generator, decoder, rounder and encoder.
// take_i captures an element in stage 0; with ce_i the pipeline moves; the encoded trits of an element taken in ce-cycle t are on mask_o and
// sign_o in ce-cycle t + 4 (3 for the rounder). A draw is consumed with take_i if draw_i is set and the element is valid.
`default_nettype none

module finish_lane #(
    parameter integer W_ACC  = 24,
    parameter integer PLANES = 5
) (
    input  wire                    clk_i,
    input  wire                    ce_i,
    input  wire                    take_i,

    // the element; auxiliary planes not in use have mask 0
    input  wire [W_ACC-1:0]        acc_i,
    input  wire [PLANES-1:0]       aux_mask_i,
    input  wire [PLANES-1:0]       aux_sign_i,
    input  wire                    valid_i,        // not padding

    // per instruction
    input  wire                    draw_i,
    input  wire                    aux_old_i,
    input  wire                    aux_ste_i,
    input  wire                    aux_radix3_i,
    input  wire [7:0]              ste_limit_i,
    input  wire                    binary_i,
    input  wire                    out_radix3_i,
    input  wire signed [15:0]      mant_i,
    input  wire signed [6:0]       shift_i,
    input  wire signed [7:0]       lo_i,
    input  wire signed [7:0]       hi_i,
    input  wire [1:0]              mode_i,

    // generator state
    input  wire                    lfsr_load_i,
    input  wire [63:0]             lfsr_data_i,
    output wire [63:0]             lfsr_state_o,

    output wire [W_ACC-1:0]        acc_o,          // stage 0
    output wire [W_ACC-1:0]        mag_o,          // stage 0, 0 for padding
    output wire [PLANES-1:0]       mask_o,
    output wire [PLANES-1:0]       sign_o
);

    wire signed [8:0] aux;
    wire        [8:0] aux_size = aux[8] ? -aux : aux;
    wire              masked   = aux_ste_i && aux_size >= {1'b0, ste_limit_i};
    wire        [8:0] index    = {8'd0, !aux_sign_i[0]};
    wire        [23:0] rand_bits;

    reg signed [W_ACC-1:0] acc_q;
    reg signed [8:0]       old_q;
    reg        [23:0]      rand_q;
    reg                    zero_q, valid_q;
    reg        [2:0]       valid_delay_q;   // stages 1 to 3

    always @(posedge clk_i)
        if (take_i) begin
            acc_q   <= acc_i;
            old_q   <= !aux_old_i ? 9'sd0 : binary_i ? index : aux;
            rand_q  <= rand_bits;
            zero_q  <= masked || !valid_i;
            valid_q <= valid_i;
        end

    always @(posedge clk_i)
        if (ce_i) valid_delay_q <= {valid_delay_q[1:0], valid_q};

    assign acc_o = acc_q;
    assign mag_o = (acc_q ^ {W_ACC{acc_q[W_ACC-1]}}) & {W_ACC{valid_q}};

    lfsr u_lfsr (
        .clk_i      (clk_i),
        .advance_i  (take_i && draw_i && valid_i),
        .load_i     (lfsr_load_i),
        .load_data_i(lfsr_data_i),
        .state_o    (lfsr_state_o),
        .rand_o     (rand_bits)
    );

    plane_decode #(.PLANES(PLANES)) u_decode (
        .mask_i  (aux_mask_i),
        .sign_i  (aux_sign_i),
        .radix3_i(aux_radix3_i),
        .value_o (aux)
    );

    wire signed [8:0] q;
    stochastic_rounder #(.W_ACC(W_ACC)) u_rounder (
        .clk_i  (clk_i),
        .ce_i   (ce_i),
        .acc_i  (acc_q),
        .old_i  (old_q),
        .rand_i (rand_q),
        .zero_i (zero_q),
        .mant_i (mant_i),
        .shift_i(shift_i),
        .half_i (binary_i && !aux_old_i),
        .lo_i   (lo_i),
        .hi_i   (hi_i),
        .mode_i (mode_i),
        .q_o    (q)
    );

    wire [PLANES-1:0] value_mask, value_sign;
    plane_encode #(.PLANES(PLANES)) u_encode (
        .value_i (q),
        .radix3_i(out_radix3_i),
        .mask_o  (value_mask),
        .sign_o  (value_sign)
    );

    localparam [PLANES-1:0] PLANE_0 = 1;
    wire [PLANES-1:0] index_mask = valid_delay_q[2] ? PLANE_0 : {PLANES{1'b0}};

    assign mask_o = binary_i ? index_mask : value_mask;
    assign sign_o = binary_i ? (q[0] ? {PLANES{1'b0}} : index_mask) : value_sign;

endmodule

`default_nettype wire
