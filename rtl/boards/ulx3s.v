// SPDX-License-Identifier: Apache-2.0
// ULX3S: LFE5U-85F-6 CABGA381, 25 MHz oscillator, FT231X serial port, memory in block RAM. Pins: constraints/ulx3s/ulx3s.lpf.
// LEDs: 0 heartbeat, 1 busy, 2 error, the others off. Button FIRE1 resets. wifi_gpio0 high keeps the ESP32 away from the shared pins.
`default_nettype none

module ulx3s #(
    parameter integer M              = 8,
    parameter integer N              = 8,
    parameter integer K              = 64,
    parameter integer LANES          = 16,
    parameter integer A_DEPTH        = 512,
    parameter integer B_DEPTH        = 512,
    parameter integer W_ACC          = 24,
    parameter integer PLANES_MAX     = 5,
    parameter integer COMPACT        = 0,
    parameter integer SCALE_FORM     = 1,
    parameter integer MEM_BEATS      = 32768,
    parameter integer MEM_SPRAM      = 0,
    parameter integer CLK_HZ         = 80000000,
    parameter integer BAUD           = 3000000   // 80 MHz / 3 Mbaud = 26 or 27 clocks per bit
) (
    input  wire       clk_25mhz_i,
    input  wire       button_i,
    input  wire       uart_rx_i,
    output wire       uart_tx_o,
    output wire       wifi_gpio0_o,
    output wire [7:0] leds_o
);

    wire [5:0] unused_pll;
    wire clk, locked, rst, heartbeat, busy, error;

    // `ecppll -i 25 -o 80`: 25 MHz / CLKI_DIV = 5 MHz; * CLKFB_DIV = 80 MHz; * CLKOP_DIV = VCO 560 MHz (400..800 allowed).
    // CLKOP_CPHASE = CLKOP_DIV / 2: the middle of the output divider.
    (* FREQUENCY_PIN_CLKI="25" *) (* FREQUENCY_PIN_CLKOP="80" *)
    (* ICP_CURRENT="12" *) (* LPF_RESISTOR="8" *) (* MFG_ENABLE_FILTEROPAMP="1" *) (* MFG_GMCREF_SEL="2" *)
    EHXPLLL #(
        .CLKI_DIV    (5),
        .CLKFB_DIV   (16),
        .CLKOP_DIV   (7),
        .CLKOP_CPHASE(3),
        .CLKOP_FPHASE(0),
        .CLKOP_ENABLE("ENABLED"),
        .FEEDBK_PATH ("CLKOP")
    ) u_pll (
        .CLKI        (clk_25mhz_i),
        .CLKFB       (clk),
        .PHASESEL1   (1'b0),
        .PHASESEL0   (1'b0),
        .PHASEDIR    (1'b1),
        .PHASESTEP   (1'b1),
        .PHASELOADREG(1'b1),
        .STDBY       (1'b0),
        .PLLWAKESYNC (1'b0),
        .RST         (1'b0),
        .ENCLKOP     (1'b0),
        .ENCLKOS     (1'b0),
        .ENCLKOS2    (1'b0),
        .ENCLKOS3    (1'b0),
        .CLKOP       (clk),
        .CLKOS       (unused_pll[0]),
        .CLKOS2      (unused_pll[1]),
        .CLKOS3      (unused_pll[2]),
        .LOCK        (locked),
        .INTLOCK     (unused_pll[3]),
        .REFCLK      (unused_pll[4]),
        .CLKINTFB    (unused_pll[5])
    );

    reset_sync u_reset (.clk_i(clk), .ready_i(locked && !button_i), .rst_o(rst));

    board_system #(
        .M(M), .N(N), .K(K), .LANES(LANES), .A_DEPTH(A_DEPTH), .B_DEPTH(B_DEPTH), .W_ACC(W_ACC), .PLANES_MAX(PLANES_MAX),
        .COMPACT(COMPACT), .SCALE_FORM(SCALE_FORM), .MEM_BEATS(MEM_BEATS), .MEM_SPRAM(MEM_SPRAM), .CLK_HZ(CLK_HZ), .BAUD(BAUD), .W_HEARTBEAT(26)
    ) u_system (
        .clk_i      (clk),
        .rst_i      (rst),
        .uart_rx_i  (uart_rx_i),
        .uart_tx_o  (uart_tx_o),
        .heartbeat_o(heartbeat),
        .busy_o     (busy),
        .error_o    (error)
    );

    assign wifi_gpio0_o = 1'b1;
    assign leds_o        = {5'd0, error, busy, heartbeat};

    wire unused = &{1'b0, unused_pll};

endmodule

`default_nettype wire
