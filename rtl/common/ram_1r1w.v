// SPDX-License-Identifier: Apache-2.0
// Block RAM with one read and one byte-enabled write port, no reset; words 0 to INIT_WORDS - 1 power up with INIT.
// Registered read, latency 1, holds its output while re_i is 0. A read of the address being written gives what the fabric gives (old, new
// or neither): no reader may use such a word. That saves the bypass which a defined result costs on iCE40. RAM_COLLISION, for tests, makes it neither.
// LUTS = 1, for a small one in front of logic: in LUT RAM where that exists, whose word is there 5 ns sooner than that of an ECP5 block RAM.
`default_nettype none

module ram_1r1w #(
    parameter integer WIDTH      = 64,              // multiple of 8
    parameter integer DEPTH      = 512,
    parameter integer LUTS       = 0,
    parameter integer INIT_WORDS = 0,
    parameter [WIDTH*(INIT_WORDS > 0 ? INIT_WORDS : 1)-1:0] INIT = 0,
    parameter integer W_ADDR     = $clog2(DEPTH)    // derived, do not override
) (
    input  wire               clk_i,

    input  wire               we_i,
    input  wire [WIDTH/8-1:0] wbe_i,
    input  wire [W_ADDR-1:0]  waddr_i,
    input  wire [WIDTH-1:0]   wdata_i,

    input  wire               re_i,
    input  wire [W_ADDR-1:0]  raddr_i,
    output wire [WIDTH-1:0]   rdata_o
);

    (* no_rw_check *) (* ram_style = LUTS > 0 ? "distributed" : "auto" *)
    reg [WIDTH-1:0] mem [0:DEPTH-1];
    integer b;

    generate
        if (INIT_WORDS > 0) begin : g_init
            integer i;
            initial
                for (i = 0; i < INIT_WORDS; i = i + 1) mem[i] = INIT[WIDTH*i +: WIDTH];
        end
    endgenerate

    always @(posedge clk_i)
        if (we_i)
            for (b = 0; b < WIDTH / 8; b = b + 1)
                if (wbe_i[b]) mem[waddr_i][8*b +: 8] <= wdata_i[8*b +: 8];

    generate
        if (LUTS != 0) begin : g_luts
            reg [W_ADDR-1:0] raddr_q;
            always @(posedge clk_i) if (re_i) raddr_q <= raddr_i;
            assign rdata_o = mem[raddr_q];
        end else begin : g_block
            reg [WIDTH-1:0] rdata_q;
            assign rdata_o = rdata_q;
            always @(posedge clk_i)
`ifdef RAM_COLLISION
                if (re_i) rdata_q <= mem[raddr_i] ^ {WIDTH{we_i && wbe_i != 0 && waddr_i == raddr_i}} & {WIDTH/8{8'hA5}};
`else
                if (re_i) rdata_q <= mem[raddr_i];
`endif
        end
    endgenerate

endmodule

`default_nettype wire
