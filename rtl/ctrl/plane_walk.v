// SPDX-License-Identifier: Apache-2.0
// Order of plane pairs (i, j) inside one tile: diagonals s = i + j from the highest down, each in the direction opposite to the one before,
// so that every step moves i, j or both by one. Tracks the block-words where the pair's planes begin. step_i goes to the next pair, after the last
// to the first one of the tile whose highest planes are at a_tile_i and b_tile_i, as init_i does; next_* are the block-words after that step.
`default_nettype none

module plane_walk #(
    parameter integer W_A = 9,   // block-word addresses
    parameter integer W_B = 9
) (
    input  wire           clk_i,
    input  wire           init_i,
    input  wire           step_i,

    input  wire [2:0]     a_planes_i,
    input  wire [2:0]     b_planes_i,
    input  wire [W_A-1:0] a_tile_i,
    input  wire [W_B-1:0] b_tile_i,
    input  wire [W_A-1:0] a_stride_i,
    input  wire [W_B-1:0] b_stride_i,

    output wire           first_diagonal_o,
    output wire           diagonal_start_o,
    output wire           last_o,
    output wire [W_A-1:0] next_a_o,
    output wire [W_B-1:0] next_b_o
);

    reg  [2:0]     i_q, j_q;      // planes below the highest: the highest pair is (0, 0), the lowest (a_last, b_last)
    reg            toward_a_q;    // in this diagonal i falls to lower planes of A and j rises
    reg            start_q;       // first pair of its diagonal
    reg  [W_A-1:0] a_q;
    reg  [W_B-1:0] b_q;

    wire [2:0] a_last = a_planes_i - 3'd1;
    wire [2:0] b_last = b_planes_i - 3'd1;
    wire       a_at_last = i_q == a_last;
    wire       b_at_last = j_q == b_last;
    wire       a_at_top  = i_q == 3'd0;
    wire       b_at_top  = j_q == 3'd0;

    // an end of the diagonal: one operand cannot go lower, or the other cannot go higher
    wire ends      = toward_a_q ? a_at_last || b_at_top : b_at_last || a_at_top;
    // to the next diagonal one operand goes lower: the one that fell in this diagonal, unless it is at its lowest
    wire lower_a   = ends ? (toward_a_q ? !a_at_last : b_at_last) : toward_a_q;
    wire higher_a  = !ends && !toward_a_q;
    wire lower_b   = ends ? !lower_a : !toward_a_q;
    wire higher_b  = !ends && toward_a_q;
    wire restart   = init_i || last_o;

    assign diagonal_start_o = start_q;
    assign first_diagonal_o = a_at_top && b_at_top;
    assign last_o           = a_at_last && b_at_last;
    assign next_a_o         = restart ? a_tile_i : lower_a ? a_q - a_stride_i : higher_a ? a_q + a_stride_i : a_q;
    assign next_b_o         = restart ? b_tile_i : lower_b ? b_q - b_stride_i : higher_b ? b_q + b_stride_i : b_q;

    always @(posedge clk_i)
        if (init_i || step_i) begin
            i_q        <= restart ? 3'd0 : lower_a ? i_q + 3'd1 : higher_a ? i_q - 3'd1 : i_q;
            j_q        <= restart ? 3'd0 : lower_b ? j_q + 3'd1 : higher_b ? j_q - 3'd1 : j_q;
            a_q        <= next_a_o;
            b_q        <= next_b_o;
            start_q    <= restart || ends;
            toward_a_q <= !restart && (ends ? !toward_a_q : toward_a_q);
        end

endmodule

`default_nettype wire
