/* SPDX-License-Identifier: Apache-2.0
 * From real numbers to the integers that the device works with. */
#ifndef TT_QUANTIZE_H
#define TT_QUANTIZE_H

#include <stddef.h>
#include <stdint.h>

/* factor = mant * 2^(shift - 24), mant of 15 significant bits: the multiplier of a FINISH. factor >= 0;
 * mant is 0 when it is too small for the shift. */
typedef struct {
    int32_t mant, shift;
} tt_scale_t;
tt_scale_t tt_scale_of(double factor);

/* Table of the 256 pixel values: standardised (mean and deviation in units of full scale), times 4/13 of limit,
 * rounded to nearest, clipped to +-limit. */
void tt_pixel_table(int8_t table[256], double mean, double deviation, int32_t limit);
void tt_map_pixels(int8_t *values, const uint8_t *pixels, size_t count, const int8_t table[256]);

/* Ternary: nearest of -1, 0, 1, ties away from zero. Binary: sign, 0 to +1. */
void tt_quantize_ternary(int8_t *out, const float *values, size_t count);
void tt_quantize_binary(int8_t *out, const float *values, size_t count);

/* round(value * scale) to nearest even, clipped to +-limit; NaN gives 0. */
void tt_to_int32(int32_t *out, const float *values, size_t count, double scale, int32_t limit);

/* Smallest e >= 1 with -2^e <= v < 2^e for every value: what a scale slot would commit. */
uint32_t tt_exponent_of(const int32_t *values, size_t count);
/* Root of the mean square. */
double tt_rms(const int32_t *values, size_t count);

#endif
