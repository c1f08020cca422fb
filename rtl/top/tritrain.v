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
    parameter integer PLANES_MAX = 5     // planes of the finish stage: 1..5
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

    output wire        irq_o
);

    generate
        if (W_ACC > 24)                      begin : g_bad_w_acc   W_ACC_must_be_at_most_24 u_error (); end
        if (K != 16 && K != 32 && K != 64)   begin : g_bad_k       K_must_be_16_32_or_64 u_error (); end
        if (LANES % 2 != 0 || LANES > 32)    begin : g_bad_lanes   LANES_must_be_even_and_at_most_32 u_error (); end
        if (PLANES_MAX < 1 || PLANES_MAX > 5) begin : g_bad_planes PLANES_MAX_must_be_1_to_5 u_error (); end
    endgenerate

    wire        start, soft_reset, busy, resetting, done, error_valid, run_start, core_rst, halt;
    wire [31:0] list_addr, watchdog, mem_bytes;
    wire [15:0] list_count, steps, error_index;
    wire [7:0]  error_code;
    wire [63:0] cycles;

    // counters: nine of the stages, two of the memory
    wire [8:0]   stage_events;
    wire [1:0]   beat_events;
    wire [351:0] counts;
    wire [10:0]  events = {beat_events, stage_events};
    genvar e;
    generate
        for (e = 0; e < 11; e = e + 1) begin : g_counter
            event_counter u_counter (.clk_i(clk_i), .clear_i(run_start), .event_i(events[e] && busy), .count_o(counts[32*e +: 32]));
        end
    endgenerate

    registers #(.M(M), .N(N), .K(K), .LANES(LANES), .A_DEPTH(A_DEPTH), .B_DEPTH(B_DEPTH), .W_ACC(W_ACC), .PLANES_MAX(PLANES_MAX)) u_registers (
        .clk_i           (clk_i),
        .rst_i           (rst_i),
        .s_axil_awvalid  (s_axil_awvalid),
        .s_axil_awready  (s_axil_awready),
        .s_axil_awaddr   (s_axil_awaddr),
        .s_axil_wvalid   (s_axil_wvalid),
        .s_axil_wready   (s_axil_wready),
        .s_axil_wdata    (s_axil_wdata),
        .s_axil_wstrb    (s_axil_wstrb),
        .s_axil_bvalid   (s_axil_bvalid),
        .s_axil_bready   (s_axil_bready),
        .s_axil_bresp    (s_axil_bresp),
        .s_axil_arvalid  (s_axil_arvalid),
        .s_axil_arready  (s_axil_arready),
        .s_axil_araddr   (s_axil_araddr),
        .s_axil_rvalid   (s_axil_rvalid),
        .s_axil_rready   (s_axil_rready),
        .s_axil_rdata    (s_axil_rdata),
        .s_axil_rresp    (s_axil_rresp),
        .start_o         (start),
        .soft_reset_o    (soft_reset),
        .list_addr_o     (list_addr),
        .list_count_o    (list_count),
        .steps_o         (steps),
        .watchdog_o      (watchdog),
        .mem_bytes_o     (mem_bytes),
        .busy_i          (busy),
        .resetting_i     (resetting),
        .done_i          (done),
        .error_valid_i   (error_valid),
        .error_code_i    (error_code),
        .error_index_i   (error_index),
        .cycles_i        (cycles),
        .load_busy_i     (counts[0 +: 32]),
        .load_starved_i  (counts[32 +: 32]),
        .load_blocked_i  (counts[64 +: 32]),
        .exec_busy_i     (counts[96 +: 32]),
        .exec_starved_i  (counts[128 +: 32]),
        .exec_blocked_i  (counts[160 +: 32]),
        .finish_busy_i   (counts[192 +: 32]),
        .finish_starved_i(counts[224 +: 32]),
        .finish_blocked_i(counts[256 +: 32]),
        .beats_read_i    (counts[288 +: 32]),
        .beats_written_i (counts[320 +: 32]),
        .irq_o           (irq_o)
    );

    wire        all_idle, bus_idle, progress, error;
    wire [7:0]  core_error_code;
    wire [15:0] core_error_index, oldest_index;

    run_control u_control (
        .clk_i         (clk_i),
        .rst_i         (rst_i),
        .start_i       (start),
        .soft_reset_i  (soft_reset),
        .watchdog_i    (watchdog),
        .busy_o        (busy),
        .resetting_o   (resetting),
        .done_o        (done),
        .error_valid_o (error_valid),
        .error_code_o  (error_code),
        .error_index_o (error_index),
        .cycles_o      (cycles),
        .run_start_o   (run_start),
        .core_rst_o    (core_rst),
        .halt_o        (halt),
        .all_idle_i    (all_idle),
        .bus_idle_i    (bus_idle),
        .progress_i    (progress),
        .error_i       (error),
        .error_code_i  (core_error_code),
        .error_index_i (core_error_index),
        .oldest_index_i(oldest_index)
    );

    tritrain_core #(.M(M), .N(N), .K(K), .LANES(LANES), .A_DEPTH(A_DEPTH), .B_DEPTH(B_DEPTH), .W_ACC(W_ACC), .PLANES_MAX(PLANES_MAX)) u_core (
        .clk_i         (clk_i),
        .rst_i         (core_rst),
        .halt_i        (halt),
        .start_i       (run_start),
        .list_addr_i   (list_addr),
        .list_count_i  (list_count),
        .steps_i       (steps),
        .mem_bytes_i   (mem_bytes),
        .all_idle_o    (all_idle),
        .bus_idle_o    (bus_idle),
        .progress_o    (progress),
        .error_o       (error),
        .error_code_o  (core_error_code),
        .error_index_o (core_error_index),
        .oldest_index_o(oldest_index),
        .stage_events_o(stage_events),
        .beat_events_o (beat_events),
        .m_axi_arvalid (m_axi_arvalid),
        .m_axi_arready (m_axi_arready),
        .m_axi_araddr  (m_axi_araddr),
        .m_axi_arlen   (m_axi_arlen),
        .m_axi_rvalid  (m_axi_rvalid),
        .m_axi_rready  (m_axi_rready),
        .m_axi_rdata   (m_axi_rdata),
        .m_axi_rresp   (m_axi_rresp),
        .m_axi_rlast   (m_axi_rlast),
        .m_axi_awvalid (m_axi_awvalid),
        .m_axi_awready (m_axi_awready),
        .m_axi_awaddr  (m_axi_awaddr),
        .m_axi_awlen   (m_axi_awlen),
        .m_axi_wvalid  (m_axi_wvalid),
        .m_axi_wready  (m_axi_wready),
        .m_axi_wdata   (m_axi_wdata),
        .m_axi_wstrb   (m_axi_wstrb),
        .m_axi_wlast   (m_axi_wlast),
        .m_axi_bvalid  (m_axi_bvalid),
        .m_axi_bready  (m_axi_bready),
        .m_axi_bresp   (m_axi_bresp)
    );

    assign m_axi_arsize  = 3'd3;
    assign m_axi_arburst = 2'd1;
    assign m_axi_awsize  = 3'd3;
    assign m_axi_awburst = 2'd1;

endmodule

`default_nettype wire
