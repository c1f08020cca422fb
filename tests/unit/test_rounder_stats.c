/* SPDX-License-Identifier: Apache-2.0
 * Statistics of the generator and the rounder against theory. Everything is seeded, so a run is reproducible; each bound
 * is five standard deviations of an ideal source (a test that fails by chance: fewer than one in a million).
 * The algebra (period, lane distances) is computed with matrices over GF(2), by which the code under test does not work. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tt_ref.h"

#define SEED 2024u
#define SIGMAS 5.0
#define LANES 16u

static int setup(void **state) {
    (void)state;
    printf("# seed %u\n", SEED);
    return 0;
}

/* ---- GF(2) matrices: column[i] is the image of bit i ---- */

typedef struct {
    uint64_t column[64];
} matrix_t;

static uint64_t apply(const matrix_t *m, uint64_t vector) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < 64; i++)
        if ((vector >> i) & 1u)
            sum ^= m->column[i];
    return sum;
}

static matrix_t multiply(const matrix_t *a, const matrix_t *b) {
    matrix_t product;
    for (unsigned i = 0; i < 64; i++)
        product.column[i] = apply(a, b->column[i]);
    return product;
}

static matrix_t identity(void) {
    matrix_t one;
    for (unsigned i = 0; i < 64; i++)
        one.column[i] = (uint64_t)1 << i;
    return one;
}

static matrix_t power(matrix_t base, uint64_t exponent) {
    matrix_t result = identity();
    for (; exponent != 0; exponent >>= 1) {
        if (exponent & 1u)
            result = multiply(&base, &result);
        base = multiply(&base, &base);
    }
    return result;
}

/* One single step of x^64 + x^63 + x^61 + x^60 + 1: bits move up, bits 63, 62, 60, 59 also enter bit 0. */
static matrix_t single_step(void) {
    matrix_t step;
    for (unsigned i = 0; i < 64; i++)
        step.column[i] = i < 63 ? (uint64_t)2 << i : 0;
    step.column[63] |= 1u;
    step.column[62] |= 1u;
    step.column[60] |= 1u;
    step.column[59] |= 1u;
    return step;
}

static int is_identity(const matrix_t *m) {
    matrix_t one = identity();
    return memcmp(m, &one, sizeof one) == 0;
}

static void period_is_maximal(void **state) {
    (void)state;
    static const uint64_t primes[7] = {3, 5, 17, 257, 641, 65537, 6700417};
    uint64_t product = 1;
    matrix_t draw;
    for (unsigned i = 0; i < 64; i++)
        draw.column[i] =
            tt_ref_lfsr_next((uint64_t)1 << i); /* linear, so these columns are the whole function */
    matrix_t steps = power(single_step(), 32);
    assert_memory_equal(&draw, &steps, sizeof draw);
    for (unsigned i = 0; i < 7; i++) {
        product *= primes[i];
        matrix_t partial_step = power(single_step(), UINT64_MAX / primes[i]);
        matrix_t partial_draw = power(draw, UINT64_MAX / primes[i]);
        assert_false(is_identity(&partial_step));
        assert_false(is_identity(&partial_draw));
    }
    assert_int_equal(product, UINT64_MAX); /* all prime factors of 2^64 - 1, each once */
    matrix_t whole_step = power(single_step(), UINT64_MAX);
    matrix_t whole_draw = power(draw, UINT64_MAX);
    assert_true(is_identity(&whole_step));
    assert_true(is_identity(&whole_draw));
}

/* Lane l stands l * 2^56 single steps after lane 0 on the one cycle of 2^64 - 1 steps. The bits that a lane reads in 2^48
 * draws are a window of 32 * 2^48 steps and the state's 64; no two windows meet, as the cyclic distance of any two starts is
 * more. (Counted in draws the distance says nothing: states far apart in draws may be one step apart, with 63 bits in common.) */
static void lanes_do_not_overlap(void **state) {
    (void)state;
    const uint64_t window = 32 * ((uint64_t)1 << 48) + 64;
    uint64_t start = tt_ref_lfsr_lane_seed(SEED, 0);
    for (unsigned lane = 0; lane < 256; lane++) {
        uint64_t position = (uint64_t)lane << 56; /* steps */
        matrix_t distance = power(single_step(), position);
        assert_int_equal(tt_ref_lfsr_lane_seed(SEED, lane), apply(&distance, start));
        for (unsigned other = 0; other < lane; other++) {
            uint64_t forward = position - ((uint64_t)other << 56);
            assert_true(forward > window && UINT64_MAX - forward > window);
        }
    }
}

