/* SPDX-License-Identifier: Apache-2.0
 * Kernels are written once as always-inlined bodies and instantiated for several instruction sets; only the products have
 * hand-written vector forms, because compilers find neither the byte-shuffle popcount nor the products of bytes. */
#include "tt_block.h"

#if defined(__x86_64__) && defined(__GNUC__)
#define HAVE_X86 1
#include <immintrin.h>
#endif

#if defined(__GNUC__)
#define BODY static inline __attribute__((always_inline))
#else
#define BODY static inline
#endif

#define ELEMENTS TT_BLOCK_ELEMENTS
#define ROW_BYTES 8u
#define SIGN_OFFSET 64u
#define FRACTION_BITS 24
#define FRACTION_MASK 0xFFFFFF
#define LSB_OF_BYTES UINT64_C(0x0101010101010101)
/* Added before a logical shift and taken off after it: an arithmetic shift that every vector unit has. */
#define SHIFT_BIAS_BITS 62

/* ---- dot products ---- */

BODY uint64_t pass_mask(const tt_block_pass_t *pass, uint32_t word) {
    return word + 1u == pass->words ? pass->last_mask : pass->word_mask;
}

BODY void dot_body(int32_t *acc, const tt_block_pass_t *pass) {
    for (unsigned r = 0; r < TT_BLOCK; r++) {
        int64_t sum[TT_BLOCK] = {0};
        for (uint32_t w = 0; w < pass->words; w++) {
            const uint8_t *a = pass->a + (size_t)w * TT_BLOCK_WORD_BYTES + r * ROW_BYTES;
            const uint8_t *b = pass->b + (size_t)w * TT_BLOCK_WORD_BYTES;
            const uint64_t a_mask = tt_block_load64(a) & pass_mask(pass, w);
            const uint64_t a_sign = tt_block_load64(a + SIGN_OFFSET);
            for (unsigned c = 0; c < TT_BLOCK; c++) {
                const uint64_t both = a_mask & tt_block_load64(b + c * ROW_BYTES);
                const uint64_t differ = both & (a_sign ^ tt_block_load64(b + SIGN_OFFSET + c * ROW_BYTES));
                sum[c] += __builtin_popcountll(both) - 2 * __builtin_popcountll(differ);
            }
        }
        for (unsigned c = 0; c < TT_BLOCK; c++)
            acc[TT_BLOCK * r + c] += (int32_t)sum[c];
    }
}

static void dot_plain(int32_t *acc, const tt_block_pass_t *pass) { dot_body(acc, pass); }

#ifdef HAVE_X86
__attribute__((target("popcnt"))) static void dot_popcnt(int32_t *acc, const tt_block_pass_t *pass) {
    dot_body(acc, pass);
}

#define AVX2_BODY static inline __attribute__((always_inline, target("avx2")))

/* Number of ones of every byte. */
AVX2_BODY __m256i byte_popcount(__m256i x) {
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2,
                                           2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(x, nibble));
    const __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble));
    return _mm256_add_epi8(low, high);
}

