/* SPDX-License-Identifier: Apache-2.0 */
#include "conv_program.h"

#include <stdlib.h>

#define LIST_CAPACITY 4096u
#define A_ADDR 0x100000u
#define B_ADDR 0x200008u
#define AUX_ADDR 0x300000u
#define ROOM 0xF0000u /* bytes of a tensor */

static int32_t *random_values(plain_rng_t *rng, const tt_tensor_t *t) {
    const size_t n = (size_t)t->rows * t->cols;
    const int32_t limit = plain_limit(t->planes, t->radix);
    int32_t *values = malloc(n * sizeof *values);
    if (values == NULL)
        abort();
    for (size_t i = 0; i < n; i++)
        values[i] = t->maskless ? (plain_below(rng, 2) != 0u ? 1 : -1) : plain_between(rng, -limit, limit);
    return values;
}

static void place(uint8_t *mem, const tt_tensor_t *t, const int32_t *values) {
    const plain_shape_t shape = {t->rows, t->cols, t->planes, t->radix, t->maskless};
    plain_pack((uint64_t *)(void *)(mem + t->addr), &shape, values);
}

static tt_tensor_t random_tensor(plain_rng_t *rng, uint32_t addr, uint32_t rows, uint32_t cols,
                                 uint32_t planes_max, uint32_t radix) {
    tt_tensor_t t = {.addr = addr, .rows = rows, .cols = cols, .radix = radix};
    t.maskless = plain_below(rng, 6) == 0u;
    t.planes = t.maskless ? 1u : 1u + plain_below(rng, planes_max);
    return t;
}

static tt_conv_t random_conv(plain_rng_t *rng) {
    tt_conv_t c = {.batch = 8u * (1u + plain_below(rng, 3)),
                   .height = 1u + plain_below(rng, 9),
                   .width = 1u + plain_below(rng, 9),
                   .in_channels = 8u * (1u + plain_below(rng, 5)),
                   .out_channels = 8u * (1u + plain_below(rng, 5)),
                   .kernel = 1u + plain_below(rng, plain_below(rng, 3) == 0u ? 7 : 3),
                   .stride = 1u + plain_below(rng, 2)};
    c.padding = plain_below(rng, c.kernel < 4u ? c.kernel : 4u);
    return c;
}

static void random_finish(plain_rng_t *rng, tt_finish_t *f, uint32_t rows, uint32_t cols, bool weights) {
    *f = (tt_finish_t){.slot = plain_below(rng, 3) == 0u ? -1 : (int)plain_below(rng, TT_SLOTS)};
    f->slot_observe = f->slot >= 0;
    f->slot_commit = f->slot >= 0 && plain_below(rng, 2) != 0u;
    f->slot_use = f->slot >= 0 && plain_below(rng, 2) != 0u;
    f->out = random_tensor(rng, CONV_OUT_ADDR, rows, cols, 5, 2u + plain_below(rng, 2));
    f->binary = f->out.maskless;
    f->mode = (tt_round_t)plain_below(rng, 3);
    f->mant = plain_between(rng, -32768, 32767);
    f->shift = plain_between(rng, 2, 16);
    f->aux_kind = (tt_aux_t)plain_below(rng, weights ? 2 : 3);
    f->ste_limit = (int32_t)plain_below(rng, 5);
    if (f->aux_kind == TT_AUX_NONE)
        return;
    f->aux = random_tensor(rng, AUX_ADDR, rows, cols, 5, f->out.radix);
    if (weights || (f->binary && f->aux_kind == TT_AUX_OLD))
        f->aux = f->out;
    f->aux.addr = weights ? CONV_OUT_ADDR : AUX_ADDR;
}

/* Shapes of the product's operands and result. */
static void shapes(const tt_conv_t *c, conv_product_kind_t product, uint32_t rows[3], uint32_t cols[3]) {
    const uint32_t all[3][2] = {
        {c->height * c->width * c->batch, c->in_channels},
        {tt_conv_out_height(c) * tt_conv_out_width(c) * c->batch, c->out_channels},
        {c->out_channels, c->kernel * c->kernel * c->in_channels},
    };
    static const unsigned order[CONV_PRODUCTS][3] = {{0, 2, 1}, {1, 2, 0}, {0, 1, 2}};
    for (unsigned i = 0; i < 3u; i++) {
        rows[i] = all[order[product][i]][0];
        cols[i] = all[order[product][i]][1];
    }
}

tt_status_t conv_product_build(tt_prog_t *prog, conv_product_kind_t product, const tt_conv_t *conv,
                               const tt_operand_t *a, const tt_operand_t *b, const tt_finish_t *finish) {
    static tt_status_t (*const build[CONV_PRODUCTS])(tt_prog_t *, const tt_conv_t *, const tt_operand_t *,
                                                     const tt_operand_t *, const tt_finish_t *) = {
        tt_prog_conv_forward, tt_prog_conv_input_gradient, tt_prog_conv_weight_gradient};
    return build[product](prog, conv, a, b, finish);
}

