// SPDX-License-Identifier: Apache-2.0
// Instruction queues (four per stage, one RAM) and their way to the stages: when a stage is idle and has an instruction, its 16 words go
// over the word bus in 18 cycles, word 15 ({step, index}) first; start_o comes with the last. Load before execute before finish.
// Address words (LOAD 1, finish stage 1..3) get step * STEP_PAGES * 4096 added on the way.
`default_nettype none

module dispatch (
    input  wire        clk_i,
    input  wire        rst_i,
    input  wire        halt_i,

    // from fetch
    input  wire        write_i,
    input  wire [7:0]  write_addr_i,
    input  wire [63:0] write_data_i,
    input  wire [2:0]  push_i,
    output wire [2:0]  full_o,

    // to the stages (0 load, 1 execute, 2 finish)
    input  wire [2:0]  stage_idle_i,
    output wire [2:0]  word_valid_o,
    output wire [3:0]  word_index_o,
    output wire [63:0] word_data_o,
    output wire [2:0]  start_o,
    output wire [47:0] index_o,       // 3 x 16: list index of each stage's instruction
    output wire        idle_o         // all queues empty, nothing on the way
);

    reg  [1:0]  slot_q [0:2];
    reg  [2:0]  fill_q [0:2];
    wire [2:0]  filled;

    // read stage: word read_q of stage_q is being read; one stage later the RAM has it; one more and the address is added
    reg         run_q;
    reg  [1:0]  stage_q;
    reg  [3:0]  read_q;
    reg         have_q, out_q;
    reg  [3:0]  have_index_q, out_index_q;
    reg  [63:0] out_data_q;
    reg  [19:0] out_offset_q;      // pages
    reg  [15:0] step_q;
    wire [63:0] ram_data;

    wire [2:0]  want  = filled & stage_idle_i;
    wire        begin_now = !run_q && !have_q && !out_q && want != 3'b000 && !halt_i;
    wire        last_read = run_q && read_q == 4'd14;
    wire [2:0]  pop   = last_read ? 3'b001 << stage_q : 3'b000;
    wire [1:0]  who   = want[0] ? 2'd0 : want[1] ? 2'd1 : 2'd2;

    genvar s;
    generate
        for (s = 0; s < 3; s = s + 1) begin : g_queue
            reg [15:0] index_q;
            localparam [1:0] STAGE = s;

            always @(posedge clk_i)
                if (rst_i) begin
                    fill_q[s] <= 3'd0;
                    slot_q[s] <= 2'd0;
                end else begin
                    fill_q[s] <= fill_q[s] + {2'd0, push_i[s]} - {2'd0, pop[s]};
                    slot_q[s] <= slot_q[s] + {1'b0, pop[s]};
                end

            always @(posedge clk_i)
                if (have_q && have_index_q == 4'd15 && stage_q == STAGE) index_q <= ram_data[15:0];

            assign filled[s]          = fill_q[s] != 3'd0;
            assign full_o[s]          = fill_q[s] == 3'd4;
            assign index_o[16*s +: 16] = index_q;
            assign word_valid_o[s]    = out_q && stage_q == STAGE;
            assign start_o[s]         = out_q && stage_q == STAGE && out_index_q == 4'd14;
        end
    endgenerate

    ram_1r1w #(.WIDTH(64), .DEPTH(256)) u_queue (
        .clk_i  (clk_i),
        .we_i   (write_i),
        .wbe_i  (8'hFF),
        .waddr_i(write_addr_i),
        .wdata_i(write_data_i),
        .re_i   (1'b1),
        .raddr_i({stage_q, slot_q[stage_q], read_q}),
        .rdata_o(ram_data)
    );

    always @(posedge clk_i)
        if (rst_i) begin
            run_q  <= 1'b0;
            have_q <= 1'b0;
            out_q  <= 1'b0;
        end else begin
            run_q  <= begin_now || (run_q && !last_read);
            have_q <= run_q;
            out_q  <= have_q;
        end

    always @(posedge clk_i) begin
        if (begin_now) begin
            stage_q <= who;
            read_q  <= 4'd15;
        end else if (run_q) read_q <= read_q + 4'd1;
        have_index_q <= read_q;
        out_index_q  <= have_index_q;
        out_data_q   <= ram_data;
        out_offset_q <= is_address ? pages[19:0] : 20'd0;
        if (have_q && have_index_q == 4'd15) step_q <= ram_data[31:16];
    end

    wire        is_address = stage_q == 2'd0 ? have_index_q == 4'd1
                           : stage_q == 2'd2 && have_index_q >= 4'd1 && have_index_q <= 4'd3;
    wire [31:0] pages      = {16'd0, ram_data[63:48]} * {16'd0, step_q};
    wire [19:0] page       = out_data_q[31:12] + out_offset_q;

    assign word_index_o = out_index_q;
    assign word_data_o  = {out_data_q[63:32], page, out_data_q[11:0]};
    assign idle_o       = filled == 3'b000 && !run_q && !have_q && !out_q;

    wire unused = &{1'b0, pages[31:20]};

endmodule

`default_nettype wire
