// SPDX-License-Identifier: Apache-2.0
// Memories beside what synthesis makes of them, in several shapes, all with the same stimulus: the wrappers ram_1r1w and ram_1rw of rtl, and ram_mixed.
// A bit of differ_o is 1 while the read data of one pair differ. What a collision reads is undefined (rtl/common/ram_1r1w.v), as is what ram_1rw
// reads while it writes, so that pair is not compared until the next read.
`default_nettype none

module bench_ram #(
    parameter integer PAIRS = 19
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

    // the shapes of mk/netlist.mk's RAM_SHAPES, RAM_MIXED_SHAPES and, as many as PAIRS leaves, RAM_1RW_DEPTHS
    localparam integer TWO_PORTS = 8;
    localparam integer MIXED     = 6;

    genvar p;
    generate
        for (p = 0; p < TWO_PORTS; p = p + 1) begin : g_two_ports
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

        for (p = 0; p < MIXED; p = p + 1) begin : g_mixed
            localparam integer W_WRITE = p == 0 ? 1 : p == 1 ? 4 : p == 2 ? 9 : p == 3 ? 16 : p == 4 ? 8 : 36;
            localparam integer W_READ  = p < 2 ? 16 : p == 2 ? 18 : p == 3 ? 2 : p == 4 ? 4 : 9;
            localparam integer DEPTH   = p == 0 ? 16384 : p == 1 || p == 3 ? 8192 : p == 4 ? 4096 : 2048;
            localparam integer W_PART  = p == 0 ? 4 : p == 3 ? 3 : p == 2 || p == 4 ? 1 : 2;
            localparam integer W_WADDR = $clog2(DEPTH) - (W_WRITE > W_READ ? W_PART : 0);
            localparam integer W_RADDR = $clog2(DEPTH) - (W_WRITE < W_READ ? W_PART : 0);
            localparam integer W_BOTH  = W_WADDR < W_RADDR ? W_WADDR : W_RADDR;

            wire [W_READ-1:0]  expected, seen;
            reg                undefined_q;
            always @(posedge clk_i)
                if (re_i) undefined_q <= we_i && waddr_i[W_WADDR-1 -: W_BOTH] == raddr_i[W_RADDR-1 -: W_BOTH];
            assign differ_o[TWO_PORTS+p] = !undefined_q && expected != seen;

            ram_mixed #(.W_WRITE(W_WRITE), .W_READ(W_READ), .DEPTH(DEPTH)) u_rtl (
                .clk_i  (clk_i),
                .we_i   (we_i),
                .waddr_i(waddr_i[W_WADDR-1:0]),
                .wdata_i(wdata_i[W_WRITE-1:0]),
                .re_i   (re_i),
                .raddr_i(raddr_i[W_RADDR-1:0]),
                .rdata_o(expected)
            );
            ram_mixed_netlist #(.W_WRITE(W_WRITE), .W_READ(W_READ), .W_WADDR(W_WADDR), .W_RADDR(W_RADDR)) u_netlist (
                .clk_i  (clk_i),
                .we_i   (we_i),
                .waddr_i(waddr_i[W_WADDR-1:0]),
                .wdata_i(wdata_i[W_WRITE-1:0]),
                .re_i   (re_i),
                .raddr_i(raddr_i[W_RADDR-1:0]),
                .rdata_o(seen)
            );
        end

        for (p = 0; p < PAIRS - TWO_PORTS - MIXED; p = p + 1) begin : g_one_port
            localparam integer DEPTH  = 1024 << p;
            localparam integer W_ADDR = $clog2(DEPTH);

            wire [W_ADDR-1:0]  addr = we_i ? waddr_i[W_ADDR-1:0] : raddr_i[W_ADDR-1:0];
            wire [63:0]        expected, seen;
            reg                undefined_q;
            always @(posedge clk_i)
                if (we_i || re_i) undefined_q <= we_i;
            assign differ_o[TWO_PORTS+MIXED+p] = !undefined_q && expected != seen;

            ram_1rw #(.DEPTH(DEPTH)) u_rtl (
                .clk_i  (clk_i),
                .en_i   (we_i || re_i),
                .we_i   (we_i),
                .wbe_i  (wbe_i),
                .addr_i (addr),
                .wdata_i(wdata_i),
                .rdata_o(expected)
            );
            ram_1rw_netlist #(.DEPTH(DEPTH)) u_netlist (
                .clk_i  (clk_i),
                .en_i   (we_i || re_i),
                .we_i   (we_i),
                .wbe_i  (wbe_i),
                .addr_i (addr),
                .wdata_i(wdata_i),
                .rdata_o(seen)
            );
        end
    endgenerate

endmodule

`default_nettype wire
