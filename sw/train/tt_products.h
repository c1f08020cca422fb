/* SPDX-License-Identifier: Apache-2.0
 * The weights of host-trained layers and the three products of each, computed by OpenBLAS or by the device. */
#ifndef TT_PRODUCTS_H
#define TT_PRODUCTS_H

#include "tt_engine.h"

typedef struct tt_products tt_products_t;

/* Both add their arrays to the engine's state. The caller closes *products. */
tt_status_t tt_products_float_open(tt_products_t **products, tt_engine_t *engine, tt_rng_t *rng);
/* Inputs must be whole numbers within the input's planes; errors are rounded stochastically onto theirs, on the device. */
tt_status_t tt_products_trit_open(tt_products_t **products, tt_engine_t *engine, tt_rng_t *rng,
                                  tt_message_t *message);
void tt_products_close(tt_products_t *products); /* accepts NULL */

/* sums (batch, out) = input (batch, in) * weight^T; input is kept for backward when training. */
tt_status_t tt_products_forward(tt_products_t *products, uint32_t l, float *sums, const float *input);
/* d_weight (out, in) = error^T * input of the last forward; d_input (batch, in) = error * weight, unless NULL. error (batch, out). */
tt_status_t tt_products_backward(tt_products_t *products, uint32_t l, float *d_weight, float *d_input,
                                 const float *error);
/* Adds step (out, in) to the weights by the update rule. */
tt_status_t tt_products_update(tt_products_t *products, uint32_t l, const float *step);
tt_status_t tt_products_save(tt_products_t *products);
tt_status_t tt_products_load(tt_products_t *products);

/* ---- for the two implementations ---- */

typedef struct {
    void (*close)(tt_products_t *products);
    tt_status_t (*forward)(tt_products_t *products, uint32_t l, float *sums, const float *input);
    tt_status_t (*backward)(tt_products_t *products, uint32_t l, float *d_weight, float *d_input,
                            const float *error);
    tt_status_t (*update)(tt_products_t *products, uint32_t l, const float *step);
    tt_status_t (*save)(tt_products_t *products);
    tt_status_t (*load)(tt_products_t *products);
} tt_products_ops_t;

struct tt_products {
    const tt_products_ops_t *ops;
    tt_engine_t *engine;
};

#endif
