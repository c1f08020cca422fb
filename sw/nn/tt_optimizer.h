/* SPDX-License-Identifier: Apache-2.0
 * Optimisers with state on the host. Each writes the step that is to be added to the parameters; arrays are the caller's. */
#ifndef TT_OPTIMIZER_H
#define TT_OPTIMIZER_H

#include <stddef.h>
#include <stdint.h>

/* velocity = momentum * velocity + gradient; step = -rate * velocity. */
void tt_sgd_step(float *step, float *velocity, const float *gradient, size_t count, double rate,
                 double momentum);

/* Adam (Kingma and Ba) with bias correction; t counts from 1. mean and square hold the moments. */
void tt_adam_step(float *step, float *mean, float *square, const float *gradient, size_t count, double rate,
                  double beta1, double beta2, uint64_t t);

/* Learning rate of an epoch: rate * decay^epoch, by repeated multiplication. */
double tt_rate_at(double rate, double decay, uint32_t epoch);

#endif
