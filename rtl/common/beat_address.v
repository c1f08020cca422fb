// SPDX-License-Identifier: Apache-2.0
// A beat address: load_i brings base_i, some cycles after clear_i; step_i moves on by one, jump_i by by_i (signed, wraps), one of them at a time.
// Everything is added, so that a bit is one cell for the sum and one for what is added.
`default_nettype none

module beat_address #(
    parameter integer W = 29
) (
    input  wire         clk_i,
    input  wire         clear_i,
    input  wire         load_i,
    input  wire [W-1:0] base_i,
    input  wire         step_i,
    input  wire         jump_i,
    input  wire [W-1:0] by_i,
    output reg  [W-1:0] addr_o
);

    localparam [W-1:0] ONE = 1;

    always @(posedge clk_i)
        if (clear_i)                         addr_o <= {W{1'b0}};
        else if (load_i || step_i || jump_i) addr_o <= addr_o + (load_i ? base_i : jump_i ? by_i : ONE);

endmodule

`default_nettype wire
