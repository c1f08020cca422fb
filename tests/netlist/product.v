// SPDX-License-Identifier: Apache-2.0
// Products of every pair of signs, wide enough for one multiplier cell each and for several: what synthesis makes of them is compared with this.
`default_nettype none

module product (
    input  wire [23:0] a_i,
    input  wire [17:0] b_i,
    output wire [35:0] unsigned_o,      // 18 x 18
    output wire [35:0] signed_o,        // 18 x 18
    output wire [36:0] mixed_o,         // signed 18 x unsigned 18
    output wire [39:0] rounder_o        // signed 24 x signed 16
);

    wire signed [17:0] a = $signed(a_i[17:0]);
    wire signed [17:0] b = $signed(b_i);
    wire signed [23:0] wide = $signed(a_i);
    wire signed [15:0] mant = $signed(b_i[15:0]);
    wire signed [18:0] positive = $signed({1'b0, b_i});

    assign unsigned_o = a_i[17:0] * b_i;
    assign signed_o   = a * b;
    assign mixed_o    = a * positive;
    assign rounder_o  = wide * mant;

endmodule

`default_nettype wire
