// SPDX-License-Identifier: Apache-2.0
// Block RAM with one read and one byte-enabled write port, no reset.
// Registered read, latency 1, holds its output while re_i is 0; a read of the address being written returns the old word.
`default_nettype none

module ram_1r1w #(
    parameter integer WIDTH  = 64,              // multiple of 8
    parameter integer DEPTH  = 512,
    parameter integer W_ADDR = $clog2(DEPTH)    // derived, do not override
) (
    input  wire               clk_i,

    input  wire               we_i,
    input  wire [WIDTH/8-1:0] wbe_i,
    input  wire [W_ADDR-1:0]  waddr_i,
    input  wire [WIDTH-1:0]   wdata_i,

    input  wire               re_i,
    input  wire [W_ADDR-1:0]  raddr_i,
    output reg  [WIDTH-1:0]   rdata_o
);

    reg [WIDTH-1:0] mem [0:DEPTH-1];
    integer b;

    always @(posedge clk_i)
        if (we_i)
            for (b = 0; b < WIDTH / 8; b = b + 1)
                if (wbe_i[b]) mem[waddr_i][8*b +: 8] <= wdata_i[8*b +: 8];

    always @(posedge clk_i)
        if (re_i) rdata_o <= mem[raddr_i];

endmodule

`default_nettype wire
