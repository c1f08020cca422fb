// SPDX-License-Identifier: Apache-2.0
// Random number generator of one rounder lane: 64-bit Fibonacci LFSR, x^64 + x^63 + x^61 + x^60 + 1 (Xilinx XAPP052),
// 32 single steps per draw. rand_o belongs to state_o; advance_i makes the next draw visible in the next cycle.
// load_i has priority. The state has no reset: an instruction loads it, and never with zero.
`default_nettype none

module lfsr (
    input  wire        clk_i,
    input  wire        advance_i,
    input  wire        load_i,
    input  wire [63:0] load_data_i,
    output reg  [63:0] state_o,
    output wire [23:0] rand_o
);

    // feedback bits of the 32 steps, the first step's on top
    wire [31:0] feedback = state_o[63:32] ^ state_o[62:31] ^ state_o[60:29] ^ state_o[59:28];

    always @(posedge clk_i)
        if (load_i) state_o <= load_data_i;
        else if (advance_i) state_o <= {state_o[31:0], feedback};

    assign rand_o = state_o[31:8];

endmodule

`default_nettype wire
