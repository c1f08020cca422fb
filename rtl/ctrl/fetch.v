// SPDX-License-Identifier: Apache-2.0
// Fetches the list, `steps` times, one instruction at a time (16 beats; a list is aligned to 128 bytes), into
// three queues of four instructions, one per stage, in one RAM. Asks for the next when every queue has a free slot. In word 15, bits 63:48
// are replaced by the step and bits 31:16 by the index. An unknown opcode raises bad_opcode_o with its index.
`default_nettype none

module fetch #(
    parameter integer FAST   = 0,    // 1: an instruction is asked for two cycles later, with address and range from registers, and its words are written a cycle later
    parameter integer W_LIST = 16,   // bits of list_last and steps_last, at most 16
    parameter integer W_STEP = 16,   // bits of the step that are read back, at most W_LIST
    parameter integer W_ADDR = 29    // beat addresses
) (
    input  wire              clk_i,
    input  wire              rst_i,

    input  wire              start_i,
    input  wire [31:0]       list_addr_i,
    input  wire [W_LIST-1:0] list_last_i,  // last index of the list, last step; -1: there is none
    input  wire [W_LIST-1:0] steps_last_i,
    output wire              done_o,       // all fetched

    // memory
    input  wire [28:0]       mem_beats_i,
    output wire              req_valid_o,
    input  wire              req_ready_i,
    output wire [W_ADDR-1:0] req_addr_o,
    output wire [6:0]        req_len_o,
    input  wire              data_valid_i,
    input  wire [63:0]       data_i,

    // queues: RAM write port, {stage, slot, word}; full flags come back
    output wire              write_o,
    output wire [7:0]        write_addr_o,
    output wire [63:0]       write_data_o,
    output wire [2:0]        push_o,
    input  wire [2:0]        full_i,

    output wire              bad_opcode_o,
    output wire              bad_address_o,
    output wire [W_LIST-1:0] error_index_o
);

    `include "isa.vh"

    localparam integer W_PLACE = W_ADDR - 4;   // addresses of instructions
    localparam [1:0] ST_IDLE = 2'd0, ST_ASK = 2'd1, ST_RECEIVE = 2'd2;

    reg  [1:0]        state_q, state_d;
    reg  [W_LIST-1:0] index_q, step_q;
    reg  [3:0]        word_q;
    reg  [1:0]        stage_q;
    reg  [1:0]        load_slot_q, exec_slot_q, finish_slot_q;   // next slot of each queue

    reg                last_index, last_step;   // they stand while an instruction arrives
    reg                mark;                    // word_q is 15
    wire               empty_list = list_last_i == {W_LIST{1'b1}} || steps_last_i == {W_LIST{1'b1}};
    wire [W_PLACE+W_LIST-1:0] offset = {{W_PLACE{1'b0}}, index_q};   // a small memory ends before its upper bits count
    wire [W_PLACE-1:0] place_d    = list_addr_i[7 +: W_PLACE] + offset[W_PLACE-1:0];
    wire [W_PLACE-1:0] place;
    wire               range_d    = place[W_PLACE-1:2] < mem_beats_i[W_ADDR-1:6];
    wire               in_range, settled;
    wire               can_ask    = state_q == ST_ASK && settled && full_i == 3'b000;
    generate
        if (FAST != 0) begin : g_late
            reg [W_PLACE-1:0] place_q;
            reg               range_q;
            reg [1:0]         settled_q;
            always @(posedge clk_i) begin
                place_q   <= place_d;
                range_q   <= range_d;
                settled_q <= {settled_q[0] && state_q == ST_ASK, state_q == ST_ASK};
            end
            assign {place, in_range, settled} = {place_q, range_q, settled_q[1]};
        end else begin : g_now
            assign {place, in_range, settled} = {place_d, range_d, 1'b1};
        end
    endgenerate

    localparam [7:0] KNOWN = 8'd1 << OP_LOAD | 8'd1 << OP_EXEC | 8'd1 << OP_FINISH | 8'd1 << OP_ELEMENTWISE | 8'd1 << OP_STATE_LOAD | 8'd1 << OP_STATE_STORE;
    wire        last_word  = data_valid_i && mark;

    // the word to be written: with FAST a cycle later, and still before the dispatcher reads it
    wire        put;
    wire [3:0]  put_word;
    wire [63:0] put_data;
    wire [7:0]  opcode     = put_data[ISA_OPCODE_AT +: ISA_OPCODE_W];
    wire [1:0]  stage_new  = opcode == OP_LOAD ? 2'd0 : opcode == OP_EXEC ? 2'd1 : 2'd2;
    wire        known      = KNOWN[opcode[2:0]] && opcode[7:3] == 5'd0;
    wire [1:0]  stage      = put_word == 4'd0 ? stage_new : stage_q;
    wire [1:0]  slot       = stage[1] ? finish_slot_q : stage[0] ? exec_slot_q : load_slot_q;
    wire [2:0]  placed;      // push_o when the last word is written

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
        if (start_i || (last_word && last_index)) index_q <= {W_LIST{1'b0}};
        else if (last_word)                       index_q <= index_q + 1'b1;

    always @(posedge clk_i)
        if (start_i)                      step_q <= {W_LIST{1'b0}};
        else if (last_word && last_index) step_q <= step_q + 1'b1;

    always @(posedge clk_i) begin
        last_index <= index_q == list_last_i;
        last_step  <= step_q == steps_last_i;
    end

    always @(posedge clk_i)
        if (start_i)           {mark, word_q} <= 5'd0;
        else if (data_valid_i) {mark, word_q} <= {word_q == 4'd14, word_q + 4'd1};

    always @(posedge clk_i)
        if (put) stage_q <= stage;

    always @(posedge clk_i)
        if (rst_i) begin
            load_slot_q   <= 2'd0;
            exec_slot_q   <= 2'd0;
            finish_slot_q <= 2'd0;
        end else begin
            if (placed[0]) load_slot_q   <= load_slot_q + 2'd1;
            if (placed[1]) exec_slot_q   <= exec_slot_q + 2'd1;
            if (placed[2]) finish_slot_q <= finish_slot_q + 2'd1;
        end

    // as many bits as are read back
    localparam [15:0] STEP_USED = {16{1'b1}} >> (16 - W_STEP), INDEX_USED = {16{1'b1}} >> (16 - W_LIST);
    wire [15:0]       step_word  = ({{(16-W_LIST){1'b0}}, step_q} & STEP_USED) | (data_i[63:48] & ~STEP_USED);
    wire [15:0]       index_word = {{(16-W_LIST){1'b0}}, index_q} | (data_i[31:16] & ~INDEX_USED);

    wire [63:0]       marked     = {mark ? step_word : data_i[63:48], data_i[47:32], mark ? index_word : data_i[31:16], data_i[15:0]};
    generate
        if (FAST != 0) begin : g_put_late
            reg        put_q;
            reg [2:0]  placed_q;
            reg [3:0]  put_word_q;
            reg [63:0] put_data_q;
            always @(posedge clk_i) begin
                put_q      <= data_valid_i && !rst_i;
                placed_q   <= push_o & {3{!rst_i}};
                put_word_q <= word_q;
                put_data_q <= marked;
            end
            assign {put, placed, put_word, put_data} = {put_q, placed_q, put_word_q, put_data_q};
        end else begin : g_put_now
            assign {put, placed, put_word, put_data} = {data_valid_i, push_o, word_q, marked};
        end
    endgenerate

    assign done_o        = state_q == ST_IDLE;
    assign req_valid_o   = can_ask && in_range;
    assign req_addr_o    = {place, 4'd0};
    assign req_len_o     = 7'd16;
    assign write_o       = put;
    assign write_addr_o  = {stage, slot, put_word};
    assign write_data_o  = put_data;
    assign push_o        = last_word ? {stage_q[1], stage_q[0], !stage_q[1] && !stage_q[0]} : 3'b000;
    assign bad_opcode_o  = put && put_word == 4'd0 && !known;
    assign bad_address_o = can_ask && !in_range;
    assign error_index_o = index_q;

    wire unused = &{1'b0, list_addr_i, mem_beats_i, offset};

endmodule

`default_nettype wire
