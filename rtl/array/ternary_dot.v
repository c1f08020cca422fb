// SPDX-License-Identifier: Apache-2.0
// Dot product of K trits: popcount(m) - 2 * popcount(m & (a_sign ^ b_sign)) over the elements m that are non-zero in both words, two
// functions of at most four bits per element. One word per enabled clock; latency 1, with LATE = 1 3: the
// operands of fast clocks come from far, so that the first register stands behind counts of at most four elements.
`default_nettype none

module ternary_dot #(
    parameter integer K = 64,            // trits per word, >= 1
    parameter integer LATE = 0,
    parameter integer W = $clog2(K + 1)  // derived, do not override
) (
    input  wire                clk_i,
    input  wire                ce_i,
    input  wire        [K-1:0] a_mask_i,
    input  wire        [K-1:0] a_sign_i,
    input  wire        [K-1:0] b_mask_i,
    input  wire        [K-1:0] b_sign_i,
    output wire signed [  W:0] part_o         // -K..K
);

    wire [K-1:0] nonzero = a_mask_i & b_mask_i;
    wire [K-1:0] negative = a_mask_i & b_mask_i & (a_sign_i ^ b_sign_i);

    // without LATE the counts are as long as a cycle may be, and the difference comes behind the register
    generate
        if (LATE != 0) begin : g_late
            wire [W-1:0] nonzeros, negatives;
            popcount_late #(.N_BITS(K)) count_nonzero (.clk_i(clk_i), .ce_i(ce_i), .bits_i(nonzero), .count_o(nonzeros));
            popcount_late #(.N_BITS(K)) count_negative (.clk_i(clk_i), .ce_i(ce_i), .bits_i(negative), .count_o(negatives));
            reg signed [W:0] part_q;
            always @(posedge clk_i) if (ce_i) part_q <= $signed({1'b0, nonzeros}) - $signed({negatives, 1'b0});
            assign part_o = part_q;
        end else begin : g_now
            wire [W-1:0] nonzeros, negatives;
            reg  [W-1:0] nonzeros_q, negatives_q;
            popcount #(.N_BITS(K)) count_nonzero (.bits_i(nonzero), .count_o(nonzeros));
            popcount #(.N_BITS(K)) count_negative (.bits_i(negative), .count_o(negatives));
            always @(posedge clk_i) if (ce_i) {nonzeros_q, negatives_q} <= {nonzeros, negatives};
            assign part_o = $signed({1'b0, nonzeros_q}) - $signed({negatives_q, 1'b0});
        end
    endgenerate

endmodule

`default_nettype wire
