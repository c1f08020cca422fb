/* SPDX-License-Identifier: Apache-2.0
 * Float parts of training against finite differences, published values and formulas in double precision. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "tt_batchnorm.h"
#include "tt_loss.h"
#include "tt_optimizer.h"
#include "tt_quantize.h"
#include "tt_rng.h"

#define ROWS 7u
#define COLS 4u
#define COUNT (ROWS * COLS)

static tt_rng_t rng;

static int seed(void **state) {
    (void)state;
    printf("# seed 11\n");
    tt_rng_seed(&rng, 11, 0);
    return 0;
}

static float real(void) { return (float)(4 * tt_rng_uniform(&rng) - 2); }

static void close_to(double a, double b, double tolerance) {
    if (!(fabs(a - b) <= tolerance)) {
        fail_msg("%.9g is not within %g of %.9g", a, tolerance, b);
    }
}

typedef double loss_t(float *error, const float *logits, const uint8_t *labels, size_t samples,
                      size_t classes);

static void check_loss(loss_t *loss) {
    float logits[COUNT], error[COUNT], ignored[COUNT];
    uint8_t labels[ROWS];
    for (size_t i = 0; i < COUNT; i++) {
        logits[i] = real();
    }
    for (size_t i = 0; i < ROWS; i++) {
        labels[i] = (uint8_t)tt_rng_below(&rng, COLS);
    }
    (void)loss(error, logits, labels, ROWS, COLS);
    for (size_t i = 0; i < COUNT; i++) {
        const float keep = logits[i], step = 0.0078125f;
        logits[i] = keep + step;
        const double up = loss(ignored, logits, labels, ROWS, COLS);
        logits[i] = keep - step;
        const double down = loss(ignored, logits, labels, ROWS, COLS);
        logits[i] = keep;
        close_to((double)error[i], (up - down) / (2 * (double)step), 2e-2);
    }
}

static void test_losses(void **state) {
    (void)state;
    check_loss(tt_loss_softmax);
    check_loss(tt_loss_hinge);
    const float logits[3] = {0, 0, 0};
    float error[3];
    const uint8_t label = 1;
    close_to(tt_loss_softmax(error, logits, &label, 1, 3), log(3.0), 1e-6);
    close_to((double)error[1], -2.0 / 3.0, 1e-6);
    close_to(tt_loss_hinge(error, logits, &label, 1, 3), 3.0, 1e-6);
    const float extreme[3] = {1e4f, -1e4f, 0};
    close_to(tt_loss_softmax(error, extreme, &label, 1, 3), 2e4, 1e-2);
    assert_true(isfinite(error[0]) && isfinite(error[1]));
}

static void test_count_correct(void **state) {
    (void)state;
    const float logits[6] = {1, 1, 0, -3, -1, -2};
    const uint8_t first[2] = {0, 1}, second[2] = {1, 2};
    assert_int_equal(tt_count_correct(logits, first, 2, 3), 2);
    assert_int_equal(tt_count_correct(logits, second, 2, 3), 0);
}

typedef struct {
    float gamma[COLS], beta[COLS], mean[COLS], var[COLS], inv[COLS];
    double scratch[2 * COLS];
    tt_batchnorm_t bn;
} norm_t;

static void open_norm(norm_t *n) {
    n->bn = (tt_batchnorm_t){COLS, n->gamma, n->beta, n->mean, n->var, n->inv};
    tt_batchnorm_reset(&n->bn);
}

/* sum(weight * output) of a training pass, in double from the formula; epsilon is the layer's 1e-4. */
static double norm_loss(const norm_t *n, const double *x, const double *weight) {
    double loss = 0;
    for (size_t c = 0; c < COLS; c++) {
        double mean = 0, var = 0;
        for (size_t r = 0; r < ROWS; r++) {
            mean += x[r * COLS + c] / ROWS;
        }
        for (size_t r = 0; r < ROWS; r++) {
            var += (x[r * COLS + c] - mean) * (x[r * COLS + c] - mean) / ROWS;
        }
        for (size_t r = 0; r < ROWS; r++) {
            const double h = (x[r * COLS + c] - mean) / sqrt(var + 1e-4);
            loss += weight[r * COLS + c] * ((double)n->gamma[c] * h + (double)n->beta[c]);
        }
    }
    return loss;
}

