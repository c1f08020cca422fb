// SPDX-License-Identifier: Apache-2.0
// A finish stage and its write port, of the full or of the compact kind (docs/isa.md section 3).
`default_nettype none

module finish_unit #(
    parameter integer M          = 8,
    parameter integer N          = 8,
    parameter integer LANES      = 16,
    parameter integer GROUP      = 16,  // elements at a time: LANES, or 1 in a compact kind of one lane with two generators
    parameter integer W_ACC      = 24,
    parameter integer PLANES_MAX = 5,
    parameter integer COMPACT    = 0,
    parameter integer SCALE_FORM = 1,
    parameter integer W_ADDR     = 29
) (
    input  wire                         clk_i,
    input  wire                         rst_i,
    input  wire                         halt_i,

    // from the dispatcher
    input  wire                         word_valid_i,
    input  wire [3:0]                   word_index_i,
    input  wire [63:0]                  word_data_i,
    input  wire                         start_i,
    output wire                         idle_o,
    output wire                         bad_field_o,
    output wire                         finished_push_o,

    // results of the array
    input  wire                         group_valid_i,
    output wire [M:0]                   group_ready_o,  // mac_array.v
    input  wire [GROUP*W_ACC-1:0]       group_i,

    // memory reads
    input  wire [28:0]                  mem_beats_i,
    output wire                         req_valid_o,
    input  wire                         req_ready_i,
    output wire [28:0]                  req_addr_o,
    output wire [6:0]                   req_len_o,
    output wire                         read_range_o,
    input  wire                         data_valid_i,
    output wire                         data_ready_o,
    input  wire [63:0]                  data_i,

    // memory writes
    output wire                         write_idle_o,
    output wire                         write_error_o,
    output wire                         write_range_o,
    output wire                         write_beat_o,
    output wire                         m_axi_awvalid,
    input  wire                         m_axi_awready,
    output wire [31:0]                  m_axi_awaddr,
    output wire [7:0]                   m_axi_awlen,
    output wire                         m_axi_wvalid,
    input  wire                         m_axi_wready,
    output wire [63:0]                  m_axi_wdata,
    output wire [7:0]                   m_axi_wstrb,
    output wire                         m_axi_wlast,
    input  wire                         m_axi_bvalid,
    output wire                         m_axi_bready,
    input  wire [1:0]                   m_axi_bresp,

    // scale slots of the compact kind (finish_compact.v); the full kind has its own
    output wire [4:0]                   slot_addr_o,
    output wire                         slot_read_o,
    input  wire                         slot_ready_i,
    output wire                         slot_load_o,
    output wire                         slot_put_o,
    output wire [4:0]                   slot_exp_o,
    output wire [15:0]                  slot_mag_o,

    // counters
    output wire                         busy_o,
    output wire                         starved_o,
    output wire                         blocked_o
);

    wire        write_valid, write_ready;
    wire [63:0] write_data;

    generate
        if (COMPACT != 0) begin : g_compact
            wire [W_ADDR-1:0] req_addr, write_addr;
            wire              write_live;

            if (LANES != 2) begin : g_bad
                compact_configurations_have_2_lanes u_error ();
            end
            if (W_ACC != 16) begin : g_bad_w_acc
                compact_configurations_sum_in_16_bits u_error ();
            end
            assign req_addr_o   = {{(29-W_ADDR){1'b0}}, req_addr};
            assign req_len_o    = 7'd1;
            wire              group_take;
            assign group_ready_o = {(M+1){group_take}};
            assign write_beat_o = write_valid && write_ready;

            finish_compact #(.M(M), .N(N), .GROUP(GROUP), .W_ACC(W_ACC), .PLANES_MAX(PLANES_MAX), .SCALE_FORM(SCALE_FORM), .W_ADDR(W_ADDR)) u_stage (
                .clk_i          (clk_i),
                .rst_i          (rst_i),
                .halt_i         (halt_i),
                .word_valid_i   (word_valid_i),
                .word_index_i   (word_index_i),
                .word_data_i    (word_data_i),
                .start_i        (start_i),
                .idle_o         (idle_o),
                .bad_field_o    (bad_field_o),
                .finished_push_o(finished_push_o),
                .group_valid_i  (group_valid_i),
                .group_take_o   (group_take),
                .group_i        (group_i),
                .mem_beats_i    (mem_beats_i),
                .req_valid_o    (req_valid_o),
                .req_ready_i    (req_ready_i),
                .req_addr_o     (req_addr),
                .read_range_o   (read_range_o),
                .data_valid_i   (data_valid_i),
                .data_ready_o   (data_ready_o),
                .data_i         (data_i),
                .write_idle_i   (write_idle_o),
                .write_valid_o  (write_valid),
                .write_ready_i  (write_ready),
                .write_live_i   (write_live),
                .write_addr_o   (write_addr),
                .write_data_o   (write_data),
                .slot_addr_o    (slot_addr_o),
                .slot_read_o    (slot_read_o),
                .slot_ready_i   (slot_ready_i),
                .slot_load_o    (slot_load_o),
                .slot_put_o     (slot_put_o),
                .slot_exp_o     (slot_exp_o),
                .slot_mag_o     (slot_mag_o),
                .busy_o         (busy_o),
                .starved_o      (starved_o),
                .blocked_o      (blocked_o)
            );

            write_single #(.W_ADDR(W_ADDR)) u_port (
                .clk_i          (clk_i),
                .rst_i          (rst_i),
                .halt_i         (halt_i),
                .idle_o         (write_idle_o),
                .error_o        (write_error_o),
                .range_o        (write_range_o),
                .mem_beats_i    (mem_beats_i),
                .valid_i        (write_valid),
                .ready_o        (write_ready),
                .live_o         (write_live),
                .addr_i         (write_addr),
                .data_i         (write_data),
                .m_axi_awvalid  (m_axi_awvalid),
                .m_axi_awready  (m_axi_awready),
                .m_axi_awaddr   (m_axi_awaddr),
                .m_axi_awlen    (m_axi_awlen),
                .m_axi_wvalid   (m_axi_wvalid),
                .m_axi_wready   (m_axi_wready),
                .m_axi_wdata    (m_axi_wdata),
                .m_axi_wstrb    (m_axi_wstrb),
                .m_axi_wlast    (m_axi_wlast),
                .m_axi_bvalid   (m_axi_bvalid),
                .m_axi_bready   (m_axi_bready),
                .m_axi_bresp    (m_axi_bresp)
            );
        end else begin : g_full
            wire        run_valid, run_ready;
            wire [28:0] run_addr;
            wire [6:0]  run_beats;

            assign data_ready_o = 1'b1;  // space is reserved before asking
            assign slot_addr_o  = 5'd0;
            assign slot_read_o  = 1'b0;
            assign slot_load_o  = 1'b0;
            assign slot_put_o   = 1'b0;
            assign slot_exp_o   = 5'd0;
            assign slot_mag_o   = 16'd0;
            wire unused = &{1'b0, slot_ready_i};

            finish_stage #(.M(M), .N(N), .LANES(LANES), .W_ACC(W_ACC), .PLANES_MAX(PLANES_MAX)) u_stage (
                .clk_i          (clk_i),
                .rst_i          (rst_i),
                .halt_i         (halt_i),
                .word_valid_i   (word_valid_i),
                .word_index_i   (word_index_i),
                .word_data_i    (word_data_i),
                .start_i        (start_i),
                .idle_o         (idle_o),
                .bad_field_o    (bad_field_o),
                .finished_push_o(finished_push_o),
                .group_valid_i  (group_valid_i),
                .group_ready_o  (group_ready_o),
                .group_i        (group_i),
                .mem_beats_i    (mem_beats_i),
                .req_valid_o    (req_valid_o),
                .req_ready_i    (req_ready_i),
                .req_addr_o     (req_addr_o),
                .req_len_o      (req_len_o),
                .read_range_o   (read_range_o),
                .data_valid_i   (data_valid_i),
                .data_i         (data_i),
                .write_idle_i   (write_idle_o),
                .run_valid_o    (run_valid),
                .run_ready_i    (run_ready),
                .run_addr_o     (run_addr),
                .run_beats_o    (run_beats),
                .write_valid_o  (write_valid),
                .write_ready_i  (write_ready),
                .write_data_o   (write_data),
                .busy_o         (busy_o),
                .starved_o      (starved_o),
                .blocked_o      (blocked_o)
            );

            write_port u_port (
                .clk_i          (clk_i),
                .rst_i          (rst_i),
                .halt_i         (halt_i),
                .idle_o         (write_idle_o),
                .error_o        (write_error_o),
                .range_o        (write_range_o),
                .beat_o         (write_beat_o),
                .mem_beats_i    (mem_beats_i),
                .run_valid_i    (run_valid),
                .run_ready_o    (run_ready),
                .run_addr_i     (run_addr),
                .run_beats_i    (run_beats),
                .data_valid_i   (write_valid),
                .data_ready_o   (write_ready),
                .data_i         (write_data),
                .m_axi_awvalid  (m_axi_awvalid),
                .m_axi_awready  (m_axi_awready),
                .m_axi_awaddr   (m_axi_awaddr),
                .m_axi_awlen    (m_axi_awlen),
                .m_axi_wvalid   (m_axi_wvalid),
                .m_axi_wready   (m_axi_wready),
                .m_axi_wdata    (m_axi_wdata),
                .m_axi_wstrb    (m_axi_wstrb),
                .m_axi_wlast    (m_axi_wlast),
                .m_axi_bvalid   (m_axi_bvalid),
                .m_axi_bready   (m_axi_bready),
                .m_axi_bresp    (m_axi_bresp)
            );
        end
    endgenerate

endmodule

`default_nettype wire
