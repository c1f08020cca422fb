// SPDX-License-Identifier: Apache-2.0
// The instruction that a stage works on: its first WORDS words, filled from the dispatcher's word bus.
// Field F is desc_o[ISA_F_AT +: ISA_F_W]. Unused bits vanish in synthesis.
`default_nettype none

module descriptor #(
    parameter integer WORDS = 10,
    parameter [4*WORDS-1:0] IN_RAM = 0   // bit 4 * w + q: bits 16 * q to 16 * q + 15 of word w are in a block RAM of their own, a cycle later
) (
    input  wire                clk_i,
    input  wire                word_valid_i,
    input  wire [3:0]          word_index_i,
    input  wire [63:0]         word_data_i,
    output wire [WORDS*64-1:0] desc_o
);

    genvar w, q;
    generate
        for (w = 0; w < WORDS; w = w + 1) begin : g_word
            localparam [3:0] INDEX = w;
            for (q = 0; q < 4; q = q + 1) begin : g_quarter
                if (IN_RAM[4*w+q]) begin : g_ram
                    ram_1r1w #(.WIDTH(16), .DEPTH(16)) u_ram (
                        .clk_i  (clk_i),
                        .we_i   (word_valid_i),
                        .wbe_i  (2'b11),
                        .waddr_i(word_index_i),
                        .wdata_i(word_data_i[16*q +: 16]),
                        .re_i   (1'b1),
                        .raddr_i(INDEX),
                        .rdata_o(desc_o[64*w + 16*q +: 16])
                    );
                end else begin : g_register
                    reg [15:0] data_q;
                    assign desc_o[64*w + 16*q +: 16] = data_q;
                    always @(posedge clk_i)
                        if (word_valid_i && word_index_i == INDEX) data_q <= word_data_i[16*q +: 16];
                end
            end
        end
    endgenerate

endmodule

`default_nettype wire
