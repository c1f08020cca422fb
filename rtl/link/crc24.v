// SPDX-License-Identifier: Apache-2.0
// The link's CRC, one bit per enable_i: polynomial 0x5D6DCB (as in FlexRay), reflected. init_i sets INIT.
// With shift_i the register moves out through crc_o[0], unchanged by bit_i.
`default_nettype none

module crc24 #(
    parameter [23:0] INIT = 24'hFFFFFF
) (
    input  wire        clk_i,

    input  wire        init_i,
    input  wire        enable_i,
    input  wire        shift_i,
    input  wire        bit_i,

    output reg  [23:0] crc_o
);

    localparam [23:0] POLYNOMIAL = 24'hD3B6BA;

    wire feedback = (crc_o[0] ^ bit_i) && !shift_i;

    always @(posedge clk_i)
        if (init_i)        crc_o <= INIT;
        else if (enable_i) crc_o <= {1'b0, crc_o[23:1]} ^ (POLYNOMIAL & {24{feedback}});

endmodule

`default_nettype wire
