// SPDX-License-Identifier: Apache-2.0
// The netlist of ram_1rw in one of the depths that mk/netlist.mk synthesises, each a module of its own.
`default_nettype none

module ram_1rw_netlist #(
    parameter integer DEPTH  = 1024,
    parameter integer W_ADDR = $clog2(DEPTH)  // derived, do not override
) (
    input  wire              clk_i,
    input  wire              en_i,
    input  wire              we_i,
    input  wire [7:0]        wbe_i,
    input  wire [W_ADDR-1:0] addr_i,
    input  wire [63:0]       wdata_i,
    output wire [63:0]       rdata_o
);

`define SHAPE(MODULE, D) \
        if (DEPTH == D) begin : g_shape \
            MODULE u_netlist ( \
                .clk_i(clk_i), .en_i(en_i), .we_i(we_i), .wbe_i(wbe_i), .addr_i(addr_i), .wdata_i(wdata_i), .rdata_o(rdata_o) \
            ); \
        end

    generate
        `SHAPE(ram_1rw_1024, 1024)
        `SHAPE(ram_1rw_2048, 2048)
        `SHAPE(ram_1rw_4096, 4096)
        `SHAPE(ram_1rw_8192, 8192)
        `SHAPE(ram_1rw_16384, 16384)
    endgenerate

`undef SHAPE

endmodule

`default_nettype wire
