/* SPDX-License-Identifier: Apache-2.0
 * Losses over logits (samples, classes). Each fills error with the derivative of every sample's own loss (not averaged)
 * and returns the sum over the samples. */
#ifndef TT_LOSS_H
#define TT_LOSS_H

#include <stddef.h>
#include <stdint.h>

double tt_loss_softmax(float *error, const float *logits, const uint8_t *labels, size_t samples,
                       size_t classes);
/* Squared hinge, targets +1 for the label's class and -1 for the others. */
double tt_loss_hinge(float *error, const float *logits, const uint8_t *labels, size_t samples,
                     size_t classes);
/* Number of samples whose largest logit is at the label; the first of equal logits counts. */
size_t tt_count_correct(const float *logits, const uint8_t *labels, size_t samples, size_t classes);

#endif
