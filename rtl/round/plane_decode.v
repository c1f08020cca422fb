// SPDX-License-Identifier: Apache-2.0
// Value of a stack of trit planes: sum of R^i * digit i, R = 2 or 3.
// A digit with mask 0 is 0 whatever its sign; planes that are not in use are given with mask 0.
// STAGES = 0: combinational; 2: two registers on the way, which move with ce_i, and a multiplier that also adds.
`default_nettype none

module plane_decode #(
    parameter integer PLANES = 5,  // 1..5
    parameter integer STAGES = 0   // 0 or 2
) (
    input  wire                     clk_i,
    input  wire                     ce_i,
    input  wire        [PLANES-1:0] mask_i,
    input  wire        [PLANES-1:0] sign_i,
    input  wire                     radix3_i,
    output wire signed [       8:0] value_o
);

    generate
        if (PLANES < 1 || PLANES > 5) begin : g_illegal
            plane_decode_planes_must_be_1_to_5 illegal ();
        end
    endgenerate

    // digit 1 * high + digit 0 * low: for constant weights a table of 16 rows, cheaper than adders
    function signed [8:0] pair;
        input [1:0] mask;
        input [1:0] sign;
        input signed [8:0] upper;
        input signed [8:0] lower;
        casez ({mask, sign})
            4'b01_?0: pair = lower;
            4'b01_?1: pair = -lower;
            4'b10_0?: pair = upper;
            4'b10_1?: pair = -upper;
            4'b11_00: pair = upper + lower;
            4'b11_01: pair = upper - lower;
            4'b11_10: pair = lower - upper;
            4'b11_11: pair = -upper - lower;
            default:  pair = 9'sd0;
        endcase
    endfunction

    wire [4:0] mask = {{(5 - PLANES) {1'b0}}, mask_i};
    wire [4:0] sign = {{(5 - PLANES) {1'b0}}, sign_i};

    // added in as many bits as the largest value has: 1, 4, 13, 40 or 121
    localparam integer W = PLANES == 1 ? 2 : PLANES == 2 ? 4 : PLANES == 3 ? 5 : PLANES == 4 ? 7 : 8;
    wire signed [8:0] low = radix3_i ? pair(mask[1:0], sign[1:0], 9'sd3, 9'sd1)
                                     : pair(mask[1:0], sign[1:0], 9'sd2, 9'sd1);
    wire [W-1:0] value;
    assign value_o = {{(9 - W) {value[W-1]}}, value};

    generate
        if (STAGES == 0) begin : g_whole
            wire signed [8:0] middle = pair({1'b0, mask[2]}, {1'b0, sign[2]}, 9'sd0, radix3_i ? 9'sd9 : 9'sd4);
            wire signed [8:0] high = radix3_i ? pair(mask[4:3], sign[4:3], 9'sd81, 9'sd27)
                                              : pair(mask[4:3], sign[4:3], 9'sd16, 9'sd8);
            assign value = low[W-1:0] + middle[W-1:0] + high[W-1:0];
            wire unused = &{1'b0, clk_i, ce_i, low, middle, high};
        end else begin : g_stages
            // (1024 high + low) * (1024 + weight): bits 10 and up are high * weight + low, if low * weight is 0..1023; low has 4 added for that,
            // which the middle digit takes back
            wire signed [8:0] high = radix3_i ? pair(mask[4:3], sign[4:3], 9'sd3, 9'sd1)
                                              : pair(mask[4:3], sign[4:3], 9'sd2, 9'sd1);
            wire [3:0] raised = {low[3] ^ low[2], ~low[2], low[1:0]};
            reg  [3:0] high_q, raised_q;
            reg        mask_q, sign_q;
            reg  [7:0] outer_q;
            reg signed [8:0]  middle_q;
            wire signed [11:0] weight = radix3_i ? 12'sd1051 : 12'sd1032;
            wire signed [25:0] product = $signed({high_q, 6'd0, raised_q}) * weight;
            always @(posedge clk_i)
                if (ce_i) begin
                    {mask_q, sign_q} <= {mask[2], sign[2]};
                    high_q   <= high[3:0];
                    raised_q <= raised;
                    outer_q  <= product[17:10];
                    middle_q <= !mask_q ? -9'sd4 : radix3_i ? (sign_q ? -9'sd13 : 9'sd5) : sign_q ? -9'sd8 : 9'sd0;
                end
            assign value = outer_q[W-1:0] + middle_q[W-1:0];
            wire unused = &{1'b0, high, low, product, outer_q, middle_q};
        end
    endgenerate

endmodule

`default_nettype wire
