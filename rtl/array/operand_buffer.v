// SPDX-License-Identifier: Apache-2.0
// Operand buffer: BANKS banks of trit words (mask and sign, K bits each), DEPTH block-words of 8 rows; row r of a block-word is in bank
// r mod BANKS at word block_word * (8/BANKS) + r / BANKS. A write places 8 columns (one lane) of BANKS rows. A read gives one word of every
// bank, latency 1, held while re_i is 0. LATE = 1: a write takes two cycles more, a read one, in registers of each bank and, for a write, of all.
`default_nettype none

module operand_buffer #(
    parameter integer BANKS  = 8,
    parameter integer K      = 64,
    parameter integer DEPTH  = 512,                       // block-words, a power of two
    parameter integer LATE   = 0,
    parameter integer W_ADDR = 12,                        // of lanes, at least what DEPTH needs
    parameter integer W_BANK = $clog2(DEPTH * 8 / BANKS)  // derived, do not override
) (
    input  wire               clk_i,

    // address in lanes (block-word, lane); sub: which BANKS rows of the block
    input  wire               write_i,
    input  wire               write_mask_i,
    input  wire               write_sign_i,
    input  wire               write_ones_i,       // mask bits are 1, whatever the block
    input  wire [2:0]         write_sub_i,
    input  wire [W_ADDR-1:0]  write_addr_i,
    input  wire [63:0]        write_block_i,

    input  wire               re_i,
    input  wire [W_BANK-1:0]  raddr_i,
    output wire [BANKS*K-1:0] mask_o,
    output wire [BANKS*K-1:0] sign_o
);

    localparam integer LANES  = K / 8;
    localparam integer W_LANE = $clog2(LANES);
    localparam integer W_SUB  = $clog2(8 / BANKS);
    localparam integer W_WORD = $clog2(DEPTH);

    // a write, for all banks
    localparam integer W_WRITE = W_ADDR + 71;
    wire               write_bank, write_mask, write_sign, write_ones;
    wire [2:0]         write_sub;
    wire [W_ADDR-1:0]  write_addr;
    wire [63:0]        write_block;
    wire [W_WRITE-1:0] write_d = {write_i, write_mask_i, write_sign_i, write_ones_i, write_sub_i, write_addr_i, write_block_i};
    generate
        if (LATE != 0) begin : g_write_late
            reg [W_WRITE-1:0] write_q;
            always @(posedge clk_i) write_q <= write_d;
            assign {write_bank, write_mask, write_sign, write_ones, write_sub, write_addr, write_block} = write_q;
        end else begin : g_write_now
            assign {write_bank, write_mask, write_sign, write_ones, write_sub, write_addr, write_block} = write_d;
        end
    endgenerate

    wire [LANES-1:0]   lane_enable;
    wire [W_BANK-1:0]  waddr;
    wire [W_WORD-1:0]  block_word = write_addr[W_LANE +: W_WORD];

    genvar i;
    generate
        if (W_LANE == 0) begin : g_one_lane
            assign lane_enable = 1'b1;
        end else begin : g_lanes
            for (i = 0; i < LANES; i = i + 1) begin : g_lane
                localparam [W_LANE-1:0] LANE = i;
                assign lane_enable[i] = write_addr[W_LANE-1:0] == LANE;
            end
        end
        if (W_SUB == 0) begin : g_no_sub
            assign waddr = block_word;
        end else begin : g_sub
            assign waddr = {block_word, write_sub[W_SUB-1:0]};
        end

        for (i = 0; i < BANKS; i = i + 1) begin : g_bank
            wire [7:0] row;
            if (W_SUB == 0) begin : g_row
                assign row = write_block[8*i +: 8];
            end else begin : g_row_sub
                wire [63:0] shifted = write_block >> {write_sub[W_SUB-1:0], {(6-W_SUB){1'b0}}};
                assign row = shifted[8*i +: 8];
                wire unused = &{1'b0, shifted};
            end

            localparam integer W_PORT = LANES + W_BANK + 18;
            wire [W_PORT-1:0] port_d = {write_bank && write_mask, write_bank && write_sign, row | {8{write_ones}}, row, lane_enable, waddr};
            wire [W_PORT-1:0] port;
            wire [W_BANK-1:0] raddr;
            if (LATE != 0) begin : g_late
                reg [W_PORT-1:0] port_q;
                reg [W_BANK-1:0] raddr_q;
                (* keep *) always @(posedge clk_i) port_q <= port_d;   // keep: else banks share registers, and are far from them
                (* keep *) always @(posedge clk_i) if (re_i) raddr_q <= raddr_i;
                assign {port, raddr} = {port_q, raddr_q};
            end else begin : g_now
                assign {port, raddr} = {port_d, raddr_i};
            end
            wire              we_mask, we_sign;
            wire [7:0]        mask, sign;
            wire [LANES-1:0]  lanes;
            wire [W_BANK-1:0] word;
            assign {we_mask, we_sign, mask, sign, lanes, word} = port;

            ram_1r1w #(.WIDTH(K), .DEPTH(DEPTH * 8 / BANKS)) u_mask (
                .clk_i  (clk_i),
                .we_i   (we_mask),
                .wbe_i  (lanes),
                .waddr_i(word),
                .wdata_i({LANES{mask}}),
                .re_i   (re_i),
                .raddr_i(raddr),
                .rdata_o(mask_o[K*i +: K])
            );
            ram_1r1w #(.WIDTH(K), .DEPTH(DEPTH * 8 / BANKS)) u_sign (
                .clk_i  (clk_i),
                .we_i   (we_sign),
                .wbe_i  (lanes),
                .waddr_i(word),
                .wdata_i({LANES{sign}}),
                .re_i   (re_i),
                .raddr_i(raddr),
                .rdata_o(sign_o[K*i +: K])
            );
        end
    endgenerate

    wire unused = &{1'b0, write_addr, write_sub};

endmodule

`default_nettype wire
