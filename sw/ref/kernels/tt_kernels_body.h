/* SPDX-License-Identifier: Apache-2.0
 * Kernels in plain C, as bodies that every set may instantiate for its instructions and let the compiler vectorise. */
#ifndef TT_KERNELS_BODY_H
#define TT_KERNELS_BODY_H

#include "tt_kernels.h"

#if defined(__GNUC__)
#define BODY static inline __attribute__((always_inline))
#else
#define BODY static inline
#endif

/* Before a loop whose sums shall be registers; clang unrolls it unasked. */
#if defined(__GNUC__) && !defined(__clang__)
#define UNROLL _Pragma("GCC unroll 16")
#else
#define UNROLL
#endif

#define ELEMENTS TT_BLOCK_ELEMENTS
#define FRACTION_BITS 24
#define FRACTION_MASK 0xFFFFFF
#define BYTES_OF(value) ((value)*UINT64_C(0x0101010101010101))
/* Added before a logical shift and taken off after it: an arithmetic shift that every vector unit has. */
#define SHIFT_BIAS_BITS 62

/* ---- beats ---- */

BODY void transpose_body(uint8_t *turned, const uint8_t *beats, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        uint64_t beat = load64(beats + (size_t)8 * i);
        uint64_t t = (beat ^ (beat >> 7)) & UINT64_C(0x00AA00AA00AA00AA);
        beat ^= t ^ (t << 7);
        t = (beat ^ (beat >> 14)) & UINT64_C(0x0000CCCC0000CCCC);
        beat ^= t ^ (t << 14);
        t = (beat ^ (beat >> 28)) & UINT64_C(0x00000000F0F0F0F0);
        store64(turned + (size_t)8 * i, beat ^ t ^ (t << 28));
    }
}

/* ---- random draws ---- */

BODY uint64_t draw_next(uint64_t s) {
    const uint64_t x = s ^ (s << 1) ^ (s << 3) ^ (s << 4);
    return (s << 32) | (x >> 32);
}

BODY void draw_lanes(uint32_t *rand24, uint64_t *state, uint32_t lanes) {
    for (uint32_t e = 0; e < ELEMENTS; e += lanes)
        for (uint32_t lane = 0; lane < lanes; lane++) {
            rand24[e + lane] = (uint32_t)(state[lane] >> 8) & FRACTION_MASK;
            state[lane] = draw_next(state[lane]);
        }
}

BODY void draw_body(uint32_t *restrict rand24, uint64_t *restrict state, uint32_t lanes) {
    switch (lanes) { /* constant trip counts vectorise */
    case 16u:
        draw_lanes(rand24, state, 16u);
        break;
    case 8u:
        draw_lanes(rand24, state, 8u);
        break;
    default:
        draw_lanes(rand24, state, lanes);
        break;
    }
}

BODY void leap_body(uint64_t *state, uint32_t lanes, uint32_t draws) {
    for (uint32_t lane = 0; lane < lanes; lane++) {
        uint64_t s = state[lane];
        for (uint32_t i = 0; i < draws; i++)
            s = draw_next(s);
        state[lane] = s;
    }
}

/* ---- rounding ---- */

BODY uint32_t magnitude_body(const int32_t *acc, uint64_t valid) {
    uint32_t sum = 0;
    for (unsigned e = 0; e < ELEMENTS; e++)
        sum |= (uint32_t)(acc[e] ^ -(int32_t)((uint32_t)acc[e] >> 31)) & (0u - (uint32_t)(valid >> e & 1u));
    return sum;
}

BODY void cut_body(int8_t *restrict q, const int8_t *restrict aux, int32_t limit) {
    const int8_t bound = (int8_t)(limit < INT8_MAX ? limit : INT8_MAX); /* values are at most 121 */
    for (unsigned e = 0; e < ELEMENTS; e++) {
        const int8_t size = (int8_t)(aux[e] < 0 ? -aux[e] : aux[e]);
        q[e] = size >= bound ? 0 : q[e];
    }
}

