/* SPDX-License-Identifier: Apache-2.0
 * Trit weights on the device; every product and every stochastic rounding is the device's. The host sees int32 sums. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tt_limits.h"
#include "tt_products.h"
#include "tt_quantize.h"
#include "tt_store.h"

#define LIST_CAPACITY 256u /* to begin with */

typedef struct {
    tt_products_t base;
    tt_store_t store;
    tt_tensor_t weight[TT_LAYERS_MAX]; /* (out, in) */
    tt_tensor_t input[TT_LAYERS_MAX];  /* (batch, in) */
    tt_tensor_t error;                 /* (batch, out), rows and cols of the layer at work */
    uint32_t sums_addr;                /* int32 (batch, widest) */
    uint32_t gradient_addr;            /* int32, largest (out, in) */
    uint32_t state_addr;
    tt_list_t forward[TT_LAYERS_MAX], backward[TT_LAYERS_MAX], update[TT_LAYERS_MAX], small;
    int8_t *trits[TT_LAYERS_MAX]; /* (out, in): for checkpoints, and under BC the rounded masters */
    float *master[TT_LAYERS_MAX]; /* BC: (out, in) */
    uint64_t lfsr[TT_LANES_MAX], slots[TT_SLOTS];
    int8_t *values; /* (batch, widest) */
    int32_t *sums;  /* largest of (batch, widest), (out, in) */
    size_t most;    /* elements of sums */
} products_trit_t;

static size_t larger(size_t a, size_t b) { return a > b ? a : b; }

/* The largest error's int32 value, and that of an update by 1: near the largest sums, w_acc bits. */
static double error_peak(const products_trit_t *p) { return ldexp(1.0, (int)p->store.config->w_acc - 4); }

static double step_one(const products_trit_t *p) { return ldexp(1.0, (int)p->store.config->w_acc - 2); }

static bool is_bc(const products_trit_t *p) { return p->base.engine->settings->rule == TT_RULE_BC; }

static void trit_close(tt_products_t *products) {
    products_trit_t *const p = (products_trit_t *)products;
    for (uint32_t l = 0; l < TT_LAYERS_MAX; l++) {
        free(p->trits[l]);
        free(p->master[l]);
        tt_list_close(&p->forward[l]);
        tt_list_close(&p->backward[l]);
        tt_list_close(&p->update[l]);
    }
    tt_list_close(&p->small);
    free(p->values);
    free(p->sums);
    tt_store_close(&p->store);
    free(p);
}

/* ---- lists ---- */

static tt_tensor_t error_of(const products_trit_t *p, uint32_t l) {
    tt_tensor_t error = p->error;
    error.cols = p->base.engine->shape.width[l + 1];
    return error;
}

static tt_status_t compile_forward(products_trit_t *p, uint32_t l) {
    const tt_operand_t input = {.tensor = p->input[l]}, weight = {.tensor = p->weight[l]};
    const tt_finish_t finish = {.to_int32 = true, .int32_addr = p->sums_addr, .slot = -1};
    tt_prog_t prog;
    tt_status_t status = TT_OK;
    do {
        tt_list_begin(&p->store, &prog, &p->forward[l]);
        status = tt_prog_matmul(&prog, &input, &weight, &finish);
    } while (tt_list_grow(&p->forward[l], &status));
    return status == TT_OK ? tt_list_end(&p->store, &p->forward[l], &prog) : status;
}

/* Errors from int32 to planes, then the products with them. d_input's sums take the place of the errors' int32 values. */
static tt_status_t backward_products(const products_trit_t *p, tt_prog_t *prog, uint32_t l) {
    const tt_shape_t *const shape = &p->base.engine->shape;
    const tt_tensor_t error = error_of(p, l);
    const tt_scale_t scale = tt_scale_of((double)tt_tensor_limit(&error) / error_peak(p));
    const tt_finish_t rounded = {
        .out = error, .mode = TT_ROUND_STOCHASTIC, .mant = scale.mant, .shift = scale.shift, .slot = -1};
    const tt_finish_t to_sums = {.to_int32 = true, .int32_addr = p->sums_addr, .slot = -1};
    const tt_finish_t to_gradient = {.to_int32 = true, .int32_addr = p->gradient_addr, .slot = -1};
    const tt_operand_t natural = {.tensor = error}, transposed = {.tensor = error, .transpose = true};
    const tt_operand_t input = {.tensor = p->input[l], .transpose = true};
    const tt_operand_t weight = {.tensor = p->weight[l], .transpose = true};
    tt_status_t status =
        tt_prog_elementwise_int32(prog, p->sums_addr, shape->batch, shape->width[l + 1], &rounded);
    status = status == TT_OK ? tt_prog_matmul(prog, &transposed, &input, &to_gradient) : status;
    return status == TT_OK && l > 0 ? tt_prog_matmul(prog, &natural, &weight, &to_sums) : status;
}

