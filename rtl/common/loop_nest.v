// SPDX-License-Identifier: Apache-2.0
// Nest of LEVELS counted loops, level 0 innermost, given by their last indices. load_i brings the outermost loop's, which only its counter
// keeps; init_i restarts the inner ones; step_i goes to the next iteration.
// level_o: the loop that the step goes on with, the outermost when there is none; inc_o: the same, one-hot. done_o: there is none, all are at
// their last index.
// LATE = 1: they come from registers; a step then comes two cycles after the one before it, or after init_i, at the earliest.
// Counters run from the complement of the last index up to all ones, so that a restart needs no comparison.
`default_nettype none

module loop_nest #(
    parameter integer LEVELS  = 2,                // at least 2
    parameter integer W       = 16,
    parameter integer LATE    = 0,
    parameter integer W_LEVEL = $clog2(LEVELS)    // derived, do not override
) (
    input  wire                    clk_i,
    input  wire                    load_i,
    input  wire [W-1:0]            outer_last_i,  // with load_i
    input  wire                    init_i,
    input  wire                    step_i,
    input  wire [(LEVELS-1)*W-1:0] inner_lasts_i,

    output reg  [W_LEVEL-1:0]      level_o,
    output wire [LEVELS-1:0]       inc_o,
    output wire                    done_o
);

    wire [LEVELS*W-1:0] lasts = {outer_last_i, inner_lasts_i};
    wire [LEVELS:0]     inner_done;  // all levels below l are at their last index
    wire [LEVELS:0]     inner_now;   // as the counters are
    integer             i;

    assign inner_now[0]  = 1'b1;
    assign inner_done[0] = 1'b1;
    assign inc_o         = {1'b1, ~inner_done[LEVELS-1:1]} & inner_done[LEVELS-1:0];
    assign done_o        = inner_done[LEVELS];

    always @* begin
        level_o = {W_LEVEL{1'b0}};
        for (i = 1; i < LEVELS; i = i + 1)
            if (inner_done[i]) level_o = i[W_LEVEL-1:0];
    end

    genvar l;
    generate
        for (l = 0; l < LEVELS; l = l + 1) begin : g_level
            reg  [W-1:0] count_q;
            wire         restart = l == LEVELS - 1 ? load_i : init_i || (step_i && inner_done[l+1]);
            // loaded in the cells that count (iCE40): the addend is the load signal, whose sum is then not used; LATE: beside them
            wire [W-1:0] sum     = count_q + {{(W-1){restart && LATE == 0}}, 1'b1};

            assign inner_now[l+1] = inner_now[l] && count_q == {W{1'b1}};
            if (LATE != 0) begin : g_late
                reg done_q;
                always @(posedge clk_i) done_q <= inner_now[l+1];
                assign inner_done[l+1] = done_q;
            end else begin : g_now
                assign inner_done[l+1] = inner_now[l+1];
            end

            always @(posedge clk_i)
                if (restart || (step_i && inner_done[l])) count_q <= restart ? ~lasts[W*l +: W] : sum;
        end
    endgenerate

endmodule

`default_nettype wire
