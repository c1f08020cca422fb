// SPDX-License-Identifier: Apache-2.0
// Turns runs of beats into AXI4 write bursts that end at 512-byte boundaries. A run (address and length in beats, 1..64) is accepted
// when the port is free; its data follow on the data stream. Address and data of a burst are offered together.
// While halt_i is 1 no burst is begun, and one in flight is completed with all strobes 0.
`default_nettype none

module write_port (
    input  wire        clk_i,
    input  wire        rst_i,
    input  wire        halt_i,
    output wire        idle_o,       // no run, every burst acknowledged
    output wire        error_o,      // a burst was answered with an error
    output wire        range_o,      // a run reaches beyond the memory
    output wire        beat_o,

    input  wire [28:0] mem_beats_i,
    input  wire        run_valid_i,
    output wire        run_ready_o,
    input  wire [28:0] run_addr_i,
    input  wire [6:0]  run_beats_i,
    input  wire        data_valid_i,
    output wire        data_ready_o,
    input  wire [63:0] data_i,

    output wire        m_axi_awvalid,
    input  wire        m_axi_awready,
    output wire [31:0] m_axi_awaddr,
    output wire [7:0]  m_axi_awlen,
    output wire        m_axi_wvalid,
    input  wire        m_axi_wready,
    output wire [63:0] m_axi_wdata,
    output wire [7:0]  m_axi_wstrb,
    output wire        m_axi_wlast,
    input  wire        m_axi_bvalid,
    output wire        m_axi_bready,
    input  wire [1:0]  m_axi_bresp
);

    reg         busy_q, started_q;         // a run is open; its current burst has been offered
    reg         aw_done_q, w_done_q;       // of the current burst
    reg  [28:0] addr_q;
    reg  [6:0]  left_q;                    // beats from the current burst's start to the end of the run
    reg  [6:0]  sent_q;                    // beats of the current burst already sent
    reg  [7:0]  open_q;                    // bursts not yet acknowledged
    reg         void_q;                    // halted: the rest of the burst carries no data

    wire [6:0]  to_boundary = 7'd64 - {1'b0, addr_q[5:0]};
    wire [6:0]  len         = left_q < to_boundary ? left_q : to_boundary;
    wire        offer       = busy_q && (started_q || !halt_i) && (open_q != 8'hFF || started_q);
    wire        aw_fire     = m_axi_awvalid && m_axi_awready;
    wire        w_fire      = m_axi_wvalid && m_axi_wready;
    wire        w_last      = w_fire && m_axi_wlast;
    wire        burst_end   = (aw_done_q || aw_fire) && (w_done_q || w_last) && offer;
    wire        run_end     = burst_end && left_q == len;
    wire        in_range    = {1'b0, run_addr_i} + {23'd0, run_beats_i} <= {1'b0, mem_beats_i};
    wire        b_fire      = m_axi_bvalid;

    assign run_ready_o   = !busy_q && in_range && !halt_i;
    assign range_o       = run_valid_i && !busy_q && !in_range && !halt_i;
    assign data_ready_o  = m_axi_wready && offer && !w_done_q && !void_q;
    assign idle_o        = !busy_q && open_q == 8'd0;
    assign error_o       = b_fire && m_axi_bresp[1];
    assign beat_o        = w_fire;

    assign m_axi_awvalid = offer && !aw_done_q;
    assign m_axi_awaddr  = {addr_q, 3'b000};
    assign m_axi_awlen   = {1'b0, len} - 8'd1;
    assign m_axi_wvalid  = offer && !w_done_q && (data_valid_i || void_q);
    assign m_axi_wdata   = data_i & {64{m_axi_wvalid}};
    assign m_axi_wstrb   = {8{!void_q}};
    assign m_axi_wlast   = sent_q == len - 7'd1;
    assign m_axi_bready  = 1'b1;

    always @(posedge clk_i)
        if (rst_i) begin
            busy_q    <= 1'b0;
            started_q <= 1'b0;
            aw_done_q <= 1'b0;
            w_done_q  <= 1'b0;
        end else begin
            if (run_valid_i && run_ready_o)                     busy_q <= 1'b1;
            else if (run_end || (halt_i && !started_q))         busy_q <= 1'b0;
            started_q <= !burst_end && offer;
            aw_done_q <= !burst_end && (aw_done_q || aw_fire);
            w_done_q  <= !burst_end && (w_done_q || w_last);
        end

    always @(posedge clk_i)
        if (run_valid_i && run_ready_o) begin
            addr_q <= run_addr_i;
            left_q <= run_beats_i;
            sent_q <= 7'd0;
        end else if (burst_end) begin
            addr_q <= addr_q + {22'd0, len};
            left_q <= left_q - len;
            sent_q <= 7'd0;
        end else if (w_fire) sent_q <= sent_q + 7'd1;

    always @(posedge clk_i)
        if (rst_i)                                                void_q <= 1'b0;
        else if (halt_i && !(m_axi_wvalid && !m_axi_wready))      void_q <= 1'b1;

    always @(posedge clk_i)
        if (rst_i) open_q <= 8'd0;
        else       open_q <= open_q + {7'd0, aw_fire} - {7'd0, b_fire};

    wire unused = &{1'b0, m_axi_bresp[0]};

endmodule

`default_nettype wire
