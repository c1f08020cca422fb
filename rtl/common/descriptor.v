// SPDX-License-Identifier: Apache-2.0
// The instruction that a stage works on: its first WORDS words, filled from the dispatcher's word bus.
// Field F is desc_o[ISA_F_AT +: ISA_F_W]. Unused bits vanish in synthesis.
`default_nettype none

module descriptor #(
    parameter integer WORDS = 10
) (
    input  wire                clk_i,
    input  wire                word_valid_i,
    input  wire [3:0]          word_index_i,
    input  wire [63:0]         word_data_i,
    output reg  [WORDS*64-1:0] desc_o
);

    genvar w;
    generate
        for (w = 0; w < WORDS; w = w + 1) begin : g_word
            localparam [3:0] INDEX = w;
            always @(posedge clk_i)
                if (word_valid_i && word_index_i == INDEX) desc_o[64*w +: 64] <= word_data_i;
        end
    endgenerate

endmodule

`default_nettype wire
