// SPDX-License-Identifier: Apache-2.0
// Life of a run: start, done, errors, watchdog, soft reset, cycle count. An error or a soft reset raises halt_o: nothing new is begun, and when
// no burst is in flight any more the error is reported, or the core reset. After an error only a soft reset makes the device start again.
`default_nettype none

module run_control (
    input  wire        clk_i,
    input  wire        rst_i,

    // registers
    input  wire        start_i,
    input  wire        soft_reset_i,
    input  wire [31:0] watchdog_i,     // cycles, 0: off
    output wire        busy_o,
    output wire        resetting_o,
    output wire        done_o,
    output wire        error_valid_o,
    output wire [7:0]  error_code_o,
    output wire [15:0] error_index_o,
    output wire [63:0] cycles_o,

    // core
    output wire        run_start_o,
    output wire        core_rst_o,
    output wire        halt_o,
    input  wire        all_idle_i,     // nothing left to do
    input  wire        bus_idle_i,     // no burst in flight
    input  wire        progress_i,
    input  wire        error_i,
    input  wire [7:0]  error_code_i,
    input  wire [15:0] error_index_i,
    input  wire [15:0] oldest_index_i  // for a timeout
);

    localparam [7:0] ERR_TIMEOUT = 8'd5;

    reg         busy_q, halt_q, report_q, reset_q;
    reg  [7:0]  code_q;
    reg  [15:0] index_q;
    reg  [31:0] quiet_q;
    reg  [63:0] cycles_q;

    wire timeout  = busy_q && !halt_q && watchdog_i != 32'd0 && quiet_q == watchdog_i;
    wire failed   = busy_q && !halt_q && (error_i || timeout);
    wire drained  = halt_q && bus_idle_i;
    wire finished = busy_q && !halt_q && !failed && all_idle_i;

    assign run_start_o   = start_i && !halt_q && !busy_q;
    assign core_rst_o    = rst_i || (drained && reset_q);
    assign halt_o        = halt_q;
    assign busy_o        = busy_q;
    assign resetting_o   = reset_q;
    assign done_o        = finished;
    assign error_valid_o = drained && report_q;
    assign error_code_o  = code_q;
    assign error_index_o = index_q;
    assign cycles_o      = cycles_q;

    always @(posedge clk_i)
        if (core_rst_o) begin
            busy_q   <= 1'b0;
            halt_q   <= 1'b0;
            report_q <= 1'b0;
            reset_q  <= 1'b0;
        end else begin
            if (run_start_o)                     busy_q <= 1'b1;
            else if (finished || error_valid_o)  busy_q <= 1'b0;
            if (failed || soft_reset_i)          halt_q <= 1'b1;
            if (failed)                          report_q <= 1'b1;
            else if (error_valid_o)              report_q <= 1'b0;
            if (soft_reset_i)                    reset_q <= 1'b1;
        end

    always @(posedge clk_i)
        if (failed) begin
            code_q  <= error_i ? error_code_i : ERR_TIMEOUT;
            index_q <= error_i ? error_index_i : oldest_index_i;
        end

    always @(posedge clk_i)
        if (run_start_o || progress_i) quiet_q <= 32'd0;
        else if (busy_q)               quiet_q <= quiet_q + 32'd1;

    always @(posedge clk_i)
        if (rst_i || run_start_o) cycles_q <= 64'd0;
        else if (busy_q)          cycles_q <= cycles_q + 64'd1;

endmodule

`default_nettype wire
