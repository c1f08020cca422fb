// SPDX-License-Identifier: Apache-2.0
// Control and status registers (docs/registers.md): decode and storage only, on AXI4-Lite.
// Bus timing: axil_port.v. Unmapped addresses read 0 and ignore writes. START and RESET are one-cycle pulses; START is dropped while
// the device is busy or resetting. An event wins over a write that clears it, so that none is lost; a reset wins over events.
`default_nettype none

module registers #(
    parameter integer M          = 8,    // array rows
    parameter integer N          = 8,    // array columns
    parameter integer K          = 64,   // trits per dot product and cycle
    parameter integer LANES      = 16,   // rounder lanes
    parameter integer A_DEPTH    = 512,  // block-words
    parameter integer B_DEPTH    = 512,  // block-words
    parameter integer W_ACC      = 24,   // accumulator bits
    parameter integer PLANES_MAX = 5     // planes of the finish stage
) (
    input  wire        clk_i,
    input  wire        rst_i,

    // AXI4-Lite slave
    input  wire        s_axil_awvalid,
    output wire        s_axil_awready,
    input  wire [7:0]  s_axil_awaddr,
    input  wire        s_axil_wvalid,
    output wire        s_axil_wready,
    input  wire [31:0] s_axil_wdata,
    input  wire [3:0]  s_axil_wstrb,
    output wire        s_axil_bvalid,
    input  wire        s_axil_bready,
    output wire [1:0]  s_axil_bresp,
    input  wire        s_axil_arvalid,
    output wire        s_axil_arready,
    input  wire [7:0]  s_axil_araddr,
    output wire        s_axil_rvalid,
    input  wire        s_axil_rready,
    output wire [31:0] s_axil_rdata,
    output wire [1:0]  s_axil_rresp,

    // commands
    output reg         start_o,
    output reg         soft_reset_o,
    output reg  [31:0] list_addr_o,
    output reg  [15:0] list_count_o,
    output reg  [15:0] steps_o,
    output reg  [31:0] watchdog_o,
    output reg  [31:0] mem_bytes_o,

    // state of the engines; done and error_valid are pulses
    input  wire        busy_i,
    input  wire        resetting_i,
    input  wire        done_i,
    input  wire        error_valid_i,
    input  wire [7:0]  error_code_i,
    input  wire [15:0] error_index_i,

    // counters
    input  wire [63:0] cycles_i,
    input  wire [31:0] load_busy_i,
    input  wire [31:0] load_starved_i,
    input  wire [31:0] load_blocked_i,
    input  wire [31:0] exec_busy_i,
    input  wire [31:0] exec_starved_i,
    input  wire [31:0] exec_blocked_i,
    input  wire [31:0] finish_busy_i,
    input  wire [31:0] finish_starved_i,
    input  wire [31:0] finish_blocked_i,
    input  wire [31:0] beats_read_i,
    input  wire [31:0] beats_written_i,

    output wire        irq_o
);

    `include "registers.vh"

    wire        write;
    wire [7:0]  write_addr, read_addr;
    wire [31:0] data, mask;
    wire [31:0] ones = data & mask;  // bits written with 1
    reg  [31:0] word;

    axil_port u_port (
        .clk_i(clk_i), .rst_i(rst_i),
        .s_axil_awvalid(s_axil_awvalid), .s_axil_awready(s_axil_awready), .s_axil_awaddr(s_axil_awaddr),
        .s_axil_wvalid(s_axil_wvalid), .s_axil_wready(s_axil_wready), .s_axil_wdata(s_axil_wdata), .s_axil_wstrb(s_axil_wstrb),
        .s_axil_bvalid(s_axil_bvalid), .s_axil_bready(s_axil_bready), .s_axil_bresp(s_axil_bresp),
        .s_axil_arvalid(s_axil_arvalid), .s_axil_arready(s_axil_arready), .s_axil_araddr(s_axil_araddr),
        .s_axil_rvalid(s_axil_rvalid), .s_axil_rready(s_axil_rready), .s_axil_rdata(s_axil_rdata), .s_axil_rresp(s_axil_rresp),
        .write_o(write), .write_addr_o(write_addr), .write_data_o(data), .write_mask_o(mask),
        .read_addr_o(read_addr), .read_data_i(word)
    );

    wire write_control = write && write_addr == REG_CONTROL_ADDR;
    wire write_status  = write && write_addr == REG_STATUS_ADDR;

    // commands and events
    reg        irq_enable_q, done_q, error_q;
    reg [7:0]  error_code_q;
    reg [15:0] error_index_q;
    wire       busy       = busy_i || start_o;
    wire       resetting  = resetting_i || soft_reset_o;
    wire       done       = done_i && !resetting;
    wire       error      = error_valid_i && !resetting;
    wire       soft_reset = write_control && ones[REG_CONTROL_RESET_LSB];
    wire       start      = write_control && ones[REG_CONTROL_START_LSB] && !soft_reset && !busy && !resetting;
    wire       clear      = start || soft_reset;

    always @(posedge clk_i)
        if (rst_i) {start_o, soft_reset_o, irq_enable_q, done_q, error_q} <= 5'b00000;
        else begin
            start_o      <= start;
            soft_reset_o <= soft_reset;
            if (write_control && mask[REG_CONTROL_IRQ_ENABLE_LSB]) irq_enable_q <= data[REG_CONTROL_IRQ_ENABLE_LSB];
            done_q  <= !clear && (done || (done_q && !(write_status && ones[REG_STATUS_DONE_LSB])));
            error_q <= !clear && (error || (error_q && !(write_status && ones[REG_STATUS_ERROR_LSB])));
        end

    always @(posedge clk_i)
        if (rst_i || clear) {error_index_q, error_code_q} <= {REG_ERROR_INDEX_RESET, REG_ERROR_CODE_RESET};
        else if (error && error_code_q == REG_ERROR_CODE_RESET) begin
            error_code_q  <= error_code_i;  // the first error of a run stays
            error_index_q <= error_index_i;
        end

    assign irq_o = irq_enable_q && (done_q || error_q);

    // plain storage
    always @(posedge clk_i)
        if (rst_i) begin
            list_addr_o  <= REG_LIST_ADDR_RESET;
            list_count_o <= REG_LIST_COUNT_RESET;
            steps_o      <= REG_STEPS_RESET;
            watchdog_o   <= REG_WATCHDOG_RESET;
            mem_bytes_o  <= REG_MEM_BYTES_RESET;
        end else begin
            if (write && write_addr == REG_LIST_ADDR_ADDR) list_addr_o <= (list_addr_o & ~mask) | ones;
            if (write && write_addr == REG_LIST_COUNT_ADDR) list_count_o <= (list_count_o & ~mask[15:0]) | ones[15:0];
            if (write && write_addr == REG_STEPS_ADDR) steps_o <= (steps_o & ~mask[15:0]) | ones[15:0];
            if (write && write_addr == REG_WATCHDOG_ADDR) watchdog_o <= (watchdog_o & ~mask) | ones;
            if (write && write_addr == REG_MEM_BYTES_ADDR) mem_bytes_o <= (mem_bytes_o & ~mask) | ones;
        end

    always @* begin
        word = 32'd0;
        case (read_addr)
        REG_ID_ADDR: word = REG_ID_RESET;
        REG_VERSION_ADDR: begin
            word[REG_VERSION_MINOR_LSB +: REG_VERSION_MINOR_WIDTH] = REG_VERSION_MINOR_RESET;
            word[REG_VERSION_MAJOR_LSB +: REG_VERSION_MAJOR_WIDTH] = REG_VERSION_MAJOR_RESET;
        end
        REG_CONFIG0_ADDR: begin
            word[REG_CONFIG0_M_LSB +: REG_CONFIG0_M_WIDTH]         = M[REG_CONFIG0_M_WIDTH-1:0];
            word[REG_CONFIG0_N_LSB +: REG_CONFIG0_N_WIDTH]         = N[REG_CONFIG0_N_WIDTH-1:0];
            word[REG_CONFIG0_K_LSB +: REG_CONFIG0_K_WIDTH]         = K[REG_CONFIG0_K_WIDTH-1:0];
            word[REG_CONFIG0_LANES_LSB +: REG_CONFIG0_LANES_WIDTH] = LANES[REG_CONFIG0_LANES_WIDTH-1:0];
        end
        REG_CONFIG1_ADDR: begin
            word[REG_CONFIG1_A_DEPTH_LSB +: REG_CONFIG1_A_DEPTH_WIDTH] = A_DEPTH[REG_CONFIG1_A_DEPTH_WIDTH-1:0];
            word[REG_CONFIG1_B_DEPTH_LSB +: REG_CONFIG1_B_DEPTH_WIDTH] = B_DEPTH[REG_CONFIG1_B_DEPTH_WIDTH-1:0];
        end
        REG_CONFIG2_ADDR: begin
            word[REG_CONFIG2_W_ACC_LSB +: REG_CONFIG2_W_ACC_WIDTH]           = W_ACC[REG_CONFIG2_W_ACC_WIDTH-1:0];
            word[REG_CONFIG2_PLANES_MAX_LSB +: REG_CONFIG2_PLANES_MAX_WIDTH] = PLANES_MAX[REG_CONFIG2_PLANES_MAX_WIDTH-1:0];
            word[REG_CONFIG2_SLOTS_LSB +: REG_CONFIG2_SLOTS_WIDTH]           = REG_CONFIG2_SLOTS_RESET;
        end
        REG_CONTROL_ADDR: word[REG_CONTROL_IRQ_ENABLE_LSB] = irq_enable_q;
        REG_STATUS_ADDR: begin
            word[REG_STATUS_BUSY_LSB]      = busy;
            word[REG_STATUS_DONE_LSB]      = done_q;
            word[REG_STATUS_ERROR_LSB]     = error_q;
            word[REG_STATUS_RESETTING_LSB] = resetting;
        end
        REG_LIST_ADDR_ADDR: word = list_addr_o;
        REG_LIST_COUNT_ADDR: word[REG_LIST_COUNT_LSB +: REG_LIST_COUNT_WIDTH] = list_count_o;
        REG_STEPS_ADDR: word[REG_STEPS_LSB +: REG_STEPS_WIDTH] = steps_o;
        REG_WATCHDOG_ADDR: word = watchdog_o;
        REG_MEM_BYTES_ADDR: word = mem_bytes_o;
        REG_ERROR_ADDR: begin
            word[REG_ERROR_CODE_LSB +: REG_ERROR_CODE_WIDTH]   = error_code_q;
            word[REG_ERROR_INDEX_LSB +: REG_ERROR_INDEX_WIDTH] = error_index_q;
        end
        REG_CYCLES_LO_ADDR: word = cycles_i[31:0];
        REG_CYCLES_HI_ADDR: word = cycles_i[63:32];
        REG_LOAD_BUSY_ADDR: word = load_busy_i;
        REG_LOAD_STARVED_ADDR: word = load_starved_i;
        REG_LOAD_BLOCKED_ADDR: word = load_blocked_i;
        REG_EXEC_BUSY_ADDR: word = exec_busy_i;
        REG_EXEC_STARVED_ADDR: word = exec_starved_i;
        REG_EXEC_BLOCKED_ADDR: word = exec_blocked_i;
        REG_FINISH_BUSY_ADDR: word = finish_busy_i;
        REG_FINISH_STARVED_ADDR: word = finish_starved_i;
        REG_FINISH_BLOCKED_ADDR: word = finish_blocked_i;
        REG_BEATS_READ_ADDR: word = beats_read_i;
        REG_BEATS_WRITTEN_ADDR: word = beats_written_i;
        default: word = 32'd0;
        endcase
    end

endmodule

`default_nettype wire
