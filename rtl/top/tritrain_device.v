// SPDX-License-Identifier: Apache-2.0
// The accelerator behind a byte port for its registers (docs/registers.md; timing: registers.v): registers, life of a run, core.
// tritrain.v puts AXI4-Lite in front of it, tritrain_onchip.v a host port and a memory.
`default_nettype none

module tritrain_device #(
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
    parameter integer W_ADDR     = COMPACT != 0 ? 24 : 29, // beat addresses: at least 1 bit more than the memory needs
    parameter integer MEM_BEATS  = 0     // size of a memory that never changes; 0: MEM_BYTES is written by the host
) (
    input  wire        clk_i,
    input  wire        rst_i,

    // registers: held until done, a pulse at least one cycle later
    input  wire        valid_i,
    input  wire        write_i,
    input  wire [7:0]  addr_i,
    input  wire [7:0]  wdata_i,
    output wire        done_o,
    output wire [7:0]  rdata_o,         // with done

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

    output wire        busy_o,          // a list is about to run or runs
    output wire        error_o,         // STATUS.ERROR
    output wire        irq_o
);

    generate
        if (W_ACC > 24)                      begin : g_bad_w_acc   W_ACC_must_be_at_most_24 u_error (); end
        if (K != 16 && K != 32 && K != 64)   begin : g_bad_k       K_must_be_16_32_or_64 u_error (); end
        if (LANES % 2 != 0 || LANES > 32)    begin : g_bad_lanes   LANES_must_be_even_and_at_most_32 u_error (); end
        if (PLANES_MAX < 1 || PLANES_MAX > 5) begin : g_bad_planes PLANES_MAX_must_be_1_to_5 u_error (); end
    endgenerate

    wire        start, soft_reset, busy, resetting, done, error_valid, run_start, core_rst, halt, tick;
    wire [31:0] list_addr, watchdog;
    wire [28:0] mem_beats;
    wire [15:0] list_last, steps_last, error_index;
    wire [2:0]  error_code, error_who;
    wire [8:0]  stage_events;
    wire [1:0]  beat_events;

    registers #(.M(M), .N(N), .K(K), .LANES(LANES), .A_DEPTH(A_DEPTH), .B_DEPTH(B_DEPTH), .W_ACC(W_ACC), .PLANES_MAX(PLANES_MAX),
                .COMPACT(COMPACT), .SCALE_FORM(SCALE_FORM), .W_ADDR(W_ADDR), .MEM_BEATS(MEM_BEATS)) u_registers (
        .clk_i        (clk_i),
        .rst_i        (rst_i),
        .valid_i      (valid_i),
        .write_i      (write_i),
        .addr_i       (addr_i),
        .wdata_i      (wdata_i),
        .done_o       (done_o),
        .rdata_o      (rdata_o),
        .start_o      (start),
        .soft_reset_o (soft_reset),
        .list_addr_o  (list_addr),
        .list_last_o  (list_last),
        .steps_last_o (steps_last),
        .watchdog_o   (watchdog),
        .mem_beats_o  (mem_beats),
        .tick_o       (tick),
        .busy_i       (busy),
        .resetting_i  (resetting),
        .done_i       (done),
        .error_valid_i(error_valid),
        .error_code_i (error_code),
        .error_index_i(error_index),
        .events_i     ({beat_events[1], beat_events[0], stage_events}),
        .busy_o       (busy_o),
        .error_o      (error_o),
        .irq_o        (irq_o)
    );

    wire       all_idle, bus_idle, error;
    wire [2:0] core_code, core_who, oldest_who;

    run_control #(.COMPACT(COMPACT)) u_control (
        .clk_i        (clk_i),
        .rst_i        (rst_i),
        .start_i      (start),
        .soft_reset_i (soft_reset),
        .watchdog_i   (watchdog),
        .tick_i       (tick),
        .busy_o       (busy),
        .resetting_o  (resetting),
        .done_o       (done),
        .error_valid_o(error_valid),
        .error_code_o (error_code),
        .error_who_o  (error_who),
        .run_start_o  (run_start),
        .core_rst_o   (core_rst),
        .halt_o       (halt),
        .all_idle_i   (all_idle),
        .bus_idle_i   (bus_idle),
        .progress_i   ({beat_events, stage_events[6], stage_events[3], stage_events[0]}),
        .error_i      (error),
        .error_code_i (core_code),
        .error_who_i  (core_who),
        .oldest_who_i (oldest_who)
    );

    tritrain_core #(.M(M), .N(N), .K(K), .LANES(LANES), .A_DEPTH(A_DEPTH), .B_DEPTH(B_DEPTH), .W_ACC(W_ACC), .PLANES_MAX(PLANES_MAX),
                    .COMPACT(COMPACT), .SCALE_FORM(SCALE_FORM), .W_ADDR(W_ADDR)) u_core (
        .clk_i         (clk_i),
        .rst_i         (core_rst),
        .halt_i        (halt),
        .start_i       (run_start),
        .list_addr_i   (list_addr),
        .list_last_i   (list_last),
        .steps_last_i  (steps_last),
        .mem_beats_i   (mem_beats),
        .all_idle_o    (all_idle),
        .bus_idle_o    (bus_idle),
        .error_o       (error),
        .error_code_o  (core_code),
        .error_who_o   (core_who),
        .oldest_who_o  (oldest_who),
        .error_who_i   (error_who),
        .error_index_o (error_index),
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
