// SPDX-License-Identifier: Apache-2.0
// Number of ones in a word, LATE cycles later: the tree of popcount.v with registers behind the subtrees of at most PIECE bits and, with LATE = 2,
// of at most PIECE/4. Cycles count only while ce_i is high.
`default_nettype none

module popcount_late #(
    parameter integer N_BITS  = 64,
    parameter integer LATE    = 2,                  // 1 or 2
    parameter integer PIECE   = 16,
    parameter integer W_COUNT = $clog2(N_BITS + 1)  // derived, do not override
) (
    input  wire               clk_i,
    input  wire               ce_i,
    input  wire [ N_BITS-1:0] bits_i,
    output wire [W_COUNT-1:0] count_o
);

`ifdef VERILATOR
    reg [W_COUNT-1:0] count_q, count_2q;
    always @(posedge clk_i) if (ce_i) {count_2q, count_q} <= {count_q, W_COUNT'($countones(bits_i))};
    assign count_o = LATE == 2 ? count_2q : count_q;
    wire unused = &{1'b0, PIECE[0], count_2q};
`else
    generate
        if (N_BITS <= PIECE) begin : g_piece
            wire [W_COUNT-1:0] count;
            reg  [W_COUNT-1:0] count_q;
            if (LATE == 2) begin : g_late
                popcount_late #(.N_BITS(N_BITS), .LATE(1), .PIECE(PIECE / 4)) u_count (
                    .clk_i(clk_i), .ce_i(ce_i), .bits_i(bits_i), .count_o(count)
                );
            end else begin : g_now
                popcount #(.N_BITS(N_BITS)) u_count (.bits_i(bits_i), .count_o(count));
            end
            always @(posedge clk_i) if (ce_i) count_q <= count;
            assign count_o = count_q;
        end else begin : g_tree
            localparam integer N_LEFT  = N_BITS / 2;
            localparam integer N_RIGHT = N_BITS - 1 - N_LEFT;
            localparam integer W_LEFT  = $clog2(N_LEFT + 1);
            localparam integer W_RIGHT = $clog2(N_RIGHT + 1);
            wire [W_LEFT-1:0]  left;
            wire [W_RIGHT-1:0] right;
            reg  [LATE-1:0]    bit_q;
            popcount_late #(.N_BITS(N_LEFT), .LATE(LATE), .PIECE(PIECE)) left_half (
                .clk_i(clk_i), .ce_i(ce_i), .bits_i(bits_i[N_LEFT-1:0]), .count_o(left)
            );
            popcount_late #(.N_BITS(N_RIGHT), .LATE(LATE), .PIECE(PIECE)) right_half (
                .clk_i(clk_i), .ce_i(ce_i), .bits_i(bits_i[N_LEFT+N_RIGHT-1:N_LEFT]), .count_o(right)
            );
            wire [LATE:0] bits = {bit_q, bits_i[N_BITS-1]};
            always @(posedge clk_i) if (ce_i) bit_q <= bits[LATE-1:0];
            wire [W_COUNT:0] left_bit  = {{(W_COUNT - W_LEFT) {1'b0}}, left, bits[LATE]};
            wire [W_COUNT:0] right_bit = {{(W_COUNT - W_RIGHT) {1'b0}}, right, bits[LATE]};
            wire [W_COUNT:0] sum       = left_bit + right_bit;
            assign count_o = sum[W_COUNT:1];
            wire unused = &{1'b0, sum[0]};
        end
    endgenerate
`endif

endmodule

`default_nettype wire
