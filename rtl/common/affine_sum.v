// SPDX-License-Identifier: Apache-2.0
// Affine function of a loop nest: value_o = base + sum_l index_l * stride_l, W bits, wrapping.
// Follows a loop_counter: init_i loads the base; with step_i the level in inc_i (one-hot) advances and inner levels fall back.
// next_o is value_o after the step of this cycle, if any. No multiplier: one adder and LEVELS partial sums.
`default_nettype none

module affine_sum #(
    parameter integer LEVELS = 3,
    parameter integer W      = 32
) (
    input  wire                clk_i,
    input  wire                init_i,
    input  wire [W-1:0]        base_i,
    input  wire                step_i,
    input  wire [LEVELS-1:0]   inc_i,
    input  wire [LEVELS*W-1:0] strides_i,

    output wire [W-1:0]        value_o,
    output wire [W-1:0]        next_o
);

    reg  [LEVELS*W-1:0] part_q;  // part l: base plus the terms of level l and all outer ones
    reg  [W-1:0]        from, by;
    integer i;

    always @* begin
        from = {W{1'b0}};
        by   = {W{1'b0}};
        for (i = 0; i < LEVELS; i = i + 1) begin
            from = from | (part_q[W*i +: W] & {W{inc_i[i]}});
            by   = by | (strides_i[W*i +: W] & {W{inc_i[i]}});
        end
    end

    assign value_o = part_q[W-1:0];
    assign next_o  = (step_i && inc_i != {LEVELS{1'b0}}) ? from + by : value_o;

    genvar l;
    generate
        for (l = 0; l < LEVELS; l = l + 1) begin : g_level
            always @(posedge clk_i)
                if (init_i)                                             part_q[W*l +: W] <= base_i;
                else if (step_i && (inc_i >> l) != {LEVELS{1'b0}})      part_q[W*l +: W] <= next_o;
        end
    endgenerate

endmodule

`default_nettype wire
