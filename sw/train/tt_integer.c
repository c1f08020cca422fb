/* SPDX-License-Identifier: Apache-2.0
 * The integer recipe: weights, activations and errors live on the device as trit planes. One list makes the logits, one
 * list (`step`) makes every layer's errors and updates every weight in place. With squared hinge that list is the whole
 * step: it makes the output's errors itself, from labels, and may run for several batches at once. Under BC the gradients
 * come to the host, which keeps real-valued masters and sends their rounded values. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tt_engine.h"
#include "tt_limits.h"
#include "tt_quantize.h"
#include "tt_store.h"

#define LIST_CAPACITY 512u /* to begin with */
#define SLOT_ERROR 0u
#define SLOT_GRADIENT 16u
/* Of the squared hinge on the device, in deviations of the logits before training. R1, six epochs, mean of three seeds: 81.3 % with 1,
 * 82.6 % with 2, 83.0 % with 4, 6 and 8, 82.7 % with 12. */
#define MARGIN 4.0

typedef struct {
    tt_engine_t base;
    tt_store_t store;
    int32_t activation_limit;
    int8_t pixel[256];
    bool whole;                        /* the device makes whole steps */
    tt_tensor_t weight[TT_LAYERS_MAX]; /* (out, in) */
    tt_tensor_t input[TT_LAYERS_MAX];  /* (batch, in): pixels, then activations */
    tt_tensor_t error[TT_LAYERS_MAX];  /* (batch, out) */
    tt_tensor_t target; /* whole steps: (batch, classes), minus the margin at the label, plus it elsewhere */
    uint32_t input_pages, target_pages; /* from a step's to the next one's; 0: one step at a time */
    tt_scale_t activation_scale[TT_LAYERS_MAX];
    float logit_scale;
    uint32_t sums_addr;                    /* int32 (batch, widest): sums of calibration, logits */
    uint32_t error_addr;                   /* int32 (batch, classes); not in whole steps */
    uint32_t gradient_addr[TT_LAYERS_MAX]; /* BC: int32 (out, in) */
    uint32_t state_addr;
    tt_list_t forward, step, small;
    double compiled_rate; /* of the step list; negative: none */
    bool compiled_dry;
    int8_t *trits[TT_LAYERS_MAX];         /* (out, in): for checkpoints */
    float *master[TT_LAYERS_MAX];         /* BC: (out, in) */
    uint32_t gradient_exp[TT_LAYERS_MAX]; /* BC */
    uint64_t lfsr[TT_LANES_MAX], slots[TT_SLOTS];
    int8_t *values; /* (batch, widest input) */
    int32_t *sums;  /* largest of (batch, widest), (out, in) */
} integer_t;

static uint32_t widest(const tt_shape_t *shape, uint32_t from) {
    uint32_t width = 0;
    for (uint32_t l = from; l <= shape->layers; l++) {
        width = shape->width[l] > width ? shape->width[l] : width;
    }
    return width;
}

static size_t weights_in(const tt_shape_t *shape, uint32_t l) {
    return (size_t)shape->width[l] * shape->width[l + 1];
}

static bool is_bc(const integer_t *e) { return e->base.settings->rule == TT_RULE_BC; }

static void integer_close(tt_engine_t *engine) {
    integer_t *const e = (integer_t *)engine;
    for (uint32_t l = 0; l < TT_LAYERS_MAX; l++) {
        free(e->trits[l]);
        free(e->master[l]);
    }
    free(e->values);
    free(e->sums);
    tt_list_close(&e->forward);
    tt_list_close(&e->step);
    tt_list_close(&e->small);
    tt_store_close(&e->store);
    free(e);
}

/* ---- lists ---- */

static tt_finish_t finish_sums(uint32_t addr) {
    return (tt_finish_t){.to_int32 = true, .int32_addr = addr, .slot = -1};
}

static tt_finish_t finish_activation(const integer_t *e, uint32_t l) {
    return (tt_finish_t){.out = e->input[l + 1],
                         .mode = TT_ROUND_NEAREST,
                         .mant = e->activation_scale[l].mant,
                         .shift = e->activation_scale[l].shift,
                         .lo = -e->activation_limit,
                         .hi = e->activation_limit,
                         .slot = -1};
}

