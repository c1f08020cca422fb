/* SPDX-License-Identifier: Apache-2.0
 * AVX2: products of bytes by hand, the rest is what the compiler makes of the plain bodies. */
#include "tt_kernels_body.h"

#ifdef TT_KERNELS_X86
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))
#define AVX2_BODY static inline __attribute__((always_inline, target("avx2")))
#define ROWS 4u /* of A at once: as many sums as there are registers */

AVX2_BODY __m256i load32(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }

/* ---- planes ---- */

/* Bit i to byte i, all ones where it is set. */
AVX2_BODY __m256i spread_bits(uint32_t bits) {
    const __m256i byte_of = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2,
                                             2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i bit_of = _mm256_set1_epi64x((long long)UINT64_C(0x8040201008040201));
    const __m256i bytes = _mm256_shuffle_epi8(_mm256_set1_epi32((int)bits), byte_of);
    return _mm256_cmpeq_epi8(_mm256_and_si256(bytes, bit_of), bit_of);
}

/* Half a block: 32 values from bit `shift` on. */
AVX2_BODY __m256i expand_half(const tt_stack_t *s, uint32_t block, uint64_t valid, unsigned shift) {
    __m256i value = _mm256_setzero_si256();
    for (uint32_t p = s->n_planes; p-- > 0u;) {
        const uint64_t mask = s->plane[p][block].mask & valid;
        const uint64_t sign = s->plane[p][block].sign;
        const __m256i plus = spread_bits((uint32_t)((mask & ~sign) >> shift)); /* bytes are 0 or -1 */
        const __m256i minus = spread_bits((uint32_t)((mask & sign) >> shift));
        const __m256i twice = _mm256_add_epi8(value, value);
        value = s->radix == 3u ? _mm256_add_epi8(twice, value) : twice;
        value = _mm256_add_epi8(value, _mm256_sub_epi8(minus, plus));
    }
    return value;
}

AVX2 static void expand(uint8_t *values, const tt_stack_t *s, int32_t bias) {
    const __m256i add = _mm256_set1_epi8((char)bias);
    for (uint32_t i = 0; i < s->blocks; i++, values += ELEMENTS) {
        const uint64_t valid = i + 1u == s->blocks ? s->last_valid : UINT64_MAX;
        const __m256i low = _mm256_add_epi8(expand_half(s, i, valid, 0), add);
        const __m256i high = _mm256_add_epi8(expand_half(s, i, valid, 32), add);
        _mm256_storeu_si256((__m256i *)(void *)values, low);
        _mm256_storeu_si256((__m256i *)(void *)(values + 32), high);
    }
}

/* ---- products ---- */

AVX2_BODY __m256i pair_sums(__m256i sum16) { return _mm256_madd_epi16(sum16, _mm256_set1_epi16(1)); }

/* Sums of the rows of A. */
AVX2_BODY void row_sums(int32_t *sums, const uint8_t *a, uint32_t blocks) {
    const __m256i ones = _mm256_set1_epi8(1);
    __m256i low = _mm256_setzero_si256();
    __m256i high = _mm256_setzero_si256();
    for (uint32_t i = 0; i < blocks; i++, a += ELEMENTS) {
        low = _mm256_add_epi32(low, pair_sums(_mm256_maddubs_epi16(ones, load32(a))));
        high = _mm256_add_epi32(high, pair_sums(_mm256_maddubs_epi16(ones, load32(a + 32))));
    }
    int32_t halves[2u * TT_BLOCK];
    _mm256_storeu_si256((__m256i *)(void *)halves, low);
    _mm256_storeu_si256((__m256i *)(void *)(halves + TT_BLOCK), high);
    for (unsigned r = 0; r < TT_BLOCK; r++)
        sums[r] = halves[2u * r] + halves[2u * r + 1u];
}

