// SPDX-License-Identifier: Apache-2.0
// A large ram_1rw for fast clocks, whose block RAMs lie all over the device: a column for each two bits (8192 words of them are one block RAM
// of an ECP5), which has registers of its own in front of its four RAMs and behind them, and one more level of registers for all. A cycle may
// read or write as there; the word read is on rdata_o five cycles later, for one cycle.
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

    reg               en_q;
    reg  [7:0]        we_q;
    reg  [W_ADDR-1:0] addr_q;
    reg  [63:0]       wdata_q, rdata_q;
    wire [63:0]       word;

    always @(posedge clk_i) begin
        en_q    <= en_i;
        we_q    <= wbe_i & {8{we_i}};
        addr_q  <= addr_i;
        wdata_q <= wdata_i;
        rdata_q <= word;
    end
    assign rdata_o = rdata_q;

    genvar c, p;
    generate
        if (DEPTH != 1 << W_ADDR) begin : g_bad
            DEPTH_must_be_a_power_of_two u_error ();
        end
        for (c = 0; c < 32; c = c + 1) begin : g_column
            wire [1:0]         part = addr_q[W_ADDR-1:W_PART];
            reg  [1:0]         part_2q, part_3q, part_4q;
            reg  [W_PART-1:0]  column_addr_q;
            reg  [1:0]         column_wdata_q;
            wire [7:0]         words;
            always @(posedge clk_i) column_wdata_q <= wdata_q[2*c +: 2];
            (* keep *) always @(posedge clk_i) begin   // keep: else the columns share them
                column_addr_q <= addr_q[W_PART-1:0];
                part_2q       <= part;
                part_3q       <= part_2q;
                part_4q       <= part_3q;
            end
            assign word[2*c +: 2] = words[2*part_4q +: 2];

            for (p = 0; p < 4; p = p + 1) begin : g_part
                localparam [1:0] PART = p;
                reg        part_en_q, part_we_q;
                reg  [1:0] word_q;
                wire [1:0] read;
                (* keep *) always @(posedge clk_i) part_we_q <= we_q[c/4] && part == PART;
                (* keep *) always @(posedge clk_i) part_en_q <= en_q && part == PART;
                always @(posedge clk_i) word_q <= read;
                assign words[2*p +: 2] = word_q;

                ram_1rw #(.DEPTH(DEPTH / 4), .WIDTH(2)) u_ram (
                    .clk_i  (clk_i),
                    .en_i   (part_en_q),
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
