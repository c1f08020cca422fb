/* SPDX-License-Identifier: Apache-2.0
 * What the products of a convolution share: a map as it is read, a LOAD as a nest of loops, and a product of chunks of A with a panel of B.
 * Internal to sw/exec. */
#ifndef TT_CONV_INTERNAL_H
#define TT_CONV_INTERNAL_H

#include "tt_conv.h"
#include "tt_prog_internal.h"

#define CONV_LOOPS 4u

/* A feature map. Strides are blocks. */
typedef struct {
    const tt_operand_t *operand;
    uint32_t height, width;
    uint32_t sample_blocks, channel_blocks;
    uint32_t pixel, line; /* blocks from one to the next */
} conv_map_t;

/* A loop of LOAD, innermost first: iterations, and how far one is from the next in memory (blocks), buffer (lanes) and map (pixels). */
typedef struct {
    uint32_t count, blocks, lanes;
    uint32_t y, x;
} conv_loop_t;

/* Runs of run_blocks blocks, run_lanes apart in the buffer. Coordinates wrap like addresses; limits of 0 are none. */
typedef struct {
    const tt_operand_t *operand;
    uint32_t first_block, run_blocks, run_lanes, plane_words;
    uint32_t y, x, y_limit, x_limit;
    bool target_b, transpose, push_b;
    conv_loop_t loop[CONV_LOOPS];
} conv_nest_t;

/* The walk of FINISH: blocks of memory from one chunk, row, column to the next, and how many rows and columns a chunk has for it. They may be
 * others than those of EXEC: the blocks of a chunk only come in the same order. */
typedef struct {
    uint32_t first, chunk, row, column;
    uint32_t rows, columns;
} conv_steps_t;

/* Chunks of A, loaded by the nest, whose outermost loop goes over the chunks of one tap, times a panel of B that has been loaded before. */
typedef struct {
    conv_nest_t nest;
    const tt_operand_t *b;
    uint32_t depth;               /* contraction length of EXEC */
    uint32_t chunks, chunk_words; /* of A */
    uint32_t tap_chunks,
        taps_x; /* chunks of a tap, taps of a line; further taps are further pixels and lines of the map: */
    uint32_t line, pixel;                                  /* blocks */
    uint32_t rows, row_words;                              /* of a chunk */
    uint32_t columns, column_words, b_plane_words, b_base; /* of the panel: its block rows */
    bool first, last;                                      /* EXEC of the panel */
    bool commit;                                           /* of the slot */
    conv_steps_t steps;
} conv_product_t;

typedef enum { CONV_IN, CONV_OUT, CONV_WEIGHTS } conv_role_t;

static inline uint32_t divide_up(uint32_t n, uint32_t by) { return (n + by - 1u) / by; }

/* Rows and columns of a tensor. Of a checked convolution, else they may wrap. */
void tt_conv_shape(const tt_conv_t *conv, conv_role_t role, uint32_t *rows, uint32_t *cols);
conv_map_t tt_conv_map(const tt_conv_t *conv, conv_role_t role, const tt_operand_t *operand);
/* Fields of the convolution, shapes of both operands, result: sizes and that it leaves the operands alone. */
tt_status_t tt_conv_check(const tt_prog_t *prog, const tt_conv_t *conv, conv_role_t a_role,
                          const tt_operand_t *a, conv_role_t b_role, const tt_operand_t *b,
                          const result_t *r);

uint64_t *tt_conv_emit_load(tt_prog_t *prog, const conv_nest_t *nest, uint32_t lane, pops_t pops);
/* Claims `words` of buffer B; the LOAD that pops *pops may write there. */
uint32_t tt_conv_claim_panel(tt_prog_t *prog, const tt_operand_t *operand, uint32_t words, pops_t *pops);
/* LOADs of A, EXEC, FINISH. The result's finish has out_transpose and aux_transpose as the stage is to work. */
tt_status_t tt_conv_product(tt_prog_t *prog, const conv_product_t *p, const result_t *r);
/* Counts the products and the planes that the list is credited with. */
void tt_conv_credit(tt_prog_t *prog, const tt_conv_t *conv, const tt_operand_t *a, const tt_operand_t *b);

#endif