/* Stochastic, by the slot's exponent of the previous step. Loss derivatives from the host take half the gain: their largest values,
 * the confident mistakes, must not be clipped. */
static tt_finish_t finish_error(const integer_t *e, uint32_t l) {
    const double gain = e->base.settings->error_gain;
    const tt_scale_t scale = tt_scale_of(l + 1 == e->base.shape.layers ? gain / 2 : gain);
    return (tt_finish_t){.out = e->error[l],
                         .mode = TT_ROUND_STOCHASTIC,
                         .mant = scale.mant,
                         .shift = scale.shift,
                         .slot = (int)(SLOT_ERROR + l),
                         .slot_use = true,
                         .slot_observe = true,
                         .slot_commit = true};
}

/* The derivative of the squared hinge: where the logit is short of the margin, by how much, in units of the errors. */
static tt_finish_t finish_target(const integer_t *e) {
    const tt_scale_t scale = tt_scale_of((double)e->logit_scale * tt_tensor_limit(&e->target));
    return (tt_finish_t){.out = e->error[e->base.shape.layers - 1],
                         .mode = TT_ROUND_STOCHASTIC,
                         .mant = scale.mant,
                         .shift = scale.shift,
                         .slot = -1,
                         .aux_kind = TT_AUX_TARGET,
                         .aux = e->target,
                         .aux_step_pages = e->target_pages};
}

static tt_finish_t finish_update(const integer_t *e, uint32_t l, double rate, bool dry) {
    if (is_bc(e)) {
        return finish_sums(e->gradient_addr[l]);
    }
    const tt_scale_t scale = tt_scale_of(rate);
    return (tt_finish_t){.out = e->weight[l],
                         .write_off = dry,
                         .mode =
                             e->base.settings->rule == TT_RULE_SR ? TT_ROUND_STOCHASTIC : TT_ROUND_NEAREST,
                         .binary = e->weight[l].maskless,
                         .mant = -scale.mant,
                         .shift = scale.shift,
                         .lo = -1,
                         .hi = 1,
                         .slot = (int)(SLOT_GRADIENT + l),
                         .slot_use = true,
                         .slot_observe = true,
                         .slot_commit = true,
                         .aux_kind = TT_AUX_OLD,
                         .aux = e->weight[l]};
}

/* input[l], whose pixels advance from step to step */
static tt_operand_t input_of(const integer_t *e, uint32_t l, bool transpose) {
    return (tt_operand_t){
        .tensor = e->input[l], .transpose = transpose, .step_pages = l == 0 ? e->input_pages : 0};
}

/* (batch, out) = input[l] * weight[l]^T */
static tt_status_t dense_forward(const integer_t *e, tt_prog_t *prog, uint32_t l, const tt_finish_t *finish) {
    const tt_operand_t input = input_of(e, l, false), weight = {.tensor = e->weight[l]};
    return tt_prog_matmul(prog, &input, &weight, finish);
}

/* error[l - 1] (batch, in) = error[l] * weight[l], zero where the activation is saturated */
static tt_status_t dense_backward_input(const integer_t *e, tt_prog_t *prog, uint32_t l) {
    const tt_operand_t error = {.tensor = e->error[l]}, weight = {.tensor = e->weight[l], .transpose = true};
    tt_finish_t finish = finish_error(e, l - 1);
    finish.aux_kind = TT_AUX_STE;
    finish.aux = e->input[l];
    finish.ste_limit = e->activation_limit;
    return tt_prog_matmul(prog, &error, &weight, &finish);
}

/* gradient (out, in) = error[l]^T * input[l] */
static tt_status_t dense_backward_weight(const integer_t *e, tt_prog_t *prog, uint32_t l,
                                         const tt_finish_t *finish) {
    const tt_operand_t error = {.tensor = e->error[l], .transpose = true};
    const tt_operand_t input = input_of(e, l, true);
    return tt_prog_matmul(prog, &error, &input, finish);
}

