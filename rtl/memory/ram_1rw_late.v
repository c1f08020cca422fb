// SPDX-License-Identifier: Apache-2.0
// A large ram_1rw for fast clocks: registers in front of the port, and behind the outputs of each of four parts. A cycle may read or write as
// there; the word read is on rdata_o three cycles later, for one cycle.
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

    reg              en_q, we_q;
    reg [7:0]        wbe_q;
    reg [W_PART-1:0] addr_q;
    reg [63:0]       wdata_q;
    reg [1:0]        part_1q, part_2q, part_3q;
    reg [255:0]      word_q;

    always @(posedge clk_i) begin
        en_q    <= en_i;
        we_q    <= we_i;
        wbe_q   <= wbe_i;
        addr_q  <= addr_i[W_PART-1:0];
        wdata_q <= wdata_i;
        part_1q <= addr_i[W_ADDR-1:W_PART];
        part_2q <= part_1q;
        part_3q <= part_2q;
    end

    genvar p;
    generate
        if (DEPTH != 1 << W_ADDR) begin : g_bad
            DEPTH_must_be_a_power_of_two u_error ();
        end
        for (p = 0; p < 4; p = p + 1) begin : g_part
            localparam [1:0] PART = p;
            wire [63:0] word;
            ram_1rw #(.DEPTH(DEPTH / 4)) u_ram (
                .clk_i(clk_i), .en_i(en_q && part_1q == PART), .we_i(we_q), .wbe_i(wbe_q), .addr_i(addr_q), .wdata_i(wdata_q), .rdata_o(word)
            );
            always @(posedge clk_i) word_q[64*p +: 64] <= word;
        end
    endgenerate

    assign rdata_o = word_q[64*part_3q +: 64];

endmodule

`default_nettype wire
