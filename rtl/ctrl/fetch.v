// SPDX-License-Identifier: Apache-2.0
// Fetches the list, `steps` times, one instruction at a time (16 beats; a list is aligned to 128 bytes), into
// three queues of four instructions, one per stage, in one RAM. Asks for the next when every queue has a free slot. Word 15 is
// replaced by {step, index}. An unknown opcode raises error_o with its index.
`default_nettype none

module fetch (
    input  wire        clk_i,
    input  wire        rst_i,
    input  wire        halt_i,

    input  wire        start_i,
    input  wire [31:0] list_addr_i,
    input  wire [15:0] list_count_i,
    input  wire [15:0] steps_i,
    output wire        done_o,       // all fetched

    // memory
    input  wire [28:0] mem_beats_i,
    output wire        req_valid_o,
    input  wire        req_ready_i,
    output wire [28:0] req_addr_o,
    output wire [6:0]  req_len_o,
    input  wire        data_valid_i,
    input  wire [63:0] data_i,

    // queues: RAM write port, {stage, slot, word}; full flags come back
    output wire        write_o,
    output wire [7:0]  write_addr_o,
    output wire [63:0] write_data_o,
    output wire [2:0]  push_o,
    input  wire [2:0]  full_i,

    output wire        bad_opcode_o,
    output wire        bad_address_o,
    output wire [15:0] error_index_o
);

    `include "isa.vh"

    localparam [1:0] ST_IDLE = 2'd0, ST_ASK = 2'd1, ST_RECEIVE = 2'd2;

    reg  [1:0]  state_q, state_d;
    reg  [15:0] index_q, step_q;
    reg  [3:0]  word_q;
    reg  [1:0]  stage_q;
    reg  [5:0]  slot_q;      // next slot of each queue, 3 x 2

    wire        last_index = index_q == list_count_i - 16'd1;
    wire        last_step  = step_q == steps_i - 16'd1;
    wire        empty_list = list_count_i == 16'd0 || steps_i == 16'd0;
    wire [28:0] addr       = {list_addr_i[31:7], 4'd0} + {9'd0, index_q, 4'd0};
    wire        in_range   = {1'b0, addr} + 30'd16 <= {1'b0, mem_beats_i};
    wire        can_ask    = state_q == ST_ASK && full_i == 3'b000 && !halt_i;

    wire [7:0]  opcode     = data_i[ISA_OPCODE_AT +: ISA_OPCODE_W];
    wire [1:0]  stage_new  = opcode == OP_LOAD ? 2'd0 : opcode == OP_EXEC ? 2'd1 : 2'd2;
    wire        known      = opcode >= OP_LOAD && opcode <= OP_STATE_STORE;
    wire [1:0]  stage      = word_q == 4'd0 ? stage_new : stage_q;
    wire        last_word  = data_valid_i && word_q == 4'd15;

    always @* begin
        state_d = state_q;
        case (state_q)
            ST_IDLE:    if (start_i && !empty_list) state_d = ST_ASK;
            ST_ASK:     if (req_valid_o && req_ready_i) state_d = ST_RECEIVE;
            ST_RECEIVE: if (last_word) state_d = (last_index && last_step) ? ST_IDLE : ST_ASK;
            default:    state_d = ST_IDLE;
        endcase
    end

    always @(posedge clk_i)
        if (rst_i) state_q <= ST_IDLE;
        else       state_q <= state_d;

    always @(posedge clk_i)
        if (start_i) begin
            index_q <= 16'd0;
            step_q  <= 16'd0;
        end else if (last_word) begin
            index_q <= last_index ? 16'd0 : index_q + 16'd1;
            if (last_index) step_q <= step_q + 16'd1;
        end

    always @(posedge clk_i)
        if (start_i)           word_q <= 4'd0;
        else if (data_valid_i) word_q <= word_q + 4'd1;

    always @(posedge clk_i)
        if (data_valid_i) stage_q <= stage;

    always @(posedge clk_i)
        if (rst_i)          slot_q <= 6'd0;
        else if (last_word) slot_q[2*stage +: 2] <= slot_q[2*stage +: 2] + 2'd1;

    assign done_o        = state_q == ST_IDLE;
    assign req_valid_o   = can_ask && in_range;
    assign req_addr_o    = addr;
    assign req_len_o     = 7'd16;
    assign write_o       = data_valid_i;
    assign write_addr_o  = {stage, slot_q[2*stage +: 2], word_q};
    assign write_data_o  = word_q == 4'd15 ? {32'd0, step_q, index_q} : data_i;
    assign push_o        = last_word ? 3'b001 << stage : 3'b000;
    assign bad_opcode_o  = data_valid_i && word_q == 4'd0 && !known;
    assign bad_address_o = can_ask && !in_range;
    assign error_index_o = index_q;

    wire unused = &{1'b0, list_addr_i[6:0]};

endmodule

`default_nettype wire