/* Four columns of row r: byte counts of both and of differ stay below 256 for 31 words, then are summed up. */
AVX2_BODY __m256i dot_row_avx2(const tt_block_pass_t *pass, unsigned r, unsigned column) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i sum = zero;
    for (uint32_t first = 0; first < pass->words; first += 31u) {
        const uint32_t end = pass->words - first < 31u ? pass->words : first + 31u;
        __m256i both_count = zero;
        __m256i differ_count = zero;
        for (uint32_t w = first; w < end; w++) {
            const uint8_t *a = pass->a + (size_t)w * TT_BLOCK_WORD_BYTES + r * ROW_BYTES;
            const uint8_t *b = pass->b + (size_t)w * TT_BLOCK_WORD_BYTES + column * ROW_BYTES;
            const uint64_t a_mask = tt_block_load64(a) & pass_mask(pass, w);
            const __m256i a_sign = _mm256_set1_epi64x((long long)tt_block_load64(a + SIGN_OFFSET));
            const __m256i b_mask = _mm256_loadu_si256((const __m256i *)(const void *)b);
            const __m256i b_sign = _mm256_loadu_si256((const __m256i *)(const void *)(b + SIGN_OFFSET));
            const __m256i both = _mm256_and_si256(_mm256_set1_epi64x((long long)a_mask), b_mask);
            const __m256i differ = _mm256_and_si256(both, _mm256_xor_si256(a_sign, b_sign));
            both_count = _mm256_add_epi8(both_count, byte_popcount(both));
            differ_count = _mm256_add_epi8(differ_count, byte_popcount(differ));
        }
        const __m256i differ_sum = _mm256_sad_epu8(differ_count, zero);
        sum = _mm256_add_epi64(sum, _mm256_sad_epu8(both_count, zero));
        sum = _mm256_sub_epi64(sum, _mm256_add_epi64(differ_sum, differ_sum));
    }
    return sum;
}

__attribute__((target("avx2"))) static void dot_avx2(int32_t *acc, const tt_block_pass_t *pass) {
    const __m256i low_halves = _mm256_setr_epi32(0, 2, 4, 6, 0, 2, 4, 6);
    for (unsigned r = 0; r < TT_BLOCK; r++)
        for (unsigned column = 0; column < TT_BLOCK; column += 4u) {
            const __m256i sum = dot_row_avx2(pass, r, column);
            __m128i *out = (__m128i *)(void *)(acc + TT_BLOCK * r + column);
            const __m128i add = _mm256_castsi256_si128(_mm256_permutevar8x32_epi32(sum, low_halves));
            _mm_storeu_si128(out, _mm_add_epi32(_mm_loadu_si128(out), add));
        }
}

/* ---- products of values ---- */

/* Bit i to byte i, all ones where it is set. */
AVX2_BODY __m256i spread_bits(uint32_t bits) {
    const __m256i byte_of = _mm256_setr_epi8(0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2,
                                             2, 2, 3, 3, 3, 3, 3, 3, 3, 3);
    const __m256i bit_of = _mm256_set1_epi64x((long long)UINT64_C(0x8040201008040201));
    const __m256i spread = _mm256_shuffle_epi8(_mm256_set1_epi32((int)bits), byte_of);
    return _mm256_cmpeq_epi8(_mm256_and_si256(spread, bit_of), bit_of);
}

/* 32 values from bit `shift` of a word on. */
AVX2_BODY __m256i expand_half(const tt_block_stack_t *s, const uint8_t *word, uint64_t valid,
                              unsigned shift) {
    __m256i value = _mm256_setzero_si256();
    for (uint32_t p = s->n_planes; p-- > 0u;) {
        const uint8_t *plane = word + (int64_t)p * s->plane_bytes;
        const uint64_t mask = tt_block_load64(plane) & valid;
        const uint64_t sign = tt_block_load64(plane + SIGN_OFFSET);
        const __m256i plus = spread_bits((uint32_t)((mask & ~sign) >> shift)); /* bytes are 0 or -1 */
        const __m256i minus = spread_bits((uint32_t)((mask & sign) >> shift));
        const __m256i twice = _mm256_add_epi8(value, value);
        value = s->radix == 3u ? _mm256_add_epi8(twice, value) : twice;
        value = _mm256_add_epi8(value, _mm256_sub_epi8(minus, plus));
    }
    return value;
}

__attribute__((target("avx2"))) static void expand_avx2(int8_t *values, const tt_block_stack_t *s) {
    for (unsigned r = 0; r < TT_BLOCK; r++)
        for (uint32_t w = 0; w < s->words; w++, values += ELEMENTS) {
            const uint8_t *word = s->planes + (size_t)w * TT_BLOCK_WORD_BYTES + r * ROW_BYTES;
            const uint64_t valid = w + 1u == s->words ? s->last_mask : s->word_mask;
            _mm256_storeu_si256((__m256i *)(void *)values, expand_half(s, word, valid, 0));
            _mm256_storeu_si256((__m256i *)(void *)(values + 32), expand_half(s, word, valid, 32));
        }
}

