// SPDX-License-Identifier: Apache-2.0
// Auxiliary planes of a block in a full finish stage: beats come in, groups of LANES elements leave in element order.
`default_nettype none

module aux_block #(
    parameter integer M      = 8,
    parameter integer N      = 8,
    parameter integer LANES  = 16,
    parameter integer PLANES = 5
) (
    input  wire                    clk_i,

    input  wire                    init_i,       // until the first beat of an instruction
    input  wire                    beat_i,       // mask 0, sign 0, mask 1, ...; with no_mask_i sign 0, sign 1, ...
    input  wire                    beat_last_i,  // of its block
    input  wire [63:0]             data_i,       // row-major
    input  wire                    transpose_i,
    input  wire                    no_mask_i,
    input  wire [2:0]              planes_i,     // in use; the mask of others is 0

    input  wire                    take_i,       // to the next group
    output wire [PLANES*LANES-1:0] mask_o,
    output wire [PLANES*LANES-1:0] sign_o
);

    genvar p, i;

    wire [63:0] turned, block, elements;
    generate
        for (i = 0; i < 64; i = i + 1) begin : g_turn
            assign turned[i] = data_i[8*(i%8) + i/8];
        end
    endgenerate
    assign block = transpose_i ? turned : data_i;
    element_order #(.M(M), .N(N), .TO_BLOCK(0)) u_order (.in_i(block), .out_o(elements));

    reg  [2*PLANES-1:0] at_q;                    // one-hot: the slice that the next beat is
    localparam [2*PLANES-1:0] FIRST = 1;
    always @(posedge clk_i)
        if (init_i || (beat_i && beat_last_i)) at_q <= no_mask_i ? FIRST << 1 : FIRST;
        else if (beat_i)                       at_q <= no_mask_i ? at_q << 2 : at_q << 1;

    generate
        for (p = 0; p < PLANES; p = p + 1) begin : g_plane
            localparam [2:0] PLANE = p;
            reg  [63:0] mask_q, sign_q;
            reg         used_q, ones_q;       // they stand long before the first group
            always @(posedge clk_i) begin
                used_q <= PLANE < planes_i;
                ones_q <= PLANE < planes_i && no_mask_i;
            end

            always @(posedge clk_i)
                if (beat_i && at_q[2*p]) mask_q <= elements;
                else if (take_i)         mask_q <= mask_q >> LANES;
            always @(posedge clk_i)
                if (beat_i && at_q[2*p+1]) sign_q <= elements;
                else if (take_i)           sign_q <= sign_q >> LANES;

            assign mask_o[LANES*p +: LANES] = (mask_q[LANES-1:0] & {LANES{used_q}}) | {LANES{ones_q}};
            assign sign_o[LANES*p +: LANES] = sign_q[LANES-1:0];
        end
    endgenerate

endmodule

`default_nettype wire
