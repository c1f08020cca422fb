// SPDX-License-Identifier: Apache-2.0
// Instruction queues (four per stage, one RAM) and their way to the stages: when a stage is idle and has an instruction, its words 0 to 11 go
// over the word bus in 18 cycles (19 with FAST, which puts a register behind the RAM), with gaps; start_o comes after the last. Load before
// execute before finish.
// Address words (LOAD 1, finish stage 1..3) get step * STEP_PAGES * 4096 added on the way: such a word is read twice, the first time for the
// product. Word 15 (fetch.v) is read first.
// Rows 192 to 223 of the RAM hold the scale slots of compact configurations: the one at slot_addr_i goes to the finish stage as word 10, and
// is what word_data_o shows in the cycle after slot_ready_o, as long as slot_read_i is 1.
// A second RAM keeps what stages rarely need of their instruction: bits 16 and up of a LOAD's words (memory jumps), and the list index of each.
`default_nettype none

module dispatch #(
    parameter integer FAST   = 0,
    parameter integer W_ADDR = 29,    // beat addresses, at least 10
    parameter integer W_STEP = 16,    // bits of the step that page addresses need
    parameter integer W_KEPT = 24     // 24, or 16 when addresses have no more bits
) (
    input  wire                clk_i,
    input  wire                rst_i,
    input  wire                halt_i,

    // from fetch
    input  wire                write_i,
    input  wire [7:0]          write_addr_i,
    input  wire [63:0]         write_data_i,
    input  wire [2:0]          push_i,
    output wire [2:0]          full_o,

    // to the stages (0 load, 1 execute, 2 finish)
    input  wire [2:0]          stage_idle_i,
    output wire [2:0]          word_valid_o,
    output wire [3:0]          word_index_o,
    output wire [63:0]         word_data_o,
    output wire [2:0]          start_o,
    output wire                idle_o,        // all queues empty, nothing on the way

    // one cycle later, bits 16 and up of word kept_i of the load stage's instruction; 12 + s: bits from 0 are the list index of stage s's
    input  wire [3:0]          kept_i,
    output wire [W_KEPT-1:0]   kept_o,

    // scale slots
    input  wire [4:0]          slot_addr_i,
    input  wire                slot_read_i,   // keeps a transfer from beginning
    output wire                slot_ready_o
);

    localparam integer W_PAGE = W_ADDR - 9;   // addresses of pages of 4096 bytes

    reg  [1:0]        slot_q [0:2];
    reg  [2:0]        fill_q [0:2];
    wire [2:0]        filled;

    // run: read number count_q is asked of the RAM; have: `shown` is the read before number `count`; out: one cycle later
    reg               run_q, have_q, out_q;
    reg  [1:0]        stage_q;
    reg  [3:0]        count_q;
    reg  [W_STEP-1:0] step_q;
    reg  [W_PAGE-1:0] offset_q;      // pages
    wire [3:0]        read_word;
    reg  [3:0]        word_q;        // that the RAM shows
    wire [3:0]        have_word;     // that `shown` is
    wire [63:0]       ram_data, shown;
    wire [3:0]        count;
    wire              have;

    generate
        if (FAST != 0) begin : g_shown_late
            reg        late_q;
            reg [3:0]  count_late_q, word_late_q;
            reg [63:0] ram_q;
            always @(posedge clk_i) begin
                late_q       <= have_q && !rst_i;
                count_late_q <= count_q;
                word_late_q  <= word_q;
                ram_q        <= ram_data;
            end
            assign {have, count, have_word, shown} = {late_q, count_late_q, word_late_q, ram_q};
        end else begin : g_shown
            assign {have, count, have_word, shown} = {have_q, count_q, word_q, ram_data};
        end
    endgenerate

    wire [2:0] want      = filled & stage_idle_i;
    wire       begin_now = !run_q && !have_q && !have && !out_q && want != 3'b000 && !halt_i && !slot_read_i;
    wire       last_read = run_q && count_q == 4'd15;
    wire       have_mark = have && count == 4'd1;
    wire [1:0] who       = want[0] ? 2'd0 : want[1] ? 2'd1 : 2'd2;

    // reads 0 to 15: word 15, 0, 1, 1, 2, 2, 3, 3, 4, 5, ... 11; what the RAM shows is not valid before the second read of a word
    assign read_word = count_q[3] ? {count_q[2], !count_q[2], count_q[1:0]} : {2'b00, count_q[2:1]} | {4{count_q == 4'd0}};
    wire have_valid = have_q && (count_q == 4'd0 || count_q > 4'd8 || !count_q[0]);
    wire have_pages = have && count[0] && !count[3] && count[2:1] != 2'd0 &&       // the first read of words 1, 2, 3
                      (stage_q[1] || (stage_q == 2'd0 && count[2:1] == 2'd1));

    wire       read_slot = !run_q || (stage_q[1] && count_q == 4'd14);
    wire [1:0] slot = stage_q[1] ? slot_q[2] : stage_q[0] ? slot_q[1] : slot_q[0];

    genvar s;
    generate
        for (s = 0; s < 3; s = s + 1) begin : g_queue
            localparam [1:0] STAGE = s;
            wire             mine = stage_q == STAGE;
            wire             pop  = last_read && mine;

            always @(posedge clk_i)
                if (rst_i)                    fill_q[s] <= 3'd0;
                else if (push_i[s] && !pop)   fill_q[s] <= fill_q[s] + 3'd1;
                else if (pop && !push_i[s])   fill_q[s] <= fill_q[s] - 3'd1;

            always @(posedge clk_i)
                if (rst_i)    slot_q[s] <= 2'd0;
                else if (pop) slot_q[s] <= slot_q[s] + 2'd1;

            assign filled[s]       = fill_q[s] != 3'd0;
            assign full_o[s]       = fill_q[s][2];
            if (FAST != 0) begin : g_valid_late
                reg valid_q;
                always @(posedge clk_i) valid_q <= have_valid && mine && !rst_i;
                assign word_valid_o[s] = valid_q;
            end else begin : g_valid
                assign word_valid_o[s] = have_valid && mine;
            end
            assign start_o[s]      = out_q && !have && mine;
        end
    endgenerate

    ram_1r1w #(.WIDTH(64), .DEPTH(256)) u_queue (
        .clk_i  (clk_i),
        .we_i   (write_i),
        .wbe_i  (8'hFF),
        .waddr_i(write_addr_i),
        .wdata_i(write_data_i),
        .re_i   (1'b1),
        .raddr_i(read_slot ? {3'b110, slot_addr_i} : {stage_q, slot, read_word}),
        .rdata_o(ram_data)
    );

    ram_1r1w #(.WIDTH(W_KEPT), .DEPTH(16)) u_kept (
        .clk_i  (clk_i),
        .we_i   (have_mark || word_valid_o[0]),
        .wbe_i  ({(W_KEPT/8){1'b1}}),
        .waddr_i(have_mark ? {2'b11, stage_q} : have_word),
        .wdata_i(shown[16 +: W_KEPT]),
        .re_i   (1'b1),
        .raddr_i(kept_i),
        .rdata_o(kept_o)
    );

    always @(posedge clk_i)
        if (rst_i) begin
            run_q  <= 1'b0;
            have_q <= 1'b0;
            out_q  <= 1'b0;
        end else begin
            run_q  <= begin_now || (run_q && !last_read);
            have_q <= run_q;
            out_q  <= have;
        end

    always @(posedge clk_i)
        if (begin_now)  count_q <= 4'd0;
        else if (run_q) count_q <= count_q + 4'd1;

    always @(posedge clk_i) word_q <= read_word;

    always @(posedge clk_i)
        if (begin_now) stage_q <= who;

    always @(posedge clk_i)
        if (have_mark) step_q <= shown[48 +: W_STEP];

    wire [W_PAGE-1:0] pages;
    generate
        if (W_PAGE > 16) begin : g_wide
            assign pages = {{(W_PAGE-16){1'b0}}, shown[63:48]};
        end else begin : g_narrow
            assign pages = shown[48 +: W_PAGE];
        end
    endgenerate
    wire [W_PAGE-1:0] product = pages * {{(W_PAGE-W_STEP){1'b0}}, step_q};

    always @(posedge clk_i)
        if (!have_pages) offset_q <= {W_PAGE{1'b0}};
        else             offset_q <= product;

    wire [W_PAGE-1:0] page = shown[12 +: W_PAGE] + offset_q;
    generate
        if (W_PAGE == 20) begin : g_all
            assign word_data_o = {shown[63:32], page, shown[11:0]};
        end else begin : g_some
            assign word_data_o = {shown[63:12+W_PAGE], page, shown[11:0]};
        end
    endgenerate

    assign slot_ready_o = !run_q && !have_q && !have && !out_q;
    assign word_index_o = have_word;
    assign idle_o       = filled == 3'b000 && !run_q && !have_q && !have && !out_q;

endmodule

`default_nettype wire