/* Every layer's activations; what becomes of the last one's sums is said. */
static tt_status_t forward_products(const integer_t *e, tt_prog_t *prog, const tt_finish_t *output) {
    const uint32_t last = e->base.shape.layers - 1;
    tt_status_t status = TT_OK;
    for (uint32_t l = 0; status == TT_OK && l < last; l++) {
        const tt_finish_t finish = finish_activation(e, l);
        status = dense_forward(e, prog, l, &finish);
    }
    return status == TT_OK ? dense_forward(e, prog, last, output) : status;
}

static tt_status_t compile_forward(integer_t *e) {
    const tt_finish_t logits = finish_sums(e->sums_addr);
    tt_prog_t prog;
    tt_status_t status = TT_OK;
    do {
        tt_list_begin(&e->store, &prog, &e->forward);
        status = forward_products(e, &prog, &logits);
    } while (tt_list_grow(&e->forward, &status));
    return status == TT_OK ? tt_list_end(&e->store, &e->forward, &prog) : status;
}

/* The errors of the output, from labels or from what the host has sent. */
static tt_status_t output_error(const integer_t *e, tt_prog_t *prog) {
    const tt_shape_t *const shape = &e->base.shape;
    const uint32_t last = shape->layers - 1;
    if (e->whole) {
        const tt_finish_t target = finish_target(e);
        return forward_products(e, prog, &target);
    }
    const tt_finish_t error = finish_error(e, last);
    return tt_prog_elementwise_int32(prog, e->error_addr, shape->batch, shape->width[last + 1], &error);
}

static tt_status_t step_products(const integer_t *e, tt_prog_t *prog, double rate, bool dry) {
    tt_status_t status = output_error(e, prog);
    for (uint32_t l = e->base.shape.layers; status == TT_OK && l-- > 0;) {
        const tt_finish_t update = finish_update(e, l, rate, dry);
        if (l > 0) {
            status = dense_backward_input(e, prog, l); /* with the weights before their update */
        }
        status = status == TT_OK ? dense_backward_weight(e, prog, l, &update) : status;
    }
    return status == TT_OK && e->base.train_steps > 1 ? tt_prog_end(prog) : status;
}

static tt_status_t compile_step(integer_t *e, double rate, bool dry) {
    tt_prog_t prog;
    tt_status_t status = TT_OK;
    if (e->compiled_rate == rate && e->compiled_dry == dry) {
        return TT_OK;
    }
    do {
        tt_list_begin(&e->store, &prog, &e->step);
        status = step_products(e, &prog, rate, dry);
    } while (tt_list_grow(&e->step, &status));
    e->compiled_rate = status == TT_OK ? rate : -1;
    e->compiled_dry = dry;
    return status == TT_OK ? tt_list_end(&e->store, &e->step, &prog) : status;
}

/* One layer's forward product in the small list. */
static tt_status_t compile_layer(integer_t *e, uint32_t l, const tt_finish_t *finish) {
    tt_prog_t prog;
    tt_status_t status = TT_OK;
    do {
        tt_list_begin(&e->store, &prog, &e->small);
        status = dense_forward(e, &prog, l, finish);
    } while (tt_list_grow(&e->small, &status));
    return status == TT_OK ? tt_list_end(&e->store, &e->small, &prog) : status;
}

/* Everything that steps will need, so that what does not fit is refused before the first. */
static tt_status_t compile_all(integer_t *e) {
    tt_status_t status = TT_OK;
    for (uint32_t l = 0; status == TT_OK && l < e->base.shape.layers; l++) {
        const tt_finish_t to_sums = finish_sums(e->sums_addr);
        status = compile_layer(e, l, &to_sums);
    }
    status = status == TT_OK ? compile_forward(e) : status;
    status = status == TT_OK ? compile_step(e, e->base.settings->rate, false) : status;
    e->compiled_rate = -1;
    return status;
}

/* ---- steps ---- */

static tt_status_t put_pixels(integer_t *e, uint32_t step, const uint8_t *pixels) {
    const tt_tensor_t input = tt_store_of_step(&e->input[0], e->input_pages, step);
    tt_map_pixels(e->values, pixels, (size_t)e->base.shape.batch * e->base.shape.width[0], e->pixel);
    return tt_store_put(&e->store, &input, e->values);
}

