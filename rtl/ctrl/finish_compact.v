// SPDX-License-Identifier: Apache-2.0
// Finish stage of compact configurations: one or two lanes and one block register (round/block_turn.v) that serves in turn for auxiliary planes and
// results. Per 8 x 8 block: IN moves auxiliary planes into the register, TAKE sends 64 elements into the lanes, GROUP at a time, NEXT and DRAIN wait
// for the last results (4 cycles), OUT moves the planes out. For int32 output TAKE sends a beat to memory before it takes the second of its two
// elements; so the array does not depend on the memory within a cycle. A beat is asked for when nothing but its arrival is waited for, so that no
// read ever waits for a write. FLUSH waits until all writes are acknowledged, EXIT updates the scale slot and pushes the token.
`default_nettype none

module finish_compact #(
    parameter integer M          = 2,
    parameter integer N          = 4,
    parameter integer GROUP      = 1,   // 1 or 2 elements at a time
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
    input  wire [GROUP*W_ACC-1:0] group_i,

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
    input  wire                write_live_i,    // data are 0 while this is 0, and while idle
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
    localparam [5:0]   STEP = GROUP[5:0];
    localparam [3:0] ST_IDLE = 4'd0, ST_ENTRY = 4'd1, ST_IN = 4'd2, ST_TAKE = 4'd3, ST_NEXT = 4'd4, ST_DRAIN = 4'd5,
                     ST_OUT = 4'd6, ST_STATE = 4'd7, ST_STATE_BEAT = 4'd8, ST_FLUSH = 4'd9, ST_EXIT = 4'd10;

    reg  [3:0]   state_q, state_d;
    wire [447:0] desc;

    // devices with multipliers have block RAMs to spare: flags, HI and STE_LIMIT, L0_LAST, L2_AUX_JUMP, L2_DST_JUMP
    localparam [27:0] IN_RAM = GROUP == 1 ? 28'h5_4_4_000_2 : 28'd0;
    descriptor #(.WORDS(7), .IN_RAM(IN_RAM)) u_desc (
        .clk_i       (clk_i),
        .word_valid_i(word_valid_i),
        .word_index_i(word_index_i),
        .word_data_i (word_data_i),
        .desc_o      (desc)
    );

    // decoded once: all this is in word 0, which comes long before the start
    wire        state_load, unused_store, state_op, from_memory, to_int32, has_aux, bad_planes;
    wire [3:0]  aux_beats;
    reg         write_off, aux_no_mask, out_no_mask;
    reg  [1:0]  aux_last, out_last;    // planes, minus one

    finish_decode #(.PLANES_MAX(PLANES_MAX)) u_decode (
        .clk_i(clk_i), .word_i(desc[63:0]), .state_load_o(state_load), .state_store_o(unused_store), .state_op_o(state_op), .from_memory_o(from_memory),
        .to_int32_o(to_int32), .has_aux_o(has_aux), .aux_beats_o(aux_beats), .bad_planes_o(bad_planes)
    );

    always @(posedge clk_i) begin
        write_off   <= desc[ISA_FIN_WRITE_OFF_AT];
        aux_no_mask <= desc[ISA_FIN_AUX_NO_MASK_AT];
        out_no_mask <= desc[ISA_FIN_OUT_NO_MASK_AT];
        aux_last    <= desc[ISA_FIN_AUX_PLANES_AT +: 2] - 2'd1;
        out_last    <= desc[ISA_FIN_OUT_PLANES_AT +: 2] - 2'd1;
    end

    // position
    reg  [5:0]  element_q;        // of the block, in element order: the first one of the group
    reg  [2:0]  slice_q;          // moves done in IN or OUT; in DRAIN cycles done
    reg  [5:0]  left_q;           // beats not yet asked for
    reg         done_q;           // no block follows
    reg         sent_q;           // the beat of this group has been written
    reg         row_q;            // the block that is taken begins a block row, not the first
    wire        last_row, last_column;
    wire        blocks_done;
    wire [1:0]  unused_inc;

    // a slice that goes to memory, or comes from there
    reg  in_use_q;                                      // IN: this plane is stored
    wire in_needed  = in_use_q && (slice_q[0] || !aux_no_mask);
    wire out_needed = !write_off && (slice_q[0] || !out_no_mask);
    wire in_move    = state_q == ST_IN && (!in_needed || data_valid_i);
    wire out_move   = state_q == ST_OUT && (!out_needed || write_ready_i);
    wire in_end     = in_move && slice_q == LAST_SLICE;
    wire out_end    = out_move && slice_q[0] && slice_q[2:1] == out_last;

    wire scale_ready, pace;
    wire beat_end   = GROUP == 2 || element_q[0];       // the group is the last of a beat of two sums
    wire taking     = state_q == ST_TAKE && (to_int32 || (scale_ready && pace));
    wire source     = taking && (from_memory ? data_valid_i : group_valid_i);
    wire unsent     = to_int32 && !write_off && beat_end && !sent_q;
    wire send       = state_q == ST_TAKE && unsent && group_valid_i;
    wire take_read  = taking && from_memory && data_valid_i && !halt_i;
    wire take_array = taking && !from_memory && group_valid_i && !unsent && !halt_i;
    wire take       = take_read || take_array;
    wire take_end   = take && (element_q | (STEP - 6'd1)) == 6'd63;
    wire enter      = state_q == ST_ENTRY && !bad_planes && !halt_i;
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
            ST_TAKE:       if (take_end) state_d = ST_NEXT;
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

    always @(posedge clk_i) state_q <= rst_i ? ST_IDLE : state_d;

    always @(posedge clk_i) sent_q <= send && write_ready_i;

    always @(posedge clk_i)
        if (enter)     element_q <= 6'd0;
        else if (take) element_q <= element_q + STEP;

    always @(posedge clk_i)
        if (enter || in_end || out_end || next)                      slice_q <= 3'd0;
        else if (drain)                                              slice_q <= slice_q == 3'd2 ? 3'd0 : slice_q + 3'd1;
        else if (in_move || out_move)                                slice_q <= slice_q + 3'd1;

    always @(posedge clk_i)
        if (state_q != ST_IN)                                   in_use_q <= 1'b1;
        else if (in_move && slice_q[0] && slice_q[2:1] == aux_last) in_use_q <= 1'b0;

    always @(posedge clk_i) if (next || enter) done_q <= blocks_done && next;

    wire row_next = next && last_column && !last_row;
    always @(posedge clk_i)
        if (enter || next) row_q <= row_next;

    loop_nest #(.LEVELS(2), .W(W_COUNT)) u_nest (
        .clk_i  (clk_i),
        .load_i (word_valid_i && word_index_i == 4'd5),
        .init_i (enter),
        .step_i (next),
        .lasts_i({word_data_i[ISA_FIN_L2_LAST_AT % 64 +: W_COUNT], desc[ISA_FIN_L0_LAST_AT +: W_COUNT]}),
        .last_o ({last_row, last_column}),
        .inc_o  (unused_inc),
        .done_o (blocks_done)
    );

    // ---- addresses: each beat moves on by one, a block row by a jump. Planes are written when the loops are one block further ----
    wire              dst_jump = to_int32 ? row_next : row_q && next;
    reg  [W_ADDR-1:0] src_q;
    wire [W_ADDR-1:0] dst, aux;
    wire              ask      = req_valid_o && req_ready_i;
    wire              ask_src  = from_memory && state_q == ST_TAKE;
    wire              load_src = word_valid_i && word_index_i == 4'd3;
    wire [W_ADDR-1:0] src_sum  = src_q + {{(W_ADDR-1){load_src}}, 1'b1};   // as in loop_count.v

    beat_address #(.W(W_ADDR)) u_dst (
        .clk_i  (clk_i),
        .clear_i(word_valid_i && word_index_i == 4'd0),
        .load_i (word_valid_i && word_index_i == 4'd1),
        .base_i (word_data_i[3 +: W_ADDR]),
        .step_i (written),
        .jump_i (dst_jump),
        .by_i   (desc[ISA_FIN_L2_DST_JUMP_AT +: W_ADDR]),
        .addr_o (dst)
    );
    beat_address #(.W(W_ADDR)) u_aux (
        .clk_i  (clk_i),
        .clear_i(word_valid_i && word_index_i == 4'd0),
        .load_i (word_valid_i && word_index_i == 4'd2),
        .base_i (word_data_i[3 +: W_ADDR]),
        .step_i (ask && !ask_src),
        .jump_i (row_next),
        .by_i   (desc[ISA_FIN_L2_AUX_JUMP_AT +: W_ADDR]),
        .addr_o (aux)
    );

    always @(posedge clk_i)
        if (load_src || (ask && ask_src)) src_q <= load_src ? word_data_i[3 +: W_ADDR] : src_sum;

    // beats to ask for; of the state, beats that follow
    always @(posedge clk_i)
        if (begin_in)                                      left_q <= {2'b00, aux_beats};
        else if (begin_take)                               left_q <= from_memory ? 6'd32 : 6'd0;
        else if (enter)                                    left_q <= LAST_STATE;
        else if ((ask && state_q != ST_STATE) || state_beat) left_q <= left_q - 6'd1;

    wire [W_ADDR-1:0] ask_addr = ask_src ? src_q : aux;
    wire              in_range = ask_addr[W_ADDR-1:6] < mem_beats_i[W_ADDR-1:6];
    wire              may_ask  = !halt_i && ((left_q != 6'd0 && (state_q == ST_IN || state_q == ST_TAKE)) || (state_q == ST_STATE && state_load));
    assign req_valid_o  = may_ask && in_range;
    assign req_addr_o   = ask_addr;
    assign read_range_o = may_ask && !in_range;
    assign data_ready_o = (state_q == ST_IN && in_needed) || (taking && from_memory && beat_end && !halt_i) || (state_q == ST_STATE_BEAT && state_load);

    finish_data_compact #(.M(M), .N(N), .GROUP(GROUP), .W_ACC(W_ACC), .PLANES(PLANES_MAX), .SCALE_FORM(SCALE_FORM)) u_data (
        .clk_i        (clk_i),
        .desc_i       (desc),
        .enter_i      (enter),
        .take_i       (take),
        .element_i    (element_q),
        .last_row_i   (last_row),
        .last_column_i(last_column),
        .group_i      (group_i),
        .ce_i         (take || next || drain),
        .scale_ready_o(scale_ready),
        .pace_o       (pace),
        .move_i       (in_move || out_move),
        .read_data_i  (data_i),
        .state_beat_i (left_q),
        .state_load_i (state_beat && state_load),
        .turn_i       ((state_beat && left_q[5]) || (state_q == ST_EXIT && state_load)),
        .scale_valid_i(word_valid_i && word_index_i == 4'd4),
        .slot_valid_i (word_valid_i && word_index_i == 4'd10),
        .word_i       (word_data_i),
        .slot_addr_o  (slot_addr_o),
        .slot_exp_o   (slot_exp_o),
        .slot_mag_o   (slot_mag_o),
        .write_now_i  (write_live_i && state_q != ST_IDLE),
        .write_data_o (write_data_o)
    );

    assign slot_read_o = (state_q == ST_STATE || state_q == ST_STATE_BEAT) && !state_load && !left_q[5];
    assign slot_load_o = state_beat && state_load && !left_q[5];
    assign slot_put_o  = state_q == ST_EXIT && !state_op && (desc[ISA_FIN_SLOT_OBSERVE_AT] || desc[ISA_FIN_SLOT_COMMIT_AT]);

    assign write_valid_o   = (state_q == ST_OUT && out_needed) || send || (state_q == ST_STATE_BEAT && !state_load);
    assign write_addr_o    = dst;
    assign idle_o          = state_q == ST_IDLE;
    assign bad_field_o     = state_q == ST_ENTRY && bad_planes;
    assign finished_push_o = state_q == ST_EXIT && desc[ISA_FIN_PUSH_LOAD_AT];
    assign group_take_o    = take_array;
    assign busy_o          = take || in_move || out_move || state_beat;
    assign starved_o       = (state_q == ST_IN && !in_move) || (state_q == ST_TAKE && !source);
    assign blocked_o       = (state_q == ST_OUT && !out_move) || send;

    wire unused = &{1'b0, desc, word_data_i, mem_beats_i, unused_inc, unused_store};

endmodule

`default_nettype wire
