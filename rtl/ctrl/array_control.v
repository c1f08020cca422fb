// SPDX-License-Identifier: Apache-2.0
// What accompanies a word from its issue to the accumulators: DEPTH stages, of which the first shows the operand RAM's output (FAST: its address), the last but one the
// partial sum, the last the accumulator. All hold while ce_o is 0, that is while a finished tile waits for the drain.
// FAST = 1: eight stages (operand_buffer.v, mac_array.v) instead of three, and copies of the registers that go to many cells.
`default_nettype none

module array_control #(
    parameter integer M    = 8,
    parameter integer FAST = 0
) (
    input  wire         clk_i,
    input  wire         rst_i,

    // the word of this cycle
    input  wire         issue_i,
    input  wire         first_i,        // starts a sum
    input  wire         radix_i,        // starts a diagonal of planes
    input  wire         tile_end_i,
    output wire         ce_o,
    output wire         issued_o,       // a word leaves the first stage, and with it the RAM
    output wire         empty_o,

    // to the array
    output wire [M+3:0] array_ce_o,     // equal to ce_o; for the rows of the array, for A and for B, for A and for B once more
    output wire [M-1:0] array_first_o,  // with the partial sum, for each row
    output wire [M-1:0] array_radix_o,
    output wire [M:0]   tile_take_o,    // the finished tile moves to the drain; mac_array.v
    input  wire         tile_ready_i    // it may do so; FAST: in the next cycle
);

    localparam integer DEPTH = FAST != 0 ? 8 : 3;

    reg  [DEPTH:1]   valid_q, last_q;
    reg  [DEPTH-1:1] first_q, radix_q;
    wire             ce;

    always @(posedge clk_i)
        if (rst_i)   valid_q <= {DEPTH{1'b0}};
        else if (ce) valid_q <= {valid_q[DEPTH-1:1], issue_i};

    always @(posedge clk_i)
        if (ce) begin
            last_q  <= {last_q[DEPTH-1:1], tile_end_i};
            first_q <= {first_q[DEPTH-2:1], first_i};
            radix_q <= {radix_q[DEPTH-2:1], radix_i};
        end

    assign ce_o     = ce;
    assign issued_o = ce && valid_q[1];
    assign empty_o  = valid_q == {DEPTH{1'b0}};

    generate
        if (FAST != 0) begin : g_copies
            // ce needs no reset: with nothing in the stages it is 1
            reg  before_end_q, at_end_q;   // the last word of a tile is in the last stage but one, in the last
            wire ce_decides;       // equal to ce: the copy that the next ce follows from
            wire done_d = ce_decides ? before_end_q : at_end_q;
            always @(posedge clk_i)
                if (rst_i)           {at_end_q, before_end_q} <= 2'b00;
                else if (ce_decides) {at_end_q, before_end_q} <= {before_end_q, valid_q[DEPTH-2] && last_q[DEPTH-2]};
            register_copies #(.COPIES(M + 6)) u_ce (
                .clk_i(clk_i), .ce_i(1'b1), .d_i(!done_d || tile_ready_i), .q_o({ce, ce_decides, array_ce_o})
            );
            register_copies #(.COPIES(M + 1)) u_take (
                .clk_i(clk_i), .ce_i(1'b1), .d_i(!rst_i && done_d && tile_ready_i), .q_o(tile_take_o)
            );
            register_copies #(.COPIES(M)) u_first (.clk_i(clk_i), .ce_i(ce), .d_i(first_q[DEPTH-2]), .q_o(array_first_o));
            register_copies #(.COPIES(M)) u_radix (.clk_i(clk_i), .ce_i(ce), .d_i(radix_q[DEPTH-2]), .q_o(array_radix_o));
            wire unused_last_stage = &{1'b0, first_q[DEPTH-1], radix_q[DEPTH-1]};
        end else begin : g_wires
            wire done = valid_q[DEPTH] && last_q[DEPTH];
            assign ce            = !(done && !tile_ready_i);
            assign array_ce_o    = {(M+4){ce}};
            assign tile_take_o   = {(M+1){done && tile_ready_i}};
            assign array_first_o = {M{first_q[DEPTH-1]}};
            assign array_radix_o = {M{radix_q[DEPTH-1]}};
        end
    endgenerate

endmodule

`default_nettype wire
