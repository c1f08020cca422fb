/* SPDX-License-Identifier: Apache-2.0
 * Float batch normalisation over the rows of (samples, width), with running statistics. All arrays are the caller's. */
#ifndef TT_BATCHNORM_H
#define TT_BATCHNORM_H

#include <stddef.h>

typedef struct {
    size_t width;
    float *gamma, *beta;               /* (width), learned */
    float *running_mean, *running_var; /* (width) */
    float *inv_std;                    /* (width), of the last training batch */
} tt_batchnorm_t;

void tt_batchnorm_reset(const tt_batchnorm_t *bn);
/* x becomes (x - mean) / std, which backward needs; y = gamma * x + beta. scratch: 2 * width doubles. */
void tt_batchnorm_train(const tt_batchnorm_t *bn, float *y, float *x, size_t samples, double *scratch);
/* With the running statistics; x is kept. */
void tt_batchnorm_infer(const tt_batchnorm_t *bn, float *y, const float *x, size_t samples);
/* dy becomes dx; d_gamma and d_beta are sums over the samples. normalised: what train left in x. */
void tt_batchnorm_backward(const tt_batchnorm_t *bn, float *dy, float *d_gamma, float *d_beta,
                           const float *normalised, size_t samples, double *scratch);

#endif
