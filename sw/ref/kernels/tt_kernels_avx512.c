/* SPDX-License-Identifier: Apache-2.0
 * AVX-512 with VNNI: a beat is a mask register, a block of values a vector register. */
#include "tt_kernels_body.h"

#ifdef TT_KERNELS_X86
#include <immintrin.h>

#define FEATURES "avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vbmi2,gfni,bmi,bmi2,popcnt"
#define AVX512 __attribute__((target(FEATURES)))
#define AVX512_BODY static inline __attribute__((always_inline, target(FEATURES)))
#define COLUMNS 2u /* block rows of B at once: 16 sums; with 24, compilers move registers around */
#define QUADS 8u   /* elements of 64 bits in a register */
#define LANES_FULL 16u
#define XOR3 0x96

AVX512_BODY __m512i load_block(const void *p) { return _mm512_loadu_si512(p); }
AVX512_BODY __mmask64 bits(uint64_t beat) { return _cvtu64_mask64(beat); }

/* ---- beats and planes ---- */

/* The affine transform of a byte with one bit set is a column of its matrix; the instruction counts rows from the last one. */
AVX512 static void transpose(uint8_t *turned, const uint8_t *beats, uint32_t n) {
    const __m512i columns = _mm512_set1_epi64((long long)UINT64_C(0x8040201008040201));
    const __m512i backwards = _mm512_broadcast_i32x4(
        _mm_set_epi8(8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7)); /* bytes of each beat */
    for (uint32_t i = 0; i < n; i += QUADS) {
        const __mmask8 there = (__mmask8)(n - i < QUADS ? (1u << (n - i)) - 1u : 0xFFu);
        const __m512i rows =
            _mm512_shuffle_epi8(_mm512_maskz_loadu_epi64(there, beats + (size_t)8 * i), backwards);
        _mm512_storeu_si512(turned + (size_t)8 * i, _mm512_gf2p8affine_epi64_epi8(columns, rows, 0));
    }
}

AVX512_BODY void expand_planes(uint8_t *values, const tt_stack_t *s, int32_t bias, uint32_t n_planes,
                               int radix3) {
    const __m512i one = _mm512_set1_epi8(1);
    const __m512i add = _mm512_set1_epi8((char)bias);
    for (uint32_t i = 0; i < s->blocks; i++, values += ELEMENTS) {
        const uint64_t valid = i + 1u == s->blocks ? s->last_valid : UINT64_MAX;
        __m512i value = _mm512_setzero_si512();
        UNROLL for (uint32_t p = n_planes; p-- > 0u;) {
            const uint64_t mask = s->plane[p][i].mask & valid;
            const uint64_t sign = s->plane[p][i].sign;
            const __m512i twice = _mm512_add_epi8(value, value);
            value = radix3 ? _mm512_add_epi8(twice, value) : twice;
            value = _mm512_mask_add_epi8(value, bits(mask & ~sign), value, one);
            value = _mm512_mask_sub_epi8(value, bits(mask & sign), value, one);
        }
        _mm512_storeu_si512(values, _mm512_add_epi8(value, add));
    }
}

AVX512 static void expand(uint8_t *values, const tt_stack_t *s, int32_t bias) {
    if (s->n_planes == 1u)
        expand_planes(values, s, bias, 1, 0);
    else if (s->n_planes == 2u && s->radix == 3u)
        expand_planes(values, s, bias, 2, 1);
    else if (s->n_planes == 3u && s->radix == 3u)
        expand_planes(values, s, bias, 3, 1);
    else
        expand_planes(values, s, bias, s->n_planes, s->radix == 3u);
}

/* Digits from the highest down: the next one is not 0 where the value is beyond what the lower planes hold. */
AVX512_BODY void encode_digits(tt_unit_t *units, __m512i value, uint32_t planes, uint32_t radix) {
    static const int8_t limits[2][TT_PLANES_MAX] = {{0, 1, 3, 7, 15}, {0, 1, 4, 13, 40}};
    static const int8_t weights[2][TT_PLANES_MAX] = {{1, 2, 4, 8, 16}, {1, 3, 9, 27, 81}};
    UNROLL for (uint32_t p = planes; p-- > 0u;) {
        const int8_t lower = limits[radix - 2u][p];
        const __m512i digit = _mm512_set1_epi8(weights[radix - 2u][p]);
        const __mmask64 plus = _mm512_cmpgt_epi8_mask(value, _mm512_set1_epi8(lower));
        const __mmask64 minus = _mm512_cmplt_epi8_mask(value, _mm512_set1_epi8((char)-lower));
        value = _mm512_mask_sub_epi8(value, plus, value, digit);
        value = _mm512_mask_add_epi8(value, minus, value, digit);
        units[p].sign = _cvtmask64_u64(minus);
        units[p].mask = _cvtmask64_u64(plus) | units[p].sign;
    }
}

