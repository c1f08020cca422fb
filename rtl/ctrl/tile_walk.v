// SPDX-License-Identifier: Apache-2.0
// Tiles of a chunk in their order: sub-columns innermost, then sub-rows, loops L0 and L1 of the EXEC. init_i goes to the first tile, step_i to the
// next. sub_o = {sub-row, sub-column} of this cycle.
`default_nettype none

module tile_walk #(
    parameter integer FAST    = 0,   // loop_nest.v
    parameter integer SUBS_M  = 1,   // tiles in the rows and in the columns of a block, powers of two
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

    localparam integer LAST_I = 8 * (SUBS_M - 1) + SUBS_N - 1;
    localparam [5:0] LAST_SUB = LAST_I[5:0];

    reg  [5:0]       sub_q;         // bits outside of LAST_SUB stay 0
    wire             subs_done = sub_q == LAST_SUB;
    wire             blocks_done;
    wire [LOOPS-1:0] inc, unused_last;

    assign sub_o  = sub_q;
    assign last_o = subs_done && blocks_done;
    assign inc_o  = inc & {LOOPS{subs_done}};

    always @(posedge clk_i)
        if (init_i)      sub_q <= 6'd0;
        else if (step_i) sub_q <= ((sub_q | ~LAST_SUB) + 6'd1) & LAST_SUB;   // a carry passes what is outside

    loop_nest #(.LEVELS(LOOPS), .W(W_COUNT), .FAST(FAST)) u_blocks (
        .clk_i  (clk_i),
        .load_i (init_i),
        .init_i (init_i),
        .step_i (step_i && subs_done),
        .lasts_i(lasts_i),
        .last_o (unused_last),
        .inc_o  (inc),
        .done_o (blocks_done)
    );

    wire unused = &{1'b0, unused_last};

endmodule

`default_nettype wire
