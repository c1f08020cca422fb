/* SPDX-License-Identifier: Apache-2.0
 * Host random numbers (shuffling, initial weights): xoshiro256**, seeded by splitmix64. The device's LFSRs are elsewhere. */
#ifndef TT_RNG_H
#define TT_RNG_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    uint64_t s[4];
} tt_rng_t;

/* Streams of one seed are independent. */
void tt_rng_seed(tt_rng_t *rng, uint64_t seed, uint64_t stream);
uint64_t tt_rng_next(tt_rng_t *rng);
uint32_t tt_rng_below(tt_rng_t *rng, uint32_t limit);                  /* uniform in 0..limit-1, limit >= 1 */
double tt_rng_uniform(tt_rng_t *rng);                                  /* [0, 1), multiples of 2^-53 */
void tt_rng_permutation(tt_rng_t *rng, uint32_t *order, size_t count); /* a uniform order of 0..count-1 */

#endif
