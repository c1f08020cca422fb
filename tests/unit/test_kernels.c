/* SPDX-License-Identifier: Apache-2.0
 * Every set of kernels that this processor has against the units of tt_ref.h, element by element. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plain_model.h"
#include "tt_kernels.h"

static uint64_t seed(void) {
    const char *text = getenv("TT_SEED");
    return text == NULL ? 1u : strtoull(text, NULL, 0);
}

static uint64_t random64(plain_rng_t *rng) {
    const uint64_t high = plain_random(rng);
    return high << 32 | plain_random(rng);
}

static int32_t random_acc(plain_rng_t *rng) {
    static const int32_t corners[] = {-8388608, -8388607, -1, 0, 1, 8388607};
    if (plain_below(rng, 4) == 0u)
        return corners[plain_below(rng, 6)];
    return plain_between(rng, -8388608, 8388607) / (1 << plain_below(rng, 23));
}

static tt_ref_round_t random_round(plain_rng_t *rng) {
    static const int32_t shifts[] = {-128, -64, -63, -62, -40, 0, 31, 32, 33, 34, 63, 127};
    static const int32_t mants[] = {-32768, -1, 0, 1, 32767};
    tt_ref_round_t r = {
        .mant = plain_below(rng, 2) != 0u ? plain_between(rng, -32768, 32767) : mants[plain_below(rng, 5)],
        .shift = plain_below(rng, 2) != 0u ? plain_between(rng, -30, 30) : shifts[plain_below(rng, 12)],
        .exp = (int32_t)plain_below(rng, 25),
        .mode = (tt_round_t)plain_below(rng, 3),
        .binary = plain_below(rng, 4) == 0u,
        .has_old = plain_below(rng, 2) != 0u,
    };
    r.hi = r.binary ? 1 : plain_below(rng, 4) == 0u ? 127 : (int32_t)plain_below(rng, 122);
    r.lo = r.binary ? 0 : plain_below(rng, 4) == 0u ? -128 : -(int32_t)plain_below(rng, 122);
    return r;
}

static void test_round(void **state) {
    (void)state;
    const tt_kernels_t *set;
    for (unsigned k = 0; (set = tt_kernels_at(k)) != NULL; k++) {
        plain_rng_t rng = {seed() + k};
        for (int i = 0; i < 6000; i++) {
            const tt_ref_round_t r = random_round(&rng);
            const int32_t old_limit = plain_limit(1u + plain_below(&rng, 5), 3u);
            tt_block_round_t prepared;
            int32_t acc[64];
            int8_t old[64];
            int8_t q[64];
            uint32_t rand24[64];
            for (unsigned e = 0; e < 64u; e++) {
                acc[e] = random_acc(&rng);
                old[e] = (int8_t)(!r.has_old ? 0
                                  : r.binary ? (int32_t)plain_below(&rng, 2)
                                             : plain_between(&rng, -old_limit, old_limit));
                rand24[e] =
                    plain_below(&rng, 8) == 0u ? 0xFFFFFFu * plain_below(&rng, 2) : plain_random(&rng) >> 8;
            }
            tt_block_round_prepare(&prepared, &r, r.has_old ? old_limit : 0);
            set->round(q, acc, old, rand24, &prepared);
            for (unsigned e = 0; e < 64u; e++)
                assert_int_equal(q[e], tt_ref_round(acc[e], old[e], rand24[e], &r));
        }
    }
}

/* All pairs of values that planes can have. */
static void test_cut_and_hold(void **state) {
    (void)state;
    const tt_kernels_t *set;
    for (unsigned k = 0; (set = tt_kernels_at(k)) != NULL; k++)
        for (int value = -121; value <= 121; value++)
            for (int first = -121; first <= 121; first += 64)
                for (int limit = 0; limit <= 255; limit += 15) {
                    int8_t aux[64];
                    int8_t q[2][64];
                    for (int e = 0; e < 64; e++) {
                        aux[e] = (int8_t)(first + e > 121 ? 121 : first + e);
                        q[0][e] = q[1][e] = (int8_t)value;
                    }
                    set->cut(q[0], aux, limit);
                    set->hold(q[1], aux);
                    for (int e = 0; e < 64; e++) {
                        assert_int_equal(q[0][e], abs(aux[e]) >= limit ? 0 : value);
                        assert_int_equal(q[1][e], value * aux[e] <= 0 ? 0 : value);
                    }
                }
}

