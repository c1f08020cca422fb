/* SPDX-License-Identifier: Apache-2.0
 * What the training loop sees of a network in training, whatever computes it:
 *   tt_integer_*  integer recipe, everything but softmax (and BC's masters) on the device
 *   tt_host_*     float layers on the host around products that run on the device or, in float arithmetic, in OpenBLAS */
#ifndef TT_ENGINE_H
#define TT_ENGINE_H

#include <stdbool.h>

#include "tt_dev.h"
#include "tt_rng.h"
#include "tt_safetensors.h"
#include "tt_settings.h"

/* Layer l maps width[l] to width[l + 1]. */
typedef struct {
    uint32_t layers;
    uint32_t width[TT_LAYERS_MAX + 1];
    uint32_t batch;
    int8_t pixel[256]; /* input of each pixel value; a loaded checkpoint replaces it */
} tt_shape_t;

#define TT_STATE_MAX (12u * TT_LAYERS_MAX + 8u) /* the most of any recipe: Adam, batch-norm and BC */

/* Everything that a checkpoint must hold, as named arrays inside the engine's memory. */
typedef struct {
    tt_array_t arrays[TT_STATE_MAX];
    size_t count;
    bool overflow; /* an array had no room: the engine cannot be saved, tt_engine_open refuses it */
} tt_state_t;

/* Adds an array of up to two dimensions; columns 0: one dimension. */
void tt_state_add(tt_state_t *state, tt_dtype_t dtype, uint64_t rows, uint64_t columns, void *data,
                  const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 6, 7)))
#endif
    ;

typedef struct {
    tt_counters_t counters; /* of the device */
    uint64_t ideal_cycles;  /* of a full array */
} tt_usage_t;

void tt_usage_add(tt_usage_t *sum, const tt_counters_t *counters, uint64_t ideal_cycles);

typedef struct tt_engine tt_engine_t;

/* Engines are opened with fresh weights from rng; dev is NULL in float arithmetic; it and settings must outlive the engine. */
tt_status_t tt_integer_open(tt_engine_t **engine, const tt_settings_t *settings, const tt_shape_t *shape,
                            tt_dev_t *dev, tt_rng_t *rng, tt_message_t *message);
tt_status_t tt_host_open(tt_engine_t **engine, const tt_settings_t *settings, const tt_shape_t *shape,
                         tt_dev_t *dev, tt_rng_t *rng, tt_message_t *message);
/* The engine that the settings ask for. */
tt_status_t tt_engine_open(tt_engine_t **engine, const tt_settings_t *settings, const tt_shape_t *shape,
                           tt_dev_t *dev, tt_rng_t *rng, tt_message_t *message);
void tt_engine_close(tt_engine_t *engine); /* accepts NULL */

/* Fixes the constants that come from the first batch: pixels (batch, width[0]). */
tt_status_t tt_engine_calibrate(tt_engine_t *engine, const uint8_t *pixels);
/* How often a step must run dry before the first one, so that scale slots settle. */
uint32_t tt_engine_settle_steps(const tt_engine_t *engine);
/* logits (batch, classes) of pixels (batch, width[0]). training: with the batch's statistics, kept for backward. */
tt_status_t tt_engine_forward(tt_engine_t *engine, float *logits, const uint8_t *pixels, bool training);
/* One update of every weight from the loss derivatives error (batch, classes). dry: everything but the update. */
tt_status_t tt_engine_backward(tt_engine_t *engine, const float *error, double rate, bool dry);
/* Engines whose device makes whole steps are trained by this instead of by forward and backward: steps updates of every weight from
 * pixels (steps, batch, width[0]) and labels (steps, batch). */
tt_status_t tt_engine_train(tt_engine_t *engine, const uint8_t *pixels, const uint8_t *labels, uint32_t steps,
                            double rate, bool dry);
/* The most steps that one tt_engine_train takes; 0: it is not for this engine. */
uint32_t tt_engine_train_steps(const tt_engine_t *engine);
/* The state's arrays: save fetches them from the device, load puts them there. */
tt_state_t *tt_engine_state(tt_engine_t *engine);
tt_status_t tt_engine_save(tt_engine_t *engine);
tt_status_t tt_engine_load(tt_engine_t *engine);
tt_usage_t tt_engine_take_usage(tt_engine_t *engine); /* since open, or since it was taken before */
size_t
tt_engine_weight_bytes(const tt_engine_t *engine); /* of all weights as the forward product reads them */

/* ---- for engines ---- */

typedef struct {
    void (*close)(tt_engine_t *engine);
    tt_status_t (*calibrate)(tt_engine_t *engine, const uint8_t *pixels);
    tt_status_t (*forward)(tt_engine_t *engine, float *logits, const uint8_t *pixels, bool training);
    tt_status_t (*backward)(tt_engine_t *engine, const float *error, double rate, bool dry);
    tt_status_t (*train)(tt_engine_t *engine, const uint8_t *pixels, const uint8_t *labels, uint32_t steps,
                         double rate, bool dry); /* NULL: train_steps is 0 */
    tt_status_t (*save)(tt_engine_t *engine);
    tt_status_t (*load)(tt_engine_t *engine);
} tt_engine_ops_t;

/* First member of every engine. */
struct tt_engine {
    const tt_engine_ops_t *ops;
    const tt_settings_t *settings;
    tt_shape_t shape;
    tt_dev_t *dev;
    tt_state_t state;
    tt_usage_t usage;
    uint32_t settle_steps, train_steps;
    size_t weight_bytes;
};

#endif
