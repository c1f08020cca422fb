// SPDX-License-Identifier: Apache-2.0
// Number of bits that value_i needs, at least 1: the position of its highest 1, plus 1. Combinational; four bits at a time.
`default_nettype none

module bit_length #(
    parameter integer W        = 16,   // a multiple of 4
    parameter integer W_LENGTH = 5
) (
    input  wire [W-1:0]        value_i,
    output reg  [W_LENGTH-1:0] length_o
);

    localparam integer GROUPS = W / 4;
    localparam integer W_HIGH = W_LENGTH - 2;

    reg  [W_HIGH-1:0]   group;     // the highest group that is not 0
    reg  [3:1]          bits;      // and its upper bits
    reg  [W_LENGTH-1:0] position;
    integer             g;

    always @* begin
        group = {W_HIGH{1'b0}};
        bits  = value_i[3:1];
        for (g = 1; g < GROUPS; g = g + 1)
            if (value_i[4*g +: 4] != 4'd0) begin
                group = g[W_HIGH-1:0];
                bits  = value_i[4*g+1 +: 3];
            end
        position = {group, bits[3] || bits[2], bits[3] || (bits[1] && !bits[2])};
        length_o = position + 1'b1;
    end

endmodule

`default_nettype wire
