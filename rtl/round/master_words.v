// SPDX-License-Identifier: Apache-2.0
// Master weights (docs/numerics.md section 6) between memory and lanes: four of a beat, LANES of a row. Beats come in (beat_i), rows leave in
// their order (step_i: to the next one); rows come back (put_i), beats leave (take_i). Each way there is room for 16 rows: more than the elements
// that are on their way through the lanes and the block behind them, and than the two blocks that block_pack holds.
`default_nettype none

module master_words #(
    parameter integer LANES = 16   // 8..64
) (
    input  wire                clk_i,
    input  wire                clear_i,     // between instructions

    input  wire                beat_i,
    input  wire [63:0]         data_i,
    input  wire                step_i,
    output wire [16*LANES-1:0] row_o,

    input  wire [LANES/4-1:0]  put_i,       // equal
    input  wire [16*LANES-1:0] row_i,
    input  wire                take_i,
    output wire [63:0]         data_o
);

    localparam integer COLUMNS = LANES / 4;
    localparam [COLUMNS-1:0] FIRST = 1;

    generate
        if (LANES < 8) begin : g_illegal
            two_blocks_of_masters_must_fit_16_rows illegal ();
        end
    endgenerate

    // one-hot: the column of the next beat
    reg  [COLUMNS-1:0] in_q, out_q;
    always @(posedge clk_i)
        if (clear_i) in_q <= FIRST;
        else if (beat_i) in_q <= {in_q[COLUMNS-2:0], in_q[COLUMNS-1]};
    always @(posedge clk_i)
        if (clear_i) out_q <= FIRST;
        else if (take_i) out_q <= {out_q[COLUMNS-2:0], out_q[COLUMNS-1]};

    wire [64*COLUMNS-1:0] words;
    genvar c;
    generate
        for (c = 0; c < COLUMNS; c = c + 1) begin : g_column
            reg  [63:0] old_rows [0:15];
            reg  [63:0] new_rows [0:15];
            reg  [3:0]  beat_q, step_q, put_q, take_q;   // rows
            wire        beat = beat_i && in_q[c];

            always @(posedge clk_i)
                if (clear_i) {beat_q, step_q, put_q, take_q} <= 16'd0;
                else begin
                    beat_q <= beat_q + {3'd0, beat};
                    step_q <= step_q + {3'd0, step_i};
                    put_q  <= put_q + {3'd0, put_i[c]};
                    take_q <= take_q + {3'd0, take_i && out_q[c]};
                end

            always @(posedge clk_i) if (beat) old_rows[beat_q] <= data_i;
            always @(posedge clk_i) if (put_i[c]) new_rows[put_q] <= row_i[64*c +: 64];
            assign row_o[64*c +: 64] = old_rows[step_q];
            assign words[64*c +: 64] = new_rows[take_q] & {64{out_q[c]}};
        end
    endgenerate

    reg [63:0] word;
    integer    i;
    always @* begin
        word = 64'd0;
        for (i = 0; i < COLUMNS; i = i + 1) word = word | words[64*i +: 64];
    end
    assign data_o = word;

endmodule

`default_nettype wire
