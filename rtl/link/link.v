// SPDX-License-Identifier: Apache-2.0
// Host link: executes the frames of docs/link.md that arrive on a serial line, one byte per request on the host port, and answers them.
//
// Host port (master): valid_o with write_o, addr_o, wdata_o stays until done_i, which comes one or more cycles later, with refused_i (nothing was
// done) and rdata_i. addr_o[31] = 1: register space, byte offset in bits 7:0; 0: byte address in memory, of which W_ADDR bits exist; an
// address with other bits set is refused here. A slave that answers within half a byte time keeps up with the line.
`default_nettype none

module link #(
    parameter integer CLK_HZ = 24000000,
    parameter integer BAUD   = 3000000,     // at most CLK_HZ / 4
    parameter integer W_ADDR = 31           // 8 to 31
) (
    input  wire        clk_i,
    input  wire        rst_i,

    // serial line
    input  wire        uart_rx_i,
    output wire        uart_tx_o,

    // host port
    output wire        host_valid_o,
    output wire        host_write_o,
    output wire [31:0] host_addr_o,
    output wire [7:0]  host_wdata_o,
    input  wire        host_done_i,
    input  wire        host_refused_i,
    input  wire [7:0]  host_rdata_i
);

    localparam [1:0] VERSION = 2'd1;

    // one bit per state: that costs fewer cells than their decoding
    localparam integer ST_IDLE    = 0,      // sends the head of an answer
                       ST_ADDRESS = 1,      // takes four bytes, highest first
                       ST_LENGTH  = 2,      // sends n
                       ST_DATA    = 3,
                       ST_CRC     = 4;      // sends three bytes

    generate
        if (W_ADDR < 8 || W_ADDR > 31) begin : g_bad
            W_ADDR_must_be_8_to_31 u_error ();
        end
    endgenerate

    wire       pop, fresh, more, over, empty, bad;
    wire [7:0] head;                        // the oldest byte of the buffer
    wire [4:0] expected;

    frame_input #(
        .CLK_HZ (CLK_HZ),
        .BAUD   (BAUD)
    ) u_frame_input (
        .clk_i     (clk_i),
        .rst_i     (rst_i),
        .uart_rx_i (uart_rx_i),
        .pop_i     (pop),
        .fresh_o   (fresh),
        .more_o    (more),
        .over_o    (over),
        .empty_o   (empty),
        .data_o    (head),
        .expect_o  (expected),
        .bad_o     (bad)
    );

    // ---- execution ----

    reg  [4:0]        state_q, state_d;
    reg               query_q, write_q;     // the command, else a read; anything for a status, which finds the frame over
    reg               located_q, reopen_q;  // it has an address; it is a hello
    reg               note_q;               // a status is to be sent
    reg               refused_q;            // after reset too: no session outlives it
    reg  [1:0]        count_q;
    reg  [W_ADDR:0]   addr_q;               // the pointer; bit 0: register space
    reg  [7:0]        left_q;               // counts up; 255: no data byte is left
    reg               none_left;            // the same, a cycle late, in which the transmitter takes nothing

    wire tx_ready, tx_bit_valid, tx_bit, tx_serial;

    wire idle         = state_q[ST_IDLE];
    wire in_length    = state_q[ST_LENGTH];
    wire in_data      = state_q[ST_DATA];
    wire in_address   = state_q[ST_ADDRESS];
    wire in_crc       = state_q[ST_CRC];
    wire last         = count_q == 2'd3;

    // A command's first byte; or, in ST_IDLE, bytes behind the fields of the command before.
    wire begins        = idle && tx_ready && over && (!empty || note_q);
    wire begin_command = begins && !empty;
    wire with_address  = begin_command && located_q;
    wire skip          = idle && more;
    wire take_address  = in_address && more;
    wire send_length   = in_length && tx_ready && fresh;
    wire length_given  = more && !write_q;
    wire take_length   = send_length && length_given;

    wire to_send       = in_data && tx_ready && !none_left;
    wire access_wanted = write_q ? in_data && more : to_send && !query_q;
    wire answered      = host_done_i || refused_q;
    wire access_done   = access_wanted && answered;
    wire echo          = to_send && query_q && fresh;
    wire send_host     = to_send && !query_q && !write_q && answered;
    wire data_over     = in_data && (write_q ? over : none_left);

    wire send_crc      = in_crc && tx_ready && !last;

    wire address_over  = (in_address && over) || (take_address && last);
    wire crc_over      = in_crc && tx_ready && last;

    always @* begin
        state_d[ST_IDLE]    = (idle && !begins) || crc_over;
        state_d[ST_ADDRESS] = (in_address && !address_over) || with_address;
        state_d[ST_LENGTH]  = (in_length && !send_length) || (begins && !with_address) || address_over;
        state_d[ST_DATA]    = (in_data && !data_over) || send_length;
        state_d[ST_CRC]     = (in_crc && !crc_over) || data_over;
    end

    always @(posedge clk_i)
        if (rst_i) state_q <= 5'd1 << ST_IDLE;
        else       state_q <= state_d;

    assign pop = begin_command || skip || take_address || take_length ||
                 (access_done && write_q) || (echo && more);

    // In ST_CRC too, so that they are right in the first cycle of ST_IDLE.
    always @(posedge clk_i)
        if (idle || in_crc) begin
            query_q   <= !head[7];
            reopen_q  <= !head[7] && head[6];
            write_q   <= head[7] && !head[6];
            located_q <= head[7] && head[5];
        end

    always @(posedge clk_i)
        if (rst_i)                         note_q <= 1'b0;
        else if (bad || (begins && empty)) note_q <= bad;

    always @(posedge clk_i)
        if (idle || in_data)                           count_q <= 2'd0;
        else if (take_address || (in_crc && tx_ready)) count_q <= count_q + 2'd1;

    // Two counters that can be loaded in one cell per bit: the addend is the load signal, whose sum is then not used.
    wire [W_ADDR:0] addr_sum = {addr_q[W_ADDR:1], 1'b1} + {{W_ADDR{take_address}}, 1'b1};
    wire [9:0]      left_sum = {1'b0, left_q, 1'b1} + {1'b0, {8{in_length}}, 1'b1};
    wire            too_high = addr_q[W_ADDR:W_ADDR-7] != 8'd0;     // before it moves up by a byte

    always @(posedge clk_i)
        if (with_address)                     addr_q <= {(W_ADDR+1){1'b0}};
        else if (take_address || access_done) addr_q <= take_address ? {addr_q[W_ADDR-8:0], head}
                                                                     : {addr_sum[W_ADDR:1], addr_q[0]};

    always @(posedge clk_i)
        if (in_length || send_host || echo) begin
            if (in_length && !length_given) left_q <= 8'hFF;
            else                            left_q <= in_length ? ~head : left_sum[8:1];
        end

    always @(posedge clk_i) none_left <= in_data && left_sum[9];

    always @(posedge clk_i)
        if (rst_i)                          refused_q <= 1'b1;
        else if (begin_command && reopen_q) refused_q <= 1'b0;
        else if ((access_done && host_refused_i) || (take_address && too_high) || (in_address && over))
            refused_q <= 1'b1;

    assign host_valid_o = access_wanted && !refused_q;
    assign host_write_o = write_q;
    assign host_wdata_o = head;
    assign host_addr_o  = {addr_q[0], {(31-W_ADDR){1'b0}}, addr_q[W_ADDR:1]};

    // ---- answer ----

    wire use_expected = begins && (empty || query_q);
    wire use_head     = (begin_command && !query_q) || take_length || echo;
    wire [7:0]  tx_byte      = ({8{use_head}} & head) | ({8{send_host}} & host_rdata_i) | ({8{use_expected}} & {1'b0, VERSION, expected});
    wire [23:0] crc;

    uart_tx #(
        .CLK_HZ (CLK_HZ),
        .BAUD   (BAUD)
    ) u_uart_tx (
        .clk_i         (clk_i),
        .rst_i         (rst_i),
        .ready_o       (tx_ready),
        .load_i        (begins || send_length || send_host || echo || send_crc),
        .load_serial_i (in_crc),
        .data_i        (tx_byte),
        .serial_i      (crc[0] ^ !refused_q),
        .bit_valid_o   (tx_bit_valid),
        .bit_o         (tx_bit),
        .serial_o      (tx_serial),
        .tx_o          (uart_tx_o)
    );

    crc24 u_crc24 (
        .clk_i    (clk_i),
        .init_i   (idle),
        .enable_i (tx_bit_valid),
        .shift_i  (tx_serial),
        .bit_i    (tx_bit),
        .crc_o    (crc)
    );

    wire unused = &{1'b0, crc[23:1], addr_sum[0], left_sum[0]};

endmodule

`default_nettype wire
