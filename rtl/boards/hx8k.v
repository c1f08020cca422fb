// SPDX-License-Identifier: Apache-2.0
// iCE40-HX8K breakout board: iCE40HX8K-CT256, 12 MHz oscillator, FT2232H serial port, memory in block RAM. Pins: constraints/hx8k/hx8k.pcf.
// LEDs: D9 heartbeat, D8 busy, D7 error, the others off. The board has no button; a lost PLL lock resets.
`default_nettype none

module hx8k #(
    parameter integer M              = 2,
    parameter integer N              = 2,
    parameter integer K              = 32,
    parameter integer LANES          = 2,
    parameter integer A_DEPTH        = 64,
    parameter integer B_DEPTH        = 64,
    parameter integer W_ACC          = 16,
    parameter integer PLANES_MAX     = 3,
    parameter integer COMPACT        = 1,
    parameter integer SCALE_FORM     = 2,
    parameter integer MEM_BEATS      = 512,
    parameter integer MEM_SPRAM      = 0,
    parameter integer CLK_HZ         = 60000000,
    parameter integer BAUD           = 3000000   // 60 MHz / 3 Mbaud = 20 clocks per bit
) (
    input  wire       clk_12mhz_i,
    input  wire       uart_rx_i,
    output wire       uart_tx_o,
    output wire [7:0] leds_o
);

    wire [1:0] unused_pll;
    wire clk, locked, rst, heartbeat, busy, error;

    // `icepll -i 12 -o 60`: 12 MHz * (DIVF + 1) / (DIVR + 1) = VCO 960 MHz; / 2^DIVQ = 60 MHz
    SB_PLL40_CORE #(
        .FEEDBACK_PATH("SIMPLE"),
        .DIVR         (4'd0),
        .DIVF         (7'd79),
        .DIVQ         (3'd4),
        .FILTER_RANGE (3'd1)
    ) u_pll (
        .REFERENCECLK   (clk_12mhz_i),
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

    reset_sync u_reset (.clk_i(clk), .ready_i(locked), .rst_o(rst));

    board_system #(
        .M(M), .N(N), .K(K), .LANES(LANES), .A_DEPTH(A_DEPTH), .B_DEPTH(B_DEPTH), .W_ACC(W_ACC), .PLANES_MAX(PLANES_MAX),
        .COMPACT(COMPACT), .SCALE_FORM(SCALE_FORM), .MEM_BEATS(MEM_BEATS), .MEM_SPRAM(MEM_SPRAM), .CLK_HZ(CLK_HZ), .BAUD(BAUD), .W_HEARTBEAT(25)
    ) u_system (
        .clk_i      (clk),
        .rst_i      (rst),
        .uart_rx_i  (uart_rx_i),
        .uart_tx_o  (uart_tx_o),
        .heartbeat_o(heartbeat),
        .busy_o     (busy),
        .error_o    (error)
    );

    assign leds_o = {5'd0, error, busy, heartbeat};

    wire unused = &{1'b0, unused_pll};

endmodule

`default_nettype wire
