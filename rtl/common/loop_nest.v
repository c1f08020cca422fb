// SPDX-License-Identifier: Apache-2.0
// Nest of LEVELS counted loops, level 0 innermost. load_i begins the outermost, init_i the others; step_i goes to the next iteration.
// last_o[l]: level l is in its last iteration. inc_o: the loop that the step goes on with, one-hot, the outermost when there is none.
// done_o: there is none, all are in their last iteration.
// FAST = 1: these come from registers; lasts_i must then stand from the cycle before init_i on, but for the outermost loop's, which is
// wanted with load_i, two cycles before the first step or with init_i.
`default_nettype none

module loop_nest #(
    parameter integer LEVELS = 2,
    parameter integer W      = 16,
    parameter integer FAST   = 0
) (
    input  wire                clk_i,
    input  wire                load_i,
    input  wire                init_i,
    input  wire                step_i,
    input  wire [LEVELS*W-1:0] lasts_i,   // last indices

    output wire [LEVELS-1:0]   last_o,
    output wire [LEVELS-1:0]   inc_o,
    output wire                done_o
);

    assign done_o = &last_o;

    genvar l;
    generate
        for (l = 0; l < LEVELS; l = l + 1) begin : g_level
            localparam [LEVELS-1:0] FROM_HERE = {LEVELS{1'b1}} << l;
            wire inner_done = &(last_o | FROM_HERE);   // all levels below are in their last iteration

            loop_count #(.W(W), .FAST(FAST), .AHEAD(FAST)) u_loop (
                .clk_i (clk_i),
                .load_i(l == LEVELS - 1 ? load_i : init_i),
                .last_i(lasts_i[W*l +: W]),
                .step_i(step_i && inner_done),
                .last_o(last_o[l])
            );
            assign inc_o[l] = inner_done && (l == LEVELS - 1 || !last_o[l]);
        end
    endgenerate

endmodule

`default_nettype wire
