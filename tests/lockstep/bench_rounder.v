// SPDX-License-Identifier: Apache-2.0
// Rounder lanes of three accumulator widths on the same inputs; a lane sees the low bits of acc_i.
`default_nettype none

module bench_rounder (
    input  wire               clk_i,
    input  wire               ce_i,
    input  wire signed [31:0] acc_i,
    input  wire signed [ 8:0] old_i,
    input  wire        [23:0] rand_i,
    input  wire               zero_i,
    input  wire signed [15:0] mant_i,
    input  wire signed [ 6:0] shift_i,
    input  wire               half_i,
    input  wire signed [ 7:0] lo_i,
    input  wire signed [ 7:0] hi_i,
    input  wire        [ 1:0] mode_i,
    output wire        [26:0] q_o      // widths 16, 24, 32
);

    genvar lane;
    generate
        for (lane = 0; lane < 3; lane = lane + 1) begin : g_lane
            stochastic_rounder #(
                .W_ACC(16 + 8 * lane)
            ) dut (
                .clk_i  (clk_i),
                .ce_i   (ce_i),
                .acc_i  (acc_i[16+8*lane-1:0]),
                .old_i  (old_i),
                .rand_i (rand_i),
                .zero_i (zero_i),
                .mant_i (mant_i),
                .shift_i(shift_i),
                .half_i (half_i),
                .lo_i   (lo_i),
                .hi_i   (hi_i),
                .mode_i (mode_i),
                .q_o    (q_o[9*lane+:9])
            );
        end
    endgenerate

endmodule

`default_nettype wire
