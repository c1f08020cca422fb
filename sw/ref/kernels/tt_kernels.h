/* SPDX-License-Identifier: Apache-2.0
 * The arithmetic of the functional machine on many elements at once: what tt_machine.c spends its time in, written once in plain C
 * and again for the vector units of x86. Same results as the units of tt_ref.h; private to sw/ref. */
#ifndef TT_KERNELS_H
#define TT_KERNELS_H

#include "tt_ref.h"

/* A beat in memory. */
static inline uint64_t load64(const uint8_t *p) {
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

/* Written out, so that compilers make one store of it. */
static inline void store64(uint8_t *p, uint64_t value) {
    p[0] = (uint8_t)value;
    p[1] = (uint8_t)(value >> 8);
    p[2] = (uint8_t)(value >> 16);
    p[3] = (uint8_t)(value >> 24);
    p[4] = (uint8_t)(value >> 32);
    p[5] = (uint8_t)(value >> 40);
    p[6] = (uint8_t)(value >> 48);
    p[7] = (uint8_t)(value >> 56);
}

/* `blocks` neighbouring blocks of n planes; digit p of block i is plane[p][i]. */
typedef struct {
    const tt_unit_t *plane[TT_PLANES_MAX];
    uint32_t n_planes, radix, blocks;
    uint64_t last_valid; /* elements of the last block that count, the others are 0 */
} tt_stack_t;

/* Values: one byte each, 64 for a block, row-major; a block row of an operand is its blocks one after the other. acc[i] = A * B_i^T
 * for `columns` block rows of B: a sum of digit products by Horner's rule is the product of the values. */
typedef struct {
    const uint8_t *a;         /* signed bytes */
    const uint8_t *b;         /* values + b_limit, so unsigned */
    uint32_t blocks;          /* of a block row */
    uint32_t columns;         /* block rows of B, one after the other */
    int32_t a_limit, b_limit; /* largest values */
    uint32_t unused_bits;     /* sums have 32 - unused_bits bits, two's complement */
} tt_product_t;

/* tt_ref_round_t prepared for blocks. */
typedef struct {
    int64_t mant;
    unsigned left, right; /* one of them is 0 */
    int64_t limit;        /* |acc * mant| beyond this saturates whatever follows */
    int64_t offset;       /* 1/2 of the binary grid */
    tt_round_t mode;
    int32_t lo, hi;
    int32_t
        narrow_limit; /* 0, or: |acc * mant| may be cut to this before the shift, then all sums fit 32 bits */
} tt_block_round_t;

#define TT_TRANSPOSE_ROOM 8u

typedef struct {
    const char *name;
    /* Exchanges rows and columns of n beats, 8 bytes each as in memory. turned has room for a multiple of TT_TRANSPOSE_ROOM beats;
     * what comes after the n is lost. */
    void (*transpose)(uint8_t *turned, const uint8_t *beats, uint32_t n);
    /* Planes to values plus bias, which is 0 or at least the largest value; 64 bytes for each block. */
    void (*expand)(uint8_t *values, const tt_stack_t *stack, int32_t bias);
    /* Values within the planes' range, 64 signed bytes, to the planes of a block. */
    tt_ref_block_encode_t *encode;
    /* 64 sums, row-major, for each block row of B. */
    void (*product)(int32_t *acc, const tt_product_t *product);
    /* The magnitudes of valid sums of a block, or-ed (numerics.md section 5). */
    uint32_t (*magnitude)(const int32_t *acc, uint64_t valid);
    /* q[i] = 0 where |aux[i]| >= limit: the straight-through estimator. */
    void (*cut)(int8_t *q, const int8_t *aux, int32_t limit);
    /* q[i] = 0 where q[i] * aux[i] <= 0: past the target. */
    void (*hold)(int8_t *q, const int8_t *aux);
    /* q[i] = tt_ref_round(acc[i], old[i], rand24[i]) */
    void (*round)(int8_t *q, const int32_t *acc, const int8_t *old, const uint32_t *rand24,
                  const tt_block_round_t *round);
    /* One draw for each of 64 elements in element order, element e from lane e % lanes. */
    void (*draw)(uint32_t *rand24, uint64_t *state, uint32_t lanes);
    /* So many draws of every lane. */
    void (*leap)(uint64_t *state, uint32_t lanes, uint32_t draws);
} tt_kernels_t;

/* All sets that this processor has, the fastest first: NULL from some index on. The last one is the plain one. */
const tt_kernels_t *tt_kernels_at(unsigned index);
/* By name; NULL: this processor has no such set. An empty name, or NULL, is the fastest. */
const tt_kernels_t *tt_kernels_find(const char *name);

/* old_limit: the largest old value. */
void tt_block_round_prepare(tt_block_round_t *prepared, const tt_ref_round_t *round, int32_t old_limit);

/* ---- for the sets ---- */

#if defined(__x86_64__) && defined(__GNUC__)
#define TT_KERNELS_X86 1
extern const tt_kernels_t tt_kernels_avx2, tt_kernels_avx512;
#endif
extern const tt_kernels_t tt_kernels_scalar;

#endif