static tt_status_t put_labels(integer_t *e, uint32_t step, const uint8_t *labels) {
    const size_t batch = e->base.shape.batch, classes = e->target.cols;
    const int8_t margin = (int8_t)tt_tensor_limit(&e->target);
    const tt_tensor_t target = tt_store_of_step(&e->target, e->target_pages, step);
    memset(e->values, margin, batch * classes);
    for (size_t i = 0; i < batch; i++) {
        e->values[i * classes + labels[i]] = (int8_t)-margin;
    }
    return tt_store_put(&e->store, &target, e->values);
}

/* One constant per layer gives its sums unit deviation on the first batch. */
static tt_status_t calibrate_layer(integer_t *e, uint32_t l) {
    const tt_shape_t *const shape = &e->base.shape;
    const uint32_t width = shape->width[l + 1];
    const tt_finish_t to_sums = finish_sums(e->sums_addr);
    tt_status_t status = compile_layer(e, l, &to_sums);
    status = status == TT_OK ? tt_list_run(&e->store, &e->small) : status;
    status =
        status == TT_OK ? tt_store_get_int32(&e->store, e->sums, e->sums_addr, shape->batch, width) : status;
    if (status != TT_OK) {
        return status;
    }
    const double deviation = fmax(tt_rms(e->sums, (size_t)shape->batch * width), 1.0);
    if (l == shape->layers - 1) {
        e->logit_scale = (float)(1.0 / deviation / (e->whole ? MARGIN : 1.0));
        return TT_OK;
    }
    e->activation_scale[l] = tt_scale_of((double)e->activation_limit / deviation);
    const tt_finish_t to_planes = finish_activation(e, l);
    status = compile_layer(e, l, &to_planes);
    return status == TT_OK ? tt_list_run(&e->store, &e->small) : status;
}

static tt_status_t integer_calibrate(tt_engine_t *engine, const uint8_t *pixels) {
    integer_t *const e = (integer_t *)engine;
    tt_status_t status = put_pixels(e, 0, pixels);
    for (uint32_t l = 0; status == TT_OK && l < engine->shape.layers; l++) {
        status = calibrate_layer(e, l);
    }
    e->compiled_rate = -1;
    return status == TT_OK ? compile_forward(e) : status;
}

static tt_status_t integer_forward(tt_engine_t *engine, float *logits, const uint8_t *pixels, bool training) {
    integer_t *const e = (integer_t *)engine;
    (void)training; /* both are the same */
    const tt_shape_t *const shape = &engine->shape;
    const uint32_t classes = shape->width[shape->layers];
    tt_status_t status = put_pixels(e, 0, pixels);
    status = status == TT_OK ? tt_list_run(&e->store, &e->forward) : status;
    status = status == TT_OK ? tt_store_get_int32(&e->store, e->sums, e->sums_addr, shape->batch, classes)
                             : status;
    for (size_t i = 0; status == TT_OK && i < (size_t)shape->batch * classes; i++) {
        logits[i] = (float)e->sums[i] * e->logit_scale;
    }
    return status;
}

/* BC: masters move by the step's gradient in units of the previous step's largest; the device gets their rounded values. */
static tt_status_t update_masters(integer_t *e, uint32_t l, double rate, bool dry) {
    const tt_shape_t *const shape = &e->base.shape;
    const size_t count = weights_in(shape, l);
    const tt_status_t status =
        tt_store_get_int32(&e->store, e->sums, e->gradient_addr[l], shape->width[l + 1], shape->width[l]);
    if (status != TT_OK) {
        return status;
    }
    const float factor = (float)ldexp(-rate, -(int)e->gradient_exp[l]);
    e->gradient_exp[l] = tt_exponent_of(e->sums, count);
    if (dry) {
        return TT_OK;
    }
    float *const master = e->master[l];
    for (size_t i = 0; i < count; i++) {
        const float moved = master[i] + factor * (float)e->sums[i];
        master[i] = moved > 1.0f ? 1.0f : moved < -1.0f ? -1.0f : moved;
    }
    (e->weight[l].maskless ? tt_quantize_binary : tt_quantize_ternary)(e->trits[l], master, count);
    return tt_store_put(&e->store, &e->weight[l], e->trits[l]);
}

