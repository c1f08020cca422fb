/* SPDX-License-Identifier: Apache-2.0
 * Layers whose state is on the host: products (device or OpenBLAS), optional float batch-norm, activations, SGD or Adam. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tt_batchnorm.h"
#include "tt_engine.h"
#include "tt_exec.h"
#include "tt_optimizer.h"
#include "tt_products.h"
#include "tt_quantize.h"

#define POSITIVE_RANGE                                                                                       \
    1.614f /* largest of the evenly spaced levels that suit a rectified unit normal best, at 4 levels */

/* Moments of one parameter array. */
typedef struct {
    float *first, *second; /* SGD: velocity in first, second is NULL */
} moments_t;

typedef struct {
    float *input;      /* (batch, in) */
    float *sums;       /* (batch, out): products, then normalised by batch-norm */
    float *output;     /* (batch, out): before the activation */
    tt_batchnorm_t bn; /* unused without batch-norm */
    float scale;       /* instead of batch-norm: unit deviation on the first batch */
    float *d_gamma, *d_beta;
    moments_t weight, gamma, beta;
} layer_t;

typedef struct {
    tt_engine_t base;
    tt_products_t *products;
    layer_t layer[TT_LAYERS_MAX];
    int8_t pixel[256];
    float levels, unit; /* activations: whole numbers up to levels, each worth unit; unit 0: not rounded */
    uint64_t time;      /* updates done, for Adam */
    float *d_output, *d_input; /* (batch, widest) */
    float *gradient, *step;    /* largest (out, in) */
    double *scratch;           /* 2 * widest */
} host_t;

/* ---- activation ---- */

static float activate(const host_t *e, float y) {
    const bool positive = e->base.settings->activation == TT_ACTIVATION_POSITIVE;
    if (e->unit == 0.0f) {
        return positive ? fmaxf(y, 0.0f) : fminf(fmaxf(y, -1.0f), 1.0f);
    }
    return fminf(fmaxf(roundf(y / e->unit), positive ? 0.0f : -e->levels), e->levels);
}

/* Straight-through: the slope inside of the range, 0 where the activation is saturated. */
static float slope(const host_t *e, float y) {
    const bool positive = e->base.settings->activation == TT_ACTIVATION_POSITIVE;
    const float top = e->unit == 0.0f ? (positive ? INFINITY : 1.0f) : (e->levels + 0.5f) * e->unit;
    const bool inside = y < top && y > (positive ? 0.0f : -top);
    return !inside ? 0.0f : e->unit == 0.0f ? 1.0f : 1.0f / e->unit;
}

/* ---- steps ---- */

static tt_status_t dense_forward(host_t *e, uint32_t l, bool training) {
    layer_t *const layer = &e->layer[l];
    const tt_shape_t *const shape = &e->base.shape;
    const size_t count = (size_t)shape->batch * shape->width[l + 1];
    const tt_status_t status = tt_products_forward(e->products, l, layer->sums, layer->input);
    if (status != TT_OK) {
        return status;
    }
    if (!e->base.settings->batchnorm) {
        for (size_t i = 0; i < count; i++) {
            layer->output[i] = layer->scale * layer->sums[i];
        }
    } else if (training) {
        tt_batchnorm_train(&layer->bn, layer->output, layer->sums, shape->batch, e->scratch);
    } else {
        tt_batchnorm_infer(&layer->bn, layer->output, layer->sums, shape->batch);
    }
    for (size_t i = 0; l + 1 < shape->layers && i < count; i++) {
        e->layer[l + 1].input[i] = activate(e, layer->output[i]);
    }
    return TT_OK;
}

static void put_pixels(host_t *e, const uint8_t *pixels) {
    const size_t count = (size_t)e->base.shape.batch * e->base.shape.width[0];
    for (size_t i = 0; i < count; i++) {
        e->layer[0].input[i] = (float)e->pixel[pixels[i]];
    }
}

static tt_status_t host_forward(tt_engine_t *engine, float *logits, const uint8_t *pixels, bool training) {
    host_t *const e = (host_t *)engine;
    const tt_shape_t *const shape = &engine->shape;
    tt_status_t status = TT_OK;
    put_pixels(e, pixels);
    for (uint32_t l = 0; status == TT_OK && l < shape->layers; l++) {
        status = dense_forward(e, l, training);
    }
    memcpy(logits, e->layer[shape->layers - 1].output,
           (size_t)shape->batch * shape->width[shape->layers] * sizeof *logits);
    return status;
}

/* Without batch-norm, one constant per layer gives its outputs unit deviation on the first batch. */
static tt_status_t host_calibrate(tt_engine_t *engine, const uint8_t *pixels) {
    host_t *const e = (host_t *)engine;
    const tt_shape_t *const shape = &engine->shape;
    tt_status_t status = TT_OK;
    put_pixels(e, pixels);
    for (uint32_t l = 0; !engine->settings->batchnorm && status == TT_OK && l < shape->layers; l++) {
        layer_t *const layer = &e->layer[l];
        const size_t count = (size_t)shape->batch * shape->width[l + 1];
        double square = 0;
        layer->scale = 1.0f;
        status = dense_forward(e, l, true);
        for (size_t i = 0; i < count; i++) {
            square += (double)layer->sums[i] * (double)layer->sums[i];
        }
        layer->scale = square > 0 ? (float)(1.0 / sqrt(square / (double)count)) : 1.0f;
        status = status == TT_OK ? dense_forward(e, l, true) : status;
    }
    return status;
}

