// SPDX-License-Identifier: Apache-2.0
// Load stage: one LOAD at a time. ENTRY waits for its tokens, RUN moves data (load_request asks, load_writer places),
// EXIT pushes b_ready. TOKENS_ONLY goes from ENTRY to EXIT. Ports follow docs/isa.md section 3.
`default_nettype none

module load_stage #(
    parameter integer M       = 8,
    parameter integer N       = 8,
    parameter integer FAST    = 0,   // load_request.v
    parameter integer COMPACT = 0,   // loops L1 and L4 only, no bounds, counts as the buffers have room
    parameter integer W_ADDR  = 29,  // beat addresses
    parameter integer W_BUF   = 12,  // lane addresses of the larger buffer
    parameter integer W_JUMP  = 24   // memory jumps
) (
    input  wire        clk_i,
    input  wire        rst_i,

    // from the dispatcher
    input  wire        word_valid_i,
    input  wire [3:0]  word_index_i,
    input  wire [63:0] word_data_i,
    input  wire        start_i,
    output wire        idle_o,

    // the memory jump in a word of the instruction, one cycle later
    output wire [3:0]        jump_word_o,
    input  wire [W_JUMP-1:0] jump_i,

    // tokens: what the instruction pops is there
    input  wire        tokens_there_i,
    output wire        a_ready_push_o,
    output wire        b_ready_push_o,

    // memory
    input  wire [28:0] mem_beats_i,
    output wire        req_valid_o,
    input  wire        req_ready_i,
    output wire [28:0] req_addr_o,
    output wire [6:0]  req_len_o,
    input  wire        data_valid_i,
    output wire        data_ready_o,
    input  wire [63:0] data_i,
    output wire        error_o,

    // operand buffers
    output wire        write_a_o,
    output wire        write_b_o,
    output wire        write_mask_o,
    output wire        write_sign_o,
    output wire        write_ones_o,
    output wire [2:0]  write_sub_o,
    output wire [W_BUF-1:0] write_addr_o,
    output wire [63:0] write_block_o,

    // counters
    output wire        busy_o,
    output wire        starved_o,
    output wire        blocked_o
);

    `include "isa.vh"

    localparam [1:0] ST_IDLE = 2'd0, ST_ENTRY = 2'd1, ST_RUN = 2'd2, ST_EXIT = 2'd3;

    localparam integer W_LOOP  = COMPACT != 0 ? W_BUF : 16;       // no more runs than lanes, a mask and a sign beat for each
    localparam integer W_COUNT = COMPACT != 0 ? W_BUF + 1 : 16;
    localparam integer LOOPS   = COMPACT != 0 ? 2 : 4;
    localparam integer BOUNDS  = COMPACT != 0 ? 0 : 1;
    localparam integer W_LEVEL = $clog2(LOOPS);

    reg  [1:0]   state_q, state_d;
    wire [575:0] desc;

    descriptor #(.WORDS(9)) u_desc (
        .clk_i       (clk_i),
        .word_valid_i(word_valid_i),
        .word_index_i(word_index_i),
        .word_data_i (word_data_i),
        .desc_o      (desc)
    );

    wire enter    = state_q == ST_ENTRY && tokens_there_i;
    wire target_b = desc[ISA_LOAD_TARGET_B_AT];

    wire tokens_only = desc[ISA_LOAD_TOKENS_ONLY_AT];
    wire init      = state_q == ST_ENTRY;      // what starts with the instruction is started until its tokens are there
    wire begin_run = enter && !tokens_only;
    wire writer_active, writer_done, writer_busy, chunk_done;

    always @* begin
        state_d = state_q;
        case (state_q)
            ST_IDLE:  if (start_i) state_d = ST_ENTRY;
            ST_ENTRY: if (enter) state_d = tokens_only ? ST_EXIT : ST_RUN;
            ST_RUN:   if (writer_done) state_d = ST_EXIT;
            ST_EXIT:  state_d = ST_IDLE;
            default:  state_d = ST_IDLE;
        endcase
    end

    always @(posedge clk_i)
        if (rst_i) state_q <= ST_IDLE;
        else       state_q <= state_d;

    assign idle_o          = state_q == ST_IDLE;
    assign a_ready_push_o  = chunk_done && !target_b;
    assign b_ready_push_o  = state_q == ST_EXIT && desc[ISA_LOAD_PUSH_B_AT];
    assign busy_o          = writer_busy;
    assign blocked_o       = state_q == ST_ENTRY && !tokens_there_i;
    assign starved_o       = writer_active && !writer_busy;

    wire        run_in_valid, run_in_ready, run_valid, run_ready;
    wire [W_LEVEL+1:0] run_in, run;

    load_request #(.LOOPS(LOOPS), .FAST(FAST), .BOUNDS(BOUNDS), .W_ADDR(W_ADDR), .W_LOOP(W_LOOP), .W_COUNT(W_COUNT), .W_JUMP(W_JUMP)) u_request (
        .clk_i       (clk_i),
        .rst_i       (rst_i),
        .word_valid_i(word_valid_i),
        .word_index_i(word_index_i),
        .word_data_i (word_data_i),
        .desc_i      (desc),
        .init_i      (init),
        .begin_i     (begin_run),
        .jump_word_o (jump_word_o),
        .jump_i      (jump_i),
        .mem_beats_i (mem_beats_i),
        .req_valid_o (req_valid_o),
        .req_ready_i (req_ready_i),
        .req_addr_o  (req_addr_o),
        .req_len_o   (req_len_o),
        .beat_i      (data_valid_i && data_ready_o),
        .error_o     (error_o),
        .run_valid_o (run_in_valid),
        .run_ready_i (run_in_ready),
        .run_data_o  (run_in)
    );

    sync_fifo #(.WIDTH(W_LEVEL + 2), .LOG_DEPTH(COMPACT != 0 ? 1 : 4)) u_runs (
        .clk_i      (clk_i),
        .rst_i      (rst_i),
        .in_valid_i (run_in_valid),
        .in_ready_o (run_in_ready),
        .in_data_i  (run_in),
        .out_valid_o(run_valid),
        .out_ready_i(run_ready),
        .out_data_o (run)
    );

    load_writer #(.LOOPS(LOOPS), .FAST(FAST), .M(M), .N(N), .W_COUNT(W_COUNT), .W_BUF(W_BUF)) u_writer (
        .clk_i       (clk_i),
        .rst_i       (rst_i),
        .word_valid_i(word_valid_i),
        .word_index_i(word_index_i),
        .word_data_i (word_data_i),
        .init_i      (init),
        .begin_i     (begin_run),
        .desc_i      (desc),
        .chunk_done_o(chunk_done),
        .done_o      (writer_done),
        .busy_o      (writer_busy),
        .active_o    (writer_active),
        .run_valid_i (run_valid),
        .run_ready_o (run_ready),
        .run_data_i  (run),
        .data_valid_i(data_valid_i),
        .data_ready_o(data_ready_o),
        .data_i      (data_i),
        .write_a_o   (write_a_o),
        .write_b_o   (write_b_o),
        .mask_o      (write_mask_o),
        .sign_o      (write_sign_o),
        .ones_o      (write_ones_o),
        .sub_o       (write_sub_o),
        .addr_o      (write_addr_o),
        .block_o     (write_block_o)
    );

    wire unused = &{1'b0, desc};

endmodule

`default_nettype wire
