// SPDX-License-Identifier: Apache-2.0
// Execute stage: one EXEC at a time. ENTRY waits for b_ready, CHUNK for a_ready, RUN issues one word of A and B per cycle, EXIT waits until
// the last tile has left. Three stages follow the issue: operand RAM, partial sum, accumulator; all hold while ce_o is 0, that is while
// a finished tile waits for the drain. Tokens a_free and b_free are pushed when the last word has left the operand RAM.
`default_nettype none

module execute_stage #(
    parameter integer M      = 8,
    parameter integer N      = 8,
    parameter integer K      = 64,
    parameter integer W_BANK_A = 9,   // operand bank addresses
    parameter integer W_BANK_B = 9
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
    output wire                error_o,        // plane count out of range

    // tokens
    input  wire [15:0]         a_ready_i,
    output wire                a_ready_pop_o,
    input  wire [15:0]         b_ready_i,
    output wire                b_ready_pop_o,
    output wire                a_free_push_o,
    output wire                b_free_push_o,

    // operand RAM and array
    output wire                ce_o,
    output wire [W_BANK_A-1:0] a_addr_o,
    output wire [W_BANK_B-1:0] b_addr_o,
    output wire                a_no_mask_o,
    output wire                b_no_mask_o,
    output wire [K-1:0]        valid_mask_o,   // with the RAM's output
    output wire                first_o,        // with the partial sum
    output wire                radix_o,
    output wire                radix3_o,

    // finished tile in the accumulators
    output wire                tile_valid_o,
    input  wire                tile_ready_i,

    // counters
    output wire                busy_o,
    output wire                starved_o,
    output wire                blocked_o
);

    `include "isa.vh"

    localparam integer LOG_K  = $clog2(K);
    localparam integer SUBS_M = 8 / M;
    localparam integer SUBS_N = 8 / N;
    localparam integer W_SUB_A = $clog2(SUBS_M);
    localparam integer W_SUB_B = $clog2(SUBS_N);

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
    wire [15:0] ring_slots  = desc[ISA_EXEC_A_RING_SLOTS_AT +: 16];
    wire [15:0] ring_stride = desc[ISA_EXEC_A_RING_STRIDE_AT +: 16];
    wire [15:0] chunks      = desc[ISA_EXEC_CHUNKS_AT +: 16];
    wire [15:0] depth       = desc[ISA_EXEC_DEPTH_AT +: 16];
    wire [15:0] l1_count    = desc[ISA_EXEC_L1_COUNT_AT +: 16];
    wire [15:0] l0_count    = desc[ISA_EXEC_L0_COUNT_AT +: 16];
    wire        push_b      = desc[ISA_EXEC_PUSH_B_AT];

    wire [15:0] last_word = (depth - 16'd1) >> LOG_K;
    wire [K-1:0] tail     = depth[LOG_K-1:0] == {LOG_K{1'b0}} ? {K{1'b1}} : ~({K{1'b1}} << depth[LOG_K-1:0]);

    wire bad_planes = a_planes < 3'd1 || a_planes > 3'd5 || b_planes < 3'd1 || b_planes > 3'd5;
    wire any_zero   = chunks == 16'd0 || depth == 16'd0 || ring_slots == 16'd0 || l1_count == 16'd0 || l0_count == 16'd0;
    wire b_there    = !desc[ISA_EXEC_POP_B_AT] || b_ready_i != 16'd0;
    wire enter      = state_q == ST_ENTRY && b_there && !bad_planes && !halt_i;
    wire take_chunk = state_q == ST_CHUNK && a_ready_i != 16'd0 && !halt_i;

    // position inside the chunk
    reg  [15:0] word_q;
    reg  [15:0] chunk_q, slot_q, slot_offset_q;
    reg  [15:0] a_addr_q, b_addr_q;   // block-words of this cycle's words
    wire        first_diagonal, diagonal_start, last_pair, tiles_done;
    wire [15:0] pair_a, pair_b, tile_a, tile_b, next_tile_a, next_tile_b;
    wire [63:0] tile_index;
    wire [3:0]  tile_inc, unused_tile_last;

    wire issue      = state_q == ST_RUN && ce_o && !halt_i;
    wire pair_end   = word_q == last_word;
    wire tile_end   = pair_end && last_pair;
    wire chunk_end  = tile_end && tiles_done;
    wire last_chunk = chunk_q == chunks - 16'd1;
    wire ring_wrap  = slot_q == ring_slots - 16'd1;

    // pipeline: 1 = word at the RAM's output, 2 = partial sum, 3 = accumulator
    reg valid1_q, valid2_q, valid3_q;
    reg first1_q, first2_q, radix1_q, radix2_q, tail1_q;
    reg last1_q, last2_q, last3_q, chunk_end1_q, exec_end1_q;

    always @* begin
        state_d = state_q;
        case (state_q)
            ST_IDLE:  if (start_i) state_d = ST_ENTRY;
            ST_ENTRY: if (enter) state_d = any_zero ? ST_EXIT : ST_CHUNK;
            ST_CHUNK: if (take_chunk) state_d = ST_RUN;
            ST_RUN:   if (issue && chunk_end) state_d = last_chunk ? ST_EXIT : ST_CHUNK;
            ST_EXIT:  if (!valid1_q && !valid2_q && !valid3_q) state_d = ST_IDLE;
            default:  state_d = ST_IDLE;
        endcase
    end

    always @(posedge clk_i)
        if (rst_i) state_q <= ST_IDLE;
        else       state_q <= state_d;

    always @(posedge clk_i)
        if (enter) begin
            chunk_q       <= 16'd0;
            slot_q        <= 16'd0;
            slot_offset_q <= 16'd0;
        end else if (issue && chunk_end) begin
            chunk_q       <= chunk_q + 16'd1;
            slot_q        <= ring_wrap ? 16'd0 : slot_q + 16'd1;
            slot_offset_q <= ring_wrap ? 16'd0 : slot_offset_q + ring_stride;
        end

    // the next word's addresses: +1, or the next pair's start, or the next tile's
    wire [15:0] chunk_a = desc[ISA_EXEC_A_BASE_AT +: 16] + slot_offset_q;
    wire [15:0] start_a = (take_chunk ? chunk_a : next_tile_a) + pair_a;
    wire [15:0] start_b = (take_chunk ? desc[ISA_EXEC_B_BASE_AT +: 16] : next_tile_b) + pair_b;

    always @(posedge clk_i)
        if (take_chunk || (issue && pair_end)) begin
            word_q   <= 16'd0;
            a_addr_q <= start_a;
            b_addr_q <= start_b;
        end else if (issue) begin
            word_q   <= word_q + 16'd1;
            a_addr_q <= a_addr_q + 16'd1;
            b_addr_q <= b_addr_q + 16'd1;
        end

    plane_walk u_planes (
        .clk_i           (clk_i),
        .init_i          (take_chunk),
        .step_i          (issue && pair_end),
        .a_planes_i      (a_planes),
        .b_planes_i      (b_planes),
        .a_stride_i      (desc[ISA_EXEC_A_PLANE_STRIDE_AT +: 16]),
        .b_stride_i      (desc[ISA_EXEC_B_PLANE_STRIDE_AT +: 16]),
        .first_diagonal_o(first_diagonal),
        .diagonal_start_o(diagonal_start),
        .last_o          (last_pair),
        .next_a_o        (pair_a),
        .next_b_o        (pair_b)
    );

    // tiles: sub-columns innermost, then sub-rows, L0, L1
    localparam [15:0] COUNT_SN = SUBS_N[15:0];
    localparam [15:0] COUNT_SM = SUBS_M[15:0];

    loop_counter #(.LEVELS(4), .W(16)) u_tiles (
        .clk_i   (clk_i),
        .init_i  (take_chunk),
        .step_i  (issue && tile_end),
        .counts_i({l1_count, l0_count, COUNT_SM, COUNT_SN}),
        .index_o (tile_index),
        .last_o  (unused_tile_last),
        .inc_o   (tile_inc),
        .done_o  (tiles_done)
    );

    affine_sum #(.LEVELS(4), .W(16)) u_tile_a (
        .clk_i    (clk_i),
        .init_i   (take_chunk),
        .base_i   (chunk_a),
        .step_i   (issue && tile_end),
        .inc_i    (tile_inc),
        .strides_i({desc[ISA_EXEC_L1_A_STRIDE_AT +: 16], desc[ISA_EXEC_L0_A_STRIDE_AT +: 16], 32'd0}),
        .value_o  (tile_a),
        .next_o   (next_tile_a)
    );

    affine_sum #(.LEVELS(4), .W(16)) u_tile_b (
        .clk_i    (clk_i),
        .init_i   (take_chunk),
        .base_i   (desc[ISA_EXEC_B_BASE_AT +: 16]),
        .step_i   (issue && tile_end),
        .inc_i    (tile_inc),
        .strides_i({desc[ISA_EXEC_L1_B_STRIDE_AT +: 16], desc[ISA_EXEC_L0_B_STRIDE_AT +: 16], 32'd0}),
        .value_o  (tile_b),
        .next_o   (next_tile_b)
    );

    generate
        if (W_SUB_A == 0) begin : g_a_whole
            assign a_addr_o = a_addr_q[W_BANK_A-1:0];
        end else begin : g_a_sub
            assign a_addr_o = {a_addr_q[W_BANK_A-W_SUB_A-1:0], tile_index[16 +: W_SUB_A]};
        end
        if (W_SUB_B == 0) begin : g_b_whole
            assign b_addr_o = b_addr_q[W_BANK_B-1:0];
        end else begin : g_b_sub
            assign b_addr_o = {b_addr_q[W_BANK_B-W_SUB_B-1:0], tile_index[0 +: W_SUB_B]};
        end
    endgenerate

    assign ce_o = !(valid3_q && last3_q && !tile_ready_i);

    always @(posedge clk_i)
        if (rst_i) begin
            valid1_q <= 1'b0;
            valid2_q <= 1'b0;
            valid3_q <= 1'b0;
        end else if (ce_o) begin
            valid1_q <= issue;
            valid2_q <= valid1_q;
            valid3_q <= valid2_q;
        end

    always @(posedge clk_i)
        if (ce_o) begin
            first1_q     <= first_diagonal && diagonal_start && word_q == 16'd0;
            radix1_q     <= !first_diagonal && diagonal_start && word_q == 16'd0;
            tail1_q      <= pair_end;
            last1_q      <= tile_end;
            chunk_end1_q <= chunk_end;
            exec_end1_q  <= chunk_end && last_chunk;
            first2_q     <= first1_q;
            radix2_q     <= radix1_q;
            last2_q      <= last1_q;
            last3_q      <= last2_q;
        end

    assign a_no_mask_o   = desc[ISA_EXEC_A_NO_MASK_AT];
    assign b_no_mask_o   = desc[ISA_EXEC_B_NO_MASK_AT];
    assign valid_mask_o  = tail1_q ? tail : {K{1'b1}};
    assign first_o       = first2_q;
    assign radix_o       = radix2_q;
    assign radix3_o      = desc[ISA_EXEC_RADIX3_AT];
    assign tile_valid_o  = valid3_q && last3_q;

    assign idle_o        = state_q == ST_IDLE;
    assign error_o       = state_q == ST_ENTRY && bad_planes;
    assign b_ready_pop_o = enter && desc[ISA_EXEC_POP_B_AT];
    assign a_ready_pop_o = take_chunk;
    assign a_free_push_o = ce_o && valid1_q && chunk_end1_q;
    assign b_free_push_o = push_b && ((ce_o && valid1_q && exec_end1_q) || (enter && any_zero));
    assign busy_o        = issue;
    assign blocked_o     = state_q == ST_RUN && !ce_o;
    assign starved_o     = (state_q == ST_ENTRY && !b_there) || (state_q == ST_CHUNK && a_ready_i == 16'd0);

    wire unused = &{1'b0, desc, tile_index, unused_tile_last, tile_a, tile_b, a_addr_q, b_addr_q};

endmodule

`default_nettype wire
