// SPDX-License-Identifier: Apache-2.0
// Dot product of K binary values {-1,+1} given by their signs (1 = negative): length - 2 * popcount(a ^ b).
// Beyond the length both operands hold equal bits (stored padding is 0). One word per enabled clock; latency 1.
`default_nettype none

module binary_dot #(
    parameter integer K = 64,             // values per word, >= 1
    parameter integer W = $clog2(K + 1)   // derived, do not override
) (
    input  wire              clk_i,
    input  wire              ce_i,
    input  wire        [K-1:0] a_sign_i,
    input  wire        [K-1:0] b_sign_i,
    input  wire        [W-1:0] length_i,  // values that count, 0..K
    output reg  signed [  W:0] part_o     // -K..K
);

    wire [W-1:0] unequal;
    popcount #(
        .N_BITS(K)
    ) count_unequal (
        .bits_i (a_sign_i ^ b_sign_i),
        .count_o(unequal)
    );

    always @(posedge clk_i) if (ce_i) part_o <= $signed({1'b0, length_i}) - $signed({unequal, 1'b0});

endmodule

`default_nettype wire