AVX512 static void encode(tt_unit_t *units, const int8_t *values, uint32_t planes, uint32_t radix) {
    if (planes == 1u)
        encode_digits(units, load_block(values), 1, 3);
    else if (planes == 2u && radix == 3u)
        encode_digits(units, load_block(values), 2, 3);
    else if (planes == 3u && radix == 3u)
        encode_digits(units, load_block(values), 3, 3);
    else
        encode_digits(units, load_block(values), planes, radix);
}

/* ---- products ---- */

/* Neighbouring pairs of 32-bit sums added up. */
AVX512_BODY __m256i pair_sums(__m512i sums) {
    return _mm512_cvtepi64_epi32(_mm512_add_epi32(sums, _mm512_srli_epi64(sums, 32)));
}

/* What the offset of B has added to the sums of each row of A. */
AVX512_BODY void row_offsets(int32_t *offsets, const tt_product_t *p) {
    __m512i sums = _mm512_setzero_si512();
    for (uint32_t i = 0; i < p->blocks; i++)
        sums = _mm512_dpbusd_epi32(sums, _mm512_set1_epi8(1), load_block(p->a + (size_t)ELEMENTS * i));
    const __m256i offset = _mm256_mullo_epi32(pair_sums(sums), _mm256_set1_epi32(p->b_limit));
    _mm256_storeu_si256((__m256i *)(void *)offsets, offset);
}

/* One block row of A times n of B: a register of sums holds two for each of eight columns. */
AVX512_BODY void product_columns(int32_t *acc, const tt_product_t *p, const uint8_t *b, unsigned n,
                                 const int32_t *offsets) {
    const size_t row_bytes = (size_t)p->blocks * ELEMENTS;
    const __m128i unused = _mm_cvtsi32_si128((int)p->unused_bits);
    const uint8_t *a = p->a;
    __m512i sum[COLUMNS][TT_BLOCK];
    UNROLL for (unsigned i = 0; i < n; i++) UNROLL for (unsigned r = 0; r < TT_BLOCK; r++) sum[i][r] =
        _mm512_setzero_si512();
    for (uint32_t block = 0; block < p->blocks; block++, a += ELEMENTS, b += ELEMENTS) {
        __m512i columns[COLUMNS];
        UNROLL for (unsigned i = 0; i < n; i++) columns[i] = load_block(b + i * row_bytes);
        UNROLL for (unsigned r = 0; r < TT_BLOCK; r++) {
            const __m512i row =
                _mm512_broadcastq_epi64(_mm_loadl_epi64((const __m128i *)(const void *)(a + 8u * r)));
            UNROLL for (unsigned i = 0; i < n; i++) sum[i][r] =
                _mm512_dpbusd_epi32(sum[i][r], columns[i], row);
        }
    }
    UNROLL for (unsigned i = 0; i < n; i++) UNROLL for (unsigned r = 0; r < TT_BLOCK; r++, acc += TT_BLOCK) {
        const __m256i exact = _mm256_sub_epi32(pair_sums(sum[i][r]), _mm256_set1_epi32(offsets[r]));
        const __m256i wrapped = _mm256_sra_epi32(_mm256_sll_epi32(exact, unused), unused);
        _mm256_storeu_si256((__m256i *)(void *)acc, wrapped);
    }
}

AVX512 static void product(int32_t *acc, const tt_product_t *p) {
    const size_t row_bytes = (size_t)p->blocks * ELEMENTS;
    int32_t offsets[TT_BLOCK];
    uint32_t i = 0;
    row_offsets(offsets, p);
    for (; i + COLUMNS <= p->columns; i += COLUMNS)
        product_columns(acc + (size_t)i * ELEMENTS, p, p->b + i * row_bytes, COLUMNS, offsets);
    if (i < p->columns)
        product_columns(acc + (size_t)i * ELEMENTS, p, p->b + i * row_bytes, 1, offsets);
}

