// SPDX-License-Identifier: Apache-2.0
// Canonical planes of a value: balanced ternary digits (R = 3) or binary digits that share the value's sign (R = 2).
// |value| must be representable in PLANES digits; fewer planes are the low digits. STAGES = 0: combinational; 3: three registers on the way, which
// move with ce_i.
`default_nettype none

module plane_encode #(
    parameter integer PLANES = 5,  // 1..5
    parameter integer STAGES = 0   // 0 or 3
) (
    input  wire                     clk_i,
    input  wire                     ce_i,
    input  wire signed [       8:0] value_i,
    input  wire                     radix3_i,
    output wire        [PLANES-1:0] mask_o,
    output wire        [PLANES-1:0] sign_o
);

    generate
        if (PLANES < 1 || PLANES > 5) begin : g_illegal
            plane_encode_planes_must_be_1_to_5 illegal ();
        end
    endgenerate

    // bits of the largest value: 1, 4, 13, 40 or 121
    localparam integer W_MAGNITUDE = PLANES == 1 ? 1 : PLANES == 2 ? 3 : PLANES == 3 ? 4 : PLANES == 4 ? 6 : 7;

    // a negative value's bits above its lowest one are inverted
    reg [6:0] size;
    reg       seen;
    integer   i;
    always @* begin
        size = 7'd0;
        seen = 1'b0;
        for (i = 0; i < W_MAGNITUDE; i = i + 1) begin
            size[i] = value_i[i] ^ (value_i[8] & seen);
            seen = seen | value_i[i];
        end
    end

    // balanced ternary digits of the magnitude: +1 if the rest is above half of the power below, -1 if under its negative; digits beyond PLANES are
    // zero by the range of the value, and vanish. Of R = 2 the rest stays the whole magnitude: at most 31, so no digit is -1.
    wire       negative, plus4, plus3, minus3;
    wire [6:0] magnitude, rest3;
    wire [4:0] rest2;
    wire       top4 = PLANES > 4 && radix3_i && (magnitude[6] || (magnitude[5] && (magnitude[4] || (magnitude[3] && magnitude[2:0] != 3'd0))));
    wire [6:0] rest_of_4 = magnitude - (top4 ? 7'd81 : 7'd0);  // -40..40
    // bit by bit: a comparison would be a carry chain in front of another
    wire       top3 = PLANES > 3 && radix3_i && !rest3[6] && (rest3[5] || rest3[4] || rest3[3:1] == 3'd7);  // > 13
    wire       bottom3 = PLANES > 4 && rest3[6] && !(rest3[5:4] == 2'd3 && (rest3[3:2] != 2'd0 || rest3[1:0] == 2'd3));  // < -13
    // 27 nearer to 0, modulo 32: 5 added to a positive number, to the inverse of a negative one; -13..13
    wire [4:0] upright = rest3[4:0] ^ {5{rest3[6]}};
    wire       carry2 = &upright[1:0];
    wire       carry3 = upright[2] | carry2;
    wire [4:0] moved = {upright[4] ^ (upright[3] & carry3), upright[3] ^ carry3, ~(upright[2] ^ carry2), ^upright[1:0], ~upright[0]};
    wire [4:0] rest_of_3 = top3 || bottom3 ? moved ^ {5{rest3[6]}} : rest3[4:0];

    generate
        if (STAGES == 0) begin : g_whole
            assign {negative, magnitude} = {value_i[8], size};
            assign {plus4, rest3} = {top4, rest_of_4};
            assign {plus3, minus3, rest2} = {top3, bottom3, rest_of_3};
            wire unused_clock = &{1'b0, clk_i, ce_i};
        end else begin : g_stages
            reg  [2:0] negative_q;            // after each stage
            reg  [6:0] size_q, rest3_q;
            reg  [4:0] rest2_inverse_q;       // else Yosys takes it for the address of a table, and puts the table in front of it
            reg        plus4_q, plus4_3q, plus3_q, minus3_q;
            always @(posedge clk_i)
                if (ce_i) begin
                    negative_q <= {negative_q[1:0], value_i[8]};
                    size_q     <= size;
                    plus4_q    <= top4;
                    rest3_q    <= rest_of_4;
                    plus4_3q   <= plus4_q;
                    plus3_q    <= top3;
                    minus3_q   <= bottom3;
                    rest2_inverse_q <= ~rest_of_3;
                end
            assign {negative, magnitude} = {negative_q[2], size_q};
            assign {plus4, rest3} = {plus4_3q, rest3_q};
            assign {plus3, minus3, rest2} = {plus3_q, minus3_q, ~rest2_inverse_q};
        end
    endgenerate

    // the three low digits: mask and sign
    reg  [5:0] low;
    always @*
        case (rest2)
            5'd0:    low = 6'b000_000;
            5'd1:    low = 6'b001_000;
            5'd2:    low = 6'b011_001;
            5'd3:    low = 6'b010_000;
            5'd4:    low = 6'b011_000;
            5'd5:    low = 6'b111_011;
            5'd6:    low = 6'b110_010;
            5'd7:    low = 6'b111_010;
            5'd8:    low = 6'b101_001;
            5'd9:    low = 6'b100_000;
            5'd10:   low = 6'b101_000;
            5'd11:   low = 6'b111_001;
            5'd12:   low = 6'b110_000;
            5'd13:   low = 6'b111_000;
            5'd31:   low = 6'b001_001;
            5'd30:   low = 6'b011_010;
            5'd29:   low = 6'b010_010;
            5'd28:   low = 6'b011_011;
            5'd27:   low = 6'b111_100;
            5'd26:   low = 6'b110_100;
            5'd25:   low = 6'b111_101;
            5'd24:   low = 6'b101_100;
            5'd23:   low = 6'b100_100;
            5'd22:   low = 6'b101_101;
            5'd21:   low = 6'b111_110;
            5'd20:   low = 6'b110_110;
            5'd19:   low = 6'b111_111;
            5'd14:   low = 6'b111_111;
            5'd15:   low = 6'b110_110;
            5'd16:   low = 6'b111_110;
            5'd17:   low = 6'b101_101;
            default: low = 6'b100_100;
        endcase

    wire [4:0] mask3 = {plus4, plus3 | minus3, low[5:3]};
    wire [4:0] minus = {1'b0, minus3, low[2:0]};
    wire [4:0] mask = radix3_i ? mask3 : rest2;
    wire [4:0] sign = mask & ({5{negative}} ^ ({5{radix3_i}} & minus));
    assign mask_o = mask[PLANES-1:0];
    assign sign_o = sign[PLANES-1:0];

    wire unused = &{1'b0, value_i[7], mask, sign};

endmodule

`default_nettype wire
