// SPDX-License-Identifier: Apache-2.0
// The accelerator with a memory of its own and a host port of one byte: what a board's host link drives.
// A request is held with all its fields until host_done_o, a pulse of one cycle at least one cycle later; the next may follow at once.
// Registers answer at any time. Memory is refused, and nothing done, while a list runs (so the host never costs a run a cycle) or beyond its end.
`default_nettype none

module tritrain_onchip #(
    parameter integer M          = 2,      // the parameters of tritrain.v
    parameter integer N          = 4,
    parameter integer K          = 32,
    parameter integer LANES      = 2,
    parameter integer A_DEPTH    = 64,
    parameter integer B_DEPTH    = 128,
    parameter integer W_ACC      = 24,
    parameter integer PLANES_MAX = 3,
    parameter integer COMPACT    = 0,
    parameter integer SCALE_FORM = 1,    // of the lanes, docs/architecture.md
    parameter integer MEM_BEATS  = 16384,  // memory in 64-bit beats
    parameter integer MEM_SPRAM  = 0       // 1: in the single-port RAM of an iCE40 UP5K
) (
    input  wire        clk_i,
    input  wire        rst_i,

    input  wire        host_valid_i,
    input  wire        host_write_i,
    input  wire [31:0] host_addr_i,        // bytes; bit 31: registers (docs/registers.md), else memory
    input  wire [7:0]  host_wdata_i,
    output wire        host_done_o,
    output wire        host_refused_o,     // with done
    output wire [7:0]  host_rdata_o,       // with done

    output wire        busy_o,             // a list runs
    output wire        error_o,            // STATUS.ERROR
    output wire        irq_o
);

    localparam integer W_ADDR = $clog2(MEM_BEATS);
    localparam [27:0]  LIMIT  = MEM_BEATS[27:0];

    // memory takes a request in its first cycle and answers one cycle later; with FAST both a register later, and after six more; registers: registers.v
    localparam integer FAST    = COMPACT != 0 ? 0 : 1;
    localparam integer LATENCY = FAST != 0 ? 7 : 1;

    // the request and its answer, with FAST from registers
    wire        req_valid, req_write, done, refused;
    wire [31:0] req_addr;
    wire [7:0]  req_wdata;
    wire        is_register = req_addr[31];
    wire        register_done;
    wire [7:0]  register_rdata, mem_byte;
    generate
        if (FAST != 0) begin : g_late
            reg        valid_q, write_q, done_q, answer_refused_q;
            reg [31:0] addr_q;
            reg [7:0]  wdata_q, register_q, mem_q;   // the answer is one of them, the other 0
            always @(posedge clk_i)
                if (rst_i) {valid_q, done_q} <= 2'b00;
                else       {valid_q, done_q} <= {host_valid_i && !done && !done_q, done};
            always @(posedge clk_i) begin
                {write_q, addr_q, wdata_q}   <= {host_write_i, host_addr_i, host_wdata_i};
                answer_refused_q             <= refused;
                register_q                   <= is_register ? register_rdata : 8'd0;
                mem_q                        <= is_register ? 8'd0 : mem_byte;
            end
            assign {req_valid, req_write, req_addr, req_wdata} = {valid_q, write_q, addr_q, wdata_q};
            assign {host_done_o, host_refused_o, host_rdata_o} = {done_q, answer_refused_q, register_q | mem_q};
        end else begin : g_now
            assign {req_valid, req_write, req_addr, req_wdata} = {host_valid_i, host_write_i, host_addr_i, host_wdata_i};
            assign {host_done_o, host_refused_o, host_rdata_o} = {done, refused, is_register ? register_rdata : mem_byte};
        end
    endgenerate

    reg  [LATENCY:0] waiting_q;            // in bit LATENCY - 1: the answer is there; bit LATENCY is not used
    reg         refused_q;
    wire        beyond      = req_addr[30:3] >= LIMIT;
    wire        issue       = req_valid && !is_register && waiting_q[LATENCY-1:0] == {LATENCY{1'b0}};
    wire        refuse      = busy_o || beyond;
    wire [63:0] mem_rdata;
    wire        mem_en;
    generate
        if (FAST != 0) begin : g_en_late
            reg mem_en_q;
            always @(posedge clk_i) mem_en_q <= issue && !refuse;
            assign mem_en = mem_en_q;
        end else begin : g_en_now
            assign mem_en = issue && !refuse;
        end
    endgenerate

    assign done     = is_register ? register_done : waiting_q[LATENCY-1];
    assign refused  = waiting_q[LATENCY-1] && refused_q;
    assign mem_byte = mem_rdata[8*req_addr[2:0] +: 8];

    always @(posedge clk_i)
        if (rst_i) waiting_q <= {(LATENCY+1){1'b0}};
        else       waiting_q <= {waiting_q[LATENCY-1:0], issue};

    always @(posedge clk_i)
        if (issue) refused_q <= refuse;

    wire        arvalid, arready, rvalid, rready, rlast, awvalid, awready, wvalid, wready, wlast, bvalid, bready;
    wire [31:0] araddr, awaddr;
    wire [7:0]  arlen, awlen, wstrb;
    wire [63:0] rdata, wdata;
    wire [1:0]  rresp, bresp, arburst, awburst;
    wire [2:0]  arsize, awsize;

    onchip_memory #(.BEATS(MEM_BEATS), .FAST(FAST), .SPRAM(MEM_SPRAM)) u_memory (
        .clk_i        (clk_i),
        .rst_i        (rst_i),
        .host_en_i    (mem_en),
        .host_write_i (req_write),
        .host_addr_i  (req_addr[W_ADDR+2:0]),
        .host_wdata_i (req_wdata),
        .rdata_o      (mem_rdata),
        .s_axi_arvalid(arvalid),
        .s_axi_arready(arready),
        .s_axi_araddr (araddr),
        .s_axi_arlen  (arlen),
        .s_axi_rvalid (rvalid),
        .s_axi_rready (rready),
        .s_axi_rdata  (rdata),
        .s_axi_rresp  (rresp),
        .s_axi_rlast  (rlast),
        .s_axi_awvalid(awvalid),
        .s_axi_awready(awready),
        .s_axi_awaddr (awaddr),
        .s_axi_wvalid (wvalid),
        .s_axi_wready (wready),
        .s_axi_wdata  (wdata),
        .s_axi_wstrb  (wstrb),
        .s_axi_wlast  (wlast),
        .s_axi_bvalid (bvalid),
        .s_axi_bready (bready),
        .s_axi_bresp  (bresp)
    );

    tritrain_device #(.M(M), .N(N), .K(K), .LANES(LANES), .A_DEPTH(A_DEPTH), .B_DEPTH(B_DEPTH), .W_ACC(W_ACC), .PLANES_MAX(PLANES_MAX),
                      .COMPACT(COMPACT), .SCALE_FORM(SCALE_FORM), .W_ADDR(W_ADDR + 1), .MEM_BEATS(MEM_BEATS)) u_device (
        .clk_i         (clk_i),
        .rst_i         (rst_i),
        .valid_i       (req_valid && is_register),
        .write_i       (req_write),
        .addr_i        (req_addr[7:0]),
        .wdata_i       (req_wdata),
        .done_o        (register_done),
        .rdata_o       (register_rdata),
        .m_axi_arvalid (arvalid),
        .m_axi_arready (arready),
        .m_axi_araddr  (araddr),
        .m_axi_arlen   (arlen),
        .m_axi_arsize  (arsize),
        .m_axi_arburst (arburst),
        .m_axi_rvalid  (rvalid),
        .m_axi_rready  (rready),
        .m_axi_rdata   (rdata),
        .m_axi_rresp   (rresp),
        .m_axi_rlast   (rlast),
        .m_axi_awvalid (awvalid),
        .m_axi_awready (awready),
        .m_axi_awaddr  (awaddr),
        .m_axi_awlen   (awlen),
        .m_axi_awsize  (awsize),
        .m_axi_awburst (awburst),
        .m_axi_wvalid  (wvalid),
        .m_axi_wready  (wready),
        .m_axi_wdata   (wdata),
        .m_axi_wstrb   (wstrb),
        .m_axi_wlast   (wlast),
        .m_axi_bvalid  (bvalid),
        .m_axi_bready  (bready),
        .m_axi_bresp   (bresp),
        .busy_o        (busy_o),
        .error_o       (error_o),
        .irq_o         (irq_o)
    );

    wire unused = &{1'b0, arsize, arburst, awlen, awsize, awburst};

endmodule

`default_nettype wire