static void make_step(const host_t *e, float *step, const moments_t *m, const float *gradient, size_t count,
                      double rate) {
    const tt_settings_t *const s = e->base.settings;
    if (s->optimizer == TT_OPTIMIZER_ADAM) {
        tt_adam_step(step, m->first, m->second, gradient, count, rate, s->beta1, s->beta2, e->time);
    } else {
        tt_sgd_step(step, m->first, gradient, count, rate, s->momentum);
    }
}

static void update_vector(host_t *e, float *values, const moments_t *m, const float *gradient, size_t count,
                          double rate) {
    make_step(e, e->step, m, gradient, count, rate);
    for (size_t i = 0; i < count; i++) {
        values[i] += e->step[i];
    }
}

/* d_output (batch, out) becomes d_input (batch, in); then the layer's parameters move. */
static tt_status_t dense_backward(host_t *e, uint32_t l, double rate) {
    layer_t *const layer = &e->layer[l];
    const tt_shape_t *const shape = &e->base.shape;
    const size_t out = shape->width[l + 1], weights = out * shape->width[l];
    if (e->base.settings->batchnorm) {
        tt_batchnorm_backward(&layer->bn, e->d_output, layer->d_gamma, layer->d_beta, layer->sums,
                              shape->batch, e->scratch);
    } else {
        for (size_t i = 0; i < (size_t)shape->batch * out; i++) {
            e->d_output[i] *= layer->scale;
        }
    }
    tt_status_t status =
        tt_products_backward(e->products, l, e->gradient, l > 0 ? e->d_input : NULL, e->d_output);
    if (status == TT_OK) {
        make_step(e, e->step, &layer->weight, e->gradient, weights, rate);
        status = tt_products_update(e->products, l, e->step);
    }
    if (status == TT_OK && e->base.settings->batchnorm) {
        update_vector(e, layer->bn.gamma, &layer->gamma, layer->d_gamma, out, rate);
        update_vector(e, layer->bn.beta, &layer->beta, layer->d_beta, out, rate);
    }
    return status;
}

static tt_status_t host_backward(tt_engine_t *engine, const float *error, double rate, bool dry) {
    host_t *const e = (host_t *)engine;
    const tt_shape_t *const shape = &engine->shape;
    tt_status_t status = TT_OK;
    if (dry) {
        return TT_OK; /* nothing here has to settle */
    }
    e->time++;
    for (size_t i = 0; i < (size_t)shape->batch * shape->width[shape->layers]; i++) {
        e->d_output[i] = error[i] / (float)shape->batch;
    }
    for (uint32_t l = shape->layers; status == TT_OK && l-- > 0;) {
        status = dense_backward(e, l, rate);
        for (size_t i = 0; l > 0 && i < (size_t)shape->batch * shape->width[l]; i++) {
            e->d_output[i] = e->d_input[i] * slope(e, e->layer[l - 1].output[i]);
        }
    }
    return status;
}

static tt_status_t host_save(tt_engine_t *engine) { return tt_products_save(((host_t *)engine)->products); }

static tt_status_t host_load(tt_engine_t *engine) { return tt_products_load(((host_t *)engine)->products); }

/* ---- opening and closing ---- */

static void free_moments(const moments_t *m) {
    free(m->first);
    free(m->second);
}

static void host_close(tt_engine_t *engine) {
    host_t *const e = (host_t *)engine;
    for (uint32_t l = 0; l < TT_LAYERS_MAX; l++) {
        layer_t *const layer = &e->layer[l];
        float *const arrays[] = {layer->input,           layer->sums,           layer->output,
                                 layer->bn.gamma,        layer->bn.beta,        layer->d_gamma,
                                 layer->bn.running_mean, layer->bn.running_var, layer->bn.inv_std,
                                 layer->d_beta};
        for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++) {
            free(arrays[i]);
        }
        free_moments(&layer->weight);
        free_moments(&layer->gamma);
        free_moments(&layer->beta);
    }
    free(e->d_output);
    free(e->d_input);
    free(e->gradient);
    free(e->step);
    free(e->scratch);
    tt_products_close(e->products);
    free(e);
}

static float *floats(size_t count, bool *ok) {
    float *const values = calloc(count, sizeof *values);
    *ok = *ok && values != NULL;
    return values;
}

static moments_t open_moments(host_t *e, uint64_t rows, uint64_t cols, const char *name, uint32_t l,
                              bool *ok) {
    tt_state_t *const state = &e->base.state;
    const size_t count = (size_t)(rows * (cols > 0 ? cols : 1));
    moments_t m = {floats(count, ok), NULL};
    tt_state_add(state, TT_DTYPE_F32, rows, cols, m.first, "layer.%u.%s.moment1", (unsigned)l, name);
    if (e->base.settings->optimizer == TT_OPTIMIZER_ADAM) {
        m.second = floats(count, ok);
        tt_state_add(state, TT_DTYPE_F32, rows, cols, m.second, "layer.%u.%s.moment2", (unsigned)l, name);
    }
    return m;
}

