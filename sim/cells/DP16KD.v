// SPDX-License-Identifier: Apache-2.0
// Behaviour of the ECP5 block RAM DP16KD in the modes that Yosys uses for the memories of rtl; Yosys itself only declares the cell.
// Each port has a width of its own: 1, 2, 4, 9 or 18, where it reads and writes; or A has 36 and only writes (B reads), or both have (low half of B on
// DOA). All see the same bits: 512 words of 36, of which widths below 9 leave out each ninth. Both ports have one clock, unless one is not used.
// Read data come after the clock edge and hold while the port is not enabled. A port that writes reads nothing (NORMAL), the old word
// (READBEFOREWRITE) or the new one (WRITETHROUGH). A bit that one port reads while the other writes it is undefined in the device; here it
// reads as the complement of the old one, so that a design which relies on it differs. Refused at elaboration, because not modelled:
// output registers, inverted clocks, chip select codes.
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

    // bits of an address below the word: they select nothing in that width, but the lowest enable bytes of 18 and 36
    function integer low_bits;
        input integer width;
        low_bits = width == 36 ? 5 : width == 18 ? 4 : width == 9 ? 3 : width == 4 ? 2 : width == 2 ? 1 : width == 1 ? 0 : -1;
    endfunction
    localparam integer LOW_A  = low_bits(DATA_WIDTH_A);
    localparam integer LOW_B  = low_bits(DATA_WIDTH_B);
    localparam [35:0]  ONES_A = 36'hFFFFFFFFF >> (36 - DATA_WIDTH_A);
    localparam [35:0]  ONES_B = 36'hFFFFFFFFF >> (36 - DATA_WIDTH_B);

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
        if (LOW_A < 0 || LOW_B < 0) begin : g_bad_width
            DP16KD_widths_must_be_1_2_4_9_18_or_36 u_error ();
        end
        if (DATA_WIDTH_B == 36 && DATA_WIDTH_A != 36) begin : g_bad_widths
            DP16KD_reads_36_bits_only_where_it_writes_36 u_error ();
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

    wire       enable_a = CEA && {CSA2, CSA1, CSA0} == 3'd0;
    wire       enable_b = CEB && {CSB2, CSB1, CSB0} == 3'd0;
    wire [8:0] word_a = ad_a[13:5];
    wire [8:0] word_b = ad_b[13:5];
    wire       same   = word_a == word_b;

    // where a port's word begins in the 36 bits
    wire [4:0] bit_a = ad_a[4:0] >> LOW_A << LOW_A;
    wire [4:0] bit_b = ad_b[4:0] >> LOW_B << LOW_B;
    wire [5:0] at_a  = 6'd9 * {4'd0, bit_a[4:3]} + {3'd0, bit_a[2:0]};
    wire [5:0] at_b  = 6'd9 * {4'd0, bit_b[4:3]} + {3'd0, bit_b[2:0]};

    // the bits that a port writes, and their values; the low address bits of the wide modes are byte enables
    wire [35:0] bytes_a = {{9{ad_a[3]}}, {9{ad_a[2]}}, {9{ad_a[1]}}, {9{ad_a[0]}}} | {36{DATA_WIDTH_A < 18}};
    wire [35:0] bytes_b = {18'd0, {9{ad_b[1]}}, {9{ad_b[0]}}} | {36{DATA_WIDTH_B < 18}};
    wire [35:0] write_a = enable_a && WEA ? (bytes_a & ONES_A) << at_a : 36'd0;
    wire [35:0] write_b = enable_b && WEB && DATA_WIDTH_A != 36 ? (bytes_b & ONES_B) << at_b : 36'd0;
    wire [35:0] data_a  = {di_b, di_a} << at_a & write_a;
    wire [35:0] data_b  = {18'd0, di_b} << at_b & write_b;

    reg [35:0] mem [0:511];
    integer    w;
    initial
        for (w = 0; w < 512; w = w + 1)
            mem[w] = {INIT[40*w + 20 +: 18], INIT[40*w +: 18]};

    wire        async_a = RESETMODE == "ASYNC" && RSTA;
    wire        async_b = RESETMODE == "ASYNC" && RSTB;
    wire [35:0] through_a = write_a & {36{WRITEMODE_A == "WRITETHROUGH"}};
    wire [35:0] through_b = write_b & {36{WRITEMODE_B == "WRITETHROUGH"}};
    reg  [35:0] read_a, read_b;
    always @(posedge CLKA, posedge async_a)
        if (async_a || RSTA) read_a <= 36'd0;
        else if (enable_a && !(WEA && WRITEMODE_A == "NORMAL"))
            read_a <= ((mem[word_a] ^ write_b & {36{same}}) & ~through_a | data_a & through_a) >> at_a & ONES_A;
    always @(posedge CLKB, posedge async_b)
        if (async_b || RSTB) read_b <= 36'd0;
        else if (enable_b && !(WEB && WRITEMODE_B == "NORMAL"))
            read_b <= ((mem[word_b] ^ write_a & {36{same}}) & ~through_b | data_b & through_b) >> at_b & ONES_B;

    // B comes second: where both write one word, it keeps the bits of A
    wire [35:0] kept_b = ~(write_a & {36{same}});
    always @(posedge CLKA) begin
        if (write_a != 36'd0) mem[word_a] <= mem[word_a] & ~write_a | data_a;
        if (write_b != 36'd0) mem[word_b] <= (mem[word_b] & kept_b | data_a & ~kept_b) & ~write_b | data_b;
    end

    assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9,
            DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0} = DATA_WIDTH_B == 36 ? read_b[17:0] : read_a[17:0];
    assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9,
            DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0} = DATA_WIDTH_B == 36 ? read_b[35:18] : read_b[17:0];

    wire unused = &{1'b0, OCEA, OCEB, ad_a, ad_b, di_a, di_b, read_a, read_b};

endmodule

`default_nettype wire
