// SPDX-License-Identifier: Apache-2.0
// FIFOs side by side, each with handshakes of its own: sync_fifo of 2, 8, 16 and 64 entries, shift_fifo of 2 and 4, pair_fifo.
`default_nettype none

module bench_fifo (
    input  wire        clk_i,
    input  wire        rst_i,
    input  wire [6:0]  in_valid_i,
    output wire [6:0]  in_ready_o,
    input  wire [15:0] in_data_i,
    output wire [6:0]  out_valid_o,
    input  wire [6:0]  out_ready_i,
    output wire [111:0] out_data_o
);

    genvar f;
    generate
        for (f = 0; f < 4; f = f + 1) begin : g_sync
            localparam integer LOG_DEPTH = f == 0 ? 1 : f == 1 ? 3 : f == 2 ? 4 : 6;
            sync_fifo #(.WIDTH(16), .LOG_DEPTH(LOG_DEPTH)) u_fifo (
                .clk_i      (clk_i),
                .rst_i      (rst_i),
                .in_valid_i (in_valid_i[f]),
                .in_ready_o (in_ready_o[f]),
                .in_data_i  (in_data_i),
                .out_valid_o(out_valid_o[f]),
                .out_ready_i(out_ready_i[f]),
                .out_data_o (out_data_o[16*f +: 16])
            );
        end
        for (f = 4; f < 6; f = f + 1) begin : g_shift
            shift_fifo #(.WIDTH(16), .DEPTH(f == 4 ? 2 : 4)) u_fifo (
                .clk_i      (clk_i),
                .rst_i      (rst_i),
                .in_valid_i (in_valid_i[f]),
                .in_ready_o (in_ready_o[f]),
                .in_data_i  (in_data_i),
                .out_valid_o(out_valid_o[f]),
                .out_ready_i(out_ready_i[f]),
                .out_data_o (out_data_o[16*f +: 16])
            );
        end
        pair_fifo #(.WIDTH(16)) u_pair (
            .clk_i      (clk_i),
            .rst_i      (rst_i),
            .in_valid_i (in_valid_i[6]),
            .in_ready_o (in_ready_o[6]),
            .in_data_i  (in_data_i),
            .out_valid_o(out_valid_o[6]),
            .out_ready_i(out_ready_i[6]),
            .out_data_o (out_data_o[111:96])
        );
    endgenerate

endmodule

`default_nettype wire
