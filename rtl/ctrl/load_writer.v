// SPDX-License-Identifier: Apache-2.0
// Buffer side of a LOAD: takes the runs in order, their beats from memory or zeros, and places them by the buffer nest.
// One beat enters a buffer of W banks in 8/W cycles (sub_o counts them), so 1 cycle for 8 banks. chunk_done_o pulses with the last
// write of a chunk, done_o with the last of the instruction.
`default_nettype none

module load_writer #(
    parameter integer M = 8,  // banks of A
    parameter integer N = 8   // banks of B
) (
    input  wire         clk_i,
    input  wire         rst_i,

    input  wire         init_i,
    input  wire [639:0] desc_i,
    output wire         chunk_done_o,
    output wire         done_o,
    output wire         busy_o,        // a write in this cycle
    output reg          active_o,

    // runs and read data
    input  wire         run_valid_i,
    output wire         run_ready_o,
    input  wire [16:0]  run_data_i,
    input  wire         data_valid_i,
    output wire         data_ready_o,
    input  wire [63:0]  data_i,

    // one 8 x 8 bit block per write; address in lanes
    output wire         write_a_o,
    output wire         write_b_o,
    output wire         sign_o,
    output wire [2:0]   sub_o,
    output wire [15:0]  addr_o,
    output wire [63:0]  block_o
);

    `include "isa.vh"

    localparam integer SUBS_A = 8 / M - 1;
    localparam integer SUBS_B = 8 / N - 1;
    localparam [2:0] LAST_SUB_A = SUBS_A[2:0];
    localparam [2:0] LAST_SUB_B = SUBS_B[2:0];

    wire        target_b    = desc_i[ISA_LOAD_TARGET_B_AT];
    wire        no_mask     = desc_i[ISA_LOAD_NO_MASK_AT];
    wire [15:0] chunks      = desc_i[ISA_LOAD_L4_COUNT_AT +: ISA_LOAD_L4_COUNT_W];
    wire [15:0] buf_base    = desc_i[ISA_LOAD_BUF_BASE_AT +: ISA_LOAD_BUF_BASE_W];
    wire [15:0] ring_slots  = desc_i[ISA_LOAD_RING_SLOTS_AT +: ISA_LOAD_RING_SLOTS_W];
    wire [15:0] ring_stride = desc_i[ISA_LOAD_RING_STRIDE_AT +: ISA_LOAD_RING_STRIDE_W];
    wire [63:0] counts  = {desc_i[ISA_LOAD_B3_COUNT_AT +: 16], desc_i[ISA_LOAD_B2_COUNT_AT +: 16],
                           desc_i[ISA_LOAD_B1_COUNT_AT +: 16], desc_i[ISA_LOAD_B0_COUNT_AT +: 16]};
    wire [63:0] strides = {desc_i[ISA_LOAD_B3_STRIDE_AT +: 16], desc_i[ISA_LOAD_B2_STRIDE_AT +: 16],
                           desc_i[ISA_LOAD_B1_STRIDE_AT +: 16], desc_i[ISA_LOAD_B0_STRIDE_AT +: 16]};

    reg  [2:0]  sub_q;
    reg         sign_q;              // the sign beat of the unit is next
    reg  [15:0] beat_q;              // beats of the oldest run already placed
    reg  [15:0] chunk_q, slot_q, slot_offset_q;

    wire        zero      = run_data_i[16];
    wire        have      = active_o && run_valid_i && (zero || data_valid_i);
    wire        last_sub  = sub_q == (target_b ? LAST_SUB_B : LAST_SUB_A);
    wire        beat_done = have && last_sub;
    wire        is_sign   = sign_q || no_mask;
    wire        unit_done = beat_done && is_sign;
    wire        nest_done;
    wire        ring_wrap = slot_q == ring_slots - 16'd1;
    wire [15:0] offset;

    assign chunk_done_o = unit_done && nest_done;
    assign done_o       = chunk_done_o && chunk_q == chunks - 16'd1;
    assign busy_o       = have;
    assign run_ready_o  = beat_done && beat_q == run_data_i[15:0] - 16'd1;
    assign data_ready_o = beat_done && !zero;

    always @(posedge clk_i)
        if (rst_i || done_o) active_o <= 1'b0;
        else if (init_i)     active_o <= 1'b1;

    always @(posedge clk_i)
        if (init_i) begin
            sub_q  <= 3'd0;
            sign_q <= 1'b0;
            beat_q <= 16'd0;
        end else if (have) begin
            sub_q <= last_sub ? 3'd0 : sub_q + 3'd1;
            if (last_sub) begin
                sign_q <= !is_sign;
                beat_q <= run_ready_o ? 16'd0 : beat_q + 16'd1;
            end
        end

    always @(posedge clk_i)
        if (init_i) begin
            chunk_q       <= 16'd0;
            slot_q        <= 16'd0;
            slot_offset_q <= 16'd0;
        end else if (chunk_done_o) begin
            chunk_q       <= chunk_q + 16'd1;
            slot_q        <= ring_wrap ? 16'd0 : slot_q + 16'd1;
            slot_offset_q <= ring_wrap ? 16'd0 : slot_offset_q + ring_stride;
        end

    wire [63:0] unused_index;
    wire [3:0]  unused_last, inc;
    loop_counter #(.LEVELS(4), .W(16)) u_nest (
        .clk_i   (clk_i),
        .init_i  (init_i),
        .step_i  (unit_done),
        .counts_i(counts),
        .index_o (unused_index),
        .last_o  (unused_last),
        .inc_o   (inc),
        .done_o  (nest_done)
    );

    wire [15:0] unused_next;
    affine_sum #(.LEVELS(4), .W(16)) u_offset (
        .clk_i    (clk_i),
        .init_i   (init_i || chunk_done_o),
        .base_i   (buf_base),
        .step_i   (unit_done),
        .inc_i    (inc),
        .strides_i(strides),
        .value_o  (offset),
        .next_o   (unused_next)
    );

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
    assign sign_o    = is_sign;
    assign sub_o     = sub_q;
    assign addr_o    = offset + slot_offset_q;
    assign block_o   = desc_i[ISA_LOAD_TRANSPOSE_AT] ? turned : data;

    wire unused = &{1'b0, desc_i, unused_index, unused_last, unused_next};

endmodule

`default_nettype wire
