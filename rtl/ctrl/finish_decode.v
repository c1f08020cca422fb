// SPDX-License-Identifier: Apache-2.0
// What a finish stage's instruction is, from word 0 of it; in registers, long before the last word comes and the stage starts.
`default_nettype none

module finish_decode #(
    parameter integer PLANES_MAX = 5
) (
    input  wire        clk_i,
    input  wire [63:0] word_i,
    output reg         state_load_o,
    output reg         state_store_o,
    output reg         state_op_o,      // one of both
    output reg         from_memory_o,   // ELEMENTWISE
    output reg         to_int32_o,
    output reg         has_aux_o,
    output reg  [3:0]  aux_beats_o,     // of a block
    output reg         bad_planes_o
);

    `include "isa.vh"

    localparam [2:0] MOST_PLANES = PLANES_MAX[2:0];

    wire [7:0] opcode     = word_i[ISA_OPCODE_AT +: ISA_OPCODE_W];
    wire [2:0] out_planes = word_i[ISA_FIN_OUT_PLANES_AT +: 3];
    wire [2:0] aux_planes = word_i[ISA_FIN_AUX_PLANES_AT +: 3];

    always @(posedge clk_i) begin
        state_load_o  <= opcode == OP_STATE_LOAD;
        state_store_o <= opcode == OP_STATE_STORE;
        state_op_o    <= opcode == OP_STATE_LOAD || opcode == OP_STATE_STORE;
        from_memory_o <= opcode == OP_ELEMENTWISE;
        to_int32_o    <= word_i[ISA_FIN_OUT_INT32_AT];
        has_aux_o     <= word_i[ISA_FIN_AUX_KIND_AT +: 2] != 2'd0;
        aux_beats_o   <= !has_aux_o ? 4'd0 : word_i[ISA_FIN_AUX_NO_MASK_AT] ? {1'b0, aux_planes} : {aux_planes, 1'b0};
        bad_planes_o  <= !state_op_o && ((!to_int32_o && (out_planes == 3'd0 || out_planes > MOST_PLANES)) ||
                                         (has_aux_o && (aux_planes == 3'd0 || aux_planes > MOST_PLANES)));
    end

    wire unused = &{1'b0, word_i};

endmodule

`default_nettype wire
