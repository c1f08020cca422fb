// SPDX-License-Identifier: Apache-2.0
// The registers behind their AXI4-Lite port, for lockstep_registers.cpp.
`default_nettype none

module bench_registers #(
    parameter integer M          = 8,
    parameter integer N          = 8,
    parameter integer K          = 64,
    parameter integer LANES      = 16,
    parameter integer A_DEPTH    = 512,
    parameter integer B_DEPTH    = 512,
    parameter integer W_ACC      = 24,
    parameter integer PLANES_MAX = 5,
    parameter integer COMPACT    = 0,
    parameter integer SCALE_FORM = 1,
    parameter integer MEM_BEATS  = 0
) (
    input  wire        clk_i,
    input  wire        rst_i,

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

    output wire        start_o,
    output wire        soft_reset_o,
    output wire [31:0] list_addr_o,
    output wire [15:0] list_last_o,
    output wire [15:0] steps_last_o,
    output wire [31:0] watchdog_o,
    output wire [28:0] mem_beats_o,
    output wire        tick_o,
    input  wire        busy_i,
    input  wire        resetting_i,
    input  wire        done_i,
    input  wire        error_valid_i,
    input  wire [2:0]  error_code_i,
    input  wire [15:0] error_index_i,
    input  wire [10:0] events_i,
    output wire        busy_o,
    output wire        error_o,
    output wire        irq_o
);

    wire       valid, write, done;
    wire [7:0] addr, wdata, rdata;

    axil_port u_port (
        .clk_i         (clk_i),
        .rst_i         (rst_i),
        .s_axil_awvalid(s_axil_awvalid),
        .s_axil_awready(s_axil_awready),
        .s_axil_awaddr (s_axil_awaddr),
        .s_axil_wvalid (s_axil_wvalid),
        .s_axil_wready (s_axil_wready),
        .s_axil_wdata  (s_axil_wdata),
        .s_axil_wstrb  (s_axil_wstrb),
        .s_axil_bvalid (s_axil_bvalid),
        .s_axil_bready (s_axil_bready),
        .s_axil_bresp  (s_axil_bresp),
        .s_axil_arvalid(s_axil_arvalid),
        .s_axil_arready(s_axil_arready),
        .s_axil_araddr (s_axil_araddr),
        .s_axil_rvalid (s_axil_rvalid),
        .s_axil_rready (s_axil_rready),
        .s_axil_rdata  (s_axil_rdata),
        .s_axil_rresp  (s_axil_rresp),
        .valid_o       (valid),
        .write_o       (write),
        .addr_o        (addr),
        .wdata_o       (wdata),
        .done_i        (done),
        .rdata_i       (rdata)
    );

    registers #(.M(M), .N(N), .K(K), .LANES(LANES), .A_DEPTH(A_DEPTH), .B_DEPTH(B_DEPTH), .W_ACC(W_ACC), .PLANES_MAX(PLANES_MAX),
                .COMPACT(COMPACT), .SCALE_FORM(SCALE_FORM), .MEM_BEATS(MEM_BEATS)) u_registers (
        .clk_i        (clk_i),
        .rst_i        (rst_i),
        .valid_i      (valid),
        .write_i      (write),
        .addr_i       (addr),
        .wdata_i      (wdata),
        .done_o       (done),
        .rdata_o      (rdata),
        .start_o      (start_o),
        .soft_reset_o (soft_reset_o),
        .list_addr_o  (list_addr_o),
        .list_last_o  (list_last_o),
        .steps_last_o (steps_last_o),
        .watchdog_o   (watchdog_o),
        .mem_beats_o  (mem_beats_o),
        .tick_o       (tick_o),
        .busy_i       (busy_i),
        .resetting_i  (resetting_i),
        .done_i       (done_i),
        .error_valid_i(error_valid_i),
        .error_code_i (error_code_i),
        .error_index_i(error_index_i),
        .events_i     (events_i),
        .busy_o       (busy_o),
        .error_o      (error_o),
        .irq_o        (irq_o)
    );

endmodule

`default_nettype wire
