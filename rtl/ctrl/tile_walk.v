// SPDX-License-Identifier: Apache-2.0
// Tiles of a chunk in their order: sub-columns innermost, then sub-rows, loops L0 and L1 of the EXEC. init_i goes to the first tile, step_i to the
// next. sub_o = {sub-row, sub-column} of this cycle.
`default_nettype none

module tile_walk #(
    parameter integer FAST    = 0,   // loop_counter.v
    parameter integer SUBS_M  = 1,   // tiles in the rows and in the columns of a block
    parameter integer SUBS_N  = 1,
    parameter integer LOOPS   = 2,   // 2, or 1: L0
    parameter integer W_COUNT = 16
) (
    input  wire                     clk_i,
    input  wire                     init_i,
    input  wire                     step_i,

    input  wire [LOOPS*W_COUNT-1:0] lasts_i,

    output wire [5:0]               sub_o,
    output wire                     last_o,    // the tile is the chunk's last
    output wire [LOOPS-1:0]         inc_o      // behind a block: the loop that goes on, one-hot
);

    localparam integer LAST_SM = SUBS_M - 1;
    localparam integer LAST_SN = SUBS_N - 1;
    localparam integer MOST    = SUBS_M > SUBS_N ? SUBS_M : SUBS_N;
    localparam integer W_SUB   = MOST > 4 ? 3 : MOST > 2 ? 2 : 1;
    localparam [2*W_SUB-1:0] LAST_SUBS = {LAST_SM[W_SUB-1:0], LAST_SN[W_SUB-1:0]};

    wire                     subs_done, blocks_done;
    wire [1:0]               unused_sub_last, unused_sub_inc;
    wire [LOOPS*W_COUNT-1:0] unused_index;
    wire [LOOPS-1:0]         unused_last, inc;
    wire [2*W_SUB-1:0]       sub;

    assign sub_o    = {{(3-W_SUB){1'b0}}, sub[W_SUB +: W_SUB], {(3-W_SUB){1'b0}}, sub[0 +: W_SUB]};
    assign last_o   = subs_done && blocks_done;
    assign inc_o    = inc & {LOOPS{subs_done}};

    generate
        if (MOST == 1) begin : g_one_tile
            assign {sub, unused_sub_last, unused_sub_inc, subs_done} = {2'b00, 2'b11, 2'b00, 1'b1};
        end else begin : g_tiles
            loop_counter #(.LEVELS(2), .W(W_SUB)) u_subs (
                .clk_i(clk_i), .init_i(init_i), .step_i(step_i), .lasts_i(LAST_SUBS),
                .index_o(sub), .last_o(unused_sub_last), .inc_o(unused_sub_inc), .done_o(subs_done)
            );
        end
    endgenerate
    loop_counter #(.LEVELS(LOOPS), .W(W_COUNT), .FAST(FAST)) u_blocks (
        .clk_i(clk_i), .init_i(init_i), .step_i(step_i && subs_done), .lasts_i(lasts_i),
        .index_o(unused_index), .last_o(unused_last), .inc_o(inc), .done_o(blocks_done)
    );

    wire unused = &{1'b0, unused_sub_last, unused_sub_inc, unused_index, unused_last};

endmodule

`default_nettype wire
