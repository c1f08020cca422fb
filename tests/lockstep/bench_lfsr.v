// SPDX-License-Identifier: Apache-2.0
// The generator under test, and the one that is loaded in halves.
`default_nettype none

module bench_lfsr (
    input  wire        clk_i,
    input  wire        advance_i,
    input  wire        load_i,
    input  wire [63:0] load_data_i,
    output wire [63:0] state_o,
    output wire [63:0] state_halves_o
);

    wire [63:0] inverse, inverse_halves;
    wire [23:0] drawn, drawn_halves;
    lfsr dut (
        .clk_i      (clk_i),
        .advance_i  (advance_i),
        .turn_i     (1'b0),
        .load_i     (load_i),
        .load_data_i(load_data_i),
        .inverse_o  (inverse),
        .drawn_o    (drawn)
    );
    lfsr #(.HALVES(1)) dut_halves (
        .clk_i      (clk_i),
        .advance_i  (advance_i),
        .turn_i     (1'b0),
        .load_i     (load_i),
        .load_data_i(load_data_i),
        .inverse_o  (inverse_halves),
        .drawn_o    (drawn_halves)
    );
    assign state_o = ~inverse;
    assign state_halves_o = ~inverse_halves;
    wire unused = &{1'b0, drawn, drawn_halves};

endmodule

`default_nettype wire
