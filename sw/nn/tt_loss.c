/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_loss.h"

#include <math.h>

static size_t largest(const float *row, size_t classes) {
    size_t best = 0;
    for (size_t c = 1; c < classes; c++) {
        best = row[c] > row[best] ? c : best;
    }
    return best;
}

double tt_loss_softmax(float *error, const float *logits, const uint8_t *labels, size_t samples,
                       size_t classes) {
    double loss = 0;
    for (size_t i = 0; i < samples; i++) {
        const float *const z = logits + i * classes;
        float *const e = error + i * classes;
        const float top = z[largest(z, classes)];
        double sum = 0;
        for (size_t c = 0; c < classes; c++) {
            e[c] = expf(z[c] - top);
            sum += (double)e[c];
        }
        for (size_t c = 0; c < classes; c++) {
            e[c] = (float)((double)e[c] / sum);
        }
        loss += log(sum) - (double)(z[labels[i]] - top);
        e[labels[i]] -= 1.0f;
    }
    return loss;
}

double tt_loss_hinge(float *error, const float *logits, const uint8_t *labels, size_t samples,
                     size_t classes) {
    double loss = 0;
    for (size_t i = 0; i < samples; i++) {
        for (size_t c = 0; c < classes; c++) {
            const float target = c == labels[i] ? 1.0f : -1.0f;
            const float gap = 1.0f - target * logits[i * classes + c];
            const float short_by = gap > 0.0f ? gap : 0.0f;
            error[i * classes + c] = -2.0f * target * short_by;
            loss += (double)short_by * (double)short_by;
        }
    }
    return loss;
}

size_t tt_count_correct(const float *logits, const uint8_t *labels, size_t samples, size_t classes) {
    size_t correct = 0;
    for (size_t i = 0; i < samples; i++) {
        correct += largest(logits + i * classes, classes) == labels[i];
    }
    return correct;
}
