// SPDX-License-Identifier: Apache-2.0
// Order of plane pairs inside one tile: diagonals s = i + j from the highest down, i ascending inside a diagonal (docs/isa.md, EXEC).
// Tracks the block-word offsets of the current pair relative to plane 0 of each operand. step_i goes to the next pair; next_* are the
// offsets after that step (the first pair again after the last one).
`default_nettype none

module plane_walk (
    input  wire        clk_i,
    input  wire        init_i,
    input  wire        step_i,

    input  wire [2:0]  a_planes_i,
    input  wire [2:0]  b_planes_i,
    input  wire [15:0] a_stride_i,
    input  wire [15:0] b_stride_i,

    output wire        first_diagonal_o,
    output wire        diagonal_start_o,
    output wire        last_o,
    output wire [15:0] next_a_o,
    output wire [15:0] next_b_o
);

    reg  [2:0]  i_q, j_q;              // current pair
    reg  [2:0]  i_top_q, j_top_q;      // first pair of this diagonal
    reg  [15:0] a_q, b_q;              // offsets of the current pair
    reg  [15:0] a_diag_q, b_diag_q;    // offsets of the first pair of this diagonal

    wire [2:0]  i_max = a_planes_i - 3'd1;
    wire [2:0]  j_max = b_planes_i - 3'd1;
    wire [15:0] a_max = times(a_stride_i, i_max);
    wire [15:0] b_max = times(b_stride_i, j_max);

    wire diagonal_end = i_q == i_max || j_q == 3'd0;
    wire down_a       = i_top_q != 3'd0;  // the next diagonal starts one plane lower in A, else in B

    assign diagonal_start_o = i_q == i_top_q;
    assign first_diagonal_o = i_top_q == i_max && j_top_q == j_max;
    assign last_o           = diagonal_end && i_top_q == 3'd0 && j_top_q == 3'd0;

    wire        restart = init_i || last_o;
    wire [2:0]  i_top   = restart ? i_max : (down_a ? i_top_q - 3'd1 : i_top_q);
    wire [2:0]  j_top   = restart ? j_max : (down_a ? j_top_q : j_top_q - 3'd1);
    wire [15:0] a_diag  = restart ? a_max : (down_a ? a_diag_q - a_stride_i : a_diag_q);
    wire [15:0] b_diag  = restart ? b_max : (down_a ? b_diag_q : b_diag_q - b_stride_i);
    wire        to_top  = init_i || diagonal_end;

    assign next_a_o = to_top ? a_diag : a_q + a_stride_i;
    assign next_b_o = to_top ? b_diag : b_q - b_stride_i;

    always @(posedge clk_i)
        if (init_i || step_i) begin
            i_q <= to_top ? i_top : i_q + 3'd1;
            j_q <= to_top ? j_top : j_q - 3'd1;
            a_q <= next_a_o;
            b_q <= next_b_o;
            if (to_top) begin
                i_top_q  <= i_top;
                j_top_q  <= j_top;
                a_diag_q <= a_diag;
                b_diag_q <= b_diag;
            end
        end

    function [15:0] times(input [15:0] x, input [2:0] n);
        times = (n[0] ? x : 16'd0) + (n[1] ? {x[14:0], 1'b0} : 16'd0) + (n[2] ? {x[13:0], 2'b00} : 16'd0);
    endfunction

endmodule

`default_nettype wire
