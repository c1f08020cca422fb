// SPDX-License-Identifier: Apache-2.0
// Datapath of a compact finish stage: GROUP lanes, the block register, scale slots, the state's words. A single lane draws from the two generators
// in turn, for even and odd elements, so that results do not depend on GROUP. Everything is moved by finish_compact.v:
// take_i captures a group in the lanes, ce_i moves them and shifts the block register, move_i moves its slices. State beats count down:
// 33 and 32 are the generators, 31 to 0 slots 0 to 31.
`default_nettype none

module finish_data_compact #(
    parameter integer M      = 2,
    parameter integer N      = 4,
    parameter integer GROUP  = 1,        // 1 or 2 elements at a time
    parameter integer W_ACC  = 16,
    parameter integer PLANES = 3,
    parameter integer SCALE_FORM = 0     // lane_scale.v
) (
    input  wire               clk_i,
    input  wire [447:0]       desc_i,
    input  wire               enter_i,         // the instruction starts

    input  wire               take_i,
    input  wire [5:0]         element_i,       // the group's first, in the block, element order
    input  wire               last_row_i,      // the block is in the last block row, the last block column
    input  wire               last_column_i,
    input  wire [GROUP*W_ACC-1:0] group_i,     // of the array; ELEMENTWISE takes read_data_i
    input  wire               ce_i,
    output wire               scale_ready_o,   // elements may be rounded
    output wire               pace_o,          // ce_i may be given to elements that are rounded

    // slices
    input  wire               move_i,
    input  wire [63:0]        read_data_i,

    // generators and slots; a slot is a row of the dispatcher's RAM and comes with the instruction
    input  wire [5:0]         state_beat_i,
    input  wire               state_load_i,
    input  wire               turn_i,          // GROUP 1: the other generator; with the beats of both, and once more at the end of a load
    input  wire               scale_valid_i,   // word_i is the instruction's word with the scale,
    input  wire               slot_valid_i,    // its slot,
    input  wire [63:0]        word_i,          // in STATE_STORE the slot of the beat
    output wire [4:0]         slot_addr_o,
    output wire [4:0]         slot_exp_o,      // what the instruction leaves in the slot
    output wire [W_ACC-1:0]   slot_mag_o,

    input  wire               write_now_i,
    output wire [63:0]        write_data_o     // 0 unless write_now_i
);

    `include "isa.vh"

    localparam integer LANES = GROUP;
    localparam integer LOG_M = $clog2(M);
    localparam integer LOG_N = $clog2(N);

    wire [7:0]  opcode      = desc_i[ISA_OPCODE_AT +: ISA_OPCODE_W];
    wire        from_memory = opcode == OP_ELEMENTWISE;
    wire        store       = opcode == OP_STATE_STORE;
    wire        to_int32    = desc_i[ISA_FIN_OUT_INT32_AT];
    wire [1:0]  aux_kind    = desc_i[ISA_FIN_AUX_KIND_AT +: 2];
    wire        aux_no_mask = desc_i[ISA_FIN_AUX_NO_MASK_AT];
    wire [2:0]  aux_planes  = desc_i[ISA_FIN_AUX_PLANES_AT +: 3];
    wire [1:0]  mode        = desc_i[ISA_FIN_ROUND_AT +: 2];
    wire        observe     = desc_i[ISA_FIN_SLOT_OBSERVE_AT];
    wire        commit      = desc_i[ISA_FIN_SLOT_COMMIT_AT];

    genvar l, i, p;

    // ---- padding: rows of the last block row, columns of the last block column ----
    wire [3:0]       rows = last_row_i ? desc_i[ISA_FIN_ROWS_LAST_AT +: 4] : 4'd8;
    wire [3:0]       cols = last_column_i ? desc_i[ISA_FIN_COLS_LAST_AT +: 4] : 4'd8;
    wire [LANES-1:0] valid;
    generate
        for (l = 0; l < LANES; l = l + 1) begin : g_valid
            localparam [0:0] LANE = l;
            wire [5:0] element = element_i | {5'd0, LANE};  // sub-row, sub-column, row, column
            wire [2:0] row, col;
            for (i = 0; i < 3; i = i + 1) begin : g_bit
                assign row[i] = i < LOG_M ? element[LOG_N + i] : element[3 + i];
                assign col[i] = i < LOG_N ? element[i] : element[LOG_M + i];
            end
            assign valid[l] = {1'b0, row} < rows && {1'b0, col} < cols;
        end
    endgenerate

    // ---- scale of the instruction ----
    reg  [4:0]  slot_exp_q;
    wire [60:0] scale;
    lane_scale #(.FORM(SCALE_FORM), .W_ACC(W_ACC), .PLANES(PLANES)) u_scale (
        .clk_i  (clk_i),
        .load_i (scale_valid_i),
        .mant_i (word_i[ISA_FIN_MANT_AT % 64 +: 16]),
        .shift_i({{2{word_i[ISA_FIN_SHIFT_AT % 64 + 7]}}, word_i[ISA_FIN_SHIFT_AT % 64 +: 8]}),
        .less_i (slot_valid_i && desc_i[ISA_FIN_SLOT_USE_AT]),
        .exp_i  (word_i[36:32]),
        .start_i(enter_i),
        .ce_i   (ce_i),
        .ready_o(scale_ready_o),
        .pace_o (pace_o),
        .scale_o(scale)
    );

    // ---- lanes ----
    function [W_ACC-1:0] saturate(input [31:0] v);
        saturate = v[31:W_ACC-1] == {(33-W_ACC){v[31]}} ? v[W_ACC-1:0] : {v[31], {(W_ACC-1){!v[31]}}};
    endfunction

    wire [LANES*W_ACC-1:0]    acc, mags;
    wire [64*LANES-1:0]       lfsr_inverse;
    wire [2*PLANES*LANES-1:0] head, rounded;
    wire [16*LANES-1:0]       unused_master;

    reg [1:0] live_q;  // stages 0 and 1 of the lanes hold an element; not after a reset that cut a run short
    always @(posedge clk_i)
        if (enter_i)   live_q <= 2'b00;
        else if (ce_i) live_q <= {live_q[0], take_i && !to_int32};

    generate
        for (l = 0; l < LANES; l = l + 1) begin : g_lane
            localparam [0:0] UPPER = l;
            wire             upper = element_i[0] || UPPER;   // the half of a beat of two sums
            wire             load  = state_load_i && state_beat_i[5] && (LANES == 1 || state_beat_i[0] != UPPER);
            wire [W_ACC-1:0] sum   = upper ? saturate(read_data_i[63:32]) : saturate(read_data_i[31:0]);
            wire [PLANES-1:0] aux_mask, aux_sign, mask, sign;
            for (p = 0; p < PLANES; p = p + 1) begin : g_plane
                localparam [2:0] PLANE = p;
                assign aux_mask[p]                      = (head[LANES*2*p + l] || aux_no_mask) && PLANE < aux_planes;
                assign aux_sign[p]                      = head[LANES*(2*p + 1) + l];
                assign rounded[LANES*2*p + l]           = mask[p];
                assign rounded[LANES*(2*p + 1) + l]     = sign[p];
            end

            finish_lane #(.W_ACC(W_ACC), .PLANES(PLANES), .SCALE_FORM(SCALE_FORM), .GENERATORS(2 / LANES)) u_lane (
                .clk_i       (clk_i),
                .ce_i        (ce_i),
                .take_i      (take_i),
                .acc_i       (from_memory ? sum : group_i[W_ACC*l +: W_ACC]),
                .aux_mask_i  (aux_mask),
                .aux_sign_i  (aux_sign),
                .valid_i     (valid[l]),
                .draw_i      (mode == 2'd1 && live_q[1]),
                .aux_old_i   (aux_kind[0]),
                .aux_limit_i (aux_kind[1]),
                .master_on_i (1'b0),
                .master_i    (16'd0),
                .aux_radix3_i(desc_i[ISA_FIN_AUX_RADIX3_AT]),
                .ste_limit_i (desc_i[ISA_FIN_STE_LIMIT_AT +: 8]),
                .binary_i    (desc_i[ISA_FIN_BINARY_AT]),
                .out_radix3_i(desc_i[ISA_FIN_OUT_RADIX3_AT]),
                .scale_i     (scale),
                .lo_i        (desc_i[ISA_FIN_LO_AT +: 8]),
                .hi_i        (desc_i[ISA_FIN_HI_AT +: 8]),
                .mode_i      (mode),
                .turn_i      (turn_i || (ce_i && live_q[1])),
                .lfsr_load_i (load),
                .lfsr_data_i (read_data_i),
                .lfsr_inverse_o(lfsr_inverse[64*l +: 64]),
                .acc_o       (acc[W_ACC*l +: W_ACC]),
                .mag_o       (mags[W_ACC*l +: W_ACC]),
                .mask_o      (mask),
                .sign_o      (sign),
                .master_o    (unused_master[16*l +: 16])
            );
        end
    endgenerate

    wire [63:0] beat;
    block_turn #(.M(M), .N(N), .LANES(LANES), .PLANES(PLANES)) u_block (
        .clk_i     (clk_i),
        .shift_i   (ce_i && !to_int32),
        .new_i     (rounded),
        .head_o    (head),
        .move_i    (move_i),
        .beat_i    (read_data_i),
        .beat_o    (beat)
    );

    // ---- scale slot: mag in bits 15:0 of its row, exp in bits 36:32 ----
    reg              taken_q;
    reg  [W_ACC-1:0] mag_q;
    always @(posedge clk_i) taken_q <= take_i;
    always @(posedge clk_i)
        if (slot_valid_i)            mag_q <= word_i[W_ACC-1:0];
        else if (taken_q && observe) mag_q <= mag_q | mags[0 +: W_ACC] | mags[W_ACC*(LANES-1) +: W_ACC];
    always @(posedge clk_i)
        if (slot_valid_i) slot_exp_q <= word_i[36:32];

    wire [4:0] length;
    bit_length #(.W(W_ACC), .W_LENGTH(5)) u_length (.value_i(mag_q), .length_o(length));

    assign slot_addr_o = state_load_i || store ? ~state_beat_i[4:0] : desc_i[ISA_FIN_SLOT_AT +: 5];
    assign slot_exp_o  = commit ? length : slot_exp_q;
    assign slot_mag_o  = commit ? {W_ACC{1'b0}} : mag_q;

    // ---- to memory ----
    function [31:0] extend(input [W_ACC-1:0] v);
        extend = {{(32-W_ACC){v[W_ACC-1]}}, v};
    endfunction
    wire [63:0] state_word = !state_beat_i[5] ? {27'd0, word_i[36:32], {(32-W_ACC){1'b0}}, word_i[W_ACC-1:0]} : state_beat_i[0] ? ~lfsr_inverse[63:0] : ~lfsr_inverse[64*(LANES-1) +: 64];
    wire [63:0] sums       = {extend(group_i[W_ACC*(LANES-1) +: W_ACC]), extend(LANES == 1 ? acc[0 +: W_ACC] : group_i[0 +: W_ACC])};

    wire        now_state  = write_now_i && store;
    wire        now_sums   = write_now_i && !store && to_int32;
    wire        now_planes = write_now_i && !store && !to_int32;

    assign write_data_o = (state_word & {64{now_state}}) | (sums & {64{now_sums}}) | (beat & {64{now_planes}});

    wire unused = &{1'b0, desc_i, word_i, acc};

endmodule

`default_nettype wire
