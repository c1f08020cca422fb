// SPDX-License-Identifier: Apache-2.0
// The low five bits of twelve event counters; the register file (registers.v) adds them to its RAM, one counter at a time, at least
// every 31 cycles, and finds by comparison whether they have wrapped since. All are 0 while run_i is 0.
// select_i chooses a counter: 0 counter 0, 2 to 12 counters 1 to 11; value_o is what it was, one cycle later.
`default_nettype none

module event_counters (
    input  wire        clk_i,
    input  wire        run_i,
    input  wire [11:0] events_i,   // counted in each cycle in which they are 1

    input  wire [3:0]  select_i,
    output reg  [4:0]  value_o
);

    reg  [4:0] count_q [0:11];
    wire [4:0] part    [0:2];      // the chosen one of four

    // three groups of four: counter 11, selected by 12, takes the free place 1 of the first
    wire [2:0] group = {select_i[3:2] == 2'd2, select_i[3:2] == 2'd1, select_i[3] == select_i[2]};
    wire [1:0] place = {select_i[1], select_i[0] || (select_i[3] && select_i[2])};

    genvar c, g;
    generate
        for (c = 0; c < 12; c = c + 1) begin : g_counter
            always @(posedge clk_i)
                if (!run_i) count_q[c] <= 5'd0;
                else        count_q[c] <= count_q[c] + {4'd0, events_i[c]};
        end
        for (g = 0; g < 3; g = g + 1) begin : g_group
            localparam integer SECOND = g == 0 ? 11 : 4 * g;
            assign part[g] = place[1] ? (place[0] ? count_q[4*g + 2] : count_q[4*g + 1])
                                      : (place[0] ? count_q[SECOND] : count_q[g == 0 ? 0 : 4*g - 1]);
        end
    endgenerate

    always @(posedge clk_i)
        value_o <= (part[0] & {5{group[0]}}) | (part[1] & {5{group[1]}}) | (part[2] & {5{group[2]}});

endmodule

`default_nettype wire
