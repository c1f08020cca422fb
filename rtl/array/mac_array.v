// SPDX-License-Identifier: Apache-2.0
// M x N array of ternary dot products with accumulators, and the second half of the double buffer: a finished tile moves to the
// drain, where the finish stage takes it LANES elements at a time, while the next tile accumulates.
// Operands come from the RAM outputs; acc is complete two ce-cycles later. tile_ready_o: the drain is empty or becomes so now.
// FAST = 1, for fast clocks: four more registers on the way (two of operands, which come from RAMs all over the device; two of partial counts); tile_ready_o
// tells of the next cycle, and a tile moves only to a drain that is empty. Every row of cells has its own copy of the control signals; the last four
// clock enables are those of the operand registers.
`default_nettype none

module mac_array #(
    parameter integer M     = 8,
    parameter integer N     = 8,
    parameter integer K     = 64,
    parameter integer W_ACC = 24,
    parameter integer LANES = 16,  // divides M * N
    parameter integer MULTIPLIERS = 0,  // dot_accumulator.v
    parameter integer FAST  = 0
) (
    input  wire                   clk_i,
    input  wire                   rst_i,
    input  wire [M+3:0]           ce_i,

    // operand words, row r of A and column c of B in bits K*r.., K*c..
    input  wire [M*K-1:0]         a_mask_i,
    input  wire [M*K-1:0]         a_sign_i,
    input  wire [N*K-1:0]         b_mask_i,
    input  wire [N*K-1:0]         b_sign_i,
    input  wire [K-1:0]           valid_mask_i,
    input  wire [M-1:0]           first_i,
    input  wire [M-1:0]           radix_i,
    input  wire                   radix3_i,       // stands for all words of an instruction

    // finished tile
    input  wire [M:0]             tile_take_i,    // into the drain: for its rows, for the count
    output wire                   tile_ready_o,

    // drain, element order row * N + column
    output wire                   group_valid_o,
    input  wire [M:0]             group_ready_i,  // takes it; FAST: if there is one. For the drain's rows, for the count
    output wire [LANES*W_ACC-1:0] group_o
);

    localparam integer GROUPS   = M * N / LANES;
    localparam integer W_GROUPS = $clog2(GROUPS + 1);
    localparam [W_GROUPS-1:0] ALL_GROUPS = GROUPS[W_GROUPS-1:0];
    localparam [W_GROUPS-1:0] ONE_GROUP  = 1;

    wire [M*N*W_ACC-1:0] acc;
    reg  [M*N*W_ACC-1:0] drain_q;
    reg  [W_GROUPS-1:0]  left_q;

    // operands of a word, A less what is not valid
    wire [M*K-1:0] a_mask, a_sign;
    wire [N*K-1:0] b_mask, b_sign;
    generate
        if (FAST != 0) begin : g_registers
            reg [M*K-1:0] a_mask_1q, a_sign_1q, a_mask_q, a_sign_q;
            reg [N*K-1:0] b_mask_1q, b_sign_1q, b_mask_q, b_sign_q;
            reg [K-1:0]   valid_mask_1q;
            always @(posedge clk_i)
                if (ce_i[M]) {a_mask_1q, a_sign_1q, valid_mask_1q} <= {a_mask_i, a_sign_i, valid_mask_i};
            always @(posedge clk_i)
                if (ce_i[M+1]) {b_mask_1q, b_sign_1q} <= {b_mask_i, b_sign_i};
            always @(posedge clk_i)
                if (ce_i[M+2]) {a_mask_q, a_sign_q} <= {a_mask_1q & {M{valid_mask_1q}}, a_sign_1q};
            always @(posedge clk_i)
                if (ce_i[M+3]) {b_mask_q, b_sign_q} <= {b_mask_1q, b_sign_1q};
            assign {a_mask, a_sign} = {a_mask_q, a_sign_q};
            assign {b_mask, b_sign} = {b_mask_q, b_sign_q};
        end else begin : g_direct
            assign {a_mask, a_sign} = {a_mask_i & {M{valid_mask_i}}, a_sign_i};
            assign {b_mask, b_sign} = {b_mask_i, b_sign_i};
            wire unused = &{1'b0, ce_i[M+3:M]};
        end
    endgenerate

    wire [M-1:0] radix3;
    generate
        if (FAST != 0) begin : g_radix3_copies
            register_copies #(.COPIES(M)) u_radix3 (.clk_i(clk_i), .ce_i(1'b1), .d_i(radix3_i), .q_o(radix3));
        end else begin : g_radix3
            assign radix3 = {M{radix3_i}};
        end
    endgenerate

    genvar r, c;
    generate
        if (GROUPS * LANES != M * N) begin : g_bad
            LANES_must_divide_M_times_N u_error ();
        end
        for (r = 0; r < M; r = r + 1) begin : g_row
            for (c = 0; c < N; c = c + 1) begin : g_col
                dot_accumulator #(.K(K), .W_ACC(W_ACC), .LATE(FAST), .MULTIPLIER(MULTIPLIERS)) u_cell (
                    .clk_i       (clk_i),
                    .ce_i        (ce_i[r]),
                    .a_mask_i    (a_mask[K*r +: K]),
                    .a_sign_i    (a_sign[K*r +: K]),
                    .b_mask_i    (b_mask[K*c +: K]),
                    .b_sign_i    (b_sign[K*c +: K]),
                    .first_i     (first_i[r]),
                    .radix_i     (radix_i[r]),
                    .radix3_i    (radix3[r]),
                    .acc_o       (acc[W_ACC*(N*r+c) +: W_ACC])
                );
            end
        end
    endgenerate

    reg valid_q, one_q;                     // left_q is not 0, is 1
    wire [M:0]          group_take;         // group_ready_i and there is one
    wire [W_GROUPS-1:0] left_d  = tile_take_i[M] ? ALL_GROUPS : group_take[M] ? left_q - ONE_GROUP : left_q;
    wire                valid_d = !rst_i && (tile_take_i[M] || (valid_q && !(one_q && group_take[M])));

    assign group_valid_o = valid_q;
    assign group_o       = drain_q[LANES*W_ACC-1:0];
    wire   empties       = !valid_q || (one_q && group_take[M]);
    assign tile_ready_o  = FAST != 0 ? empties && !tile_take_i[M] : empties;

    always @(posedge clk_i)
        if (rst_i) {left_q, valid_q, one_q} <= {(W_GROUPS+2){1'b0}};
        else       {left_q, valid_q, one_q} <= {left_d, valid_d, left_d == ONE_GROUP};

    localparam integer W_GROUP = LANES * W_ACC;
    wire [M*N*W_ACC+W_GROUP-1:0] longer  = {drain_q[M*N*W_ACC-1 -: W_GROUP], drain_q};   // the last group stays
    wire [M*N*W_ACC-1:0]         shifted = longer[M*N*W_ACC+W_GROUP-1:W_GROUP];
    wire unused_group = &{1'b0, longer};
    localparam integer W_ROW = N * W_ACC;
    generate
        if (FAST != 0) begin : g_valid_copies
            wire [M-1:0] row_valid;
            register_copies #(.COPIES(M)) u_valid (.clk_i(clk_i), .ce_i(1'b1), .d_i(valid_d), .q_o(row_valid));
            assign group_take = group_ready_i & {valid_q, row_valid};
        end else begin : g_valid
            assign group_take = group_ready_i;
        end
        for (r = 0; r < M; r = r + 1) begin : g_drain
            always @(posedge clk_i)
                if (tile_take_i[r])    drain_q[W_ROW*r +: W_ROW] <= acc[W_ROW*r +: W_ROW];
                else if (group_take[r]) drain_q[W_ROW*r +: W_ROW] <= shifted[W_ROW*r +: W_ROW];
        end
    endgenerate

endmodule

`default_nettype wire
