// SPDX-License-Identifier: Apache-2.0
// Number of ones in a word. Combinational.
// Synthesis: a tree of adders whose carry input takes one more bit (n + n + 1 ones in, nothing of a level is wasted),
// on full adders of three bits, so that it stays on the carry chain. Simulation in Verilator: $countones.
// tests/formal/test_popcount.py proves that the tree counts ones.
`default_nettype none

module popcount #(
    parameter integer N_BITS  = 64,                 // >= 1
    parameter integer W_COUNT = $clog2(N_BITS + 1)  // derived, do not override
) (
    input  wire [ N_BITS-1:0] bits_i,
    output wire [W_COUNT-1:0] count_o
);

`ifdef VERILATOR
    assign count_o = W_COUNT'($countones(bits_i));
`else
    generate
        if (N_BITS == 1) begin : g_one
            assign count_o = bits_i;
        end
        else if (N_BITS == 2) begin : g_two
            assign count_o = {bits_i[1] & bits_i[0], bits_i[1] ^ bits_i[0]};
        end
        else if (N_BITS == 3) begin : g_three
            // ones of a pair, then the third: with bits that are themselves x ^ y these are four 4-input functions
            wire odd = bits_i[1] ^ bits_i[0];
            wire both = bits_i[1] & bits_i[0];
            assign count_o = {both | (odd & bits_i[2]), odd ^ bits_i[2]};
        end
        else begin : g_tree
            localparam integer N_LEFT = N_BITS / 2;
            localparam integer N_RIGHT = N_BITS - 1 - N_LEFT;
            localparam integer W_LEFT = $clog2(N_LEFT + 1);
            localparam integer W_RIGHT = $clog2(N_RIGHT + 1);
            wire [ W_LEFT-1:0] left;
            wire [W_RIGHT-1:0] right;
            popcount #(
                .N_BITS(N_LEFT)
            ) left_half (
                .bits_i (bits_i[N_LEFT-1:0]),
                .count_o(left)
            );
            popcount #(
                .N_BITS(N_RIGHT)
            ) right_half (
                .bits_i (bits_i[N_LEFT+N_RIGHT-1:N_LEFT]),
                .count_o(right)
            );
            // The last bit enters as a carry: bit + bit in the position below. Carry chains of both families then start by themselves;
            // with 1 + bit, place and route puts one more cell (iCE40) or two (ECP5) in front of each adder.
            wire [W_COUNT:0] left_bit = {{(W_COUNT - W_LEFT) {1'b0}}, left, bits_i[N_BITS-1]};
            wire [W_COUNT:0] right_bit = {{(W_COUNT - W_RIGHT) {1'b0}}, right, bits_i[N_BITS-1]};
            wire [W_COUNT:0] sum = left_bit + right_bit;
            assign count_o = sum[W_COUNT:1];
            wire unused = &{1'b0, sum[0]};
        end
    endgenerate
`endif

endmodule

`default_nettype wire
