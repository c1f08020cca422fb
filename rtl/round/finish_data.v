// SPDX-License-Identifier: Apache-2.0
// Datapath of the finish stage: auxiliary planes, master weights, int32 source, LANES lanes, block packing, int32 output, scale slots. The control
// in finish_stage takes one group of LANES elements at a time (take_i, when source_valid_o and ready_o).
`default_nettype none

module finish_data #(
    parameter integer M      = 8,
    parameter integer N      = 8,
    parameter integer LANES  = 16,
    parameter integer W_ACC  = 24,
    parameter integer PLANES = 5
) (
    input  wire                   clk_i,
    input  wire                   rst_i,
    input  wire [575:0]           desc_i,
    input  wire                   init_i,         // until the instruction starts
    input  wire                   from_memory_i,  // elements come from the int32 source

    // beats from memory: auxiliary planes, int32 source
    input  wire                   aux_take_i,
    input  wire                   aux_last_i,     // of a block
    input  wire                   source_beat_i,
    output wire                   source_ready_o,
    input  wire [63:0]            read_data_i,

    // groups
    input  wire                   group_valid_i,
    input  wire [LANES*W_ACC-1:0] group_i,
    input  wire [LANES-1:0]       valid_i,        // not padding
    output wire                   source_valid_o,
    output wire [M+1:0]           ready_o,        // equal
    input  wire                   take_i,
    input  wire                   last_i,         // the next group to be taken completes its block
    output wire                   idle_o,

    // generators and slots
    input  wire                   state_load_i,
    input  wire                   state_store_i,
    input  wire                   state_op_i,     // STATE_LOAD or STATE_STORE
    output wire                   state_taken_o,  // the beat is on its way to memory
    input  wire [5:0]             state_slot_i,   // the slot that it is, negative: none
    input  wire                   slot_update_i,

    // to memory
    input  wire [3:0]             out_beats_i,
    output wire                   run_valid_o,
    output wire                   run_master_o,   // of the block's master weights, before that of its planes
    input  wire                   run_ready_i,
    output wire                   write_valid_o,
    input  wire                   write_ready_i,
    output wire [63:0]            write_data_o
);

    `include "isa.vh"

    // of the lanes (finish_lane.v, SCALE_FORM 1)
    localparam integer LAST_STAGE = 10;
    localparam integer DRAW_STAGE = 5;

    wire        to_int32    = desc_i[ISA_FIN_OUT_INT32_AT];
    wire        write_off   = desc_i[ISA_FIN_WRITE_OFF_AT];
    wire [1:0]  aux_kind    = desc_i[ISA_FIN_AUX_KIND_AT +: 2];
    wire        aux_no_mask = desc_i[ISA_FIN_AUX_NO_MASK_AT];
    wire [2:0]  aux_planes  = desc_i[ISA_FIN_AUX_PLANES_AT +: 3];
    wire        binary      = desc_i[ISA_FIN_BINARY_AT];
    wire [1:0]  mode        = desc_i[ISA_FIN_ROUND_AT +: 2];
    wire        master      = desc_i[ISA_FIN_MASTER_AT];

    genvar p, l;

    wire [PLANES*LANES-1:0] aux_mask, aux_sign;
    aux_block #(.M(M), .N(N), .LANES(LANES), .PLANES(PLANES)) u_aux (
        .clk_i       (clk_i),
        .init_i      (init_i),
        .beat_i      (aux_take_i),
        .beat_last_i (aux_last_i),
        .data_i      (read_data_i),
        .transpose_i (desc_i[ISA_FIN_AUX_TRANSPOSE_AT]),
        .no_mask_i   (aux_no_mask),
        .planes_i    (aux_planes),
        .take_i      (take_i),
        .mask_o      (aux_mask),
        .sign_o      (aux_sign)
    );

    wire [LANES*W_ACC-1:0] gathered;
    wire                   gather_full;
    int32_gather #(.LANES(LANES), .W_ACC(W_ACC)) u_gather (
        .clk_i  (clk_i),
        .clear_i(rst_i || init_i),
        .beat_i (source_beat_i),
        .data_i (read_data_i),
        .ready_o(source_ready_o),
        .take_i (ready_o[M]),
        .hold_i (last_i),                 // after a block's last beat come the next block's aux beats
        .full_o (gather_full),
        .group_o(gathered)
    );
    assign source_valid_o = gather_full || group_valid_i;

    wire [7:0]            slot_exp;
    wire [61*LANES/2-1:0] scale;
    finish_scale #(.W_ACC(W_ACC), .PLANES(PLANES), .COPIES(LANES / 2)) u_scale (
        .clk_i     (clk_i),
        .init_i    (init_i),
        .mant_i    (desc_i[ISA_FIN_MANT_AT +: 16]),
        .shift_i   (desc_i[ISA_FIN_SHIFT_AT +: 8]),
        .slot_use_i(desc_i[ISA_FIN_SLOT_USE_AT]),
        .slot_exp_i(slot_exp),
        .scale_o   (scale)
    );

    // ---- lanes ----
    // valid and last-of-block travel along stages 0 (taken) to LAST_STAGE (encoded)
    reg  [LAST_STAGE:0]     valid_q;
    wire                    int32_held, int32_held_d;   // stage 0 holds int32, which stays there; in the next cycle
    reg                     memory_q;        // from_memory_i, which stands long before
    localparam integer COPIES = LANES + 2 + LANES / 4;   // of the clock enable: for each lane, the rest, each four master weights, the block register
    wire [COPIES-1:0]       ready;
    wire                    ready_d;
    wire                    ce = ready[LANES];
    wire [LANES*W_ACC-1:0]  source = memory_q ? gathered : group_i;
    wire [LANES*W_ACC-1:0]  acc, mags;
    wire [LANES*64-1:0]     lfsr_inverse;
    wire [LANES-1:0]        lfsr_move;
    wire [LANES*64-1:0]     lfsr_next;
    wire [63:0]             lfsr_word;
    wire                    slots = !state_slot_i[5];   // behind the generators
    lane_states #(.LANES(LANES)) u_states (
        .clk_i    (clk_i),
        .load_i   (state_load_i && !slots),
        .taken_i  (state_taken_o && !slots),
        .data_i   (read_data_i),
        .move_o   (lfsr_move),
        .next_o   (lfsr_next),
        .inverse_i(lfsr_inverse),
        .state_o  (lfsr_word)
    );
    wire [PLANES*LANES-1:0] out_mask, out_sign;

    wire [LANES/2-1:0]  aux_radix3;   // for two lanes each, which lie all over the device; it stands long before an element comes
    register_copies #(.COPIES(LANES / 2)) u_radix3 (.clk_i(clk_i), .ce_i(1'b1), .d_i(desc_i[ISA_FIN_AUX_RADIX3_AT]), .q_o(aux_radix3));
    wire [16*LANES-1:0] masters, new_masters;
    wire [63:0]         master_data;
    wire                word_ready, pack_valid, pack_master;
    master_words #(.LANES(LANES)) u_masters (
        .clk_i  (clk_i),
        .clear_i(init_i),
        .beat_i (aux_take_i),
        .data_i (read_data_i),
        .step_i (ce && valid_q[DRAW_STAGE]),
        .row_o  (masters),
        .put_i  (ready[LANES+1 +: LANES/4] & {(LANES/4){valid_q[LAST_STAGE]}}),
        .row_i  (new_masters),
        .take_i (pack_master && word_ready),
        .data_o (master_data)
    );

    generate
        for (l = 0; l < LANES; l = l + 1) begin : g_lane
            wire [PLANES-1:0] lane_aux_mask, lane_aux_sign, lane_mask, lane_sign;
            for (p = 0; p < PLANES; p = p + 1) begin : g_plane
                assign lane_aux_mask[p]      = aux_mask[LANES*p + l];
                assign lane_aux_sign[p]      = aux_sign[LANES*p + l];
                assign out_mask[LANES*p + l] = lane_mask[p];
                assign out_sign[LANES*p + l] = lane_sign[p];
            end

            finish_lane #(.W_ACC(W_ACC), .PLANES(PLANES), .SCALE_FORM(1), .MASTER(1)) u_lane (
                .clk_i       (clk_i),
                .ce_i        (ready[l]),
                .take_i      (ready[l] && !int32_held),      // whether it is one or not
                .acc_i       (source[W_ACC*l +: W_ACC]),
                .aux_mask_i  (lane_aux_mask),
                .aux_sign_i  (lane_aux_sign),
                .valid_i     (valid_i[l]),
                .draw_i      (mode == 2'd1 && valid_q[DRAW_STAGE]),
                .aux_old_i   (aux_kind[0]),
                .aux_limit_i (aux_kind[1]),
                .master_on_i (master),
                .master_i    (masters[16*l +: 16]),
                .aux_radix3_i(aux_radix3[l/2]),
                .ste_limit_i (desc_i[ISA_FIN_STE_LIMIT_AT +: 8]),
                .binary_i    (binary),
                .out_radix3_i(desc_i[ISA_FIN_OUT_RADIX3_AT]),
                .scale_i     (scale[61*(l/2) +: 61]),
                .lo_i        (desc_i[ISA_FIN_LO_AT +: 8]),
                .hi_i        (desc_i[ISA_FIN_HI_AT +: 8]),
                .mode_i      (mode),
                .turn_i      (1'b0),
                .lfsr_load_i (lfsr_move[l]),
                .lfsr_data_i (lfsr_next[64*l +: 64]),
                .lfsr_inverse_o(lfsr_inverse[64*l +: 64]),
                .acc_o       (acc[W_ACC*l +: W_ACC]),
                .mag_o       (mags[W_ACC*l +: W_ACC]),
                .mask_o      (lane_mask),
                .sign_o      (lane_sign),
                .master_o    (new_masters[16*l +: 16])
            );
        end
    endgenerate

    reg  [LAST_STAGE:0] last_q;
    wire                word_none, int32_put;
    wire [63:0]         int32_word;
    int32_output #(.LANES(LANES), .W_ACC(W_ACC)) u_int32 (
        .clk_i      (clk_i),
        .rst_i      (rst_i),
        .take_i     (take_i && to_int32),
        .held_o     (int32_held),
        .held_d_o   (int32_held_d),
        .acc_i      (acc),
        .write_off_i(write_off),
        .put_o      (int32_put),
        .ready_i    (word_ready),
        .word_o     (int32_word)
    );

    register_copies #(.COPIES(M + 2)) u_ready (.clk_i(clk_i), .ce_i(1'b1), .d_i(ready_d && !int32_held_d), .q_o(ready_o));
    always @(posedge clk_i) memory_q <= from_memory_i;

    always @(posedge clk_i)
        if (rst_i) valid_q <= {(LAST_STAGE+1){1'b0}};
        else begin
            valid_q[0] <= (take_i && !to_int32) || (!ce && valid_q[0]);
            if (ce) valid_q[LAST_STAGE:1] <= valid_q[LAST_STAGE-1:0];
        end

    always @(posedge clk_i) if (ce) last_q <= {last_q[LAST_STAGE-1:0], last_i};

    wire        pack_idle, pack_run;
    wire [63:0] pack_data;
    block_pack #(.M(M), .N(N), .LANES(LANES), .PLANES(PLANES), .COPIES(COPIES)) u_pack (
        .clk_i      (clk_i),
        .rst_i      (rst_i),
        .put_i      (valid_q[LAST_STAGE]),
        .last_i     (last_q[LAST_STAGE]),
        .mask_i     (out_mask),
        .sign_i     (out_sign),
        .ready_o    (ready),
        .ready_d_o  (ready_d),
        .idle_o     (pack_idle),
        .beats_i    (out_beats_i),
        .no_mask_i  (desc_i[ISA_FIN_OUT_NO_MASK_AT]),
        .transpose_i(desc_i[ISA_FIN_OUT_TRANSPOSE_AT]),
        .drop_i     (write_off),
        .master_i   (master),
        .run_valid_o(pack_run),
        .run_master_o(run_master_o),
        .run_ready_i(run_ready_i),
        .out_valid_o(pack_valid),
        .out_ready_i(word_ready),
        .out_master_o(pack_master),
        .out_data_o (pack_data)
    );

    assign idle_o = valid_q == {(LAST_STAGE+1){1'b0}} && !int32_held && pack_idle && word_none;

    // ---- scale slots ----
    wire [63:0] slot_word;
    scale_slots #(.LANES(LANES), .W_ACC(W_ACC)) u_slots (
        .clk_i      (clk_i),
        .slot_i     (state_op_i ? state_slot_i[4:0] : desc_i[ISA_FIN_SLOT_AT +: 5]),
        .word_o     (slot_word),
        .exp_o      (slot_exp),
        .load_i     (state_load_i && slots),
        .load_word_i(read_data_i),
        .clear_i    (init_i),
        .watch_i    (valid_q[0] || int32_held),
        .mags_i     (mags),
        .end_i      (slot_update_i),
        .observe_i  (desc_i[ISA_FIN_SLOT_OBSERVE_AT]),
        .commit_i   (desc_i[ISA_FIN_SLOT_COMMIT_AT])
    );

    // ---- to memory ----
    wire [63:0] state_word = slots ? slot_word : lfsr_word;
    word_output u_words (
        .clk_i      (clk_i),
        .rst_i      (rst_i),
        .put_i      (state_store_i || int32_put || pack_valid),   // one of them
        .word_i     (pack_data),
        .other_i    ((state_word & {64{state_op_i}}) | int32_word | (master_data & {64{pack_master}})),
        .ready_o    (word_ready),
        .empty_o    (word_none),
        .out_valid_o(write_valid_o),
        .out_ready_i(write_ready_i),
        .out_data_o (write_data_o)
    );

    assign state_taken_o = state_store_i && word_ready;
    assign run_valid_o   = to_int32 ? (int32_held || !word_none) && !write_off : pack_run;

    wire unused = &{1'b0, desc_i};

endmodule

`default_nettype wire
