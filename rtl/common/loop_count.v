// SPDX-License-Identifier: Apache-2.0
// One counted loop: load_i begins it, step_i goes to the next iteration, behind the last one to the first again. last_o: this is the last one.
// Counts from the complement of its last index up to all ones, so that last_i is wanted only when it begins.
// AHEAD = 1: last_o comes from a register. It holds in the cycle behind a step as without; behind load_i one cycle later, unless last_i
// stood the cycle before, too; so it must, before a step that begins again.
`default_nettype none

module loop_count #(
    parameter integer W     = 16,
    parameter integer FAST  = 0,   // loads beside the cells that count, for a device whose carries are short of time
    parameter integer AHEAD = 0
) (
    input  wire         clk_i,
    input  wire         load_i,
    input  wire [W-1:0] last_i,
    input  wire         step_i,
    output wire         last_o
);

    localparam [W-1:0] ONE = 1;

    reg  [W-1:0] count_q;
    wire         move    = load_i || step_i;    // comes late
    wire         restart = load_i || last_o;    // what a move does, not when
    wire         at_last = count_q == {W{1'b1}};
    // FAST = 0: loaded in the cells that count (iCE40): the addend is the load signal, whose sum is then not used
    wire [W-1:0] sum     = count_q + {{(W-1){restart && FAST == 0}}, 1'b1};

    always @(posedge clk_i)
        if (move) count_q <= restart ? ~last_i : sum;

    generate
        if (AHEAD != 0) begin : g_ahead
            reg only_q, last_q;   // there is one iteration
            always @(posedge clk_i) begin
                only_q <= last_i == {W{1'b0}};
                last_q <= !move ? at_last : restart ? only_q : count_q == ~ONE;
            end
            assign last_o = last_q;
        end else begin : g_now
            assign last_o = at_last;
        end
    endgenerate

endmodule

`default_nettype wire
