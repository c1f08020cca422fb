// SPDX-License-Identifier: Apache-2.0
// The memory of a device without an external one: one port, one 64-bit beat per cycle, shared by AXI reads, AXI writes and the host.
// AXI4 subset of what read_port and write_port send: full beats, bursts inside one 512-byte block; AW may wait for the last W of its burst, so that
// its address needs no copy. AR goes through a FIFO of two, so that ARREADY depends on nothing in its cycle: a burst's first beat is read
// one cycle after its AR at the soonest. A read beat follows its address by one cycle; while one stands there no other is read, and nothing is written.
// A write beat goes before a read beat. Bursts beyond the memory are answered with SLVERR and change nothing.
// WDATA must be 0 while host_en_i is 1, so that host and AXI need no choice between 64 bits.
// Host: one byte per cycle with host_en_i, which must not meet AXI traffic; the word is on rdata_o in the next cycle.
// FAST = 1, for fast clocks: both take LATENCY cycles instead, and read beats wait in FIFOs whose space is reserved, so that RREADY goes nowhere
// and holds no write; AR waits for its last beat, as read_port does not need ARREADY soon.
`default_nettype none

module onchip_memory #(
    parameter integer BEATS  = 1024,           // at least 64
    parameter integer FAST   = 0,
    parameter integer SPRAM  = 0,              // 1: the UP5K's single-port RAM, BEATS = 16384
    parameter integer W_ADDR = $clog2(BEATS)   // derived, do not override
) (
    input  wire              clk_i,
    input  wire              rst_i,

    input  wire              host_en_i,
    input  wire              host_write_i,
    input  wire [W_ADDR+2:0] host_addr_i,      // bytes
    input  wire [7:0]        host_wdata_i,
    output wire [63:0]       rdata_o,

    input  wire              s_axi_arvalid,
    output wire              s_axi_arready,
    input  wire [31:0]       s_axi_araddr,
    input  wire [7:0]        s_axi_arlen,
    output wire              s_axi_rvalid,
    input  wire              s_axi_rready,
    output wire [63:0]       s_axi_rdata,
    output wire [1:0]        s_axi_rresp,
    output wire              s_axi_rlast,
    input  wire              s_axi_awvalid,
    output wire              s_axi_awready,
    input  wire [31:0]       s_axi_awaddr,
    input  wire              s_axi_wvalid,
    output wire              s_axi_wready,
    input  wire [63:0]       s_axi_wdata,
    input  wire [7:0]        s_axi_wstrb,
    input  wire              s_axi_wlast,
    output wire              s_axi_bvalid,
    input  wire              s_axi_bready,
    output wire [1:0]        s_axi_bresp
);

    localparam [28:0] LIMIT = BEATS[28:0];

    generate
        if (BEATS < 64)                   begin : g_bad_beats BEATS_must_be_at_least_64 u_error (); end
        if (SPRAM != 0 && BEATS != 16384) begin : g_bad_spram SPRAM_has_16384_beats u_error (); end
    endgenerate

    reg         bvalid_q, berror_q;
    reg  [5:0]  read_at_q, write_at_q;   // beats of the burst already done

    wire        b_free  = !bvalid_q || s_axi_bready;
    wire        free;                    // a read beat may be asked for
    wire        clear;                   // no read beat stands in the port, whoever takes it: so RREADY does not go into WREADY
    wire        may_w   = s_axi_awvalid && b_free;
    wire        ready_w = clear && may_w;
    wire        write   = ready_w && s_axi_wvalid;
    wire        asked;                   // the oldest read burst
    wire        error_r;                 // it is beyond the memory
    wire [W_ADDR-1:0] asked_addr;        // beats
    wire [5:0]  asked_last;
    wire        read    = free && asked && !(may_w && s_axi_wvalid);
    wire        last_r  = read_at_q == asked_last;
    wire        too_high = s_axi_araddr[31:3] >= LIMIT;
    wire        error_w = s_axi_awaddr[31:3] >= LIMIT;

    assign s_axi_wready  = ready_w;
    assign s_axi_awready = write && s_axi_wlast;
    assign s_axi_bvalid  = bvalid_q;
    assign s_axi_bresp   = {berror_q, 1'b0};

    always @(posedge clk_i)
        if (rst_i) begin
            bvalid_q   <= 1'b0;
            read_at_q  <= 6'd0;
            write_at_q <= 6'd0;
        end else begin
            bvalid_q <= s_axi_awready || !b_free;
            if (read)  read_at_q  <= last_r ? 6'd0 : read_at_q + 6'd1;
            if (write) write_at_q <= s_axi_wlast ? 6'd0 : write_at_q + 6'd1;
        end

    always @(posedge clk_i)
        if (s_axi_awready) berror_q <= error_w;

    // the port
    wire [5:0]        low_w = s_axi_awaddr[8:3] + write_at_q;
    wire [5:0]        low_r = asked_addr[5:0] + read_at_q;
    wire [W_ADDR-1:0] addr  = host_en_i ? host_addr_i[W_ADDR+2:3]
                            : write     ? {s_axi_awaddr[W_ADDR+2:9], low_w}
                                        : {asked_addr[W_ADDR-1:6], low_r};
    wire              en    = host_en_i || read || (write && !error_w);
    wire              we    = host_en_i ? host_write_i : write;
    wire [7:0]        wbe   = host_en_i ? 8'd1 << host_addr_i[2:0] : s_axi_wstrb;
    wire [63:0]       wdata = s_axi_wdata | {8{host_wdata_i & {8{host_en_i}}}};
    wire [63:0]       rdata;

    assign rdata_o = rdata;

    generate
        if (FAST != 0) begin : g_answer_late
            localparam integer LATENCY = 6;
            reg [LATENCY:1] valid_q, last_q, error_q;
            reg [4:0]       ahead_q;          // beats asked for and not yet taken, as of the cycle before
            reg             free_q, taken_q;
            wire [4:0]      ahead_d = ahead_q + {4'd0, valid_q[1]} - {4'd0, taken_q};
            wire            there, next, unused_ready;
            wire [65:0]     answer;

            always @(posedge clk_i)
                if (rst_i) begin
                    valid_q <= {LATENCY{1'b0}};
                    ahead_q <= 5'd0;
                    free_q  <= 1'b1;
                    taken_q <= 1'b0;
                end else begin
                    valid_q <= {valid_q[LATENCY-1:1], read};
                    ahead_q <= ahead_d;
                    free_q  <= !ahead_d[4] && ahead_d[3:0] != 4'd15;   // two more may be on their way
                    taken_q <= s_axi_rvalid && s_axi_rready;
                end
            always @(posedge clk_i) begin
                last_q  <= {last_q[LATENCY-1:1], last_r};
                error_q <= {error_q[LATENCY-1:1], error_r};
            end

            sync_fifo #(.WIDTH(66), .LOG_DEPTH(4)) u_answers (
                .clk_i      (clk_i),
                .rst_i      (rst_i),
                .in_valid_i (valid_q[LATENCY]),
                .in_ready_o (unused_ready),
                .in_data_i  ({last_q[LATENCY], error_q[LATENCY], rdata}),
                .out_valid_o(there),
                .out_ready_i(next),
                .out_data_o (answer)
            );
            pair_fifo #(.WIDTH(66)) u_next (   // a second FIFO: who asks is far from the memory, and takes from here
                .clk_i      (clk_i),
                .rst_i      (rst_i),
                .in_valid_i (there),
                .in_ready_o (next),
                .in_data_i  (answer),
                .out_valid_o(s_axi_rvalid),
                .out_ready_i(s_axi_rready),
                .out_data_o ({s_axi_rlast, s_axi_rresp[1], s_axi_rdata})
            );
            assign free           = free_q;
            assign clear          = 1'b1;
            assign s_axi_arready  = read && last_r;
            assign {asked, error_r, asked_addr, asked_last} = {s_axi_arvalid, too_high, s_axi_araddr[W_ADDR+2:3], s_axi_arlen[5:0]};
            assign s_axi_rresp[0] = 1'b0;
        end else begin : g_answer
            shift_fifo #(.WIDTH(W_ADDR + 7), .DEPTH(2)) u_asked (
                .clk_i      (clk_i),
                .rst_i      (rst_i),
                .in_valid_i (s_axi_arvalid),
                .in_ready_o (s_axi_arready),
                .in_data_i  ({too_high, s_axi_araddr[W_ADDR+2:3], s_axi_arlen[5:0]}),
                .out_valid_o(asked),
                .out_ready_i(read && last_r),
                .out_data_o ({error_r, asked_addr, asked_last})
            );
            reg rvalid_q, rlast_q, rerror_q;
            always @(posedge clk_i)
                if (rst_i) rvalid_q <= 1'b0;
                else       rvalid_q <= read || !free;
            always @(posedge clk_i)
                if (read) {rlast_q, rerror_q} <= {last_r, error_r};
            assign free         = !rvalid_q || s_axi_rready;
            assign clear        = !rvalid_q;
            assign s_axi_rvalid = rvalid_q;
            assign s_axi_rlast  = rlast_q;
            assign s_axi_rresp  = {rerror_q, 1'b0};
            assign s_axi_rdata  = rdata;
        end

        if (FAST != 0) begin : g_late
            ram_1rw_late #(.DEPTH(BEATS)) u_memory (
                .clk_i(clk_i), .en_i(en), .we_i(we), .wbe_i(wbe), .addr_i(addr), .wdata_i(wdata), .rdata_o(rdata)
            );
        end else if (SPRAM != 0) begin : g_spram
            spram_1rw u_memory (
                .clk_i(clk_i), .en_i(en), .we_i(we), .wbe_i(wbe), .addr_i(addr), .wdata_i(wdata), .rdata_o(rdata)
            );
        end else begin : g_block
            ram_1rw #(.DEPTH(BEATS)) u_memory (
                .clk_i(clk_i), .en_i(en), .we_i(we), .wbe_i(wbe), .addr_i(addr), .wdata_i(wdata), .rdata_o(rdata)
            );
        end
    endgenerate

    wire unused = &{1'b0, s_axi_arlen[7:6], s_axi_araddr[2:0], s_axi_awaddr[2:0]};

endmodule

`default_nettype wire
