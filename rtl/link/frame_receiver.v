// SPDX-License-Identifier: Apache-2.0
// Takes frames out of the bytes of a uart_rx (docs/link.md): undoes COBS, checks the CRC and the sequence number, writes the decoded
// bytes to a frame_buffer and commits those of frames to be executed. expect_o is the next sequence number;
// bad_o pulses at the end of a frame that is forgotten, empty ones excepted.
// The CRC runs over the bits as they are sampled. A COBS code byte stands for a zero byte, so its bits count as 0; the first one
// stands for nothing and the final delimiter adds one zero byte, which CRC_INIT and CRC_GOOD allow for.
// A frame in which a reset falls is forgotten, and what was committed before is gone; the first delimiter does the rest.
`default_nettype none

module frame_receiver (
    input  wire       clk_i,
    input  wire       rst_i,

    input  wire       bit_valid_i,      // from uart_rx
    input  wire       bit_i,
    input  wire       byte_valid_i,
    input  wire [7:0] byte_i,

    output wire       push_o,           // to frame_buffer
    output wire       mark_o,
    output wire       commit_o,
    output reg        restart_o,
    input  wire       full_i,

    output reg  [4:0] expect_o,
    output wire       bad_o
);

    localparam [23:0] CRC_INIT = 24'h3B8BEF;    // eight zero bits make it 0xFFFFFF
    localparam [23:0] CRC_GOOD = 24'h0D666E;    // after body, crc and eight zero bits

    reg        empty_q;         // the frame has no byte yet
    reg        match_q;         // right sequence number, or hello; and the buffer was never full
    reg        hello_q;
    reg        zero_q;          // a code byte's zero is to be written
    reg        count_q2;        // the block counter moves one cycle after the byte
    reg  [7:0] block_q;         // counts up; 255: the next byte is a code byte
    wire [23:0] crc;

    wire       delimiter = byte_i == 8'd0;
    reg        at_code_q;       // block_q was 255; right again long before the next bit
    wire       load = byte_valid_i && at_code_q;

    // A counter that can be loaded in one cell per bit: the addend is the load signal, whose sum is then not used.
    wire [9:0] sum = {1'b0, block_q, 1'b1} + {1'b0, {8{load}}, 1'b1};

    wire byte_end = byte_valid_i && delimiter;

    always @(posedge clk_i)
        if (byte_end)                  block_q <= 8'hFF;
        else if (load || count_q2)     block_q <= load ? ~byte_i : sum[8:1];

    always @(posedge clk_i) at_code_q <= sum[9];

    always @(posedge clk_i) begin
        count_q2  <= byte_valid_i && !delimiter;
        zero_q    <= load && !delimiter && !empty_q;   // no body begins with a zero
        restart_o <= byte_end || rst_i;
    end

    wire attempt = (byte_valid_i && !at_code_q && !delimiter) || zero_q;

    assign push_o = attempt && !full_i;
    assign mark_o = empty_q;

    always @(posedge clk_i)
        if (byte_end)     empty_q <= 1'b1;
        else if (attempt) empty_q <= 1'b0;

    always @(posedge clk_i)
        if (rst_i) begin
            match_q <= 1'b0;
        end else if (attempt) begin
            if (full_i)       match_q <= 1'b0;
            else if (empty_q) match_q <= byte_i[4:0] == expect_o || !byte_i[7];
            if (empty_q)      hello_q <= !byte_i[7];
        end

    crc24 #(
        .INIT (CRC_INIT)
    ) u_crc24 (
        .clk_i    (clk_i),
        .init_i   (byte_end),
        .enable_i (bit_valid_i),
        .shift_i  (1'b0),
        .bit_i    (bit_i && !at_code_q),
        .crc_o    (crc)
    );

    wire good = crc == CRC_GOOD && match_q && at_code_q;

    assign commit_o = byte_end && !empty_q && good;
    assign bad_o    = byte_end && !empty_q && !good;

    // Not before the buffer shows what was committed: a status must not count a command that it does not wait for.
    reg committed_q;

    always @(posedge clk_i) committed_q <= commit_o;

    always @(posedge clk_i)
        if (rst_i)                        expect_o <= 5'd0;
        else if (committed_q && !hello_q) expect_o <= expect_o + 5'd1;

    wire unused = &{1'b0, sum[0]};

endmodule

`default_nettype wire
