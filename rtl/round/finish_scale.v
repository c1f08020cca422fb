// SPDX-License-Identifier: Apache-2.0
// The scale of a full finish stage's instruction: its shift, less the slot's exponent, and what lane_scale makes of it and the mantissa. The lanes'
// multipliers lie in rows all over the device: each COPY serves some of them. All of it stands long before an element comes.
`default_nettype none

module finish_scale #(
    parameter integer W_ACC  = 24,
    parameter integer PLANES = 5,
    parameter integer COPIES = 8
) (
    input  wire                 clk_i,
    input  wire                 init_i,       // until the instruction starts
    input  wire [15:0]          mant_i,
    input  wire [7:0]           shift_i,
    input  wire                 slot_use_i,
    input  wire [7:0]           slot_exp_i,
    output wire [61*COPIES-1:0] scale_o
);

    reg  [7:0]  exp_q;
    reg  [9:0]  shift_q;
    always @(posedge clk_i) begin
        exp_q   <= slot_use_i ? slot_exp_i : 8'd0;
        shift_q <= {{2{shift_i[7]}}, shift_i} - {2'd0, exp_q};
    end

    wire [1:0]  unused_scale;
    wire [60:0] scale;
    lane_scale #(.FORM(1), .W_ACC(W_ACC), .PLANES(PLANES)) u_scale (
        .clk_i  (clk_i),
        .load_i (init_i),
        .mant_i (mant_i),
        .shift_i(shift_q),
        .less_i (1'b0),
        .exp_i  (5'd0),
        .start_i(init_i),
        .ce_i   (1'b1),
        .ready_o(unused_scale[0]),
        .pace_o (unused_scale[1]),
        .scale_o(scale)
    );

    genvar c;
    generate
        for (c = 0; c < COPIES; c = c + 1) begin : g_copy
            reg [60:0] scale_q;
            (* keep *) always @(posedge clk_i) scale_q <= scale;
            assign scale_o[61*c +: 61] = scale_q;
        end
    endgenerate

    wire unused = &{1'b0, unused_scale};

endmodule

`default_nettype wire
