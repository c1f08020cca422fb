// SPDX-License-Identifier: Apache-2.0
// Counts cycles in which event_i is 1; clear_i starts again at 0. Wraps at 2^32.
`default_nettype none

module event_counter (
    input  wire        clk_i,
    input  wire        clear_i,
    input  wire        event_i,
    output reg  [31:0] count_o
);

    always @(posedge clk_i)
        if (clear_i)      count_o <= 32'd0;
        else if (event_i) count_o <= count_o + 32'd1;

endmodule

`default_nettype wire
