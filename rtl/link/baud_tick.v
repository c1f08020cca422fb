// SPDX-License-Identifier: Apache-2.0
// One pulse per bit time on average, from a fractional accumulator of as few bits as keep the error below 0.5 %.
// While hold_i is 1 the phase is kept so that the first tick comes half a bit after its fall, less one clock for its detection.
`default_nettype none

module baud_tick #(
    parameter integer CLK_HZ = 24000000,
    parameter integer BAUD   = 3000000      // at most CLK_HZ / 4
) (
    input  wire clk_i,
    input  wire hold_i,

    output wire tick_o
);

    localparam integer CLK_100  = CLK_HZ / 100;     // in units of 100 Hz, so that products fit 32 bits
    localparam integer BAUD_100 = BAUD / 100;

    // Step of an accumulator of w bits, rounded.
    function integer step_of(input integer w);
        step_of = ((BAUD_100 << w) + CLK_100 / 2) / CLK_100;
    endfunction

    function integer bits_needed(input integer unused);
        integer w, error;
        begin
            bits_needed = 13;               // enough up to 80 clocks per bit
            for (w = 13; w >= 2; w = w - 1) begin
                error = step_of(w) * (CLK_100 >> 2) - ((BAUD_100 << w) >> 2);
                if (error < 0) error = -error;
                if (error <= ((BAUD_100 << w) >> 2) / 200) bits_needed = w;
            end
            if (unused != 0) bits_needed = bits_needed + 0;
        end
    endfunction

    localparam integer W    = bits_needed(0);
    localparam integer STEP = step_of(W);
    localparam integer HALF = (1 << (W - 1)) + STEP;

    generate
        if (BAUD > CLK_HZ / 4) begin : g_bad
            BAUD_must_be_at_most_a_quarter_of_CLK_HZ u_error ();
        end
    endgenerate

    reg [W-1:0] phase_q;
    wire [W:0]  sum = {1'b0, phase_q} + STEP[W:0];

    always @(posedge clk_i)
        if (hold_i) phase_q <= HALF[W-1:0];
        else        phase_q <= sum[W-1:0];

    assign tick_o = sum[W] && !hold_i;

endmodule

`default_nettype wire
