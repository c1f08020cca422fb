// SPDX-License-Identifier: Apache-2.0
// Blocks of a finish stage's instruction: which one is the last, and which of its elements are not padding. begin_i, once per block, also the
// first: what the outputs say holds for that block from the next cycle on. The counter is one block ahead, so a block takes two cycles at least.
`default_nettype none

module finish_blocks #(
    parameter integer M = 8,
    parameter integer N = 8
) (
    input  wire         clk_i,
    input  wire         init_i,       // until the first begin_i
    input  wire         begin_i,
    input  wire [575:0] desc_i,
    output wire         last_o,
    output wire [63:0]  valid_o       // not padding, in element order
);

    `include "isa.vh"

    wire [2:0]  next_last, unused_inc;
    wire        next_done;
    reg         step_q;
    reg         rows_end_q, cols_end_q, last_q;

    assign last_o = last_q;

    always @(posedge clk_i) step_q <= begin_i;

    always @(posedge clk_i)
        if (begin_i) {rows_end_q, cols_end_q, last_q} <= {next_last[2], next_last[1] && next_last[0], next_done};

    loop_nest #(.LEVELS(3), .W(16), .FAST(1)) u_nest (
        .clk_i  (clk_i),
        .load_i (init_i),
        .init_i (init_i),
        .step_i (step_q),
        .lasts_i({desc_i[ISA_FIN_L2_LAST_AT +: 16], desc_i[ISA_FIN_L1_LAST_AT +: 16], desc_i[ISA_FIN_L0_LAST_AT +: 16]}),
        .last_o (next_last),
        .inc_o  (unused_inc),
        .done_o (next_done)
    );

    wire [3:0]  rows = rows_end_q ? desc_i[ISA_FIN_ROWS_LAST_AT +: 4] : 4'd8;
    wire [3:0]  cols = cols_end_q ? desc_i[ISA_FIN_COLS_LAST_AT +: 4] : 4'd8;
    wire [63:0] valid_block;
    genvar i;
    generate
        for (i = 0; i < 64; i = i + 1) begin : g_valid
            localparam [5:0] AT = i;
            assign valid_block[i] = {1'b0, AT[5:3]} < rows && {1'b0, AT[2:0]} < cols;
        end
    endgenerate
    element_order #(.M(M), .N(N), .TO_BLOCK(0)) u_order (.in_i(valid_block), .out_o(valid_o));

    wire unused = &{1'b0, desc_i, unused_inc};

endmodule

`default_nettype wire
