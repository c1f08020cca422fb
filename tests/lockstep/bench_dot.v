// SPDX-License-Identifier: Apache-2.0
// Array cells and binary dot products of several sizes on the low bits of the same operands.
`default_nettype none

module bench_dot (
    input  wire        clk_i,
    input  wire        ce_i,
    input  wire [63:0] a_mask_i,
    input  wire [63:0] a_sign_i,
    input  wire [63:0] b_mask_i,
    input  wire [63:0] b_sign_i,
    input  wire [63:0] valid_mask_i,
    input  wire        first_i,
    input  wire        radix_i,
    input  wire        radix3_i,
    input  wire [63:0] a_binary_i,
    input  wire [63:0] b_binary_i,
    input  wire [20:0] length_i,      // of 8, 32, 64 values
    output wire [71:0] acc_o,         // K = 8, W_ACC = 12; 32, 24; 64, 24
    output wire [23:0] binary_o       // K = 8, 32, 64
);

    genvar size;
    generate
        for (size = 0; size < 3; size = size + 1) begin : g_size
            localparam integer K = size == 0 ? 8 : size == 1 ? 32 : 64;
            localparam integer W_ACC = size == 0 ? 12 : 24;
            localparam integer W = $clog2(K + 1);
            wire [W_ACC-1:0] acc;
            wire [      W:0] part;
            dot_accumulator #(
                .K    (K),
                .W_ACC(W_ACC),
                .MULTIPLIER(size == 0 ? 1 : 0)
            ) cell_dut (
                .clk_i       (clk_i),
                .ce_i        (ce_i),
                .a_mask_i    (a_mask_i[K-1:0] & valid_mask_i[K-1:0]),
                .a_sign_i    (a_sign_i[K-1:0]),
                .b_mask_i    (b_mask_i[K-1:0]),
                .b_sign_i    (b_sign_i[K-1:0]),
                .first_i     (first_i),
                .radix_i     (radix_i),
                .radix3_i    (radix3_i),
                .acc_o       (acc)
            );
            binary_dot #(
                .K(K)
            ) binary_dut (
                .clk_i   (clk_i),
                .ce_i    (ce_i),
                .a_sign_i(a_binary_i[K-1:0]),
                .b_sign_i(b_binary_i[K-1:0]),
                .length_i(length_i[7*size+:W]),
                .part_o  (part)
            );
            assign acc_o[24*size+:24] = {{(24 - W_ACC) {1'b0}}, acc};
            assign binary_o[8*size+:8] = {{(7 - W) {1'b0}}, part};
        end
    endgenerate

    wire unused = &{1'b0, length_i};

endmodule

`default_nettype wire
