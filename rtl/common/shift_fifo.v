// SPDX-License-Identifier: Apache-2.0
// Show-ahead FIFO of a few entries in a shift register: an entry enters behind the others, and all move on when one leaves. The same handshake
// as sync_fifo.v: accepts when not full, whatever the reader does; one entry per cycle each way.
`default_nettype none

module shift_fifo #(
    parameter integer WIDTH = 2,
    parameter integer DEPTH = 4
) (
    input  wire             clk_i,
    input  wire             rst_i,

    input  wire             in_valid_i,
    output wire             in_ready_o,
    input  wire [WIDTH-1:0] in_data_i,

    output wire             out_valid_o,
    input  wire             out_ready_i,
    output wire [WIDTH-1:0] out_data_o
);

    reg  [DEPTH-1:0]       valid_q;      // place 0 is the oldest; the valid ones are contiguous
    reg  [DEPTH*WIDTH-1:0] data_q;
    wire                   push = in_valid_i && in_ready_o;
    wire                   pop  = out_valid_o && out_ready_i;

    assign in_ready_o  = !valid_q[DEPTH-1];
    assign out_valid_o = valid_q[0];
    assign out_data_o  = data_q[WIDTH-1:0];

    always @(posedge clk_i)
        if (rst_i)             valid_q <= {DEPTH{1'b0}};
        else if (push && !pop) valid_q <= {valid_q[DEPTH-2:0], 1'b1};
        else if (pop && !push) valid_q <= {1'b0, valid_q[DEPTH-1:1]};

    genvar p;
    generate
        for (p = 0; p < DEPTH; p = p + 1) begin : g_place
            wire [WIDTH-1:0] later;
            if (p == DEPTH - 1) begin : g_last
                assign later = in_data_i;
            end else begin : g_other
                assign later = valid_q[p+1] ? data_q[WIDTH*(p+1) +: WIDTH] : in_data_i;
            end
            // a free place shows what comes next, so that only a valid one has to be held
            always @(posedge clk_i)
                if (pop || !valid_q[p]) data_q[WIDTH*p +: WIDTH] <= later;
        end
    endgenerate

endmodule

`default_nettype wire
