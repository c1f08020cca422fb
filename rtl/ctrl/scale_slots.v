// SPDX-License-Identifier: Apache-2.0
// 32 scale slots {exp, mag} (docs/numerics.md section 5): asynchronous read, one write per cycle. update_i: mag |= mag_i, then with commit_i
// exp = bitlength(mag | 1) and mag = 0. load_i writes a word as stored in memory (mag in bits 23:0, exp in bits 39:32).
`default_nettype none

module scale_slots (
    input  wire        clk_i,
    input  wire [4:0]  slot_i,
    output wire [63:0] word_o,
    output wire [7:0]  exp_o,

    input  wire        load_i,
    input  wire [63:0] load_word_i,
    input  wire        update_i,
    input  wire        commit_i,
    input  wire [23:0] mag_i
);

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
        write_q  <= load_i || update_i;
        commit_q <= commit_i && !load_i;
        slot_q   <= slot_i;
        word_q   <= load_i ? {load_word_i[39:32], load_word_i[23:0]} : {old[31:24], old[23:0] | mag_i};
        if (write_q) slots[slot_q] <= commit_q ? {length, 24'd0} : word_q;
    end

    wire unused = &{1'b0, load_word_i[63:40], load_word_i[31:24]};

endmodule

`default_nettype wire
