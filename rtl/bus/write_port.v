// SPDX-License-Identifier: Apache-2.0
// Turns runs of beats into AXI4 write bursts that end at 512-byte boundaries. A run (address and length in beats, 1..64) is accepted
// when the port is free; its data follow on the data stream. A burst is planned for one cycle, then its address and data are offered together.
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

    reg         busy_q, planned_q;         // a run is open; length and range of its current burst are there
    reg         started_q;                 // the burst has been offered
    reg         aw_done_q, w_done_q;       // of the current burst
    reg  [28:0] addr_q;
    reg  [6:0]  left_q;                    // beats from the current burst's start to the end of the run, minus one
    reg  [5:0]  len_q;                     // beats of the burst, minus one
    reg  [5:0]  rest_q;                    // beats behind the one that is next
    reg         fits_q, range_q;           // the burst ends the run; the run reaches beyond the memory
    reg  [7:0]  open_q;                    // bursts not yet acknowledged
    reg         void_q;                    // halted: the rest of the burst carries no data

    wire [5:0]  bound       = ~addr_q[5:0];
    wire        fits        = left_q <= {1'b0, bound};
    wire [5:0]  len         = fits ? left_q[5:0] : bound;
    wire        accept      = run_valid_i && run_ready_o;
    wire        plan        = busy_q && !planned_q;
    wire        offer       = planned_q && !range_q && (started_q || !halt_i) && (open_q != 8'hFF || started_q);
    wire        aw_fire     = m_axi_awvalid && m_axi_awready;
    wire        w_fire      = m_axi_wvalid && m_axi_wready;
    wire        w_last      = w_fire && m_axi_wlast;
    wire        burst_end   = (aw_done_q || aw_fire) && (w_done_q || w_last) && offer;
    wire        b_fire      = m_axi_bvalid;

    assign run_ready_o   = !busy_q && !halt_i;
    assign range_o       = planned_q && range_q && !halt_i;
    assign data_ready_o  = m_axi_wready && offer && !w_done_q && !void_q;
    assign idle_o        = !busy_q && open_q == 8'd0;
    assign error_o       = b_fire && m_axi_bresp[1];
    assign beat_o        = w_fire;

    assign m_axi_awvalid = offer && !aw_done_q;
    assign m_axi_awaddr  = {addr_q, 3'b000};
    assign m_axi_awlen   = {2'b00, len_q};
    assign m_axi_wvalid  = offer && !w_done_q && (data_valid_i || void_q);
    assign m_axi_wdata   = data_i & {64{m_axi_wvalid}};
    assign m_axi_wstrb   = {8{!void_q}};
    assign m_axi_wlast   = rest_q == 6'd0;
    assign m_axi_bready  = 1'b1;

    always @(posedge clk_i)
        if (rst_i) begin
            busy_q    <= 1'b0;
            planned_q <= 1'b0;
            started_q <= 1'b0;
            aw_done_q <= 1'b0;
            w_done_q  <= 1'b0;
        end else begin
            if (accept)                                                 busy_q <= 1'b1;
            else if ((burst_end && fits_q) || (halt_i && !started_q))   busy_q <= 1'b0;
            planned_q <= (plan || planned_q) && !burst_end && !(halt_i && !started_q);
            started_q <= !burst_end && offer;
            aw_done_q <= !burst_end && (aw_done_q || aw_fire);
            w_done_q  <= !burst_end && (w_done_q || w_last);
        end

    always @(posedge clk_i)
        if (accept) begin
            addr_q <= run_addr_i;
            left_q <= run_beats_i - 7'd1;
        end else if (burst_end) begin
            addr_q <= addr_q + {23'd0, len_q} + 29'd1;
            left_q <= left_q - {1'b0, len_q} - 7'd1;
        end

    always @(posedge clk_i)
        if (plan) begin
            len_q   <= len;
            fits_q  <= fits;
            range_q <= {1'b0, addr_q} + {23'd0, left_q} >= {1'b0, mem_beats_i};
        end

    always @(posedge clk_i)
        if (plan)        rest_q <= len;
        else if (w_fire) rest_q <= rest_q - 6'd1;

    always @(posedge clk_i)
        if (rst_i)                                                void_q <= 1'b0;
        else if (halt_i && !(m_axi_wvalid && !m_axi_wready))      void_q <= 1'b1;

    always @(posedge clk_i)
        if (rst_i) open_q <= 8'd0;
        else       open_q <= open_q + {7'd0, aw_fire} - {7'd0, b_fire};

    wire unused = &{1'b0, m_axi_bresp[0]};

endmodule

`default_nettype wire
