/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_optimizer.h"

#include <math.h>

#define ADAM_EPSILON 1e-8f

void tt_sgd_step(float *step, float *velocity, const float *gradient, size_t count, double rate,
                 double momentum) {
    const float keep = (float)momentum, scale = (float)-rate;
    for (size_t i = 0; i < count; i++) {
        velocity[i] = keep * velocity[i] + gradient[i];
        step[i] = scale * velocity[i];
    }
}

void tt_adam_step(float *step, float *mean, float *square, const float *gradient, size_t count, double rate,
                  double beta1, double beta2, uint64_t t) {
    const float b1 = (float)beta1, b2 = (float)beta2;
    const float scale = (float)(-rate / (1 - pow(beta1, (double)t)));
    const float correct = (float)(1 / sqrt(1 - pow(beta2, (double)t)));
    for (size_t i = 0; i < count; i++) {
        const float g = gradient[i];
        mean[i] = b1 * mean[i] + (1.0f - b1) * g;
        square[i] = b2 * square[i] + (1.0f - b2) * g * g;
        step[i] = scale * mean[i] / (sqrtf(square[i]) * correct + ADAM_EPSILON);
    }
}

double tt_rate_at(double rate, double decay, uint32_t epoch) {
    for (uint32_t i = 0; i < epoch; i++) {
        rate *= decay;
    }
    return rate;
}
