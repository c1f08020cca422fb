// SPDX-License-Identifier: Apache-2.0
// States of the lanes' generators from memory and to it. A generator takes a new state in halves, the upper one first: the state of one
// lane per cycle comes on data_i, and each half is there for one cycle, so even and odd lanes have them from different registers.
`default_nettype none

module generator_states #(
    parameter integer LANES = 16
) (
    input  wire                clk_i,

    input  wire [LANES-1:0]    lane_i,       // whose state it is, one-hot, or 0
    input  wire                load_i,       // it comes
    input  wire [63:0]         data_i,
    output wire [LANES-1:0]    take_half_o,  // lanes that take a half
    output wire [31:0]         even_half_o,
    output wire [31:0]         odd_half_o,

    input  wire [64*LANES-1:0] inverse_i,    // of all states
    output reg  [63:0]         state_o       // of the lane, else 0
);

    localparam [LANES-1:0] EVEN = {(LANES/2){2'b01}};
    wire [LANES-1:0] upper = lane_i & {LANES{load_i}};
    reg  [LANES-1:0] upper_q, take_q;     // the lane whose upper half comes; the lanes that take one
    reg  [31:0]      lower_q, even_q, odd_q;
    integer          l;

    assign take_half_o = take_q;
    assign even_half_o = even_q;
    assign odd_half_o  = odd_q;

    always @(posedge clk_i) begin
        upper_q <= upper;
        take_q  <= upper | upper_q;
        lower_q <= data_i[31:0];
        even_q  <= (upper_q & EVEN) != {LANES{1'b0}} ? lower_q : data_i[63:32];
        odd_q   <= (upper_q & ~EVEN) != {LANES{1'b0}} ? lower_q : data_i[63:32];
    end

    always @* begin
        state_o = 64'd0;
        for (l = 0; l < LANES; l = l + 1) state_o = state_o | (~inverse_i[64*l +: 64] & {64{lane_i[l]}});
    end

endmodule

`default_nettype wire
