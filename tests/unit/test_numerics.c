/* SPDX-License-Identifier: Apache-2.0
 * The units of sw/ref/tt_numerics.c against docs/numerics.md written a second time: bit by bit, by search, and with
 * 128-bit integers; and against values worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "plain_model.h"
#include "tt_ref.h"

__extension__ typedef __int128 wide_t;

#define SEED 0x5EEDu
#define ONE ((wide_t)1 << 24) /* one unit of the rounder */

static uint64_t next_random(uint64_t *state) {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1Du;
}

static int setup(void **state) {
    (void)state;
    printf("# seed %u\n", SEED);
    return 0;
}

/* ---- LFSR ---- */

/* One step of x^64 + x^63 + x^61 + x^60 + 1: the stages 64, 63, 61, 60 (bits 63, 62, 60, 59) feed stage 1. */
static uint64_t step_by_definition(uint64_t s) {
    static const unsigned stages[4] = {64, 63, 61, 60};
    uint64_t feedback = 0;
    for (unsigned i = 0; i < 4; i++)
        feedback ^= (s >> (stages[i] - 1)) & 1u;
    return (s << 1) | feedback;
}

static void lfsr_draw_is_32_steps(void **state) {
    (void)state;
    uint64_t random = SEED;
    for (unsigned n = 0; n < 20000; n++) {
        uint64_t s = n < 64 ? (uint64_t)1 << n : next_random(&random);
        uint64_t expected = s;
        for (unsigned i = 0; i < 32; i++)
            expected = step_by_definition(expected);
        assert_int_equal(tt_ref_lfsr_next(s), expected);
        assert_int_equal(tt_ref_lfsr_rand24(s), (s % ((uint64_t)1 << 32)) / 256u);
    }
    assert_int_equal(tt_ref_lfsr_next(1), (uint64_t)1 << 32);
    assert_int_equal(tt_ref_lfsr_next((uint64_t)1 << 63), (uint64_t)1 << 31);
    assert_int_equal(tt_ref_lfsr_next((uint64_t)1 << 28), ((uint64_t)1 << 60) | 1u);
    assert_int_equal(tt_ref_lfsr_rand24(0x0123456789ABCDEFu), 0x89ABCD);
}

static void lfsr_jump_equals_draws(void **state) {
    (void)state;
    uint64_t random = SEED;
    for (unsigned log2_draws = 0; log2_draws <= 14; log2_draws++) {
        uint64_t s = next_random(&random);
        uint64_t expected = s;
        for (uint32_t i = 0; i < (uint32_t)1 << log2_draws; i++)
            expected = tt_ref_lfsr_next(expected);
        assert_int_equal(tt_ref_lfsr_jump(s, log2_draws), expected);
    }
    for (unsigned log2_draws = 0; log2_draws < 63; log2_draws++) {
        uint64_t s = next_random(&random);
        uint64_t twice = tt_ref_lfsr_jump(tt_ref_lfsr_jump(s, log2_draws), log2_draws);
        assert_int_equal(tt_ref_lfsr_jump(s, log2_draws + 1u), twice);
    }
}

static void lfsr_lane_seeds(void **state) {
    (void)state;
    /* published first outputs of splitmix64 */
    assert_int_equal(tt_ref_lfsr_lane_seed(0, 0), 0xE220A8397B1DCDAFu);
    assert_int_equal(tt_ref_lfsr_lane_seed(1234567, 0), 6457827717110365317u);
    for (uint64_t seed = 0; seed < 3; seed++) {
        uint64_t expected = tt_ref_lfsr_lane_seed(seed, 0);
        for (unsigned lane = 1; lane < 256; lane++) {
            expected = tt_ref_lfsr_jump(expected, 51);
            assert_int_equal(tt_ref_lfsr_lane_seed(seed, lane), expected);
        }
    }
}

static void lfsr_refused_seed(void **state) {
    (void)state;
    uint64_t refused =
        (uint64_t)0 -
        0x9E3779B97F4A7C15u; /* the only one: splitmix64 is a bijection with 0 -> 0 after its increment */
    for (unsigned lane = 0; lane < TT_LANES_MAX; lane++)
        assert_int_equal(tt_ref_lfsr_lane_seed(refused, lane), 0);
    for (uint64_t seed = refused - 5000; seed != refused + 5000; seed++)
        if (seed != refused)
            assert_int_not_equal(tt_ref_lfsr_lane_seed(seed, 0), 0);
}

/* ---- planes ---- */

static int32_t value_by_definition(uint32_t mask, uint32_t sign, unsigned planes, unsigned radix) {
    int32_t sum = 0;
    int32_t weight = 1;
    for (unsigned i = 0; i < planes; i++) {
        if ((mask >> i) & 1u)
            sum += ((sign >> i) & 1u) ? -weight : weight;
        weight *= (int32_t)radix;
    }
    return sum;
}

