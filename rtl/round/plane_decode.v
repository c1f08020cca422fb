// SPDX-License-Identifier: Apache-2.0
// Value of a stack of trit planes: sum of R^i * digit i, R = 2 or 3. Combinational.
// A digit with mask 0 is 0 whatever its sign; planes that are not in use are given with mask 0.
`default_nettype none

module plane_decode #(
    parameter integer PLANES = 5  // 1..5
) (
    input  wire        [PLANES-1:0] mask_i,
    input  wire        [PLANES-1:0] sign_i,
    input  wire                     radix3_i,
    output wire signed [       8:0] value_o
);

    generate
        if (PLANES < 1 || PLANES > 5) begin : g_illegal
            plane_decode_planes_must_be_1_to_5 illegal ();
        end
    endgenerate

    // digit 1 * high + digit 0 * low: for constant weights a table of 16 rows, cheaper than adders
    function signed [8:0] pair;
        input [1:0] mask;
        input [1:0] sign;
        input signed [8:0] upper;
        input signed [8:0] lower;
        casez ({mask, sign})
            4'b01_?0: pair = lower;
            4'b01_?1: pair = -lower;
            4'b10_0?: pair = upper;
            4'b10_1?: pair = -upper;
            4'b11_00: pair = upper + lower;
            4'b11_01: pair = upper - lower;
            4'b11_10: pair = lower - upper;
            4'b11_11: pair = -upper - lower;
            default:  pair = 9'sd0;
        endcase
    endfunction

    wire [4:0] mask = {{(5 - PLANES) {1'b0}}, mask_i};
    wire [4:0] sign = {{(5 - PLANES) {1'b0}}, sign_i};

    // |value| <= 1 + 3 + 9 + 27 + 81 = 121
    wire signed [8:0] low = radix3_i ? pair(mask[1:0], sign[1:0], 9'sd3, 9'sd1)
                                     : pair(mask[1:0], sign[1:0], 9'sd2, 9'sd1);
    wire signed [8:0] middle = pair({1'b0, mask[2]}, {1'b0, sign[2]}, 9'sd0, radix3_i ? 9'sd9 : 9'sd4);
    wire signed [8:0] high = radix3_i ? pair(mask[4:3], sign[4:3], 9'sd81, 9'sd27)
                                      : pair(mask[4:3], sign[4:3], 9'sd16, 9'sd8);
    // added in as many bits as the largest value has: 1, 4, 13, 40 or 121
    localparam integer W = PLANES == 1 ? 2 : PLANES == 2 ? 4 : PLANES == 3 ? 5 : PLANES == 4 ? 7 : 8;
    wire [W-1:0] value = low[W-1:0] + middle[W-1:0] + high[W-1:0];
    assign value_o = {{(9 - W) {value[W-1]}}, value};

    wire unused = &{1'b0, low, middle, high};

endmodule

`default_nettype wire
