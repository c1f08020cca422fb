// SPDX-License-Identifier: Apache-2.0
// Life of a run: start, done, errors, watchdog, soft reset. An error or a soft reset raises halt_o: nothing new is begun, and when
// no burst is in flight any more the error is reported, or the core reset. After an error only a soft reset makes the device start again.
// Watchdog: watchdog_i cycles without progress, 0 turns it off; compact devices have a fixed one: an error between 65 536 and 131 072 cycles.
`default_nettype none

module run_control #(
    parameter integer COMPACT = 0
) (
    input  wire        clk_i,
    input  wire        rst_i,

    // registers
    input  wire        start_i,
    input  wire        soft_reset_i,
    input  wire [31:0] watchdog_i,
    input  wire        tick_i,         // every 65 536 cycles of a run
    output wire        busy_o,
    output wire        resetting_o,
    output wire        done_o,
    output wire        error_valid_o,
    output wire [2:0]  error_code_o,   // until the next command; 0: none
    output wire [2:0]  error_who_o,    // with the code

    // core
    output wire        run_start_o,
    output wire        core_rst_o,
    output wire        halt_o,
    input  wire        all_idle_i,     // nothing left to do
    input  wire        bus_idle_i,     // no burst in flight
    input  wire [4:0]  progress_i,     // any of these
    input  wire        error_i,
    input  wire [2:0]  error_code_i,
    input  wire [2:0]  error_who_i,
    input  wire [2:0]  oldest_who_i    // for a timeout
);

    localparam [2:0] ERR_TIMEOUT = 3'd5;

    reg        busy_q, halt_q, report_q, reset_q;
    reg        halted_q, drained_q;            // the ports know of it; and no burst is in flight
    reg        error_q;                        // it comes from far and takes effect one cycle later, as does progress
    reg  [4:0] progress_q;
    reg  [2:0] core_code_q, core_who_q;
    reg  [2:0] code_q, who_q;
    wire       quiet;

    wire progress = progress_q != 5'd0;
    wire timeout  = busy_q && !halt_q && quiet;
    wire failed   = busy_q && !halt_q && (error_q || timeout);
    wire finished = busy_q && !halt_q && !failed && all_idle_i;

    assign run_start_o   = start_i && !halt_q && !busy_q;
    assign halt_o        = halt_q;
    assign busy_o        = busy_q;
    assign resetting_o   = reset_q;
    assign done_o        = finished;
    assign error_valid_o = drained_q && report_q && !reset_q;
    assign error_code_o  = code_q;
    assign error_who_o   = who_q;

    always @(posedge clk_i) begin
        progress_q  <= progress_i;
        error_q     <= error_i && !core_rst_o;
        core_code_q <= error_code_i;
        core_who_q  <= error_who_i;
    end

    always @(posedge clk_i)
        if (core_rst_o) begin
            busy_q    <= 1'b0;
            halt_q    <= 1'b0;
            report_q  <= 1'b0;
            reset_q   <= 1'b0;
            halted_q  <= 1'b0;
            drained_q <= 1'b0;
        end else begin
            halted_q  <= halt_q;
            drained_q <= halted_q && bus_idle_i;
            if (run_start_o)                     busy_q <= 1'b1;
            else if (finished || error_valid_o)  busy_q <= 1'b0;
            if (failed || soft_reset_i)          halt_q <= 1'b1;
            if (failed)                          report_q <= 1'b1;
            else if (error_valid_o)              report_q <= 1'b0;
            if (soft_reset_i)                    reset_q <= 1'b1;
        end

    always @(posedge clk_i)
        if (rst_i || start_i || soft_reset_i) code_q <= 3'd0;
        else if (failed && !reset_q)          code_q <= error_q ? core_code_q : ERR_TIMEOUT;

    always @(posedge clk_i)
        if (failed) who_q <= error_q ? core_who_q : oldest_who_i;

    generate
        if (COMPACT != 0) begin : g_coarse
            assign core_rst_o = rst_i || (drained_q && reset_q);

            reg tick_q;
            reg since_q;   // no progress since the last tick

            always @(posedge clk_i) tick_q <= tick_i;

            always @(posedge clk_i)
                if (!busy_q || progress) since_q <= 1'b0;
                else if (tick_q)           since_q <= 1'b1;

            assign quiet = tick_q && since_q;
            wire unused = &{1'b0, watchdog_i};
        end else begin : g_exact
            reg core_rst_q;   // it goes to everything
            always @(posedge clk_i) core_rst_q <= rst_i || (drained_q && reset_q && !core_rst_q);
            assign core_rst_o = core_rst_q;

            reg [31:0] quiet_q;

            always @(posedge clk_i)
                if (run_start_o || progress) quiet_q <= 32'd0;
                else if (busy_q)               quiet_q <= quiet_q + 32'd1;

            assign quiet = watchdog_i != 32'd0 && quiet_q == watchdog_i;
            wire unused = &{1'b0, tick_i};
        end
    endgenerate

endmodule

`default_nettype wire
