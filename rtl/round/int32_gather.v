// SPDX-License-Identifier: Apache-2.0
// int32 elements of memory, two per beat, gathered into groups of LANES and saturated.
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
    input  wire                   take_i,    // the group, if full, leaves; room for the next one's first beat
    input  wire                   hold_i,    // but not in this cycle
    output wire                   full_o,
    output wire [LANES*W_ACC-1:0] group_o
);

    localparam integer PAIRS = LANES / 2;
    localparam [5:0]   ALL   = PAIRS[5:0];

    function [W_ACC-1:0] saturate(input [31:0] v);
        saturate = v[31:W_ACC-1] == {(33-W_ACC){v[31]}} ? v[W_ACC-1:0] : {v[31], {(W_ACC-1){!v[31]}}};
    endfunction

    // a group that leaves moves on with or without a beat behind it: its place fills up again before anybody looks
    reg  [5:0]         count_q;
    reg                full_q;                     // count_q is ALL
    reg  [63:0]        beat_q;                     // the last beat; saturated on its way out
    wire               move   = full_q ? take_i : beat_i;
    wire               gather = beat_i && !(full_q && hold_i);
    wire [2*W_ACC-1:0] pair   = {saturate(beat_q[63:32]), saturate(beat_q[31:0])};

    assign ready_o = !full_q || (take_i && !hold_i);
    assign full_o  = full_q;

    always @(posedge clk_i) if (move) beat_q <= data_i;

    generate
        if (PAIRS == 1) begin : g_one
            assign group_o = pair;
        end else begin : g_more
            reg [(LANES-2)*W_ACC-1:0] before_q;
            assign group_o = {pair, before_q};
            always @(posedge clk_i) if (move) before_q <= group_o[LANES*W_ACC-1:2*W_ACC];
        end
    endgenerate

    always @(posedge clk_i)
        if (clear_i) begin
            count_q <= 6'd0;
            full_q  <= 1'b0;
        end else if (move) begin
            count_q <= full_q ? {5'd0, gather} : count_q + 6'd1;
            full_q  <= full_q ? gather && PAIRS == 1 : count_q == ALL - 6'd1;
        end

endmodule

`default_nettype wire
