// SPDX-License-Identifier: Apache-2.0
// Words of a chunk in their order, and where they are in the operand RAMs: the words of a pair of planes, the pairs of a tile (plane_walk.v),
// the tiles (tile_walk.v). init_i goes to the first, step_i to the next.
`default_nettype none

module chunk_walk #(
    parameter integer LOG_K    = 6,
    parameter integer SUBS_M   = 1,   // tiles in the rows and in the columns of a block
    parameter integer SUBS_N   = 1,
    parameter integer W_A      = 9,   // block-words of A and of B
    parameter integer W_B      = 9,
    parameter integer FAST     = 0,
    parameter integer COMPACT  = 0,
    parameter integer W_BANK_A = W_A + $clog2(SUBS_M),   // derived, do not override
    parameter integer W_BANK_B = W_B + $clog2(SUBS_N)
) (
    input  wire                clk_i,
    input  wire [319:0]        desc_i,
    input  wire                init_i,
    input  wire [W_A-1:0]      a_base_i,           // with init_i: where its A starts
    input  wire                step_i,

    // the word of this cycle
    output wire [W_BANK_A-1:0] a_addr_o,
    output wire [W_BANK_B-1:0] b_addr_o,
    output wire                first_o,            // starts a sum
    output wire                radix_o,            // starts a diagonal of planes, not the first
    output wire                pair_end_o,
    output wire                tile_end_o,
    output wire                last_o
);

    `include "isa.vh"

    localparam integer W_SUB_A = $clog2(SUBS_M);
    localparam integer W_SUB_B = $clog2(SUBS_N);
    localparam integer W_MOST  = W_A > W_B ? W_A : W_B;
    localparam integer W_WORD  = W_MOST < 16 - LOG_K ? W_MOST : 16 - LOG_K;
    localparam integer W_LOOP  = COMPACT != 0 ? W_B : 16;   // no more columns than block-words
    localparam integer LOOPS   = COMPACT != 0 ? 1 : 2;

    reg              first_word_q;
    wire             first_diagonal, diagonal_start;
    wire             pair_end, last_pair, last_tile;
    wire             lower_a, higher_a, lower_b, higher_b;
    wire [LOOPS-1:0] block_inc;
    wire [W_A-1:0]   a_word;
    wire [W_B-1:0]   b_word;
    wire [5:0]       sub;             // sub-row, sub-column
    wire             tile_end = pair_end && last_pair;

    assign first_o    = first_word_q && first_diagonal;
    assign radix_o    = first_word_q && diagonal_start && !first_diagonal;
    assign pair_end_o = pair_end;
    assign tile_end_o = tile_end;
    assign last_o     = tile_end && last_tile;

    always @(posedge clk_i)
        if (init_i || step_i) first_word_q <= init_i || pair_end;

    loop_count #(.W(W_WORD), .FAST(FAST), .AHEAD(1)) u_words (
        .clk_i(clk_i), .load_i(init_i), .last_i(desc_i[ISA_EXEC_DEPTH_LAST_AT + LOG_K +: W_WORD]), .step_i(step_i), .last_o(pair_end)
    );

    plane_walk u_planes (
        .clk_i           (clk_i),
        .init_i          (init_i),
        .step_i          (step_i && pair_end),
        .a_planes_i      (desc_i[ISA_EXEC_A_PLANES_AT +: 3]),
        .b_planes_i      (desc_i[ISA_EXEC_B_PLANES_AT +: 3]),
        .first_diagonal_o(first_diagonal),
        .diagonal_start_o(diagonal_start),
        .last_o          (last_pair),
        .lower_a_o       (lower_a),
        .higher_a_o      (higher_a),
        .lower_b_o       (lower_b),
        .higher_b_o      (higher_b)
    );

    wire [LOOPS*W_LOOP-1:0] lasts;
    wire [LOOPS*W_A-1:0]    a_jumps;
    wire [LOOPS*W_B-1:0]    b_jumps;
    assign lasts[0 +: W_LOOP] = desc_i[ISA_EXEC_L0_LAST_AT +: W_LOOP];
    assign a_jumps[0 +: W_A]  = desc_i[ISA_EXEC_L0_A_JUMP_AT +: W_A];
    assign b_jumps[0 +: W_B]  = desc_i[ISA_EXEC_L0_B_JUMP_AT +: W_B];
    generate
        if (LOOPS == 2) begin : g_l1
            assign lasts[W_LOOP +: W_LOOP] = desc_i[ISA_EXEC_L1_LAST_AT +: W_LOOP];
            assign a_jumps[W_A +: W_A]     = desc_i[ISA_EXEC_L1_A_JUMP_AT +: W_A];
            assign b_jumps[W_B +: W_B]     = desc_i[ISA_EXEC_L1_B_JUMP_AT +: W_B];
        end
    endgenerate

    tile_walk #(.FAST(FAST), .SUBS_M(SUBS_M), .SUBS_N(SUBS_N), .LOOPS(LOOPS), .W_COUNT(W_LOOP)) u_tiles (
        .clk_i  (clk_i),
        .init_i (init_i),
        .step_i (step_i && tile_end),
        .lasts_i(lasts),
        .sub_o  (sub),
        .last_o (last_tile),
        .inc_o  (block_inc)
    );

    operand_walk #(.LOOPS(LOOPS), .W(W_A)) u_a (
        .clk_i(clk_i), .init_i(init_i), .base_i(a_base_i), .step_i(step_i), .pair_end_i(pair_end),
        .lower_i(lower_a), .higher_i(higher_a), .stride_i(desc_i[ISA_EXEC_A_PLANE_STRIDE_AT +: W_A]),
        .tile_end_i(last_pair), .inc_i(block_inc & {LOOPS{last_pair}}), .jumps_i(a_jumps), .addr_o(a_word)
    );
    operand_walk #(.LOOPS(LOOPS), .W(W_B)) u_b (
        .clk_i(clk_i), .init_i(init_i), .base_i(desc_i[ISA_EXEC_B_BASE_AT +: W_B]), .step_i(step_i), .pair_end_i(pair_end),
        .lower_i(lower_b), .higher_i(higher_b), .stride_i(desc_i[ISA_EXEC_B_PLANE_STRIDE_AT +: W_B]),
        .tile_end_i(last_pair), .inc_i(block_inc & {LOOPS{last_pair}}), .jumps_i(b_jumps), .addr_o(b_word)
    );

    generate
        if (W_SUB_A == 0) begin : g_a_whole
            assign a_addr_o = a_word;
        end else begin : g_a_sub
            assign a_addr_o = {a_word, sub[3 +: W_SUB_A]};
        end
        if (W_SUB_B == 0) begin : g_b_whole
            assign b_addr_o = b_word;
        end else begin : g_b_sub
            assign b_addr_o = {b_word, sub[0 +: W_SUB_B]};
        end
    endgenerate

    wire unused = &{1'b0, desc_i, sub};

endmodule

`default_nettype wire
