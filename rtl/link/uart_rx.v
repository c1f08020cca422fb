// SPDX-License-Identifier: Apache-2.0
// Receiver for 8N1, lowest bit first. Each data bit is shown when it is sampled (bit_valid_o, bit_o), the byte in the middle of its stop
// bit (byte_valid_o, one cycle); byte_o is 0 from the next cycle to the next start bit. A byte with a wrong stop bit is dropped.
// Without reset: from any state it is idle ten bit times later.
`default_nettype none

module uart_rx #(
    parameter integer CLK_HZ = 24000000,
    parameter integer BAUD   = 3000000
) (
    input  wire       clk_i,

    input  wire       rx_i,             // asynchronous

    output wire       bit_valid_o,
    output wire       bit_o,
    output reg        byte_valid_o,
    output wire [7:0] byte_o
);

    reg [1:0] sync_q;
    reg       busy_q;
    reg [3:0] pos_q;                    // 0: start bit, 1 to 8: data
    reg [7:0] shift_q;
    wire      tick;

    wire rx      = sync_q[1];
    wire at_stop = pos_q[3] && pos_q[0];

    baud_tick #(
        .CLK_HZ (CLK_HZ),
        .BAUD   (BAUD)
    ) u_baud_tick (
        .clk_i  (clk_i),
        .hold_i (!busy_q),
        .tick_o (tick)
    );

    always @(posedge clk_i) sync_q <= {sync_q[0], rx_i};

    always @(posedge clk_i)
        if (!busy_q)              busy_q <= !rx;
        else if (tick && at_stop) busy_q <= 1'b0;

    always @(posedge clk_i)
        if (!busy_q)   pos_q <= 4'd0;
        else if (tick) pos_q <= pos_q + 4'd1;

    always @(posedge clk_i)
        if (!busy_q)               shift_q <= 8'd0;
        else if (tick && !at_stop) shift_q <= {rx, shift_q[7:1]};

    always @(posedge clk_i) byte_valid_o <= tick && at_stop && rx;

    assign bit_valid_o = tick && pos_q != 4'd0 && !at_stop;
    assign bit_o       = rx;
    assign byte_o      = shift_q;

endmodule

`default_nettype wire
