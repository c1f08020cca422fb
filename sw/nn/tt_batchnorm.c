/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_batchnorm.h"

#include <math.h>

#define EPSILON 1e-4
#define KEEP 0.9 /* of the running statistics, per batch */

void tt_batchnorm_reset(const tt_batchnorm_t *bn) {
    for (size_t c = 0; c < bn->width; c++) {
        bn->gamma[c] = 1.0f;
        bn->beta[c] = 0.0f;
        bn->running_mean[c] = 0.0f;
        bn->running_var[c] = 1.0f;
        bn->inv_std[c] = 1.0f;
    }
}

static void clear(double *values, size_t count) {
    for (size_t i = 0; i < count; i++) {
        values[i] = 0;
    }
}

/* mean and variance of each column; sums in row order. */
static void column_moments(double *mean, double *var, const float *x, size_t samples, size_t width) {
    clear(mean, width);
    clear(var, width);
    for (size_t i = 0; i < samples; i++) {
        for (size_t c = 0; c < width; c++) {
            mean[c] += (double)x[i * width + c];
        }
    }
    for (size_t c = 0; c < width; c++) {
        mean[c] /= (double)samples;
    }
    for (size_t i = 0; i < samples; i++) {
        for (size_t c = 0; c < width; c++) {
            const double d = (double)x[i * width + c] - mean[c];
            var[c] += d * d;
        }
    }
    for (size_t c = 0; c < width; c++) {
        var[c] /= (double)samples;
    }
}

void tt_batchnorm_train(const tt_batchnorm_t *bn, float *y, float *x, size_t samples, double *scratch) {
    const size_t width = bn->width;
    double *const mean = scratch, *const var = scratch + width;
    column_moments(mean, var, x, samples, width);
    for (size_t c = 0; c < width; c++) {
        bn->running_mean[c] = (float)(KEEP * (double)bn->running_mean[c] + (1 - KEEP) * mean[c]);
        bn->running_var[c] = (float)(KEEP * (double)bn->running_var[c] + (1 - KEEP) * var[c]);
        bn->inv_std[c] = (float)(1.0 / sqrt(var[c] + EPSILON));
    }
    for (size_t i = 0; i < samples; i++) {
        for (size_t c = 0; c < width; c++) {
            const size_t at = i * width + c;
            x[at] = (x[at] - (float)mean[c]) * bn->inv_std[c];
            y[at] = bn->gamma[c] * x[at] + bn->beta[c];
        }
    }
}

void tt_batchnorm_infer(const tt_batchnorm_t *bn, float *y, const float *x, size_t samples) {
    for (size_t i = 0; i < samples; i++) {
        for (size_t c = 0; c < bn->width; c++) {
            const size_t at = i * bn->width + c;
            const float inv = (float)(1.0 / sqrt((double)bn->running_var[c] + EPSILON));
            y[at] = bn->gamma[c] * ((x[at] - bn->running_mean[c]) * inv) + bn->beta[c];
        }
    }
}

void tt_batchnorm_backward(const tt_batchnorm_t *bn, float *dy, float *d_gamma, float *d_beta,
                           const float *normalised, size_t samples, double *scratch) {
    const size_t width = bn->width;
    double *const sum = scratch, *const dot = scratch + width;
    clear(sum, 2 * width);
    for (size_t i = 0; i < samples; i++) {
        for (size_t c = 0; c < width; c++) {
            const size_t at = i * width + c;
            sum[c] += (double)dy[at];
            dot[c] += (double)dy[at] * (double)normalised[at];
        }
    }
    for (size_t c = 0; c < width; c++) {
        d_gamma[c] = (float)dot[c];
        d_beta[c] = (float)sum[c];
        sum[c] /= (double)samples;
        dot[c] /= (double)samples;
    }
    for (size_t i = 0; i < samples; i++) {
        for (size_t c = 0; c < width; c++) {
            const size_t at = i * width + c;
            dy[at] =
                bn->gamma[c] * bn->inv_std[c] * (dy[at] - (float)sum[c] - normalised[at] * (float)dot[c]);
        }
    }
}