tt_status_t conv_program_build(conv_program_t *p, const tt_config_t *config, uint8_t *mem) {
    tt_prog_init(&p->prog, config, (uint64_t *)(void *)(mem + CONV_LIST_ADDR), LIST_CAPACITY);
    if (tt_prog_state_load(&p->prog, CONV_STATE_ADDR) != TT_OK)
        return TT_BAD_ARG;
    const tt_status_t status = conv_product_build(&p->prog, p->product, &p->conv, &p->a, &p->b, &p->finish);
    return status == TT_OK ? tt_prog_end(&p->prog) : status;
}

static bool try_random(conv_program_t *p, plain_rng_t *rng, const tt_config_t *config, uint8_t *mem) {
    const uint32_t radix = 2u + plain_below(rng, 2);
    uint32_t rows[3], cols[3];
    p->product = (conv_product_kind_t)plain_below(rng, CONV_PRODUCTS);
    p->conv = random_conv(rng);
    if (tt_conv_out_height(&p->conv) == 0u || tt_conv_out_width(&p->conv) == 0u)
        return false;
    shapes(&p->conv, p->product, rows, cols);
    p->a = (tt_operand_t){.tensor = random_tensor(rng, A_ADDR, rows[0], cols[0], 5, radix)};
    p->b = (tt_operand_t){.tensor = random_tensor(rng, B_ADDR, rows[1], cols[1], 5, radix)};
    random_finish(rng, &p->finish, rows[2], cols[2], p->product == CONV_WEIGHT_GRADIENT);
    if (tt_tensor_bytes(&p->a.tensor) > ROOM || tt_tensor_bytes(&p->b.tensor) > ROOM ||
        tt_tensor_bytes(&p->finish.out) > ROOM)
        return false;
    return conv_program_build(p, config, mem) == TT_OK;
}

static void fill(conv_program_t *p, plain_rng_t *rng, const tt_config_t *config, uint8_t *mem) {
    p->a_values = random_values(rng, &p->a.tensor);
    p->b_values = random_values(rng, &p->b.tensor);
    place(mem, &p->a.tensor, p->a_values);
    place(mem, &p->b.tensor, p->b_values);
    if (p->finish.aux_kind != TT_AUX_NONE) {
        p->aux = random_values(rng, &p->finish.aux);
        place(mem, &p->finish.aux, p->aux);
    }
    uint64_t *state = (uint64_t *)(void *)(mem + CONV_STATE_ADDR);
    for (uint32_t lane = 0; lane < config->lanes; lane++) {
        p->lanes[lane] = (uint64_t)plain_random(rng) << 32 | plain_random(rng);
        *state++ = p->lanes[lane];
    }
    for (uint32_t slot = 0; slot < TT_SLOTS; slot++) {
        p->exps[slot] = plain_below(rng, 24);
        *state++ = (uint64_t)p->exps[slot] << 32;
    }
}

void conv_program_random(conv_program_t *p, plain_rng_t *rng, const tt_config_t *config, uint8_t *mem) {
    *p = (conv_program_t){0};
    do
        memset(mem, 0xC3, CONV_MEM_BYTES);
    while (!try_random(p, rng, config, mem));
    fill(p, rng, config, mem);
}

void conv_program_fixed(conv_program_t *p, plain_rng_t *rng, const tt_config_t *config, uint8_t *mem,
                        conv_product_kind_t product, const tt_conv_t *conv, const uint32_t planes[3]) {
    uint32_t rows[3], cols[3];
    tt_finish_t *f = &p->finish;
    *p = (conv_program_t){.product = product, .conv = *conv};
    memset(mem, 0xC3, CONV_MEM_BYTES);
    shapes(conv, product, rows, cols);
    p->a.tensor = (tt_tensor_t){A_ADDR, rows[0], cols[0], planes[0], 3, false};
    p->b.tensor = (tt_tensor_t){B_ADDR, rows[1], cols[1], planes[1], 3, false};
    *f = (tt_finish_t){.slot = -1, .mode = TT_ROUND_STOCHASTIC, .mant = 20000, .shift = 6};
    f->out = (tt_tensor_t){CONV_OUT_ADDR, rows[2], cols[2], planes[2], 3, false};
    f->aux = f->out;
    f->aux_kind = product == CONV_WEIGHT_GRADIENT ? TT_AUX_OLD : TT_AUX_NONE;
    if (conv_program_build(p, config, mem) != TT_OK)
        abort();
    fill(p, rng, config, mem);
}

void conv_program_free(conv_program_t *p) {
    free(p->a_values);
    free(p->b_values);
    free(p->aux);
}