static tt_status_t compile_backward(products_trit_t *p, uint32_t l) {
    tt_prog_t prog;
    tt_status_t status = TT_OK;
    do {
        tt_list_begin(&p->store, &prog, &p->backward[l]);
        status = backward_products(p, &prog, l);
    } while (tt_list_grow(&p->backward[l], &status));
    return status == TT_OK ? tt_list_end(&p->store, &p->backward[l], &prog) : status;
}

/* weight = round(weight + int32 / step_one), clipped to the grid. */
static tt_status_t compile_update(products_trit_t *p, uint32_t l) {
    const tt_shape_t *const shape = &p->base.engine->shape;
    const tt_scale_t scale = tt_scale_of(1.0 / step_one(p));
    const bool stochastic = p->base.engine->settings->rule == TT_RULE_SR;
    const tt_finish_t finish = {.out = p->weight[l],
                                .mode = stochastic ? TT_ROUND_STOCHASTIC : TT_ROUND_NEAREST,
                                .binary = p->weight[l].maskless,
                                .mant = scale.mant,
                                .shift = scale.shift,
                                .lo = -1,
                                .hi = 1,
                                .slot = -1,
                                .aux_kind = TT_AUX_OLD,
                                .aux = p->weight[l]};
    tt_prog_t prog;
    tt_list_begin(&p->store, &prog, &p->update[l]);
    const tt_status_t status =
        tt_prog_elementwise_int32(&prog, p->gradient_addr, shape->width[l + 1], shape->width[l], &finish);
    return status == TT_OK ? tt_list_end(&p->store, &p->update[l], &prog) : status;
}

/* ---- steps ---- */

static tt_status_t trit_forward(tt_products_t *products, uint32_t l, float *sums, const float *input) {
    products_trit_t *const p = (products_trit_t *)products;
    const tt_shape_t *const shape = &products->engine->shape;
    const size_t inputs = (size_t)shape->batch * shape->width[l],
                 outputs = (size_t)shape->batch * shape->width[l + 1];
    for (size_t i = 0; i < inputs; i++) {
        p->values[i] = (int8_t)input[i];
    }
    tt_status_t status = tt_store_put(&p->store, &p->input[l], p->values);
    status = status == TT_OK ? tt_list_run(&p->store, &p->forward[l]) : status;
    status = status == TT_OK
                 ? tt_store_get_int32(&p->store, p->sums, p->sums_addr, shape->batch, shape->width[l + 1])
                 : status;
    for (size_t i = 0; status == TT_OK && i < outputs; i++) {
        sums[i] = (float)p->sums[i];
    }
    return status;
}

static tt_status_t fetch_scaled(products_trit_t *p, float *out, uint32_t addr, uint32_t rows, uint32_t cols,
                                float scale) {
    const tt_status_t status = tt_store_get_int32(&p->store, p->sums, addr, rows, cols);
    for (size_t i = 0; status == TT_OK && i < (size_t)rows * cols; i++) {
        out[i] = scale * (float)p->sums[i];
    }
    return status;
}

static tt_status_t trit_backward(tt_products_t *products, uint32_t l, float *d_weight, float *d_input,
                                 const float *error) {
    products_trit_t *const p = (products_trit_t *)products;
    const tt_shape_t *const shape = &products->engine->shape;
    const uint32_t batch = shape->batch, in = shape->width[l], out = shape->width[l + 1];
    float peak = 1e-30f;
    for (size_t i = 0; i < (size_t)batch * out; i++) {
        peak = fmaxf(peak, fabsf(error[i]));
    }
    const tt_tensor_t planes = error_of(p, l);
    const float unit = peak / (float)tt_tensor_limit(&planes); /* of one step of the error's planes */
    tt_to_int32(p->sums, error, (size_t)batch * out, error_peak(p) / (double)peak,
                tt_store_sum_limit(&p->store));
    tt_status_t status = tt_store_put_int32(&p->store, p->sums_addr, batch, out, p->sums);
    status = status == TT_OK ? tt_list_run(&p->store, &p->backward[l]) : status;
    status = status == TT_OK ? fetch_scaled(p, d_weight, p->gradient_addr, out, in, unit) : status;
    if (status == TT_OK && d_input != NULL) {
        status = fetch_scaled(p, d_input, p->sums_addr, batch, in, unit);
    }
    return status;
}