static int is_canonical(uint32_t mask, uint32_t sign, unsigned radix) {
    return (sign & ~mask) == 0 && (radix == 3 || sign == 0 || sign == mask);
}

static void plane_limits(void **state) {
    (void)state;
    static const int32_t radix2[5] = {1, 3, 7, 15, 31};
    static const int32_t radix3[5] = {1, 4, 13, 40, 121};
    for (unsigned n = 1; n <= 5; n++) {
        assert_int_equal(tt_ref_plane_limit(n, 2), radix2[n - 1]);
        assert_int_equal(tt_ref_plane_limit(n, 3), radix3[n - 1]);
    }
}

static void plane_decode_all(void **state) {
    (void)state;
    for (unsigned radix = 2; radix <= 3; radix++)
        for (unsigned planes = 1; planes <= 5; planes++)
            for (uint32_t code = 0; code < 1024;
                 code++) /* also digits that are not in use, signs without mask, mixed signs */
                assert_int_equal(tt_ref_plane_decode(code & 31u, code >> 5, planes, radix),
                                 value_by_definition(code & 31u, code >> 5, planes, radix));
}

/* Searches every code: exactly one canonical code per value, and encode gives that one. */
static void plane_encode_all(void **state) {
    (void)state;
    for (unsigned radix = 2; radix <= 3; radix++)
        for (unsigned planes = 1; planes <= 5; planes++) {
            uint32_t codes = (uint32_t)1 << planes;
            int32_t limit = value_by_definition(codes - 1u, 0, planes, radix);
            for (int32_t value = -limit; value <= limit; value++) {
                unsigned found = 0;
                uint32_t got_mask = 99;
                uint32_t got_sign = 99;
                tt_ref_plane_encode(value, planes, radix, &got_mask, &got_sign);
                for (uint32_t mask = 0; mask < codes; mask++)
                    for (uint32_t sign = 0; sign < codes; sign++)
                        if (is_canonical(mask, sign, radix) &&
                            value_by_definition(mask, sign, planes, radix) == value) {
                            found++;
                            assert_int_equal(got_mask, mask);
                            assert_int_equal(got_sign, sign);
                        }
                assert_int_equal(found, 1);
            }
        }
}

/* ---- dot product ---- */

static void ternary_dot_bit_by_bit(void **state) {
    (void)state;
    uint64_t random = SEED;
    for (unsigned n = 0; n < 20000; n++) {
        uint64_t word[4];
        int32_t expected = 0;
        for (unsigned i = 0; i < 4; i++)
            word[i] = n < 16 ? ((n >> i) & 1u ? UINT64_MAX : 0) : next_random(&random) | next_random(&random);
        for (unsigned bit = 0; bit < 64; bit++) {
            int32_t a =
                value_by_definition((uint32_t)(word[0] >> bit) & 1u, (uint32_t)(word[1] >> bit) & 1u, 1, 2);
            int32_t b =
                value_by_definition((uint32_t)(word[2] >> bit) & 1u, (uint32_t)(word[3] >> bit) & 1u, 1, 2);
            expected += a * b;
        }
        assert_int_equal(tt_ref_ternary_dot(word[0], word[1], word[2], word[3]), expected);
    }
}

/* ---- scale and round ---- */

static wide_t floor_divide(wide_t a, wide_t b) /* b > 0 */
{
    wide_t quotient = a / b;
    return quotient * b > a ? quotient - 1 : quotient;
}

static wide_t limit_to(wide_t value, wide_t low, wide_t high) {
    return value < low ? low : value > high ? high : value;
}

static wide_t scale_by_definition(int32_t acc, const tt_ref_round_t *r) {
    wide_t p = (wide_t)acc * r->mant;
    int32_t sh = (int32_t)limit_to((wide_t)r->shift - r->exp, -63, 63);
    wide_t power = (wide_t)1 << (sh < 0 ? -sh : sh);
    return limit_to(sh < 0 ? floor_divide(p, power) : p * power, -256 * ONE, 256 * ONE - 1);
}

/* Stochastic rounding goes up when rand24 < frac, nearest takes halves away from zero. */
static int32_t round_by_definition(int32_t acc, int32_t old, uint32_t rand24, const tt_ref_round_t *r) {
    wide_t v = old * ONE + scale_by_definition(acc, r) + (r->binary && !r->has_old ? ONE / 2 : 0);
    wide_t down = floor_divide(v, ONE);
    wide_t fraction = v - down * ONE;
    wide_t q = down;
    if (r->mode == TT_ROUND_STOCHASTIC)
        q += (wide_t)rand24 < fraction;
    else if (r->mode == TT_ROUND_NEAREST)
        q += 2 * fraction > ONE || (2 * fraction == ONE && v > 0);
    q = q > r->lo ? q : r->lo;
    return (int32_t)(q < r->hi ? q : r->hi);
}

