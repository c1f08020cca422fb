/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_engine.h"

#include <stdarg.h>
#include <stdio.h>

void tt_state_add(tt_state_t *state, tt_dtype_t dtype, uint64_t rows, uint64_t columns, void *data,
                  const char *format, ...) {
    if (state->count == TT_STATE_MAX) {
        state->overflow = true;
        return;
    }
    tt_array_t *const array = &state->arrays[state->count++];
    *array =
        (tt_array_t){.dtype = dtype, .dims = columns > 0 ? 2 : 1, .shape = {rows, columns}, .data = data};
    va_list args;
    va_start(args, format);
    (void)vsnprintf(array->name, sizeof array->name, format, args);
    va_end(args);
}

tt_status_t tt_engine_open(tt_engine_t **engine, const tt_settings_t *settings, const tt_shape_t *shape,
                           tt_dev_t *dev, tt_rng_t *rng, tt_message_t *message) {
    const tt_status_t status = settings->optimizer == TT_OPTIMIZER_NONE
                                   ? tt_integer_open(engine, settings, shape, dev, rng, message)
                                   : tt_host_open(engine, settings, shape, dev, rng, message);
    if (status == TT_OK && (*engine)->state.overflow) {
        tt_message_set(message, "the network has more than the %u arrays that a checkpoint holds",
                       TT_STATE_MAX);
        tt_engine_close(*engine);
        *engine = NULL;
        return TT_TOO_LARGE;
    }
    return status;
}

void tt_engine_close(tt_engine_t *engine) {
    if (engine != NULL) {
        engine->ops->close(engine);
    }
}

tt_status_t tt_engine_calibrate(tt_engine_t *engine, const uint8_t *pixels) {
    return engine->ops->calibrate(engine, pixels);
}

uint32_t tt_engine_settle_steps(const tt_engine_t *engine) { return engine->settle_steps; }

tt_status_t tt_engine_forward(tt_engine_t *engine, float *logits, const uint8_t *pixels, bool training) {
    return engine->ops->forward(engine, logits, pixels, training);
}

tt_status_t tt_engine_backward(tt_engine_t *engine, const float *error, double rate, bool dry) {
    return engine->ops->backward(engine, error, rate, dry);
}

tt_status_t tt_engine_train(tt_engine_t *engine, const uint8_t *pixels, const uint8_t *labels, uint32_t steps,
                            double rate, bool dry) {
    return engine->ops->train(engine, pixels, labels, steps, rate, dry);
}

uint32_t tt_engine_train_steps(const tt_engine_t *engine) { return engine->train_steps; }

tt_state_t *tt_engine_state(tt_engine_t *engine) { return &engine->state; }

tt_status_t tt_engine_save(tt_engine_t *engine) { return engine->ops->save(engine); }

tt_status_t tt_engine_load(tt_engine_t *engine) { return engine->ops->load(engine); }

void tt_usage_add(tt_usage_t *sum, const tt_counters_t *counters, uint64_t ideal_cycles) {
    tt_counters_t *const s = &sum->counters;
    s->cycles += counters->cycles;
    s->load_busy += counters->load_busy;
    s->load_starved += counters->load_starved;
    s->load_blocked += counters->load_blocked;
    s->exec_busy += counters->exec_busy;
    s->exec_starved += counters->exec_starved;
    s->exec_blocked += counters->exec_blocked;
    s->finish_busy += counters->finish_busy;
    s->finish_starved += counters->finish_starved;
    s->finish_blocked += counters->finish_blocked;
    s->beats_read += counters->beats_read;
    s->beats_written += counters->beats_written;
    sum->ideal_cycles += ideal_cycles;
}

tt_usage_t tt_engine_take_usage(tt_engine_t *engine) {
    const tt_usage_t usage = engine->usage;
    engine->usage = (tt_usage_t){0};
    return usage;
}

size_t tt_engine_weight_bytes(const tt_engine_t *engine) { return engine->weight_bytes; }
