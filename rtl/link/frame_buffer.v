// SPDX-License-Identifier: Apache-2.0
// 256 bytes, in one block RAM, between a writer that may take back what it wrote since its last commit_i and a reader that sees
// only what is committed. commit_i leaves out the last three bytes; restart_i, at least one cycle later, lets the writer go on there.
// mark_i is stored beside the byte and names the first byte of a frame. After reset it begins with restart_i.
// fresh_o, more_o and over_o come a cycle after data_o, so what they release may use the RAM's late outputs; all are 0 for two cycles after a pop_i.
`default_nettype none

module frame_buffer (
    input  wire       clk_i,
    input  wire       rst_i,

    input  wire       push_i,           // nothing is written while full_o
    input  wire       mark_i,
    input  wire [7:0] data_i,
    input  wire       commit_i,
    input  wire       restart_i,
    output wire       full_o,

    input  wire       pop_i,            // with more_o, or with over_o and not empty_o
    output reg        fresh_o,          // either of the next two
    output reg        more_o,           // data_o goes on with the frame
    output reg        over_o,           // it does not: the next frame begins, or the buffer is empty
    output reg        empty_o,
    output wire [7:0] data_o            // the oldest byte
);

    localparam [7:0] CRC_BYTES = 8'd3;

    reg  [7:0] write_q, commit_q, read_q;

    // A counter that can be loaded in one cell per bit: the addend is the load signal, whose sum is then not used.
    wire [8:0] sum = {write_q, 1'b1} + {{8{restart_i}}, 1'b1};

    // While nothing is committed a writer that runs round meets only its own bytes, of a frame longer than any that is right.
    wire empty = commit_q == read_q;
    assign full_o = write_q == read_q && !empty;

    always @(posedge clk_i)
        if (restart_i || push_i) write_q <= restart_i ? commit_q : sum[8:1];

    always @(posedge clk_i)
        if (rst_i)         commit_q <= 8'd0;
        else if (commit_i) commit_q <= write_q - CRC_BYTES;

    always @(posedge clk_i)
        if (rst_i)      read_q <= 8'd0;
        else if (pop_i) read_q <= read_q + 8'd1;

    // Not ram_1r1w: where a read meets a write of the same address the buffer is empty, so the word read does not matter; to
    // promise the old one costs as many cells as the rest of this module.
    (* no_rw_check *) reg [8:0] mem [0:255];
    reg [8:0] word_q;

    always @(posedge clk_i) begin
        if (push_i) mem[write_q] <= {mark_i, data_i};
        word_q <= mem[read_q];
    end

    reg  settled_q;                     // word_q will be of the byte behind a popped one
    wire ends = empty || word_q[8];

    always @(posedge clk_i) begin
        settled_q <= !pop_i;
        fresh_o   <= settled_q && !pop_i;
        more_o    <= settled_q && !pop_i && !ends;
        over_o    <= settled_q && !pop_i && ends;
        empty_o   <= empty;
    end

    assign data_o = word_q[7:0];

    wire unused = &{1'b0, sum[0]};

endmodule

`default_nettype wire
