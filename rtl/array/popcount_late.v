// SPDX-License-Identifier: Apache-2.0
// Number of ones in a word, one cycle later: the tree of popcount.v with registers behind the subtrees of at most PIECE bits. Cycles count
// only while ce_i is high.
`default_nettype none

module popcount_late #(
    parameter integer N_BITS  = 64,
    parameter integer PIECE   = 16,
    parameter integer W_COUNT = $clog2(N_BITS + 1)  // derived, do not override
) (
    input  wire               clk_i,
    input  wire               ce_i,
    input  wire [ N_BITS-1:0] bits_i,
    output wire [W_COUNT-1:0] count_o
);

`ifdef VERILATOR
    reg [W_COUNT-1:0] count_q;
    always @(posedge clk_i) if (ce_i) count_q <= W_COUNT'($countones(bits_i));
    assign count_o = count_q;
    wire unused = &{1'b0, PIECE[0]};
`else
    generate
        if (N_BITS <= PIECE) begin : g_piece
            wire [W_COUNT-1:0] count;
            reg  [W_COUNT-1:0] count_q;
            popcount #(.N_BITS(N_BITS)) u_count (.bits_i(bits_i), .count_o(count));
            always @(posedge clk_i) if (ce_i) count_q <= count;
            assign count_o = count_q;
        end else begin : g_tree
            localparam integer N_LEFT  = N_BITS / 2;
            localparam integer N_RIGHT = N_BITS - 1 - N_LEFT;
            localparam integer W_LEFT  = $clog2(N_LEFT + 1);
            localparam integer W_RIGHT = $clog2(N_RIGHT + 1);
            wire [W_LEFT-1:0]  left;
            wire [W_RIGHT-1:0] right;
            reg                bit_q;
            popcount_late #(.N_BITS(N_LEFT), .PIECE(PIECE)) left_half (
                .clk_i(clk_i), .ce_i(ce_i), .bits_i(bits_i[N_LEFT-1:0]), .count_o(left)
            );
            popcount_late #(.N_BITS(N_RIGHT), .PIECE(PIECE)) right_half (
                .clk_i(clk_i), .ce_i(ce_i), .bits_i(bits_i[N_LEFT+N_RIGHT-1:N_LEFT]), .count_o(right)
            );
            always @(posedge clk_i) if (ce_i) bit_q <= bits_i[N_BITS-1];
            wire [W_COUNT:0] left_bit  = {{(W_COUNT - W_LEFT) {1'b0}}, left, bit_q};
            wire [W_COUNT:0] right_bit = {{(W_COUNT - W_RIGHT) {1'b0}}, right, bit_q};
            wire [W_COUNT:0] sum       = left_bit + right_bit;
            assign count_o = sum[W_COUNT:1];
            wire unused = &{1'b0, sum[0]};
        end
    endgenerate
`endif

endmodule

`default_nettype wire
