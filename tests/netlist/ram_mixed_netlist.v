// SPDX-License-Identifier: Apache-2.0
// The netlist of ram_mixed in one of the shapes that mk/netlist.mk synthesises, each a module of its own.
`default_nettype none

module ram_mixed_netlist #(
    parameter integer W_WRITE = 4,
    parameter integer W_READ  = 16,
    parameter integer W_WADDR = 12,
    parameter integer W_RADDR = 10
) (
    input  wire               clk_i,
    input  wire               we_i,
    input  wire [W_WADDR-1:0] waddr_i,
    input  wire [W_WRITE-1:0] wdata_i,
    input  wire               re_i,
    input  wire [W_RADDR-1:0] raddr_i,
    output wire [W_READ-1:0]  rdata_o
);

`define SHAPE(MODULE, WRITE, READ) \
        if (W_WRITE == WRITE && W_READ == READ) begin : g_shape \
            MODULE u_netlist ( \
                .clk_i(clk_i), .we_i(we_i), .waddr_i(waddr_i), .wdata_i(wdata_i), .re_i(re_i), .raddr_i(raddr_i), .rdata_o(rdata_o) \
            ); \
        end

    generate
        `SHAPE(ram_mixed_1x16x16384, 1, 16)
        `SHAPE(ram_mixed_4x16x8192, 4, 16)
        `SHAPE(ram_mixed_9x18x2048, 9, 18)
        `SHAPE(ram_mixed_16x2x8192, 16, 2)
        `SHAPE(ram_mixed_8x4x4096, 8, 4)
        `SHAPE(ram_mixed_36x9x2048, 36, 9)
    endgenerate

`undef SHAPE

endmodule

`default_nettype wire