/* Fraction bits of loss derivatives on their way to the device, in sums of w_acc bits: softmax's are within 1, squared hinge's
 * get larger than that. */
static int error_fraction_bits(const integer_t *e) {
    const int room = (int)e->store.config->w_acc - (e->base.settings->loss == TT_LOSS_SOFTMAX ? 2 : 6);
    return room < 14 ? room : 14;
}

static tt_status_t integer_backward(tt_engine_t *engine, const float *error, double rate, bool dry) {
    integer_t *const e = (integer_t *)engine;
    const tt_shape_t *const shape = &engine->shape;
    const uint32_t classes = shape->width[shape->layers];
    tt_status_t status = compile_step(e, rate, dry);
    tt_to_int32(e->sums, error, (size_t)shape->batch * classes, ldexp(1.0, error_fraction_bits(e)),
                tt_store_sum_limit(&e->store));
    status = status == TT_OK ? tt_store_put_int32(&e->store, e->error_addr, shape->batch, classes, e->sums)
                             : status;
    status = status == TT_OK ? tt_list_run(&e->store, &e->step) : status;
    for (uint32_t l = 0; is_bc(e) && status == TT_OK && l < shape->layers; l++) {
        status = update_masters(e, l, rate, dry);
    }
    return status;
}

static tt_status_t integer_train(tt_engine_t *engine, const uint8_t *pixels, const uint8_t *labels,
                                 uint32_t steps, double rate, bool dry) {
    integer_t *const e = (integer_t *)engine;
    const size_t batch = engine->shape.batch, inputs = engine->shape.width[0];
    tt_status_t status = compile_step(e, rate, dry);
    for (uint32_t i = 0; status == TT_OK && i < steps; i++) {
        status = put_pixels(e, i, pixels + i * batch * inputs);
        status = status == TT_OK ? put_labels(e, i, labels + i * batch) : status;
    }
    return status == TT_OK ? tt_list_replay(&e->store, &e->step, steps) : status;
}

/* ---- state ---- */

static tt_status_t integer_save(tt_engine_t *engine) {
    integer_t *const e = (integer_t *)engine;
    tt_status_t status = tt_store_get_state(&e->store, &e->small, e->state_addr, e->lfsr, e->slots);
    for (uint32_t l = 0; status == TT_OK && l < engine->shape.layers; l++) {
        status = tt_store_get(&e->store, e->trits[l], &e->weight[l]);
    }
    return status;
}

static tt_status_t integer_load(tt_engine_t *engine) {
    integer_t *const e = (integer_t *)engine;
    tt_status_t status = tt_store_put_state(&e->store, &e->small, e->state_addr, e->lfsr, e->slots);
    for (uint32_t l = 0; status == TT_OK && l < engine->shape.layers; l++) {
        status = tt_store_put(&e->store, &e->weight[l], e->trits[l]);
    }
    e->compiled_rate = -1;
    status = status == TT_OK ? compile_forward(e) : status;
    return status == TT_OK && e->whole ? compile_step(e, e->base.settings->rate, false) : status;
}

static void list_state(integer_t *e) {
    const tt_shape_t *const shape = &e->base.shape;
    tt_state_t *const state = &e->base.state;
    tt_state_add(state, TT_DTYPE_I8, 256, 0, e->pixel, "input.pixel_table");
    for (uint32_t l = 0; l < shape->layers; l++) {
        const uint64_t out = shape->width[l + 1], in = shape->width[l];
        tt_state_add(state, TT_DTYPE_I8, out, in, e->trits[l], "layer.%u.weight", (unsigned)l);
        if (l + 1 < shape->layers) {
            tt_state_add(state, TT_DTYPE_I32, 2, 0, &e->activation_scale[l], "layer.%u.scale", (unsigned)l);
        }
        if (is_bc(e)) {
            tt_state_add(state, TT_DTYPE_F32, out, in, e->master[l], "layer.%u.master", (unsigned)l);
        }
    }
    if (is_bc(e)) {
        tt_state_add(state, TT_DTYPE_U32, shape->layers, 0, e->gradient_exp, "gradient_exponents");
    }
    tt_state_add(state, TT_DTYPE_F32, 1, 0, &e->logit_scale, "logit_scale");
    tt_state_add(state, TT_DTYPE_U64, e->store.config->lanes, 0, e->lfsr, "device.lfsr");
    tt_state_add(state, TT_DTYPE_U64, TT_SLOTS, 0, e->slots, "device.slots");
}