static tt_status_t trit_update(tt_products_t *products, uint32_t l, const float *step) {
    products_trit_t *const p = (products_trit_t *)products;
    const tt_shape_t *const shape = &products->engine->shape;
    const size_t count = (size_t)shape->width[l] * shape->width[l + 1];
    if (is_bc(p)) {
        for (size_t i = 0; i < count; i++) {
            p->master[l][i] = fminf(fmaxf(p->master[l][i] + step[i], -1.0f), 1.0f);
        }
        (p->weight[l].maskless ? tt_quantize_binary : tt_quantize_ternary)(p->trits[l], p->master[l], count);
        return tt_store_put(&p->store, &p->weight[l], p->trits[l]);
    }
    tt_to_int32(p->sums, step, count, step_one(p), tt_store_sum_limit(&p->store));
    const tt_status_t status =
        tt_store_put_int32(&p->store, p->gradient_addr, shape->width[l + 1], shape->width[l], p->sums);
    return status == TT_OK ? tt_list_run(&p->store, &p->update[l]) : status;
}

static tt_status_t trit_save(tt_products_t *products) {
    products_trit_t *const p = (products_trit_t *)products;
    tt_status_t status = tt_store_get_state(&p->store, &p->small, p->state_addr, p->lfsr, p->slots);
    for (uint32_t l = 0; status == TT_OK && l < products->engine->shape.layers; l++) {
        status = tt_store_get(&p->store, p->trits[l], &p->weight[l]);
    }
    return status;
}

static tt_status_t trit_load(tt_products_t *products) {
    products_trit_t *const p = (products_trit_t *)products;
    tt_status_t status = tt_store_put_state(&p->store, &p->small, p->state_addr, p->lfsr, p->slots);
    for (uint32_t l = 0; status == TT_OK && l < products->engine->shape.layers; l++) {
        status = tt_store_put(&p->store, &p->weight[l], p->trits[l]);
    }
    return status;
}

/* ---- opening ---- */

static tt_status_t place_layer(products_trit_t *p, uint32_t l) {
    const tt_settings_t *const s = p->base.engine->settings;
    const tt_shape_t *const shape = &p->base.engine->shape;
    const uint32_t in = shape->width[l], out = shape->width[l + 1];
    p->weight[l] = (tt_tensor_t){
        .rows = out, .cols = in, .planes = 1, .radix = 3, .maskless = s->weights == TT_WEIGHTS_BINARY};
    p->input[l] = (tt_tensor_t){.rows = shape->batch,
                                .cols = in,
                                .radix = 3,
                                .planes = l == 0 ? s->input_planes : s->activation_planes};
    tt_status_t status = tt_store_tensor(&p->store, &p->weight[l]);
    status = status == TT_OK ? tt_store_tensor(&p->store, &p->input[l]) : status;
    status = status == TT_OK ? tt_list_open(&p->forward[l], LIST_CAPACITY) : status;
    status = status == TT_OK ? tt_list_open(&p->backward[l], LIST_CAPACITY) : status;
    status = status == TT_OK ? tt_list_open(&p->update[l], LIST_CAPACITY) : status;
    p->base.engine->weight_bytes += tt_tensor_bytes(&p->weight[l]);
    return status;
}

static tt_status_t place(products_trit_t *p) {
    const tt_shape_t *const shape = &p->base.engine->shape;
    size_t sums = 0, gradient = 0, widest = 0;
    for (uint32_t l = 0; l < shape->layers; l++) {
        gradient = larger(gradient, tt_int32_bytes(shape->width[l + 1], shape->width[l]));
        sums = larger(sums, tt_int32_bytes(shape->batch, shape->width[l]));
        sums = larger(sums, tt_int32_bytes(shape->batch, shape->width[l + 1]));
        widest = larger(widest, shape->width[l + 1]);
    }
    p->error = (tt_tensor_t){.rows = shape->batch,
                             .cols = (uint32_t)widest,
                             .radix = 3,
                             .planes = p->base.engine->settings->error_planes};
    tt_status_t status = tt_store_tensor(&p->store, &p->error);
    status = status == TT_OK ? tt_store_area(&p->store, &p->sums_addr, sums) : status;
    status = status == TT_OK ? tt_store_area(&p->store, &p->gradient_addr, gradient) : status;
    status =
        status == TT_OK ? tt_store_area(&p->store, &p->state_addr, tt_state_bytes(p->store.config)) : status;
    status = status == TT_OK ? tt_list_open(&p->small, LIST_CAPACITY) : status;
    for (uint32_t l = 0; status == TT_OK && l < shape->layers; l++) {
        status = place_layer(p, l);
    }
    return status;
}

