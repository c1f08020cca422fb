// SPDX-License-Identifier: Apache-2.0
// Where the blocks of a FINISH or ELEMENTWISE lie in memory, in their order (L0 innermost): those that it writes, or with AUX their auxiliary
// planes. init_i goes to the first; step_i, every other cycle at most, from it over its beats_i beats to the next.
`default_nettype none

module block_walk #(
    parameter integer AUX = 0
) (
    input  wire         clk_i,
    input  wire         init_i,
    input  wire         step_i,
    input  wire [575:0] desc_i,
    input  wire [6:0]   beats_i,
    output wire [28:0]  addr_o,
    output wire [28:0]  next_o,   // of the next block, two cycles behind a step
    output wire         last_o    // there is none
);

    `include "isa.vh"

    localparam integer BASE_AT = 3 + (AUX != 0 ? ISA_FIN_AUX_ADDR_AT : ISA_FIN_DST_ADDR_AT);
    localparam integer L0_AT   = AUX != 0 ? ISA_FIN_L0_AUX_JUMP_AT : ISA_FIN_L0_DST_JUMP_AT;
    localparam integer L1_AT   = AUX != 0 ? ISA_FIN_L1_AUX_JUMP_AT : ISA_FIN_L1_DST_JUMP_AT;
    localparam integer L2_AT   = AUX != 0 ? ISA_FIN_L2_AUX_JUMP_AT : ISA_FIN_L2_DST_JUMP_AT;

    wire [23:0] l0_jump = desc_i[L0_AT +: 24];
    wire [23:0] l1_jump = desc_i[L1_AT +: 24];
    wire [23:0] l2_jump = desc_i[L2_AT +: 24];
    wire [2:0]  inc, unused_last;

    loop_nest #(.LEVELS(3), .W(16), .FAST(1)) u_nest (
        .clk_i  (clk_i),
        .load_i (init_i),
        .init_i (init_i),
        .step_i (step_i),
        .lasts_i({desc_i[ISA_FIN_L2_LAST_AT +: 16], desc_i[ISA_FIN_L1_LAST_AT +: 16], desc_i[ISA_FIN_L0_LAST_AT +: 16]}),
        .last_o (unused_last),
        .inc_o  (inc),
        .done_o (last_o)
    );

    address_walk #(.LEVELS(3), .W(29), .SLOW(1)) u_addr (
        .clk_i  (clk_i),
        .init_i (init_i),
        .base_i (desc_i[BASE_AT +: 29]),
        .step_i (step_i),
        .inc_i  (inc),
        .jumps_i({{5{l2_jump[23]}}, l2_jump, {5{l1_jump[23]}}, l1_jump, {5{l0_jump[23]}}, l0_jump}),
        .skip_i ({22'd0, beats_i}),
        .value_o(addr_o),
        .next_o (next_o)
    );

    wire unused = &{1'b0, desc_i, unused_last};

endmodule

`default_nettype wire
