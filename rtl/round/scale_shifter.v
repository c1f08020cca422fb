// SPDX-License-Identifier: Apache-2.0
// S = sat33(shift >= 0 ? P << shift : P >> -shift) as if with unlimited width; >> is the arithmetic shift. Combinational.
// One right shift by t = 32 - shift of P at bit 32 of a wider word: a coarse step of 0, 32 or 64, then 16, 8, 4, 2, 1.
// A step that does not shift loses bits on top; where they differ from the sign, S saturates.
`default_nettype none

module scale_shifter #(
    parameter integer W_P = 40  // 18..56
) (
    input  wire signed [W_P-1:0] p_i,
    input  wire signed [    6:0] shift_i,  // -63..63
    output wire signed [   32:0] s_o
);

    // Every non-zero P saturates (or, for -1, ends at the limit) from shift 32 on.
    wire       left_max = !shift_i[6] && shift_i[5];
    wire [6:0] t = left_max ? 7'd0 : 7'd32 - shift_i;

    wire sign = p_i[W_P-1];
    wire signed [63:0] p = {{(64 - W_P) {sign}}, p_i};

    wire [63:0] step32 = t[6] ? {{32{sign}}, p[63:32]} : t[5] ? p : {p[31:0], 32'd0};
    wire [47:0] step16 = t[4] ? step32[63:16] : step32[47:0];
    wire [39:0] step8 = t[3] ? step16[47:8] : step16[39:0];
    wire [35:0] step4 = t[2] ? step8[39:4] : step8[35:0];
    wire [33:0] step2 = t[1] ? step4[35:2] : step4[33:0];

    wire lost32 = ~(t[6] | t[5]) & (p[63:32] != {32{sign}});
    wire lost16 = ~t[4] & (step32[63:48] != {16{sign}});
    wire lost8 = ~t[3] & (step16[47:40] != {8{sign}});
    wire lost4 = ~t[2] & (step8[39:36] != {4{sign}});
    wire lost2 = ~t[1] & (step4[35:34] != {2{sign}});
    wire lost1 = (t[0] ? step2[33] : step2[32]) != sign || (~t[0] & (step2[33] != sign));
    wire saturate = lost32 | lost16 | lost8 | lost4 | lost2 | lost1;

    // last step and saturation in one 4-input function per bit: 0 as it is, 1 shifted by one, 2 zeros, 3 ones
    wire [1:0] select = saturate ? {1'b1, ~sign} : {1'b0, t[0]};
    assign s_o = {sign, ({32{~select[1] & ~select[0]}} & step2[31:0])
                      | ({32{~select[1] & select[0]}} & step2[32:1]) | {32{select[1] & select[0]}}};

endmodule

`default_nettype wire
