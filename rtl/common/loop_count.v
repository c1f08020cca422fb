// SPDX-License-Identifier: Apache-2.0
// One counted loop: load_i begins with its last index, step_i goes to the next iteration; last_o: this is the last one.
// Counts from the complement of the last index up to all ones, so that the last index is wanted only with load_i.
`default_nettype none

module loop_count #(
    parameter integer W = 16
) (
    input  wire         clk_i,
    input  wire         load_i,
    input  wire [W-1:0] last_i,
    input  wire         step_i,
    output wire         last_o
);

    reg  [W-1:0] count_q;
    // loaded in the cells that count (iCE40): the addend is the load signal, whose sum is then not used
    wire [W-1:0] sum = count_q + {{(W-1){load_i}}, 1'b1};

    assign last_o = count_q == {W{1'b1}};

    always @(posedge clk_i)
        if (load_i || step_i) count_q <= load_i ? ~last_i : sum;

endmodule

`default_nettype wire
