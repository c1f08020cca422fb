// SPDX-License-Identifier: Apache-2.0
// The generator under test.
`default_nettype none

module bench_lfsr (
    input  wire        clk_i,
    input  wire        advance_i,
    input  wire        load_i,
    input  wire [63:0] load_data_i,
    output wire [63:0] state_o
);

    wire [63:0] inverse;
    wire [23:0] drawn;
    lfsr dut (
        .clk_i      (clk_i),
        .advance_i  (advance_i),
        .turn_i     (1'b0),
        .load_i     (load_i),
        .load_data_i(load_data_i),
        .inverse_o  (inverse),
        .drawn_o    (drawn)
    );
    assign state_o = ~inverse;
    wire unused = &{1'b0, drawn};

endmodule

`default_nettype wire
