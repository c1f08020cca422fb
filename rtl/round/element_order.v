// SPDX-License-Identifier: Apache-2.0
// Wiring between the two orders of the 64 elements of a block: row-major, as in memory, and element order, as tiles leave the array
// (tiles by sub-row and sub-column, row-major inside the M x N tile).
`default_nettype none

module element_order #(
    parameter integer M        = 8,
    parameter integer N        = 8,
    parameter integer TO_BLOCK = 1  // 1: element order to row-major, 0: back
) (
    input  wire [63:0] in_i,
    output wire [63:0] out_o
);

    genvar r, c;
    generate
        for (r = 0; r < 8; r = r + 1) begin : g_row
            for (c = 0; c < 8; c = c + 1) begin : g_col
                localparam integer TILE    = (r / M) * (8 / N) + c / N;
                localparam integer ELEMENT = TILE * M * N + (r % M) * N + c % N;
                if (TO_BLOCK != 0) begin : g_to_block
                    assign out_o[8*r + c] = in_i[ELEMENT];
                end else begin : g_to_elements
                    assign out_o[ELEMENT] = in_i[8*r + c];
                end
            end
        end
    endgenerate

endmodule

`default_nettype wire
