// SPDX-License-Identifier: Apache-2.0
// Behaviour of the ECP5 block RAM DP16KD in the modes that Yosys uses for rtl/common/ram_1r1w.v; Yosys itself only declares the cell.
// Both ports have one clock and one width: 1, 2, 4, 9 or 18 (each port reads and writes), or 36 (A writes; B reads, low half on DOA).
// Read data come after the clock edge and hold while the port is not enabled. A port that writes reads nothing (NORMAL), the old word
// (READBEFOREWRITE) or the new one (WRITETHROUGH). A byte that one port reads while the other writes it is undefined in the device; here it
// reads as the complement of the old byte, so that a design which relies on it differs. Refused at elaboration, because not modelled:
// output registers, inverted clocks, chip select codes, ports of two widths.
`default_nettype none

module DP16KD (
    input  wire DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9,
    input  wire DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0,
    input  wire ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5,
    input  wire ADA4, ADA3, ADA2, ADA1, ADA0,
    input  wire CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
    output wire DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9,
    output wire DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0,
    input  wire DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9,
    input  wire DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0,
    input  wire ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5,
    input  wire ADB4, ADB3, ADB2, ADB1, ADB0,
    input  wire CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
    output wire DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9,
    output wire DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0
);

    parameter integer DATA_WIDTH_A = 18;
    parameter integer DATA_WIDTH_B = 18;
    parameter REGMODE_A = "NOREG";
    parameter REGMODE_B = "NOREG";
    parameter RESETMODE = "SYNC";
    parameter ASYNC_RESET_RELEASE = "SYNC";
    parameter CSDECODE_A = "0b000";
    parameter CSDECODE_B = "0b000";
    parameter WRITEMODE_A = "NORMAL";
    parameter WRITEMODE_B = "NORMAL";
    parameter CLKAMUX = "CLKA";
    parameter CLKBMUX = "CLKB";
    parameter GSR = "ENABLED";
    parameter [319:0] INITVAL_00 = 320'd0;
    parameter [319:0] INITVAL_01 = 320'd0;
    parameter [319:0] INITVAL_02 = 320'd0;
    parameter [319:0] INITVAL_03 = 320'd0;
    parameter [319:0] INITVAL_04 = 320'd0;
    parameter [319:0] INITVAL_05 = 320'd0;
    parameter [319:0] INITVAL_06 = 320'd0;
    parameter [319:0] INITVAL_07 = 320'd0;
    parameter [319:0] INITVAL_08 = 320'd0;
    parameter [319:0] INITVAL_09 = 320'd0;
    parameter [319:0] INITVAL_0A = 320'd0;
    parameter [319:0] INITVAL_0B = 320'd0;
    parameter [319:0] INITVAL_0C = 320'd0;
    parameter [319:0] INITVAL_0D = 320'd0;
    parameter [319:0] INITVAL_0E = 320'd0;
    parameter [319:0] INITVAL_0F = 320'd0;
    parameter [319:0] INITVAL_10 = 320'd0;
    parameter [319:0] INITVAL_11 = 320'd0;
    parameter [319:0] INITVAL_12 = 320'd0;
    parameter [319:0] INITVAL_13 = 320'd0;
    parameter [319:0] INITVAL_14 = 320'd0;
    parameter [319:0] INITVAL_15 = 320'd0;
    parameter [319:0] INITVAL_16 = 320'd0;
    parameter [319:0] INITVAL_17 = 320'd0;
    parameter [319:0] INITVAL_18 = 320'd0;
    parameter [319:0] INITVAL_19 = 320'd0;
    parameter [319:0] INITVAL_1A = 320'd0;
    parameter [319:0] INITVAL_1B = 320'd0;
    parameter [319:0] INITVAL_1C = 320'd0;
    parameter [319:0] INITVAL_1D = 320'd0;
    parameter [319:0] INITVAL_1E = 320'd0;
    parameter [319:0] INITVAL_1F = 320'd0;
    parameter [319:0] INITVAL_20 = 320'd0;
    parameter [319:0] INITVAL_21 = 320'd0;
    parameter [319:0] INITVAL_22 = 320'd0;
    parameter [319:0] INITVAL_23 = 320'd0;
    parameter [319:0] INITVAL_24 = 320'd0;
    parameter [319:0] INITVAL_25 = 320'd0;
    parameter [319:0] INITVAL_26 = 320'd0;
    parameter [319:0] INITVAL_27 = 320'd0;
    parameter [319:0] INITVAL_28 = 320'd0;
    parameter [319:0] INITVAL_29 = 320'd0;
    parameter [319:0] INITVAL_2A = 320'd0;
    parameter [319:0] INITVAL_2B = 320'd0;
    parameter [319:0] INITVAL_2C = 320'd0;
    parameter [319:0] INITVAL_2D = 320'd0;
    parameter [319:0] INITVAL_2E = 320'd0;
    parameter [319:0] INITVAL_2F = 320'd0;
    parameter [319:0] INITVAL_30 = 320'd0;
    parameter [319:0] INITVAL_31 = 320'd0;
    parameter [319:0] INITVAL_32 = 320'd0;
    parameter [319:0] INITVAL_33 = 320'd0;
    parameter [319:0] INITVAL_34 = 320'd0;
    parameter [319:0] INITVAL_35 = 320'd0;
    parameter [319:0] INITVAL_36 = 320'd0;
    parameter [319:0] INITVAL_37 = 320'd0;
    parameter [319:0] INITVAL_38 = 320'd0;
    parameter [319:0] INITVAL_39 = 320'd0;
    parameter [319:0] INITVAL_3A = 320'd0;
    parameter [319:0] INITVAL_3B = 320'd0;
    parameter [319:0] INITVAL_3C = 320'd0;
    parameter [319:0] INITVAL_3D = 320'd0;
    parameter [319:0] INITVAL_3E = 320'd0;
    parameter [319:0] INITVAL_3F = 320'd0;

    localparam integer WIDTH  = DATA_WIDTH_A;
    localparam integer BYTES  = WIDTH == 36 ? 4 : WIDTH == 18 ? 2 : 1;
    localparam integer W_BYTE = WIDTH / BYTES;
    localparam integer SKIP   = WIDTH == 36 ? 5 : WIDTH == 18 ? 4 : WIDTH == 9 ? 3 : WIDTH == 4 ? 2 : WIDTH == 2 ? 1 : 0;  // address bits
    localparam integer DEPTH  = 16384 >> SKIP;

    // contents: 18 bits in each 20
    localparam [20479:0] INIT = {
        INITVAL_3F, INITVAL_3E, INITVAL_3D, INITVAL_3C, INITVAL_3B, INITVAL_3A, INITVAL_39, INITVAL_38,
        INITVAL_37, INITVAL_36, INITVAL_35, INITVAL_34, INITVAL_33, INITVAL_32, INITVAL_31, INITVAL_30,
        INITVAL_2F, INITVAL_2E, INITVAL_2D, INITVAL_2C, INITVAL_2B, INITVAL_2A, INITVAL_29, INITVAL_28,
        INITVAL_27, INITVAL_26, INITVAL_25, INITVAL_24, INITVAL_23, INITVAL_22, INITVAL_21, INITVAL_20,
        INITVAL_1F, INITVAL_1E, INITVAL_1D, INITVAL_1C, INITVAL_1B, INITVAL_1A, INITVAL_19, INITVAL_18,
        INITVAL_17, INITVAL_16, INITVAL_15, INITVAL_14, INITVAL_13, INITVAL_12, INITVAL_11, INITVAL_10,
        INITVAL_0F, INITVAL_0E, INITVAL_0D, INITVAL_0C, INITVAL_0B, INITVAL_0A, INITVAL_09, INITVAL_08,
        INITVAL_07, INITVAL_06, INITVAL_05, INITVAL_04, INITVAL_03, INITVAL_02, INITVAL_01, INITVAL_00
    };

    generate
        if (WIDTH != 1 && WIDTH != 2 && WIDTH != 4 && WIDTH != 9 && WIDTH != 18 && WIDTH != 36) begin : g_bad_width
            DP16KD_width_must_be_1_2_4_9_18_or_36 u_error ();
        end
        if (DATA_WIDTH_A != DATA_WIDTH_B) begin : g_bad_widths
            DP16KD_ports_must_have_one_width u_error ();
        end
        if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG" || CLKAMUX != "CLKA" || CLKBMUX != "CLKB"
            || CSDECODE_A != "0b000" || CSDECODE_B != "0b000") begin : g_bad_mode
            DP16KD_mode_is_not_modelled u_error ();
        end
    endgenerate

    wire [13:0] ad_a = {ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5,
                        ADA4, ADA3, ADA2, ADA1, ADA0};
    wire [13:0] ad_b = {ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5,
                        ADB4, ADB3, ADB2, ADB1, ADB0};
    wire [17:0] di_a = {DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9,
                        DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0};
    wire [17:0] di_b = {DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9,
                        DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0};

    wire [13-SKIP:0] word_a = ad_a[13:SKIP];
    wire [13-SKIP:0] word_b = ad_b[13:SKIP];
    wire             enable_a = CEA && {CSA2, CSA1, CSA0} == 3'd0;
    wire             enable_b = CEB && {CSB2, CSB1, CSB0} == 3'd0;

    // what each port writes, by byte: the low address bits of the wide modes are byte enables
    wire [BYTES-1:0] write_a, write_b;
    wire [WIDTH-1:0] data_a, data_b;
    generate
        if (WIDTH == 36) begin : g_one_writes
            assign write_a = {4{enable_a && WEA}} & ad_a[3:0];
            assign write_b = 4'd0;
            assign data_a  = {di_b, di_a};
            assign data_b  = 36'd0;
        end else begin : g_both_write
            assign write_a = {BYTES{enable_a && WEA}} & (BYTES == 2 ? ad_a[BYTES-1:0] : {BYTES{1'b1}});
            assign write_b = {BYTES{enable_b && WEB}} & (BYTES == 2 ? ad_b[BYTES-1:0] : {BYTES{1'b1}});
            assign data_a  = di_a[WIDTH-1:0];
            assign data_b  = di_b[WIDTH-1:0];
        end
    endgenerate

    reg [WIDTH-1:0] mem [0:DEPTH-1];
    integer w, b, at;
    initial
        for (w = 0; w < DEPTH; w = w + 1)
            for (b = 0; b < WIDTH; b = b + 1) begin
                at = w * WIDTH + b;
                if (WIDTH < 9) at = at / 8 * 9 + at % 8;  // the ninth bits are not used
                mem[w][b] = INIT[at / 18 * 20 + at % 18];
            end

    // a byte that the other port writes at this edge is spoilt
    wire            same = word_a == word_b;
    wire            async_a = RESETMODE == "ASYNC" && RSTA;
    wire            async_b = RESETMODE == "ASYNC" && RSTB;
    reg [WIDTH-1:0] read_a, read_b;
    integer         i, n;
    always @(posedge CLKA, posedge async_a)
        if (async_a || RSTA) read_a <= {WIDTH{1'b0}};
        else if (enable_a && !(WEA && WRITEMODE_A == "NORMAL"))
            for (i = 0; i < BYTES; i = i + 1)
                read_a[W_BYTE*i +: W_BYTE] <= write_a[i] && WRITEMODE_A == "WRITETHROUGH" ? data_a[W_BYTE*i +: W_BYTE]
                                            : mem[word_a][W_BYTE*i +: W_BYTE] ^ {W_BYTE{write_b[i] && same}};
    always @(posedge CLKB, posedge async_b)
        if (async_b || RSTB) read_b <= {WIDTH{1'b0}};
        else if (enable_b && !(WEB && WRITEMODE_B == "NORMAL"))
            for (n = 0; n < BYTES; n = n + 1)
                read_b[W_BYTE*n +: W_BYTE] <= write_b[n] && WRITEMODE_B == "WRITETHROUGH" ? data_b[W_BYTE*n +: W_BYTE]
                                            : mem[word_b][W_BYTE*n +: W_BYTE] ^ {W_BYTE{write_a[n] && same}};

    integer j;
    always @(posedge CLKA)
        for (j = 0; j < BYTES; j = j + 1) begin
            if (write_a[j]) mem[word_a][W_BYTE*j +: W_BYTE] <= data_a[W_BYTE*j +: W_BYTE];
            if (write_b[j]) mem[word_b][W_BYTE*j +: W_BYTE] <= data_b[W_BYTE*j +: W_BYTE];
        end

    wire [36:0] out_a = {{(37 - WIDTH){1'b0}}, WIDTH == 36 ? read_b : read_a};
    wire [36:0] out_b = {{(37 - WIDTH){1'b0}}, read_b};

    assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9,
            DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0} = out_a[17:0];
    assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9,
            DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0} = WIDTH == 36 ? out_b[35:18] : out_b[17:0];

    wire unused = &{1'b0, OCEA, OCEB, ad_a, ad_b, di_a, di_b, out_a, out_b};

endmodule

`default_nettype wire
