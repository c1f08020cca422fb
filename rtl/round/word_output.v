// SPDX-License-Identifier: Apache-2.0
// Words of the finish stage on their way to memory: a register, because they are selected from all over the stage, and a FIFO, so that the
// memory's ready goes nowhere. A word put in with ready_o comes out two cycles later at the soonest; one per cycle each way.
`default_nettype none

module word_output (
    input  wire        clk_i,
    input  wire        rst_i,

    input  wire        put_i,
    input  wire [63:0] word_i,
    output wire        ready_o,
    output wire        empty_o,

    output wire        out_valid_o,
    input  wire        out_ready_i,
    output wire [63:0] out_data_o
);

    reg         put_q;
    reg  [63:0] word_q;
    reg  [2:0]  words_q;        // in the register and the FIFO, at most 4
    wire        put  = put_i && ready_o;
    wire        sent = out_valid_o && out_ready_i;
    wire        unused_ready;

    assign ready_o = !words_q[2];
    assign empty_o = words_q == 3'd0;

    always @(posedge clk_i) word_q <= word_i;

    always @(posedge clk_i)
        if (rst_i) begin
            put_q   <= 1'b0;
            words_q <= 3'd0;
        end else begin
            put_q <= put;
            if (put != sent) words_q <= words_q + {{2{sent}}, 1'b1};
        end

    sync_fifo #(.WIDTH(64), .LOG_DEPTH(2)) u_fifo (
        .clk_i      (clk_i),
        .rst_i      (rst_i),
        .in_valid_i (put_q),
        .in_ready_o (unused_ready),
        .in_data_i  (word_q),
        .out_valid_o(out_valid_o),
        .out_ready_i(out_ready_i),
        .out_data_o (out_data_o)
    );

    wire unused = &{1'b0, unused_ready};

endmodule

`default_nettype wire
