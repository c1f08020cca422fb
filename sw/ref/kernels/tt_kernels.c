/* SPDX-License-Identifier: Apache-2.0
 * Which sets of kernels this processor has. */
#include "tt_kernels.h"

#include <stdbool.h>
#include <string.h>

#define FRACTION_BITS 24
#define NARROW_UNITS 125 /* 32 bits hold 127 and a fraction */

const tt_kernels_t *tt_kernels_at(unsigned index) {
    const tt_kernels_t *sets[4] = {0};
    unsigned n = 0;
#ifdef TT_KERNELS_X86
    if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni") &&
        __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("gfni"))
        sets[n++] = &tt_kernels_avx512;
    if (__builtin_cpu_supports("avx2"))
        sets[n++] = &tt_kernels_avx2;
#endif
    sets[n++] = &tt_kernels_scalar;
    return index < n ? sets[index] : NULL;
}

const tt_kernels_t *tt_kernels_find(const char *name) {
    const tt_kernels_t *set = tt_kernels_at(0);
    if (name == NULL || name[0] == '\0')
        return set;
    for (unsigned i = 0; set != NULL && strcmp(set->name, name) != 0; i++)
        set = tt_kernels_at(i + 1u);
    return set;
}

tt_ref_block_encode_t *tt_ref_block_encode(void) { return tt_kernels_at(0)->encode; }

void tt_block_round_prepare(tt_block_round_t *prepared, const tt_ref_round_t *round, int32_t old_limit) {
    const int32_t shift = round->shift - round->exp;
    /* From a shift of 33 on, anything but 0 saturates; from -62 on, only the sign is left of 40 bits. */
    prepared->left = shift <= 0 ? 0u : shift > 33 ? 33u : (unsigned)shift;
    prepared->right = shift >= 0 ? 0u : shift < -62 ? 62u : (unsigned)-shift;
    prepared->limit = ((INT64_C(1) << 32) >> prepared->left) + 1;
    prepared->mant = round->mant;
    prepared->offset = round->binary && !round->has_old ? INT64_C(1) << (FRACTION_BITS - 1) : 0;
    prepared->mode = round->mode;
    prepared->lo = round->lo;
    prepared->hi = round->hi;
    /* A scale of 124 units and more, however large, moves any old value beyond lo or hi, if those are not more than 123 units away. */
    const int32_t bound = round->hi > -round->lo ? round->hi : -round->lo;
    const bool narrow = old_limit + bound <= NARROW_UNITS - 2 && prepared->left <= FRACTION_BITS;
    prepared->narrow_limit = narrow ? (NARROW_UNITS << FRACTION_BITS) >> prepared->left : 0;
}
