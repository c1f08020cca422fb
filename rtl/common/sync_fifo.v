// SPDX-License-Identifier: Apache-2.0
// Show-ahead FIFO: out_data_o is the oldest entry whenever out_valid_o is 1.
// Accepts when not full, whatever the reader does; one entry per cycle each way.
// Small depths; the storage is read asynchronously (registers or LUT RAM).
`default_nettype none

module sync_fifo #(
    parameter integer WIDTH     = 8,
    parameter integer LOG_DEPTH = 4  // depth = 2^LOG_DEPTH, LOG_DEPTH >= 1
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

    reg [WIDTH-1:0]     mem [0:(1<<LOG_DEPTH)-1];
    reg [LOG_DEPTH:0]   wr_q, rd_q;  // one wrap bit above the address

    assign out_valid_o = wr_q != rd_q;
    assign in_ready_o  = wr_q != (rd_q ^ {1'b1, {LOG_DEPTH{1'b0}}});
    assign out_data_o  = mem[rd_q[LOG_DEPTH-1:0]];

    always @(posedge clk_i)
        if (in_valid_i && in_ready_o) mem[wr_q[LOG_DEPTH-1:0]] <= in_data_i;

    always @(posedge clk_i)
        if (rst_i) begin
            wr_q <= {(LOG_DEPTH+1){1'b0}};
            rd_q <= {(LOG_DEPTH+1){1'b0}};
        end else begin
            if (in_valid_i && in_ready_o)   wr_q <= wr_q + 1'b1;
            if (out_valid_o && out_ready_i) rd_q <= rd_q + 1'b1;
        end

endmodule

`default_nettype wire
