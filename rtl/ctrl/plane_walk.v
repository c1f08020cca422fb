// SPDX-License-Identifier: Apache-2.0
// Order of plane pairs (i, j) inside one tile: diagonals s = i + j from the highest down, each in the direction opposite to the one before,
// so that every step moves i, j or both by one. step_i goes to the next pair (to the first again behind the last), whose planes are one
// lower or higher than this one's. What is to be done with a pair is in registers: it comes from the pair before. The counts of planes must
// stand two cycles before init_i.
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

    reg  [2:0] a_last_q, b_last_q;
    reg  [2:0] i_q, j_q;          // planes below the highest: the highest pair is (0, 0), the lowest (a_last_q, b_last_q)
    reg        toward_a_q;        // in this diagonal i falls to lower planes of A and j rises
    reg        start_q;           // first pair of its diagonal
    reg        ends_q, last_q, first_q, lower_a_q, lower_b_q;

    wire       restart   = init_i || last_q;
    wire [2:0] i_d       = restart ? 3'd0 : lower_a_q ? i_q + 3'd1 : higher_a_o ? i_q - 3'd1 : i_q;
    wire [2:0] j_d       = restart ? 3'd0 : lower_b_q ? j_q + 3'd1 : higher_b_o ? j_q - 3'd1 : j_q;
    wire       toward_a  = !restart && (toward_a_q ^ ends_q);
    wire       a_at_last = i_d == a_last_q;
    wire       b_at_last = j_d == b_last_q;
    wire       a_at_top  = i_d == 3'd0;
    wire       b_at_top  = j_d == 3'd0;

    // an end of the diagonal: one operand cannot go lower, or the other cannot go higher
    wire       ends      = toward_a ? a_at_last || b_at_top : b_at_last || a_at_top;
    // to the next diagonal one operand goes lower: the one that fell in this diagonal, unless it is at its lowest
    wire       lower_a   = ends ? (toward_a ? !a_at_last : b_at_last) : toward_a;

    assign diagonal_start_o = start_q;
    assign first_diagonal_o = first_q;
    assign last_o           = last_q;
    assign lower_a_o        = lower_a_q;
    assign higher_a_o       = !ends_q && !toward_a_q;
    assign lower_b_o        = lower_b_q;
    assign higher_b_o       = !ends_q && toward_a_q;

    always @(posedge clk_i) begin
        a_last_q <= a_planes_i - 3'd1;
        b_last_q <= b_planes_i - 3'd1;
    end

    always @(posedge clk_i)
        if (init_i || step_i) begin
            i_q        <= i_d;
            j_q        <= j_d;
            toward_a_q <= toward_a;
            start_q    <= restart || ends_q;
            ends_q     <= ends;
            last_q     <= a_at_last && b_at_last;
            first_q    <= a_at_top && b_at_top;
            lower_a_q  <= lower_a;
            lower_b_q  <= ends ? !lower_a : !toward_a;
        end

endmodule

`default_nettype wire
