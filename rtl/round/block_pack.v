// SPDX-License-Identifier: Apache-2.0
// Collects the trits of one 8 x 8 block, LANES elements at a time in element order, and hands the block out as memory beats.
// put_i, with ready_o, shifts a group in (last_i: it completes the block). A complete block moves to the output register when that is empty and
// the run of the block before it has been taken; until then nothing is put: ready_o is 0, COPIES times, for as many places.
// run_valid_o is 1 from the move of a block to run_ready_i. Output: beats_i beats per block, plane 0 first, mask before sign (sign only if maskless).
// With master_i a block has two runs, the first of 16 beats, which are somebody else's: run_master_o and out_master_o say when.
`default_nettype none

module block_pack #(
    parameter integer M      = 8,
    parameter integer N      = 8,
    parameter integer LANES  = 16,
    parameter integer PLANES = 5,
    parameter integer COPIES = 1
) (
    input  wire                    clk_i,
    input  wire                    rst_i,

    input  wire                    put_i,
    input  wire                    last_i,
    input  wire [LANES*PLANES-1:0] mask_i,      // plane p of lane l in bit LANES*p + l
    input  wire [LANES*PLANES-1:0] sign_i,
    output wire [COPIES-1:0]       ready_o,
    output wire                    ready_d_o,   // ready_o of the next cycle
    output wire                    idle_o,

    // per instruction
    input  wire [3:0]              beats_i,
    input  wire                    no_mask_i,
    input  wire                    transpose_i,
    input  wire                    drop_i,      // blocks vanish
    input  wire                    master_i,

    output wire                    run_valid_o,
    output wire                    run_master_o,
    input  wire                    run_ready_i,
    output wire                    out_valid_o,
    input  wire                    out_ready_i,
    output wire                    out_master_o,
    output wire [63:0]             out_data_o    // 0 without out_valid_o or with out_master_o
);

    reg  [64*PLANES-1:0]  mask_q, sign_q;       // element order
    reg  [128*PLANES-1:0] out_q;                // beats: plane p mask, sign
    reg                   full_q, out_valid_q, run_q;
    reg                   move_q;               // of a full block, to the output register
    reg  [4:0]            left_q;               // beats behind the one that is out
    reg                   master_run_q;         // run_q is of the master weights
    reg                   master_q, plane_q;    // the beat is one of theirs, of a plane

    // which beat of the output register is out (the odd ones are a maskless block's), once for each BEAT_BITS of it
    localparam integer BEAT_BITS = 16;
    wire       sent   = out_valid_q && out_ready_i;
    wire [3:0] beat_d = move_q ? {3'd0, no_mask_i} : g_beat[0].beat_q + {2'd0, no_mask_i, !no_mask_i};
    wire       step   = move_q || (sent && plane_q);

    wire last_beat   = sent && left_q == 5'd0;
    wire put         = put_i && ready_o[0];
    wire full_d      = (put && last_i) || (full_q && !move_q);
    wire out_valid_d = (move_q && !drop_i) || (out_valid_q && !last_beat);
    wire run_d       = run_q && !(run_ready_i && !master_run_q);
    wire held_d      = out_valid_d || run_d;
    wire move_d      = full_d && !held_d;
    wire master_d    = move_q ? master_i && !drop_i : master_q && !(sent && left_q == {1'b0, beats_i});

    assign idle_o      = !full_q && !out_valid_q;
    assign run_valid_o = run_q;
    assign run_master_o = master_run_q;
    assign out_valid_o = out_valid_q;
    assign out_master_o = master_q;

    always @(posedge clk_i)
        if (rst_i) begin
            full_q      <= 1'b0;
            out_valid_q <= 1'b0;
            run_q       <= 1'b0;
            move_q      <= 1'b0;
            master_q    <= 1'b0;
            plane_q     <= 1'b0;
            master_run_q <= 1'b0;
        end else begin
            full_q      <= full_d;
            out_valid_q <= out_valid_d;
            run_q       <= (move_d && !drop_i) || run_d;
            move_q      <= move_d;
            master_q    <= master_d;
            plane_q     <= out_valid_d && !master_d;
            master_run_q <= move_d ? master_i && !drop_i : master_run_q && !run_ready_i;
        end

    assign ready_d_o = rst_i || !(held_d && full_d);
    register_copies #(.COPIES(COPIES)) u_ready (.clk_i(clk_i), .ce_i(1'b1), .d_i(ready_d_o), .q_o(ready_o));

    always @(posedge clk_i)
        if (move_q)    left_q <= {master_i, beats_i} - 5'd1;
        else if (sent) left_q <= left_q - 5'd1;

    genvar p, i;
    generate
        for (p = 0; p < PLANES; p = p + 1) begin : g_plane
            wire [63:0] mask_block, sign_block;

            always @(posedge clk_i)
                if (put_i && ready_o[COPIES-1]) begin   // not `put`, which decides
                    mask_q[64*p +: 64] <= {mask_i[LANES*p +: LANES], mask_q[64*p + LANES +: 64 - LANES]};
                    sign_q[64*p +: 64] <= {sign_i[LANES*p +: LANES], sign_q[64*p + LANES +: 64 - LANES]};
                end

            element_order #(.M(M), .N(N), .TO_BLOCK(1)) u_mask (.in_i(mask_q[64*p +: 64]), .out_o(mask_block));
            element_order #(.M(M), .N(N), .TO_BLOCK(1)) u_sign (.in_i(sign_q[64*p +: 64]), .out_o(sign_block));

            always @(posedge clk_i)
                if (move_q) out_q[128*p +: 128] <= {sign_block, mask_block};
        end
    endgenerate

    wire [63:0] beat;
    wire [63:0] turned;
    generate
        for (i = 0; i < 64 / BEAT_BITS; i = i + 1) begin : g_beat
            reg [3:0] beat_q;
            (* keep *) always @(posedge clk_i) if (step) beat_q <= beat_d;
            assign beat[BEAT_BITS*i +: BEAT_BITS] = out_q[64*beat_q + BEAT_BITS*i +: BEAT_BITS];
        end
        for (i = 0; i < 64; i = i + 1) begin : g_bit
            assign turned[i] = beat[8*(i%8) + i/8];
        end
    endgenerate
    assign out_data_o = (transpose_i ? turned : beat) & {64{plane_q}};

endmodule

`default_nettype wire
