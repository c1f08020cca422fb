// SPDX-License-Identifier: Apache-2.0
// Shares one AXI4 read channel between three requesters (0: finish, 1: fetch, 2: load; lower numbers win).
// A request (beats, 1..64, inside one 512-byte block) is registered for one cycle; up to 2^LOG_BURSTS bursts are in flight, answered in order.
// Data goes to the requester of the oldest burst, with no register in between. From the cycle after halt_i on nothing new is taken, and arriving data is dropped
// (what the load stage does with it then is of no effect).
`default_nettype none

module read_port #(
    parameter integer FAST       = 0,    // 1: a request every other cycle, so that ARREADY goes nowhere
    parameter integer W_ADDR     = 29,   // beat addresses, at most 29
    parameter integer LOG_BURSTS = 5
) (
    input  wire                clk_i,
    input  wire                rst_i,
    input  wire                halt_i,
    output wire                idle_o,       // nothing in flight

    input  wire [2:0]          req_valid_i,
    output wire [2:0]          req_ready_o,
    input  wire [3*W_ADDR-1:0] req_addr_i,   // beats
    input  wire [20:0]         req_len_i,    // 3 x 7, beats

    output wire [2:0]          data_valid_o,
    input  wire [2:0]          data_ready_i,
    output wire [63:0]         data_o,
    output wire                beat_o,       // a beat was taken
    output wire                error_o,      // answered with an error; as long as the beat waits
    output wire [1:0]          error_owner_o,

    output wire                m_axi_arvalid,
    input  wire                m_axi_arready,
    output wire [31:0]         m_axi_araddr,
    output wire [7:0]          m_axi_arlen,
    input  wire                m_axi_rvalid,
    output wire                m_axi_rready,
    input  wire [63:0]         m_axi_rdata,
    input  wire [1:0]          m_axi_rresp,
    input  wire                m_axi_rlast
);

    reg               halt_q;
    reg               ar_valid_q;
    reg  [W_ADDR-1:0] ar_addr_q;
    reg  [5:0]        ar_len_q;       // minus one

    wire        owner_ready, owner_valid;
    wire [1:0]  owner;

    wire        space    = (!ar_valid_q || (FAST == 0 && m_axi_arready)) && owner_ready && !halt_q;
    wire [2:0]  grant    = {req_valid_i[2] && !req_valid_i[1] && !req_valid_i[0], req_valid_i[1] && !req_valid_i[0], req_valid_i[0]};
    wire        take     = space && req_valid_i != 3'b000;
    wire [1:0]  take_who = req_valid_i[0] ? 2'd0 : req_valid_i[1] ? 2'd1 : 2'd2;
    wire [6:0]  take_len = req_valid_i[0] ? req_len_i[6:0] : req_valid_i[1] ? req_len_i[13:7] : req_len_i[20:14];
    wire [6:0]  take_len_minus_1 = take_len - 7'd1;

    assign req_ready_o = grant & {3{space}};

    always @(posedge clk_i) halt_q <= halt_i && !rst_i;

    always @(posedge clk_i)
        if (rst_i)                              ar_valid_q <= 1'b0;
        else if (take)                          ar_valid_q <= 1'b1;
        else if (m_axi_arready)                 ar_valid_q <= 1'b0;

    always @(posedge clk_i)
        if (take) begin
            ar_addr_q <= req_valid_i[0] ? req_addr_i[0 +: W_ADDR] : req_valid_i[1] ? req_addr_i[W_ADDR +: W_ADDR] : req_addr_i[2*W_ADDR +: W_ADDR];
            ar_len_q  <= take_len_minus_1[5:0];
        end

    assign m_axi_arvalid = ar_valid_q;
    assign m_axi_araddr  = {{(29-W_ADDR){1'b0}}, ar_addr_q, 3'b000};
    assign m_axi_arlen   = {2'b00, ar_len_q};

    wire owner_takes = owner[1] ? data_ready_i[2] : owner[0] ? data_ready_i[1] : data_ready_i[0];

    // a beat comes only while its burst has an owner
    assign m_axi_rready  = halt_q || owner_takes;
    assign data_valid_o  = {3{m_axi_rvalid}} & {owner[1], owner[0] && !halt_q, owner == 2'd0 && !halt_q};
    assign data_o        = m_axi_rdata;
    assign beat_o        = m_axi_rvalid && m_axi_rready;
    assign error_o       = m_axi_rvalid && m_axi_rresp[1];   // as soon as it is offered, for the clock
    assign error_owner_o = owner;
    assign idle_o        = !ar_valid_q && !owner_valid;

    generate
        if (LOG_BURSTS > 3) begin : g_deep
            sync_fifo #(.WIDTH(2), .LOG_DEPTH(LOG_BURSTS)) u_owners (
                .clk_i      (clk_i),
                .rst_i      (rst_i),
                .in_valid_i (take),
                .in_ready_o (owner_ready),
                .in_data_i  (take_who),
                .out_valid_o(owner_valid),
                .out_ready_i(beat_o && m_axi_rlast),
                .out_data_o (owner)
            );
        end else begin : g_shallow
            shift_fifo #(.WIDTH(2), .DEPTH(1 << LOG_BURSTS)) u_owners (
                .clk_i      (clk_i),
                .rst_i      (rst_i),
                .in_valid_i (take),
                .in_ready_o (owner_ready),
                .in_data_i  (take_who),
                .out_valid_o(owner_valid),
                .out_ready_i(beat_o && m_axi_rlast),
                .out_data_o (owner)
            );
        end
    endgenerate

    wire unused = &{1'b0, m_axi_rresp[0], take_len_minus_1[6]};

endmodule

`default_nettype wire
