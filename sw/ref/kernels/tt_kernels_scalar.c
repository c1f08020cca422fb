/* SPDX-License-Identifier: Apache-2.0
 * The kernels for any processor; the others are compared with these. */
#include "tt_kernels_body.h"

static void transpose(uint8_t *turned, const uint8_t *beats, uint32_t n) { transpose_body(turned, beats, n); }

static void expand(uint8_t *values, const tt_stack_t *stack, int32_t bias) {
    expand_body(values, stack, bias);
}

static void encode(tt_unit_t *units, const int8_t *values, uint32_t planes, uint32_t radix) {
    encode_body(units, values, planes, radix);
}

static void product(int32_t *acc, const tt_product_t *product) { product_body(acc, product); }

static uint32_t magnitude(const int32_t *acc, uint64_t valid) { return magnitude_body(acc, valid); }

static void cut(int8_t *q, const int8_t *aux, int32_t limit) { cut_body(q, aux, limit); }

static void hold(int8_t *q, const int8_t *aux) { hold_body(q, aux); }

static void round_block(int8_t *q, const int32_t *acc, const int8_t *old, const uint32_t *rand24,
                        const tt_block_round_t *round) {
    round_body(q, acc, old, rand24, round);
}

static void draw(uint32_t *rand24, uint64_t *state, uint32_t lanes) { draw_body(rand24, state, lanes); }

static void leap(uint64_t *state, uint32_t lanes, uint32_t draws) { leap_body(state, lanes, draws); }

const tt_kernels_t tt_kernels_scalar = {"scalar", transpose, expand,      encode, product, magnitude,
                                        cut,      hold,      round_block, draw,   leap};
