/* SPDX-License-Identifier: Apache-2.0
 * The contract (docs/numerics.md, docs/isa.md section 1) written a second time, one element at a time and as plainly as
 * possible, for tests to compare with. Uses nothing of sw/. */
#ifndef PLAIN_MODEL_H
#define PLAIN_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    uint64_t state;
} plain_rng_t;

static inline uint32_t plain_random(plain_rng_t *rng) {
    rng->state = rng->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint32_t x = (uint32_t)(rng->state >> 32);
    x ^= x >> 15;
    x *= 0x2C1B3C6Du;
    return x ^ x >> 12;
}

/* 0..n-1 */
static inline uint32_t plain_below(plain_rng_t *rng, uint32_t n) {
    return (uint32_t)((uint64_t)plain_random(rng) * n >> 32);
}

static inline int32_t plain_between(plain_rng_t *rng, int32_t lo, int32_t hi) {
    return lo + (int32_t)plain_below(rng, (uint32_t)(hi - lo + 1));
}

static inline int32_t plain_limit(unsigned planes, unsigned radix) {
    int32_t limit = 0;
    for (unsigned i = 0; i < planes; i++)
        limit = limit * (int32_t)radix + 1;
    return limit;
}

/* Digit i of the value's only code: -1, 0 or 1. */
static inline int plain_digit(int32_t value, unsigned i, unsigned radix) {
    if (radix == 2u) {
        const int32_t magnitude = value < 0 ? -value : value;
        const int digit = (int)(magnitude >> i & 1);
        return value < 0 ? -digit : digit;
    }
    int digit = 0;
    for (unsigned n = 0; n <= i; n++) {
        digit = (int)(((value % 3) + 3) % 3);
        digit = digit == 2 ? -1 : digit;
        value = (value - digit) / 3;
    }
    return digit;
}

typedef struct {
    uint32_t rows, cols, planes, radix;
    bool maskless;
} plain_shape_t;

static inline uint32_t plain_blocks(uint32_t elements) { return (elements + 7u) / 8u; }

static inline size_t plain_beats(const plain_shape_t *s) {
    return (size_t)plain_blocks(s->rows) * plain_blocks(s->cols) * s->planes * (s->maskless ? 1u : 2u);
}

/* Trit blocks of values (rows, cols); for a maskless tensor values are -1 and +1. */
static inline void plain_pack(uint64_t *beats, const plain_shape_t *s, const int32_t *values) {
    memset(beats, 0, 8u * plain_beats(s));
    const size_t per_plane = s->maskless ? 1u : 2u;
    for (uint32_t r = 0; r < s->rows; r++)
        for (uint32_t c = 0; c < s->cols; c++)
            for (uint32_t p = 0; p < s->planes; p++) {
                const int digit = plain_digit(values[(size_t)r * s->cols + c], p, s->radix);
                const size_t block = (size_t)(r / 8u) * plain_blocks(s->cols) + c / 8u;
                uint64_t *at = beats + (block * s->planes + p) * per_plane;
                const uint64_t bit = UINT64_C(1) << (8u * (r % 8u) + c % 8u);
                if (!s->maskless)
                    *at++ |= digit != 0 ? bit : 0u;
                *at |= digit < 0 ? bit : 0u;
            }
}

/* One draw: 32 single steps of the Fibonacci register with taps 64, 63, 61, 60. */
static inline uint32_t plain_draw(uint64_t *state) {
    const uint32_t rand24 = (uint32_t)(*state >> 8) & 0xFFFFFFu;
    for (int i = 0; i < 32; i++)
        *state = *state << 1 | ((*state >> 63 ^ *state >> 62 ^ *state >> 60 ^ *state >> 59) & 1u);
    return rand24;
}

typedef struct {
    int32_t mant, shift, exp, lo, hi;
    int mode;  /* 0 nearest, 1 stochastic, 2 truncate */
    bool half; /* binary grid without an old value */
} plain_round_t;

/* floor(value / 2^bits) for bits >= 0, exactly. */
static inline int64_t plain_floor_div(int64_t value, int bits) {
    for (; bits > 0; bits--)
        value = (value - (((value % 2) + 2) % 2)) / 2;
    return value;
}

static inline int64_t plain_scale(int32_t acc, const plain_round_t *r) {
    const int64_t top = (INT64_C(1) << 32) - 1;
    int64_t p = (int64_t)acc * r->mant;
    int sh = r->shift - r->exp;
    sh = sh < -63 ? -63 : sh > 63 ? 63 : sh;
    if (sh < 0)
        p = plain_floor_div(p, -sh);
    for (; sh > 0 && p <= top && p >= -top - 1; sh--)
        p *= 2; /* once out of range it stays out of range */
    return p > top ? top : p < -top - 1 ? -top - 1 : p;
}

static inline int32_t plain_round(int32_t acc, int32_t old, uint32_t rand24, const plain_round_t *r) {
    const int64_t one = INT64_C(1) << 24;
    const int64_t v = old * one + plain_scale(acc, r) + (r->half ? one / 2 : 0);
    const int64_t floor = plain_floor_div(v, 24);
    const int64_t frac = v - floor * one;
    int64_t q = floor;
    if (r->mode == 1)
        q += (int64_t)rand24 < frac;
    else if (r->mode == 0)
        q += v < 0 ? frac > one / 2 : frac >= one / 2; /* ties away from zero */
    return (int32_t)(q < r->lo ? r->lo : q > r->hi ? r->hi : q);
}

/* Fixed point with 14 fraction bits: old + the sum's share, rounded, within [-1, 1]. */
static inline int32_t plain_master(int32_t acc, int32_t old, uint32_t rand24, const plain_round_t *r) {
    const int64_t unit = INT64_C(1) << 10; /* in 2^-24 */
    const int64_t v = old * unit + plain_scale(acc, r);
    const int64_t floor = plain_floor_div(v, 10);
    const int64_t frac = v - floor * unit;
    int64_t w = floor;
    if (r->mode == 1)
        w += rand24 % unit < frac;
    else if (r->mode == 0)
        w += 2 * frac >= unit;
    return (int32_t)(w < -16384 ? -16384 : w > 16384 ? 16384 : w);
}

/* The nearest of {-1, 0, 1}, ties away from zero; binary: the sign, +1 of 0. */
static inline int32_t plain_master_trit(int32_t master, bool binary) {
    if (binary)
        return master >= 0 ? 1 : -1;
    return master >= 8192 ? 1 : master <= -8192 ? -1 : 0;
}

/* The result with a target: 0 where V is not on the target's side of 0. */
static inline int32_t plain_hold(int32_t q, int32_t acc, int32_t target, const plain_round_t *r) {
    const int64_t v = target * (INT64_C(1) << 24) + plain_scale(acc, r);
    return target == 0 || (v < 0) != (target < 0) ? 0 : q;
}

#endif
