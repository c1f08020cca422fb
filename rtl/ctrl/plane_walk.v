// SPDX-License-Identifier: Apache-2.0
// Order of plane pairs (i, j) inside one tile: diagonals s = i + j from the highest down, each in the direction opposite to the one before,
// so that every step moves i, j or both by one. step_i goes to the next pair (to the first again behind the last), whose planes are one
// lower or higher than this one's.
`default_nettype none

module plane_walk (
    input  wire       clk_i,
    input  wire       init_i,
    input  wire       step_i,

    input  wire [2:0] a_planes_i,
    input  wire [2:0] b_planes_i,

    output wire       first_diagonal_o,
    output wire       diagonal_start_o,
    output wire       last_o,
    output wire       lower_a_o,    // the next pair's planes, unless this is the last
    output wire       higher_a_o,
    output wire       lower_b_o,
    output wire       higher_b_o
);

    reg  [2:0]     i_q, j_q;      // planes below the highest: the highest pair is (0, 0), the lowest (a_last, b_last)
    reg            toward_a_q;    // in this diagonal i falls to lower planes of A and j rises
    reg            start_q;       // first pair of its diagonal

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
    assign lower_a_o        = lower_a;
    assign higher_a_o       = higher_a;
    assign lower_b_o        = lower_b;
    assign higher_b_o       = higher_b;

    always @(posedge clk_i)
        if (init_i || step_i) begin
            i_q        <= restart ? 3'd0 : lower_a ? i_q + 3'd1 : higher_a ? i_q - 3'd1 : i_q;
            j_q        <= restart ? 3'd0 : lower_b ? j_q + 3'd1 : higher_b ? j_q - 3'd1 : j_q;
            start_q    <= restart || ends;
            toward_a_q <= !restart && (ends ? !toward_a_q : toward_a_q);
        end

endmodule

`default_nettype wire
