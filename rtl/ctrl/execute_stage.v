// SPDX-License-Identifier: Apache-2.0
// Execute stage: one EXEC at a time. ENTRY waits for b_ready, CHUNK for a_ready, RUN issues one word of A and B per cycle, EXIT waits until
// the last tile has left. What accompanies the words on their way through the array: array_control.v.
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
    output wire [M+1:0]        ce_o,           // equal; for the rows of the array, for A and for B
    output wire [W_BANK_A-1:0] a_addr_o,
    output wire [W_BANK_B-1:0] b_addr_o,
    output wire [K-1:0]        valid_mask_o,   // with the RAM's output
    output wire [M-1:0]        first_o,        // with the partial sum, for each row
    output wire [M-1:0]        radix_o,
    output wire                radix3_o,

    // finished tile in the accumulators
    output wire [M-1:0]        tile_take_o,    // moves to the drain
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
    localparam integer W_MOST  = W_A > W_B ? W_A : W_B;
    localparam integer W_WORD  = W_MOST < 16 - LOG_K ? W_MOST : 16 - LOG_K;
    localparam integer W_RING  = COMPACT != 0 ? W_A : W_COUNT;   // no more slots, no more columns than block-words
    localparam integer W_LOOP  = COMPACT != 0 ? W_B : W_COUNT;
    localparam integer LOOPS   = COMPACT != 0 ? 1 : 2;

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
    wire [W_B-1:0]     b_base      = desc[ISA_EXEC_B_BASE_AT +: W_B];
    wire [15:0]        depth_last  = desc[ISA_EXEC_DEPTH_LAST_AT +: 16];
    wire [W_WORD-1:0]  last_word   = depth_last[LOG_K +: W_WORD];
    wire               push_b      = desc[ISA_EXEC_PUSH_B_AT];

    // valid elements of the last word, from registers
    wire [K-1:0] tail;
    generate
        if (COMPACT != 0) begin : g_tail_blocks
            reg [K/8-1:0] blocks_q;
            always @(posedge clk_i) blocks_q <= {(K/8){1'b1}} >> ~depth_last[LOG_K-1:3];
            genvar k;
            for (k = 0; k < K; k = k + 1) begin : g_bit
                assign tail[k] = blocks_q[k/8];
            end
        end else begin : g_tail
            reg [K-1:0] tail_q;
            always @(posedge clk_i) tail_q <= {K{1'b1}} >> ~depth_last[LOG_K-1:0];
            assign tail = tail_q;
        end
    endgenerate

    wire bad_planes = a_planes < 3'd1 || a_planes > 3'd5 || b_planes < 3'd1 || b_planes > 3'd5;
    wire b_there    = !desc[ISA_EXEC_POP_B_AT] || b_there_i;
    wire enter      = state_q == ST_ENTRY && b_there && !bad_planes;
    wire at_chunk   = state_q == ST_CHUNK;            // what starts with a chunk is started until it does
    wire take_chunk = at_chunk && a_there_i;

    // position inside the chunk
    reg                first_word_q;
    reg  [W_A-1:0]     slot_base_q;
    wire               first_diagonal, diagonal_start, last_pair, last_tile;
    wire               lower_a, higher_a, lower_b, higher_b;
    wire [LOOPS-1:0]   block_inc;
    wire [W_A-1:0]     a_word;            // block-words of this cycle
    wire [W_B-1:0]     b_word;
    wire [5:0]         sub_index;         // sub-row, sub-column

    wire ce;
    wire issue      = state_q == ST_RUN && ce;
    wire pair_end;
    wire tile_end   = pair_end && last_pair;
    wire chunk_end  = tile_end && last_tile;
    wire last_chunk_d, last_slot_d;
    reg  last_chunk, last_slot;           // they stand during the whole chunk, so registers may take them a cycle later

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

    wire at_entry = state_q == ST_ENTRY;
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
    loop_count #(.W(W_WORD), .FAST(FAST), .AHEAD(1)) u_words (
        .clk_i(clk_i), .load_i(at_chunk), .last_i(last_word), .step_i(issue), .last_o(pair_end)
    );

    always @(posedge clk_i)
        if (at_entry || (issue && chunk_end)) slot_base_q <= at_entry || last_slot ? a_base : slot_base_q + ring_stride;

    always @(posedge clk_i)
        if (at_chunk || issue) first_word_q <= at_chunk || pair_end;

    plane_walk u_planes (
        .clk_i           (clk_i),
        .init_i          (at_chunk),
        .step_i          (issue && pair_end),
        .a_planes_i      (a_planes),
        .b_planes_i      (b_planes),
        .first_diagonal_o(first_diagonal),
        .diagonal_start_o(diagonal_start),
        .last_o          (last_pair),
        .lower_a_o       (lower_a),
        .higher_a_o      (higher_a),
        .lower_b_o       (lower_b),
        .higher_b_o      (higher_b)
    );

    wire [LOOPS*W_LOOP-1:0]  lasts;
    wire [LOOPS*W_A-1:0]     a_jumps;
    wire [LOOPS*W_B-1:0]     b_jumps;
    assign lasts[0 +: W_LOOP]  = desc[ISA_EXEC_L0_LAST_AT +: W_LOOP];
    assign a_jumps[0 +: W_A]   = desc[ISA_EXEC_L0_A_JUMP_AT +: W_A];
    assign b_jumps[0 +: W_B]   = desc[ISA_EXEC_L0_B_JUMP_AT +: W_B];
    generate
        if (LOOPS == 2) begin : g_l1
            assign lasts[W_LOOP +: W_LOOP]   = desc[ISA_EXEC_L1_LAST_AT +: W_LOOP];
            assign a_jumps[W_A +: W_A]       = desc[ISA_EXEC_L1_A_JUMP_AT +: W_A];
            assign b_jumps[W_B +: W_B]       = desc[ISA_EXEC_L1_B_JUMP_AT +: W_B];
        end
    endgenerate

    tile_walk #(.FAST(FAST), .SUBS_M(SUBS_M), .SUBS_N(SUBS_N), .LOOPS(LOOPS), .W_COUNT(W_LOOP)) u_tiles (
        .clk_i  (clk_i),
        .init_i (at_chunk),
        .step_i (issue && tile_end),
        .lasts_i(lasts),
        .sub_o  (sub_index),
        .last_o (last_tile),
        .inc_o  (block_inc)
    );

    operand_walk #(.LOOPS(LOOPS), .W(W_A)) u_a (
        .clk_i(clk_i), .init_i(at_chunk), .base_i(slot_base_q), .step_i(issue), .pair_end_i(pair_end),
        .lower_i(lower_a), .higher_i(higher_a), .stride_i(desc[ISA_EXEC_A_PLANE_STRIDE_AT +: W_A]),
        .tile_end_i(last_pair), .inc_i(block_inc & {LOOPS{last_pair}}), .jumps_i(a_jumps), .addr_o(a_word)
    );
    operand_walk #(.LOOPS(LOOPS), .W(W_B)) u_b (
        .clk_i(clk_i), .init_i(at_chunk), .base_i(b_base), .step_i(issue), .pair_end_i(pair_end),
        .lower_i(lower_b), .higher_i(higher_b), .stride_i(desc[ISA_EXEC_B_PLANE_STRIDE_AT +: W_B]),
        .tile_end_i(last_pair), .inc_i(block_inc & {LOOPS{last_pair}}), .jumps_i(b_jumps), .addr_o(b_word)
    );

    generate
        if (W_SUB_A == 0) begin : g_a_whole
            assign a_addr_o = a_word;
        end else begin : g_a_sub
            assign a_addr_o = {a_word, sub_index[3 +: W_SUB_A]};
        end
        if (W_SUB_B == 0) begin : g_b_whole
            assign b_addr_o = b_word;
        end else begin : g_b_sub
            assign b_addr_o = {b_word, sub_index[0 +: W_SUB_B]};
        end
    endgenerate

    wire issued, empty;
    array_control #(.M(M), .FAST(FAST)) u_control (
        .clk_i        (clk_i),
        .rst_i        (rst_i),
        .issue_i      (issue),
        .first_i      (first_diagonal && first_word_q),
        .radix_i      (!first_diagonal && diagonal_start && first_word_q),
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
    assign error_o       = state_q == ST_ENTRY && bad_planes;
    assign b_ready_pop_o = enter && desc[ISA_EXEC_POP_B_AT];
    assign a_ready_pop_o = take_chunk;
    assign a_free_push_o = issued && chunk_end1_q;
    assign b_free_push_o = push_b && issued && exec_end1_q;
    assign busy_o        = issue;
    assign blocked_o     = state_q == ST_RUN && !ce;
    assign starved_o     = (state_q == ST_ENTRY && !b_there) || (state_q == ST_CHUNK && !a_there_i);

    wire unused = &{1'b0, desc, depth_last, sub_index};

endmodule

`default_nettype wire
