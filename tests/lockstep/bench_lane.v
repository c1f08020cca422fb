// SPDX-License-Identifier: Apache-2.0
// Finish lanes of several widths and forms on the same elements, each with its lane_scale. A lane sees the low bits of acc_i and the low planes;
// its results are 5 bits apart, and those of shorter lanes are delayed to stage 10. live_i follows the elements as finish_data does: bit 0 is stage 0.
`default_nettype none

module bench_lane #(
    parameter integer LANES = 10
) (
    input  wire                clk_i,
    input  wire                rst_i,

    // instruction
    input  wire                start_i,
    input  wire signed [ 15:0] mant_i,
    input  wire signed [  9:0] shift_i,
    input  wire                aux_old_i,
    input  wire                aux_limit_i,
    input  wire                master_on_i,   // for lanes of form 1
    input  wire                aux_radix3_i,
    input  wire        [  7:0] ste_limit_i,
    input  wire                binary_i,
    input  wire                out_radix3_i,
    input  wire        [ 79:0] lo_i,          // 8 bits per lane
    input  wire        [ 79:0] hi_i,
    input  wire        [  1:0] mode_i,
    output wire        [  9:0] ready_o,
    output wire        [  9:0] pace_o,

    input  wire                load_i,
    input  wire        [ 63:0] load_data_i,
    output wire        [639:0] state_o,

    // element
    input  wire                ce_i,
    input  wire                take_i,
    input  wire signed [ 23:0] acc_i,
    input  wire        [  4:0] aux_mask_i,
    input  wire        [  4:0] aux_sign_i,
    input  wire        [ 15:0] master_i,
    input  wire                valid_i,
    output wire        [ 10:0] live_o,
    output wire        [ 49:0] mask_o,
    output wire        [ 49:0] sign_o,
    output wire        [159:0] master_o
);

    reg [10:0] live_q;
    assign live_o = live_q;
    always @(posedge clk_i)
        if (rst_i) live_q <= 11'd0;
        else begin
            live_q[0] <= take_i || (!ce_i && live_q[0]);
            if (ce_i) live_q[10:1] <= live_q[9:0];
        end

    // the old master weight comes late
    reg [95:0] master_q;
    always @(posedge clk_i)
        if (ce_i) master_q <= {master_q[79:0], master_i};

    genvar l;
    generate
        for (l = 0; l < LANES; l = l + 1) begin : g_lane
            localparam integer FORM = l < 3 ? 0 : l < 8 ? 1 : 2;
            localparam integer DRAW = FORM == 1 ? 5 : 1;
            localparam integer PLANES = l < 3 ? 3 - l : l < 5 || l == 8 ? 3 : l == 5 || l == 9 ? 5 : l == 6 ? 4 : 1;
            localparam integer W_ACC = l < 2 || l == 3 || l == 8 ? 16 : l == 2 ? 12 : 24;
            wire [60:0] scale;
            wire [63:0] inverse;
            assign state_o[64*l+:64] = ~inverse;
            wire [PLANES-1:0] mask, sign;
            wire [W_ACC-1:0] acc, mag;
            wire unused = &{1'b0, acc, mag};

            lane_scale #(
                .FORM  (FORM),
                .W_ACC (W_ACC),
                .PLANES(PLANES)
            ) u_scale (
                .clk_i  (clk_i),
                .load_i (start_i),
                .mant_i (mant_i),
                .shift_i(shift_i),
                .less_i (1'b0),
                .exp_i  (5'd0),
                .start_i(start_i),
                .ce_i   (ce_i),
                .ready_o(ready_o[l]),
                .pace_o (pace_o[l]),
                .scale_o(scale)
            );

            finish_lane #(
                .W_ACC     (W_ACC),
                .PLANES    (PLANES),
                .SCALE_FORM(FORM),
                .MASTER    (FORM == 1 ? 1 : 0)
            ) dut (
                .clk_i       (clk_i),
                .ce_i        (ce_i),
                .take_i      (take_i),
                .acc_i       (acc_i[W_ACC-1:0]),
                .aux_mask_i  (aux_mask_i[PLANES-1:0]),
                .aux_sign_i  (aux_sign_i[PLANES-1:0]),
                .valid_i     (valid_i),
                .draw_i      (mode_i == 2'd1 && live_q[DRAW]),
                .aux_old_i   (aux_old_i),
                .aux_limit_i (aux_limit_i),
                .master_on_i (master_on_i && FORM == 1),
                .master_i    (master_q[95:80]),
                .aux_radix3_i(aux_radix3_i),
                .ste_limit_i (ste_limit_i),
                .binary_i    (binary_i),
                .out_radix3_i(out_radix3_i),
                .scale_i     (scale),
                .lo_i        (lo_i[8*l+:8]),
                .hi_i        (hi_i[8*l+:8]),
                .mode_i      (mode_i),
                .turn_i      (1'b0),
                .lfsr_load_i (load_i),
                .lfsr_data_i (load_data_i),
                .lfsr_inverse_o(inverse),
                .acc_o       (acc),
                .mag_o       (mag),
                .mask_o      (mask),
                .sign_o      (sign),
                .master_o    (master_o[16*l+:16])
            );
            wire [4:0] mask5 = {{(5 - PLANES) {1'b0}}, mask};
            wire [4:0] sign5 = {{(5 - PLANES) {1'b0}}, sign};
            if (FORM == 1) begin : g_long
                assign mask_o[5*l+:5] = mask5;
                assign sign_o[5*l+:5] = sign5;
            end else begin : g_short
                reg [69:0] late_q;
                always @(posedge clk_i)
                    if (ce_i) late_q <= {late_q[59:0], mask5, sign5};
                assign mask_o[5*l+:5] = late_q[69:65];
                assign sign_o[5*l+:5] = late_q[64:60];
            end
        end
    endgenerate

endmodule

`default_nettype wire
