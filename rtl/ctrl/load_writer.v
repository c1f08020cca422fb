// SPDX-License-Identifier: Apache-2.0
// Buffer side of a LOAD: takes the runs in order, their beats from memory or zeros, and places them: planes of a block, blocks of a run;
// behind a run the address jumps as the run stream says.
// One beat enters a buffer of W banks in 8/W cycles (sub_o counts them), so 1 cycle for 8 banks. chunk_done_o pulses with the last
// write of a chunk, done_o with the last of the instruction.
`default_nettype none

module load_writer #(
    parameter integer LOOPS   = 4,   // 4, or 2: L1 and L4
    parameter integer FAST    = 0,   // loop_count.v
    parameter integer M       = 8,   // banks of A
    parameter integer N       = 8,   // banks of B
    parameter integer W_COUNT = 16,  // beats of a run
    parameter integer W_BUF   = 16,  // lane addresses
    parameter integer W_LEVEL = $clog2(LOOPS)  // derived, do not override
) (
    input  wire               clk_i,
    input  wire               rst_i,

    // the instruction; its words pass by on the word bus; init_i prepares, with the last of which begin_i starts it
    input  wire               word_valid_i,
    input  wire [3:0]         word_index_i,
    input  wire [63:0]        word_data_i,
    input  wire               init_i,
    input  wire               begin_i,
    input  wire [575:0]       desc_i,
    output wire               chunk_done_o,
    output wire               done_o,
    output wire               busy_o,        // a write in this cycle
    output reg                active_o,

    // runs and read data
    input  wire               run_valid_i,
    output wire               run_ready_o,
    input  wire [W_LEVEL+1:0] run_data_i,
    input  wire               data_valid_i,
    output wire               data_ready_o,
    input  wire [63:0]        data_i,

    // one 8 x 8 bit block per write; address in lanes. A sign beat without a mask beat writes the mask too: ones, or zeros in a run of zeros
    output wire               write_a_o,
    output wire               write_b_o,
    output wire               mask_o,
    output wire               sign_o,
    output wire               ones_o,
    output wire [2:0]         sub_o,
    output wire [W_BUF-1:0]   addr_o,
    output wire [63:0]        block_o
);

    `include "isa.vh"

    localparam integer SUBS_A = 8 / M - 1;
    localparam integer SUBS_B = 8 / N - 1;
    localparam [2:0] LAST_SUB_A = SUBS_A[2:0];
    localparam [2:0] LAST_SUB_B = SUBS_B[2:0];

    wire               target_b   = desc_i[ISA_LOAD_TARGET_B_AT];
    wire               no_mask    = desc_i[ISA_LOAD_NO_MASK_AT];
    wire [2:0]         planes     = desc_i[ISA_LOAD_PLANES_AT +: 3];
    wire [W_COUNT-1:0] run_last   = desc_i[ISA_LOAD_RUN_LAST_AT +: W_COUNT];
    wire [W_BUF-1:0]   plane_jump = desc_i[ISA_LOAD_PLANE_JUMP_AT +: W_BUF];
    wire [W_BUF-1:0]   block_jump = desc_i[ISA_LOAD_BLOCK_JUMP_AT +: W_BUF];

    reg  [2:0]         sub_q;
    reg                sign_q;              // the sign beat of the unit is next
    reg  [2:0]         plane_q;             // planes of the block already placed
    reg                first_q;             // no unit of the run is placed
    reg  [W_BUF-1:0]   run_q;               // where the run starts
    reg  [W_BUF-1:0]   unit_q;              // where the next unit goes, if it is not the first

    wire               last, zero;
    wire [W_LEVEL-1:0] level;
    localparam integer TOP = LOOPS - 1;
    wire               chunk_last = level == TOP[W_LEVEL-1:0];
    assign {last, zero, level} = run_data_i;

    wire               have       = active_o && run_valid_i && (zero || data_valid_i);
    wire               last_sub   = (M == 8 && N == 8) || sub_q == (target_b ? LAST_SUB_B : LAST_SUB_A);
    wire               beat_done  = have && last_sub;
    wire               is_sign    = sign_q || no_mask;
    wire               unit_done  = beat_done && is_sign;
    wire               last_plane = plane_q + 3'd1 == planes;
    wire [W_BUF-1:0]   addr       = first_q ? run_q : unit_q;

    wire               last_beat;           // of the run
    loop_count #(.W(W_COUNT), .FAST(FAST)) u_beats (
        .clk_i(clk_i), .load_i(init_i), .last_i(run_last), .step_i(beat_done), .last_o(last_beat)
    );

    assign run_ready_o  = beat_done && last_beat;
    assign chunk_done_o = run_ready_o && chunk_last;
    assign done_o       = run_ready_o && last;
    assign busy_o       = have;
    assign data_ready_o = active_o && run_valid_i && !zero && last_sub;   // whether data are there or not, for the clock

    always @(posedge clk_i)
        if (rst_i || done_o) active_o <= 1'b0;
        else if (begin_i)    active_o <= 1'b1;

    always @(posedge clk_i)
        if (init_i || (have && last_sub)) sub_q <= 3'd0;
        else if (have)                    sub_q <= sub_q + 3'd1;

    always @(posedge clk_i)
        if (init_i) sign_q <= 1'b0;
        else if (beat_done) sign_q <= !is_sign;

    always @(posedge clk_i)
        if (init_i || (unit_done && last_plane)) plane_q <= 3'd0;
        else if (unit_done)                      plane_q <= plane_q + 3'd1;

    always @(posedge clk_i)
        if (init_i || run_ready_o) first_q <= 1'b1;
        else if (unit_done)        first_q <= 1'b0;

    always @(posedge clk_i)
        if (unit_done) unit_q <= addr + (last_plane ? block_jump : plane_jump);

    wire [LOOPS*16-1:0] buf_jumps;   // of 16 bits, so that choosing one needs no product
    wire [15:0]         buf_jump = buf_jumps[16*level +: 16];
    genvar l;
    generate
        for (l = 0; l < LOOPS; l = l + 1) begin : g_loop
            assign buf_jumps[16*l +: 16] = desc_i[ISA_LOAD_L1_BUF_AT + 16 * (l == TOP ? 3 : l) +: 16];
        end
    endgenerate

    always @(posedge clk_i)
        if (word_valid_i && word_index_i == 4'd7) run_q <= word_data_i[W_BUF-1:0];
        else if (run_ready_o)                     run_q <= run_q + buf_jump[W_BUF-1:0];

    // rows and columns exchange by wiring
    wire [63:0] data = zero ? 64'd0 : data_i;
    wire [63:0] turned;
    genvar r, c;
    generate
        for (r = 0; r < 8; r = r + 1) begin : g_row
            for (c = 0; c < 8; c = c + 1) begin : g_col
                assign turned[8*r + c] = data[8*c + r];
            end
        end
    endgenerate

    assign write_a_o = have && !target_b;
    assign write_b_o = have && target_b;
    assign mask_o    = !is_sign || no_mask;
    assign sign_o    = is_sign;
    assign ones_o    = no_mask && !zero;
    assign sub_o     = sub_q;
    assign addr_o    = addr;
    assign block_o   = desc_i[ISA_LOAD_TRANSPOSE_AT] ? turned : data;

    wire unused = &{1'b0, desc_i, word_data_i, buf_jump};

endmodule

`default_nettype wire
