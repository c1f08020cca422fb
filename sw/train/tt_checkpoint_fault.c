/* SPDX-License-Identifier: Apache-2.0
 * Which values a run can have saved. What they are used for must not meet others: shifts by more than a word, generators that
 * stand still, square roots of negative numbers. */
#include <math.h>
#include <string.h>

#include "tt_checkpoint.h"
#include "tt_exec.h"

#define EXPONENT_MAX 24u /* of sums of 24 bits */

static bool ends_with(const char *name, const char *end) {
    const size_t length = strlen(name), tail = strlen(end);
    return length >= tail && strcmp(name + length - tail, end) == 0;
}

static const char *fault_of_floats(const tt_array_t *array, size_t count) {
    const float *const values = array->data;
    const bool positive = ends_with(array->name, "scale");
    const bool square = ends_with(array->name, ".running_var") || ends_with(array->name, ".moment2");
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            return "has a value that is not finite";
        }
        if ((positive && values[i] <= 0) || (square && values[i] < 0)) {
            return "has a value that is not positive";
        }
    }
    return NULL;
}

/* Weights, and the table of pixel values. */
static const char *fault_of_trits(const tt_array_t *array, size_t count, const tt_settings_t *settings) {
    const int8_t *const values = array->data;
    const bool weights = ends_with(array->name, ".weight");
    const tt_tensor_t pixels = {.planes = settings->input_planes, .radix = 3};
    const int32_t limit = weights ? 1 : tt_tensor_limit(&pixels);
    const bool binary = weights && settings->weights == TT_WEIGHTS_BINARY;
    for (size_t i = 0; i < count; i++) {
        if (values[i] < -limit || values[i] > limit || (binary && values[i] == 0)) {
            return "has a value out of range";
        }
    }
    return NULL;
}

/* Multiplier and shift, as tt_scale_of makes them. */
static const char *fault_of_scale(const tt_array_t *array) {
    const int32_t *const scale = array->data;
    const bool good =
        scale[0] >= 16384 && scale[0] <= INT16_MAX && scale[1] >= INT8_MIN && scale[1] <= INT8_MAX;
    return good ? NULL : "is out of range";
}

static const char *fault_of_exponents(const tt_array_t *array, size_t count) {
    const uint32_t *const exponents = array->data;
    for (size_t i = 0; i < count; i++) {
        if (exponents[i] > EXPONENT_MAX) {
            return "has a value out of range";
        }
    }
    return NULL;
}

/* A generator whose state is zero would stay there: the LFSR of every lane, and the shuffle's four words together. */
static const char *fault_of_words(const tt_array_t *array, size_t count, uint64_t steps) {
    const uint64_t *const words = array->data;
    size_t zeros = 0;
    uint64_t largest = 0;
    for (size_t i = 0; i < count; i++) {
        zeros += words[i] == 0 ? 1u : 0u;
        largest = words[i] > largest ? words[i] : largest;
    }
    if ((ends_with(array->name, ".lfsr") && zeros != 0) ||
        (ends_with(array->name, ".shuffle") && zeros == count)) {
        return "is zero";
    }
    if (ends_with(array->name, ".slots") && largest >> 32 > EXPONENT_MAX) {
        return "has a value out of range";
    }
    if (ends_with(array->name, ".time") && words[0] != steps) {
        return "is not the number of steps";
    }
    return ends_with(array->name, ".progress") && words[2] == 0 ? "has no steps" : NULL;
}

const char *tt_checkpoint_fault(const tt_array_t *array, const tt_settings_t *settings, uint64_t steps) {
    const size_t count = tt_array_bytes(array) / tt_dtype_bytes(array->dtype);
    switch (array->dtype) {
    case TT_DTYPE_I8:
        return fault_of_trits(array, count, settings);
    case TT_DTYPE_I32:
        return fault_of_scale(array);
    case TT_DTYPE_U32:
        return fault_of_exponents(array, count);
    case TT_DTYPE_F32:
        return fault_of_floats(array, count);
    case TT_DTYPE_U64:
        break;
    }
    return fault_of_words(array, count, steps);
}
