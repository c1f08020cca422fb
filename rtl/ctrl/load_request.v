// SPDX-License-Identifier: Apache-2.0
// Memory side of a LOAD: walks the memory nest and asks for its runs, one burst or one zero run per cycle, one cycle between runs for the jump.
// With FAST what decides on a request is in registers: then every request, and every run, takes one cycle more. And nothing is asked for
// while 64 beats or more are on their way: answers come in order, so what the finish stage asks for would come behind all of them.
// A burst ends at the next 512-byte boundary (so it never crosses 4 KiB) and has at most 64 beats. Every run is announced once, in order, on
// the run stream: {last of the instruction, zero, the loop that goes on behind it (0: L1)}; the last loop also behind the last run.
// A loop's jump is in word jump_word_o of the instruction and arrives one cycle later; a run takes longer.
`default_nettype none

module load_request #(
    parameter integer LOOPS   = 4,   // 4, or 2: L1 and L4
    parameter integer FAST    = 0,
    parameter integer BOUNDS  = 1,   // zero runs outside of the y and x limits
    parameter integer W_ADDR  = 29,  // beat addresses
    parameter integer W_LOOP  = 16,  // loop counts
    parameter integer W_COUNT = 16,  // beats of a run
    parameter integer W_JUMP  = 24,  // bits of a jump, at most 24; sign-extended
    parameter integer W_LEVEL = $clog2(LOOPS)  // derived, do not override
) (
    input  wire               clk_i,
    input  wire               rst_i,

    // the instruction; its words pass by on the word bus; init_i prepares, with the last of which begin_i starts it
    input  wire               word_valid_i,
    input  wire [3:0]         word_index_i,
    input  wire [63:0]        word_data_i,
    input  wire [575:0]       desc_i,
    input  wire               init_i,
    input  wire               begin_i,
    output wire [3:0]         jump_word_o,
    input  wire [W_JUMP-1:0]  jump_i,

    // read requests, address and length in beats
    input  wire [28:0]        mem_beats_i,
    output wire               req_valid_o,
    input  wire               req_ready_i,
    output wire [28:0]        req_addr_o,
    output wire [6:0]         req_len_o,
    input  wire               beat_i,        // one of the beats asked for has come
    output wire               error_o,       // address out of range

    // run stream
    output wire               run_valid_o,
    input  wire               run_ready_i,
    output wire [W_LEVEL+1:0] run_data_o
);

    `include "isa.vh"

    wire [W_COUNT-1:0] run_last = desc_i[ISA_LOAD_RUN_LAST_AT +: W_COUNT];

    // the loops, L1 first; all four share one layout, one word each
    wire [(LOOPS-1)*W_LOOP-1:0] inner_lasts;
    wire [LOOPS*16-1:0]         y_jumps, x_jumps;
    genvar l;
    generate
        for (l = 0; l < LOOPS; l = l + 1) begin : g_loop
            localparam integer J = l == LOOPS - 1 ? 3 : l;
            wire signed [11:0] y    = desc_i[ISA_LOAD_L1_Y_AT + 64*J +: 12];
            wire signed [11:0] x    = desc_i[ISA_LOAD_L1_X_AT + 64*J +: 12];
            assign y_jumps[16*l +: 16] = {{4{y[11]}}, y};
            assign x_jumps[16*l +: 16] = {{4{x[11]}}, x};
            if (l < LOOPS - 1) begin : g_inner
                assign inner_lasts[W_LOOP*l +: W_LOOP] = desc_i[ISA_LOAD_L1_LAST_AT + 64*J +: W_LOOP];
            end
        end
    endgenerate

    reg               active_q;
    reg               jump_q;    // the run is out, the jump is next
    reg               fresh_q;   // nothing of the run is out yet
    reg [W_ADDR-1:0]  addr_q;    // of the next burst
    reg [W_COUNT-1:0] left_q;    // beats not yet asked for, minus one
    wire [W_COUNT-1:0] more;     // the same behind the boundary: minus 64, plus those before addr_q

    wire               nest_done;
    wire [LOOPS-1:0]   inc, unused_last;
    reg  [W_LEVEL-1:0] level;    // inc as a number
    integer            i;

    always @* begin
        level = {W_LEVEL{1'b0}};
        for (i = 1; i < LOOPS; i = i + 1)
            if (inc[i]) level = i[W_LEVEL-1:0];
    end

    wire        wait_1;                                  // FAST: the registers are not valid yet, or enough is on its way
    wire        zero_run, fits, in_range;
    wire        outside;                                 // of the y and x limits
    wire        on;                                      // the run goes on behind the boundary
    wire [5:0]  len;                                     // minus one
    wire        go       = active_q && !jump_q && !wait_1;
    wire [5:0]  boundary = ~addr_q[5:0];                 // beats to the next 512-byte boundary, minus one
    wire        fits_d   = !on;
    wire [5:0]  len_d    = fits_d ? left_q[5:0] : boundary;
    wire        range_d  = addr_q[W_ADDR-1:6] < mem_beats_i[W_ADDR-1:6];
    wire        space    = run_ready_i || !fresh_q;
    wire        ask      = req_valid_o && req_ready_i;
    wire        put_zero = go && zero_run && run_ready_i;
    wire        run_end  = put_zero || (ask && fits);
    wire        step     = active_q && jump_q;

    assign req_valid_o = go && !zero_run && in_range && space;
    assign req_addr_o  = {{(29-W_ADDR){1'b0}}, addr_q};
    assign req_len_o   = {1'b0, len} + 7'd1;
    assign error_o     = go && !zero_run && !in_range;
    assign run_valid_o = put_zero || (ask && fresh_q);
    assign run_data_o  = {nest_done, put_zero, level};
    assign jump_word_o = LOOPS == 2 ? (level[0] ? 4'd5 : 4'd2) : 4'd2 + {{(4-W_LEVEL){1'b0}}, level};

    always @(posedge clk_i)
        if (rst_i)                      active_q <= 1'b0;
        else if (begin_i)               active_q <= 1'b1;
        else if (run_end && nest_done)  active_q <= 1'b0;

    always @(posedge clk_i)
        if (init_i || step) jump_q <= 1'b0;
        else if (run_end)   jump_q <= 1'b1;

    always @(posedge clk_i)
        if (init_i || step)        fresh_q <= 1'b1;
        else if (ask || put_zero)  fresh_q <= 1'b0;

    assign {on, more} = {1'b0, left_q} + {1'b0, {(W_COUNT-6){1'b1}}, addr_q[5:0]};

    // the rest of the run, and one adder for the address: bursts and zero runs end with a beat (+ 1), jumps do not
    wire [28:0]       wide_jump = {{(29-W_JUMP){jump_i[W_JUMP-1]}}, jump_i};
    wire [W_ADDR-1:0] jump      = wide_jump[W_ADDR-1:0];
    generate
        if (FAST != 0) begin : g_late
            reg       wait_q, zero_q, fits_q, range_q;
            reg [5:0] len_q;
            always @(posedge clk_i) begin
                wait_q  <= init_i || step || ask;
                zero_q  <= outside;
                fits_q  <= fits_d;
                len_q   <= len_d;
                range_q <= range_d;
            end
            // beats on their way, at most 63 + 64; len_q is still that of the request a cycle ago, and wait_1 keeps the next away until it counts
            reg       asked_q, beat_q;
            reg [6:0] ahead_q;
            always @(posedge clk_i) begin
                asked_q <= ask;
                beat_q  <= beat_i;
                if (init_i) ahead_q <= 7'd0;
                else        ahead_q <= ahead_q + ({7{asked_q}} & ({1'b0, len_q} + 7'd1)) - {6'd0, beat_q};
            end
            assign {wait_1, zero_run, fits, len, in_range} = {wait_q || ahead_q[6], zero_q, fits_q, len_q, range_q};
        end else begin : g_now
            assign {wait_1, zero_run, fits, len, in_range} = {1'b0, outside, fits_d, len_d, range_d};
            wire unused_beat = beat_i;
        end
    endgenerate

    localparam integer W_MORE = W_ADDR - W_COUNT;
    wire [W_ADDR-1:0] beats = zero_run ? {{W_MORE{1'b0}}, left_q} : {{(W_ADDR-6){1'b0}}, len};
    wire [W_ADDR-1:0] sum   = addr_q + (jump_q ? jump : beats) + {{(W_ADDR-1){1'b0}}, !jump_q};

    always @(posedge clk_i)
        if (word_valid_i && word_index_i == 4'd1) addr_q <= word_data_i[W_ADDR+2:3];
        else if (ask || put_zero || step)         addr_q <= sum;

    always @(posedge clk_i)
        if (init_i || step) left_q <= run_last;
        else if (ask)       left_q <= more;

    loop_nest #(.LEVELS(LOOPS), .W(W_LOOP), .FAST(FAST)) u_nest (
        .clk_i  (clk_i),
        .load_i (word_valid_i && word_index_i == 4'd5),   // only its counter keeps the outermost loop's
        .init_i (init_i),
        .step_i (step),
        .lasts_i({word_data_i[W_LOOP-1:0], inner_lasts}),
        .last_o (unused_last),
        .inc_o  (inc),
        .done_o (nest_done)
    );

    generate
        if (BOUNDS != 0) begin : g_bounds
            wire [15:0] y_limit = desc_i[ISA_LOAD_Y_LIMIT_AT +: 16];
            wire [15:0] x_limit = desc_i[ISA_LOAD_X_LIMIT_AT +: 16];
            wire [15:0] y, x, unused_next_y, unused_next_x;
            address_walk #(.LEVELS(LOOPS), .W(16), .SLOW(FAST)) u_y (
                .clk_i(clk_i), .init_i(init_i), .base_i(desc_i[ISA_LOAD_Y0_AT +: 16]), .step_i(step), .inc_i(inc),
                .jumps_i(y_jumps), .skip_i({16{1'b0}}), .value_o(y), .next_o(unused_next_y)
            );
            address_walk #(.LEVELS(LOOPS), .W(16), .SLOW(FAST)) u_x (
                .clk_i(clk_i), .init_i(init_i), .base_i(desc_i[ISA_LOAD_X0_AT +: 16]), .step_i(step), .inc_i(inc),
                .jumps_i(x_jumps), .skip_i({16{1'b0}}), .value_o(x), .next_o(unused_next_x)
            );
            assign outside = (y_limit != 16'd0 && (y[15] || y >= y_limit)) || (x_limit != 16'd0 && (x[15] || x >= x_limit));
            wire unused = &{1'b0, unused_next_y, unused_next_x};
        end else begin : g_no_bounds
            assign outside = 1'b0;
            wire unused = &{1'b0, y_jumps, x_jumps, inc};
        end
    endgenerate

    wire unused = &{1'b0, desc_i, word_data_i, mem_beats_i, wide_jump, unused_last};

endmodule

`default_nettype wire
