// SPDX-License-Identifier: Apache-2.0
// int32 elements of memory, two per beat, saturated and gathered into groups of LANES.
`default_nettype none

module int32_gather #(
    parameter integer LANES = 16,
    parameter integer W_ACC = 24
) (
    input  wire                   clk_i,
    input  wire                   clear_i,
    input  wire                   beat_i,    // taken when ready_o is 1
    input  wire [63:0]            data_i,
    output wire                   ready_o,
    input  wire                   take_i,    // the group leaves; room for the next one's first beat
    input  wire                   hold_i,    // but not in this cycle
    output wire                   full_o,
    output reg  [LANES*W_ACC-1:0] group_o
);

    localparam integer PAIRS = LANES / 2;
    localparam [5:0]   ALL   = PAIRS[5:0];

    function [W_ACC-1:0] saturate(input [31:0] v);
        saturate = v[31:W_ACC-1] == {(33-W_ACC){v[31]}} ? v[W_ACC-1:0] : {v[31], {(W_ACC-1){!v[31]}}};
    endfunction

    reg  [5:0]         count_q;
    reg                full_q;                     // count_q is ALL
    wire               gather  = beat_i && ready_o;
    wire [5:0]         count_d = (take_i ? 6'd0 : count_q) + {5'd0, gather};
    wire [2*W_ACC-1:0] pair    = {saturate(data_i[63:32]), saturate(data_i[31:0])};

    assign ready_o = !full_q || (take_i && !hold_i);
    assign full_o  = full_q;

    generate
        if (PAIRS == 1) begin : g_one
            always @(posedge clk_i) if (gather) group_o <= pair;
        end else begin : g_more
            always @(posedge clk_i) if (gather) group_o <= {pair, group_o[LANES*W_ACC-1:2*W_ACC]};
        end
    endgenerate

    always @(posedge clk_i)
        if (clear_i) begin
            count_q <= 6'd0;
            full_q  <= 1'b0;
        end else begin
            count_q <= count_d;
            full_q  <= count_d == ALL;
        end

endmodule

`default_nettype wire
