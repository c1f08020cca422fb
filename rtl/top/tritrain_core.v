// SPDX-License-Identifier: Apache-2.0
// The accelerator without its registers: fetch and dispatch, load, execute and finish stage, the tokens between them, operand
// buffers, array, memory ports. A start_i pulse runs the list; everything else is docs/isa.md.
`default_nettype none

module tritrain_core #(
    parameter integer M          = 8,
    parameter integer N          = 8,
    parameter integer K          = 64,
    parameter integer LANES      = 16,
    parameter integer A_DEPTH    = 512,
    parameter integer B_DEPTH    = 512,
    parameter integer W_ACC      = 24,
    parameter integer PLANES_MAX = 5,
    parameter integer COMPACT    = 0,
    parameter integer SCALE_FORM = 1,    // of the lanes, docs/architecture.md
    parameter integer W_ADDR     = 29
) (
    input  wire         clk_i,
    input  wire         rst_i,
    input  wire         halt_i,

    // run
    input  wire         start_i,
    input  wire [31:0]  list_addr_i,
    input  wire [15:0]  list_last_i,
    input  wire [15:0]  steps_last_i,
    input  wire [28:0]  mem_beats_i,
    output wire         all_idle_o,
    output wire         bus_idle_o,
    output wire         error_o,
    output wire [2:0]   error_code_o,
    output wire [2:0]   error_who_o,     // the stage, WHO_FETCH or WHO_LIST
    output wire [2:0]   oldest_who_o,    // for a timeout
    input  wire [2:0]   error_who_i,     // asks for the list index of the instruction of one of them
    output wire [15:0]  error_index_o,

    // events: load, execute, finish {blocked, starved, busy} from the low end; beats {written, read}
    output wire [8:0]   stage_events_o,
    output wire [1:0]   beat_events_o,

    // AXI4 master, 64 bit data
    output wire         m_axi_arvalid,
    input  wire         m_axi_arready,
    output wire [31:0]  m_axi_araddr,
    output wire [7:0]   m_axi_arlen,
    input  wire         m_axi_rvalid,
    output wire         m_axi_rready,
    input  wire [63:0]  m_axi_rdata,
    input  wire [1:0]   m_axi_rresp,
    input  wire         m_axi_rlast,
    output wire         m_axi_awvalid,
    input  wire         m_axi_awready,
    output wire [31:0]  m_axi_awaddr,
    output wire [7:0]   m_axi_awlen,
    output wire         m_axi_wvalid,
    input  wire         m_axi_wready,
    output wire [63:0]  m_axi_wdata,
    output wire [7:0]   m_axi_wstrb,
    output wire         m_axi_wlast,
    input  wire         m_axi_bvalid,
    output wire         m_axi_bready,
    input  wire [1:0]   m_axi_bresp
);

    `include "isa.vh"

    localparam integer FAST     = COMPACT != 0 ? 0 : 1;   // a large device has the registers for a fast clock
    localparam integer W_LIST   = COMPACT != 0 ? 10 : 16;
    localparam integer W_STEP   = W_LIST < W_ADDR - 9 ? W_LIST : W_ADDR - 9;
    localparam integer W_KEPT   = W_ADDR <= 16 ? 16 : 24;
    localparam integer W_BUF_A  = $clog2(A_DEPTH * K / 8);
    localparam integer W_BUF_B  = $clog2(B_DEPTH * K / 8);
    localparam integer W_BUF    = W_BUF_A > W_BUF_B ? W_BUF_A : W_BUF_B;
    localparam integer GROUP    = COMPACT != 0 && SCALE_FORM == 0 ? 1 : LANES;   // elements that the finish stage takes at a time
    localparam [2:0] ERR_BAD_OPCODE = 3'd1, ERR_BAD_FIELD = 3'd2, ERR_ADDRESS = 3'd3, ERR_AXI = 3'd4;
    localparam [2:0] WHO_LOAD = 3'd0, WHO_EXEC = 3'd1, WHO_FINISH = 3'd2, WHO_FETCH = 3'd3, WHO_LIST = 3'd4;

    wire [28:0] mem_beats = mem_beats_i;
    wire        token_rst = rst_i || start_i;

    // read port: 0 finish, 1 fetch, 2 load
    wire [2:0]  req_valid, req_ready, data_valid, data_ready;
    wire [28:0] finish_addr, load_addr;
    wire [W_ADDR-1:0] fetch_addr;
    wire [20:0] req_len;
    wire [63:0] data;
    wire        read_idle, read_beat, read_error;
    wire [1:0]  read_error_owner;

    // a queue has room for what fetch asks for; a scale slot may be written in between
    wire        slot_read, slot_ready, slot_load, slot_put;
    wire [4:0]  slot_addr, slot_exp;
    wire [15:0] slot_mag;
    assign data_ready[1] = !slot_put;

    read_port #(.FAST(FAST), .W_ADDR(W_ADDR), .LOG_BURSTS(COMPACT != 0 ? 2 : 5)) u_read_port (
        .clk_i        (clk_i),
        .rst_i        (rst_i),
        .halt_i       (halt_i),
        .idle_o       (read_idle),
        .req_valid_i  (req_valid),
        .req_ready_o  (req_ready),
        .req_addr_i   ({load_addr[W_ADDR-1:0], fetch_addr, finish_addr[W_ADDR-1:0]}),
        .req_len_i    (req_len),
        .data_valid_o (data_valid),
        .data_ready_i (data_ready),
        .data_o       (data),
        .beat_o       (read_beat),
        .error_o      (read_error),
        .error_owner_o(read_error_owner),
        .m_axi_arvalid(m_axi_arvalid),
        .m_axi_arready(m_axi_arready),
        .m_axi_araddr (m_axi_araddr),
        .m_axi_arlen  (m_axi_arlen),
        .m_axi_rvalid (m_axi_rvalid),
        .m_axi_rready (m_axi_rready),
        .m_axi_rdata  (m_axi_rdata),
        .m_axi_rresp  (m_axi_rresp),
        .m_axi_rlast  (m_axi_rlast)
    );

    // ---- instructions ----
    wire        fetch_done, queue_write, dispatch_idle, bad_opcode, fetch_range;
    wire [7:0]  queue_addr;
    wire [63:0] queue_data, word_data;
    wire [2:0]  queue_push, queue_full, stage_idle, word_valid, start;
    wire [3:0]  word_index;
    wire [W_LIST-1:0]   fetch_index;
    wire [3:0]          jump_word;
    wire [W_KEPT-1:0]   kept;

    fetch #(.FAST(FAST), .W_LIST(W_LIST), .W_STEP(W_STEP), .W_ADDR(W_ADDR)) u_fetch (
        .clk_i        (clk_i),
        .rst_i        (rst_i),
        .start_i      (start_i),
        .list_addr_i  (list_addr_i),
        .list_last_i  (list_last_i[W_LIST-1:0]),
        .steps_last_i (steps_last_i[W_LIST-1:0]),
        .done_o       (fetch_done),
        .mem_beats_i  (mem_beats),
        .req_valid_o  (req_valid[1]),
        .req_ready_i  (req_ready[1]),
        .req_addr_o   (fetch_addr),
        .req_len_o    (req_len[13:7]),
        .data_valid_i (data_valid[1] && !slot_put),
        .data_i       (data),
        .write_o      (queue_write),
        .write_addr_o (queue_addr),
        .write_data_o (queue_data),
        .push_o       (queue_push),
        .full_i       (queue_full),
        .bad_opcode_o (bad_opcode),
        .bad_address_o(fetch_range),
        .error_index_o(fetch_index)
    );

    // a halted device is asked for the index of an instruction only
    dispatch #(.FAST(FAST), .W_ADDR(W_ADDR), .W_STEP(W_STEP), .W_KEPT(W_KEPT)) u_dispatch (
        .clk_i       (clk_i),
        .rst_i       (rst_i),
        .halt_i      (halt_i),
        .write_i     (queue_write || slot_put || slot_load),
        .write_addr_i(slot_put || slot_load ? {3'b110, slot_addr} : queue_addr),
        .write_data_i(slot_put ? {queue_data[63:37], slot_exp, queue_data[31:16], slot_mag} : queue_data),
        .push_i      (queue_push),
        .full_o      (queue_full),
        .stage_idle_i(stage_idle),
        .word_valid_o(word_valid),
        .word_index_o(word_index),
        .word_data_o (word_data),
        .start_o     (start),
        .idle_o      (dispatch_idle),
        .kept_i      (halt_i ? {2'b11, error_who_i[1:0]} : jump_word),
        .kept_o      (kept),
        .slot_addr_i (slot_addr),
        .slot_read_i (slot_read),
        .slot_ready_o(slot_ready)
    );

    // ---- tokens ----
    localparam integer W_TOKEN    = COMPACT != 0 ? 8 : 16;
    localparam integer W_FINISHED = COMPACT != 0 ? 10 : 16;   // not bounded by a buffer, but by the list
    wire               a_ready_push, a_ready_pop, b_ready_push, b_ready_pop;
    wire               a_free_push, b_free_push, finished_push;
    wire               a_ready, b_ready, a_free, b_free, finished;   // there

    semaphore #(.W(W_TOKEN)) u_a_ready (
        .clk_i(clk_i), .rst_i(token_rst), .push_i(a_ready_push), .pop_i(a_ready_pop), .there_o(a_ready)
    );
    semaphore #(.W(W_TOKEN)) u_b_ready (
        .clk_i(clk_i), .rst_i(token_rst), .push_i(b_ready_push), .pop_i(b_ready_pop), .there_o(b_ready)
    );
    // what a LOAD pops is asked for while it is dispatched
    wire load_asks = word_valid[0] && word_index == 4'd0;
    token_balance #(.W(W_TOKEN)) u_a_free (
        .clk_i(clk_i), .rst_i(token_rst), .push_i(a_free_push), .ask_i(load_asks),
        .ask_count_i(word_data[ISA_LOAD_POP_A_AT +: W_TOKEN]), .there_o(a_free)
    );
    token_balance #(.W(W_TOKEN)) u_b_free (
        .clk_i(clk_i), .rst_i(token_rst), .push_i(b_free_push), .ask_i(load_asks),
        .ask_count_i({{(W_TOKEN-8){1'b0}}, word_data[ISA_LOAD_POP_B_AT +: 8]}), .there_o(b_free)
    );
    token_balance #(.W(W_FINISHED)) u_finished (
        .clk_i(clk_i), .rst_i(token_rst), .push_i(finished_push), .ask_i(load_asks),
        .ask_count_i({{(W_FINISHED-8){1'b0}}, word_data[ISA_LOAD_POP_FINISH_AT +: 8]}), .there_o(finished)
    );

    // ---- load ----
    wire        write_a, write_b, write_mask, write_sign, write_ones, load_range;
    wire [2:0]  write_sub;
    wire [W_BUF-1:0] write_addr;
    wire [63:0] write_block;

    load_stage #(.M(M), .N(N), .FAST(FAST), .COMPACT(COMPACT), .W_ADDR(W_ADDR), .W_BUF(W_BUF), .W_JUMP(W_KEPT)) u_load (
        .clk_i           (clk_i),
        .rst_i           (rst_i),
        .word_valid_i    (word_valid[0]),
        .word_index_i    (word_index),
        .word_data_i     (word_data),
        .start_i         (start[0]),
        .idle_o          (stage_idle[0]),
        .jump_word_o     (jump_word),
        .jump_i          (kept),
        .tokens_there_i  (a_free && b_free && finished),
        .a_ready_push_o  (a_ready_push),
        .b_ready_push_o  (b_ready_push),
        .mem_beats_i     (mem_beats),
        .req_valid_o     (req_valid[2]),
        .req_ready_i     (req_ready[2]),
        .req_addr_o      (load_addr),
        .req_len_o       (req_len[20:14]),
        .data_valid_i    (data_valid[2]),
        .data_ready_o    (data_ready[2]),
        .data_i          (data),
        .error_o         (load_range),
        .write_a_o       (write_a),
        .write_b_o       (write_b),
        .write_mask_o    (write_mask),
        .write_sign_o    (write_sign),
        .write_ones_o    (write_ones),
        .write_sub_o     (write_sub),
        .write_addr_o    (write_addr),
        .write_block_o   (write_block),
        .busy_o          (stage_events_o[0]),
        .starved_o       (stage_events_o[1]),
        .blocked_o       (stage_events_o[2])
    );

    // ---- execute ----
    wire                   exec_bad_field, group_valid;
    wire [M:0]             group_ready;
    wire [GROUP*W_ACC-1:0] group;

    execute_unit #(.M(M), .N(N), .K(K), .A_DEPTH(A_DEPTH), .B_DEPTH(B_DEPTH), .W_ACC(W_ACC), .GROUP(GROUP), .FAST(FAST), .COMPACT(COMPACT), .MULTIPLIERS(COMPACT != 0 && SCALE_FORM == 0 ? 1 : 0), .W_BUF(W_BUF)) u_execute (
        .clk_i        (clk_i),
        .rst_i        (rst_i),
        .word_valid_i (word_valid[1]),
        .word_index_i (word_index),
        .word_data_i  (word_data),
        .start_i      (start[1]),
        .idle_o       (stage_idle[1]),
        .error_o      (exec_bad_field),
        .a_there_i    (a_ready),
        .a_ready_pop_o(a_ready_pop),
        .b_there_i    (b_ready),
        .b_ready_pop_o(b_ready_pop),
        .a_free_push_o(a_free_push),
        .b_free_push_o(b_free_push),
        .write_a_i    (write_a),
        .write_b_i    (write_b),
        .write_mask_i (write_mask),
        .write_sign_i (write_sign),
        .write_ones_i (write_ones),
        .write_sub_i  (write_sub),
        .write_addr_i (write_addr),
        .write_block_i(write_block),
        .group_valid_o(group_valid),
        .group_ready_i(group_ready),
        .group_o      (group),
        .busy_o       (stage_events_o[3]),
        .starved_o    (stage_events_o[4]),
        .blocked_o    (stage_events_o[5])
    );

    // ---- finish ----
    wire        fin_bad_field, fin_read_range;
    wire        write_idle, write_error, write_range, write_beat;

    finish_unit #(.M(M), .N(N), .LANES(LANES), .GROUP(GROUP), .W_ACC(W_ACC), .PLANES_MAX(PLANES_MAX), .COMPACT(COMPACT), .SCALE_FORM(SCALE_FORM), .W_ADDR(W_ADDR)) u_finish (
        .clk_i          (clk_i),
        .rst_i          (rst_i),
        .halt_i         (halt_i),
        .word_valid_i   (word_valid[2]),
        .word_index_i   (word_index),
        .word_data_i    (word_data),
        .start_i        (start[2]),
        .idle_o         (stage_idle[2]),
        .bad_field_o    (fin_bad_field),
        .finished_push_o(finished_push),
        .group_valid_i  (group_valid),
        .group_ready_o  (group_ready),
        .group_i        (group),
        .mem_beats_i    (mem_beats),
        .req_valid_o    (req_valid[0]),
        .req_ready_i    (req_ready[0]),
        .req_addr_o     (finish_addr),
        .req_len_o      (req_len[6:0]),
        .read_range_o   (fin_read_range),
        .data_valid_i   (data_valid[0]),
        .data_ready_o   (data_ready[0]),
        .data_i         (data),
        .write_idle_o   (write_idle),
        .write_error_o  (write_error),
        .write_range_o  (write_range),
        .write_beat_o   (write_beat),
        .m_axi_awvalid  (m_axi_awvalid),
        .m_axi_awready  (m_axi_awready),
        .m_axi_awaddr   (m_axi_awaddr),
        .m_axi_awlen    (m_axi_awlen),
        .m_axi_wvalid   (m_axi_wvalid),
        .m_axi_wready   (m_axi_wready),
        .m_axi_wdata    (m_axi_wdata),
        .m_axi_wstrb    (m_axi_wstrb),
        .m_axi_wlast    (m_axi_wlast),
        .m_axi_bvalid   (m_axi_bvalid),
        .m_axi_bready   (m_axi_bready),
        .m_axi_bresp    (m_axi_bresp),
        .slot_addr_o    (slot_addr),
        .slot_read_o    (slot_read),
        .slot_ready_i   (slot_ready),
        .slot_load_o    (slot_load),
        .slot_put_o     (slot_put),
        .slot_exp_o     (slot_exp),
        .slot_mag_o     (slot_mag),
        .busy_o         (stage_events_o[6]),
        .starved_o      (stage_events_o[7]),
        .blocked_o      (stage_events_o[8])
    );

    // ---- state of the whole ----
    assign all_idle_o     = fetch_done && dispatch_idle && stage_idle == 3'b111 && write_idle && read_idle;
    assign bus_idle_o     = read_idle && write_idle;
    assign beat_events_o  = {write_beat, read_beat};
    assign oldest_who_o   = !stage_idle[2] ? WHO_FINISH : !stage_idle[1] ? WHO_EXEC : !stage_idle[0] ? WHO_LOAD : WHO_FETCH;

    wire address_error = fetch_range || load_range || fin_read_range || write_range;
    wire field_error   = exec_bad_field || fin_bad_field;
    assign error_o       = read_error || write_error || address_error || field_error || bad_opcode;
    assign error_code_o  = read_error || write_error ? ERR_AXI : address_error ? ERR_ADDRESS : field_error ? ERR_BAD_FIELD : ERR_BAD_OPCODE;
    assign error_who_o   = read_error ? (read_error_owner == 2'd0 ? WHO_FINISH : read_error_owner == 2'd1 ? WHO_LIST : WHO_LOAD)
                         : write_error || fin_read_range || write_range || fin_bad_field ? WHO_FINISH
                         : load_range ? WHO_LOAD
                         : exec_bad_field ? WHO_EXEC
                         : fetch_range ? WHO_LIST : WHO_FETCH;

    // a stage keeps its instruction as long as it is not idle, and all do when halted
    wire [W_LIST-1:0] who_index = error_who_i[1:0] == WHO_FETCH[1:0] ? fetch_index : kept[W_LIST-1:0];
    assign error_index_o = {{(16-W_LIST){1'b0}}, who_index} | {16{error_who_i[2]}};

    wire unused = &{1'b0, list_last_i, steps_last_i, finish_addr, load_addr};

endmodule

`default_nettype wire
