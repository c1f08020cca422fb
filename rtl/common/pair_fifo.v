// SPDX-License-Identifier: Apache-2.0
// Show-ahead FIFO of two entries in a ring, for wide data and fast clocks: what the reader does decides on a few flags only, not on where data go. The
// same handshake as sync_fifo.v: accepts when not full, whatever the reader does; one entry per cycle each way.
`default_nettype none

module pair_fifo #(
    parameter integer WIDTH = 64
) (
    input  wire             clk_i,
    input  wire             rst_i,

    input  wire             in_valid_i,
    output wire             in_ready_o,
    input  wire [WIDTH-1:0] in_data_i,

    output wire             out_valid_o,
    input  wire             out_ready_i,
    output wire [WIDTH-1:0] out_data_o
);

    reg  [WIDTH-1:0] data_0q, data_1q;
    reg              wr_q, rd_q;         // the entry that is written next, that is shown
    reg              valid_q, full_q;    // at least one entry, two
    wire             push = in_valid_i && !full_q;
    wire             pop  = valid_q && out_ready_i;

    assign in_ready_o  = !full_q;
    assign out_valid_o = valid_q;
    assign out_data_o  = rd_q ? data_1q : data_0q;

    always @(posedge clk_i)
        if (rst_i) {wr_q, rd_q, valid_q, full_q} <= 4'd0;
        else begin
            wr_q    <= wr_q ^ push;
            rd_q    <= rd_q ^ pop;
            valid_q <= push || full_q || (valid_q && !pop);
            full_q  <= (full_q || (valid_q && push)) && !pop;
        end

    // the entry that is written next takes what comes also without in_valid_i: nobody looks at it
    always @(posedge clk_i) if (!full_q && !wr_q) data_0q <= in_data_i;
    always @(posedge clk_i) if (!full_q && wr_q) data_1q <= in_data_i;

endmodule

`default_nettype wire