/* sum16 += products of 32 values a and b, neighbours added; |b| times a with b's sign. */
AVX2_BODY __m256i add_products(__m256i sum16, const int8_t *a, __m256i b, __m256i b_abs) {
    const __m256i a_signed = _mm256_sign_epi8(_mm256_loadu_si256((const __m256i *)(const void *)a), b);
    return _mm256_add_epi16(sum16, _mm256_maddubs_epi16(b_abs, a_signed));
}

AVX2_BODY __m256i add_wide(__m256i sum32, __m256i sum16) {
    return _mm256_add_epi32(sum32, _mm256_madd_epi16(sum16, _mm256_set1_epi16(1)));
}

/* Dot products of four rows of A with one row of B. */
AVX2_BODY __m128i product_rows(const int8_t *a, const int8_t *b, uint32_t bytes, uint32_t flush) {
    const __m256i zero = _mm256_setzero_si256();
    __m256i sum0 = zero;
    __m256i sum1 = zero;
    __m256i sum2 = zero;
    __m256i sum3 = zero;
    for (uint32_t at = 0; at < bytes;) {
        const uint32_t end = (bytes - at) / 32u <= flush ? bytes : at + 32u * flush;
        __m256i part0 = zero;
        __m256i part1 = zero;
        __m256i part2 = zero;
        __m256i part3 = zero;
        for (; at < end; at += 32u) {
            const __m256i values = _mm256_loadu_si256((const __m256i *)(const void *)(b + at));
            const __m256i values_abs = _mm256_abs_epi8(values);
            part0 = add_products(part0, a + at, values, values_abs);
            part1 = add_products(part1, a + (size_t)bytes + at, values, values_abs);
            part2 = add_products(part2, a + (size_t)2 * bytes + at, values, values_abs);
            part3 = add_products(part3, a + (size_t)3 * bytes + at, values, values_abs);
        }
        sum0 = add_wide(sum0, part0);
        sum1 = add_wide(sum1, part1);
        sum2 = add_wide(sum2, part2);
        sum3 = add_wide(sum3, part3);
    }
    const __m256i sums = _mm256_hadd_epi32(_mm256_hadd_epi32(sum0, sum1), _mm256_hadd_epi32(sum2, sum3));
    return _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
}

__attribute__((target("avx2"))) static void product_avx2(int32_t *acc, const int8_t *a, const int8_t *b,
                                                         uint32_t bytes, uint32_t flush) {
    for (unsigned c = 0; c < TT_BLOCK; c++)
        for (unsigned r = 0; r < TT_BLOCK; r += 4u) {
            int32_t sums[4];
            _mm_storeu_si128((__m128i *)(void *)sums,
                             product_rows(a + (size_t)r * bytes, b + (size_t)c * bytes, bytes, flush));
            for (unsigned i = 0; i < 4u; i++)
                acc[TT_BLOCK * (r + i) + c] = sums[i];
        }
}
#endif

/* ---- random draws ---- */

