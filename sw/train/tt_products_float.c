/* SPDX-License-Identifier: Apache-2.0
 * Float weights, products by OpenBLAS on one thread, whose sums always have the same order. */
#include <cblas.h>
#include <math.h>
#include <stdlib.h>

#include "tt_products.h"

typedef struct {
    tt_products_t base;
    float *weight[TT_LAYERS_MAX];      /* (out, in) */
    const float *input[TT_LAYERS_MAX]; /* (batch, in) of the last forward, the caller's */
} products_float_t;

static void float_close(tt_products_t *products) {
    products_float_t *const p = (products_float_t *)products;
    for (uint32_t l = 0; l < TT_LAYERS_MAX; l++) {
        free(p->weight[l]);
    }
    free(p);
}

static tt_status_t float_forward(tt_products_t *products, uint32_t l, float *sums, const float *input) {
    products_float_t *const p = (products_float_t *)products;
    const tt_shape_t *const shape = &products->engine->shape;
    const int batch = (int)shape->batch, in = (int)shape->width[l], out = (int)shape->width[l + 1];
    p->input[l] = input;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, batch, out, in, 1.0f, input, in, p->weight[l], in,
                0.0f, sums, out);
    return TT_OK;
}

static tt_status_t float_backward(tt_products_t *products, uint32_t l, float *d_weight, float *d_input,
                                  const float *error) {
    products_float_t *const p = (products_float_t *)products;
    const tt_shape_t *const shape = &products->engine->shape;
    const int batch = (int)shape->batch, in = (int)shape->width[l], out = (int)shape->width[l + 1];
    cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, out, in, batch, 1.0f, error, out, p->input[l], in,
                0.0f, d_weight, in);
    if (d_input != NULL) {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, batch, in, out, 1.0f, error, out, p->weight[l],
                    in, 0.0f, d_input, in);
    }
    return TT_OK;
}

static tt_status_t float_update(tt_products_t *products, uint32_t l, const float *step) {
    products_float_t *const p = (products_float_t *)products;
    const tt_shape_t *const shape = &products->engine->shape;
    const size_t count = (size_t)shape->width[l] * shape->width[l + 1];
    for (size_t i = 0; i < count; i++) {
        p->weight[l][i] += step[i];
    }
    return TT_OK;
}

static tt_status_t float_nothing(tt_products_t *products) {
    (void)products; /* the weights are the state */
    return TT_OK;
}

tt_status_t tt_products_float_open(tt_products_t **products, tt_engine_t *engine, tt_rng_t *rng) {
    static const tt_products_ops_t ops = {float_close,  float_forward, float_backward,
                                          float_update, float_nothing, float_nothing};
    const tt_shape_t *const shape = &engine->shape;
    products_float_t *const p = calloc(1, sizeof *p);
    *products = NULL;
    if (p == NULL) {
        return TT_NO_MEMORY;
    }
    p->base = (tt_products_t){&ops, engine};
    openblas_set_num_threads(1);
    for (uint32_t l = 0; l < shape->layers; l++) {
        const size_t in = shape->width[l], out = shape->width[l + 1];
        const double bound = sqrt(3.0 / (double)in); /* deviation 1 / sqrt(in) */
        p->weight[l] = malloc(in * out * sizeof *p->weight[l]);
        if (p->weight[l] == NULL) {
            float_close(&p->base);
            return TT_NO_MEMORY;
        }
        for (size_t i = 0; i < in * out; i++) {
            p->weight[l][i] = (float)(bound * (2 * tt_rng_uniform(rng) - 1));
        }
        engine->weight_bytes += in * out * sizeof *p->weight[l];
        tt_state_add(&engine->state, TT_DTYPE_F32, out, in, p->weight[l], "layer.%u.weight", (unsigned)l);
    }
    *products = &p->base;
    return TT_OK;
}
