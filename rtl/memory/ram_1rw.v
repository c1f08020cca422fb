// SPDX-License-Identifier: Apache-2.0
// Block RAM with one port and byte enables, no reset. A cycle reads or writes: rdata_o is the word read last, and keeps
// its value in cycles without a read.
`default_nettype none

module ram_1rw #(
    parameter integer DEPTH  = 1024,                   // words
    parameter integer WIDTH  = 64,                     // a multiple of 8, or less than 8
    parameter integer BYTE   = WIDTH < 8 ? WIDTH : 8,  // derived, do not override
    parameter integer W_ADDR = $clog2(DEPTH)           // derived, do not override
) (
    input  wire                  clk_i,
    input  wire                  en_i,
    input  wire                  we_i,
    input  wire [WIDTH/BYTE-1:0] wbe_i,
    input  wire [W_ADDR-1:0]     addr_i,
    input  wire [WIDTH-1:0]      wdata_i,
    output reg  [WIDTH-1:0]      rdata_o
);

    (* no_rw_check *)
    reg [WIDTH-1:0] mem [0:DEPTH-1];
    integer b;

    always @(posedge clk_i)
        if (en_i) begin
            for (b = 0; b < WIDTH / BYTE; b = b + 1)
                if (we_i && wbe_i[b]) mem[addr_i][BYTE*b +: BYTE] <= wdata_i[BYTE*b +: BYTE];
            rdata_o <= mem[addr_i];
        end

endmodule

`default_nettype wire
