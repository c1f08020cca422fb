// SPDX-License-Identifier: Apache-2.0
// The netlist of ram_1r1w in one of the shapes that mk/netlist.mk synthesises, each a module of its own.
`default_nettype none

module ram_netlist #(
    parameter integer WIDTH  = 64,
    parameter integer DEPTH  = 512,
    parameter integer W_ADDR = $clog2(DEPTH)  // derived, do not override
) (
    input  wire               clk_i,
    input  wire               we_i,
    input  wire [WIDTH/8-1:0] wbe_i,
    input  wire [W_ADDR-1:0]  waddr_i,
    input  wire [WIDTH-1:0]   wdata_i,
    input  wire               re_i,
    input  wire [W_ADDR-1:0]  raddr_i,
    output wire [WIDTH-1:0]   rdata_o
);

`define SHAPE(MODULE, W, D) \
        if (WIDTH == W && DEPTH == D) begin : g_shape \
            MODULE u_netlist ( \
                .clk_i(clk_i), .we_i(we_i), .wbe_i(wbe_i), .waddr_i(waddr_i), .wdata_i(wdata_i), \
                .re_i(re_i), .raddr_i(raddr_i), .rdata_o(rdata_o) \
            ); \
        end

    generate
        `SHAPE(ram_64x512, 64, 512)
        `SHAPE(ram_64x256, 64, 256)
        `SHAPE(ram_64x2048, 64, 2048)
        `SHAPE(ram_32x64, 32, 64)
        `SHAPE(ram_32x128, 32, 128)
        `SHAPE(ram_16x1024, 16, 1024)
        `SHAPE(ram_8x4096, 8, 4096)
        `SHAPE(ram_8x16384, 8, 16384)
    endgenerate

`undef SHAPE

endmodule

`default_nettype wire