static void test_batchnorm(void **state) {
    (void)state;
    norm_t n;
    float x[COUNT], y[COUNT], dy[COUNT], d_gamma[COLS], d_beta[COLS];
    double exact[COUNT], weight[COUNT];
    open_norm(&n);
    for (size_t c = 0; c < COLS; c++) {
        n.gamma[c] = real();
        n.beta[c] = real();
    }
    for (size_t i = 0; i < COUNT; i++) {
        x[i] = real();
        dy[i] = real();
        exact[i] = (double)x[i];
        weight[i] = (double)dy[i];
    }
    tt_batchnorm_train(&n.bn, y, x, ROWS, n.scratch);
    double forward = 0;
    for (size_t i = 0; i < COUNT; i++) {
        forward += weight[i] * (double)y[i];
    }
    close_to(forward, norm_loss(&n, exact, weight), 1e-4);
    tt_batchnorm_backward(&n.bn, dy, d_gamma, d_beta, x, ROWS, n.scratch);
    for (size_t i = 0; i < COUNT; i++) {
        const double keep = exact[i];
        exact[i] = keep + 1e-5;
        const double up = norm_loss(&n, exact, weight);
        exact[i] = keep - 1e-5;
        close_to((double)dy[i], (up - norm_loss(&n, exact, weight)) / 2e-5, 1e-3);
        exact[i] = keep;
    }
    for (size_t c = 0; c < COLS; c++) {
        const float keep = n.gamma[c];
        n.gamma[c] = keep + 0.5f;
        const double up = norm_loss(&n, exact, weight);
        n.gamma[c] = keep - 0.5f;
        close_to((double)d_gamma[c], up - norm_loss(&n, exact, weight), 1e-3);
        n.gamma[c] = keep;
    }
}

static void test_batchnorm_infer(void **state) {
    (void)state;
    norm_t n;
    float x[COLS] = {3, -1, 0.5f, 8}, y[COLS];
    open_norm(&n);
    n.mean[0] = 1;
    n.var[0] = 4;
    n.gamma[0] = 3;
    n.beta[0] = -1;
    tt_batchnorm_infer(&n.bn, y, x, 1);
    close_to((double)y[0], 3 * 2 / sqrt(4 + 1e-4) - 1, 1e-5);
    close_to((double)y[3], 8 / sqrt(1 + 1e-4), 1e-5);
}

static void test_optimizers(void **state) {
    (void)state;
    const float gradient[3] = {0.5f, -2, 0};
    float mean[3] = {0}, square[3] = {0}, step[3], velocity[3] = {0};
    double m = 0, v = 0;
    for (unsigned t = 1; t <= 5; t++) { /* Adam, algorithm 1 of the paper, for the first element */
        tt_adam_step(step, mean, square, gradient, 3, 0.01, 0.9, 0.999, t);
        m = 0.9 * m + 0.1 * 0.5;
        v = 0.999 * v + 0.001 * 0.25;
        close_to((double)step[0], -0.01 * (m / (1 - pow(0.9, t))) / (sqrt(v / (1 - pow(0.999, t))) + 1e-8),
                 1e-6);
        assert_true(step[1] > 0 && step[2] == 0.0f);
    }
    tt_sgd_step(step, velocity, gradient, 3, 0.1, 0.5);
    close_to((double)step[0], -0.05, 1e-7);
    tt_sgd_step(step, velocity, gradient, 3, 0.1, 0.5);
    close_to((double)step[0], -0.075, 1e-7);
    assert_true(tt_rate_at(0.05, 0.6, 0) == 0.05);
    close_to(tt_rate_at(0.05, 0.6, 5), 0.05 * pow(0.6, 5), 1e-12);
}

