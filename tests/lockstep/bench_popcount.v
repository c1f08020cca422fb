// SPDX-License-Identifier: Apache-2.0
// Counters of several widths on the low bits of one word, results 16 bits apart.
`default_nettype none

module bench_popcount (
    input  wire [255:0] bits_i,
    output wire [191:0] count_o
);

    // widths in increasing order, ten bits each
    localparam [119:0] WIDTHS = {
        10'd256, 10'd129, 10'd64, 10'd63, 10'd32, 10'd16, 10'd8, 10'd7, 10'd4, 10'd3, 10'd2, 10'd1
    };

    genvar i;
    generate
        for (i = 0; i < 12; i = i + 1) begin : g_width
            localparam [31:0] N = {22'd0, WIDTHS[10*i+:10]};
            localparam integer W = $clog2(N + 1);
            wire [W-1:0] count;
            popcount #(
                .N_BITS(N)
            ) dut (
                .bits_i (bits_i[N-1:0]),
                .count_o(count)
            );
            assign count_o[16*i+:16] = {{(16 - W) {1'b0}}, count};
        end
    endgenerate

endmodule

`default_nettype wire
