// SPDX-License-Identifier: Apache-2.0
// Token counter: push_i adds one, pop_i removes pop_count_i (the caller checks count_o first); with ONE, pop_i removes one.
`default_nettype none

module semaphore #(
    parameter integer W   = 16,
    parameter integer ONE = 0
) (
    input  wire         clk_i,
    input  wire         rst_i,
    input  wire         push_i,
    input  wire         pop_i,
    input  wire [W-1:0] pop_count_i,
    output reg  [W-1:0] count_o
);

    generate
        if (ONE != 0) begin : g_one
            always @(posedge clk_i)
                if (rst_i)                count_o <= {W{1'b0}};
                else if (push_i != pop_i) count_o <= count_o + {{(W-1){pop_i}}, 1'b1};
            wire unused = &{1'b0, pop_count_i};
        end else begin : g_many
            always @(posedge clk_i)
                if (rst_i)                count_o <= {W{1'b0}};
                else if (push_i || pop_i) count_o <= count_o - (pop_i ? pop_count_i : {W{1'b0}}) + {{(W-1){1'b0}}, push_i};
        end
    endgenerate

endmodule

`default_nettype wire
