// SPDX-License-Identifier: Apache-2.0
// A large ram_1rw for fast clocks, whose block RAMs lie all over the device: a column for each two bits with registers of its own in front of
// its four RAMs and behind them, registers for each byte in front of those, and one more level for all. A cycle may read or write as there; the word read
// is on rdata_o six cycles later, for one cycle. The RAMs read in every cycle.
`default_nettype none

module ram_1rw_late #(
    parameter integer DEPTH  = 1024,            // words, a power of two
    parameter integer W_ADDR = $clog2(DEPTH)    // derived, do not override
) (
    input  wire              clk_i,
    input  wire              en_i,
    input  wire              we_i,
    input  wire [7:0]        wbe_i,
    input  wire [W_ADDR-1:0] addr_i,
    input  wire [63:0]       wdata_i,
    output wire [63:0]       rdata_o
);

    localparam integer W_PART = W_ADDR - 2;

    reg               we_q;
    reg  [7:0]        wbe_q;
    reg  [W_ADDR-1:0] addr_q;
    reg  [63:0]       wdata_q, rdata_q;
    wire [63:0]       word;

    always @(posedge clk_i) begin
        we_q    <= en_i && we_i;
        wbe_q   <= wbe_i;
        addr_q  <= addr_i;
        wdata_q <= wdata_i;
        rdata_q <= word;
    end
    assign rdata_o = rdata_q;

    genvar b, c, p;
    generate
        if (DEPTH != 1 << W_ADDR) begin : g_bad
            DEPTH_must_be_a_power_of_two u_error ();
        end
        for (b = 0; b < 8; b = b + 1) begin : g_byte
            reg              byte_we_q;
            reg [W_ADDR-1:0] byte_addr_q;
            reg [7:0]        byte_wdata_q;
            always @(posedge clk_i) byte_we_q <= we_q && wbe_q[b];
            always @(posedge clk_i) byte_wdata_q <= wdata_q[8*b +: 8];
            (* keep *) always @(posedge clk_i) byte_addr_q <= addr_q;   // keep: else the bytes share them, and so the columns
        end
        for (c = 0; c < 32; c = c + 1) begin : g_column
            wire [W_ADDR-1:0]  addr = g_byte[c/4].byte_addr_q;
            wire [1:0]         part = addr[W_ADDR-1:W_PART];
            reg  [1:0]         part_2q, part_3q, part_4q;
            reg  [W_PART-1:0]  column_addr_q;
            reg  [1:0]         column_wdata_q;
            wire [7:0]         words;
            always @(posedge clk_i) column_wdata_q <= g_byte[c/4].byte_wdata_q[2*(c%4) +: 2];
            (* keep *) always @(posedge clk_i) begin
                column_addr_q <= addr[W_PART-1:0];
                part_2q       <= part;
                part_3q       <= part_2q;
                part_4q       <= part_3q;
            end
            assign word[2*c +: 2] = words[2*part_4q +: 2];

            for (p = 0; p < 4; p = p + 1) begin : g_part
                localparam [1:0] PART = p;
                reg        part_we_q;
                reg  [1:0] word_q;
                wire [1:0] read;
                (* keep *) always @(posedge clk_i) part_we_q <= g_byte[c/4].byte_we_q && part == PART;
                always @(posedge clk_i) word_q <= read;
                assign words[2*p +: 2] = word_q;

                ram_1rw #(.DEPTH(DEPTH / 4), .WIDTH(2)) u_ram (
                    .clk_i  (clk_i),
                    .en_i   (1'b1),
                    .we_i   (part_we_q),
                    .wbe_i  (1'b1),
                    .addr_i (column_addr_q),
                    .wdata_i(column_wdata_q),
                    .rdata_o(read)
                );
            end
        end
    endgenerate

endmodule

`default_nettype wire
