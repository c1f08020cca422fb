// SPDX-License-Identifier: Apache-2.0
// Block-word of one operand, that of this cycle's word: words follow each other; a pair of planes starts a plane stride lower or higher than
// the one before, or, behind the last pair of a tile, where the tile started; the next block a jump away from that.
// One adder gives every start, so that none has to be added up from its parts.
`default_nettype none

module operand_walk #(
    parameter integer LOOPS = 2,   // of blocks
    parameter integer W     = 9    // block-word addresses
) (
    input  wire               clk_i,

    input  wire               init_i,        // a chunk starts at base_i
    input  wire [W-1:0]       base_i,
    input  wire               step_i,        // to the next word
    input  wire               pair_end_i,    // it is one of the next pair
    input  wire               lower_i,       // whose plane lies stride_i lower,
    input  wire               higher_i,      // or higher
    input  wire [W-1:0]       stride_i,
    input  wire               tile_end_i,    // and of the next tile
    input  wire [LOOPS-1:0]   inc_i,         // of the next block: the loop that goes on, one-hot; only with tile_end_i
    input  wire [LOOPS*W-1:0] jumps_i,

    output wire [W-1:0]       addr_o
);

    reg  [W-1:0] addr_q;
    reg  [W-1:0] pair_q, tile_q;   // where the pair, the block's tiles start
    reg  [W-1:0] jump, by;
    integer      i;

    wire         start     = init_i || (step_i && pair_end_i);
    wire         new_block = inc_i != {LOOPS{1'b0}};
    wire         lower     = lower_i && !tile_end_i && !init_i;
    wire         higher    = higher_i && !tile_end_i && !init_i;
    wire [1:0]   how       = {lower || (new_block && !init_i), higher || (new_block && !init_i)};
    wire [W-1:0] from      = init_i ? base_i : tile_end_i ? tile_q : pair_q;
    wire [W-1:0] place     = from + by + {{(W-1){1'b0}}, lower};

    always @* begin
        jump = {W{1'b0}};
        for (i = 0; i < LOOPS; i = i + 1) jump = jump | (jumps_i[W*i +: W] & {W{inc_i[i]}});
        case (how)
            2'd0:    by = {W{1'b0}};
            2'd1:    by = stride_i;
            2'd2:    by = ~stride_i;
            default: by = LOOPS == 1 ? jumps_i[W-1:0] : jump;
        endcase
    end

    always @(posedge clk_i)
        if (start)       addr_q <= place;
        else if (step_i) addr_q <= addr_q + 1'b1;

    always @(posedge clk_i)
        if (start) pair_q <= place;

    always @(posedge clk_i)
        if (init_i || (step_i && pair_end_i && new_block)) tile_q <= place;

    assign addr_o = addr_q;

endmodule

`default_nettype wire
