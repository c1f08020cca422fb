// SPDX-License-Identifier: Apache-2.0
// int32 results on their way to memory: a group stays in stage 0 of the lanes until its sums have gone out, two a word, the first in the lower half.
`default_nettype none

module int32_output #(
    parameter integer LANES = 16,
    parameter integer W_ACC = 24
) (
    input  wire                   clk_i,
    input  wire                   rst_i,

    input  wire                   take_i,        // a group comes into stage 0
    output wire                   held_o,        // one is there
    output wire                   held_d_o,      // in the next cycle
    input  wire [LANES*W_ACC-1:0] acc_i,         // stage 0

    input  wire                   write_off_i,   // it vanishes
    output wire                   put_o,
    input  wire                   ready_i,
    output wire [63:0]            word_o         // 0 without held_o
);

    localparam integer LAST_I = LANES / 2 - 1;
    localparam [5:0] LAST = LAST_I[5:0];

    reg  held_q;
    reg  [5:0] pair_q;
    reg  last_q;                                 // pair_q is LAST
    wire sent = held_q && (write_off_i || ready_i);
    wire done = sent && (write_off_i || last_q);

    assign held_o   = held_q;
    assign held_d_o = !rst_i && (take_i || (held_q && !done));
    assign put_o    = held_q && !write_off_i;

    always @(posedge clk_i) held_q <= held_d_o;

    always @(posedge clk_i)
        if (rst_i) begin
            pair_q <= 6'd0;
            last_q <= LAST_I == 0;
        end else if (sent) begin
            pair_q <= done ? 6'd0 : pair_q + 6'd1;
            last_q <= done ? LAST_I == 0 : pair_q == LAST - 6'd1;
        end

    wire [32*LANES-1:0] sums;
    genvar l;
    generate
        for (l = 0; l < LANES; l = l + 1) begin : g_lane
            assign sums[32*l +: 32] = {{(32-W_ACC){acc_i[W_ACC*l + W_ACC-1]}}, acc_i[W_ACC*l +: W_ACC]};
        end
    endgenerate
    assign word_o = sums[64*pair_q +: 64] & {64{held_q}};

endmodule

`default_nettype wire
