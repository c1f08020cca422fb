// SPDX-License-Identifier: Apache-2.0
// M x N array of ternary dot products with accumulators, and the second half of the double buffer: a finished tile moves to the
// drain, where the finish stage takes it LANES elements at a time, while the next tile accumulates.
// Operands come from the RAM outputs; acc is complete two ce-cycles later. tile_ready_o: the drain is empty or becomes so now.
`default_nettype none

module mac_array #(
    parameter integer M     = 8,
    parameter integer N     = 8,
    parameter integer K     = 64,
    parameter integer W_ACC = 24,
    parameter integer LANES = 16,  // divides M * N
    parameter integer MULTIPLIERS = 0   // dot_accumulator.v
) (
    input  wire                   clk_i,
    input  wire                   rst_i,
    input  wire                   ce_i,

    // operand words, row r of A and column c of B in bits K*r.., K*c..
    input  wire [M*K-1:0]         a_mask_i,
    input  wire [M*K-1:0]         a_sign_i,
    input  wire [N*K-1:0]         b_mask_i,
    input  wire [N*K-1:0]         b_sign_i,
    input  wire [K-1:0]           valid_mask_i,
    input  wire                   first_i,
    input  wire                   radix_i,
    input  wire                   radix3_i,

    // finished tile
    input  wire                   tile_valid_i,
    output wire                   tile_ready_o,

    // drain, element order row * N + column
    output wire                   group_valid_o,
    input  wire                   group_take_i,
    output wire [LANES*W_ACC-1:0] group_o
);

    localparam integer GROUPS   = M * N / LANES;
    localparam integer W_GROUPS = $clog2(GROUPS + 1);
    localparam [W_GROUPS-1:0] ALL_GROUPS = GROUPS[W_GROUPS-1:0];
    localparam [W_GROUPS-1:0] ONE_GROUP  = 1;

    wire [M*N*W_ACC-1:0] acc;
    reg  [M*N*W_ACC-1:0] drain_q;
    reg  [W_GROUPS-1:0]  left_q;

    genvar r, c;
    generate
        if (GROUPS * LANES != M * N) begin : g_bad
            LANES_must_divide_M_times_N u_error ();
        end
        for (r = 0; r < M; r = r + 1) begin : g_row
            for (c = 0; c < N; c = c + 1) begin : g_col
                dot_accumulator #(.K(K), .W_ACC(W_ACC), .MULTIPLIER(MULTIPLIERS)) u_cell (
                    .clk_i       (clk_i),
                    .ce_i        (ce_i),
                    .a_mask_i    (a_mask_i[K*r +: K] & valid_mask_i),
                    .a_sign_i    (a_sign_i[K*r +: K]),
                    .b_mask_i    (b_mask_i[K*c +: K]),
                    .b_sign_i    (b_sign_i[K*c +: K]),
                    .first_i     (first_i),
                    .radix_i     (radix_i),
                    .radix3_i    (radix3_i),
                    .acc_o       (acc[W_ACC*(N*r+c) +: W_ACC])
                );
            end
        end
    endgenerate

    wire take_tile = tile_valid_i && tile_ready_o;

    assign group_valid_o = left_q != {W_GROUPS{1'b0}};
    assign group_o       = drain_q[LANES*W_ACC-1:0];
    assign tile_ready_o  = !group_valid_o || (left_q == ONE_GROUP && group_take_i);

    always @(posedge clk_i)
        if (rst_i)             left_q <= {W_GROUPS{1'b0}};
        else if (take_tile)    left_q <= ALL_GROUPS;
        else if (group_take_i) left_q <= left_q - ONE_GROUP;

    always @(posedge clk_i)
        if (take_tile)         drain_q <= acc;
        else if (group_take_i) drain_q <= drain_q >> (LANES * W_ACC);

endmodule

`default_nettype wire