static void test_scale_of(void **state) {
    (void)state;
    for (int i = 0; i < 10000; i++) {
        const double factor = exp(40 * tt_rng_uniform(&rng) - 20);
        const tt_scale_t s = tt_scale_of(factor);
        assert_in_range(s.mant, 16384, 32767);
        close_to(ldexp((double)s.mant, s.shift - 24) / factor, 1, 1.0 / 32768);
    }
    const tt_scale_t one = tt_scale_of(1), almost = tt_scale_of(nextafter(1, 0));
    assert_true(ldexp((double)one.mant, one.shift - 24) == 1.0);
    assert_true(ldexp((double)almost.mant, almost.shift - 24) == 1.0);
    /* The smallest shift is -128, and the compiler takes 1 more of it for binary results. */
    const tt_scale_t least = tt_scale_of(ldexp(0.5, -136)), below = tt_scale_of(ldexp(0.49, -136));
    assert_int_equal(least.mant, 16384);
    assert_int_equal(least.shift, -127);
    assert_int_equal(below.mant, 0);
    assert_int_equal(below.shift, 0);
    assert_int_equal(tt_scale_of(0).mant, 0);
    assert_int_equal(tt_scale_of(5e-324).mant, 0);
}

static void test_quantizers(void **state) {
    (void)state;
    const float in[8] = {-1, -0.5f, -0.49f, -0.0f, 0, 0.49f, 0.5f, 1};
    const int8_t ternary[8] = {-1, -1, 0, 0, 0, 0, 1, 1}, binary[8] = {-1, -1, -1, 1, 1, 1, 1, 1};
    int8_t out[8];
    tt_quantize_ternary(out, in, 8);
    assert_memory_equal(out, ternary, 8);
    tt_quantize_binary(out, in, 8);
    assert_memory_equal(out, binary, 8);
    const int32_t zero[1] = {0}, edge[2] = {15, -16}, above[2] = {0, -17}, one[1] = {1};
    assert_int_equal(tt_exponent_of(zero, 1), 1);
    assert_int_equal(tt_exponent_of(one, 1), 1);
    assert_int_equal(tt_exponent_of(edge, 2), 4);
    assert_int_equal(tt_exponent_of(above, 2), 5);
    int32_t whole[5];
    const float reals[5] = {1.25f, -1.25f, 1e9f, -1e9f, NAN};
    tt_to_int32(whole, reals, 5, 4, 100);
    assert_int_equal(whole[0], 5);
    assert_int_equal(whole[1], -5);
    assert_int_equal(whole[2], 100);
    assert_int_equal(whole[3], -100);
    assert_int_equal(whole[4], 0);
    int8_t table[256];
    tt_pixel_table(table, 0.5, 0.25, 13);
    assert_int_equal(table[0], -8);
    assert_int_equal(table[255], 8);
    for (int i = 0; i < 256; i++) {
        assert_int_equal(table[i], (int)round((i / 255.0 - 0.5) / 0.25 * 4));
    }
}

static void test_rng(void **state) {
    (void)state;
    tt_rng_t a, b, c;
    uint32_t order[1000], seen[1000] = {0}, histogram[6] = {0};
    const tt_rng_t known = {
        {1, 2, 3, 4}}; /* first outputs of xoshiro256** from this state, worked out by hand */
    a = known;
    assert_true(tt_rng_next(&a) == 11520);
    assert_true(tt_rng_next(&a) == 0);
    assert_true(tt_rng_next(&a) == 1509978240);
    tt_rng_seed(&a, 5, 1);
    tt_rng_seed(&b, 5, 1);
    tt_rng_seed(&c, 5, 2);
    assert_true(tt_rng_next(&a) == tt_rng_next(&b));
    assert_true(tt_rng_next(&a) != tt_rng_next(&c));
    tt_rng_permutation(&a, order, 1000);
    for (size_t i = 0; i < 1000; i++) {
        assert_in_range(order[i], 0, 999);
        seen[order[i]]++;
    }
    for (size_t i = 0; i < 1000; i++) {
        assert_int_equal(seen[i], 1);
    }
    for (int i = 0; i < 60000; i++) {
        histogram[tt_rng_below(&a, 6)]++;
    }
    for (int i = 0; i < 6; i++) { /* deviation 91; 5 of them */
        assert_in_range(histogram[i], 10000 - 457, 10000 + 457);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses),     cmocka_unit_test(test_count_correct),
        cmocka_unit_test(test_batchnorm),  cmocka_unit_test(test_batchnorm_infer),
        cmocka_unit_test(test_optimizers), cmocka_unit_test(test_scale_of),
        cmocka_unit_test(test_quantizers), cmocka_unit_test(test_rng),
    };
    return cmocka_run_group_tests_name("nn", tests, seed, NULL);
}
