// SPDX-License-Identifier: Apache-2.0
// Execute stage: one EXEC at a time. ENTRY waits for b_ready, CHUNK for a_ready, RUN issues one word of A and B per cycle, EXIT waits until
// the last tile has left. The words of a chunk: chunk_walk.v; what accompanies them on their way through the array: array_control.v.
// Tokens a_free and b_free are pushed when the last word has left the operand RAM.
`default_nettype none

module execute_stage #(
    parameter integer M      = 8,
    parameter integer N      = 8,
    parameter integer K      = 64,
    parameter integer FAST     = 0,
    parameter integer COMPACT  = 0,   // loop L0 only, counts of 10 bits, contractions end with a block
    parameter integer W_BANK_A = 9,   // operand bank addresses
    parameter integer W_BANK_B = 9
) (
    input  wire                clk_i,
    input  wire                rst_i,

    // from the dispatcher
    input  wire                word_valid_i,
    input  wire [3:0]          word_index_i,
    input  wire [63:0]         word_data_i,
    input  wire                start_i,
    output wire                idle_o,
    output wire                error_o,        // plane count out of range

    // tokens
    input  wire                a_there_i,
    output wire                a_ready_pop_o,
    input  wire                b_there_i,
    output wire                b_ready_pop_o,
    output wire                a_free_push_o,
    output wire                b_free_push_o,

    // operand RAM and array
    output wire [M+3:0]        ce_o,           // equal (array_control.v)
    output wire [W_BANK_A-1:0] a_addr_o,
    output wire [W_BANK_B-1:0] b_addr_o,
    output wire [K-1:0]        valid_mask_o,   // with the RAM's output
    output wire [M-1:0]        first_o,        // with the partial sum, for each row
    output wire [M-1:0]        radix_o,
    output wire                radix3_o,

    // finished tile in the accumulators
    output wire [M:0]          tile_take_o,    // moves to the drain
    input  wire                tile_ready_i,   // may do so; FAST: in the next cycle

    // counters
    output wire                busy_o,
    output wire                starved_o,
    output wire                blocked_o
);

    `include "isa.vh"

    localparam integer LOG_K   = $clog2(K);
    localparam integer SUBS_M  = 8 / M;
    localparam integer SUBS_N  = 8 / N;
    localparam integer W_SUB_A = $clog2(SUBS_M);
    localparam integer W_SUB_B = $clog2(SUBS_N);
    localparam integer W_A     = W_BANK_A - W_SUB_A;  // block-words
    localparam integer W_B     = W_BANK_B - W_SUB_B;
    localparam integer W_COUNT = COMPACT != 0 ? 10 : 16;
    localparam integer W_RING  = COMPACT != 0 ? W_A : W_COUNT;   // no more slots, no more columns than block-words

    localparam [2:0] ST_IDLE = 3'd0, ST_ENTRY = 3'd1, ST_CHUNK = 3'd2, ST_RUN = 3'd3, ST_EXIT = 3'd4;

    reg  [2:0]   state_q, state_d;
    wire [319:0] desc;

    descriptor #(.WORDS(5)) u_desc (
        .clk_i       (clk_i),
        .word_valid_i(word_valid_i),
        .word_index_i(word_index_i),
        .word_data_i (word_data_i),
        .desc_o      (desc)
    );

    wire [2:0]  a_planes    = desc[ISA_EXEC_A_PLANES_AT +: 3];
    wire [2:0]  b_planes    = desc[ISA_EXEC_B_PLANES_AT +: 3];
    wire [W_RING-1:0]  ring_last   = desc[ISA_EXEC_A_RING_LAST_AT +: W_RING];
    wire [W_A-1:0]     ring_stride = desc[ISA_EXEC_A_RING_STRIDE_AT +: W_A];
    wire [W_A-1:0]     a_base      = desc[ISA_EXEC_A_BASE_AT +: W_A];
    wire [LOG_K-1:0]   tail_last   = desc[ISA_EXEC_DEPTH_LAST_AT +: LOG_K];
    wire               push_b      = desc[ISA_EXEC_PUSH_B_AT];

    // valid elements of the last word, from registers
    wire [K-1:0] tail;
    generate
        if (COMPACT != 0) begin : g_tail_blocks
            reg [K/8-1:0] blocks_q;
            always @(posedge clk_i) blocks_q <= {(K/8){1'b1}} >> ~tail_last[LOG_K-1:3];
            genvar k;
            for (k = 0; k < K; k = k + 1) begin : g_bit
                assign tail[k] = blocks_q[k/8];
            end
        end else begin : g_tail
            reg [K-1:0] tail_q;
            always @(posedge clk_i) tail_q <= {K{1'b1}} >> ~tail_last;
            assign tail = tail_q;
        end
    endgenerate

    wire bad_planes = a_planes < 3'd1 || a_planes > 3'd5 || b_planes < 3'd1 || b_planes > 3'd5;
    wire b_there    = !desc[ISA_EXEC_POP_B_AT] || b_there_i;
    wire at_entry   = state_q == ST_ENTRY;
    wire enter      = at_entry && b_there && !bad_planes;
    wire at_chunk   = state_q == ST_CHUNK;            // what starts with a chunk is started until it does
    wire take_chunk = at_chunk && a_there_i;

    wire           first, radix, pair_end, tile_end, chunk_end;    // of this cycle's word
    wire           ce, issued, empty;
    wire           issue = state_q == ST_RUN && ce;
    reg  [W_A-1:0] slot_base_q;                         // the ring's slot of this chunk
    reg            last_chunk, last_slot;               // they stand during the whole chunk, so registers may take them a cycle later
    wire           last_chunk_d, last_slot_d;

    always @(posedge clk_i) {last_chunk, last_slot} <= {last_chunk_d, last_slot_d};

    always @* begin
        state_d = state_q;
        case (state_q)
            ST_IDLE:  if (start_i) state_d = ST_ENTRY;
            ST_ENTRY: if (enter) state_d = ST_CHUNK;
            ST_CHUNK: if (take_chunk) state_d = ST_RUN;
            ST_RUN:   if (issue && chunk_end) state_d = last_chunk ? ST_EXIT : ST_CHUNK;
            ST_EXIT:  if (empty) state_d = ST_IDLE;
            default:  state_d = ST_IDLE;
        endcase
    end

    always @(posedge clk_i)
        if (rst_i) state_q <= ST_IDLE;
        else       state_q <= state_d;

    loop_count #(.W(W_COUNT), .FAST(FAST)) u_chunks (
        .clk_i (clk_i),
        .load_i(word_valid_i && word_index_i == 4'd2),   // only the counter keeps it
        .last_i(word_data_i[ISA_EXEC_CHUNKS_LAST_AT % 64 +: W_COUNT]),
        .step_i(issue && chunk_end),
        .last_o(last_chunk_d)
    );
    loop_count #(.W(W_RING), .FAST(FAST)) u_slots (
        .clk_i(clk_i), .load_i(at_entry), .last_i(ring_last), .step_i(issue && chunk_end), .last_o(last_slot_d)
    );

    always @(posedge clk_i)
        if (at_entry || (issue && chunk_end)) slot_base_q <= at_entry || last_slot ? a_base : slot_base_q + ring_stride;

    chunk_walk #(.LOG_K(LOG_K), .SUBS_M(SUBS_M), .SUBS_N(SUBS_N), .W_A(W_A), .W_B(W_B), .FAST(FAST), .COMPACT(COMPACT)) u_walk (
        .clk_i     (clk_i),
        .desc_i    (desc),
        .init_i    (at_chunk),
        .a_base_i  (slot_base_q),
        .step_i    (issue),
        .a_addr_o  (a_addr_o),
        .b_addr_o  (b_addr_o),
        .first_o   (first),
        .radix_o   (radix),
        .pair_end_o(pair_end),
        .tile_end_o(tile_end),
        .last_o    (chunk_end)
    );

    array_control #(.M(M), .FAST(FAST)) u_control (
        .clk_i        (clk_i),
        .rst_i        (rst_i),
        .issue_i      (issue),
        .first_i      (first),
        .radix_i      (radix),
        .tile_end_i   (tile_end),
        .ce_o         (ce),
        .issued_o     (issued),
        .empty_o      (empty),
        .array_ce_o   (ce_o),
        .array_first_o(first_o),
        .array_radix_o(radix_o),
        .tile_take_o  (tile_take_o),
        .tile_ready_i (tile_ready_i)
    );

    reg [1:0] pair_end_1q;                 // of the words in the first two stages
    reg       chunk_end1_q, exec_end1_q;   // of the word in the first stage
    always @(posedge clk_i)
        if (ce) begin
            pair_end_1q  <= {pair_end_1q[0], pair_end};
            chunk_end1_q <= chunk_end;
            exec_end1_q  <= chunk_end && last_chunk;
        end

    assign valid_mask_o  = pair_end_1q[FAST] ? tail : {K{1'b1}};
    assign radix3_o      = desc[ISA_EXEC_RADIX3_AT];

    assign idle_o        = state_q == ST_IDLE;
    assign error_o       = at_entry && bad_planes;
    assign b_ready_pop_o = enter && desc[ISA_EXEC_POP_B_AT];
    assign a_ready_pop_o = take_chunk;
    assign a_free_push_o = issued && chunk_end1_q;
    assign b_free_push_o = push_b && issued && exec_end1_q;
    assign busy_o        = issue;
    assign blocked_o     = state_q == ST_RUN && !ce;
    assign starved_o     = (at_entry && !b_there) || (at_chunk && !a_there_i);

    wire unused = &{1'b0, desc, tail_last};

endmodule

`default_nettype wire