/* ---- the random numbers ---- */

static double uniform(uint64_t *lfsr) /* -1/2 .. 1/2, variance 1/12 */
{
    double value = ((double)tt_ref_lfsr_rand24(*lfsr) + 0.5) / 16777216.0 - 0.5;
    *lfsr = tt_ref_lfsr_next(*lfsr);
    return value;
}

/* Every pair of lanes, at the same time and one draw apart. */
static void lanes_are_uncorrelated(void **state) {
    (void)state;
    const unsigned draws = 1u << 14;
    static double products[TT_LANES_MAX][TT_LANES_MAX][2];
    uint64_t lfsr[TT_LANES_MAX];
    double past[TT_LANES_MAX] = {0};
    for (unsigned lane = 0; lane < TT_LANES_MAX; lane++)
        lfsr[lane] = tt_ref_lfsr_lane_seed(SEED, lane);
    for (unsigned n = 0; n < draws; n++) {
        double u[TT_LANES_MAX];
        for (unsigned lane = 0; lane < TT_LANES_MAX; lane++)
            u[lane] = uniform(&lfsr[lane]);
        for (unsigned a = 0; a < TT_LANES_MAX; a++)
            for (unsigned b = 0; b < TT_LANES_MAX; b++) {
                products[a][b][0] += u[a] * u[b];
                products[a][b][1] += u[a] * past[b];
            }
        memcpy(past, u, sizeof past);
    }
    for (unsigned a = 0; a < TT_LANES_MAX; a++)
        for (unsigned b = 0; b < TT_LANES_MAX; b++) {
            assert_true(a == b || fabs(products[a][b][0] * 12.0 / draws) < SIGMAS / sqrt(draws));
            assert_true(fabs(products[a][b][1] * 12.0 / draws) < SIGMAS / sqrt(draws));
        }
}

static void draws_are_uncorrelated(void **state) {
    (void)state;
    enum { LAGS = 8 };
    const unsigned draws = 1u << 20;
    uint64_t lfsr = tt_ref_lfsr_lane_seed(SEED, 0);
    double past[LAGS + 1] = {0};
    double products[LAGS + 1] = {0};
    double sum = 0.0;
    for (unsigned n = 0; n < draws; n++) {
        memmove(past + 1, past, LAGS * sizeof past[0]);
        past[0] = uniform(&lfsr);
        sum += past[0];
        for (unsigned lag = 0; lag <= LAGS; lag++)
            products[lag] += past[0] * past[lag];
    }
    assert_true(fabs(sum / draws) < SIGMAS / sqrt(12.0 * draws));
    /* the square of a uniform number has variance 1/180 */
    assert_true(fabs(products[0] / draws - 1.0 / 12.0) < SIGMAS / sqrt(180.0 * draws));
    for (unsigned lag = 1; lag <= LAGS; lag++)
        assert_true(fabs(products[lag] * 12.0 / draws) < SIGMAS / sqrt(draws));
}

/* Each of the 24 bits is set half of the time. */
static void bits_are_balanced(void **state) {
    (void)state;
    const unsigned draws = 1u << 18;
    uint64_t lfsr = tt_ref_lfsr_lane_seed(SEED, 1);
    unsigned ones[24] = {0};
    for (unsigned n = 0; n < draws; n++, lfsr = tt_ref_lfsr_next(lfsr))
        for (unsigned bit = 0; bit < 24; bit++)
            ones[bit] += (tt_ref_lfsr_rand24(lfsr) >> bit) & 1u;
    for (unsigned bit = 0; bit < 24; bit++)
        assert_true(fabs(ones[bit] - draws / 2.0) < SIGMAS * sqrt(draws) / 2.0);
}

/* ---- the rounder ---- */