BODY void hold_body(int8_t *restrict q, const int8_t *restrict aux) {
    for (unsigned e = 0; e < ELEMENTS; e++)
        q[e] = aux[e] != 0 && (q[e] ^ aux[e]) >= 0 ? q[e] : 0;
}

BODY int64_t floor_shift(int64_t value, unsigned bits) {
    const uint64_t biased = (uint64_t)value + (UINT64_C(1) << SHIFT_BIAS_BITS);
    return (int64_t)(biased >> bits) - (int64_t)((UINT64_C(1) << SHIFT_BIAS_BITS) >> bits);
}

/* acc * mant shifted, without the saturation to 33 bits: whatever lies beyond is clipped to lo or hi in any case. */
BODY int64_t scale_one(int32_t acc, const tt_block_round_t *round, int shift_left) {
    int64_t p = (int64_t)acc * round->mant;
    if (!shift_left)
        return floor_shift(p, round->right);
    p = p > round->limit ? round->limit : p;
    p = p < -round->limit ? -round->limit : p;
    return (int64_t)((uint64_t)p << round->left);
}

BODY void round_loop(int8_t *restrict q, const int32_t *restrict acc, const int8_t *restrict old,
                     const uint32_t *restrict rand24, const tt_block_round_t *round, tt_round_t mode,
                     int shift_left) {
    const tt_block_round_t r = *round;
    for (unsigned i = 0; i < ELEMENTS; i++) {
        int64_t v = (int64_t)old[i] * (1 << FRACTION_BITS) + r.offset + scale_one(acc[i], &r, shift_left);
        if (mode == TT_ROUND_STOCHASTIC)
            v += FRACTION_MASK - (int64_t)rand24[i];
        else if (mode == TT_ROUND_NEAREST)
            v += (1 << (FRACTION_BITS - 1)) - (int64_t)((uint64_t)v >> 63);
        int32_t value = (int32_t)floor_shift(v, FRACTION_BITS);
        value = value < r.lo ? r.lo : value;
        q[i] = (int8_t)(value > r.hi ? r.hi : value);
    }
}

BODY void round_body(int8_t *restrict q, const int32_t *restrict acc, const int8_t *restrict old,
                     const uint32_t *restrict rand24, const tt_block_round_t *round) {
    const tt_round_t mode = round->mode;
    const int shift_left = round->left > 0u;
    if (mode == TT_ROUND_STOCHASTIC && shift_left)
        round_loop(q, acc, old, rand24, round, TT_ROUND_STOCHASTIC, 1);
    else if (mode == TT_ROUND_STOCHASTIC)
        round_loop(q, acc, old, rand24, round, TT_ROUND_STOCHASTIC, 0);
    else if (mode == TT_ROUND_NEAREST && shift_left)
        round_loop(q, acc, old, rand24, round, TT_ROUND_NEAREST, 1);
    else if (mode == TT_ROUND_NEAREST)
        round_loop(q, acc, old, rand24, round, TT_ROUND_NEAREST, 0);
    else if (shift_left)
        round_loop(q, acc, old, rand24, round, TT_ROUND_TRUNCATE, 1);
    else
        round_loop(q, acc, old, rand24, round, TT_ROUND_TRUNCATE, 0);
}

/* ---- planes ---- */

/* Bit i to byte i, as 0 or 1. */
BODY uint64_t spread(uint64_t byte) {
    return (((byte & 0x7Fu) * UINT64_C(0x0002040810204081)) & BYTES_OF(1)) | (byte & 0x80u) << 49;
}

