// SPDX-License-Identifier: Apache-2.0
// The one block register of a compact finish stage: 2 * PLANES slices of 64 trit bits, in the order mask 0, sign 0, mask 1, ..., elements in
// element order. It moves in two directions. shift_i: every slice by LANES elements, the group on new_i enters at the end, the group that leaves
// was on head_o. move_i: every slice takes the content of the one above, beat_i (row-major) enters at the top; the bottom slice is on beat_o.
// So auxiliary planes come in by moves, leave by shifts while results come in by shifts, and those leave by moves.
`default_nettype none

module block_turn #(
    parameter integer M      = 2,
    parameter integer N      = 4,
    parameter integer LANES  = 2,
    parameter integer PLANES = 3
) (
    input  wire                      clk_i,

    input  wire                      shift_i,
    input  wire [2*PLANES*LANES-1:0] new_i,     // slice s, lane l: bit LANES * s + l
    output wire [2*PLANES*LANES-1:0] head_o,

    input  wire                      move_i,    // not together with shift_i
    input  wire [63:0]               beat_i,
    output wire [63:0]               beat_o
);

    localparam integer SLICES = 2 * PLANES;

    reg  [64*SLICES-1:0] block_q;
    wire [63:0]          in_elements;

    element_order #(.M(M), .N(N), .TO_BLOCK(0)) u_in (.in_i(beat_i), .out_o(in_elements));
    element_order #(.M(M), .N(N), .TO_BLOCK(1)) u_out (.in_i(block_q[63:0]), .out_o(beat_o));

    wire [64*SLICES-1:0] above = {in_elements, block_q[64*SLICES-1:64]};

    genvar s;
    generate
        for (s = 0; s < SLICES; s = s + 1) begin : g_slice
            assign head_o[LANES*s +: LANES] = block_q[64*s +: LANES];

            always @(posedge clk_i)
                if (move_i || shift_i)
                    block_q[64*s +: 64] <= move_i ? above[64*s +: 64]
                                                  : {new_i[LANES*s +: LANES], block_q[64*s + LANES +: 64 - LANES]};
        end
    endgenerate

endmodule

`default_nettype wire
