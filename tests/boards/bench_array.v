// SPDX-License-Identifier: Apache-2.0
// One dot product of the array between a shift register and pins, to be placed alone (tools/array_area.py). On iCE40 the shift register costs
// one logic cell per bit, INPUTS in all, which the tool subtracts; on ECP5 flip-flops are counted apart.
`default_nettype none

module bench_array #(
    parameter integer K          = 256,
    parameter integer TERNARY    = 0,
    parameter integer ACCUMULATE = 0,
    parameter integer INPUTS     = (TERNARY != 0 ? 4 : 2) * K  // derived, do not override
) (
    input  wire        clk_i,
    input  wire        ce_i,
    input  wire        in_i,
    input  wire        first_i,
    input  wire        radix_i,
    input  wire        radix3_i,
    output wire [23:0] out_o
);

    localparam integer W = $clog2(K + 1);
    localparam [W-1:0] LENGTH = K[W-1:0];

    reg [INPUTS-1:0] in_q;
    always @(posedge clk_i) in_q <= {in_q[INPUTS-2:0], in_i};

    wire [K-1:0] a_sign = in_q[0 +: K];
    wire [K-1:0] b_sign = in_q[K +: K];
    wire [K-1:0] a_mask, b_mask;
    generate
        if (TERNARY != 0) begin : g_masks
            assign a_mask = in_q[2*K +: K];
            assign b_mask = in_q[3*K +: K];
        end else begin : g_no_masks
            assign a_mask = {K{1'b1}};
            assign b_mask = {K{1'b1}};
        end
        if (ACCUMULATE != 0) begin : g_accumulator
            dot_accumulator #(.K(K)) u_dot (
                .clk_i(clk_i), .ce_i(ce_i), .a_mask_i(a_mask), .a_sign_i(a_sign), .b_mask_i(b_mask), .b_sign_i(b_sign),
                .first_i(first_i), .radix_i(radix_i), .radix3_i(radix3_i), .acc_o(out_o)
            );
        end else begin : g_dot
            wire signed [W:0] part;
            assign out_o = {{(23 - W){1'b0}}, part};
            if (TERNARY != 0) begin : g_ternary
                ternary_dot #(.K(K)) u_dot (
                    .clk_i(clk_i), .ce_i(ce_i), .a_mask_i(a_mask), .a_sign_i(a_sign), .b_mask_i(b_mask), .b_sign_i(b_sign), .part_o(part)
                );
            end else begin : g_binary
                binary_dot #(.K(K)) u_dot (.clk_i(clk_i), .ce_i(ce_i), .a_sign_i(a_sign), .b_sign_i(b_sign), .length_i(LENGTH), .part_o(part));
            end
        end
    endgenerate

endmodule

`default_nettype wire