/* ---- rounding ---- */

AVX512 static uint32_t magnitude(const int32_t *acc, uint64_t valid) {
    __m512i sum = _mm512_setzero_si512();
    for (unsigned e = 0; e < ELEMENTS; e += 16u) {
        const __m512i value = _mm512_maskz_loadu_epi32((__mmask16)(valid >> e), acc + e);
        sum = _mm512_or_si512(sum, _mm512_xor_si512(value, _mm512_srai_epi32(value, 31)));
    }
    return (uint32_t)_mm512_reduce_or_epi32(sum);
}

AVX512 static void cut(int8_t *q, const int8_t *aux, int32_t limit) {
    const __m512i bound = _mm512_set1_epi8((char)(limit < INT8_MAX ? limit : INT8_MAX));
    const __mmask64 keep = _mm512_cmplt_epi8_mask(_mm512_abs_epi8(load_block(aux)), bound);
    _mm512_storeu_si512(q, _mm512_maskz_loadu_epi8(keep, q));
}

AVX512 static void hold(int8_t *q, const int8_t *aux) { hold_body(q, aux); }

/* Eight elements. */
AVX512_BODY void round_quads(int8_t *q, const int32_t *acc, const int8_t *old, const uint32_t *rand24,
                             const tt_block_round_t *r) {
    const __m512i sums = _mm512_cvtepi32_epi64(_mm256_loadu_si256((const __m256i *)(const void *)acc));
    const __m512i grid = _mm512_cvtepi8_epi64(_mm_loadl_epi64((const __m128i *)(const void *)old));
    __m512i v = _mm512_mul_epi32(sums, _mm512_set1_epi64(r->mant));
    if (r->left > 0u) {
        v = _mm512_min_epi64(v, _mm512_set1_epi64(r->limit));
        v = _mm512_max_epi64(v, _mm512_set1_epi64(-r->limit));
        v = _mm512_sll_epi64(v, _mm_cvtsi32_si128((int)r->left));
    } else {
        v = _mm512_sra_epi64(v, _mm_cvtsi32_si128((int)r->right));
    }
    v = _mm512_add_epi64(
        v, _mm512_add_epi64(_mm512_slli_epi64(grid, FRACTION_BITS), _mm512_set1_epi64(r->offset)));
    if (r->mode == TT_ROUND_STOCHASTIC) {
        const __m512i drawn =
            _mm512_cvtepu32_epi64(_mm256_loadu_si256((const __m256i *)(const void *)rand24));
        v = _mm512_add_epi64(v, _mm512_sub_epi64(_mm512_set1_epi64(FRACTION_MASK), drawn));
    } else if (r->mode == TT_ROUND_NEAREST) {
        const __m512i half = _mm512_set1_epi64(1 << (FRACTION_BITS - 1));
        v = _mm512_add_epi64(v, _mm512_add_epi64(half, _mm512_srai_epi64(v, 63)));
    }
    v = _mm512_srai_epi64(v, FRACTION_BITS);
    v = _mm512_max_epi64(v, _mm512_set1_epi64(r->lo));
    v = _mm512_min_epi64(v, _mm512_set1_epi64(r->hi));
    _mm_storel_epi64((__m128i *)(void *)q, _mm512_cvtepi64_epi8(v));
}

/* acc * mant, shifted right or about to be shifted left, in the low halves of eight elements. */
AVX512_BODY __m512i narrow_scale(__m512i sums, const tt_block_round_t *r) {
    const __m512i limit = _mm512_set1_epi64(r->narrow_limit);
    __m512i v = _mm512_mul_epi32(sums, _mm512_set1_epi64(r->mant));
    if (r->left == 0u)
        v = _mm512_sra_epi64(v, _mm_cvtsi32_si128((int)r->right));
    return _mm512_max_epi64(_mm512_min_epi64(v, limit), _mm512_sub_epi64(_mm512_setzero_si512(), limit));
}

