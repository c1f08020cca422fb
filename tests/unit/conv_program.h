/* SPDX-License-Identifier: Apache-2.0
 * Random convolutions for tests: shapes, tensors in memory, and the list that the builder makes of them. */
#ifndef CONV_PROGRAM_H
#define CONV_PROGRAM_H

#include "plain_model.h"
#include "tt_conv.h"

enum { CONV_MEM_BYTES = 8 << 20, CONV_LIST_ADDR = 0, CONV_OUT_ADDR = 0x400000, CONV_STATE_ADDR = 0x3F0000 };

typedef enum { CONV_FORWARD, CONV_INPUT_GRADIENT, CONV_WEIGHT_GRADIENT, CONV_PRODUCTS } conv_product_kind_t;

typedef struct {
    conv_product_kind_t product;
    tt_conv_t conv;
    tt_operand_t a, b; /* x, w; e, w; x, e */
    tt_finish_t finish;
    int32_t *a_values, *b_values, *aux; /* like the tensors, row-major; aux NULL without one */
    uint64_t lanes[TT_LANES_MAX];       /* states of the generators, which the list loads first */
    uint32_t exps[TT_SLOTS];
    tt_prog_t prog;
} conv_program_t;

/* Fills mem (CONV_MEM_BYTES) with tensors, state, and a list of STATE_LOAD, the product and the end. */
void conv_program_random(conv_program_t *p, plain_rng_t *rng, const tt_config_t *config, uint8_t *mem);
/* The same for a convolution, product and planes (a, b, out) that are given; the result is rounded stochastically, the weights are updated. */
void conv_program_fixed(conv_program_t *p, plain_rng_t *rng, const tt_config_t *config, uint8_t *mem,
                        conv_product_kind_t product, const tt_conv_t *conv, const uint32_t planes[3]);
/* The same product once more with another finish: the list is made anew. */
tt_status_t conv_program_build(conv_program_t *p, const tt_config_t *config, uint8_t *mem);
/* The builder's function of the kind. */
tt_status_t conv_product_build(tt_prog_t *prog, conv_product_kind_t product, const tt_conv_t *conv,
                               const tt_operand_t *a, const tt_operand_t *b, const tt_finish_t *finish);
void conv_program_free(conv_program_t *p);

#endif
