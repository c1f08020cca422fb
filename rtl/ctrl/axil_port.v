// SPDX-License-Identifier: Apache-2.0
// AXI4-Lite slave: turns the five channels into write_o (one cycle, with address, data and bytes) and a combinational read.
// AW and W come in any order; one write and one read outstanding. write_o one cycle after the later of AW and W, B one cycle
// after it; R one cycle after AR. read_data_i must be the word at read_addr_o in the same cycle. RESP is always OKAY.
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

    // word accesses; the two low address bits are 0
    output wire        write_o,
    output wire [7:0]  write_addr_o,
    output wire [31:0] write_data_o,
    output wire [31:0] write_mask_o,  // 1: this bit is written
    output wire [7:0]  read_addr_o,
    input  wire [31:0] read_data_i
);

    // write: address and data wait for each other
    reg        aw_held_q, w_held_q, bvalid_q;
    reg [5:0]  awaddr_q;
    reg [31:0] wdata_q;
    reg [3:0]  wstrb_q;

    assign s_axil_awready = !aw_held_q;
    assign s_axil_wready  = !w_held_q;
    assign s_axil_bvalid  = bvalid_q;
    assign s_axil_bresp   = 2'b00;

    assign write_o      = aw_held_q && w_held_q && !bvalid_q;
    assign write_addr_o = {awaddr_q, 2'b00};
    assign write_data_o = wdata_q;
    assign write_mask_o = {{8{wstrb_q[3]}}, {8{wstrb_q[2]}}, {8{wstrb_q[1]}}, {8{wstrb_q[0]}}};

    always @(posedge clk_i)
        if (rst_i) {aw_held_q, w_held_q, bvalid_q} <= 3'b000;
        else begin
            aw_held_q <= !write_o && (aw_held_q || s_axil_awvalid);
            w_held_q  <= !write_o && (w_held_q || s_axil_wvalid);
            bvalid_q  <= write_o || (bvalid_q && !s_axil_bready);
        end

    always @(posedge clk_i) begin
        if (s_axil_awready) awaddr_q <= s_axil_awaddr[7:2];
        if (s_axil_wready) {wstrb_q, wdata_q} <= {s_axil_wstrb, s_axil_wdata};
    end

    // read
    reg        rvalid_q;
    reg [31:0] rdata_q;

    assign s_axil_arready = !rvalid_q;
    assign s_axil_rvalid  = rvalid_q;
    assign s_axil_rdata   = rdata_q;
    assign s_axil_rresp   = 2'b00;
    assign read_addr_o    = {s_axil_araddr[7:2], 2'b00};

    always @(posedge clk_i)
        if (rst_i) rvalid_q <= 1'b0;
        else rvalid_q <= rvalid_q ? !s_axil_rready : s_axil_arvalid;

    always @(posedge clk_i)
        if (s_axil_arready) rdata_q <= read_data_i;

    wire unused = &{1'b0, s_axil_awaddr[1:0], s_axil_araddr[1:0]};

endmodule

`default_nettype wire
