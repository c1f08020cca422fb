/* SPDX-License-Identifier: Apache-2.0
 * The arithmetic units of docs/numerics.md, one function per RTL unit (rtl/round, rtl/array). */
#include "tt_ref.h"

#define FRACTION_BITS 24
#define FRACTION_MASK 0xFFFFFFu
#define SCALE_MAX (((int64_t)1 << 32) - 1)
#define SCALE_MIN (-((int64_t)1 << 32))
#define SHIFT_LIMIT 63
#define LANE_LOG2_DRAWS                                                                                      \
    51u              /* distance of neighbouring lanes: 2^56 single steps, 256 of them fill the period */
#define LEAP_LOG2 5u /* single steps per draw */
/* A single step shifts in the xor of bits 63, 62, 60, 59, so the step operator T satisfies T^64 = T^4 + T^3 + T + 1. */
#define STEP_POLYNOMIAL 0x1Bu
#define RADIX3_ONES 364
#define MASTER_BITS 14 /* fraction bits of a master weight */
#define MASTER_ONE (1 << MASTER_BITS)
#define MASTER_CUT (FRACTION_BITS - MASTER_BITS)

uint64_t tt_ref_lfsr_next(uint64_t state) {
    uint64_t x = state ^ (state << 1) ^ (state << 3) ^ (state << 4);
    return (state << 32) | (x >> 32);
}

uint32_t tt_ref_lfsr_rand24(uint64_t state) { return (uint32_t)(state >> 8) & FRACTION_MASK; }

static uint64_t single_step(uint64_t state) {
    return (state << 1) | (((state >> 63) ^ (state >> 62) ^ (state >> 60) ^ (state >> 59)) & 1u);
}

/* Product of two polynomials over GF(2) of degree < 64, modulo T^64 + T^4 + T^3 + T + 1. */
static uint64_t multiply_mod(uint64_t a, uint64_t b) {
    uint64_t product = 0;
    for (unsigned i = 64; i-- > 0;) {
        product = (product << 1) ^ ((0u - (product >> 63)) & STEP_POLYNOMIAL);
        product ^= (0u - ((b >> i) & 1u)) & a;
    }
    return product;
}

uint64_t tt_ref_lfsr_jump(uint64_t state, unsigned log2_draws) {
    uint64_t power = 2u; /* the polynomial T, to be raised to 2^(log2_draws + LEAP_LOG2) */
    for (unsigned i = 0; i < log2_draws + LEAP_LOG2; i++)
        power = multiply_mod(power, power);
    uint64_t sum = 0;
    for (unsigned i = 0; i < 64; i++) {
        sum ^= (0u - ((power >> i) & 1u)) & state;
        state = single_step(state);
    }
    return sum;
}