static tt_status_t compile(products_trit_t *p) {
    tt_status_t status = TT_OK;
    for (uint32_t l = 0; status == TT_OK && l < p->base.engine->shape.layers; l++) {
        status = compile_forward(p, l);
        status = status == TT_OK ? compile_backward(p, l) : status;
        status = status == TT_OK && !is_bc(p) ? compile_update(p, l) : status;
    }
    return status;
}

static tt_status_t allocate(products_trit_t *p) {
    const tt_shape_t *const shape = &p->base.engine->shape;
    size_t widest = shape->width[0];
    bool ok = true;
    for (uint32_t l = 0; l < shape->layers; l++) {
        const size_t count = (size_t)shape->width[l] * shape->width[l + 1];
        widest = larger(widest, shape->width[l + 1]);
        p->most = larger(p->most, count);
        p->trits[l] = malloc(count);
        p->master[l] = is_bc(p) ? malloc(count * sizeof *p->master[l]) : NULL;
        ok = ok && p->trits[l] != NULL && (!is_bc(p) || p->master[l] != NULL);
    }
    p->most = larger(p->most, widest * shape->batch);
    p->values = malloc(widest * shape->batch);
    p->sums = malloc(p->most * sizeof *p->sums);
    return ok && p->values != NULL && p->sums != NULL ? TT_OK : TT_NO_MEMORY;
}

static void random_weights(products_trit_t *p, uint32_t l, tt_rng_t *rng) {
    const tt_shape_t *const shape = &p->base.engine->shape;
    const size_t count = (size_t)shape->width[l] * shape->width[l + 1];
    const bool binary = p->weight[l].maskless;
    for (size_t i = 0; i < count; i++) {
        if (is_bc(p)) {
            p->master[l][i] = (float)(2 * tt_rng_uniform(rng) - 1);
        } else {
            p->trits[l][i] =
                (int8_t)(binary ? 2 * (int32_t)tt_rng_below(rng, 2) - 1 : (int32_t)tt_rng_below(rng, 3) - 1);
        }
    }
    if (is_bc(p)) {
        (binary ? tt_quantize_binary : tt_quantize_ternary)(p->trits[l], p->master[l], count);
    }
}

static void list_state(products_trit_t *p) {
    const tt_shape_t *const shape = &p->base.engine->shape;
    tt_state_t *const state = &p->base.engine->state;
    for (uint32_t l = 0; l < shape->layers; l++) {
        const uint64_t out = shape->width[l + 1], in = shape->width[l];
        tt_state_add(state, TT_DTYPE_I8, out, in, p->trits[l], "layer.%u.weight", (unsigned)l);
        if (is_bc(p)) {
            tt_state_add(state, TT_DTYPE_F32, out, in, p->master[l], "layer.%u.master", (unsigned)l);
        }
    }
    tt_state_add(state, TT_DTYPE_U64, p->store.config->lanes, 0, p->lfsr, "device.lfsr");
    tt_state_add(state, TT_DTYPE_U64, TT_SLOTS, 0, p->slots, "device.slots");
}

tt_status_t tt_products_trit_open(tt_products_t **products, tt_engine_t *engine, tt_rng_t *rng,
                                  tt_message_t *message) {
    static const tt_products_ops_t ops = {trit_close,  trit_forward, trit_backward,
                                          trit_update, trit_save,    trit_load};
    const tt_dev_info_t *const device = tt_dev_info(engine->dev);
    products_trit_t *const p = calloc(1, sizeof *p);
    *products = NULL;
    if (p == NULL) {
        return TT_NO_MEMORY;
    }
    p->base = (tt_products_t){&ops, engine};
    tt_store_open(&p->store, engine->dev, &engine->usage);
    tt_status_t status = allocate(p);
    status = status == TT_OK ? tt_limits_planes(device, engine->settings, message) : status;
    status = status == TT_OK ? place(p) : status;
    if (status == TT_OK) {
        status = compile(p);
        if (status == TT_TOO_LARGE) {
            tt_limits_explain(device, engine->settings, &engine->shape, message);
        }
    }
    status = status == TT_OK ? tt_store_fresh_state(&p->store, tt_rng_next(rng), p->lfsr, p->slots) : status;
    for (uint32_t l = 0; status == TT_OK && l < engine->shape.layers; l++) {
        random_weights(p, l, rng);
    }
    status = status == TT_OK ? trit_load(&p->base) : status;
    if (status != TT_OK) {
        trit_close(&p->base);
        return status;
    }
    list_state(p);
    *products = &p->base;
    return TT_OK;
}
