/* SPDX-License-Identifier: Apache-2.0
 * Kernels of the functional machine on one 8 x 8 block of results: dot products of block-words, random draws, rounding, and the
 * planes of a block to and from values. Same arithmetic as the units of tt_ref.h, many elements at once; private to sw/ref. */
#ifndef TT_BLOCK_H
#define TT_BLOCK_H

#include "tt_ref.h"

#define TT_BLOCK_ELEMENTS 64u
/* A block-word in the machine's operand buffers: 8 mask rows, then 8 sign rows, 8 bytes each, little endian. */
#define TT_BLOCK_WORD_BYTES 128u

/* acc += A * B^T over `words` neighbouring block-words of one plane of each operand. */
typedef struct {
    const uint8_t *a, *b;
    uint32_t words;
    uint64_t word_mask; /* the k low bits */
    uint64_t last_mask; /* the bits of the last word that belong to the contraction */
} tt_block_pass_t;

/* Values of a block-word's digits, one byte each: 8 rows of 64. A block row of `words` block-words has rows of words * 64. */
#define TT_BLOCK_VALUE_BYTES 512u

/* One block row of an operand, all planes, to values. */
typedef struct {
    const uint8_t *planes; /* digit 0 */
    int64_t plane_bytes;   /* from one plane to the next */
    uint32_t n_planes, radix, words;
    uint64_t word_mask, last_mask; /* like tt_block_pass_t */
} tt_block_stack_t;

/* tt_ref_round_t prepared for blocks. */
typedef struct {
    int64_t mant;
    unsigned left, right; /* one of them is 0 */
    int64_t limit;        /* |acc * mant| beyond this saturates whatever follows */
    int64_t offset;       /* 1/2 of the binary grid */
    tt_round_t mode;
    int32_t lo, hi;
} tt_block_round_t;

typedef struct {
    void (*dot)(int32_t *acc, const tt_block_pass_t *pass);
    /* Products of whole values instead of planes: a sum of digit products by Horner's rule is the product of the values. NULL
     * where only dot is there. acc = A * B^T of rows of `bytes` values; flush: how many sums of two products fit 16 bits. */
    void (*expand)(int8_t *values, const tt_block_stack_t *stack);
    void (*product)(int32_t *acc, const int8_t *a, const int8_t *b, uint32_t bytes, uint32_t flush);
    /* q[i] = tt_ref_round(acc[i], old[i], rand24[i]) */
    void (*round)(int32_t *q, const int32_t *acc, const int32_t *old, const uint32_t *rand24,
                  const tt_block_round_t *round);
    /* One draw for each of 64 elements in element order, element e from lane e % lanes. */
    void (*draw)(uint32_t *rand24, uint64_t *state, uint32_t lanes);
} tt_block_ops_t;

/* The fastest kernels that this processor has. */
const tt_block_ops_t *tt_block_ops(void);
/* All sets that this processor has, for tests: NULL from some index on. */
const tt_block_ops_t *tt_block_ops_at(unsigned index);

void tt_block_round_prepare(tt_block_round_t *prepared, const tt_ref_round_t *round);

uint64_t tt_block_transpose(uint64_t beat);

/* Values of a block from its planes: beats[2 * p] is the mask, beats[2 * p + 1] the sign of plane p. */
void tt_block_decode(int32_t *values, const uint64_t *beats, unsigned planes, unsigned radix);
/* And back; every value must be within the planes' range. */
void tt_block_encode(uint64_t *beats, const int32_t *values, unsigned planes, unsigned radix);

static inline uint64_t tt_block_load64(const uint8_t *p) {
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
           (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

static inline void tt_block_store64(uint8_t *p, uint64_t value) {
    for (unsigned i = 0; i < 8u; i++)
        p[i] = (uint8_t)(value >> (8u * i));
}

#endif
