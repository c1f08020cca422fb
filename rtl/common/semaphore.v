// SPDX-License-Identifier: Apache-2.0
// Token counter: push_i adds one, pop_i removes pop_count_i (the caller checks count_o first).
`default_nettype none

module semaphore #(
    parameter integer W = 16
) (
    input  wire         clk_i,
    input  wire         rst_i,
    input  wire         push_i,
    input  wire         pop_i,
    input  wire [W-1:0] pop_count_i,
    output reg  [W-1:0] count_o
);

    always @(posedge clk_i)
        if (rst_i) count_o <= {W{1'b0}};
        else       count_o <= count_o + {{(W-1){1'b0}}, push_i} - (pop_i ? pop_count_i : {W{1'b0}});

endmodule

`default_nettype wire
