// SPDX-License-Identifier: Apache-2.0
// A large ram_1rw for fast clocks, whose block RAMs lie all over the device: four parts, each with registers of its own in front of its port
// and behind its output, and one more level of registers for all. A cycle may read or write as there; the word read is on rdata_o five cycles
// later, for one cycle.
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

    reg                 en_q;
    reg  [W_ADDR+72:0]  port_q;
    reg  [1:0]          part_2q, part_3q, part_4q;
    wire [1:0]          part_1;
    wire                we;
    wire [7:0]          wbe;
    wire [W_PART+63:0]  port;               // wdata, address in the part
    wire [255:0]        word;
    reg  [63:0]         rdata_q;

    assign {part_1, we, wbe, port} = port_q;

    always @(posedge clk_i) begin
        en_q    <= en_i;
        port_q  <= {addr_i[W_ADDR-1:W_PART], we_i, wbe_i, wdata_i, addr_i[W_PART-1:0]};
        part_2q <= part_1;
        part_3q <= part_2q;
        part_4q <= part_3q;
        rdata_q <= word[64*part_4q +: 64];
    end
    assign rdata_o = rdata_q;

    genvar p;
    generate
        if (DEPTH != 1 << W_ADDR) begin : g_bad
            DEPTH_must_be_a_power_of_two u_error ();
        end
        for (p = 0; p < 4; p = p + 1) begin : g_part
            localparam [1:0] PART = p;
            reg               part_en_q;
            reg [7:0]         part_we_q;
            reg [W_PART+63:0] part_port_q;
            reg [63:0]        word_q;
            wire [63:0]       read;
            always @(posedge clk_i) begin
                part_en_q <= en_q && part_1 == PART;
                part_we_q <= wbe & {8{we && part_1 == PART}};
            end
            (* keep *) always @(posedge clk_i) part_port_q <= port;   // keep: else the four become one
            always @(posedge clk_i) word_q <= read;
            assign word[64*p +: 64] = word_q;

            ram_1rw #(.DEPTH(DEPTH / 4)) u_ram (
                .clk_i  (clk_i),
                .en_i   (part_en_q),
                .we_i   (1'b1),
                .wbe_i  (part_we_q),
                .addr_i (part_port_q[W_PART-1:0]),
                .wdata_i(part_port_q[W_PART +: 64]),
                .rdata_o(read)
            );
        end
    endgenerate

endmodule

`default_nettype wire
