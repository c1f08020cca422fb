// SPDX-License-Identifier: Apache-2.0
// Writes single beats as AXI4 bursts of length 1, address and data offered together; a beat is taken (ready_o) when memory has taken both.
// While halt_i is 1 no beat is begun, and one that memory has taken in part is completed.
`default_nettype none

module write_single #(
    parameter integer W_ADDR = 29       // beat addresses
) (
    input  wire              clk_i,
    input  wire              rst_i,
    input  wire              halt_i,
    output wire              idle_o,       // every beat acknowledged
    output wire              error_o,      // a beat was answered with an error
    output wire              range_o,      // a beat lies beyond the memory

    input  wire [28:0]       mem_beats_i,
    input  wire              valid_i,
    output wire              ready_o,
    output wire              live_o,       // the beat matters: not halted, or taken in part
    input  wire [W_ADDR-1:0] addr_i,
    input  wire [63:0]       data_i,

    output wire              m_axi_awvalid,
    input  wire              m_axi_awready,
    output wire [31:0]       m_axi_awaddr,
    output wire [7:0]        m_axi_awlen,
    output wire              m_axi_wvalid,
    input  wire              m_axi_wready,
    output wire [63:0]       m_axi_wdata,
    output wire [7:0]        m_axi_wstrb,
    output wire              m_axi_wlast,
    input  wire              m_axi_bvalid,
    output wire              m_axi_bready,
    input  wire [1:0]        m_axi_bresp
);

    reg        aw_done_q, w_done_q;   // of the beat that is offered
    reg  [5:0] open_q;                // beats not yet acknowledged

    wire       in_range = addr_i[W_ADDR-1:6] < mem_beats_i[W_ADDR-1:6];
    wire       offer    = valid_i && in_range && open_q != 6'h3F && live_o;
    wire       aw_fire  = m_axi_awvalid && m_axi_awready;
    wire       w_fire   = m_axi_wvalid && m_axi_wready;

    assign live_o  = !halt_i || aw_done_q || w_done_q;
    assign ready_o = offer && (aw_done_q || m_axi_awready) && (w_done_q || m_axi_wready);
    assign idle_o  = open_q == 6'd0 && !aw_done_q && !w_done_q;
    assign error_o = m_axi_bvalid && m_axi_bresp[1];
    assign range_o = valid_i && !in_range && !halt_i;

    assign m_axi_awvalid = offer && !aw_done_q;
    assign m_axi_awaddr  = {{(29-W_ADDR){1'b0}}, addr_i, 3'b000};
    assign m_axi_awlen   = 8'd0;
    assign m_axi_wvalid  = offer && !w_done_q;
    assign m_axi_wdata   = data_i;
    assign m_axi_wstrb   = 8'hFF;
    assign m_axi_wlast   = 1'b1;
    assign m_axi_bready  = 1'b1;

    always @(posedge clk_i)
        if (rst_i) begin
            aw_done_q <= 1'b0;
            w_done_q  <= 1'b0;
            open_q    <= 6'd0;
        end else begin
            aw_done_q <= !ready_o && (aw_done_q || aw_fire);
            w_done_q  <= !ready_o && (w_done_q || w_fire);
            open_q    <= open_q + {5'd0, ready_o} - {5'd0, m_axi_bvalid};
        end

    wire unused = &{1'b0, mem_beats_i, m_axi_bresp[0]};

endmodule

`default_nettype wire