/* Sums of the weights of positive and of negative digits are at most 121, so bytes of a word never carry into each other. */
BODY void expand_body(uint8_t *values, const tt_stack_t *s, int32_t bias) {
    for (uint32_t i = 0; i < s->blocks; i++) {
        const uint64_t valid = i + 1u == s->blocks ? s->last_valid : UINT64_MAX;
        for (unsigned r = 0; r < TT_BLOCK; r++, values += TT_BLOCK) {
            uint64_t up = 0;
            uint64_t down = 0;
            for (uint32_t p = s->n_planes; p-- > 0u;) {
                const uint64_t mask = s->plane[p][i].mask & valid;
                const uint64_t sign = s->plane[p][i].sign;
                up = s->radix * up + spread((mask & ~sign) >> (8u * r) & 0xFFu);
                down = s->radix * down + spread((mask & sign) >> (8u * r) & 0xFFu);
            }
            store64(values, bias > 0 ? up + BYTES_OF((uint64_t)bias) - down
                                     : (up + BYTES_OF(0x80) - down) ^ BYTES_OF(0x80));
        }
    }
}

/* Radix 2, and one plane of any radix: magnitude and sign. */
BODY void encode_magnitude(tt_unit_t *units, const int8_t *values, uint32_t planes) {
    for (uint32_t p = 0; p < planes; p++) {
        units[p] = (tt_unit_t){0, 0};
        for (unsigned e = 0; e < ELEMENTS; e++) {
            const uint32_t negative = values[e] < 0;
            const uint64_t bit = (uint32_t)(negative ? -values[e] : values[e]) >> p & 1u;
            units[p].mask |= bit << e;
            units[p].sign |= (bit & negative) << e;
        }
    }
}

/* Radix 3: value + limit has the plain ternary digits t + 1; n / 3 = n * 171 / 512 for n <= 242. */
BODY void encode_balanced(tt_unit_t *units, const int8_t *values, uint32_t planes) {
    uint16_t rest[ELEMENTS];
    const int32_t limit = tt_ref_plane_limit(planes, 3u);
    for (unsigned e = 0; e < ELEMENTS; e++)
        rest[e] = (uint16_t)(values[e] + limit);
    for (uint32_t p = 0; p < planes; p++) {
        units[p] = (tt_unit_t){0, 0};
        for (unsigned e = 0; e < ELEMENTS; e++) {
            const uint16_t third = (uint16_t)((uint16_t)(rest[e] * 171u) >> 9);
            const uint16_t digit = (uint16_t)(rest[e] - 3u * third);
            units[p].mask |= (uint64_t)(digit != 1u) << e;
            units[p].sign |= (uint64_t)(digit == 0u) << e;
            rest[e] = third;
        }
    }
}

BODY void encode_body(tt_unit_t *units, const int8_t *values, uint32_t planes, uint32_t radix) {
    if (planes == 1u || radix == 2u)
        encode_magnitude(units, values, planes);
    else
        encode_balanced(units, values, planes);
}

/* ---- products ---- */

BODY int32_t wrap_sum(int32_t sum, uint32_t unused_bits) {
    const uint32_t sign = UINT32_C(1) << (31u - unused_bits);
    return (int32_t)(((uint32_t)sum & (2u * sign - 1u)) ^ sign) - (int32_t)sign;
}

BODY void product_body(int32_t *acc, const tt_product_t *p) {
    for (uint32_t i = 0; i < p->columns; i++)
        for (unsigned r = 0; r < TT_BLOCK; r++)
            for (unsigned c = 0; c < TT_BLOCK; c++) {
                const uint8_t *a = p->a + (size_t)TT_BLOCK * r;
                const uint8_t *b = p->b + (size_t)i * p->blocks * ELEMENTS + (size_t)TT_BLOCK * c;
                int32_t sum = 0;
                for (uint32_t block = 0; block < p->blocks; block++, a += ELEMENTS, b += ELEMENTS)
                    for (unsigned k = 0; k < TT_BLOCK; k++)
                        sum += (int8_t)a[k] * ((int32_t)b[k] - p->b_limit);
                *acc++ = wrap_sum(sum, p->unused_bits);
            }
}

#endif
