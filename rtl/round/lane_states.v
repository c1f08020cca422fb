// SPDX-License-Identifier: Apache-2.0
// States of the lanes' generators, from memory and to it: the lanes are a chain, in which states move one lane down at a time, so that none
// has wires to a place for all. A state from memory enters at the last lane, and lane 0's, taken to memory, too, so LANES of either go round.
// The move comes one cycle later: meanwhile lane 1 has what lane 0 will have.
`default_nettype none

module lane_states #(
    parameter integer LANES = 16  // even, at least 2
) (
    input  wire                clk_i,
    input  wire                load_i,     // data_i is a state; in order of lanes
    input  wire                taken_i,    // state_o has been taken
    input  wire [        63:0] data_i,
    output wire [   LANES-1:0] move_o,     // the lane takes its part of next_o
    output wire [LANES*64-1:0] next_o,
    input  wire [LANES*64-1:0] inverse_i,  // of the states
    output wire [        63:0] state_o
);

    reg              load_q;
    reg  [63:0]      data_q;
    wire [LANES/2:0] move;     // one for each two lanes, one for state_o
    always @(posedge clk_i) {load_q, data_q} <= {load_i, data_i};
    register_copies #(.COPIES(LANES / 2 + 1)) u_move (.clk_i(clk_i), .ce_i(1'b1), .d_i(load_i || taken_i), .q_o(move));

    wire [63:0] first = ~inverse_i[63:0];
    assign next_o  = {load_q ? data_q : first, ~inverse_i[LANES*64-1:64]};
    assign state_o = move[LANES/2] ? ~inverse_i[127:64] : first;

    genvar l;
    generate
        for (l = 0; l < LANES; l = l + 1) begin : g_lane
            assign move_o[l] = move[l/2];
        end
    endgenerate

endmodule

`default_nettype wire
