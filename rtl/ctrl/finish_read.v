// SPDX-License-Identifier: Apache-2.0
// What the finish stage reads: per block the auxiliary beats, then the 32 beats of an int32 source, or once the beats of the state, ahead of
// use, into a FIFO of 2^LOG_FIFO beats whose space is reserved before asking, so that the memory is never held up. Bursts end at 512-byte
// boundaries.
`default_nettype none

module finish_read #(
    parameter integer LOG_FIFO = 6
) (
    input  wire         clk_i,
    input  wire         rst_i,

    input  wire         init_i,         // starts to read
    input  wire [575:0] desc_i,
    input  wire         state_op_i,     // the state: once aux_beats_i
    input  wire [6:0]   aux_beats_i,    // of a block
    input  wire         from_memory_i,  // there is an int32 source

    input  wire [28:0]  mem_beats_i,
    output wire         req_valid_o,
    input  wire         req_ready_i,
    output wire [28:0]  req_addr_o,
    output wire [6:0]   req_len_o,
    output wire         error_o,
    input  wire         data_valid_i,
    input  wire [63:0]  data_i,

    output wire         out_valid_o,
    input  wire         out_ready_i,
    output wire [63:0]  out_data_o
);

    `include "isa.vh"

    localparam integer DEPTH = 1 << LOG_FIFO;
    localparam [6:0] DEPTH_BEATS = DEPTH[6:0];
    localparam [6:0] SRC_BEATS   = 7'd32;

    generate
        if (LOG_FIFO != 6) begin : g_bad
            a_burst_of_64_beats_must_fit_the_FIFO u_error ();
        end
    endgenerate

    // A burst takes four cycles, each of which ends in registers: its start is there, its length, space for it, the request. After
    // the last of a part comes the step to the next part, which loads the start.
    localparam [2:0] ST_IDLE = 3'd0, ST_STEP = 3'd1, ST_LENGTH = 3'd2, ST_SPACE = 3'd3, ST_ASK = 3'd4;

    reg  [2:0]  state_q, state_d;
    reg         begin_q;       // the step is the one to the first part
    reg         src_part_q;
    reg         skip_aux, skip_src;   // they stand long before the first step
    reg         addr_step_q;
    reg  [28:0] addr_q;        // of the next burst
    reg  [6:0]  left_q;        // beats of the part from there on
    reg  [6:0]  len_q;         // of the burst
    reg         last_q;        // which ends the part
    reg         in_range_q, asked_q;
    reg  [6:0]  space_q;
    reg  [6:0]  minus_q;       // minus len_q
    reg         left_fifo_q;   // a beat, in the cycle before

    wire [28:0] aux_addr, next_aux;
    reg  [28:0] src_q;
    wire [28:0] next_src = src_q + {22'd0, SRC_BEATS};
    wire        last_block;

    wire        idle      = state_q == ST_IDLE;
    wire        step      = state_q == ST_STEP && !begin_q;
    wire        block_end = step && (src_part_q || skip_src);
    wire        to_src    = begin_q || block_end ? skip_aux : 1'b1;
    wire [6:0]  bound     = 7'd64 - {1'b0, addr_q[5:0]};
    wire        fits      = left_q <= bound;
    wire        ask       = req_valid_o && req_ready_i;

    assign req_valid_o = state_q == ST_ASK && in_range_q;
    assign req_addr_o  = addr_q;
    assign req_len_o   = len_q;
    assign error_o     = state_q == ST_ASK && !in_range_q;

    always @* begin
        state_d = state_q;
        case (state_q)
            ST_IDLE:   if (init_i && !(skip_aux && skip_src)) state_d = ST_STEP;
            ST_STEP:   state_d = block_end && (last_block || state_op_i) ? ST_IDLE : ST_LENGTH;
            ST_LENGTH: state_d = ST_SPACE;
            ST_SPACE:  if (space_q >= len_q) state_d = ST_ASK;
            ST_ASK:    if (ask) state_d = last_q ? ST_STEP : ST_LENGTH;
            default:   state_d = ST_IDLE;
        endcase
    end

    always @(posedge clk_i)
        if (rst_i) state_q <= ST_IDLE;
        else       state_q <= state_d;

    always @(posedge clk_i) begin
        skip_aux    <= aux_beats_i == 7'd0;
        skip_src    <= !from_memory_i;
        addr_step_q <= block_end;      // steps are four cycles apart
        begin_q     <= idle;
        if (state_q == ST_STEP) src_part_q <= to_src;
        if (state_q == ST_LENGTH) begin
            len_q      <= fits ? left_q : bound;
            last_q     <= fits;
            in_range_q <= addr_q[28:6] < mem_beats_i[28:6];
        end
    end

    // after a request: the burst behind it
    always @(posedge clk_i)
        if (state_q == ST_STEP) begin
            addr_q <= to_src ? (block_end ? next_src : src_q) : block_end ? next_aux : aux_addr;
            left_q <= to_src ? SRC_BEATS : aux_beats_i;
        end else if (ask) begin
            addr_q <= addr_q + {22'd0, len_q};
            left_q <= left_q - len_q;
        end

    always @(posedge clk_i) asked_q <= ask && !rst_i;
    always @(posedge clk_i) minus_q <= 7'd0 - len_q;

    // one chain: what has left the FIFO is a carry
    wire [7:0] space = {space_q, 1'b1} + {minus_q & {7{asked_q}}, left_fifo_q};
    always @(posedge clk_i) left_fifo_q <= out_valid_o && out_ready_i && !rst_i;

    always @(posedge clk_i)
        if (rst_i) space_q <= DEPTH_BEATS;
        else       space_q <= space[7:1];

    block_walk #(.AUX(1)) u_aux (
        .clk_i  (clk_i),
        .init_i (idle),
        .step_i (addr_step_q),
        .desc_i (desc_i),
        .beats_i(aux_beats_i),
        .addr_o (aux_addr),
        .next_o (next_aux),
        .last_o (last_block)
    );

    always @(posedge clk_i)
        if (idle)             src_q <= desc_i[ISA_FIN_SRC_ADDR_AT+3 +: 29];
        else if (addr_step_q) src_q <= next_src;

    wire unused_ready;
    sync_fifo #(.WIDTH(64), .LOG_DEPTH(LOG_FIFO)) u_fifo (
        .clk_i      (clk_i),
        .rst_i      (rst_i),
        .in_valid_i (data_valid_i),
        .in_ready_o (unused_ready),
        .in_data_i  (data_i),
        .out_valid_o(out_valid_o),
        .out_ready_i(out_ready_i),
        .out_data_o (out_data_o)
    );

    wire unused = &{1'b0, desc_i, mem_beats_i, space[0], unused_ready};

endmodule

`default_nettype wire
