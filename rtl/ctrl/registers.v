// SPDX-License-Identifier: Apache-2.0
// Control and status registers (docs/registers.md), a byte at a time, in one block RAM of 16-bit words; flags and commands are flip-flops.
// Byte port: valid_i with all its fields is held until done_o, a pulse at least one cycle later; the next access may follow at once.
// While the device is busy an access may take 32 cycles, else it takes 1. Unmapped addresses read 0 and ignore writes.
// START copies LIST_ADDR to MEM_BYTES from the RAM to the outputs and then pulses start_o. From then on passes over the RAM add the events
// (event_counters.v) to the counters and write the error register; the first pass clears, the last begins after the end of the run, so
// BUSY stays 1 for up to 62 cycles more. RESET makes such passes, too. An event wins over a write that clears it.
`default_nettype none

module registers #(
    parameter integer M          = 8,    // array rows
    parameter integer N          = 8,    // array columns
    parameter integer K          = 64,   // trits per dot product and cycle
    parameter integer LANES      = 16,   // rounder lanes
    parameter integer A_DEPTH    = 512,  // block-words
    parameter integer B_DEPTH    = 512,  // block-words
    parameter integer W_ACC      = 24,   // accumulator bits
    parameter integer PLANES_MAX = 5,    // planes of the finish stage
    parameter integer COMPACT    = 0,    // 1: LIST_COUNT and STEPS have 10 bits, WATCHDOG none
    parameter integer SCALE_FORM = 1,
    parameter integer W_ADDR     = 29,   // beat addresses, at most 29
    parameter integer MEM_BEATS  = 0     // size of a memory that never changes; 0: MEM_BYTES is written by the host
) (
    input  wire        clk_i,
    input  wire        rst_i,

    // byte port
    input  wire        valid_i,
    input  wire        write_i,
    input  wire [7:0]  addr_i,
    input  wire [7:0]  wdata_i,
    output wire        done_o,
    output wire [7:0]  rdata_o,       // with done

    // commands; list_last and steps_last, one less than the registers, are those of the run when start_o is 1, the others from the next cycle on
    output wire        start_o,
    output wire        soft_reset_o,
    output wire [31:0] list_addr_o,
    output wire [15:0] list_last_o,
    output wire [15:0] steps_last_o,
    output wire [31:0] watchdog_o,
    output wire [28:0] mem_beats_o,
    output wire        tick_o,        // every 65536 cycles of a run, about

    // state of the engines; done and error_valid are pulses, code and index stay until the next command (code 0: no error)
    input  wire        busy_i,
    input  wire        resetting_i,
    input  wire        done_i,
    input  wire        error_valid_i,
    input  wire [2:0]  error_code_i,
    input  wire [15:0] error_index_i,

    input  wire [10:0] events_i,      // in the order of the counters; busy_i counts CYCLES

    output wire        busy_o,        // from START to the end of the last pass of the run
    output wire        error_o,       // STATUS.ERROR
    output wire        irq_o
);

    `include "registers.vh"

    localparam integer W_LIST = COMPACT != 0 ? 10 : 16;
    localparam integer WORDS  = 128;
    localparam integer MEM_BYTES_I = MEM_BEATS * 8;

    // ---- what the RAM powers up with, 16-bit words ----
    function [16*WORDS-1:0] put(input [16*WORDS-1:0] words, input [7:0] addr, input [31:0] value);
        begin
            put = words;
            put[8*addr +: 32] = value;
        end
    endfunction

    function [16*WORDS-1:0] initial_words(input integer unused_argument);
        reg [16*WORDS-1:0] words;
        begin
            words = {16*WORDS{1'b0}};
            words = put(words, REG_ID_ADDR, REG_ID_RESET);
            words = put(words, REG_VERSION_ADDR, {16'd0, REG_VERSION_MINOR_RESET} << REG_VERSION_MINOR_LSB |
                                                 {16'd0, REG_VERSION_MAJOR_RESET} << REG_VERSION_MAJOR_LSB);
            words = put(words, REG_CONFIG0_ADDR, M << REG_CONFIG0_M_LSB | N << REG_CONFIG0_N_LSB | K << REG_CONFIG0_K_LSB |
                                                 LANES << REG_CONFIG0_LANES_LSB);
            words = put(words, REG_CONFIG1_ADDR, A_DEPTH << REG_CONFIG1_A_DEPTH_LSB | B_DEPTH << REG_CONFIG1_B_DEPTH_LSB);
            words = put(words, REG_CONFIG2_ADDR, W_ACC << REG_CONFIG2_W_ACC_LSB | PLANES_MAX << REG_CONFIG2_PLANES_MAX_LSB |
                                                 {24'd0, REG_CONFIG2_SLOTS_RESET} << REG_CONFIG2_SLOTS_LSB |
                                                 COMPACT << REG_CONFIG2_COMPACT_LSB | SCALE_FORM << REG_CONFIG2_SCALE_FORM_LSB);
            words = put(words, REG_STEPS_ADDR, {16'd0, REG_STEPS_RESET});
            words = put(words, REG_WATCHDOG_ADDR, REG_WATCHDOG_RESET);
            words = put(words, REG_MEM_BYTES_ADDR, MEM_BEATS != 0 ? MEM_BYTES_I : REG_MEM_BYTES_RESET);
            initial_words = words;
        end
    endfunction

    // ---- position: the word that the RAM shows. Stepping, it passes over the registers to copy, or over counters and error ----
    localparam [5:0] COPY_FIRST = REG_LIST_ADDR_ADDR[6:1], COPY_LAST  = REG_MEM_BYTES_ADDR[6:1] | 6'd1;
    localparam [5:0] PASS_FIRST = REG_CYCLES_LO_ADDR[6:1], PASS_ERROR = REG_ERROR_ADDR[6:1], PASS_LAST = PASS_ERROR | 6'd1;

    reg  [5:0] pos_q;
    reg        step_q, last_q;                  // the position is one of a pass, else of the host; the pass's last
    reg        copy_q, run_q, first_q, ended_q; // a START is being copied; passes go on; the first; the next pass is the last
    reg        count_q;                         // passes are those of a run
    reg        ack_q;
    reg        irq_enable_q, done_q, error_q;

    wire       pass_end  = last_q && pos_q[5];
    wire       stop      = pass_end && ended_q;
    wire       stepping  = step_q && !last_q;
    wire       request   = valid_i && !ack_q;
    wire       pass      = !stepping && !stop && (copy_q || run_q) && !(request && step_q);
    wire [5:0] pos_step  = pos_q + 6'd1;
    wire [5:0] pos_d     = stepping ? pos_step : pass ? (copy_q && !step_q ? COPY_FIRST : PASS_FIRST) : addr_i[6:1];

    // ---- commands and flags ----
    wire       write         = ack_q && write_i;
    reg        at_control, at_status;   // from the cycle before, as the address stands
    wire       write_control = write && at_control;
    wire       write_status  = write && at_status;
    wire       busy          = copy_q || run_q;
    wire       command_start = write_control && wdata_i[REG_CONTROL_START_LSB] && !soft_reset_o && !busy && !resetting_i;
    wire       clear         = command_start || soft_reset_o;

    assign soft_reset_o = write_control && wdata_i[REG_CONTROL_RESET_LSB];
    assign start_o      = last_q && !pos_q[5] && copy_q;
    assign done_o       = ack_q;
    assign busy_o       = copy_q || count_q;
    assign error_o      = error_q && !run_q;
    assign irq_o        = irq_enable_q && !run_q && (done_q || error_q);

    always @(posedge clk_i)
        if (rst_i) begin
            step_q  <= 1'b0;
            last_q  <= 1'b0;
            copy_q  <= 1'b0;
            run_q   <= 1'b1;   // a pass clears the error register
            ended_q <= 1'b0;
            ack_q   <= 1'b0;
        end else begin
            step_q  <= stepping || pass;
            last_q  <= step_q && (pos_q == PASS_LAST - 6'd1 || pos_q == COPY_LAST - 6'd1);
            copy_q  <= command_start || (copy_q && !start_o && !soft_reset_o);
            run_q   <= start_o || soft_reset_o || (run_q && !stop);
            ended_q <= !start_o && !soft_reset_o && (pass_end ? !busy_i && !resetting_i : ended_q);
            ack_q   <= request && !stepping && !pass;
        end

    always @(posedge clk_i)
        if (rst_i)         {first_q, count_q} <= 2'b00;
        else if (start_o)  {first_q, count_q} <= 2'b11;
        else if (pass_end) {first_q, count_q} <= {1'b0, count_q && !stop};

    always @(posedge clk_i) begin
        pos_q      <= pos_d;
        at_control <= addr_i == REG_CONTROL_ADDR;
        at_status  <= addr_i == REG_STATUS_ADDR;
    end

    always @(posedge clk_i)
        if (rst_i) {irq_enable_q, done_q, error_q} <= 3'b000;
        else begin
            if (write_control) irq_enable_q <= wdata_i[REG_CONTROL_IRQ_ENABLE_LSB];
            done_q  <= !clear && (done_i || (done_q && !(write_status && wdata_i[REG_STATUS_DONE_LSB])));
            error_q <= !clear && (error_valid_i || (error_q && !(write_status && wdata_i[REG_STATUS_ERROR_LSB])));
        end

    // ---- the RAM ----
    wire [15:0] old;
    wire [7:0]  flags = (at_status ? {7'd0, busy} << REG_STATUS_BUSY_LSB | {7'd0, done_q && !run_q} << REG_STATUS_DONE_LSB |
                                     {7'd0, error_o} << REG_STATUS_ERROR_LSB | {7'd0, resetting_i} << REG_STATUS_RESETTING_LSB : 8'd0) |
                        (at_control ? {7'd0, irq_enable_q} << REG_CONTROL_IRQ_ENABLE_LSB : 8'd0);
    assign rdata_o = (addr_i[0] ? old[15:8] : old[7:0]) | flags;

    localparam [6:0]  N_WRITABLE = {1'b0, REG_MEM_BYTES_ADDR[7:2]} - {1'b0, REG_LIST_ADDR_ADDR[7:2]} + 7'd1;
    localparam [63:0] WRITABLE   = ((64'd1 << N_WRITABLE) - 64'd1) << REG_LIST_ADDR_ADDR[7:2];
    wire        fixed    = MEM_BEATS != 0 && addr_i[7:2] == REG_MEM_BYTES_ADDR[7:2];
    wire        halfword = addr_i[7:2] == REG_LIST_COUNT_ADDR[7:2] || addr_i[7:2] == REG_STEPS_ADDR[7:2];  // bits 31:16 are reserved
    wire        writable = WRITABLE[addr_i[7:2]] && !fixed && !(halfword && addr_i[1]);

    // a pass: the low word of a counter takes over its five low bits, with a carry if they have become less; the upper words take the carry
    localparam [5:0] CYCLES_HI = REG_CYCLES_HI_ADDR[6:1];
    wire        to_error = step_q && (pos_q == PASS_ERROR - 6'd1 || pos_q == PASS_ERROR);   // the pass goes to the error register, or to its upper word
    reg         at_error, low_word;
    reg  [15:0] error_word;         // 0 where the position is not one of the error register, or not of a pass
    always @(posedge clk_i) begin
        at_error   <= to_error;
        error_word <= !to_error || error_code_i == 3'd0 ? 16'd0 : pos_q[0] ? {13'd0, error_code_i} : error_index_i;
        low_word   <= stepping ? pos_q[0] && pos_q != PASS_ERROR - 6'd1 && pos_q != CYCLES_HI - 6'd1 : pass;
    end
    wire        replace   = !step_q || first_q || at_error;
    wire [4:0]  low;
    wire [15:0] given     = !step_q ? {2{wdata_i}} : error_word;
    wire [4:0]  addend    = low_word ? ~low : replace ? ~given[4:0] : 5'd0;
    reg         sum_carry_q, may_carry_q;
    wire        carry     = sum_carry_q && may_carry_q;
    // where the word is replaced its upper sum is not used: replace as addend puts the choice into the cells of the adder (iCE40)
    wire [16:0] sum       = {1'b0, old} + {1'b0, {11{replace}}, addend} + {16'd0, carry};
    wire [15:0] new_word  = {replace ? given[15:5] : sum[15:5], low_word || replace ? ~addend : sum[4:0]};

    assign tick_o = sum[16] && !replace && pos_q == PASS_FIRST;

    always @(posedge clk_i) begin
        sum_carry_q <= sum[16];
        may_carry_q <= !replace && (!pos_q[0] || pos_q[5:1] == PASS_FIRST[5:1]);
    end

    ram_1r1w #(.WIDTH(16), .DEPTH(WORDS), .LUTS(COMPACT != 0 ? 0 : 1), .INIT_WORDS(WORDS), .INIT(initial_words(0))) u_ram (
        .clk_i  (clk_i),
        .we_i   (!rst_i && (step_q ? pos_q[5] && (count_q || at_error) : write && writable)),
        .wbe_i  (step_q ? 2'b11 : {addr_i[0], !addr_i[0]}),
        .waddr_i({1'b0, pos_q}),
        .wdata_i(new_word),
        .re_i   (1'b1),
        .raddr_i({!stepping && !pass && addr_i[7], pos_d}),
        .rdata_o(old)
    );

    reg [10:0] events_q;   // they come from far
    always @(posedge clk_i) events_q <= events_i;

    event_counters u_counters (
        .clk_i         (clk_i),
        .run_i         (count_q),
        .events_i      ({events_q, busy_i}),
        .select_i      (stepping ? pos_step[4:1] : PASS_FIRST[4:1]),
        .value_o       (low)
    );

    // ---- copies ----
    wire        copying  = step_q && !pos_q[5];
    wire        at_list  = pos_q == REG_LIST_COUNT_ADDR[6:1];
    wire        at_steps = pos_q == REG_STEPS_ADDR[6:1];        // after it
    reg  [31:0] list_addr_q, watchdog_q, mem_bytes_q;
    reg  [15:0] list_last_q, steps_last_q;

    always @(posedge clk_i)
        if (copying) begin
            if (pos_q == REG_LIST_ADDR_ADDR[6:1])            list_addr_q[15:0]  <= old;
            if (pos_q == (REG_LIST_ADDR_ADDR[6:1] | 6'd1))   list_addr_q[31:16] <= old;
            if (at_list || at_steps)                         steps_last_q       <= old - 16'd1;  // on the way to list_last_q
            if (at_steps)                                    list_last_q        <= steps_last_q;
            if (pos_q == REG_WATCHDOG_ADDR[6:1])             watchdog_q[15:0]   <= old;
            if (pos_q == (REG_WATCHDOG_ADDR[6:1] | 6'd1))    watchdog_q[31:16]  <= old;
            if (pos_q == REG_MEM_BYTES_ADDR[6:1])            mem_bytes_q[15:0]  <= old;
            if (pos_q == (REG_MEM_BYTES_ADDR[6:1] | 6'd1))   mem_bytes_q[31:16] <= old;
        end

    localparam [31:0] ADDR_BITS = W_ADDR == 29 ? 32'hFFFFFFFF : (32'd8 << W_ADDR) - 32'd1;
    localparam [15:0] LIST_BITS = W_LIST == 16 ? 16'hFFFF : (16'd1 << W_LIST) - 16'd1;
    assign list_addr_o  = list_addr_q & ADDR_BITS;
    assign list_last_o  = list_last_q & LIST_BITS;
    assign steps_last_o = steps_last_q & LIST_BITS;
    assign watchdog_o   = COMPACT != 0 ? 32'd0 : watchdog_q;
    assign mem_beats_o  = MEM_BEATS != 0 ? MEM_BEATS[28:0] : mem_bytes_q[31:3];

    wire unused = &{1'b0, mem_bytes_q[2:0], list_addr_q, list_last_q, steps_last_q, watchdog_q};

endmodule

`default_nettype wire
