// SPDX-License-Identifier: Apache-2.0
// What the finish stage reads: per block the auxiliary beats, then the 32 beats of an int32 source, ahead of use, into a FIFO of 2^LOG_FIFO
// beats whose space is reserved before asking, so that the memory is never held up. Bursts end at 512-byte boundaries.
`default_nettype none

module finish_read #(
    parameter integer LOG_FIFO = 6
) (
    input  wire        clk_i,
    input  wire        rst_i,
    input  wire        halt_i,

    // init_i starts reading the blocks of a loop nest (L0 innermost); beats of 0 skip a part
    input  wire        init_i,
    input  wire [47:0] lasts_i,
    input  wire [28:0] aux_base_i,
    input  wire [71:0] aux_jumps_i,     // L0, L1, L2 from the low end, 24 bits signed
    input  wire [6:0]  aux_beats_i,
    input  wire [28:0] src_base_i,
    input  wire [6:0]  src_beats_i,

    input  wire [28:0] mem_beats_i,
    output wire        req_valid_o,
    input  wire        req_ready_i,
    output wire [28:0] req_addr_o,
    output wire [6:0]  req_len_o,
    output wire        error_o,
    input  wire        data_valid_i,
    input  wire [63:0] data_i,

    output wire        out_valid_o,
    input  wire        out_ready_i,
    output wire [63:0] out_data_o
);

    localparam integer DEPTH = 1 << LOG_FIFO;
    localparam [6:0] DEPTH_BEATS = DEPTH[6:0];

    reg         active_q, src_part_q;
    reg  [6:0]  asked_q;       // of the current part
    reg  [6:0]  space_q;

    wire [28:0] aux_addr, src_addr;
    wire [2:0]  inc;
    wire        nest_done;

    wire        skip_aux  = aux_beats_i == 7'd0;
    wire        skip_src  = src_beats_i == 7'd0;
    wire        in_src    = src_part_q || skip_aux;
    wire [28:0] addr      = (in_src ? src_addr : aux_addr) + {22'd0, asked_q};
    wire [6:0]  left      = (in_src ? src_beats_i : aux_beats_i) - asked_q;
    wire [6:0]  to_boundary = 7'd64 - {1'b0, addr[5:0]};
    wire [6:0]  bounded   = left < to_boundary ? left : to_boundary;
    wire [6:0]  len       = bounded < DEPTH_BEATS ? bounded : DEPTH_BEATS;
    wire        in_range  = addr[28:6] < mem_beats_i[28:6];
    wire        go        = active_q && space_q >= len && !halt_i;
    wire        ask       = req_valid_o && req_ready_i;
    wire        part_end  = ask && len == left;
    wire        block_end = part_end && (in_src || skip_src);

    assign req_valid_o = go && in_range;
    assign req_addr_o  = addr;
    assign req_len_o   = len;
    assign error_o     = go && !in_range;

    always @(posedge clk_i)
        if (rst_i)                         active_q <= 1'b0;
        else if (init_i)                   active_q <= !(skip_aux && skip_src);
        else if (block_end && nest_done)   active_q <= 1'b0;

    always @(posedge clk_i)
        if (init_i || block_end) src_part_q <= 1'b0;
        else if (part_end)       src_part_q <= 1'b1;

    always @(posedge clk_i)
        if (init_i || part_end) asked_q <= 7'd0;
        else if (ask)           asked_q <= asked_q + len;

    always @(posedge clk_i)
        if (rst_i) space_q <= DEPTH_BEATS;
        else       space_q <= space_q - (ask ? len : 7'd0) + {6'd0, out_valid_o && out_ready_i};

    wire [47:0] unused_index;
    wire [2:0]  unused_last;
    loop_counter #(.LEVELS(3), .W(16)) u_nest (
        .clk_i   (clk_i),
        .init_i  (init_i),
        .step_i  (block_end),
        .lasts_i (lasts_i),
        .index_o (unused_index),
        .last_o  (unused_last),
        .inc_o   (inc),
        .done_o  (nest_done)
    );

    wire [86:0] aux_jumps;
    genvar l;
    generate
        for (l = 0; l < 3; l = l + 1) begin : g_jump
            assign aux_jumps[29*l +: 29] = {{5{aux_jumps_i[24*l + 23]}}, aux_jumps_i[24*l +: 24]};
        end
    endgenerate

    wire [28:0] unused_next_aux, unused_next_src;
    address_walk #(.LEVELS(3), .W(29)) u_aux (
        .clk_i  (clk_i),
        .init_i (init_i),
        .base_i (aux_base_i),
        .step_i (block_end),
        .inc_i  (inc),
        .jumps_i(aux_jumps),
        .skip_i ({22'd0, aux_beats_i}),
        .value_o(aux_addr),
        .next_o (unused_next_aux)
    );
    address_walk #(.LEVELS(1), .W(29)) u_src (
        .clk_i  (clk_i),
        .init_i (init_i),
        .base_i (src_base_i),
        .step_i (block_end),
        .inc_i  (1'b1),
        .jumps_i(29'd0),
        .skip_i ({22'd0, src_beats_i}),
        .value_o(src_addr),
        .next_o (unused_next_src)
    );

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

    wire unused = &{1'b0, mem_beats_i, unused_index, unused_last, unused_next_aux, unused_next_src, unused_ready};

endmodule

`default_nettype wire
