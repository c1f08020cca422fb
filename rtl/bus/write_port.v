// SPDX-License-Identifier: Apache-2.0
// Turns runs of beats into AXI4 write bursts that end at 512-byte boundaries. A run (address and length in beats, 1..64) is accepted
// when the port is free; its data follow on the data stream. A burst is planned for one cycle, then its address and data are offered together.
// From the cycle after halt_i on no burst is begun, and one in flight is completed with all strobes 0.
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
    reg         run_ready_q;               // neither busy nor halted: for the finish stage, which is far away
    reg         started_q;                 // the burst has been offered
    reg         aw_done_q, w_done_q;       // of the current burst
    reg         second_q;                  // the current burst is the run's second, which ends it
    reg  [28:0] addr_q;                    // of the run until its second burst is planned
    reg  [6:0]  left_q;                    // beats of the run, minus one
    reg  [5:0]  beyond_q;                  // those behind the first boundary, minus one
    reg  [5:0]  len_q;                     // beats of the burst, minus one
    reg  [5:0]  rest_q;                    // beats behind the one that is next
    reg         last_q;                    // there are none
    reg         fits_q, range_q;           // the burst ends the run; the run reaches beyond the memory
    reg         opened_q;                  // one more burst is open since the last cycle
    reg  [7:0]  open_q;                    // bursts not yet acknowledged, without that one
    reg         halt_q, may_q;             // a burst may begin: not halted, and it can be counted
    reg         void_q;                    // halted: the rest of the burst carries no data

    // a run has 64 beats at most, so it crosses one boundary at most
    wire [5:0]  bound       = ~addr_q[5:0];
    wire [6:0]  beyond      = left_q - {1'b0, bound} - 7'd1;
    wire        fits        = second_q || left_q <= {1'b0, bound};
    wire [5:0]  len         = second_q ? beyond_q : fits ? left_q[5:0] : bound;
    wire        accept      = run_valid_i && run_ready_o;
    wire        plan        = busy_q && !planned_q;
    wire        offer       = started_q || (planned_q && !range_q && may_q);
    wire        aw_fire     = m_axi_awvalid && m_axi_awready;
    wire        w_fire      = m_axi_wvalid && m_axi_wready;
    wire        w_last      = w_fire && m_axi_wlast;
    wire        burst_end   = (aw_done_q || aw_fire) && (w_done_q || w_last) && offer;
    wire        b_fire      = m_axi_bvalid;
    wire        busy_d      = accept || (busy_q && !(burst_end && fits_q) && !(halt_q && !started_q));

    assign run_ready_o   = run_ready_q;
    assign range_o       = planned_q && range_q;
    assign data_ready_o  = m_axi_wready && offer && !w_done_q && !void_q;
    assign idle_o        = !busy_q && !opened_q && open_q == 8'd0;
    assign error_o       = b_fire && m_axi_bresp[1];
    assign beat_o        = w_fire;

    assign m_axi_awvalid = offer && !aw_done_q;
    assign m_axi_awaddr  = {addr_q, 3'b000};
    assign m_axi_awlen   = {2'b00, len_q};
    assign m_axi_wvalid  = offer && !w_done_q && (data_valid_i || void_q);
    assign m_axi_wdata   = data_i & {64{busy_q}};   // 0 while there is no run: onchip_memory.v
    assign m_axi_wstrb   = {8{!void_q}};
    assign m_axi_wlast   = last_q;
    assign m_axi_bready  = 1'b1;

    always @(posedge clk_i)
        if (rst_i) begin
            busy_q    <= 1'b0;
            planned_q <= 1'b0;
            started_q <= 1'b0;
            aw_done_q <= 1'b0;
            w_done_q  <= 1'b0;
        end else begin
            busy_q    <= busy_d;
            planned_q <= (plan || planned_q) && !burst_end && !(halt_q && !started_q);
            started_q <= !burst_end && offer;
            aw_done_q <= !burst_end && (aw_done_q || aw_fire);
            w_done_q  <= !burst_end && (w_done_q || w_last);
        end

    // what waits for the port passes by, so that nothing here waits for the handshakes
    always @(posedge clk_i)
        if (!busy_q) begin
            addr_q <= run_addr_i;
            left_q <= run_beats_i - 7'd1;
        end else if (plan && second_q)
            addr_q <= {addr_q[28:6] + 23'd1, 6'd0};

    always @(posedge clk_i)
        if (plan) begin
            len_q    <= len;
            fits_q   <= fits;
            beyond_q <= beyond[5:0];
        end

    always @(posedge clk_i)
        if (plan && !second_q) range_q <= {1'b0, addr_q} + {23'd0, left_q} >= {1'b0, mem_beats_i};

    always @(posedge clk_i)
        if (!busy_q)        second_q <= 1'b0;
        else if (burst_end) second_q <= 1'b1;

    always @(posedge clk_i)
        if (plan) begin
            rest_q <= len;
            last_q <= len == 6'd0;
        end else if (w_fire) begin
            rest_q <= rest_q - 6'd1;
            last_q <= rest_q == 6'd1;
        end

    always @(posedge clk_i)
        if (rst_i)                                                void_q <= 1'b0;
        else if (halt_q && !(m_axi_wvalid && !m_axi_wready))      void_q <= 1'b1;

    always @(posedge clk_i)
        if (rst_i) begin
            opened_q <= 1'b0;
            open_q   <= 8'd0;
            halt_q   <= 1'b0;
            may_q    <= 1'b1;
            run_ready_q <= 1'b1;
        end else begin
            opened_q <= aw_fire;
            if (opened_q != b_fire) open_q <= open_q + {{7{b_fire}}, 1'b1};
            halt_q   <= halt_i;
            run_ready_q <= !busy_d && !halt_i;
            may_q    <= !halt_i && (b_fire || open_q + {7'd0, opened_q} != 8'hFF);
        end

    wire unused = &{1'b0, m_axi_bresp[0], beyond[6]};

endmodule

`default_nettype wire
