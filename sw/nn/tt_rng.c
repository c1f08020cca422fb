/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_rng.h"

static uint64_t splitmix64(uint64_t *state) {
    uint64_t z = *state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static uint64_t rotate(uint64_t x, unsigned by) { return x << by | x >> (64 - by); }

void tt_rng_seed(tt_rng_t *rng, uint64_t seed, uint64_t stream) {
    uint64_t mix = stream;
    uint64_t state = seed ^ splitmix64(&mix);
    for (unsigned i = 0; i < 4; i++) {
        rng->s[i] = splitmix64(&state);
    }
}

uint64_t tt_rng_next(tt_rng_t *rng) {
    uint64_t *const s = rng->s;
    const uint64_t result = rotate(s[1] * 5, 7) * 9;
    const uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return result;
}

uint32_t tt_rng_below(tt_rng_t *rng, uint32_t limit) {
    const uint32_t reject =
        (uint32_t)(-limit) % limit; /* the first 2^32 mod limit values would favour some results */
    for (;;) {
        const uint64_t product = (tt_rng_next(rng) >> 32) * limit;
        if ((uint32_t)product >= reject) {
            return (uint32_t)(product >> 32);
        }
    }
}

double tt_rng_uniform(tt_rng_t *rng) { return (double)(tt_rng_next(rng) >> 11) * 0x1p-53; }

void tt_rng_permutation(tt_rng_t *rng, uint32_t *order, size_t count) {
    for (size_t i = 0; i < count; i++) {
        order[i] = (uint32_t)i;
    }
    for (size_t i = count; i > 1; i--) {
        const uint32_t j = tt_rng_below(rng, (uint32_t)i);
        const uint32_t swap = order[i - 1];
        order[i - 1] = order[j];
        order[j] = swap;
    }
}