static void test_magnitude(void **state) {
    (void)state;
    const tt_kernels_t *set;
    for (unsigned k = 0; (set = tt_kernels_at(k)) != NULL; k++) {
        plain_rng_t rng = {seed() + 5u + k};
        for (int i = 0; i < 500; i++) {
            const uint64_t valid = i == 0 ? 0u : random64(&rng) | random64(&rng);
            int32_t acc[64];
            uint32_t expected = 0;
            for (unsigned e = 0; e < 64u; e++) {
                acc[e] = random_acc(&rng) / (1 << plain_below(&rng, 20));
                if ((valid >> e & 1u) != 0u)
                    expected |= (uint32_t)(acc[e] < 0 ? ~acc[e] : acc[e]);
            }
            assert_int_equal(set->magnitude(acc, valid), expected);
        }
    }
}

static void test_draw_and_leap(void **state) {
    (void)state;
    const tt_kernels_t *set;
    for (unsigned k = 0; (set = tt_kernels_at(k)) != NULL; k++) {
        plain_rng_t rng = {seed() + 10u + k};
        for (uint32_t lanes = 2; lanes <= 64u; lanes *= 2u) {
            uint64_t seen[64];
            uint64_t expected[64];
            uint32_t rand24[64];
            for (uint32_t lane = 0; lane < lanes; lane++)
                seen[lane] = expected[lane] = random64(&rng);
            set->draw(rand24, seen, lanes);
            for (uint32_t e = 0; e < 64u; e++) {
                assert_int_equal(rand24[e], tt_ref_lfsr_rand24(expected[e % lanes]));
                expected[e % lanes] = tt_ref_lfsr_next(expected[e % lanes]);
            }
            assert_memory_equal(seen, expected, lanes * sizeof *seen);
            const uint32_t draws = plain_below(&rng, 200);
            set->leap(seen, lanes, draws);
            for (uint32_t i = 0; i < draws * lanes; i++)
                expected[i % lanes] = tt_ref_lfsr_next(expected[i % lanes]);
            assert_memory_equal(seen, expected, lanes * sizeof *seen);
        }
    }
}

static void test_transpose(void **state) {
    (void)state;
    const tt_kernels_t *set;
    for (unsigned k = 0; (set = tt_kernels_at(k)) != NULL; k++) {
        plain_rng_t rng = {seed() + 15u + k};
        for (uint32_t n = 0; n <= 40u; n++) {
            uint8_t beats[40 * 8];
            uint8_t turned[40 * 8];
            for (size_t i = 0; i < sizeof beats; i++)
                beats[i] = (uint8_t)plain_random(&rng);
            set->transpose(turned, beats, n);
            for (uint32_t i = 0; i < n; i++)
                for (unsigned r = 0; r < 8u; r++)
                    for (unsigned c = 0; c < 8u; c++)
                        assert_int_equal((uint32_t)beats[8u * i + r] >> c & 1u,
                                         (uint32_t)turned[8u * i + c] >> r & 1u);
        }
    }
}

static void test_encode(void **state) {
    (void)state;
    const tt_kernels_t *set;
    for (unsigned k = 0; (set = tt_kernels_at(k)) != NULL; k++) {
        plain_rng_t rng = {seed() + 20u + k};
        for (unsigned planes = 1; planes <= 5u; planes++)
            for (unsigned radix = 2; radix <= 3u; radix++)
                for (int i = 0; i < 50; i++) {
                    const int32_t limit = plain_limit(planes, radix);
                    const plain_shape_t shape = {8, 8, planes, radix, false};
                    int32_t values[64];
                    int8_t bytes[64];
                    uint64_t expected[10];
                    tt_unit_t units[5];
                    for (unsigned e = 0; e < 64u; e++) {
                        values[e] = plain_between(&rng, -limit, limit);
                        bytes[e] = (int8_t)values[e];
                    }
                    plain_pack(expected, &shape, values);
                    set->encode(units, bytes, planes, radix);
                    for (unsigned p = 0; p < planes; p++) {
                        assert_int_equal(units[p].mask, expected[2u * p]);
                        assert_int_equal(units[p].sign, expected[2u * p + 1u]);
                    }
                }
    }
}

enum { BLOCKS = 150, COLUMNS = 8 }; /* more blocks than 16-bit sums of three planes by three can take */

/* Random or largest digits; digits need not be canonical. */
static void random_units(plain_rng_t *rng, tt_unit_t *units, size_t n) {
    const bool dense = plain_below(rng, 3) == 0u;
    const uint64_t sign = plain_below(rng, 2) != 0u ? UINT64_MAX : 0u;
    for (size_t i = 0; i < n; i++)
        units[i] =
            dense ? (tt_unit_t){UINT64_MAX, sign} : (tt_unit_t){.mask = random64(rng), .sign = random64(rng)};
}

