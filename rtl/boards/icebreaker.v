// SPDX-License-Identifier: Apache-2.0
// iCEBreaker: iCE40UP5K-SG48, 12 MHz oscillator, FT2232H serial port, 128 KiB of SPRAM. Pins: constraints/icebreaker/icebreaker.pcf.
// LEDs: green on the board heartbeat, red on the board error, green on the break-off part busy. The user button resets.
`default_nettype none

module icebreaker #(
    parameter integer M              = 2,
    parameter integer N              = 2,
    parameter integer K              = 32,
    parameter integer LANES          = 2,
    parameter integer A_DEPTH        = 64,
    parameter integer B_DEPTH        = 64,
    parameter integer W_ACC          = 16,
    parameter integer PLANES_MAX     = 3,
    parameter integer COMPACT        = 1,
    parameter integer SCALE_FORM     = 0,
    parameter integer MEM_BEATS      = 16384,
    parameter integer MEM_SPRAM      = 1,
    parameter integer CLK_HZ         = 24000000,
    parameter integer BAUD           = 3000000   // 24 MHz / 3 Mbaud = 8 clocks per bit
) (
    input  wire clk_12mhz_i,
    input  wire button_n_i,
    input  wire uart_rx_i,
    output wire uart_tx_o,
    output wire led_red_n_o,
    output wire led_green_n_o,
    output wire led_busy_o
);

    wire [1:0] unused_pll;
    wire clk, locked, rst, heartbeat, busy, error;

    // `icepll -i 12 -o 24`: 12 MHz * (DIVF + 1) / (DIVR + 1) = VCO 768 MHz; / 2^DIVQ = 24 MHz
    SB_PLL40_PAD #(
        .FEEDBACK_PATH("SIMPLE"),
        .DIVR         (4'd0),
        .DIVF         (7'd63),
        .DIVQ         (3'd5),
        .FILTER_RANGE (3'd1)
    ) u_pll (
        .PACKAGEPIN     (clk_12mhz_i),
        .PLLOUTCORE     (unused_pll[0]),
        .PLLOUTGLOBAL   (clk),
        .EXTFEEDBACK    (1'b0),
        .DYNAMICDELAY   (8'd0),
        .LOCK           (locked),
        .BYPASS         (1'b0),
        .RESETB         (1'b1),
        .LATCHINPUTVALUE(1'b0),
        .SDO            (unused_pll[1]),
        .SDI            (1'b0),
        .SCLK           (1'b0)
    );

    reset_sync u_reset (.clk_i(clk), .ready_i(locked && button_n_i), .rst_o(rst));

    board_system #(
        .M(M), .N(N), .K(K), .LANES(LANES), .A_DEPTH(A_DEPTH), .B_DEPTH(B_DEPTH), .W_ACC(W_ACC), .PLANES_MAX(PLANES_MAX),
        .COMPACT(COMPACT), .SCALE_FORM(SCALE_FORM), .MEM_BEATS(MEM_BEATS), .MEM_SPRAM(MEM_SPRAM), .CLK_HZ(CLK_HZ), .BAUD(BAUD), .W_HEARTBEAT(24)
    ) u_system (
        .clk_i      (clk),
        .rst_i      (rst),
        .uart_rx_i  (uart_rx_i),
        .uart_tx_o  (uart_tx_o),
        .heartbeat_o(heartbeat),
        .busy_o     (busy),
        .error_o    (error)
    );

    assign led_green_n_o = !heartbeat;
    assign led_red_n_o   = !error;
    assign led_busy_o    = busy;

    wire unused = &{1'b0, unused_pll};

endmodule

`default_nettype wire