static int32_t corner(uint64_t *random, unsigned bits) {
    uint64_t value = next_random(random);
    switch (next_random(random) % 4u) {
    case 0:
        value = ((uint64_t)1 << (next_random(random) % bits)) - (value & 1u);
        break;
    case 1:
        value = UINT64_MAX << (next_random(random) % bits);
        break;
    default:
        break;
    }
    value &= ((uint64_t)1 << bits) - 1u;
    return (int32_t)((int64_t)value - (int64_t)((value >> (bits - 1)) << bits));
}

static tt_ref_round_t random_instruction(uint64_t *random) {
    static const tt_round_t modes[3] = {TT_ROUND_NEAREST, TT_ROUND_STOCHASTIC, TT_ROUND_TRUNCATE};
    tt_ref_round_t r = {.mode = modes[next_random(random) % 3u]};
    r.mant = corner(random, 16);
    r.shift = next_random(random) % 2u ? corner(random, 8) : corner(random, 5);
    r.exp = next_random(random) % 2u ? (int32_t)(next_random(random) % 25u) : 0;
    r.lo = corner(random, 8);
    r.hi = corner(random, 8);
    r.binary = next_random(random) % 4u == 0;
    r.has_old = next_random(random) % 2u == 0;
    return r;
}

static void round_random(void **state) {
    (void)state;
    uint64_t random = SEED;
    for (unsigned n = 0; n < 400000; n++) {
        tt_ref_round_t r = random_instruction(&random);
        int32_t acc = corner(&random, n % 2u ? 24 : 32);
        int32_t old = r.has_old ? corner(&random, 8) : 0;
        uint32_t rand24 = (uint32_t)next_random(&random) & 0xFFFFFFu;
        wide_t s = scale_by_definition(acc, &r);
        if (n % 3u == 0) /* at the threshold and beside it */
            rand24 = (uint32_t)((uint64_t)s + next_random(&random) % 3u - 1u) & 0xFFFFFFu;
        assert_true(tt_ref_scale(acc, &r) == (int64_t)s);
        assert_int_equal(tt_ref_round(acc, old, rand24, &r), round_by_definition(acc, old, rand24, &r));
    }
}

typedef struct {
    int32_t acc, mant, shift, exp, old;
    uint32_t rand24;
    int nearest, stochastic, truncate;
} corner_t;

static void round_by_hand(void **state) {
    (void)state;
    static const corner_t table[] = {
        /* exact values do not move */
        {0, 1, 0, 0, 5, 0, 5, 5, 5},
        {1, 1, 24, 0, 5, 0, 6, 6, 6},
        {-1, 1, 24, 0, 5, 0xFFFFFF, 4, 4, 4},
        {1, 1, 30, 6, 5, 0, 6, 6, 6},
        /* halves: away from zero; up for 2^23 random values of 2^24 */
        {1, 1, 23, 0, 0, 0x7FFFFF, 1, 1, 0},
        {1, 1, 23, 0, 0, 0x800000, 1, 0, 0},
        {-1, 1, 23, 0, 0, 0x7FFFFF, -1, 0, -1},
        {-1, 1, 23, 0, 0, 0x800000, -1, -1, -1},
        {3, 1, 23, 0, -4, 0x7FFFFF, -3, -2, -3},
        {3, 1, 23, 0, -4, 0x800000, -3, -3, -3},
        /* one unit in the last place */
        {1, 1, 0, 0, 0, 0, 0, 1, 0},
        {1, 1, 0, 0, 0, 1, 0, 0, 0},
        {-1, 1, 0, 0, 0, 0xFFFFFE, 0, 0, -1},
        {-1, 1, 0, 0, 0, 0xFFFFFF, 0, -1, -1},
        /* right shifts floor: -1 >> 63 is -1, 1 >> 1 is 0 */
        {-1, 1, -63, 0, 0, 0xFFFFFF, 0, -1, -1},
        {-1, 1, -128, 24, 0, 0xFFFFFF, 0, -1, -1},
        {1, 1, -1, 0, 0, 0, 0, 0, 0},
        {1, 1, -128, 24, 7, 0, 7, 7, 7},
        /* saturation at 2^32 - 1 and -2^32, then the clip */
        {8388607, 32767, 127, 0, 0, 0, 127, 127, 127},
        {-8388608, 32767, 127, 0, 0, 0, -128, -128, -128},
        {-8388608, -32768, 0, 0, -128, 0, 127, 127, 127},
        {8388607, 32767, 127, 0, -128, 0xFFFFFF, 127, 127, 127},
        {1, 1, 32, 0, -127, 0xFFFFFE, 127, 127, 127},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        const corner_t *c = &table[i];
        tt_ref_round_t r = {
            .mant = c->mant, .shift = c->shift, .exp = c->exp, .lo = -128, .hi = 127, .has_old = 1};
        r.mode = TT_ROUND_NEAREST;
        assert_int_equal(tt_ref_round(c->acc, c->old, c->rand24, &r), c->nearest);
        r.mode = TT_ROUND_STOCHASTIC;
        assert_int_equal(tt_ref_round(c->acc, c->old, c->rand24, &r), c->stochastic);
        r.mode = TT_ROUND_TRUNCATE;
        assert_int_equal(tt_ref_round(c->acc, c->old, c->rand24, &r), c->truncate);
    }
}

