// SPDX-License-Identifier: Apache-2.0
// Tokens of which the receiver takes several at a time: push_i adds one, ask_i takes ask_count_i away, there or not; there_o is 0 while
// some are missing. A push that meets an ask counts one cycle later.
`default_nettype none

module token_balance #(
    parameter integer W = 16
) (
    input  wire         clk_i,
    input  wire         rst_i,
    input  wire         push_i,
    input  wire         ask_i,
    input  wire [W-1:0] ask_count_i,
    output wire         there_o
);

    reg [W:0] balance_q;   // signed
    reg       late_q;

    assign there_o = !balance_q[W];

    always @(posedge clk_i)
        if (rst_i) late_q <= 1'b0;
        else       late_q <= ask_i ? push_i || late_q : push_i && late_q;

    // one adder for both: minus the count is its complement and 1, and a push is that 1 alone
    always @(posedge clk_i)
        if (rst_i)                         balance_q <= {(W+1){1'b0}};
        else if (push_i || ask_i || late_q) balance_q <= balance_q + ({1'b1, ~ask_count_i} & {(W+1){ask_i}}) + {{W{1'b0}}, 1'b1};

endmodule

`default_nettype wire
