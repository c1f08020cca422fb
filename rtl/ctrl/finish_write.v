// SPDX-License-Identifier: Apache-2.0
// Runs that the finish stage asks of its write port: one per block, as soon as there are data of it, or one for the state.
`default_nettype none

module finish_write (
    input  wire        clk_i,
    input  wire        rst_i,

    // the instruction
    input  wire        init_i,        // until it starts
    input  wire        enter_i,       // it starts
    input  wire        state_op_i,    // STATE_LOAD or STATE_STORE
    input  wire        state_store_i,
    input  wire [28:0] base_i,
    input  wire [71:0] jumps_i,       // L0, L1, L2 from the low end, 24 bits signed
    input  wire [47:0] lasts_i,
    input  wire [6:0]  beats_i,       // of a run

    input  wire        block_i,       // data of a block wait for a run
    output wire        run_valid_o,
    input  wire        run_ready_i,
    output wire [28:0] run_addr_o
);

    reg         state_run_q;           // still to be asked for
    reg         written_q;             // a run has gone: the address of the next follows
    wire        write_run = run_valid_o && run_ready_i;
    wire [2:0]  inc, unused_last;
    wire        unused_done;
    wire [28:0] unused_next;

    assign run_valid_o = state_op_i ? state_run_q : block_i;

    always @(posedge clk_i)
        if (rst_i)          state_run_q <= 1'b0;
        else if (enter_i)   state_run_q <= state_store_i;
        else if (write_run) state_run_q <= 1'b0;

    always @(posedge clk_i) written_q <= write_run;

    loop_nest #(.LEVELS(3), .W(16), .FAST(1)) u_nest (
        .clk_i  (clk_i),
        .load_i (init_i),
        .init_i (init_i),
        .step_i (written_q),
        .lasts_i(lasts_i),
        .last_o (unused_last),
        .inc_o  (inc),
        .done_o (unused_done)
    );

    wire [86:0] jumps;
    genvar l;
    generate
        for (l = 0; l < 3; l = l + 1) begin : g_jump
            assign jumps[29*l +: 29] = {{5{jumps_i[24*l + 23]}}, jumps_i[24*l +: 24]};
        end
    endgenerate
    address_walk #(.LEVELS(3), .W(29), .SLOW(1)) u_addr (
        .clk_i  (clk_i),
        .init_i (init_i),
        .base_i (base_i),
        .step_i (written_q),
        .inc_i  (inc),
        .jumps_i(jumps),
        .skip_i ({22'd0, beats_i}),
        .value_o(run_addr_o),
        .next_o (unused_next)
    );

    wire unused = &{1'b0, unused_last, unused_done, unused_next};

endmodule

`default_nettype wire