/* ---- opening ---- */

static void random_weights(integer_t *e, uint32_t l, tt_rng_t *rng) {
    for (size_t i = 0; i < weights_in(&e->base.shape, l); i++) {
        const int32_t trit =
            e->weight[l].maskless ? 2 * (int32_t)tt_rng_below(rng, 2) - 1 : (int32_t)tt_rng_below(rng, 3) - 1;
        e->trits[l][i] = (int8_t)trit;
        if (is_bc(e)) {
            e->master[l][i] = (float)trit;
        }
    }
    e->gradient_exp[l] = 20;
}

static tt_status_t place_layer(integer_t *e, uint32_t l) {
    const tt_settings_t *const s = e->base.settings;
    const tt_shape_t *const shape = &e->base.shape;
    const uint32_t out = shape->width[l + 1], in = shape->width[l];
    const bool binary = s->weights == TT_WEIGHTS_BINARY;
    e->weight[l] = (tt_tensor_t){.rows = out, .cols = in, .planes = 1, .radix = 3, .maskless = binary};
    e->input[l] = (tt_tensor_t){.rows = shape->batch,
                                .cols = in,
                                .radix = 3,
                                .planes = l == 0 ? s->input_planes : s->activation_planes};
    e->error[l] = (tt_tensor_t){.rows = shape->batch, .cols = out, .planes = s->error_planes, .radix = 3};
    tt_status_t status = tt_store_tensor(&e->store, &e->weight[l]);
    if (status == TT_OK && l == 0) {
        status = tt_store_steps(&e->store, &e->input[0], e->base.train_steps, &e->input_pages);
    } else if (status == TT_OK) {
        status = tt_store_tensor(&e->store, &e->input[l]);
    }
    status = status == TT_OK ? tt_store_tensor(&e->store, &e->error[l]) : status;
    if (status == TT_OK && is_bc(e)) {
        status = tt_store_area(&e->store, &e->gradient_addr[l], tt_int32_bytes(out, in));
    }
    e->base.weight_bytes += tt_tensor_bytes(&e->weight[l]);
    return status;
}

/* Where the output's errors come from. */
static tt_status_t place_output(integer_t *e) {
    const tt_shape_t *const shape = &e->base.shape;
    const uint32_t classes = shape->width[shape->layers], planes = e->base.settings->error_planes;
    if (!e->whole) {
        return tt_store_area(&e->store, &e->error_addr, tt_int32_bytes(shape->batch, classes));
    }
    /* a plane less than the errors have, so that these hold a gap of three margins */
    e->target = (tt_tensor_t){
        .rows = shape->batch, .cols = classes, .planes = planes > 1 ? planes - 1 : 1, .radix = 3};
    return tt_store_steps(&e->store, &e->target, e->base.train_steps, &e->target_pages);
}

static tt_status_t place(integer_t *e) {
    const tt_shape_t *const shape = &e->base.shape;
    tt_store_t *const store = &e->store;
    tt_status_t status = tt_list_open(&e->forward, LIST_CAPACITY);
    status = status == TT_OK ? tt_list_open(&e->step, LIST_CAPACITY) : status;
    status = status == TT_OK ? tt_list_open(&e->small, LIST_CAPACITY) : status;
    status = status == TT_OK ? tt_store_area(store, &e->state_addr, tt_state_bytes(store->config)) : status;
    status = status == TT_OK
                 ? tt_store_area(store, &e->sums_addr, tt_int32_bytes(shape->batch, widest(shape, 1)))
                 : status;
    status = status == TT_OK ? place_output(e) : status;
    for (uint32_t l = 0; status == TT_OK && l < shape->layers; l++) {
        status = place_layer(e, l);
    }
    return status;
}

