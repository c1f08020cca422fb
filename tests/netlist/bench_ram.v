// SPDX-License-Identifier: Apache-2.0
// Memory wrappers beside what synthesis makes of them: every wrapper in several shapes, all with the same stimulus. A bit of differ_o is 1 while the
// read data of one pair differ. What a collision reads is undefined (rtl/common/ram_1r1w.v), so that pair is not compared until the next read.
`default_nettype none

module bench_ram #(
    parameter integer PAIRS = 8
) (
    input  wire             clk_i,
    input  wire             we_i,
    input  wire [7:0]       wbe_i,
    input  wire [15:0]      waddr_i,
    input  wire [63:0]      wdata_i,
    input  wire             re_i,
    input  wire [15:0]      raddr_i,
    output wire [PAIRS-1:0] differ_o
);

    // the shapes of mk/netlist.mk's RAM_SHAPES
    genvar p;
    generate
        for (p = 0; p < PAIRS; p = p + 1) begin : g_pair
            localparam integer WIDTH  = p < 3 ? 64 : p < 5 ? 32 : p < 6 ? 16 : 8;
            localparam integer DEPTH  = p == 0 ? 512 : p == 1 ? 256 : p == 2 ? 2048 : p == 3 ? 64 : p == 4 ? 128
                                      : p == 5 ? 1024 : p == 6 ? 4096 : 16384;
            localparam integer W_ADDR = $clog2(DEPTH);

            wire [WIDTH-1:0]   expected, seen;
            reg                undefined_q;
            always @(posedge clk_i)
                if (re_i) undefined_q <= we_i && waddr_i[W_ADDR-1:0] == raddr_i[W_ADDR-1:0];
            assign differ_o[p] = !undefined_q && expected != seen;

            ram_1r1w #(.WIDTH(WIDTH), .DEPTH(DEPTH)) u_rtl (
                .clk_i  (clk_i),
                .we_i   (we_i),
                .wbe_i  (wbe_i[WIDTH/8-1:0]),
                .waddr_i(waddr_i[W_ADDR-1:0]),
                .wdata_i(wdata_i[WIDTH-1:0]),
                .re_i   (re_i),
                .raddr_i(raddr_i[W_ADDR-1:0]),
                .rdata_o(expected)
            );
            ram_netlist #(.WIDTH(WIDTH), .DEPTH(DEPTH)) u_netlist (
                .clk_i  (clk_i),
                .we_i   (we_i),
                .wbe_i  (wbe_i[WIDTH/8-1:0]),
                .waddr_i(waddr_i[W_ADDR-1:0]),
                .wdata_i(wdata_i[WIDTH-1:0]),
                .re_i   (re_i),
                .raddr_i(raddr_i[W_ADDR-1:0]),
                .rdata_o(seen)
            );
        end
    endgenerate

endmodule

`default_nettype wire
