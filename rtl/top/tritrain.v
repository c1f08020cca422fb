// SPDX-License-Identifier: Apache-2.0
// tritrain accelerator: registers on AXI4-Lite (docs/registers.md), memory on AXI4, one interrupt.
// M x N dot products of K trits per cycle, LANES rounder lanes; instruction set in docs/isa.md.
`default_nettype none

module tritrain #(
    parameter integer M          = 8,    // array rows: 1, 2, 4, 8
    parameter integer N          = 8,    // array columns: 1, 2, 4, 8
    parameter integer K          = 64,   // trits per dot product and cycle: 16, 32, 64
    parameter integer LANES      = 16,   // rounder lanes: even, divides M * N, below 64
    parameter integer A_DEPTH    = 512,  // operand buffers in block-words of 8 x K trits, powers of two
    parameter integer B_DEPTH    = 512,
    parameter integer W_ACC      = 24,   // accumulator bits, at most 24
    parameter integer PLANES_MAX = 5,    // planes of the finish stage: 1..5
    parameter integer COMPACT    = 0,    // 1: fewer loops, docs/isa.md section 3
    parameter integer SCALE_FORM = 1,    // of the lanes, docs/architecture.md
    parameter integer W_ADDR     = COMPACT != 0 ? 24 : 29  // beat addresses: at least 1 bit more than the memory needs
) (
    input  wire        clk_i,
    input  wire        rst_i,

    // AXI4-Lite slave
    input  wire        s_axil_awvalid,
    output wire        s_axil_awready,
    input  wire [7:0]  s_axil_awaddr,
    input  wire        s_axil_wvalid,
    output wire        s_axil_wready,
    input  wire [31:0] s_axil_wdata,
    input  wire [3:0]  s_axil_wstrb,
    output wire        s_axil_bvalid,
    input  wire        s_axil_bready,
    output wire [1:0]  s_axil_bresp,
    input  wire        s_axil_arvalid,
    output wire        s_axil_arready,
    input  wire [7:0]  s_axil_araddr,
    output wire        s_axil_rvalid,
    input  wire        s_axil_rready,
    output wire [31:0] s_axil_rdata,
    output wire [1:0]  s_axil_rresp,

    // AXI4 master: 64 bit data, INCR bursts inside 512-byte blocks, one ID
    output wire        m_axi_arvalid,
    input  wire        m_axi_arready,
    output wire [31:0] m_axi_araddr,
    output wire [7:0]  m_axi_arlen,
    output wire [2:0]  m_axi_arsize,
    output wire [1:0]  m_axi_arburst,
    input  wire        m_axi_rvalid,
    output wire        m_axi_rready,
    input  wire [63:0] m_axi_rdata,
    input  wire [1:0]  m_axi_rresp,
    input  wire        m_axi_rlast,
    output wire        m_axi_awvalid,
    input  wire        m_axi_awready,
    output wire [31:0] m_axi_awaddr,
    output wire [7:0]  m_axi_awlen,
    output wire [2:0]  m_axi_awsize,
    output wire [1:0]  m_axi_awburst,
    output wire        m_axi_wvalid,
    input  wire        m_axi_wready,
    output wire [63:0] m_axi_wdata,
    output wire [7:0]  m_axi_wstrb,
    output wire        m_axi_wlast,
    input  wire        m_axi_bvalid,
    output wire        m_axi_bready,
    input  wire [1:0]  m_axi_bresp,

    output wire        busy_o,           // a list is about to run or runs
    output wire        error_o,          // STATUS.ERROR
    output wire        irq_o
);

    wire       valid, write, done;
    wire [7:0] addr, wdata, rdata;

    axil_port u_port (
        .clk_i         (clk_i),
        .rst_i         (rst_i),
        .s_axil_awvalid (s_axil_awvalid),
        .s_axil_awready (s_axil_awready),
        .s_axil_awaddr  (s_axil_awaddr),
        .s_axil_wvalid  (s_axil_wvalid),
        .s_axil_wready  (s_axil_wready),
        .s_axil_wdata   (s_axil_wdata),
        .s_axil_wstrb   (s_axil_wstrb),
        .s_axil_bvalid  (s_axil_bvalid),
        .s_axil_bready  (s_axil_bready),
        .s_axil_bresp   (s_axil_bresp),
        .s_axil_arvalid (s_axil_arvalid),
        .s_axil_arready (s_axil_arready),
        .s_axil_araddr  (s_axil_araddr),
        .s_axil_rvalid  (s_axil_rvalid),
        .s_axil_rready  (s_axil_rready),
        .s_axil_rdata   (s_axil_rdata),
        .s_axil_rresp   (s_axil_rresp),
        .valid_o       (valid),
        .write_o       (write),
        .addr_o        (addr),
        .wdata_o       (wdata),
        .done_i        (done),
        .rdata_i       (rdata)
    );

    tritrain_device #(.M(M), .N(N), .K(K), .LANES(LANES), .A_DEPTH(A_DEPTH), .B_DEPTH(B_DEPTH), .W_ACC(W_ACC), .PLANES_MAX(PLANES_MAX),
                      .COMPACT(COMPACT), .SCALE_FORM(SCALE_FORM), .W_ADDR(W_ADDR)) u_device (
        .clk_i        (clk_i),
        .rst_i        (rst_i),
        .valid_i      (valid),
        .write_i      (write),
        .addr_i       (addr),
        .wdata_i      (wdata),
        .done_o       (done),
        .rdata_o      (rdata),
        .m_axi_arvalid(m_axi_arvalid),
        .m_axi_arready(m_axi_arready),
        .m_axi_araddr (m_axi_araddr),
        .m_axi_arlen  (m_axi_arlen),
        .m_axi_arsize (m_axi_arsize),
        .m_axi_arburst(m_axi_arburst),
        .m_axi_rvalid (m_axi_rvalid),
        .m_axi_rready (m_axi_rready),
        .m_axi_rdata  (m_axi_rdata),
        .m_axi_rresp  (m_axi_rresp),
        .m_axi_rlast  (m_axi_rlast),
        .m_axi_awvalid(m_axi_awvalid),
        .m_axi_awready(m_axi_awready),
        .m_axi_awaddr (m_axi_awaddr),
        .m_axi_awlen  (m_axi_awlen),
        .m_axi_awsize (m_axi_awsize),
        .m_axi_awburst(m_axi_awburst),
        .m_axi_wvalid (m_axi_wvalid),
        .m_axi_wready (m_axi_wready),
        .m_axi_wdata  (m_axi_wdata),
        .m_axi_wstrb  (m_axi_wstrb),
        .m_axi_wlast  (m_axi_wlast),
        .m_axi_bvalid (m_axi_bvalid),
        .m_axi_bready (m_axi_bready),
        .m_axi_bresp  (m_axi_bresp),
        .busy_o       (busy_o),
        .error_o      (error_o),
        .irq_o        (irq_o)
    );

endmodule

`default_nettype wire
