// SPDX-License-Identifier: Apache-2.0
// Random number generator of one rounder lane: 64-bit Fibonacci LFSR, x^64 + x^63 + x^61 + x^60 + 1 (Xilinx XAPP052),
// 32 single steps per draw. A draw's number is bits 31..8 of the state before advance_i, and 63..40 after it.
// load_i has priority. The state has no reset: an instruction loads it, and never with zero.
// STATES 2: two generators of which one is to be seen; turn_i, also together with the others, exchanges them. The state that
// load_i gives takes the place of what turn_i brings up.
// The registers hold the inverse: what the rounder adds to a fraction is the inverse of the number, and a carry takes no inverter.
`default_nettype none

module lfsr #(
    parameter integer STATES = 1  // 1 or 2
) (
    input  wire        clk_i,
    input  wire        advance_i,  // STATES 2: only with turn_i
    input  wire        turn_i,
    input  wire        load_i,     // STATES 2: only with turn_i
    input  wire [63:0] load_data_i,
    output wire [63:0] inverse_o,  // of the state
    output wire [23:0] drawn_o     // inverse of the number drawn last
);

    reg [63:0] inverse_q;
    assign inverse_o = inverse_q;

    // feedback bits of the 32 steps, the first step's on top; inverting all four bits inverts nothing
    wire [31:0] feedback = inverse_q[63:32] ^ inverse_q[62:31] ^ inverse_q[60:29] ^ inverse_q[59:28];

    wire [63:0] next = {inverse_q[31:0], ~feedback};

    generate
        if (STATES == 1) begin : g_one
            assign drawn_o = inverse_q[63:40];
            always @(posedge clk_i)
                if (load_i) inverse_q <= ~load_data_i;
                else if (advance_i) inverse_q <= next;
            wire unused = turn_i;
        end else begin : g_two
            reg [63:0] other_q;
            assign drawn_o = other_q[63:40];
            always @(posedge clk_i)
                if (turn_i) begin
                    inverse_q <= load_i ? ~load_data_i : other_q;
                    other_q   <= advance_i ? next : inverse_q;
                end
        end
    endgenerate

endmodule

`default_nettype wire
