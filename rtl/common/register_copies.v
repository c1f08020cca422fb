// SPDX-License-Identifier: Apache-2.0
// Equal copies of a register, for cells that lie apart. keep, once per copy: else synthesis makes one of them.
`default_nettype none

module register_copies #(
    parameter integer COPIES = 2
) (
    input  wire              clk_i,
    input  wire              ce_i,
    input  wire              d_i,
    output wire [COPIES-1:0] q_o
);

    genvar c;
    generate
        for (c = 0; c < COPIES; c = c + 1) begin : g_copy
            reg copy_q;
            (* keep *) always @(posedge clk_i) if (ce_i) copy_q <= d_i;
            assign q_o[c] = copy_q;
        end
    endgenerate

endmodule

`default_nettype wire
