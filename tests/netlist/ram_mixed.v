// SPDX-License-Identifier: Apache-2.0
// A memory whose ports have two widths, one a power of two times the other: the low bits of the address of the narrow port choose a part of a wide
// word. Nothing of rtl needs one; synthesis gives it a block RAM in a mode that no other memory reaches.
`default_nettype none

module ram_mixed #(
    parameter integer W_WRITE  = 4,
    parameter integer W_READ   = 16,
    parameter integer DEPTH    = 4096,                                  // words of the narrow port
    parameter integer W_NARROW = W_WRITE < W_READ ? W_WRITE : W_READ,   // derived, do not override
    parameter integer W_WADDR  = $clog2(DEPTH * W_NARROW / W_WRITE),    // derived
    parameter integer W_RADDR  = $clog2(DEPTH * W_NARROW / W_READ)      // derived
) (
    input  wire               clk_i,
    input  wire               we_i,
    input  wire [W_WADDR-1:0] waddr_i,
    input  wire [W_WRITE-1:0] wdata_i,
    input  wire               re_i,
    input  wire [W_RADDR-1:0] raddr_i,
    output reg  [W_READ-1:0]  rdata_o
);

    (* no_rw_check *)
    reg [W_NARROW-1:0] mem [0:DEPTH-1];
    integer            part;

    generate
        if (W_WRITE > W_READ) begin : g_wide_write
            localparam integer W_PART = W_RADDR - W_WADDR;
            always @(posedge clk_i)
                if (we_i)
                    for (part = 0; part < 1 << W_PART; part = part + 1)
                        mem[{waddr_i, part[W_PART-1:0]}] <= wdata_i[W_NARROW*part +: W_NARROW];
            always @(posedge clk_i)
                if (re_i) rdata_o <= mem[raddr_i];
        end else begin : g_wide_read
            localparam integer W_PART = W_WADDR - W_RADDR;
            always @(posedge clk_i)
                if (we_i) mem[waddr_i] <= wdata_i;
            always @(posedge clk_i)
                if (re_i)
                    for (part = 0; part < 1 << W_PART; part = part + 1)
                        rdata_o[W_NARROW*part +: W_NARROW] <= mem[{raddr_i, part[W_PART-1:0]}];
        end
    endgenerate

endmodule

`default_nettype wire
