// SPDX-License-Identifier: Apache-2.0
// Memory side of a LOAD: walks the memory nest and asks for its runs, at most one burst or one zero run per cycle.
// A burst ends at the next 512-byte boundary (so it never crosses 4 KiB) and has at most 64 beats. Every burst and zero run
// is announced, in order, on the run stream: {zero, beats}. Chunks beyond the ring wait for an a_free token first.
`default_nettype none

module load_request (
    input  wire         clk_i,
    input  wire         rst_i,
    input  wire         halt_i,

    // the instruction; init_i starts it
    input  wire         init_i,
    input  wire [639:0] desc_i,

    // token a_free
    input  wire         a_free_i,      // at least one is there
    output wire         a_free_pop_o,
    output wire         wait_token_o,  // this cycle is lost waiting for it

    // read requests, address and length in beats
    input  wire [28:0]  mem_beats_i,
    output wire         req_valid_o,
    input  wire         req_ready_i,
    output wire [28:0]  req_addr_o,
    output wire [6:0]   req_len_o,
    output wire         error_o,       // address out of range

    // run stream
    output wire         run_valid_o,
    input  wire         run_ready_i,
    output wire [16:0]  run_data_o
);

    `include "isa.vh"

    wire        target_b   = desc_i[ISA_LOAD_TARGET_B_AT];
    wire [28:0] base       = desc_i[ISA_LOAD_ADDR_AT+3 +: 29];
    wire [15:0] run_beats  = desc_i[ISA_LOAD_RUN_BEATS_AT +: ISA_LOAD_RUN_BEATS_W];
    wire [15:0] ring_slots = desc_i[ISA_LOAD_RING_SLOTS_AT +: ISA_LOAD_RING_SLOTS_W];
    wire [15:0] y_limit    = desc_i[ISA_LOAD_Y_LIMIT_AT +: ISA_LOAD_Y_LIMIT_W];
    wire [15:0] x_limit    = desc_i[ISA_LOAD_X_LIMIT_AT +: ISA_LOAD_X_LIMIT_W];

    // the four loops, level 0 is L1 (all four share one layout, one word each)
    wire [63:0]  counts;
    wire [115:0] strides;
    wire [63:0]  y_incs, x_incs;
    genvar l;
    generate
        for (l = 0; l < 4; l = l + 1) begin : g_loop
            wire [23:0] stride = desc_i[ISA_LOAD_L1_STRIDE_AT + 64*l +: ISA_LOAD_L1_STRIDE_W];
            wire [7:0]  y_inc  = desc_i[ISA_LOAD_L1_Y_AT + 64*l +: ISA_LOAD_L1_Y_W];
            wire [7:0]  x_inc  = desc_i[ISA_LOAD_L1_X_AT + 64*l +: ISA_LOAD_L1_X_W];
            assign counts[16*l +: 16]  = desc_i[ISA_LOAD_L1_COUNT_AT + 64*l +: ISA_LOAD_L1_COUNT_W];
            assign strides[29*l +: 29] = {{5{stride[23]}}, stride};
            assign y_incs[16*l +: 16]  = {{8{y_inc[7]}}, y_inc};
            assign x_incs[16*l +: 16]  = {{8{x_inc[7]}}, x_inc};
        end
    endgenerate

    // state: active until the last run is out; beats of the current run already asked for; token of this chunk popped
    reg         active_q, popped_q;
    reg  [15:0] asked_q;

    wire        step;
    wire [63:0] index;
    wire [3:0]  inc;
    wire        nest_done;
    wire [28:0] run_addr;
    wire [15:0] y, x;

    wire        need_pop = !target_b && index[63:48] >= ring_slots && !popped_q;
    wire        go       = active_q && !need_pop && !halt_i;
    wire        zero_run = (y_limit != 16'd0 && (y[15] || y >= y_limit)) || (x_limit != 16'd0 && (x[15] || x >= x_limit));

    wire [15:0] left        = run_beats - asked_q;
    wire [28:0] addr        = run_addr + {13'd0, asked_q};
    wire [6:0]  to_boundary = 7'd64 - {1'b0, addr[5:0]};
    wire [6:0]  len         = left < {9'd0, to_boundary} ? left[6:0] : to_boundary;
    wire        in_range    = {1'b0, addr} + {23'd0, len} <= {1'b0, mem_beats_i};

    wire        ask       = req_valid_o && req_ready_i;
    wire        put_zero  = go && zero_run && run_ready_i;

    assign step         = put_zero || (ask && {9'd0, len} == left);
    assign a_free_pop_o = active_q && need_pop && a_free_i && !halt_i;
    assign wait_token_o = active_q && need_pop && !a_free_i;
    assign req_valid_o  = go && !zero_run && in_range && run_ready_i;
    assign req_addr_o   = addr;
    assign req_len_o    = len;
    assign error_o      = go && !zero_run && !in_range;
    assign run_valid_o  = ask || put_zero;
    assign run_data_o   = put_zero ? {1'b1, run_beats} : {10'd0, len};

    always @(posedge clk_i)
        if (rst_i)                    active_q <= 1'b0;
        else if (init_i)              active_q <= 1'b1;
        else if (step && nest_done)   active_q <= 1'b0;

    always @(posedge clk_i)
        if (init_i || step) asked_q <= 16'd0;
        else if (ask)       asked_q <= asked_q + {9'd0, len};

    always @(posedge clk_i)
        if (init_i || (step && inc[3])) popped_q <= 1'b0;
        else if (a_free_pop_o)          popped_q <= 1'b1;

    wire [3:0] unused_last;
    loop_counter #(.LEVELS(4), .W(16)) u_nest (
        .clk_i   (clk_i),
        .init_i  (init_i),
        .step_i  (step),
        .counts_i(counts),
        .index_o (index),
        .last_o  (unused_last),
        .inc_o   (inc),
        .done_o  (nest_done)
    );

    wire [28:0] unused_next_addr;
    affine_sum #(.LEVELS(4), .W(29)) u_addr (
        .clk_i    (clk_i),
        .init_i   (init_i),
        .base_i   (base),
        .step_i   (step),
        .inc_i    (inc),
        .strides_i(strides),
        .value_o  (run_addr),
        .next_o   (unused_next_addr)
    );

    wire [15:0] unused_next_y, unused_next_x;
    affine_sum #(.LEVELS(4), .W(16)) u_y (
        .clk_i    (clk_i),
        .init_i   (init_i),
        .base_i   (desc_i[ISA_LOAD_Y0_AT +: ISA_LOAD_Y0_W]),
        .step_i   (step),
        .inc_i    (inc),
        .strides_i(y_incs),
        .value_o  (y),
        .next_o   (unused_next_y)
    );
    affine_sum #(.LEVELS(4), .W(16)) u_x (
        .clk_i    (clk_i),
        .init_i   (init_i),
        .base_i   (desc_i[ISA_LOAD_X0_AT +: ISA_LOAD_X0_W]),
        .step_i   (step),
        .inc_i    (inc),
        .strides_i(x_incs),
        .value_o  (x),
        .next_o   (unused_next_x)
    );

    wire unused = &{1'b0, index[47:0], desc_i, unused_last, unused_next_addr, unused_next_y, unused_next_x};

endmodule

`default_nettype wire
