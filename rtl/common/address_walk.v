// SPDX-License-Identifier: Apache-2.0
// Address of a loop nest given by jumps: init_i loads the base; with step_i the jump of the level in inc_i (one-hot) is added, and
// skip_i with it, W bits, wrapping.
// next_o is value_o after the step of this cycle, if any. One register and one adder, however deep the nest.
// SLOW = 1: jump and skip are added one cycle ahead, so inc_i and skip_i must stand for two cycles before a step.
`default_nettype none

module address_walk #(
    parameter integer LEVELS = 3,
    parameter integer W      = 32,
    parameter integer SLOW   = 0
) (
    input  wire                clk_i,
    input  wire                init_i,
    input  wire [W-1:0]        base_i,
    input  wire                step_i,
    input  wire [LEVELS-1:0]   inc_i,
    input  wire [LEVELS*W-1:0] jumps_i,
    input  wire [W-1:0]        skip_i,

    output wire [W-1:0]        value_o,
    output wire [W-1:0]        next_o
);

    reg [W-1:0] value_q;
    reg [W-1:0] jump;
    integer     i;

    always @* begin
        jump = {W{1'b0}};
        for (i = 0; i < LEVELS; i = i + 1) jump = jump | (jumps_i[W*i +: W] & {W{inc_i[i]}});
    end

    assign value_o = value_q;

    wire [W-1:0] sum = jump + skip_i;
    generate
        if (SLOW != 0) begin : g_slow
            reg [W-1:0] sum_q;
            always @(posedge clk_i) sum_q <= sum;
            assign next_o = value_q + sum_q;
        end else begin : g_fast
            assign next_o = value_q + sum;
        end
    endgenerate

    always @(posedge clk_i)
        if (init_i)      value_q <= base_i;
        else if (step_i) value_q <= next_o;

endmodule

`default_nettype wire
