// SPDX-License-Identifier: Apache-2.0
// Tiles of a chunk in their order: sub-columns innermost, then sub-rows, loops L0 and L1 of the EXEC. init_i goes to the first tile, step_i to the
// next. next_a_o and next_b_o are the block-words of the tile after this one, sub_o = {sub-row, sub-column} those of this cycle.
`default_nettype none

module tile_walk #(
    parameter integer FAST    = 0,   // loop_counter.v
    parameter integer SUBS_M  = 1,   // tiles in the rows and in the columns of a block
    parameter integer SUBS_N  = 1,
    parameter integer LOOPS   = 2,   // 2, or 1: L0
    parameter integer W_COUNT = 16,
    parameter integer W_A     = 9,   // block-word addresses
    parameter integer W_B     = 9
) (
    input  wire                     clk_i,
    input  wire                     init_i,
    input  wire                     step_i,

    input  wire [LOOPS*W_COUNT-1:0] lasts_i,
    input  wire [LOOPS*W_A-1:0]     a_jumps_i,
    input  wire [LOOPS*W_B-1:0]     b_jumps_i,
    input  wire [W_A-1:0]           a_base_i,
    input  wire [W_B-1:0]           b_base_i,

    output wire [5:0]               sub_o,
    output wire                     last_o,    // the tile is the chunk's last
    output wire [W_A-1:0]           next_a_o,
    output wire [W_B-1:0]           next_b_o
);

    localparam integer LAST_SM = SUBS_M - 1;
    localparam integer LAST_SN = SUBS_N - 1;
    localparam [5:0]   LAST_SUBS = {LAST_SM[2:0], LAST_SN[2:0]};

    wire                     subs_done, blocks_done;
    wire [1:0]               unused_sub_last, unused_sub_inc;
    wire [LOOPS*W_COUNT-1:0] unused_index;
    wire [LOOPS-1:0]         unused_last, inc;
    wire [W_A-1:0]           block_a, after_a;
    wire [W_B-1:0]           block_b, after_b;
    wire                     block_step = step_i && subs_done;

    assign last_o   = subs_done && blocks_done;
    assign next_a_o = subs_done ? after_a : block_a;
    assign next_b_o = subs_done ? after_b : block_b;

    loop_counter #(.LEVELS(2), .W(3)) u_subs (
        .clk_i(clk_i), .init_i(init_i), .step_i(step_i), .lasts_i(LAST_SUBS),
        .index_o(sub_o), .last_o(unused_sub_last), .inc_o(unused_sub_inc), .done_o(subs_done)
    );
    loop_counter #(.LEVELS(LOOPS), .W(W_COUNT), .FAST(FAST)) u_blocks (
        .clk_i(clk_i), .init_i(init_i), .step_i(block_step), .lasts_i(lasts_i),
        .index_o(unused_index), .last_o(unused_last), .inc_o(inc), .done_o(blocks_done)
    );
    address_walk #(.LEVELS(LOOPS), .W(W_A)) u_a (
        .clk_i(clk_i), .init_i(init_i), .base_i(a_base_i), .step_i(block_step), .inc_i(inc), .jumps_i(a_jumps_i),
        .skip_i({W_A{1'b0}}), .value_o(block_a), .next_o(after_a)
    );
    address_walk #(.LEVELS(LOOPS), .W(W_B)) u_b (
        .clk_i(clk_i), .init_i(init_i), .base_i(b_base_i), .step_i(block_step), .inc_i(inc), .jumps_i(b_jumps_i),
        .skip_i({W_B{1'b0}}), .value_o(block_b), .next_o(after_b)
    );

    wire unused = &{1'b0, unused_sub_last, unused_sub_inc, unused_index, unused_last};

endmodule

`default_nettype wire
