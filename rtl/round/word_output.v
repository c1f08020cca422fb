// SPDX-License-Identifier: Apache-2.0
// Words of the finish stage on their way to memory: registers, because they are selected from all over the stage, and a FIFO, so that the
// memory's ready goes nowhere. A word put in with ready_o comes out two cycles later at the soonest; one per cycle each way.
`default_nettype none

module word_output (
    input  wire        clk_i,
    input  wire        rst_i,

    input  wire        put_i,
    input  wire [63:0] word_i,       // the word is word_i | other_i
    input  wire [63:0] other_i,
    output wire        ready_o,
    output wire        empty_o,

    output wire        out_valid_o,
    input  wire        out_ready_i,
    output wire [63:0] out_data_o
);

    reg         put_q;
    reg  [63:0] word_q, other_q;
    reg  [63:0] mem [0:3];
    reg  [1:0]  wr_q, rd_q;
    reg  [2:0]  words_q;        // in the register and the FIFO, at most 4
    reg         valid_q;        // the FIFO has one
    wire        put  = put_i && ready_o;
    wire        sent = valid_q && out_ready_i;

    assign ready_o     = !words_q[2];
    assign empty_o     = words_q == 3'd0;
    assign out_valid_o = valid_q;
    assign out_data_o  = mem[rd_q];

    always @(posedge clk_i) begin
        word_q  <= word_i;
        other_q <= other_i;
        if (put_q) mem[wr_q] <= word_q | other_q;
    end

    always @(posedge clk_i)
        if (rst_i) begin
            put_q   <= 1'b0;
            wr_q    <= 2'd0;
            rd_q    <= 2'd0;
            words_q <= 3'd0;
            valid_q <= 1'b0;
        end else begin
            put_q   <= put;
            wr_q    <= wr_q + {1'b0, put_q};
            rd_q    <= rd_q + {1'b0, sent};
            words_q <= words_q + {{2{sent && !put}}, sent != put};
            valid_q <= words_q[2:1] != 2'd0 || (words_q[0] && !sent);   // what is in the register enters
        end

endmodule

`default_nettype wire
