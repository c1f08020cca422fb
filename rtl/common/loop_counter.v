// SPDX-License-Identifier: Apache-2.0
// Nest of LEVELS counted loops, level 0 innermost, given by their last indices. init_i restarts all at 0; step_i goes to the next iteration.
// inc_o is one-hot: the level whose index this step increments (inner ones restart); none when done_o.
// FAST = 1: last_o comes from registers; lasts_i must then stand for three cycles before init_i. FAST = 2: also, init_i and step_i take effect
// one cycle later, so that steps come two cycles apart at least.
// last_o[l]: level l is at its last index. done_o: all are, so the next step ends the nest (indices return to 0).
`default_nettype none

module loop_counter #(
    parameter integer LEVELS = 3,
    parameter integer W      = 16,
    parameter integer FAST   = 0
) (
    input  wire                clk_i,
    input  wire                init_i,
    input  wire                step_i,
    input  wire [LEVELS*W-1:0] lasts_i,

    output wire [LEVELS*W-1:0] index_o,
    output wire [LEVELS-1:0]   last_o,
    output wire [LEVELS-1:0]   inc_o,
    output wire                done_o
);

    wire [LEVELS:0] inner_last;  // all levels below l are at their last index

    assign inner_last[0] = 1'b1;
    assign done_o        = inner_last[LEVELS];

    genvar l;
    generate
        for (l = 0; l < LEVELS; l = l + 1) begin : g_level
            reg [W-1:0] index_q;
            wire        move, fresh;        // an index changes, to the first one. move comes late, so it chooses nothing
            wire        restart;            // both
            if (FAST == 2) begin : g_late
                reg restart_q, step_q;
                always @(posedge clk_i) begin
                    restart_q <= init_i || (step_i && inner_last[l+1]);
                    step_q    <= step_i && inner_last[l];
                end
                assign {move, fresh, restart} = {restart_q || step_q, restart_q, restart_q};
            end else begin : g_now
                assign move    = init_i || (step_i && inner_last[l]);
                assign fresh   = init_i || last_o[l];
                assign restart = init_i || (step_i && inner_last[l+1]);
            end

            assign index_o[W*l +: W] = index_q;
            if (FAST != 0) begin : g_flag
                reg [W-1:0] before_q;           // the index before the last
                reg         only_q, last_q;     // there is one index
                always @(posedge clk_i) begin
                    before_q <= lasts_i[W*l +: W] - 1'b1;
                    only_q   <= lasts_i[W*l +: W] == {W{1'b0}};
                    if (move) last_q <= fresh ? only_q : index_q == before_q;
                end
                assign last_o[l] = last_q;
            end else begin : g_compare
                assign last_o[l] = index_q == lasts_i[W*l +: W];
                wire unused = &{1'b0, fresh};
            end
            assign inner_last[l+1]   = inner_last[l] && last_o[l];
            assign inc_o[l]          = inner_last[l] && !last_o[l];

            always @(posedge clk_i)
                if (restart)   index_q <= {W{1'b0}};
                else if (move) index_q <= index_q + 1'b1;
        end
    endgenerate

endmodule

`default_nettype wire
