// SPDX-License-Identifier: Apache-2.0
// Reset of a board: asserted at once when ready_i falls (PLL not locked, button pressed), released with the clock some cycles after it rises.
// Flip-flops of both families hold 0 after configuration, so the device starts in reset.
`default_nettype none

module reset_sync #(
    parameter integer CYCLES = 4  // at least 2, from ready_i to the end of reset
) (
    input  wire clk_i,
    input  wire ready_i,
    output wire rst_o
);

    reg [CYCLES-1:0] ready_q;

    assign rst_o = !ready_q[CYCLES-1];

    always @(posedge clk_i or negedge ready_i)
        if (!ready_i) ready_q <= {CYCLES{1'b0}};
        else          ready_q <= {ready_q[CYCLES-2:0], 1'b1};

endmodule

`default_nettype wire
