// SPDX-License-Identifier: Apache-2.0
// Decoders and encoders of one to five planes on the same inputs; results five and nine bits apart.
`default_nettype none

module bench_planes (
    input  wire        [ 4:0] mask_i,
    input  wire        [ 4:0] sign_i,
    input  wire               radix3_i,
    input  wire signed [ 8:0] value_i,
    output wire        [44:0] value_o,
    output wire        [24:0] mask_o,
    output wire        [24:0] sign_o
);

    genvar n;
    generate
        for (n = 1; n <= 5; n = n + 1) begin : g_planes
            plane_decode #(
                .PLANES(n)
            ) decode (
                .mask_i  (mask_i[n-1:0]),
                .sign_i  (sign_i[n-1:0]),
                .radix3_i(radix3_i),
                .value_o (value_o[9*(n-1)+:9])
            );
            wire [n-1:0] mask;
            wire [n-1:0] sign;
            plane_encode #(
                .PLANES(n)
            ) encode (
                .clk_i   (1'b0),
                .ce_i    (1'b0),
                .value_i (value_i),
                .radix3_i(radix3_i),
                .mask_o  (mask),
                .sign_o  (sign)
            );
            assign mask_o[5*(n-1)+:5] = {{(5 - n) {1'b0}}, mask};
            assign sign_o[5*(n-1)+:5] = {{(5 - n) {1'b0}}, sign};
        end
    endgenerate

endmodule

`default_nettype wire
