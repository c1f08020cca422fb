// SPDX-License-Identifier: Apache-2.0
// Receiving half of the link: from the serial line to the bytes of the frames that are to be executed, oldest first.
`default_nettype none

module frame_input #(
    parameter integer CLK_HZ = 24000000,
    parameter integer BAUD   = 3000000
) (
    input  wire       clk_i,
    input  wire       rst_i,

    input  wire       uart_rx_i,

    input  wire       pop_i,            // as of frame_buffer
    output wire       fresh_o,
    output wire       more_o,
    output wire       over_o,
    output wire       empty_o,
    output wire [7:0] data_o,

    output wire [4:0] expect_o,         // the next sequence number
    output wire       bad_o             // pulse: a frame was forgotten
);

    wire       bit_valid, line_bit, byte_valid, push, mark, commit, restart, full;
    wire [7:0] line_byte;

    uart_rx #(
        .CLK_HZ (CLK_HZ),
        .BAUD   (BAUD)
    ) u_uart_rx (
        .clk_i        (clk_i),
        .rx_i         (uart_rx_i),
        .bit_valid_o  (bit_valid),
        .bit_o        (line_bit),
        .byte_valid_o (byte_valid),
        .byte_o       (line_byte)
    );

    frame_receiver u_frame_receiver (
        .clk_i        (clk_i),
        .rst_i        (rst_i),
        .bit_valid_i  (bit_valid),
        .bit_i        (line_bit),
        .byte_valid_i (byte_valid),
        .byte_i       (line_byte),
        .push_o       (push),
        .mark_o       (mark),
        .commit_o     (commit),
        .restart_o    (restart),
        .full_i       (full),
        .expect_o     (expect_o),
        .bad_o        (bad_o)
    );

    frame_buffer u_frame_buffer (
        .clk_i     (clk_i),
        .rst_i     (rst_i),
        .push_i    (push),
        .mark_i    (mark),
        .data_i    (line_byte),
        .commit_i  (commit),
        .restart_i (restart),
        .full_o    (full),
        .pop_i     (pop_i),
        .fresh_o   (fresh_o),
        .more_o    (more_o),
        .over_o    (over_o),
        .empty_o   (empty_o),
        .data_o    (data_o)
    );

endmodule

`default_nettype wire
