// SPDX-License-Identifier: Apache-2.0
// Finish stage of compact configurations: two lanes and one block register (round/block_turn.v) that serves in turn for auxiliary planes and results.
// Per 8 x 8 block: IN moves auxiliary planes into the register, TAKE sends 32 groups of two elements into the lanes, NEXT and DRAIN wait for the
// last results (4 cycles), OUT moves the planes out. For int32 output TAKE and SEND alternate, a beat each. A beat is asked for when nothing
// but its arrival is waited for, so that no read ever waits for a write. FLUSH waits until all writes are acknowledged, EXIT updates the
// scale slot and pushes the token.
`default_nettype none

module finish_compact #(
    parameter integer M          = 2,
    parameter integer N          = 4,
    parameter integer W_ACC      = 16,
    parameter integer PLANES_MAX = 3,
    parameter integer SCALE_FORM = 0,   // lane_scale.v
    parameter integer W_ADDR     = 15   // beat addresses, at most 24
) (
    input  wire                clk_i,
    input  wire                rst_i,
    input  wire                halt_i,

    // from the dispatcher
    input  wire                word_valid_i,
    input  wire [3:0]          word_index_i,
    input  wire [63:0]         word_data_i,
    input  wire                start_i,
    output wire                idle_o,
    output wire                bad_field_o,
    output wire                finished_push_o,

    // results of the array
    input  wire                group_valid_i,
    output wire                group_take_o,
    input  wire [2*W_ACC-1:0]  group_i,

    // memory reads, single beats
    input  wire [28:0]         mem_beats_i,
    output wire                req_valid_o,
    input  wire                req_ready_i,
    output wire [W_ADDR-1:0]   req_addr_o,
    output wire                read_range_o,
    input  wire                data_valid_i,
    output wire                data_ready_o,
    input  wire [63:0]         data_i,

    // memory writes, single beats
    input  wire                write_idle_i,
    output wire                write_valid_o,
    input  wire                write_ready_i,
    input  wire                write_now_i,     // data are 0 while this is 0
    output wire [W_ADDR-1:0]   write_addr_o,
    output wire [63:0]         write_data_o,

    // scale slots: rows of the dispatcher's RAM. The instruction's slot comes as word 10, that of a beat of STATE_STORE while slot_read_o is 1
    output wire [4:0]          slot_addr_o,
    output wire                slot_read_o,
    input  wire                slot_ready_i,    // the row is there in the next cycle, and stays as long as slot_read_o
    output wire                slot_load_o,     // writes the row: the beat that is taken from memory,
    output wire                slot_put_o,      // or these
    output wire [4:0]          slot_exp_o,
    output wire [W_ACC-1:0]    slot_mag_o,

    // counters
    output wire                busy_o,
    output wire                starved_o,
    output wire                blocked_o
);

    `include "isa.vh"

    localparam integer W_COUNT = 10;
    localparam integer SLICES  = 2 * PLANES_MAX;
    localparam [2:0]   LAST_SLICE = SLICES[2:0] - 3'd1;
    localparam [5:0]   LAST_STATE = 6'd33;         // of two generators and 32 slots
    localparam [2:0]   MOST_PLANES = PLANES_MAX[2:0];
    localparam [3:0] ST_IDLE = 4'd0, ST_ENTRY = 4'd1, ST_IN = 4'd2, ST_TAKE = 4'd3, ST_SEND = 4'd4, ST_NEXT = 4'd5,
                     ST_DRAIN = 4'd6, ST_OUT = 4'd7, ST_STATE = 4'd8, ST_STATE_BEAT = 4'd9, ST_FLUSH = 4'd10, ST_EXIT = 4'd11;

    reg  [3:0]   state_q, state_d;
    wire [575:0] desc;

    descriptor #(.WORDS(9)) u_desc (
        .clk_i       (clk_i),
        .word_valid_i(word_valid_i),
        .word_index_i(word_index_i),
        .word_data_i (word_data_i),
        .desc_o      (desc)
    );

    wire [7:0]  opcode      = desc[ISA_OPCODE_AT +: ISA_OPCODE_W];
    wire        state_load  = opcode == OP_STATE_LOAD;
    wire        state_op    = state_load || opcode == OP_STATE_STORE;
    wire        from_memory = opcode == OP_ELEMENTWISE;
    wire        to_int32    = desc[ISA_FIN_OUT_INT32_AT];
    wire        write_off   = desc[ISA_FIN_WRITE_OFF_AT];
    wire [1:0]  aux_kind    = desc[ISA_FIN_AUX_KIND_AT +: 2];
    wire        has_aux     = aux_kind != 2'd0;
    wire        aux_no_mask = desc[ISA_FIN_AUX_NO_MASK_AT];
    wire        out_no_mask = desc[ISA_FIN_OUT_NO_MASK_AT];
    wire [2:0]  out_planes  = desc[ISA_FIN_OUT_PLANES_AT +: 3];
    wire [2:0]  aux_planes  = desc[ISA_FIN_AUX_PLANES_AT +: 3];
    wire [3:0]  aux_beats   = aux_no_mask ? {1'b0, aux_planes} : {aux_planes, 1'b0};
    wire        bad_planes  = !state_op && ((!to_int32 && (out_planes == 3'd0 || out_planes > MOST_PLANES)) ||
                                            (has_aux && (aux_planes == 3'd0 || aux_planes > MOST_PLANES)));

    // position
    reg  [4:0]  group_q;
    reg  [2:0]  slice_q;          // moves done in IN or OUT; in DRAIN cycles done
    reg  [5:0]  left_q;           // beats not yet asked for
    reg         done_q;           // no block follows
    reg         first_q;          // no block has been written
    reg  [1:0]  inc_q;            // from the block being written to the next
    wire [1:0]  inc, last;
    wire        blocks_done;

    // a slice that goes to memory, or comes from there
    wire in_needed  = {1'b0, slice_q[2:1]} < aux_planes && (slice_q[0] || !aux_no_mask);
    wire out_needed = !write_off && (slice_q[0] || !out_no_mask);
    wire in_move    = state_q == ST_IN && (!in_needed || data_valid_i);
    wire out_move   = state_q == ST_OUT && (!out_needed || write_ready_i);
    wire in_end     = in_move && slice_q == LAST_SLICE;
    wire out_end    = out_move && slice_q[0] && {1'b0, slice_q[2:1]} + 3'd1 == out_planes;

    wire scale_ready, pace;
    wire source     = (from_memory ? data_valid_i : group_valid_i) && (to_int32 || (scale_ready && pace));
    wire enter      = state_q == ST_ENTRY && !bad_planes && !halt_i;
    wire take       = state_q == ST_TAKE && source && !halt_i;
    wire take_end   = group_q == 5'd31;
    wire sent       = state_q == ST_SEND && (write_off || write_ready_i);
    wire next       = state_q == ST_NEXT && (to_int32 || pace);
    wire drain      = state_q == ST_DRAIN && pace;
    wire state_beat = state_q == ST_STATE_BEAT && (state_load ? data_valid_i : write_ready_i);
    wire written    = write_valid_o && write_ready_i;
    wire begin_in   = (enter && has_aux && !state_op) || (out_end && !done_q && has_aux);
    wire begin_take = (enter && !has_aux && !state_op) || in_end || (out_end && !done_q && !has_aux) || (next && to_int32 && !blocks_done);

    always @* begin
        state_d = state_q;
        case (state_q)
            ST_IDLE:       if (start_i) state_d = ST_ENTRY;
            ST_ENTRY:      if (enter) state_d = state_op ? ST_STATE : has_aux ? ST_IN : ST_TAKE;
            ST_IN:         if (in_end) state_d = ST_TAKE;
            ST_TAKE:       if (take) state_d = to_int32 ? ST_SEND : take_end ? ST_NEXT : ST_TAKE;
            ST_SEND:       if (sent) state_d = group_q == 5'd0 ? ST_NEXT : ST_TAKE;
            ST_NEXT:       if (next) state_d = !to_int32 ? ST_DRAIN : blocks_done ? ST_FLUSH : ST_TAKE;
            ST_DRAIN:      if (drain && slice_q == 3'd2) state_d = ST_OUT;
            ST_OUT:        if (out_end) state_d = done_q ? ST_FLUSH : has_aux ? ST_IN : ST_TAKE;
            ST_STATE:      if (state_load ? ask : left_q[5] || slot_ready_i) state_d = ST_STATE_BEAT;
            ST_STATE_BEAT: if (state_beat) state_d = left_q == 6'd0 ? ST_FLUSH : ST_STATE;
            ST_FLUSH:      if (write_idle_i) state_d = ST_EXIT;
            ST_EXIT:       state_d = ST_IDLE;
            default:       state_d = ST_IDLE;
        endcase
    end

    always @(posedge clk_i)
        if (rst_i) state_q <= ST_IDLE;
        else       state_q <= state_d;

    always @(posedge clk_i)
        if (enter)     group_q <= 5'd0;
        else if (take) group_q <= group_q + 5'd1;

    always @(posedge clk_i)
        if (enter || in_end || out_end || next)                      slice_q <= 3'd0;
        else if (drain)                                              slice_q <= slice_q == 3'd2 ? 3'd0 : slice_q + 3'd1;
        else if (in_move || out_move)                                slice_q <= slice_q + 3'd1;

    always @(posedge clk_i)
        if (next || enter) done_q <= blocks_done && next;

    always @(posedge clk_i)
        if (enter || next) first_q <= enter;

    always @(posedge clk_i)
        if (next) inc_q <= inc;

    wire [2*W_COUNT-1:0] unused_index;
    loop_counter #(.LEVELS(2), .W(W_COUNT)) u_blocks (
        .clk_i  (clk_i),
        .init_i (enter),
        .step_i (next),
        .lasts_i({desc[ISA_FIN_L2_LAST_AT +: W_COUNT], desc[ISA_FIN_L0_LAST_AT +: W_COUNT]}),
        .index_o(unused_index),
        .last_o (last),
        .inc_o  (inc),
        .done_o (blocks_done)
    );

    // ---- addresses: each beat moves on by one, each block by a jump ----
    function [W_ADDR-1:0] jump(input [1:0] level, input [W_ADDR-1:0] outer, input [W_ADDR-1:0] inner);
        jump = (outer & {W_ADDR{level[1]}}) | (inner & {W_ADDR{level[0]}});
    endfunction

    wire [1:0]        dst_inc  = to_int32 ? inc : first_q ? 2'b00 : inc_q;
    wire [W_ADDR-1:0] dst_jump = jump(dst_inc, desc[ISA_FIN_L2_DST_JUMP_AT +: W_ADDR], desc[ISA_FIN_L0_DST_JUMP_AT +: W_ADDR]);
    wire [W_ADDR-1:0] aux_jump = jump(inc, desc[ISA_FIN_L2_AUX_JUMP_AT +: W_ADDR], desc[ISA_FIN_L0_AUX_JUMP_AT +: W_ADDR]);
    wire [W_ADDR-1:0] one      = 1;
    reg  [W_ADDR-1:0] dst_q, aux_q, src_q;
    wire              ask      = req_valid_o && req_ready_i;
    wire              ask_src  = from_memory && state_q == ST_TAKE;

    always @(posedge clk_i)
        if (word_valid_i && word_index_i == 4'd1) dst_q <= word_data_i[3 +: W_ADDR];
        else if (written || next)                 dst_q <= dst_q + (next ? dst_jump : one);

    always @(posedge clk_i)
        if (word_valid_i && word_index_i == 4'd2) aux_q <= word_data_i[3 +: W_ADDR];
        else if ((ask && !ask_src) || next)       aux_q <= aux_q + (next ? aux_jump : one);

    always @(posedge clk_i)
        if (word_valid_i && word_index_i == 4'd3) src_q <= word_data_i[3 +: W_ADDR];
        else if (ask && ask_src)                  src_q <= src_q + one;

    // beats to ask for; of the state, beats that follow
    always @(posedge clk_i)
        if (begin_in)                                      left_q <= {2'b00, aux_beats};
        else if (begin_take)                               left_q <= from_memory ? 6'd32 : 6'd0;
        else if (enter)                                    left_q <= LAST_STATE;
        else if ((ask && state_q != ST_STATE) || state_beat) left_q <= left_q - 6'd1;

    wire [W_ADDR-1:0] ask_addr = ask_src ? src_q : aux_q;
    wire              in_range = ask_addr[W_ADDR-1:6] < mem_beats_i[W_ADDR-1:6];
    wire              may_ask  = !halt_i && ((left_q != 6'd0 && (state_q == ST_IN || state_q == ST_TAKE)) || (state_q == ST_STATE && state_load));
    assign req_valid_o  = may_ask && in_range;
    assign req_addr_o   = ask_addr;
    assign read_range_o = may_ask && !in_range;
    assign data_ready_o = (state_q == ST_IN && in_needed) || (from_memory && take) || (state_q == ST_STATE_BEAT && state_load);

    finish_data_compact #(.M(M), .N(N), .W_ACC(W_ACC), .PLANES(PLANES_MAX), .SCALE_FORM(SCALE_FORM)) u_data (
        .clk_i        (clk_i),
        .desc_i       (desc),
        .enter_i      (enter),
        .take_i       (take),
        .group_index_i(group_q),
        .last_row_i   (last[1]),
        .last_column_i(last[0]),
        .group_i      (group_i),
        .ce_i         (take || next || drain),
        .scale_ready_o(scale_ready),
        .pace_o       (pace),
        .move_i       (in_move || out_move),
        .read_data_i  (data_i),
        .state_beat_i (left_q),
        .state_load_i (state_beat && state_load),
        .slot_valid_i (word_valid_i && word_index_i == 4'd10),
        .slot_row_i   (word_data_i),
        .slot_addr_o  (slot_addr_o),
        .slot_exp_o   (slot_exp_o),
        .slot_mag_o   (slot_mag_o),
        .write_now_i  (write_now_i),
        .write_data_o (write_data_o)
    );

    assign slot_read_o = (state_q == ST_STATE || state_q == ST_STATE_BEAT) && !state_load && !left_q[5];
    assign slot_load_o = state_beat && state_load && !left_q[5];
    assign slot_put_o  = state_q == ST_EXIT && !state_op && (desc[ISA_FIN_SLOT_OBSERVE_AT] || desc[ISA_FIN_SLOT_COMMIT_AT]);

    assign write_valid_o   = (state_q == ST_OUT && out_needed) || (state_q == ST_SEND && !write_off) || (state_q == ST_STATE_BEAT && !state_load);
    assign write_addr_o    = dst_q;
    assign idle_o          = state_q == ST_IDLE;
    assign bad_field_o     = state_q == ST_ENTRY && bad_planes;
    assign finished_push_o = state_q == ST_EXIT && desc[ISA_FIN_PUSH_LOAD_AT];
    assign group_take_o    = take && !from_memory;
    assign busy_o          = take || in_move || out_move || sent || state_beat;
    assign starved_o       = (state_q == ST_IN && !in_move) || (state_q == ST_TAKE && !source);
    assign blocked_o       = (state_q == ST_OUT && !out_move) || (state_q == ST_SEND && !sent);

    wire unused = &{1'b0, desc, word_data_i, mem_beats_i, unused_index};

endmodule

`default_nettype wire
