// SPDX-License-Identifier: Apache-2.0
// States of the lanes' generators, from memory and to it. A lane takes its state in two cycles, the upper half first (lfsr.v, HALVES 1), while a state
// may come in every cycle, for the lanes in turn: even lanes have their halves in half_o[31:0], odd ones in half_o[63:32]. load_o: the lane takes one.
`default_nettype none

module lane_states #(
    parameter integer LANES = 16  // even
) (
    input  wire                clk_i,
    input  wire                load_i,
    input  wire [   LANES-1:0] lane_i,     // whose state data_i and state_o are: one-hot, or 0
    input  wire [        63:0] data_i,
    output wire [   LANES-1:0] load_o,
    output wire [        63:0] half_o,
    input  wire [LANES*64-1:0] inverse_i,  // of the states
    output reg  [        63:0] state_o     // 0 for no lane
);

    localparam [LANES-1:0] EVEN = {(LANES / 2) {2'b01}};
    wire [LANES-1:0] upper = lane_i & {LANES{load_i}};
    reg  [LANES-1:0] upper_q, load_q;
    reg  [31:0]      lower_q, even_q, odd_q;
    always @(posedge clk_i) begin
        upper_q <= upper;
        load_q  <= upper | upper_q;
        lower_q <= data_i[31:0];
        even_q  <= (upper_q & EVEN) != {LANES{1'b0}} ? lower_q : data_i[63:32];
        odd_q   <= (upper_q & ~EVEN) != {LANES{1'b0}} ? lower_q : data_i[63:32];
    end
    assign load_o = load_q;
    assign half_o = {odd_q, even_q};

    integer m;
    always @* begin
        state_o = 64'd0;
        for (m = 0; m < LANES; m = m + 1) state_o = state_o | (~inverse_i[64*m+:64] & {64{lane_i[m]}});
    end

endmodule

`default_nettype wire
