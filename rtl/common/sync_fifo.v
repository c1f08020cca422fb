// SPDX-License-Identifier: Apache-2.0
// Show-ahead FIFO: out_data_o is the oldest entry whenever out_valid_o is 1.
// Accepts when not full, whatever the reader does; one entry per cycle each way.
// Small depths; the storage is read asynchronously (registers or LUT RAM). With more than 8 entries flags and the oldest entry are in registers.
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

    // of LUT RAM where that exists: block RAM is slow and needs a bypass
    (* ram_style = LOG_DEPTH > 3 ? "distributed" : "auto" *)
    reg [WIDTH-1:0]     mem [0:(1<<LOG_DEPTH)-1];
    reg [LOG_DEPTH:0]   wr_q, rd_q;  // one wrap bit above the address

    wire push = in_valid_i && in_ready_o;
    wire pop  = out_valid_o && out_ready_i;
    generate
        if (LOG_DEPTH > 3) begin : g_late   // for fast clocks: flags from registers, those that select data once more
            localparam [LOG_DEPTH:0] ONE = 1, TWO = 2, ALL_BUT_ONE = (1 << LOG_DEPTH) - 1;
            reg                  valid_q, more_q, ready_q;   // at least one entry, two entries; not full
            reg                  shown_q, behind_q;          // valid_q and more_q, for the data
            reg [WIDTH-1:0]      oldest_q;
            reg [LOG_DEPTH:0]    second_q, third_q;          // rd_q + 1, rd_q + 2
            wire [LOG_DEPTH:0]   fill    = wr_q - rd_q;
            wire                 valid_d = !rst_i && (push || (valid_q && !(pop && !more_q)));
            wire                 more_d  = !rst_i && (push ? (pop ? more_q : valid_q) : more_q && !(pop && wr_q == third_q));
            always @(posedge clk_i)
                if (rst_i) begin
                    ready_q  <= 1'b1;
                    second_q <= ONE;
                    third_q  <= TWO;
                end else begin
                    ready_q <= pop || (ready_q && !(push && fill == ALL_BUT_ONE));
                    if (pop) second_q <= second_q + ONE;
                    if (pop) third_q  <= third_q + ONE;
                end
            always @(posedge clk_i) {valid_q, more_q} <= {valid_d, more_d};
            (* keep *) always @(posedge clk_i) {shown_q, behind_q} <= {valid_d, more_d};
            always @(posedge clk_i)
                if (out_ready_i || !shown_q) oldest_q <= behind_q ? mem[second_q[LOG_DEPTH-1:0]] : in_data_i;
            // the place that is written next is free also when the FIFO is full: the oldest entry is in its register
            always @(posedge clk_i) mem[wr_q[LOG_DEPTH-1:0]] <= in_data_i;
            assign out_valid_o = valid_q;
            assign out_data_o  = oldest_q;
            assign in_ready_o  = ready_q;
        end else begin : g_compare
            assign out_valid_o = wr_q != rd_q;
            assign in_ready_o  = wr_q != (rd_q ^ {1'b1, {LOG_DEPTH{1'b0}}});
            assign out_data_o  = mem[rd_q[LOG_DEPTH-1:0]];
            always @(posedge clk_i)
                if (push) mem[wr_q[LOG_DEPTH-1:0]] <= in_data_i;
        end
    endgenerate

    always @(posedge clk_i)
        if (rst_i) begin
            wr_q <= {(LOG_DEPTH+1){1'b0}};
            rd_q <= {(LOG_DEPTH+1){1'b0}};
        end else begin
            if (push) wr_q <= wr_q + 1'b1;
            if (pop)  rd_q <= rd_q + 1'b1;
        end

endmodule

`default_nettype wire
