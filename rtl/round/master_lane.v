// SPDX-License-Identifier: Apache-2.0
// A lane's master weight (docs/numerics.md section 6): w + S, rounded to 14 fraction bits and clipped to +-1, and the trit that stands for it. The
// old weight has no bits below those, so S alone is rounded, before it is added.
// Cycles count while ce_i is high. fraction_i, inverse_i and master_i belong to cycle t, what else comes from S to cycle t + 1, valid_i to t + 2;
// the results are valid in cycle t + 5.
`default_nettype none

module master_lane #(
    parameter integer W_WHOLE = 10   // bits of S's whole part, at least 4
) (
    input  wire                      clk_i,
    input  wire                      ce_i,

    input  wire        [13:0]        low_i,       // fraction bits of S, 13..0
    input  wire        [9:0]         inverse_i,   // random bits, inverted
    input  wire        [1:0]         mode_i,
    input  wire        [15:0]        master_i,
    input  wire        [9:0]         high_i,      // fraction bits 23..14
    input  wire signed [W_WHOLE-1:0] whole_i,
    input  wire                      over_i,      // S is beyond +-2 whatever the others say, and has this sign
    input  wire                      sign_i,
    input  wire                      valid_i,     // not padding
    input  wire                      on_i,        // else there is no trit
    input  wire                      binary_i,

    output wire        [15:0]        master_o,
    output wire                      mask_o,
    output wire                      sign_o
);

    wire [10:0] cut = {1'b0, low_i[9:0]} + {1'b0, inverse_i};

    reg  [3:0]                 low_q;
    reg                        up_q;
    reg         [15:0]         old_q;
    wire        [W_WHOLE+13:0] old = {{(W_WHOLE - 2) {old_q[15]}}, old_q};
    wire        [W_WHOLE+14:0] sum = {whole_i, high_i, low_q, 1'b1} + {old, up_q};   // up_q is the chain's carry

    reg         [W_WHOLE+13:0] sum_q;
    reg                        over_q, side_q;
    wire        negative = over_q ? side_q : sum_q[W_WHOLE+13];
    wire        beyond   = over_q || sum_q[W_WHOLE+13:14] != {W_WHOLE{negative}};

    reg  [15:0] new_2q, new_3q, new_4q;
    reg         valid_2q, mask_3q, mask_4q, sign_3q, sign_4q;
    wire        half = new_2q[15] ? !new_2q[13] || new_2q[12:0] == 13'd0 : new_2q[14] || new_2q[13];   // |new| >= 1/2
    wire        mask = on_i && (binary_i ? valid_2q : half);

    always @(posedge clk_i)
        if (ce_i) begin
            low_q    <= low_i[13:10];
            up_q     <= mode_i == 2'd1 ? cut[10] : mode_i == 2'd0 && low_i[9];
            old_q    <= master_i;
            sum_q    <= sum[W_WHOLE+14:1];
            over_q   <= over_i;
            side_q   <= sign_i;
            new_2q   <= {16{valid_i}} & {negative, negative || beyond, sum_q[13:0] & {14{!beyond}}};
            valid_2q <= valid_i;
            {new_3q, mask_3q, sign_3q} <= {new_2q, mask, mask && new_2q[15]};
            {new_4q, mask_4q, sign_4q} <= {new_3q, mask_3q, sign_3q};
        end

    assign master_o = new_4q;
    assign mask_o   = mask_4q;
    assign sign_o   = sign_4q;

    wire unused = &{1'b0, cut[9:0], sum[0]};

endmodule

`default_nettype wire
