/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_quantize.h"

#include <math.h>

#define SHIFT_MIN (-127) /* signed 8 bits, less one that a binary result takes */

tt_scale_t tt_scale_of(double factor) {
    int exponent = 0;
    const double fraction = frexp(factor, &exponent); /* [0.5, 1) */
    const int32_t mant = (int32_t)lrint(fraction * 32768.0);
    const tt_scale_t carried = {16384, exponent + 10}, plain = {mant, exponent + 9};
    const tt_scale_t scale = mant == 32768 ? carried : plain, zero = {0, 0};
    return scale.shift < SHIFT_MIN ? zero : scale;
}

void tt_pixel_table(int8_t table[256], double mean, double deviation, int32_t limit) {
    const double scale = 4.0 / 13.0 * (double)limit;
    for (int i = 0; i < 256; i++) {
        const double value = round(((double)i / 255.0 - mean) / deviation * scale);
        table[i] = (int8_t)fmin(fmax(value, (double)-limit), (double)limit);
    }
}

void tt_map_pixels(int8_t *values, const uint8_t *pixels, size_t count, const int8_t table[256]) {
    for (size_t i = 0; i < count; i++) {
        values[i] = table[pixels[i]];
    }
}

void tt_quantize_ternary(int8_t *out, const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        out[i] = (int8_t)((values[i] >= 0.5f) - (values[i] <= -0.5f));
    }
}

void tt_quantize_binary(int8_t *out, const float *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        out[i] = values[i] >= 0.0f ? 1 : -1;
    }
}

void tt_to_int32(int32_t *out, const float *values, size_t count, double scale, int32_t limit) {
    const float factor = (float)scale, top = (float)limit;
    for (size_t i = 0; i < count; i++) {
        const float value = values[i] * factor;
        const float bounded = value > top ? top : value < -top ? -top : value;
        out[i] = isnan(bounded) ? 0 : (int32_t)lrintf(bounded);
    }
}

uint32_t tt_exponent_of(const int32_t *values, size_t count) {
    uint32_t bits = 1;
    for (size_t i = 0; i < count; i++) {
        bits |= (uint32_t)(values[i] < 0 ? ~values[i] : values[i]);
    }
    uint32_t exponent = 0;
    for (; bits != 0; bits >>= 1) {
        exponent++;
    }
    return exponent;
}

double tt_rms(const int32_t *values, size_t count) {
    uint64_t sum = 0; /* below 2^64 for 2^18 values of 24 bits, and for any activations that occur */
    for (size_t i = 0; i < count; i++) {
        const int64_t v = values[i];
        sum += (uint64_t)(v * v);
    }
    return sqrt((double)sum / (double)count);
}