BODY void draw_lanes(uint32_t *rand24, uint64_t *state, uint32_t lanes) {
    for (uint32_t e = 0; e < ELEMENTS; e += lanes)
        for (uint32_t lane = 0; lane < lanes; lane++) {
            const uint64_t s = state[lane];
            const uint64_t x = s ^ (s << 1) ^ (s << 3) ^ (s << 4);
            rand24[e + lane] = (uint32_t)(s >> 8) & FRACTION_MASK;
            state[lane] = (s << 32) | (x >> 32);
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

/* ---- rounding ---- */

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

BODY void round_loop(int32_t *restrict q, const int32_t *restrict acc, const int32_t *restrict old,
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
        q[i] = value > r.hi ? r.hi : value;
    }
}

BODY void round_body(int32_t *restrict q, const int32_t *restrict acc, const int32_t *restrict old,
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

void tt_block_round_prepare(tt_block_round_t *prepared, const tt_ref_round_t *round) {
    const int32_t shift = round->shift - round->exp;
    /* From a shift of 33 on, anything but 0 saturates; from -62 on, only the sign is left of 40 bits. */
    prepared->left = shift <= 0 ? 0u : shift > 33 ? 33u : (unsigned)shift;
    prepared->right = shift >= 0 ? 0u : shift < -62 ? 62u : (unsigned)-shift;
    prepared->limit = ((INT64_C(1) << 32) >> prepared->left) + 1;
    prepared->mant = round->mant;
    prepared->offset = round->binary && !round->has_old ? INT64_C(1) << (FRACTION_BITS - 1) : 0;
    prepared->mode = round->mode;
    prepared->lo = round->lo;
    prepared->hi = round->hi;
}

/* ---- sets of kernels ---- */

static void draw_plain(uint32_t *rand24, uint64_t *state, uint32_t lanes) { draw_body(rand24, state, lanes); }

static void round_plain(int32_t *q, const int32_t *acc, const int32_t *old, const uint32_t *rand24,
                        const tt_block_round_t *round) {
    round_body(q, acc, old, rand24, round);
}

static const tt_block_ops_t plain_ops = {dot_plain, NULL, NULL, round_plain, draw_plain};

#ifdef HAVE_X86
__attribute__((target("avx2"))) static void draw_avx2(uint32_t *rand24, uint64_t *state, uint32_t lanes) {
    draw_body(rand24, state, lanes);
}

__attribute__((target("avx2"))) static void round_avx2(int32_t *q, const int32_t *acc, const int32_t *old,
                                                       const uint32_t *rand24,
                                                       const tt_block_round_t *round) {
    round_body(q, acc, old, rand24, round);
}

static const tt_block_ops_t popcnt_ops = {dot_popcnt, NULL, NULL, round_plain, draw_plain};
static const tt_block_ops_t avx2_ops = {dot_avx2, expand_avx2, product_avx2, round_avx2, draw_avx2};
#endif

const tt_block_ops_t *tt_block_ops_at(unsigned index) {
#ifdef HAVE_X86
    if (__builtin_cpu_supports("avx2")) {
        if (index == 0u)
            return &avx2_ops;
        index--;
    }
    if (__builtin_cpu_supports("popcnt")) {
        if (index == 0u)
            return &popcnt_ops;
        index--;
    }
#endif
    return index == 0u ? &plain_ops : NULL;
}

const tt_block_ops_t *tt_block_ops(void) { return tt_block_ops_at(0); }

/* ---- planes ---- */

uint64_t tt_block_transpose(uint64_t beat) {
    uint64_t t = (beat ^ (beat >> 7)) & UINT64_C(0x00AA00AA00AA00AA);
    beat ^= t ^ (t << 7);
    t = (beat ^ (beat >> 14)) & UINT64_C(0x0000CCCC0000CCCC);
    beat ^= t ^ (t << 14);
    t = (beat ^ (beat >> 28)) & UINT64_C(0x00000000F0F0F0F0);
    return beat ^ t ^ (t << 28);
}

/* Bit i to byte i, as 0 or 1. */
static inline uint64_t spread(uint64_t byte) {
    return (((byte & 0x7Fu) * UINT64_C(0x0002040810204081)) & LSB_OF_BYTES) | (byte & 0x80u) << 49;
}

/* Bit 0 of byte i to bit i. */
static inline uint64_t gather(uint64_t bytes) {
    return ((bytes & LSB_OF_BYTES) * UINT64_C(0x0102040810204080)) >> 56;
}

void tt_block_decode(int32_t *values, const uint64_t *beats, unsigned planes, unsigned radix) {
    uint8_t positive[ELEMENTS];
    uint8_t negative[ELEMENTS];
    for (unsigned r = 0; r < TT_BLOCK; r++) {
        uint64_t up = 0; /* 8 bytes: sums of the weights of the positive digits, at most 121 */
        uint64_t down = 0;
        for (unsigned p = planes; p-- > 0;) {
            const uint64_t mask = beats[2u * p];
            const uint64_t sign = beats[2u * p + 1u];
            up = radix * up + spread((mask & ~sign) >> (8u * r) & 0xFFu);
            down = radix * down + spread((mask & sign) >> (8u * r) & 0xFFu);
        }
        tt_block_store64(positive + TT_BLOCK * r, up);
        tt_block_store64(negative + TT_BLOCK * r, down);
    }
    for (unsigned i = 0; i < ELEMENTS; i++)
        values[i] = positive[i] - negative[i];
}

static void gather_planes(uint64_t *beats, const uint8_t *masks, const uint8_t *signs, unsigned planes) {
    for (unsigned p = 0; p < planes; p++) {
        beats[2u * p] = 0;
        beats[2u * p + 1u] = 0;
        for (unsigned r = 0; r < TT_BLOCK; r++) {
            beats[2u * p] |= gather(tt_block_load64(masks + TT_BLOCK * r) >> p) << (8u * r);
            beats[2u * p + 1u] |= gather(tt_block_load64(signs + TT_BLOCK * r) >> p) << (8u * r);
        }
    }
}

/* Radix 2, and one plane of any radix. */
static void encode_magnitude(uint8_t *restrict masks, uint8_t *restrict signs,
                             const int32_t *restrict values) {
    for (unsigned i = 0; i < ELEMENTS; i++) {
        const uint32_t negative = 0u - ((uint32_t)values[i] >> 31);
        const uint32_t magnitude = ((uint32_t)values[i] ^ negative) - negative;
        masks[i] = (uint8_t)magnitude;
        signs[i] = (uint8_t)(magnitude & negative);
    }
}

/* Radix 3: value + limit has the plain ternary digits t + 1; n / 3 = n * 171 / 512 for n <= 242. */
static void encode_balanced(uint8_t *restrict masks, uint8_t *restrict signs, const int32_t *restrict values,
                            unsigned planes) {
    uint16_t rest[ELEMENTS];
    uint16_t mask[ELEMENTS] = {0};
    uint16_t sign[ELEMENTS] = {0};
    const int32_t limit = tt_ref_plane_limit(planes, 3u);
    for (unsigned i = 0; i < ELEMENTS; i++)
        rest[i] = (uint16_t)(values[i] + limit);
    for (unsigned p = 0; p < planes; p++)
        for (unsigned i = 0; i < ELEMENTS; i++) {
            const uint16_t third = (uint16_t)((uint16_t)(rest[i] * 171u) >> 9);
            const uint16_t digit = (uint16_t)(rest[i] - 3u * third);
            mask[i] = (uint16_t)(mask[i] | (digit != 1u) << p);
            sign[i] = (uint16_t)(sign[i] | (digit == 0u) << p);
            rest[i] = third;
        }
    for (unsigned i = 0; i < ELEMENTS; i++) {
        masks[i] = (uint8_t)mask[i];
        signs[i] = (uint8_t)sign[i];
    }
}

void tt_block_encode(uint64_t *beats, const int32_t *values, unsigned planes, unsigned radix) {
    uint8_t masks[ELEMENTS];
    uint8_t signs[ELEMENTS];
    if (planes == 1u || radix == 2u)
        encode_magnitude(masks, signs, values);
    else
        encode_balanced(masks, signs, values, planes);
    gather_planes(beats, masks, signs, planes);
}