static tt_status_t allocate(integer_t *e) {
    const tt_shape_t *const shape = &e->base.shape;
    size_t most = (size_t)shape->batch * widest(shape, 1);
    bool ok = true;
    for (uint32_t l = 0; l < shape->layers; l++) {
        const size_t count = weights_in(shape, l);
        most = is_bc(e) && count > most ? count : most;
        e->trits[l] = malloc(count);
        e->master[l] = is_bc(e) ? malloc(count * sizeof *e->master[l]) : NULL;
        ok = ok && e->trits[l] != NULL && (!is_bc(e) || e->master[l] != NULL);
    }
    e->values = malloc((size_t)shape->batch * widest(shape, 0));
    e->sums = malloc(most * sizeof *e->sums);
    return ok && e->values != NULL && e->sums != NULL ? TT_OK : TT_NO_MEMORY;
}

static tt_status_t fill(integer_t *e, tt_rng_t *rng) {
    tt_status_t status = tt_store_fresh_state(&e->store, tt_rng_next(rng), e->lfsr, e->slots);
    status =
        status == TT_OK ? tt_store_put_state(&e->store, &e->small, e->state_addr, e->lfsr, e->slots) : status;
    for (uint32_t l = 0; status == TT_OK && l < e->base.shape.layers; l++) {
        random_weights(e, l, rng);
        status = tt_store_put(&e->store, &e->weight[l], e->trits[l]);
    }
    return status;
}

static void explain_memory(const integer_t *e, tt_message_t *message) {
    const tt_dev_info_t *const device = tt_dev_info(e->base.dev);
    char data[64] = "";
    if (e->base.train_steps > 1) {
        (void)snprintf(data, sizeof data, " with the data of train.replay = %u steps",
                       (unsigned)e->base.train_steps);
    }
    tt_message_set(message, "%s: the network%s does not fit the device's %llu bytes of memory", device->name,
                   data, (unsigned long long)device->mem_bytes);
}

static tt_status_t fill_device(integer_t *e, tt_rng_t *rng, tt_message_t *message) {
    const tt_dev_info_t *const device = tt_dev_info(e->base.dev);
    tt_status_t status = tt_limits_planes(device, e->base.settings, message);
    if (status != TT_OK) {
        return status;
    }
    status = allocate(e);
    if (status == TT_NO_MEMORY) {
        tt_message_set(message, "no memory for the network");
        return status;
    }
    status = place(e);
    status = status == TT_OK ? compile_all(e) : status;
    if (status == TT_NO_MEMORY) {
        explain_memory(e, message);
    } else if (status == TT_TOO_LARGE) {
        tt_limits_explain(device, e->base.settings, &e->base.shape, message);
    }
    return status == TT_OK ? fill(e, rng) : status;
}

tt_status_t tt_integer_open(tt_engine_t **engine, const tt_settings_t *settings, const tt_shape_t *shape,
                            tt_dev_t *dev, tt_rng_t *rng, tt_message_t *message) {
    static const tt_engine_ops_t ops = {.close = integer_close,
                                        .calibrate = integer_calibrate,
                                        .forward = integer_forward,
                                        .backward = integer_backward,
                                        .train = integer_train,
                                        .save = integer_save,
                                        .load = integer_load};
    integer_t *const e = calloc(1, sizeof *e);
    *engine = NULL;
    if (e == NULL) {
        tt_message_set(message, "no memory");
        return TT_NO_MEMORY;
    }
    e->base = (tt_engine_t){
        .ops = &ops, .settings = settings, .shape = *shape, .dev = dev, .settle_steps = shape->layers + 3};
    e->whole = tt_settings_whole_steps(settings);
    e->base.train_steps = e->whole ? settings->replay : 0;
    e->compiled_rate = -1;
    const tt_tensor_t activation = {.planes = settings->activation_planes, .radix = 3};
    e->activation_limit =
        settings->activation_levels > 0 ? (int32_t)settings->activation_levels : tt_tensor_limit(&activation);
    memcpy(e->pixel, shape->pixel, sizeof e->pixel);
    tt_store_open(&e->store, dev, &e->base.usage);
    const tt_status_t status = fill_device(e, rng, message);
    if (status != TT_OK) {
        integer_close(&e->base);
        return status;
    }
    list_state(e);
    *engine = &e->base;
    return TT_OK;
}
