// SPDX-License-Identifier: Apache-2.0
// Token counter: push_i adds one, pop_i removes one, only while there_o is 1.
`default_nettype none

module semaphore #(
    parameter integer W = 16
) (
    input  wire clk_i,
    input  wire rst_i,
    input  wire push_i,
    input  wire pop_i,
    output wire there_o
);

    reg [W:0] count_q;   // minus one, signed

    assign there_o = !count_q[W];

    always @(posedge clk_i)
        if (rst_i)                count_q <= {(W+1){1'b1}};
        else if (push_i != pop_i) count_q <= count_q + {{W{pop_i}}, 1'b1};

endmodule

`default_nettype wire
