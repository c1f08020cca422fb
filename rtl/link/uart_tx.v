// SPDX-License-Identifier: Apache-2.0
// Transmitter for 8N1, lowest bit first. load_i while ready_o takes a byte: data_i, or, with load_serial_i, the next eight values of serial_i.
// ready_o, a register, rises with the last data bit, so that a byte that comes within two bit times less two cycles leaves no gap; so is what
// is taken, for the clock: what decides on a byte may be long.
// Each data bit is shown as it goes out (bit_valid_o, bit_o, serial_o: it came from serial_i).
`default_nettype none

module uart_tx #(
    parameter integer CLK_HZ = 24000000,
    parameter integer BAUD   = 3000000
) (
    input  wire       clk_i,
    input  wire       rst_i,

    output reg        ready_o,
    input  wire       load_i,
    input  wire       load_serial_i,
    input  wire [7:0] data_i,           // 0 unless load_i
    input  wire       serial_i,

    output wire       bit_valid_o,
    output wire       bit_o,
    output wire       serial_o,

    output reg        tx_o
);

    reg [3:0] pos_q;                    // 0 to 7: data bits, 8: stop bit, odd from 9: idle
    reg [7:0] shift_q;                  // 0 while ready_o
    reg       load_q, load_serial_q;    // what is taken
    reg [7:0] data_q;
    reg       full_q, serial_q;
    wire      tick;

    wire stopped = pos_q[3];
    wire idle    = pos_q[3] && pos_q[0];
    wire start   = idle && full_q;

    baud_tick #(
        .CLK_HZ (CLK_HZ),
        .BAUD   (BAUD)
    ) u_baud_tick (
        .clk_i  (clk_i),
        .hold_i (1'b0),
        .tick_o (tick)
    );

    always @(posedge clk_i)
        if (rst_i) {ready_o, load_q} <= 2'b00;
        else       {ready_o, load_q} <= {stopped && !full_q && !load_q && !load_i, load_i};

    always @(posedge clk_i) {load_serial_q, data_q} <= {load_serial_i, data_i};

    always @(posedge clk_i)
        if (rst_i)             full_q <= 1'b0;
        else if (load_q)       full_q <= 1'b1;
        else if (tick && idle) full_q <= 1'b0;

    always @(posedge clk_i)
        if (load_q) serial_q <= load_serial_q;

    // Not reset: from any value it comes to an idle one.
    always @(posedge clk_i)
        if (tick && start)      pos_q <= 4'd0;
        else if (tick && !idle) pos_q <= pos_q + 4'd1;

    // The last bit leaves zeros behind, so loading needs no choice between two inputs.
    always @(posedge clk_i)
        if (rst_i)                        shift_q <= 8'd0;
        else if (load_q || bit_valid_o)   shift_q <= {1'b0, shift_q[7:1]} | data_q;

    always @(posedge clk_i)
        if (tick) tx_o <= stopped ? !start : bit_o;

    assign bit_valid_o = tick && !stopped;
    assign bit_o       = serial_q ? serial_i : shift_q[0];
    assign serial_o    = serial_q;

endmodule

`default_nettype wire