/* Sixteen elements in 32 bits: the old value, being whole, is added behind the fraction. */
AVX512_BODY __m512i round_narrow(const int32_t *acc, const int8_t *old, const uint32_t *rand24,
                                 const tt_block_round_t *r) {
    const __m512i sums = load_block(acc);
    const __m512i grid = _mm512_cvtepi8_epi32(_mm_loadu_si128((const __m128i *)(const void *)old));
    const __m512i even = narrow_scale(sums, r);
    const __m512i odd = narrow_scale(_mm512_srli_epi64(sums, 32), r);
    __m512i v = _mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32));
    v = _mm512_sll_epi32(v, _mm_cvtsi32_si128((int)r->left));
    v = _mm512_add_epi32(v, _mm512_set1_epi32((int)r->offset));
    if (r->mode == TT_ROUND_STOCHASTIC) {
        v = _mm512_add_epi32(v, _mm512_sub_epi32(_mm512_set1_epi32(FRACTION_MASK), load_block(rand24)));
    } else if (r->mode == TT_ROUND_NEAREST) {
        const __m512i whole = _mm512_add_epi32(grid, _mm512_srai_epi32(v, FRACTION_BITS));
        const __m512i half = _mm512_set1_epi32(1 << (FRACTION_BITS - 1));
        v = _mm512_add_epi32(v, _mm512_add_epi32(half, _mm512_srai_epi32(whole, 31)));
    }
    v = _mm512_add_epi32(grid, _mm512_srai_epi32(v, FRACTION_BITS));
    v = _mm512_max_epi32(v, _mm512_set1_epi32(r->lo));
    return _mm512_min_epi32(v, _mm512_set1_epi32(r->hi));
}

AVX512 static void round_block(int8_t *q, const int32_t *acc, const int8_t *old, const uint32_t *rand24,
                               const tt_block_round_t *round) {
    const tt_block_round_t r = *round;
    __m512i v[4];
    if (r.narrow_limit == 0) {
        for (unsigned e = 0; e < ELEMENTS; e += QUADS)
            round_quads(q + e, acc + e, old + e, rand24 + e, &r);
        return;
    }
    UNROLL for (unsigned i = 0; i < 4u; i++) v[i] =
        round_narrow(acc + 16u * i, old + 16u * i, rand24 + 16u * i, &r);
    /* packs work on quarters of a register: afterwards double word i of quarter j is that of elements 16 i + 4 j */
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m512i bytes = _mm512_packs_epi16(_mm512_packs_epi32(v[0], v[1]), _mm512_packs_epi32(v[2], v[3]));
    _mm512_storeu_si512(q, _mm512_permutexvar_epi32(order, bytes));
}

/* ---- random draws ---- */

AVX512_BODY __m512i next_states(__m512i s) {
    const __m512i three =
        _mm512_ternarylogic_epi64(s, _mm512_slli_epi64(s, 1), _mm512_slli_epi64(s, 3), XOR3);
    return _mm512_shldi_epi64(s, _mm512_xor_si512(three, _mm512_slli_epi64(s, 4)), 32);
}

AVX512 static void draw(uint32_t *rand24, uint64_t *state, uint32_t lanes) {
    const __m256i fraction = _mm256_set1_epi32(FRACTION_MASK);
    if (lanes != LANES_FULL) {
        draw_body(rand24, state, lanes);
        return;
    }
    for (unsigned half = 0; half < LANES_FULL; half += QUADS) {
        __m512i s = load_block(state + half);
        for (unsigned e = half; e < ELEMENTS; e += LANES_FULL) {
            const __m256i drawn = _mm512_cvtepi64_epi32(_mm512_srli_epi64(s, 8));
            _mm256_storeu_si256((__m256i *)(void *)(rand24 + e), _mm256_and_si256(drawn, fraction));
            s = next_states(s);
        }
        _mm512_storeu_si512(state + half, s);
    }
}

AVX512 static void leap(uint64_t *state, uint32_t lanes, uint32_t draws) {
    if (lanes != LANES_FULL) {
        leap_body(state, lanes, draws);
        return;
    }
    __m512i low = load_block(state);
    __m512i high = load_block(state + QUADS);
    for (uint32_t i = 0; i < draws; i++) {
        low = next_states(low);
        high = next_states(high);
    }
    _mm512_storeu_si512(state, low);
    _mm512_storeu_si512(state + QUADS, high);
}

const tt_kernels_t tt_kernels_avx512 = {"avx512", transpose, expand,      encode, product, magnitude,
                                        cut,      hold,      round_block, draw,   leap};
#endif
