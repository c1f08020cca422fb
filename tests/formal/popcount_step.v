// SPDX-License-Identifier: Apache-2.0
// One step of the induction that popcount counts ones: setting bit BIT of any word adds one, and no ones give 0.
`default_nettype none

module popcount_step #(
    parameter integer N_BITS = 64,
    parameter integer BIT    = 0
) (
    input  wire [N_BITS-1:0] bits_i,
    output wire              holds_o
);

    localparam integer W_COUNT = $clog2(N_BITS + 1);
    localparam [N_BITS-1:0] ONE = 1;

    wire [W_COUNT-1:0] with_bit;
    popcount #(
        .N_BITS(N_BITS)
    ) set (
        .bits_i (bits_i | (ONE << BIT)),
        .count_o(with_bit)
    );

    wire [W_COUNT-1:0] without_bit;
    popcount #(
        .N_BITS(N_BITS)
    ) cleared (
        .bits_i (bits_i & ~(ONE << BIT)),
        .count_o(without_bit)
    );

    wire [W_COUNT-1:0] none;
    popcount #(
        .N_BITS(N_BITS)
    ) empty (
        .bits_i ({N_BITS{1'b0}}),
        .count_o(none)
    );

    assign holds_o = {1'b0, with_bit} == {1'b0, without_bit} + 1 && none == 0;

endmodule

`default_nettype wire
