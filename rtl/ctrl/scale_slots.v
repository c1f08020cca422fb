// SPDX-License-Identifier: Apache-2.0
// 32 scale slots {exp, mag} (docs/numerics.md section 5): asynchronous read, one write per cycle. Magnitudes are or-ed while watch_i is high; end_i,
// with observe_i: mag |= that, then with commit_i exp = bitlength(mag | 1) and mag = 0. load_i writes a word as stored in memory (mag in bits
// 23:0, exp in bits 39:32).
`default_nettype none

module scale_slots #(
    parameter integer LANES = 16,
    parameter integer W_ACC = 24
) (
    input  wire                   clk_i,
    input  wire [4:0]             slot_i,
    output wire [63:0]            word_o,
    output wire [7:0]             exp_o,

    input  wire                   load_i,
    input  wire [63:0]            load_word_i,
    input  wire                   clear_i,     // between instructions
    input  wire                   watch_i,
    input  wire [LANES*W_ACC-1:0] mags_i,
    input  wire                   end_i,
    input  wire                   observe_i,
    input  wire                   commit_i
);

    reg  [W_ACC-1:0] mag_q;
    reg  [W_ACC-1:0] mag_or;
    integer          m;
    always @* begin
        mag_or = {W_ACC{1'b0}};
        for (m = 0; m < LANES; m = m + 1) mag_or = mag_or | mags_i[W_ACC*m +: W_ACC];
    end
    always @(posedge clk_i)
        if (clear_i)      mag_q <= {W_ACC{1'b0}};
        else if (watch_i) mag_q <= mag_q | mag_or;
    wire [23:0] mag = observe_i ? {{(24-W_ACC){1'b0}}, mag_q} : 24'd0;

    reg  [31:0] slots [0:31];
    wire [31:0] old = slots[slot_i];

    // a write takes two cycles
    reg         write_q, commit_q;
    reg  [4:0]  slot_q;
    reg  [31:0] word_q;             // exp, mag
    reg  [7:0]  length;
    integer     b;

    always @* begin
        length = 8'd1;
        for (b = 1; b < 24; b = b + 1)
            if (word_q[b]) length = b[7:0] + 8'd1;
    end

    assign word_o = {24'd0, old[31:24], 8'd0, old[23:0]};
    assign exp_o  = old[31:24];

    always @(posedge clk_i) begin
        write_q  <= load_i || (end_i && (observe_i || commit_i));
        commit_q <= commit_i && !load_i;
        slot_q   <= slot_i;
        word_q   <= load_i ? {load_word_i[39:32], load_word_i[23:0]} : {old[31:24], old[23:0] | mag};
        if (write_q) slots[slot_q] <= commit_q ? {length, 24'd0} : word_q;
    end

    wire unused = &{1'b0, load_word_i[63:40], load_word_i[31:24]};

endmodule

`default_nettype wire
