// SPDX-License-Identifier: Apache-2.0
// The products of product.v and the rounder's scale beside what synthesis makes of them, with the same stimulus. A bit of differ_o is 1 while
// the outputs of one kind differ.
`default_nettype none

module bench_product (
    input  wire        clk_i,
    input  wire        ce_i,
    input  wire [23:0] a_i,
    input  wire [17:0] b_i,
    input  wire [ 8:0] old_i,
    input  wire        half_i,
    input  wire [ 6:0] right_i,
    output wire [ 4:0] differ_o
);

    wire [35:0] unsigned_rtl, unsigned_net, signed_rtl, signed_net;
    wire [36:0] mixed_rtl, mixed_net;
    wire [39:0] rounder_rtl, rounder_net;

    product u_rtl (
        .a_i       (a_i),
        .b_i       (b_i),
        .unsigned_o(unsigned_rtl),
        .signed_o  (signed_rtl),
        .mixed_o   (mixed_rtl),
        .rounder_o (rounder_rtl)
    );
    product_netlist u_netlist (
        .a_i       (a_i),
        .b_i       (b_i),
        .unsigned_o(unsigned_net),
        .signed_o  (signed_net),
        .mixed_o   (mixed_net),
        .rounder_o (rounder_net)
    );

    wire [60:0] scale = {38'd0, right_i, b_i[15:0]};
    wire [35:0] scaled_rtl, scaled_net;

    scale_shifter u_scale_rtl (
        .clk_i     (clk_i),
        .ce_i      (ce_i),
        .acc_i     (a_i),
        .old_i     (old_i),
        .half_i    (half_i),
        .scale_i   (scale),
        .low_o     (scaled_rtl[13:0]),
        .high_o    (scaled_rtl[23:14]),
        .whole_o   (scaled_rtl[33:24]),
        .over_o    (scaled_rtl[34]),
        .sign_o    (scaled_rtl[35])
    );
    scale_shifter_netlist u_scale_netlist (
        .clk_i     (clk_i),
        .ce_i      (ce_i),
        .acc_i     (a_i),
        .old_i     (old_i),
        .half_i    (half_i),
        .scale_i   (scale),
        .low_o     (scaled_net[13:0]),
        .high_o    (scaled_net[23:14]),
        .whole_o   (scaled_net[33:24]),
        .over_o    (scaled_net[34]),
        .sign_o    (scaled_net[35])
    );

    assign differ_o = {scaled_rtl != scaled_net, rounder_rtl != rounder_net, mixed_rtl != mixed_net,
                       signed_rtl != signed_net, unsigned_rtl != unsigned_net};

endmodule

`default_nettype wire
