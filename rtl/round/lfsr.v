// SPDX-License-Identifier: Apache-2.0
// Random number generator of one rounder lane: 64-bit Fibonacci LFSR, x^64 + x^63 + x^61 + x^60 + 1 (Xilinx XAPP052),
// 32 single steps per draw. A draw's number is bits 31..8 of the state before advance_i, and 63..40 after it.
// load_i has priority. The state has no reset: an instruction loads it, and never with zero.
// The registers hold the inverse: what the rounder adds to a fraction is the inverse of the number, and a carry takes no inverter.
`default_nettype none

module lfsr (
    input  wire        clk_i,
    input  wire        advance_i,
    input  wire        load_i,
    input  wire [63:0] load_data_i,
    output wire [63:0] inverse_o  // of the state
);

    reg [63:0] inverse_q;
    assign inverse_o = inverse_q;

    // feedback bits of the 32 steps, the first step's on top; inverting all four bits inverts nothing
    wire [31:0] feedback = inverse_q[63:32] ^ inverse_q[62:31] ^ inverse_q[60:29] ^ inverse_q[59:28];

    always @(posedge clk_i)
        if (load_i) inverse_q <= ~load_data_i;
        else if (advance_i) inverse_q <= {inverse_q[31:0], ~feedback};

endmodule

`default_nettype wire
