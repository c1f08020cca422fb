// SPDX-License-Identifier: Apache-2.0
// Finish stage: one FINISH, ELEMENTWISE, STATE_LOAD or STATE_STORE at a time. Per 8 x 8 block: AUX fetches the auxiliary planes, or master
// weights, from the read FIFO, GROUPS sends 64/LANES groups of elements into the lanes (or, for int32, to memory). FLUSH waits until all
// writes are acknowledged, EXIT updates the scale slot and pushes the token. Datapath: finish_data.
`default_nettype none

module finish_stage #(
    parameter integer M          = 8,
    parameter integer N          = 8,
    parameter integer LANES      = 16,
    parameter integer W_ACC      = 24,
    parameter integer PLANES_MAX = 5,
    parameter integer LOG_FIFO   = 6
) (
    input  wire                   clk_i,
    input  wire                   rst_i,
    input  wire                   halt_i,

    // from the dispatcher
    input  wire                   word_valid_i,
    input  wire [3:0]             word_index_i,
    input  wire [63:0]            word_data_i,
    input  wire                   start_i,
    output wire                   idle_o,
    output wire                   bad_field_o,
    output wire                   finished_push_o,

    // results of the array
    input  wire                   group_valid_i,
    output wire [M:0]             group_ready_o,  // mac_array.v
    input  wire [LANES*W_ACC-1:0] group_i,

    // memory reads
    input  wire [28:0]            mem_beats_i,
    output wire                   req_valid_o,
    input  wire                   req_ready_i,
    output wire [28:0]            req_addr_o,
    output wire [6:0]             req_len_o,
    output wire                   read_range_o,
    input  wire                   data_valid_i,
    input  wire [63:0]            data_i,

    // memory writes
    input  wire                   write_idle_i,
    output wire                   run_valid_o,
    input  wire                   run_ready_i,
    output wire [28:0]            run_addr_o,
    output wire [6:0]             run_beats_o,
    output wire                   write_valid_o,
    input  wire                   write_ready_i,
    output wire [63:0]            write_data_o,

    // counters
    output wire                   busy_o,
    output wire                   starved_o,
    output wire                   blocked_o
);

    `include "isa.vh"

    localparam integer LAST_GROUP_I = 64 / LANES - 1;
    localparam integer LAST_STATE_I = LANES + 32 - 1;   // generators and slots
    localparam integer LANES_I      = LANES;
    localparam [5:0] LAST_GROUP = LAST_GROUP_I[5:0];
    localparam [6:0] LAST_STATE = LAST_STATE_I[6:0];
    localparam [6:0] MASTER_BEATS = 7'd16;              // of a block
    localparam [5:0] FIRST_SLOT = ~LANES_I[5:0] + 6'd1;
    localparam [2:0] ST_IDLE = 3'd0, ST_ENTRY = 3'd1, ST_AUX = 3'd2, ST_GROUPS = 3'd3, ST_STATE = 3'd4, ST_FLUSH = 3'd5, ST_EXIT = 3'd6;

    reg  [2:0]   state_q, state_d;
    wire [M:0]   from_array_q;         // ST_GROUPS, of results; equal
    wire [575:0] desc;

    descriptor #(.WORDS(9)) u_desc (
        .clk_i       (clk_i),
        .word_valid_i(word_valid_i),
        .word_index_i(word_index_i),
        .word_data_i (word_data_i),
        .desc_o      (desc)
    );

    // what follows from the first words is in registers long before the last word comes
    wire        state_load, state_store, state_op, from_memory, to_int32, has_aux, bad_planes;
    wire        master     = desc[ISA_FIN_MASTER_AT];
    wire [2:0]  out_planes = desc[ISA_FIN_OUT_PLANES_AT +: 3];
    wire [3:0]  aux_beats;
    reg  [3:0]  out_beats;
    reg  [4:0]  aux_last;
    reg         block_aux;             // planes or master weights
    reg  [6:0]  run_beats, read_beats;

    finish_decode #(.PLANES_MAX(PLANES_MAX)) u_decode (
        .clk_i(clk_i), .word_i(desc[63:0]), .state_load_o(state_load), .state_store_o(state_store), .state_op_o(state_op), .from_memory_o(from_memory),
        .to_int32_o(to_int32), .has_aux_o(has_aux), .aux_beats_o(aux_beats), .bad_planes_o(bad_planes)
    );

    always @(posedge clk_i) begin
        aux_last    <= master ? 5'd15 : {1'b0, aux_beats} - 5'd1;
        block_aux   <= master || has_aux;
        out_beats   <= desc[ISA_FIN_OUT_NO_MASK_AT] ? {1'b0, out_planes} : {out_planes, 1'b0};
        run_beats   <= state_op ? LAST_STATE + 7'd1 : to_int32 ? 7'd32 : {3'd0, out_beats};
        read_beats  <= state_op ? LAST_STATE + 7'd1 : master ? MASTER_BEATS : {3'd0, aux_beats};
    end

    // sequence of blocks
    reg  [4:0]  aux_q;
    reg  [5:0]  group_q;
    reg         last_group_q;          // group_q is LAST_GROUP
    reg  [5:0]  slot_q;                // of STATE_LOAD and STATE_STORE: the beat's slot; negative: a generator's state
    wire        last_block;
    wire        read_valid, read_ready, lanes_idle;
    wire [63:0] read_data;
    wire        source_valid, state_taken;
    wire [M+1:0] lanes_ready;

    reg  halt_q;           // it comes from far; an instruction that enters meanwhile writes nothing
    always @(posedge clk_i) halt_q <= halt_i;
    wire enter     = state_q == ST_ENTRY && !bad_planes && !halt_q;
    wire take      = source_valid && lanes_ready[M];     // for the control
    wire take_data = source_valid && lanes_ready[M+1];   // for the data
    wire block_end = take && last_group_q;
    wire aux_take  = state_q == ST_AUX && read_valid;
    wire aux_end   = aux_take && aux_q == aux_last;
    wire state_beat = state_q == ST_STATE && (state_load ? read_valid : state_taken);
    wire [2:0] block_state = block_aux ? ST_AUX : ST_GROUPS;

    always @* begin
        state_d = state_q;
        case (state_q)
            ST_IDLE:   if (start_i) state_d = ST_ENTRY;
            ST_ENTRY:  if (enter) state_d = state_op ? ST_STATE : block_state;
            ST_AUX:    if (aux_end) state_d = ST_GROUPS;
            ST_GROUPS: if (block_end) state_d = last_block ? ST_FLUSH : block_state;
            ST_STATE:  if (state_beat && slot_q == 6'd31) state_d = ST_FLUSH;
            ST_FLUSH:  if (lanes_idle && write_idle_i) state_d = ST_EXIT;
            ST_EXIT:   state_d = ST_IDLE;
            default:   state_d = ST_IDLE;
        endcase
    end

    always @(posedge clk_i)
        if (rst_i) state_q <= ST_IDLE;
        else       state_q <= state_d;

    wire from_array_d = block_end                                             ? from_array_q[M] && !block_aux && !last_block
                      : aux_end || (enter && !block_aux && !state_op) ? !from_memory
                                                                    : from_array_q[M];
    register_copies #(.COPIES(M + 1)) u_from_array (.clk_i(clk_i), .ce_i(1'b1), .d_i(from_array_d && !rst_i), .q_o(from_array_q));

    always @(posedge clk_i)
        if (idle_o) begin
            aux_q   <= 5'd0;
            group_q <= 6'd0;
            slot_q  <= FIRST_SLOT;
            last_group_q <= 1'b0;
        end else begin
            if (aux_take) aux_q <= aux_end ? 5'd0 : aux_q + 5'd1;
            if (take) begin
                group_q      <= block_end ? 6'd0 : group_q + 6'd1;
                last_group_q <= group_q == LAST_GROUP - 6'd1;
            end
            if (state_beat) begin
                slot_q <= slot_q + 6'd1;
            end
        end

    wire [63:0] valid_elements;
    finish_blocks #(.M(M), .N(N)) u_blocks (
        .clk_i  (clk_i),
        .init_i (idle_o),
        .begin_i(enter || block_end),
        .desc_i (desc),
        .last_o (last_block),
        .valid_o(valid_elements)
    );

    finish_read #(.LOG_FIFO(LOG_FIFO)) u_read (
        .clk_i        (clk_i),
        .rst_i        (rst_i),
        .init_i       (enter && !state_store),
        .desc_i       (desc),
        .state_op_i   (state_op),
        .aux_beats_i  (read_beats),
        .from_memory_i(from_memory),
        .mem_beats_i  (mem_beats_i),
        .req_valid_o  (req_valid_o),
        .req_ready_i  (req_ready_i),
        .req_addr_o   (req_addr_o),
        .req_len_o    (req_len_o),
        .error_o      (read_range_o),
        .data_valid_i (data_valid_i),
        .data_i       (data_i),
        .out_valid_o  (read_valid),
        .out_ready_i  (read_ready),
        .out_data_o   (read_data)
    );

    wire source_ready, block_run, master_run;
    wire group_valid = group_valid_i && from_array_q[M];
    assign read_ready = state_q == ST_AUX || (state_q == ST_STATE && state_load) || (state_q == ST_GROUPS && from_memory && source_ready);

    finish_data #(.M(M), .N(N), .LANES(LANES), .W_ACC(W_ACC), .PLANES(PLANES_MAX)) u_data (
        .clk_i         (clk_i),
        .rst_i         (rst_i),
        .desc_i        (desc),
        .init_i        (idle_o),
        .from_memory_i (from_memory),
        .aux_take_i    (aux_take),
        .aux_last_i    (aux_q == aux_last),
        .source_beat_i (state_q == ST_GROUPS && from_memory && read_valid),
        .source_ready_o(source_ready),
        .read_data_i   (read_data),
        .group_valid_i (group_valid),
        .group_i       (group_i),
        .valid_i       (valid_elements[LANES*group_q +: LANES]),
        .source_valid_o(source_valid),
        .ready_o       (lanes_ready),
        .take_i        (take_data),
        .last_i        (last_group_q),
        .idle_o        (lanes_idle),
        .state_load_i  (state_q == ST_STATE && state_load && read_valid),
        .state_store_i (state_q == ST_STATE && state_store),
        .state_op_i    (state_op),
        .state_taken_o (state_taken),
        .state_slot_i  (slot_q),
        .slot_update_i (state_q == ST_EXIT && !state_op),
        .out_beats_i   (out_beats),
        .run_valid_o   (block_run),
        .run_master_o  (master_run),
        .run_ready_i   (run_ready_i),
        .write_valid_o (write_valid_o),
        .write_ready_i (write_ready_i),
        .write_data_o  (write_data_o)
    );

    // runs that are asked of the write port: one per block, as soon as there are data of it, behind one of its master weights; or one for the state
    reg         state_run_q;        // still to be asked for
    reg         written_q, master_written_q;   // a run has gone: the address of the next follows
    wire        write_run = run_valid_o && run_ready_i;
    wire [28:0] unused_next, unused_master_next, planes_addr, masters_addr;
    wire        unused_last, unused_master_last;

    assign run_valid_o = state_op ? state_run_q : block_run;
    assign run_beats_o = master_run ? MASTER_BEATS : run_beats;
    assign run_addr_o  = master_run ? masters_addr : planes_addr;

    always @(posedge clk_i)
        if (rst_i)          state_run_q <= 1'b0;
        else if (enter)     state_run_q <= state_store;
        else if (write_run) state_run_q <= 1'b0;

    always @(posedge clk_i) {written_q, master_written_q} <= {write_run && !master_run, write_run && master_run};

    block_walk u_write (
        .clk_i  (clk_i),
        .init_i (idle_o),
        .step_i (written_q),
        .desc_i (desc),
        .beats_i(run_beats),
        .addr_o (planes_addr),
        .next_o (unused_next),
        .last_o (unused_last)
    );

    block_walk #(.AUX(1)) u_masters (
        .clk_i  (clk_i),
        .init_i (idle_o),
        .step_i (master_written_q),
        .desc_i (desc),
        .beats_i(MASTER_BEATS),
        .addr_o (masters_addr),
        .next_o (unused_master_next),
        .last_o (unused_master_last)
    );

    assign idle_o          = state_q == ST_IDLE;
    assign bad_field_o     = state_q == ST_ENTRY && bad_planes;
    assign finished_push_o = state_q == ST_EXIT && desc[ISA_FIN_PUSH_LOAD_AT];
    assign group_ready_o   = from_array_q & lanes_ready[M:0];
    assign busy_o          = take || aux_take || state_beat;
    assign blocked_o       = state_q == ST_GROUPS && source_valid && !lanes_ready[M];
    assign starved_o       = (state_q == ST_AUX && !read_valid) || (state_q == ST_GROUPS && !source_valid);

    wire unused = &{1'b0, desc, unused_next, unused_last, unused_master_next, unused_master_last};

endmodule

`default_nettype wire