static void open_batchnorm(host_t *e, uint32_t l, bool *ok) {
    layer_t *const layer = &e->layer[l];
    tt_state_t *const state = &e->base.state;
    const size_t out = e->base.shape.width[l + 1];
    const unsigned n = (unsigned)l;
    layer->bn = (tt_batchnorm_t){
        out, floats(out, ok), floats(out, ok), floats(out, ok), floats(out, ok), floats(out, ok)};
    layer->d_gamma = floats(out, ok);
    layer->d_beta = floats(out, ok);
    layer->gamma = open_moments(e, out, 0, "gamma", l, ok);
    layer->beta = open_moments(e, out, 0, "beta", l, ok);
    tt_state_add(state, TT_DTYPE_F32, out, 0, layer->bn.gamma, "layer.%u.gamma", n);
    tt_state_add(state, TT_DTYPE_F32, out, 0, layer->bn.beta, "layer.%u.beta", n);
    tt_state_add(state, TT_DTYPE_F32, out, 0, layer->bn.running_mean, "layer.%u.running_mean", n);
    tt_state_add(state, TT_DTYPE_F32, out, 0, layer->bn.running_var, "layer.%u.running_var", n);
    if (*ok) {
        tt_batchnorm_reset(&layer->bn);
    }
}

static tt_status_t allocate(host_t *e) {
    const tt_shape_t *const shape = &e->base.shape;
    size_t widest = 0, most = 0;
    bool ok = true;
    tt_state_add(&e->base.state, TT_DTYPE_I8, 256, 0, e->pixel, "input.pixel_table");
    tt_state_add(&e->base.state, TT_DTYPE_U64, 1, 0, &e->time, "optimizer.time");
    for (uint32_t l = 0; l < shape->layers; l++) {
        layer_t *const layer = &e->layer[l];
        const size_t in = shape->width[l], out = shape->width[l + 1];
        widest = in > widest ? in : widest;
        widest = out > widest ? out : widest;
        most = in * out > most ? in * out : most;
        layer->input = floats(shape->batch * in, &ok);
        layer->sums = floats(shape->batch * out, &ok);
        layer->output = floats(shape->batch * out, &ok);
        layer->weight = open_moments(e, out, in, "weight", l, &ok);
        if (e->base.settings->batchnorm) {
            open_batchnorm(e, l, &ok);
        } else {
            tt_state_add(&e->base.state, TT_DTYPE_F32, 1, 0, &layer->scale, "layer.%u.scale", (unsigned)l);
        }
    }
    e->d_output = floats(shape->batch * widest, &ok);
    e->d_input = floats(shape->batch * widest, &ok);
    e->gradient = floats(most, &ok);
    e->step = floats(most > widest ? most : widest, &ok);
    e->scratch = malloc(2 * widest * sizeof *e->scratch);
    return ok && e->scratch != NULL ? TT_OK : TT_NO_MEMORY;
}

static void choose_levels(host_t *e) {
    const tt_settings_t *const s = e->base.settings;
    const tt_tensor_t planes = {.planes = s->activation_planes, .radix = 3};
    e->levels = s->activation_levels > 0 ? (float)s->activation_levels : (float)tt_tensor_limit(&planes);
    if (s->arithmetic == TT_ARITHMETIC_TRIT) {
        e->unit = (s->activation == TT_ACTIVATION_POSITIVE ? POSITIVE_RANGE : 1.0f) / e->levels;
    }
}

tt_status_t tt_host_open(tt_engine_t **engine, const tt_settings_t *settings, const tt_shape_t *shape,
                         tt_dev_t *dev, tt_rng_t *rng, tt_message_t *message) {
    static const tt_engine_ops_t ops = {.close = host_close,
                                        .calibrate = host_calibrate,
                                        .forward = host_forward,
                                        .backward = host_backward,
                                        .train = NULL,
                                        .save = host_save,
                                        .load = host_load};
    host_t *const e = calloc(1, sizeof *e);
    *engine = NULL;
    if (e == NULL) {
        tt_message_set(message, "no memory");
        return TT_NO_MEMORY;
    }
    e->base = (tt_engine_t){.ops = &ops, .settings = settings, .shape = *shape, .dev = dev};
    memcpy(e->pixel, shape->pixel, sizeof e->pixel);
    choose_levels(e);
    tt_status_t status = allocate(e);
    if (status == TT_OK) {
        status = dev != NULL ? tt_products_trit_open(&e->products, &e->base, rng, message)
                             : tt_products_float_open(&e->products, &e->base, rng);
    }
    if (status != TT_OK) {
        if (status == TT_NO_MEMORY) {
            tt_message_set(message, "the network does not fit the memory of host or device");
        }
        host_close(&e->base);
        return status;
    }
    *engine = &e->base;
    return TT_OK;
}
