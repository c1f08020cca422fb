// SPDX-License-Identifier: Apache-2.0
// 16 384 words of 64 bits in the four SB_SPRAM256KA of an iCE40 UP5K; behaves like ram_1rw, which stands in for them outside of synthesis.
`default_nettype none

module spram_1rw (
    input  wire        clk_i,
    input  wire        en_i,
    input  wire        we_i,
    input  wire [7:0]  wbe_i,
    input  wire [13:0] addr_i,
    input  wire [63:0] wdata_i,
    output wire [63:0] rdata_o
);

`ifdef SYNTHESIS
    genvar i;
    generate
        for (i = 0; i < 4; i = i + 1) begin : g_spram
            SB_SPRAM256KA u_spram (
                .CLOCK     (clk_i),
                .CHIPSELECT(en_i),
                .WREN      (we_i),
                .MASKWREN  ({{2{wbe_i[2*i+1]}}, {2{wbe_i[2*i]}}}),  // one bit for four
                .ADDRESS   (addr_i),
                .DATAIN    (wdata_i[16*i +: 16]),
                .DATAOUT   (rdata_o[16*i +: 16]),
                .STANDBY   (1'b0),
                .SLEEP     (1'b0),
                .POWEROFF  (1'b1)                                   // active low
            );
        end
    endgenerate
`else
    ram_1rw #(.DEPTH(16384)) u_ram (
        .clk_i  (clk_i),
        .en_i   (en_i),
        .we_i   (we_i),
        .wbe_i  (wbe_i),
        .addr_i (addr_i),
        .wdata_i(wdata_i),
        .rdata_o(rdata_o)
    );
`endif

endmodule

`default_nettype wire
