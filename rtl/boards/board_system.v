// SPDX-License-Identifier: Apache-2.0
// What every board has behind its PLL: the serial link, the device with a memory of its own, and the three signals for LEDs.
// heartbeat_o changes every 2^(W_HEARTBEAT-1) cycles while the clock runs and reset is released; busy_o: a list runs; error_o: STATUS.ERROR.
`default_nettype none

module board_system #(
    parameter integer M              = 2,     // the parameters of tritrain_onchip.v
    parameter integer N              = 2,
    parameter integer K              = 32,
    parameter integer LANES          = 2,
    parameter integer A_DEPTH        = 64,
    parameter integer B_DEPTH        = 64,
    parameter integer W_ACC          = 16,
    parameter integer PLANES_MAX     = 3,
    parameter integer COMPACT        = 1,
    parameter integer SCALE_FORM     = 1,
    parameter integer MEM_BEATS      = 16384,
    parameter integer MEM_SPRAM      = 0,
    parameter integer CLK_HZ         = 24000000,
    parameter integer BAUD           = 3000000,  // of the serial line
    parameter integer W_HEARTBEAT    = 24
) (
    input  wire clk_i,
    input  wire rst_i,
    input  wire uart_rx_i,
    output wire uart_tx_o,
    output wire heartbeat_o,
    output wire busy_o,
    output wire error_o
);

    localparam integer W_ADDR = $clog2(MEM_BEATS) + 3;  // of a byte in memory; registers need 8

    wire        host_valid, host_write, host_done, host_refused, irq;
    wire [31:0] host_addr;
    wire [7:0]  host_wdata, host_rdata;

    // the reset comes from a corner of the device and goes all over it
    wire link_rst, device_rst;
    register_copies #(.COPIES(2)) u_reset (.clk_i(clk_i), .ce_i(1'b1), .d_i(rst_i), .q_o({link_rst, device_rst}));

    link #(.CLK_HZ(CLK_HZ), .BAUD(BAUD), .W_ADDR(W_ADDR)) u_link (
        .clk_i         (clk_i),
        .rst_i         (link_rst),
        .uart_rx_i     (uart_rx_i),
        .uart_tx_o     (uart_tx_o),
        .host_valid_o  (host_valid),
        .host_write_o  (host_write),
        .host_addr_o   (host_addr),
        .host_wdata_o  (host_wdata),
        .host_done_i   (host_done),
        .host_refused_i(host_refused),
        .host_rdata_i  (host_rdata)
    );

    tritrain_onchip #(
        .M(M), .N(N), .K(K), .LANES(LANES), .A_DEPTH(A_DEPTH), .B_DEPTH(B_DEPTH), .W_ACC(W_ACC), .PLANES_MAX(PLANES_MAX),
        .COMPACT(COMPACT), .SCALE_FORM(SCALE_FORM), .MEM_BEATS(MEM_BEATS), .MEM_SPRAM(MEM_SPRAM)
    ) u_device (
        .clk_i         (clk_i),
        .rst_i         (device_rst),
        .host_valid_i  (host_valid),
        .host_write_i  (host_write),
        .host_addr_i   (host_addr),
        .host_wdata_i  (host_wdata),
        .host_done_o   (host_done),
        .host_refused_o(host_refused),
        .host_rdata_o  (host_rdata),
        .busy_o        (busy_o),
        .error_o       (error_o),
        .irq_o         (irq)
    );

    reg [W_HEARTBEAT-1:0] beat_q;
    assign heartbeat_o = beat_q[W_HEARTBEAT-1];

    always @(posedge clk_i)
        if (rst_i) beat_q <= {W_HEARTBEAT{1'b0}};
        else       beat_q <= beat_q + 1'b1;

    wire unused = &{1'b0, irq};

endmodule

`default_nettype wire