/* Four rows of A times one block row of B. A 16-bit sum holds two products per block, and `flush` blocks. */
AVX2_BODY void product_rows(int32_t *acc, const uint8_t *a, const uint8_t *b, uint32_t blocks,
                            uint32_t flush) {
    __m256i wide[ROWS][2];
    UNROLL for (unsigned r = 0; r < ROWS; r++) wide[r][0] = wide[r][1] = _mm256_setzero_si256();
    for (uint32_t i = 0; i < blocks;) {
        const uint32_t end = blocks - i <= flush ? blocks : i + flush;
        __m256i sum[ROWS][2];
        UNROLL for (unsigned r = 0; r < ROWS; r++) sum[r][0] = sum[r][1] = _mm256_setzero_si256();
        for (; i < end; i++, a += ELEMENTS, b += ELEMENTS) {
            const __m256i b_low = load32(b);
            const __m256i b_high = load32(b + 32);
            UNROLL for (unsigned r = 0; r < ROWS; r++) {
                const __m256i row =
                    _mm256_broadcastq_epi64(_mm_loadl_epi64((const __m128i *)(const void *)(a + 8u * r)));
                sum[r][0] = _mm256_add_epi16(sum[r][0], _mm256_maddubs_epi16(b_low, row));
                sum[r][1] = _mm256_add_epi16(sum[r][1], _mm256_maddubs_epi16(b_high, row));
            }
        }
        UNROLL for (unsigned r = 0; r < ROWS; r++) UNROLL for (unsigned h = 0; h < 2u; h++) wide[r][h] =
            _mm256_add_epi32(wide[r][h], pair_sums(sum[r][h]));
    }
    UNROLL for (unsigned r = 0; r < ROWS; r++) { /* columns 0 1 4 5 2 3 6 7 */
        const __m256i mixed = _mm256_hadd_epi32(wide[r][0], wide[r][1]);
        _mm256_storeu_si256((__m256i *)(void *)(acc + TT_BLOCK * r), _mm256_permute4x64_epi64(mixed, 0xD8));
    }
}

AVX2 static void product(int32_t *acc, const tt_product_t *p) {
    const uint32_t flush = (uint32_t)(INT16_MAX / (4 * p->a_limit * p->b_limit));
    int32_t sums[TT_BLOCK];
    if (flush == 0u) { /* five planes by five */
        product_body(acc, p);
        return;
    }
    row_sums(sums, p->a, p->blocks);
    for (uint32_t i = 0; i < p->columns; i++, acc += ELEMENTS) {
        const uint8_t *b = p->b + (size_t)i * p->blocks * ELEMENTS;
        for (unsigned r = 0; r < TT_BLOCK; r += ROWS)
            product_rows(acc + (size_t)TT_BLOCK * r, p->a + (size_t)TT_BLOCK * r, b, p->blocks, flush);
        for (unsigned e = 0; e < ELEMENTS; e++)
            acc[e] = wrap_sum(acc[e] - p->b_limit * sums[e / TT_BLOCK], p->unused_bits);
    }
}

/* ---- bodies ---- */

AVX2 static void transpose(uint8_t *turned, const uint8_t *beats, uint32_t n) {
    transpose_body(turned, beats, n);
}

AVX2 static void encode(tt_unit_t *units, const int8_t *values, uint32_t planes, uint32_t radix) {
    encode_body(units, values, planes, radix);
}

AVX2 static uint32_t magnitude(const int32_t *acc, uint64_t valid) { return magnitude_body(acc, valid); }

AVX2 static void cut(int8_t *q, const int8_t *aux, int32_t limit) { cut_body(q, aux, limit); }

AVX2 static void hold(int8_t *q, const int8_t *aux) { hold_body(q, aux); }

AVX2 static void round_block(int8_t *q, const int32_t *acc, const int8_t *old, const uint32_t *rand24,
                             const tt_block_round_t *round) {
    round_body(q, acc, old, rand24, round);
}

AVX2 static void draw(uint32_t *rand24, uint64_t *state, uint32_t lanes) { draw_body(rand24, state, lanes); }

AVX2 static void leap(uint64_t *state, uint32_t lanes, uint32_t draws) { leap_body(state, lanes, draws); }

const tt_kernels_t tt_kernels_avx2 = {"avx2", transpose, expand,      encode, product, magnitude,
                                      cut,    hold,      round_block, draw,   leap};
#endif
