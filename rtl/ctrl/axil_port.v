// SPDX-License-Identifier: Apache-2.0
// AXI4-Lite slave in front of a byte port: an access to a word becomes accesses to its bytes, the lowest first; bytes whose strobe is 0 are
// left out. AW and W come in any order; one write and one read outstanding, a write goes first. RESP is always OKAY.
`default_nettype none

module axil_port (
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

    // byte port (registers.v)
    output wire        valid_o,
    output wire        write_o,
    output wire [7:0]  addr_o,
    output wire [7:0]  wdata_o,
    input  wire        done_i,
    input  wire [7:0]  rdata_i
);

    reg        aw_held_q, w_held_q, bvalid_q, ar_held_q, rvalid_q;
    reg [5:0]  awaddr_q, araddr_q;
    reg [31:0] wdata_q, rdata_q;
    reg [3:0]  wstrb_q;
    reg [1:0]  byte_q;         // of the access that goes on

    assign s_axil_awready = !aw_held_q;
    assign s_axil_wready  = !w_held_q;
    assign s_axil_bvalid  = bvalid_q;
    assign s_axil_bresp   = 2'b00;
    assign s_axil_arready = !ar_held_q && !rvalid_q;
    assign s_axil_rvalid  = rvalid_q;
    assign s_axil_rdata   = rdata_q;
    assign s_axil_rresp   = 2'b00;

    // a write begins when no read is half done, and the other way round
    reg        reading_q;
    wire       write = aw_held_q && w_held_q && !bvalid_q && !reading_q;
    wire       skip  = write && !wstrb_q[0];
    wire       next  = skip || (valid_o && done_i);
    wire       last  = next && byte_q == 2'd3;

    assign valid_o = (write && wstrb_q[0]) || (ar_held_q && !write);
    assign write_o = write;
    assign addr_o  = {write ? awaddr_q : araddr_q, byte_q};
    assign wdata_o = wdata_q[7:0];

    always @(posedge clk_i)
        if (rst_i) begin
            aw_held_q <= 1'b0;
            w_held_q  <= 1'b0;
            bvalid_q  <= 1'b0;
            ar_held_q <= 1'b0;
            rvalid_q  <= 1'b0;
            reading_q <= 1'b0;
            byte_q    <= 2'd0;
        end else begin
            aw_held_q <= !(last && write) && (aw_held_q || s_axil_awvalid);
            w_held_q  <= !(last && write) && (w_held_q || s_axil_wvalid);
            bvalid_q  <= (last && write) || (bvalid_q && !s_axil_bready);
            ar_held_q <= !(last && !write) && (ar_held_q || (s_axil_arready && s_axil_arvalid));
            rvalid_q  <= (last && !write) || (rvalid_q && !s_axil_rready);
            reading_q <= !last && (reading_q || (ar_held_q && !write));
            if (next) byte_q <= byte_q + 2'd1;
        end

    always @(posedge clk_i) begin
        if (s_axil_awready) awaddr_q <= s_axil_awaddr[7:2];
        if (s_axil_arready) araddr_q <= s_axil_araddr[7:2];
        if (s_axil_wready) {wstrb_q, wdata_q} <= {s_axil_wstrb, s_axil_wdata};
        else if (next && write) {wstrb_q, wdata_q} <= {1'b0, wstrb_q[3:1], 8'd0, wdata_q[31:8]};
        if (next && !write) rdata_q <= {rdata_i, rdata_q[31:8]};
    end

    wire unused = &{1'b0, s_axil_awaddr[1:0], s_axil_araddr[1:0]};

endmodule

`default_nettype wire
