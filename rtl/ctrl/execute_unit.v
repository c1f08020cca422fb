// SPDX-License-Identifier: Apache-2.0
// The execute stage with what it drives: both operand buffers, which the load stage writes, and the array, whose results the finish stage takes.
`default_nettype none

module execute_unit #(
    parameter integer M           = 8,
    parameter integer N           = 8,
    parameter integer K           = 64,
    parameter integer A_DEPTH     = 512,
    parameter integer B_DEPTH     = 512,
    parameter integer W_ACC       = 24,
    parameter integer GROUP       = 16,  // results that are taken at a time
    parameter integer FAST        = 0,
    parameter integer COMPACT     = 0,
    parameter integer MULTIPLIERS = 0,   // mac_array.v
    parameter integer W_BUF       = 12   // lane addresses
) (
    input  wire                   clk_i,
    input  wire                   rst_i,

    // from the dispatcher
    input  wire                   word_valid_i,
    input  wire [3:0]             word_index_i,
    input  wire [63:0]            word_data_i,
    input  wire                   start_i,
    output wire                   idle_o,
    output wire                   error_o,        // plane count out of range

    // tokens
    input  wire                   a_there_i,
    output wire                   a_ready_pop_o,
    input  wire                   b_there_i,
    output wire                   b_ready_pop_o,
    output wire                   a_free_push_o,
    output wire                   b_free_push_o,

    // writes of the load stage
    input  wire                   write_a_i,
    input  wire                   write_b_i,
    input  wire                   write_mask_i,
    input  wire                   write_sign_i,
    input  wire                   write_ones_i,
    input  wire [2:0]             write_sub_i,
    input  wire [W_BUF-1:0]       write_addr_i,
    input  wire [63:0]            write_block_i,

    // results
    output wire                   group_valid_o,
    input  wire [M:0]             group_ready_i,  // mac_array.v
    output wire [GROUP*W_ACC-1:0] group_o,

    // counters
    output wire                   busy_o,
    output wire                   starved_o,
    output wire                   blocked_o
);

    localparam integer W_BANK_A = $clog2(A_DEPTH * 8 / M);
    localparam integer W_BANK_B = $clog2(B_DEPTH * 8 / N);

    wire                radix3, tile_ready;
    wire [M+3:0]        ce;
    wire [M-1:0]        first, radix;
    wire [M:0]          tile_take;
    wire [W_BANK_A-1:0] a_addr;
    wire [W_BANK_B-1:0] b_addr;
    wire [K-1:0]        valid_mask;
    wire [M*K-1:0]      a_mask, a_sign;
    wire [N*K-1:0]      b_mask, b_sign;

    execute_stage #(.M(M), .N(N), .K(K), .FAST(FAST), .COMPACT(COMPACT), .W_BANK_A(W_BANK_A), .W_BANK_B(W_BANK_B)) u_stage (
        .clk_i        (clk_i),
        .rst_i        (rst_i),
        .word_valid_i (word_valid_i),
        .word_index_i (word_index_i),
        .word_data_i  (word_data_i),
        .start_i      (start_i),
        .idle_o       (idle_o),
        .error_o      (error_o),
        .a_there_i    (a_there_i),
        .a_ready_pop_o(a_ready_pop_o),
        .b_there_i    (b_there_i),
        .b_ready_pop_o(b_ready_pop_o),
        .a_free_push_o(a_free_push_o),
        .b_free_push_o(b_free_push_o),
        .ce_o         (ce),
        .a_addr_o     (a_addr),
        .b_addr_o     (b_addr),
        .valid_mask_o (valid_mask),
        .first_o      (first),
        .radix_o      (radix),
        .radix3_o     (radix3),
        .tile_take_o  (tile_take),
        .tile_ready_i (tile_ready),
        .busy_o       (busy_o),
        .starved_o    (starved_o),
        .blocked_o    (blocked_o)
    );

    operand_buffer #(.BANKS(M), .K(K), .DEPTH(A_DEPTH), .LATE(FAST), .W_ADDR(W_BUF)) u_buffer_a (
        .clk_i(clk_i),
        .write_i(write_a_i), .write_mask_i(write_mask_i), .write_sign_i(write_sign_i), .write_ones_i(write_ones_i), .write_sub_i(write_sub_i), .write_addr_i(write_addr_i), .write_block_i(write_block_i),
        .re_i(ce[M]), .raddr_i(a_addr), .mask_o(a_mask), .sign_o(a_sign)
    );
    operand_buffer #(.BANKS(N), .K(K), .DEPTH(B_DEPTH), .LATE(FAST), .W_ADDR(W_BUF)) u_buffer_b (
        .clk_i(clk_i),
        .write_i(write_b_i), .write_mask_i(write_mask_i), .write_sign_i(write_sign_i), .write_ones_i(write_ones_i), .write_sub_i(write_sub_i), .write_addr_i(write_addr_i), .write_block_i(write_block_i),
        .re_i(ce[M+1]), .raddr_i(b_addr), .mask_o(b_mask), .sign_o(b_sign)
    );

    mac_array #(.M(M), .N(N), .K(K), .W_ACC(W_ACC), .LANES(GROUP), .FAST(FAST), .MULTIPLIERS(MULTIPLIERS)) u_array (
        .clk_i        (clk_i),
        .rst_i        (rst_i),
        .ce_i         (ce),
        .a_mask_i     (a_mask),
        .a_sign_i     (a_sign),
        .b_mask_i     (b_mask),
        .b_sign_i     (b_sign),
        .valid_mask_i (valid_mask),
        .first_i      (first),
        .radix_i      (radix),
        .radix3_i     (radix3),
        .tile_take_i  (tile_take),
        .tile_ready_o (tile_ready),
        .group_valid_o(group_valid_o),
        .group_ready_i(group_ready_i),
        .group_o      (group_o)
    );

endmodule

`default_nettype wire