/* At old + f/256 the result is old + 1 in a share f/256 of all draws, else old; f = 0 never moves. */
static void rounding_is_unbiased(void **state) {
    (void)state;
    const unsigned draws = 1u << 15;
    const tt_ref_round_t r = {
        .mant = 1, .shift = 16, .lo = -128, .hi = 127, .mode = TT_ROUND_STOCHASTIC, .has_old = 1};
    double chi2 = 0.0;
    for (int32_t f = 0; f < 256; f++) {
        uint64_t lfsr = tt_ref_lfsr_lane_seed(SEED, (unsigned)f);
        int32_t old = f % 7 - 3;
        unsigned up = 0;
        for (unsigned n = 0; n < draws; n++, lfsr = tt_ref_lfsr_next(lfsr)) {
            int32_t q = tt_ref_round(f, old, tt_ref_lfsr_rand24(lfsr), &r);
            assert_true(q == old || q == old + 1);
            up += q == old + 1;
        }
        double share = f / 256.0;
        double variance = draws * share * (1.0 - share);
        double error = up - draws * share;
        assert_true(fabs(error) <= SIGMAS * sqrt(variance));
        chi2 += f > 0 ? error * error / variance : 0.0;
    }
    assert_true(fabs(chi2 - 255.0) < SIGMAS * sqrt(2.0 * 255.0));
}

/* Lanes that round the same value at the same time do it independently: the mean over the lanes has 1/LANES of the
 * variance of one (with one word for all lanes it would have LANES times that). */
static void lane_mean_variance(void **state) {
    (void)state;
    const unsigned draws = 1u << 16;
    const double share = 77.0 / 256.0;
    const tt_ref_round_t r = {.mant = 1, .shift = 16, .lo = -1, .hi = 1, .mode = TT_ROUND_STOCHASTIC};
    uint64_t lfsr[LANES];
    for (unsigned lane = 0; lane < LANES; lane++)
        lfsr[lane] = tt_ref_lfsr_lane_seed(SEED, lane);
    double squares = 0.0;
    for (unsigned n = 0; n < draws; n++) {
        double sum = -share * LANES;
        for (unsigned lane = 0; lane < LANES; lane++) {
            sum += tt_ref_round(77, 0, tt_ref_lfsr_rand24(lfsr[lane]), &r);
            lfsr[lane] = tt_ref_lfsr_next(lfsr[lane]);
        }
        squares += sum * sum;
    }
    /* sum of LANES trials is nearly normal: its square has about twice the squared variance */
    double ratio = squares / draws / (LANES * share * (1.0 - share));
    assert_true(fabs(ratio - 1.0) < SIGMAS * sqrt(2.0 / draws));
}

/* Mean drift over the lanes of a weight that gets a million updates of +1e-4 and -1e-4 units in turn. */
static double drift(unsigned random_bits) {
    const unsigned updates = 1000000;
    const uint32_t kept = (0xFFFFFFu << (24 - random_bits)) & 0xFFFFFFu;
    const tt_ref_round_t up = {
        .mant = 1678, /* 1e-4 * 2^24 */ .lo = -128, .hi = 127, .mode = TT_ROUND_STOCHASTIC, .has_old = 1};
    tt_ref_round_t down = up;
    down.mant = -up.mant;
    double sum = 0.0;
    for (unsigned lane = 0; lane < LANES; lane++) {
        uint64_t lfsr = tt_ref_lfsr_lane_seed(SEED, lane);
        int32_t weight = 0;
        double turns = 0.0; /* whole units taken back, so that the weight stays in range */
        for (unsigned n = 0; n < updates; n++, lfsr = tt_ref_lfsr_next(lfsr)) {
            /* fewer random bits: the lower bits of a comparison rand < frac are lost */
            uint32_t rand24 = tt_ref_lfsr_rand24(lfsr) | (0xFFFFFFu & ~kept);
            weight = tt_ref_round(1, weight, rand24, n % 2u ? &down : &up);
            if (weight > 100 || weight < -100) {
                turns += weight;
                weight = 0;
            }
        }
        sum += weight + turns;
    }
    return sum / LANES;
}

/* Each update moves the weight by one with probability 1e-4, independently: after a million the standard deviation is
 * 10 units, 10 / sqrt(LANES) of the lanes' mean. With 8 random bits -1e-4 becomes -1/256 and +1e-4 nothing. */
static void updates_do_not_drift(void **state) {
    (void)state;
    assert_true(fabs(drift(24)) < SIGMAS * 10.0 / sqrt(LANES));
    assert_true(drift(8) < -1900.0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(period_is_maximal),      cmocka_unit_test(lanes_do_not_overlap),
        cmocka_unit_test(lanes_are_uncorrelated), cmocka_unit_test(draws_are_uncorrelated),
        cmocka_unit_test(bits_are_balanced),      cmocka_unit_test(rounding_is_unbiased),
        cmocka_unit_test(lane_mean_variance),     cmocka_unit_test(updates_do_not_drift),
    };
    return cmocka_run_group_tests_name("rounder_stats", tests, setup, NULL);
}