static void scale_by_hand(void **state) {
    (void)state;
    tt_ref_round_t r = {.mant = 1, .shift = 32};
    assert_true(tt_ref_scale(1, &r) == 0xFFFFFFFF);
    assert_true(tt_ref_scale(-1, &r) == -0x100000000);
    r.shift = 31;
    assert_true(tt_ref_scale(1, &r) == 0x80000000);
    assert_true(tt_ref_scale(2, &r) == 0xFFFFFFFF);
    assert_true(tt_ref_scale(-2, &r) == -0x100000000);
    assert_true(tt_ref_scale(-3, &r) == -0x100000000);
    r.shift = 63;
    assert_true(tt_ref_scale(0, &r) == 0);
    r.mant = -32768;
    r.shift = -7;
    assert_true(tt_ref_scale(-8388608, &r) == 0x80000000);
    r.shift = -6;
    assert_true(tt_ref_scale(-8388608, &r) == 0xFFFFFFFF);
}

/* Index grid {0, 1}: zero rounds to index 1 (+1), one unit below to 0 (-1); the old index starts V when there is one. */
static void round_binary(void **state) {
    (void)state;
    tt_ref_round_t r = {.mant = 1, .shift = 0, .lo = 0, .hi = 1, .mode = TT_ROUND_NEAREST, .binary = 1};
    assert_int_equal(tt_ref_round(0, 0, 0, &r), 1);
    assert_int_equal(tt_ref_round(-1, 0, 0, &r), 0);
    assert_int_equal(tt_ref_round(-8388608, 0, 0, &r), 0);
    r.mode = TT_ROUND_STOCHASTIC;
    assert_int_equal(tt_ref_round(0, 0, 0x7FFFFF, &r), 1);
    assert_int_equal(tt_ref_round(0, 0, 0x800000, &r), 0);
    r.has_old = 1;
    assert_int_equal(tt_ref_round(0, 0, 0, &r), 0);
    assert_int_equal(tt_ref_round(0, 1, 0xFFFFFF, &r), 1);
    assert_int_equal(tt_ref_round(-1, 1, 0xFFFFFF, &r), 0);
}

static void master_by_definition(void **state) {
    (void)state;
    plain_rng_t rng = {3};
    for (int i = 0; i < 2000000; i++) {
        const tt_ref_round_t r = {.mant = plain_between(&rng, -32768, 32767) / (1 << plain_below(&rng, 15)),
                                  .shift = plain_between(&rng, -60, 60) / (1 << plain_below(&rng, 5)),
                                  .exp = (int32_t)plain_below(&rng, 2) * (int32_t)plain_below(&rng, 25),
                                  .mode = (tt_round_t)plain_below(&rng, 3)};
        const plain_round_t plain = {.mant = r.mant, .shift = r.shift, .exp = r.exp, .mode = (int)r.mode};
        const int32_t acc = plain_between(&rng, -8388608, 8388607) / (1 << plain_below(&rng, 23));
        const int32_t old = plain_between(&rng, -32768, 32767) / (1 << plain_below(&rng, 15));
        const uint32_t rand24 = plain_random(&rng) >> 8;
        assert_int_equal(tt_ref_master(acc, old, rand24, &r), plain_master(acc, old, rand24, &plain));
    }
    for (int32_t master = -16384; master <= 16384; master++)
        for (int binary = 0; binary <= 1; binary++)
            assert_int_equal(tt_ref_master_trit(master, binary), plain_master_trit(master, binary != 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lfsr_draw_is_32_steps), cmocka_unit_test(lfsr_jump_equals_draws),
        cmocka_unit_test(lfsr_lane_seeds),       cmocka_unit_test(lfsr_refused_seed),
        cmocka_unit_test(plane_limits),          cmocka_unit_test(plane_decode_all),
        cmocka_unit_test(plane_encode_all),      cmocka_unit_test(ternary_dot_bit_by_bit),
        cmocka_unit_test(round_random),          cmocka_unit_test(round_by_hand),
        cmocka_unit_test(scale_by_hand),         cmocka_unit_test(round_binary),
        cmocka_unit_test(master_by_definition),
    };
    return cmocka_run_group_tests_name("numerics", tests, setup, NULL);
}