static int32_t value_at(const tt_stack_t *s, uint32_t block, unsigned e) {
    uint32_t mask = 0;
    uint32_t sign = 0;
    if (block + 1u == s->blocks && (s->last_valid >> e & 1u) == 0u)
        return 0;
    for (uint32_t p = 0; p < s->n_planes; p++) {
        mask |= (uint32_t)(s->plane[p][block].mask >> e & 1u) << p;
        sign |= (uint32_t)(s->plane[p][block].sign >> e & 1u) << p;
    }
    return tt_ref_plane_decode(mask, sign, s->n_planes, s->radix);
}

/* Values of every radix and number of planes, odd numbers of blocks and columns, and their products. */
static void test_expand_and_product(void **state) {
    (void)state;
    static tt_unit_t units[2][5u * COLUMNS * BLOCKS];
    static uint8_t a[BLOCKS * 64], b[COLUMNS * BLOCKS * 64];
    static int32_t acc[COLUMNS][64];
    const tt_kernels_t *set;
    for (unsigned k = 0; (set = tt_kernels_at(k)) != NULL; k++) {
        plain_rng_t rng = {seed() + 25u + k};
        for (int i = 0; i < 120; i++) {
            const uint32_t radix = 2u + plain_below(&rng, 2);
            const uint32_t blocks = 1u + plain_below(&rng, i % 8 == 0 ? BLOCKS : 20);
            const uint32_t columns = 1u + plain_below(&rng, COLUMNS);
            tt_stack_t sa = {.n_planes = 1u + plain_below(&rng, 5), .radix = radix, .blocks = blocks};
            tt_stack_t sb = {.n_planes = 1u + plain_below(&rng, 5), .radix = radix, .blocks = blocks};
            sa.last_valid = random64(&rng);
            sb.last_valid = UINT64_MAX;
            const int32_t a_limit = plain_limit(sa.n_planes, radix);
            const int32_t b_limit = plain_limit(sb.n_planes, radix);
            random_units(&rng, units[0], (size_t)5 * blocks);
            random_units(&rng, units[1], (size_t)5 * blocks * columns);
            for (uint32_t p = 0; p < 5u; p++)
                sa.plane[p] = units[0] + (size_t)p * blocks;
            set->expand(a, &sa, 0);
            for (uint32_t e = 0; e < 64u * blocks; e++)
                assert_int_equal((int8_t)a[e], value_at(&sa, e / 64u, e % 64u));
            for (uint32_t c = 0; c < columns; c++) {
                uint8_t *row = b + (size_t)c * blocks * 64u;
                for (uint32_t p = 0; p < 5u; p++)
                    sb.plane[p] = units[1] + (size_t)(5u * c + p) * blocks;
                set->expand(row, &sb, b_limit);
                for (uint32_t e = 0; e < 64u * blocks; e++)
                    assert_int_equal(row[e] - b_limit, value_at(&sb, e / 64u, e % 64u));
            }
            const uint32_t bits = plain_below(&rng, 2) != 0u ? 24u : 16u;
            const tt_product_t product = {a, b, blocks, columns, a_limit, b_limit, 32u - bits};
            set->product(acc[0], &product);
            for (uint32_t e = 0; e < 64u * columns; e++) {
                int64_t sum = 0;
                for (uint32_t x = 0; x < 8u * blocks; x++)
                    sum += (int8_t)a[64u * (x / 8u) + 8u * (e % 64u / 8u) + x % 8u] *
                           (b[64u * (e / 64u * blocks + x / 8u) + 8u * (e % 8u) + x % 8u] - b_limit);
                const int64_t half = INT64_C(1) << (bits - 1u);
                const int64_t wrapped = (int64_t)((uint64_t)(sum + half) & (uint64_t)(2 * half - 1)) - half;
                assert_int_equal(acc[e / 64u][e % 64u], wrapped);
            }
        }
    }
}

static void test_names(void **state) {
    (void)state;
    const tt_kernels_t *set;
    unsigned n = 0;
    for (; (set = tt_kernels_at(n)) != NULL; n++)
        assert_ptr_equal(tt_kernels_find(set->name), set);
    assert_ptr_equal(tt_kernels_find(NULL), tt_kernels_at(0));
    assert_ptr_equal(tt_kernels_find(""), tt_kernels_at(0));
    assert_ptr_equal(tt_kernels_find("scalar"), tt_kernels_at(n - 1u));
    assert_null(tt_kernels_find("abacus"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round),         cmocka_unit_test(test_magnitude),
        cmocka_unit_test(test_draw_and_leap), cmocka_unit_test(test_transpose),
        cmocka_unit_test(test_encode),        cmocka_unit_test(test_expand_and_product),
        cmocka_unit_test(test_names),         cmocka_unit_test(test_cut_and_hold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