static uint64_t splitmix64(uint64_t seed) {
    uint64_t z = seed + 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint64_t tt_ref_lfsr_lane_seed(uint64_t seed, unsigned lane) {
    uint64_t state = splitmix64(seed);
    for (unsigned bit = 0; bit < 8; bit++)
        if ((lane >> bit) & 1u)
            state = tt_ref_lfsr_jump(state, LANE_LOG2_DRAWS + bit);
    return state;
}

/* Value of five digits 0 or 1 in radix 3. */
static const uint8_t radix3_weight[32] = {0,  1,  3,   4,   9,   10,  12,  13,  27,  28, 30,
                                          31, 36, 37,  39,  40,  81,  82,  84,  85,  90, 91,
                                          93, 94, 108, 109, 111, 112, 117, 118, 120, 121};

int32_t tt_ref_plane_decode(uint32_t mask, uint32_t sign, unsigned planes, unsigned radix) {
    uint32_t used = mask & ((1u << planes) - 1u);
    uint32_t positive = used & ~sign;
    uint32_t negative = used & sign;
    if (radix == 2u)
        return (int32_t)positive - (int32_t)negative;
    return (int32_t)radix3_weight[positive] - (int32_t)radix3_weight[negative];
}

int32_t tt_ref_plane_limit(unsigned planes, unsigned radix) {
    uint32_t all = (1u << planes) - 1u;
    return radix == 2u ? (int32_t)all : (int32_t)radix3_weight[all];
}

void tt_ref_plane_encode(int32_t value, unsigned planes, unsigned radix, uint32_t *mask, uint32_t *sign) {
    if (radix == 2u) {
        uint32_t negative = 0u - (uint32_t)(value < 0);
        *mask = (((uint32_t)value ^ negative) - negative) & ((1u << planes) - 1u);
        *sign = *mask & negative;
        return;
    }
    /* value + (111111 in radix 3) has the plain ternary digits t + 1, and is positive for 9-bit values */
    uint32_t rest = (uint32_t)(value + RADIX3_ONES);
    uint32_t m = 0;
    uint32_t s = 0;
    for (unsigned i = 0; i < planes; i++) {
        uint32_t digit = rest % 3u;
        rest /= 3u;
        m |= (uint32_t)(digit != 1u) << i;
        s |= (uint32_t)(digit == 0u) << i;
    }
    *mask = m;
    *sign = s;
}

int32_t tt_ref_ternary_dot(uint64_t a_mask, uint64_t a_sign, uint64_t b_mask, uint64_t b_sign) {
    uint64_t both = a_mask & b_mask;
    return __builtin_popcountll(both) - 2 * __builtin_popcountll(both & (a_sign ^ b_sign));
}

int64_t tt_ref_scale(int32_t acc, const tt_ref_round_t *r) {
    int64_t p = (int64_t)acc * r->mant;
    int32_t sh = r->shift - r->exp;
    int64_t limited;
    if (sh < 0) {
        limited = p >> (sh < -SHIFT_LIMIT ? SHIFT_LIMIT : -sh);
    } else {
        /* any p but 0 is out of range, or at its end, from a shift of 32 on */
        unsigned left = sh > 32 ? 32u : (unsigned)sh;
        limited = p > (SCALE_MAX >> left)   ? SCALE_MAX
                  : p < (SCALE_MIN >> left) ? SCALE_MIN
                                            : p * ((int64_t)1 << left);
    }
    return limited > SCALE_MAX ? SCALE_MAX : limited < SCALE_MIN ? SCALE_MIN : limited;
}

int32_t tt_ref_round(int32_t acc, int32_t old, uint32_t rand24, const tt_ref_round_t *r) {
    int64_t v = (int64_t)old * (1 << FRACTION_BITS) + tt_ref_scale(acc, r);
    if (r->binary && !r->has_old)
        v += 1 << (FRACTION_BITS - 1);
    if (r->mode == TT_ROUND_STOCHASTIC)
        v += FRACTION_MASK - (rand24 & FRACTION_MASK);
    else if (r->mode == TT_ROUND_NEAREST)
        v += (1 << (FRACTION_BITS - 1)) - (v < 0);
    int32_t q = (int32_t)(v >> FRACTION_BITS);
    q = q < r->lo ? r->lo : q;
    return q > r->hi ? r->hi : q;
}

int32_t tt_ref_master(int32_t acc, int32_t master, uint32_t rand24, const tt_ref_round_t *r) {
    const uint32_t below = (1u << MASTER_CUT) - 1u;
    int64_t v = (int64_t)master * (1 << MASTER_CUT) + tt_ref_scale(acc, r);
    if (r->mode == TT_ROUND_STOCHASTIC)
        v += below - (rand24 & below);
    else if (r->mode == TT_ROUND_NEAREST)
        v += 1 << (MASTER_CUT - 1);
    v >>= MASTER_CUT;
    return (int32_t)(v < -MASTER_ONE ? -MASTER_ONE : v > MASTER_ONE ? MASTER_ONE : v);
}

int32_t tt_ref_master_trit(int32_t master, int binary) {
    if (binary)
        return master < 0 ? -1 : 1;
    return (master >= MASTER_ONE / 2) - (master <= -MASTER_ONE / 2);
}
