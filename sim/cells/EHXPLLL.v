// SPDX-License-Identifier: Apache-2.0
// Simulation: the PLL of an ECP5 that has locked and multiplies by one, so that one cycle of the pin is one cycle of the design.
`default_nettype none

module EHXPLLL #(
    parameter integer CLKI_DIV     = 1,
    parameter integer CLKFB_DIV    = 1,
    parameter integer CLKOP_DIV    = 8,
    parameter integer CLKOP_CPHASE = 0,
    parameter integer CLKOP_FPHASE = 0,
    parameter         CLKOP_ENABLE = "ENABLED",
    parameter         FEEDBK_PATH  = "CLKOP"
) (
    input  wire CLKI,
    input  wire CLKFB,
    input  wire PHASESEL1,
    input  wire PHASESEL0,
    input  wire PHASEDIR,
    input  wire PHASESTEP,
    input  wire PHASELOADREG,
    input  wire STDBY,
    input  wire PLLWAKESYNC,
    input  wire RST,
    input  wire ENCLKOP,
    input  wire ENCLKOS,
    input  wire ENCLKOS2,
    input  wire ENCLKOS3,
    output wire CLKOP,
    output wire CLKOS,
    output wire CLKOS2,
    output wire CLKOS3,
    output wire LOCK,
    output wire INTLOCK,
    output wire REFCLK,
    output wire CLKINTFB
);

    assign CLKOP = CLKI;
    assign LOCK  = !RST;
    assign {CLKOS, CLKOS2, CLKOS3, INTLOCK, REFCLK, CLKINTFB} = 6'd0;

    wire unused = &{1'b0, CLKFB, PHASESEL1, PHASESEL0, PHASEDIR, PHASESTEP, PHASELOADREG, STDBY, PLLWAKESYNC, ENCLKOP, ENCLKOS, ENCLKOS2, ENCLKOS3};

endmodule

`default_nettype wire
