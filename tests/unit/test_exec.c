/* SPDX-License-Identifier: Apache-2.0
 * Programs made by the builder, run on the functional machine, against triple loops over plain integers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "plain_model.h"
#include "tt_exec.h"
#include "tt_isa.h"

#define MEM_BYTES (1u << 21)
#define LIST_ADDR 0u
#define LIST_CAPACITY 1024u
#define A_ADDR 0x21000u
#define B_ADDR 0x70008u
#define AUX_ADDR 0xC0000u
#define OUT_ADDR 0x100010u
#define STATE_ADDR 0x1F8000u
#define STATE_OUT_ADDR 0x1FA000u
#define IDENTITY_ADDR 0x1FC000u
#define GUARD 0xC3

static const tt_config_t configs[] = {
    {8, 8, 64, 16, 24, 512, 512, 5, 0, 0},
    {2, 4, 32, 2, 16, 64, 128, 3, 1, 0},
    {2, 2, 32, 2, 24, 64, 64, 3, 1, 0},
    {4, 8, 16, 8, 24, 128, 128, 5, 0, 0},
};
#define N_CONFIGS (sizeof configs / sizeof configs[0])

typedef struct {
    tt_config_t config;
    plain_rng_t rng;
    uint8_t *mem, *expected;
    void *machine_storage;
    tt_ref_machine_t *machine;
    uint64_t lanes[TT_LANES_MAX];
    uint32_t exps[TT_SLOTS], mags[TT_SLOTS];
    tt_prog_t prog;
} bench_t;

static void *allocate(size_t size) {
    void *p = malloc(size);
    if (p == NULL)
        abort();
    return p;
}

static void bench_open(bench_t *b, const tt_config_t *config, uint64_t seed) {
    b->config = *config;
    b->rng.state = seed;
    b->mem = allocate(MEM_BYTES);
    b->expected = allocate(MEM_BYTES);
    b->machine_storage = allocate(tt_ref_machine_size(config));
    b->machine = tt_ref_machine_init(b->machine_storage, config);
}

static void bench_close(bench_t *b) {
    free(b->mem);
    free(b->expected);
    free(b->machine_storage);
}

/* Fresh memory, random LFSR states and slots that the list's first instruction loads. */
static void bench_begin(bench_t *b) {
    memset(b->mem, GUARD, MEM_BYTES);
    uint64_t *state = (uint64_t *)(void *)(b->mem + STATE_ADDR);
    for (uint32_t lane = 0; lane < b->config.lanes; lane++) {
        b->lanes[lane] = (uint64_t)plain_random(&b->rng) << 32 | plain_random(&b->rng);
        *state++ = b->lanes[lane];
    }
    for (uint32_t slot = 0; slot < TT_SLOTS; slot++) {
        b->exps[slot] = plain_below(&b->rng, 24);
        b->mags[slot] = 0;
        *state++ = (uint64_t)b->exps[slot] << 32;
    }
    tt_prog_init(&b->prog, &b->config, (uint64_t *)(void *)(b->mem + LIST_ADDR), LIST_CAPACITY);
    assert_int_equal(tt_prog_state_load(&b->prog, STATE_ADDR), TT_OK);
}

/* What compact configurations lack must be 0, and their counts have 10 bits (docs/isa.md section 3). */
static void expect_compact(const uint64_t *list, uint32_t count) {
    static const unsigned missing[][4] = {
        {TT_OP_LOAD, TT_F_LOAD_L2_LAST},
        {TT_OP_LOAD, TT_F_LOAD_L2_JUMP},
        {TT_OP_LOAD, TT_F_LOAD_L2_BUF},
        {TT_OP_LOAD, TT_F_LOAD_L3_LAST},
        {TT_OP_LOAD, TT_F_LOAD_L3_JUMP},
        {TT_OP_LOAD, TT_F_LOAD_L3_BUF},
        {TT_OP_LOAD, TT_F_LOAD_L1_Y},
        {TT_OP_LOAD, TT_F_LOAD_L1_X},
        {TT_OP_LOAD, TT_F_LOAD_L4_Y},
        {TT_OP_LOAD, TT_F_LOAD_L4_X},
        {TT_OP_LOAD, TT_F_LOAD_Y0},
        {TT_OP_LOAD, TT_F_LOAD_X0},
        {TT_OP_LOAD, TT_F_LOAD_Y_LIMIT},
        {TT_OP_LOAD, TT_F_LOAD_X_LIMIT},
        {TT_OP_EXEC, TT_F_EXEC_L1_LAST},
        {TT_OP_EXEC, TT_F_EXEC_L1_A_JUMP},
        {TT_OP_EXEC, TT_F_EXEC_L1_B_JUMP},
        {TT_OP_FINISH, TT_F_FIN_L1_LAST},
        {TT_OP_FINISH, TT_F_FIN_L1_DST_JUMP},
        {TT_OP_FINISH, TT_F_FIN_L1_AUX_JUMP},
        {TT_OP_ELEMENTWISE, TT_F_FIN_L1_LAST},
        {TT_OP_ELEMENTWISE, TT_F_FIN_L1_DST_JUMP},
        {TT_OP_ELEMENTWISE, TT_F_FIN_L1_AUX_JUMP},
        {TT_OP_FINISH, TT_F_FIN_L0_DST_JUMP},
        {TT_OP_FINISH, TT_F_FIN_L0_AUX_JUMP},
        {TT_OP_ELEMENTWISE, TT_F_FIN_L0_DST_JUMP},
        {TT_OP_ELEMENTWISE, TT_F_FIN_L0_AUX_JUMP},
    };
    static const unsigned counts[][4] = {
        {TT_OP_LOAD, TT_F_LOAD_RUN_LAST},      {TT_OP_LOAD, TT_F_LOAD_L1_LAST},
        {TT_OP_LOAD, TT_F_LOAD_L4_LAST},       {TT_OP_LOAD, TT_F_LOAD_POP_A},
        {TT_OP_EXEC, TT_F_EXEC_A_RING_LAST},   {TT_OP_EXEC, TT_F_EXEC_CHUNKS_LAST},
        {TT_OP_EXEC, TT_F_EXEC_DEPTH_LAST},    {TT_OP_EXEC, TT_F_EXEC_L0_LAST},
        {TT_OP_FINISH, TT_F_FIN_L2_LAST},      {TT_OP_FINISH, TT_F_FIN_L0_LAST},
        {TT_OP_ELEMENTWISE, TT_F_FIN_L2_LAST}, {TT_OP_ELEMENTWISE, TT_F_FIN_L0_LAST},
    };
    for (uint32_t i = 0; i < count; i++, list += TT_ISA_WORDS) {
        const uint64_t opcode = tt_field_get(list, TT_F_OPCODE);
        for (size_t f = 0; f < sizeof missing / sizeof missing[0]; f++)
            if (opcode == missing[f][0])
                assert_int_equal(tt_field_get(list, missing[f][1], missing[f][2], missing[f][3]), 0);
        for (size_t f = 0; f < sizeof counts / sizeof counts[0]; f++)
            if (opcode == counts[f][0])
                assert_true(tt_field_get(list, counts[f][1], counts[f][2], counts[f][3]) < 1024u);
    }
}

static void bench_run(bench_t *b) {
    uint32_t index = 0;
    assert_int_equal(tt_prog_state_store(&b->prog, STATE_OUT_ADDR), TT_OK);
    assert_int_equal(tt_prog_end(&b->prog), TT_OK);
    if (b->config.compact != 0u)
        expect_compact(b->prog.words, b->prog.count);
    memcpy(b->expected, b->mem, MEM_BYTES);
    const tt_dev_err_t error =
        tt_ref_machine_run(b->machine, b->mem, MEM_BYTES, LIST_ADDR, b->prog.count, 1, &index);
    if (error != TT_DEV_ERR_NONE)
        print_message("error %d at instruction %u of %u\n", (int)error, index, b->prog.count);
    assert_int_equal(error, TT_DEV_ERR_NONE);
}

/* Sums are kept with their padding: whole blocks. */
static uint32_t padded(uint32_t elements) { return 8u * plain_blocks(elements); }

static int32_t *allocate_sums(uint32_t rows, uint32_t cols) {
    return allocate((size_t)padded(rows) * padded(cols) * sizeof(int32_t));
}

/* The whole memory, and with it everything that must not have been touched. */
static void bench_compare(bench_t *b) {
    uint64_t *state = (uint64_t *)(void *)(b->expected + STATE_OUT_ADDR);
    for (uint32_t lane = 0; lane < b->config.lanes; lane++)
        *state++ = b->lanes[lane];
    for (uint32_t slot = 0; slot < TT_SLOTS; slot++)
        *state++ = b->mags[slot] | (uint64_t)b->exps[slot] << 32;
    for (size_t i = 0; i < MEM_BYTES; i++)
        if (b->mem[i] != b->expected[i]) {
            print_message("memory differs at %#zx: %02x, expected %02x\n", i, b->mem[i], b->expected[i]);
            fail();
        }
}

static plain_shape_t shape_of(const tt_tensor_t *t) {
    return (plain_shape_t){t->rows, t->cols, t->planes, t->radix, t->maskless};
}

static void place_tensor(uint8_t *mem, const tt_tensor_t *t, const int32_t *values) {
    const plain_shape_t shape = shape_of(t);
    plain_pack((uint64_t *)(void *)(mem + t->addr), &shape, values);
}

static int32_t *random_values(bench_t *b, const tt_tensor_t *t) {
    const size_t n = (size_t)t->rows * t->cols;
    const int32_t limit = plain_limit(t->planes, t->radix);
    int32_t *values = allocate(n * sizeof *values);
    for (size_t i = 0; i < n; i++)
        values[i] =
            t->maskless ? (plain_below(&b->rng, 2) != 0u ? 1 : -1) : plain_between(&b->rng, -limit, limit);
    return values;
}

static tt_tensor_t random_tensor(bench_t *b, uint32_t addr, uint32_t rows, uint32_t cols, bool transpose,
                                 uint32_t max_planes, uint32_t radix) {
    tt_tensor_t t = {
        .addr = addr, .rows = transpose ? cols : rows, .cols = transpose ? rows : cols, .radix = radix};
    t.maskless = plain_below(&b->rng, 6) == 0u;
    t.planes = t.maskless ? 1u : 1u + plain_below(&b->rng, max_planes);
    return t;
}

/* Element (r, c) of the operand as it is used; padding is 0, or +1 in a maskless tensor, whose masks read as 1. */
static int32_t at(const int32_t *values, const tt_tensor_t *t, bool transpose, uint32_t r, uint32_t c) {
    if (r >= (transpose ? t->cols : t->rows) || c >= (transpose ? t->rows : t->cols))
        return t->maskless ? 1 : 0;
    return transpose ? values[(size_t)c * t->cols + r] : values[(size_t)r * t->cols + c];
}

static void random_finish(bench_t *b, tt_finish_t *f, uint32_t rows, uint32_t cols) {
    memset(f, 0, sizeof *f);
    f->slot = plain_below(&b->rng, 3) == 0u ? -1 : (int)plain_below(&b->rng, TT_SLOTS);
    f->slot_observe = f->slot >= 0 && plain_below(&b->rng, 2) != 0u;
    f->slot_commit = f->slot >= 0 && plain_below(&b->rng, 2) != 0u;
    f->write_off = plain_below(&b->rng, 12) == 0u;
    f->to_int32 = plain_below(&b->rng, 4) == 0u;
    if (f->to_int32) {
        f->int32_addr = OUT_ADDR;
        return;
    }
    f->slot_use = f->slot >= 0 && plain_below(&b->rng, 2) != 0u;
    f->out_transpose = b->config.compact == 0u && plain_below(&b->rng, 2) != 0u;
    f->binary = plain_below(&b->rng, 4) == 0u;
    f->out = random_tensor(b, OUT_ADDR, rows, cols, f->out_transpose, b->config.planes_max,
                           2u + plain_below(&b->rng, 2));
    f->out.maskless = f->binary && plain_below(&b->rng, 2) != 0u;
    f->out.planes = f->binary ? 1u : f->out.planes;
    f->mode = (tt_round_t)plain_below(&b->rng, 3);
    f->mant = plain_between(&b->rng, -32768, 32767);
    f->shift = plain_between(&b->rng, -4, 26);
    if (plain_below(&b->rng, 8) == 0u)
        f->shift = plain_between(&b->rng, -127, 127);
    if (plain_below(&b->rng, 2) != 0u) {
        f->hi = plain_between(&b->rng, 0, tt_tensor_limit(&f->out));
        f->lo = -plain_between(&b->rng, 0, tt_tensor_limit(&f->out));
    }
    f->aux_kind = (tt_aux_t)plain_below(&b->rng, f->binary ? 3 : 4);
    if (b->config.compact == 0u && f->out.planes == 1u && plain_below(&b->rng, 2) != 0u)
        f->aux_kind = TT_AUX_MASTER;
    f->master_addr = AUX_ADDR;
    if (f->aux_kind == TT_AUX_NONE || f->aux_kind == TT_AUX_MASTER)
        return;
    f->aux_transpose = b->config.compact == 0u && plain_below(&b->rng, 2) != 0u;
    f->aux = random_tensor(b, AUX_ADDR, rows, cols, f->aux_transpose, b->config.planes_max,
                           2u + plain_below(&b->rng, 2));
    if (f->binary && f->aux_kind == TT_AUX_OLD) {
        f->aux.planes = 1;
        f->aux.maskless = true;
    }
    f->ste_limit = (int32_t)plain_below(&b->rng, 5);
}

static uint32_t element_in_block(const tt_config_t *config, uint32_t r, uint32_t c) {
    uint32_t e = 0; /* counted, not computed */
    for (uint32_t sm = 0; sm < 8u; sm += config->m)
        for (uint32_t sn = 0; sn < 8u; sn += config->n)
            for (uint32_t i = 0; i < config->m; i++)
                for (uint32_t j = 0; j < config->n; j++, e++)
                    if (sm + i == r && sn + j == c)
                        return e;
    return e;
}

static void expect_int32(bench_t *b, uint32_t addr, uint32_t rows, uint32_t cols, const int32_t *acc) {
    for (uint32_t r = 0; r < padded(rows); r++)
        for (uint32_t c = 0; c < padded(cols); c++) {
            const size_t block = (size_t)(r / 8u) * plain_blocks(cols) + c / 8u;
            const uint32_t e = element_in_block(&b->config, r % 8u, c % 8u);
            memcpy(b->expected + addr + 256u * block + 4u * e, acc + (size_t)r * padded(cols) + c, 4u);
        }
}

/* Master weights of the whole result, padding 0. */
static void place_masters(const bench_t *b, uint8_t *at, uint32_t rows, uint32_t cols,
                          const int32_t *values) {
    memset(at, 0, (size_t)2 * padded(rows) * padded(cols));
    for (uint32_t r = 0; r < rows; r++)
        for (uint32_t c = 0; c < cols; c++) {
            const size_t block = (size_t)(r / 8u) * plain_blocks(cols) + c / 8u;
            const int16_t value = (int16_t)values[(size_t)r * cols + c];
            memcpy(at + 128u * block + 2u * element_in_block(&b->config, r % 8u, c % 8u), &value, 2u);
        }
}

/* What the result's auxiliary tensor holds, placed; NULL if it has none. */
static int32_t *random_aux(bench_t *b, const tt_finish_t *f, uint32_t rows, uint32_t cols) {
    if (f->to_int32 || f->aux_kind == TT_AUX_NONE)
        return NULL;
    if (f->aux_kind != TT_AUX_MASTER) {
        int32_t *values = random_values(b, &f->aux);
        place_tensor(b->mem, &f->aux, values);
        return values;
    }
    const size_t n = (size_t)rows * cols;
    int32_t *values = allocate(n * sizeof *values);
    int16_t *narrow = allocate(n * sizeof *narrow);
    int16_t *back = allocate(n * sizeof *back);
    for (size_t i = 0; i < n; i++) {
        values[i] = plain_between(&b->rng, -16384, 16384) / (1 << plain_below(&b->rng, 15));
        narrow[i] = (int16_t)values[i];
    }
    uint64_t *at_masters = (uint64_t *)(void *)(b->mem + f->master_addr);
    place_masters(b, b->expected + f->master_addr, rows, cols, values);
    tt_master_pack(at_masters, &b->config, rows, cols, narrow);
    assert_memory_equal(at_masters, b->expected + f->master_addr, tt_master_bytes(rows, cols));
    tt_master_unpack(back, &b->config, rows, cols, at_masters);
    assert_memory_equal(back, narrow, n * sizeof *back);
    free(narrow);
    free(back);
    return values;
}

typedef struct {
    const tt_finish_t *f;
    plain_round_t round;
    int32_t *aux; /* master weights are moved */
    uint32_t cols;
    int32_t *out; /* like f->out */
} finisher_t;

/* One element in draw order. */
static void finish_element(bench_t *b, const finisher_t *x, int32_t acc, uint32_t r, uint32_t c,
                           uint32_t lane) {
    const tt_finish_t *f = x->f;
    if (f->slot_observe)
        b->mags[f->slot] |= (uint32_t)(acc < 0 ? ~acc : acc);
    if (f->to_int32)
        return;
    const uint32_t rand24 = f->mode == TT_ROUND_STOCHASTIC ? plain_draw(&b->lanes[lane]) : 0u;
    int32_t *const place =
        x->out + (f->out_transpose ? (size_t)c * f->out.cols + r : (size_t)r * f->out.cols + c);
    if (f->aux_kind == TT_AUX_MASTER) {
        int32_t *master = x->aux + (size_t)r * x->cols + c;
        *master = plain_master(acc, *master, rand24, &x->round);
        *place = plain_master_trit(*master, f->binary);
        return;
    }
    const int32_t aux = f->aux_kind == TT_AUX_NONE ? 0 : at(x->aux, &f->aux, f->aux_transpose, r, c);
    const bool starts = f->aux_kind == TT_AUX_OLD || f->aux_kind == TT_AUX_TARGET;
    const int32_t old = !starts ? 0 : f->binary ? (aux == 1) : aux;
    int32_t q = plain_round(acc, old, rand24, &x->round);
    if (f->aux_kind == TT_AUX_STE && abs(aux) >= f->ste_limit)
        q = 0;
    if (f->aux_kind == TT_AUX_TARGET)
        q = plain_hold(q, acc, aux, &x->round);
    q = f->binary ? 2 * q - 1 : q;
    *place = q;
}

/* Block columns [first, first + count) of the result, block rows outermost, tiles and elements inside; turned: of the product with its
 * operands exchanged, so that rows and columns are too. */
static void finish_panel(bench_t *b, const finisher_t *x, const int32_t *acc, uint32_t rows, uint32_t cols,
                         bool turned, uint32_t first, uint32_t count) {
    const tt_config_t *g = &b->config;
    for (uint32_t rb = 0; rb < plain_blocks(turned ? cols : rows); rb++)
        for (uint32_t cb = first; cb < first + count; cb++)
            for (uint32_t sm = 0; sm < 8u; sm += g->m)
                for (uint32_t sn = 0; sn < 8u; sn += g->n)
                    for (uint32_t e = 0; e < g->m * g->n; e++) {
                        const uint32_t i = 8u * rb + sm + e / g->n;
                        const uint32_t j = 8u * cb + sn + e % g->n;
                        const uint32_t r = turned ? j : i;
                        const uint32_t c = turned ? i : j;
                        if (r < rows && c < cols)
                            finish_element(b, x, acc[(size_t)r * padded(cols) + c], r, c, e % g->lanes);
                    }
}

/* Replays the finish instructions of the list from `instruction` on: their block columns must add up to the whole result. out
 * receives the values of f->out. */
static void expect_result(bench_t *b, const tt_finish_t *f, int32_t *aux, const int32_t *acc, uint32_t rows,
                          uint32_t cols, uint32_t instruction, int32_t *out) {
    finisher_t x = {.f = f, .aux = aux, .cols = cols, .out = out};
    const bool master = f->aux_kind == TT_AUX_MASTER;
    const int32_t limit = f->to_int32 ? 0 : plain_limit(f->out.planes, f->out.radix);
    const bool full = f->lo == 0 && f->hi == 0;
    x.round = (plain_round_t){.mant = f->mant,
                              .shift = f->shift - (f->binary && !master ? 1 : 0),
                              .exp = f->slot_use ? (int32_t)b->exps[f->slot] : 0,
                              .lo = f->binary ? 0
                                    : full    ? -limit
                                              : f->lo,
                              .hi = f->binary ? 1
                                    : full    ? limit
                                              : f->hi,
                              .mode = (int)f->mode,
                              .half = f->binary && f->aux_kind != TT_AUX_OLD};
    uint32_t column = 0;
    bool turned = false;
    for (; instruction < b->prog.count; instruction++) {
        const uint64_t *w = b->prog.words + (size_t)TT_ISA_WORDS * instruction;
        const uint64_t opcode = tt_field_get(w, TT_F_OPCODE);
        if (opcode != TT_OP_FINISH && opcode != TT_OP_ELEMENTWISE)
            continue;
        const uint32_t count =
            (uint32_t)((tt_field_get(w, TT_F_FIN_L0_LAST) + 1u) * (tt_field_get(w, TT_F_FIN_L1_LAST) + 1u));
        turned = !f->to_int32 && tt_field_get(w, TT_F_FIN_OUT_TRANSPOSE) != (f->out_transpose ? 1u : 0u);
        finish_panel(b, &x, acc, rows, cols, turned, column, count);
        column += count;
    }
    assert_int_equal(column, plain_blocks(turned ? rows : cols));
    if (f->slot_commit) {
        uint32_t exp = 1;
        while (b->mags[f->slot] >> exp != 0u)
            exp++;
        b->exps[f->slot] = exp;
        b->mags[f->slot] = 0;
    }
    if (!f->write_off && f->to_int32)
        expect_int32(b, f->int32_addr, rows, cols, acc);
    else if (!f->write_off)
        place_tensor(b->expected, &f->out, out);
    if (!f->write_off && !f->to_int32 && master)
        place_masters(b, b->expected + f->master_addr, rows, cols, aux);
}

/* C = A' * B'^T, padding included. */
static void plain_matmul(int32_t *acc, const tt_operand_t *a, const int32_t *va, const tt_operand_t *w,
                         const int32_t *vw, uint32_t rows, uint32_t cols, uint32_t depth) {
    for (uint32_t r = 0; r < padded(rows); r++)
        for (uint32_t c = 0; c < padded(cols); c++) {
            int32_t sum = 0;
            for (uint32_t k = 0; k < depth; k++)
                sum += at(va, &a->tensor, a->transpose, r, k) * at(vw, &w->tensor, w->transpose, c, k);
            acc[(size_t)r * padded(cols) + c] = sum;
        }
}

static void matmul_once(bench_t *b, uint32_t rows, uint32_t cols, uint32_t depth) {
    const uint32_t radix = 2u + plain_below(&b->rng, 2);
    tt_operand_t a = {.transpose = plain_below(&b->rng, 2) != 0u};
    tt_operand_t w = {.transpose = plain_below(&b->rng, 2) != 0u};
    tt_finish_t f;
    bench_begin(b);
    a.tensor = random_tensor(b, A_ADDR, rows, depth, a.transpose, b->config.planes_max, radix);
    w.tensor = random_tensor(b, B_ADDR, cols, depth, w.transpose, b->config.planes_max, radix);
    random_finish(b, &f, rows, cols);
    int32_t *va = random_values(b, &a.tensor);
    int32_t *vw = random_values(b, &w.tensor);
    int32_t *aux = random_aux(b, &f, rows, cols);
    int32_t *acc = allocate_sums(rows, cols);
    int32_t *out = allocate((size_t)rows * cols * sizeof *out);
    plain_matmul(acc, &a, va, &w, vw, rows, cols, depth);
    place_tensor(b->mem, &a.tensor, va);
    place_tensor(b->mem, &w.tensor, vw);
    const uint32_t first = b->prog.count;
    const tt_status_t status = tt_prog_matmul(&b->prog, &a, &w, &f);
    const uint32_t words = (depth + b->config.k - 1u) / b->config.k;
    if (status == TT_TOO_LARGE) { /* only when one block row is too long, or a sum too large */
        const int32_t largest =
            plain_limit(a.tensor.planes, a.tensor.radix) * plain_limit(w.tensor.planes, w.tensor.radix);
        const bool no_end =
            b->config.compact != 0u && a.tensor.maskless && w.tensor.maskless && depth % 8u != 0u;
        assert_true(no_end || words * a.tensor.planes > b->config.a_depth ||
                    words * w.tensor.planes > b->config.b_depth ||
                    (int32_t)depth * largest >= INT32_C(1) << (b->config.w_acc - 1u));
    } else {
        assert_int_equal(status, TT_OK);
        const uint32_t end = b->prog.count;
        bench_run(b);
        b->prog.count = end;
        expect_result(b, &f, aux, acc, rows, cols, first, out);
        bench_compare(b);
    }
    free(va);
    free(vw);
    free(aux);
    free(out);
    free(acc);
}

static uint64_t base_seed(void) {
    const char *text = getenv("TT_SEED");
    return text == NULL ? 1u : strtoull(text, NULL, 0);
}

static void test_matmul_random(void **state) {
    (void)state;
    print_message("seed %llu (TT_SEED)\n", (unsigned long long)base_seed());
    for (size_t g = 0; g < N_CONFIGS; g++) {
        bench_t b;
        bench_open(&b, &configs[g], base_seed() + g);
        for (int i = 0; i < 150; i++)
            matmul_once(&b, 1u + plain_below(&b.rng, 70), 1u + plain_below(&b.rng, 70),
                        1u + plain_below(&b.rng, 70));
        bench_close(&b);
    }
}

static void test_matmul_large(void **state) {
    (void)state;
    for (size_t g = 0; g < N_CONFIGS; g++) {
        bench_t b;
        bench_open(&b, &configs[g], base_seed() + 100u + g);
        matmul_once(&b, 300, 20, 784);
        matmul_once(&b, 20, 300, 784);
        matmul_once(&b, 300, 200, 40);
        bench_close(&b);
    }
}

/* Random int32 blocks at A_ADDR, packed by the code under test and compared; acc is what the stage makes of them. */
static void random_sums(bench_t *b, int32_t *acc, uint32_t rows, uint32_t cols) {
    int32_t *values = allocate((size_t)rows * cols * sizeof *values);
    int32_t *back = allocate((size_t)rows * cols * sizeof *back);
    const int32_t top = INT32_C(1) << (b->config.w_acc - 1u);
    memset(acc, 0, (size_t)padded(rows) * padded(cols) * sizeof *acc);
    for (uint32_t r = 0; r < rows; r++)
        for (uint32_t c = 0; c < cols; c++) {
            const int32_t value =
                plain_between(&b->rng, -(1 << 24), 1 << 24) / (1 << plain_below(&b->rng, 20));
            values[(size_t)r * cols + c] = value;
            acc[(size_t)r * padded(cols) + c] = value;
        }
    tt_int32_pack((uint64_t *)(void *)(b->mem + A_ADDR), &b->config, rows, cols, values);
    expect_int32(b, A_ADDR, rows, cols, acc);
    assert_memory_equal(b->mem + A_ADDR, b->expected + A_ADDR, tt_int32_bytes(rows, cols));
    tt_int32_unpack(back, &b->config, rows, cols, (const uint64_t *)(const void *)(b->mem + A_ADDR));
    assert_memory_equal(back, values, (size_t)rows * cols * sizeof *values);
    for (size_t i = 0; i < (size_t)padded(rows) * padded(cols); i++)
        acc[i] = acc[i] >= top ? top - 1 : acc[i] < -top ? -top : acc[i];
    free(values);
    free(back);
}

static void elementwise_once(bench_t *b, bool planes) {
    const uint32_t rows = 1u + plain_below(&b->rng, 60);
    const uint32_t cols = 1u + plain_below(&b->rng, 300);
    tt_operand_t a = {.transpose = plain_below(&b->rng, 2) != 0u};
    tt_finish_t f;
    bench_begin(b);
    a.tensor = random_tensor(b, A_ADDR, rows, cols, a.transpose, 5, 2u + plain_below(&b->rng, 2));
    random_finish(b, &f, rows, cols);
    if (b->config.compact != 0u && f.to_int32 && !planes && !f.write_off) {
        assert_int_equal(tt_prog_elementwise_int32(&b->prog, A_ADDR, rows, cols, &f), TT_TOO_LARGE);
        f.write_off = true;
    }
    int32_t *source = random_values(b, &a.tensor);
    int32_t *aux = random_aux(b, &f, rows, cols);
    int32_t *acc = allocate_sums(rows, cols);
    int32_t *out = allocate((size_t)rows * cols * sizeof *out);
    const uint32_t first = b->prog.count;
    if (planes) {
        place_tensor(b->mem, &a.tensor, source);
        for (uint32_t r = 0; r < padded(rows); r++)
            for (uint32_t c = 0; c < padded(cols); c++)
                acc[(size_t)r * padded(cols) + c] = at(source, &a.tensor, a.transpose, r, c);
        tt_identity_pack((uint64_t *)(void *)(b->mem + IDENTITY_ADDR), &b->config);
        assert_int_equal(tt_prog_elementwise_planes(&b->prog, &a, IDENTITY_ADDR, &f), TT_OK);
    } else {
        random_sums(b, acc, rows, cols);
        if (b->config.compact != 0u && f.to_int32 && !f.write_off) {
            assert_int_equal(tt_prog_elementwise_int32(&b->prog, A_ADDR, rows, cols, &f), TT_TOO_LARGE);
            f.write_off = true;
        }
        assert_int_equal(tt_prog_elementwise_int32(&b->prog, A_ADDR, rows, cols, &f), TT_OK);
    }
    const uint32_t end = b->prog.count;
    bench_run(b);
    b->prog.count = end;
    expect_result(b, &f, aux, acc, rows, cols, first, out);
    bench_compare(b);
    free(out);
    free(source);
    free(aux);
    free(acc);
}

static void test_elementwise(void **state) {
    (void)state;
    for (size_t g = 0; g < N_CONFIGS; g++) {
        bench_t b;
        bench_open(&b, &configs[g], base_seed() + 200u + g);
        for (int i = 0; i < 60; i++)
            elementwise_once(&b, i % 2 == 0);
        bench_close(&b);
    }
}

static void test_pack(void **state) {
    (void)state;
    bench_t b;
    bench_open(&b, &configs[0], base_seed() + 300u);
    for (int i = 0; i < 100; i++) {
        const uint32_t rows = 1u + plain_below(&b.rng, 40);
        const uint32_t cols = 1u + plain_below(&b.rng, 40);
        const tt_tensor_t t = random_tensor(&b, 0, rows, cols, false, 5, 2u + plain_below(&b.rng, 2));
        const plain_shape_t shape = shape_of(&t);
        const size_t n = (size_t)rows * cols;
        int32_t *values = random_values(&b, &t);
        int8_t *bytes = allocate(n);
        int8_t *back = allocate(n);
        assert_int_equal(tt_tensor_bytes(&t), 8u * plain_beats(&shape));
        for (size_t e = 0; e < n; e++)
            bytes[e] = (int8_t)values[e];
        assert_int_equal(tt_tensor_pack((uint64_t *)(void *)b.mem, &t, bytes), TT_OK);
        plain_pack((uint64_t *)(void *)b.expected, &shape, values);
        assert_memory_equal(b.mem, b.expected, tt_tensor_bytes(&t));
        tt_tensor_unpack(back, &t, (const uint64_t *)(const void *)b.mem);
        assert_memory_equal(back, bytes, n);
        bytes[plain_below(&b.rng, (uint32_t)n)] = t.maskless ? 0 : (int8_t)(tt_tensor_limit(&t) + 1);
        assert_int_equal(tt_tensor_pack((uint64_t *)(void *)b.mem, &t, bytes), TT_BAD_DATA);
        free(values);
        free(bytes);
        free(back);
    }
    bench_close(&b);
}

/* A training step in small, replayed: hidden = round(x * w1^T), y = hidden * w2^T as errors, w2 += y^T * hidden in place. Every
 * job reads what the one before wrote, and the next step what this one wrote. */
typedef struct {
    tt_operand_t x, w1, hidden, w2, y, y_t, hidden_t;
    tt_finish_t forward, error, update;
} chain_t;

static void chain_init(bench_t *b, chain_t *n, uint32_t batch, uint32_t in, uint32_t mid, uint32_t out) {
    memset(n, 0, sizeof *n);
    n->x.tensor = (tt_tensor_t){A_ADDR, batch, in, 2, 3, false};
    n->w1.tensor = (tt_tensor_t){B_ADDR, mid, in, 1, 3, false};
    n->hidden.tensor = (tt_tensor_t){AUX_ADDR, batch, mid, 2, 3, false};
    n->w2.tensor = (tt_tensor_t){OUT_ADDR, out, mid, 1, 3, false};
    n->y.tensor = (tt_tensor_t){OUT_ADDR + 0x8000u, batch, out, 3, 3, false};
    n->y_t = n->y;
    n->y_t.transpose = true;
    n->hidden_t = n->hidden;
    n->hidden_t.transpose = true;
    n->forward = (tt_finish_t){
        .out = n->hidden.tensor, .mode = TT_ROUND_NEAREST, .mant = 9000, .shift = 8, .slot = -1};
    n->error =
        (tt_finish_t){.out = n->y.tensor, .mode = TT_ROUND_STOCHASTIC, .mant = 1, .shift = 27, .slot = 3};
    n->error.slot_use = n->error.slot_observe = n->error.slot_commit = true;
    n->update = (tt_finish_t){
        .out = n->w2.tensor, .mode = TT_ROUND_STOCHASTIC, .mant = -20000, .shift = 4, .slot = -1};
    n->update.aux_kind = TT_AUX_OLD;
    n->update.aux = n->w2.tensor;
    n->update.write_off = plain_below(&b->rng, 8) == 0u;
}

static void chain_once(bench_t *b) {
    enum { STEPS = 3 };
    const uint32_t batch = 1u + plain_below(&b->rng, 40);
    const uint32_t in = 1u + plain_below(&b->rng, 90);
    const uint32_t mid = 1u + plain_below(&b->rng, 60);
    const uint32_t out = 1u + plain_below(&b->rng, 20);
    chain_t n;
    uint32_t first[4];
    bench_begin(b);
    chain_init(b, &n, batch, in, mid, out);
    int32_t *x = random_values(b, &n.x.tensor);
    int32_t *w1 = random_values(b, &n.w1.tensor);
    int32_t *w2 = random_values(b, &n.w2.tensor);
    int32_t *hidden = random_values(b, &n.hidden.tensor);
    int32_t *y = random_values(b, &n.y.tensor);
    int32_t *old = random_values(b, &n.w2.tensor);
    int32_t *acc = allocate_sums(100, 100);
    place_tensor(b->mem, &n.x.tensor, x);
    place_tensor(b->mem, &n.w1.tensor, w1);
    place_tensor(b->mem, &n.w2.tensor, w2);
    /* the state is loaded by a list of its own, so that steps go on from one to the next */
    uint32_t index = 0;
    assert_int_equal(tt_ref_machine_run(b->machine, b->mem, MEM_BYTES, LIST_ADDR, 1, 1, &index),
                     TT_DEV_ERR_NONE);
    tt_prog_init(&b->prog, &b->config, b->prog.words, LIST_CAPACITY);
    assert_int_equal(tt_prog_matmul(&b->prog, &n.x, &n.w1, &n.forward), TT_OK);
    first[1] = b->prog.count;
    assert_int_equal(tt_prog_matmul(&b->prog, &n.hidden, &n.w2, &n.error), TT_OK);
    first[2] = b->prog.count;
    assert_int_equal(tt_prog_matmul(&b->prog, &n.y_t, &n.hidden_t, &n.update), TT_OK);
    first[3] = b->prog.count;
    assert_int_equal(tt_prog_state_store(&b->prog, STATE_OUT_ADDR), TT_OK);
    assert_int_equal(tt_prog_end(&b->prog), TT_OK);
    memcpy(b->expected, b->mem, MEM_BYTES);
    assert_int_equal(
        tt_ref_machine_run(b->machine, b->mem, MEM_BYTES, LIST_ADDR, b->prog.count, STEPS, &index),
        TT_DEV_ERR_NONE);
    for (int step = 0; step < STEPS; step++) {
        plain_matmul(acc, &n.x, x, &n.w1, w1, batch, mid, in);
        b->prog.count = first[1];
        expect_result(b, &n.forward, NULL, acc, batch, mid, 0, hidden);
        plain_matmul(acc, &n.hidden, hidden, &n.w2, w2, batch, out, mid);
        b->prog.count = first[2];
        expect_result(b, &n.error, NULL, acc, batch, out, first[1], y);
        plain_matmul(acc, &n.y_t, y, &n.hidden_t, hidden, out, mid, batch);
        b->prog.count = first[3];
        memcpy(old, w2, (size_t)out * mid * sizeof *w2);
        expect_result(b, &n.update, old, acc, out, mid, first[2], w2);
        if (n.update.write_off)
            memcpy(w2, old, (size_t)out * mid * sizeof *w2);
    }
    bench_compare(b);
    free(x);
    free(w1);
    free(w2);
    free(hidden);
    free(y);
    free(old);
    free(acc);
}

static void test_chain(void **state) {
    (void)state;
    for (size_t g = 0; g < N_CONFIGS; g++) {
        bench_t b;
        bench_open(&b, &configs[g], base_seed() + 400u + g);
        for (int i = 0; i < 40; i++)
            chain_once(&b);
        bench_close(&b);
    }
}

/* What targets and master weights refuse, and that a LOAD waits for masters as for planes. */
static void test_target_and_master_limits(void **state) {
    (void)state;
    uint64_t words[16u * TT_ISA_WORDS];
    tt_prog_t prog;
    const tt_operand_t a = {.tensor = {0x1000, 16, 40, 1, 3, false}};
    const tt_operand_t w = {.tensor = {0x2000, 24, 40, 1, 3, false}};
    tt_finish_t f = {.out = {0x4000, 16, 24, 1, 3, false}, .slot = -1};
    tt_prog_init(&prog, &configs[0], words, 16);
    f.aux_kind = TT_AUX_TARGET;
    f.aux = (tt_tensor_t){0x6000, 16, 24, 2, 3, false};
    f.binary = true;
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_BAD_ARG);
    f.aux_kind = TT_AUX_MASTER;
    f.master_addr = 0x5004;
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_BAD_ARG);
    f.master_addr = 0x4010; /* over the planes */
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_BAD_ARG);
    f.master_addr = 0x5000;
    f.binary = false;
    f.out.planes = 2;
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_BAD_ARG);
    f.out.planes = 1;
    f.master_addr = 0xFFFFFF80u; /* six blocks from there on */
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_BAD_ARG);
    f.master_addr = 0x1008; /* over block rows of A that are still to be read */
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_BAD_ARG);
    f.master_addr = 0x5000;
    assert_int_equal(prog.count, 0);
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_OK);
    const uint32_t next = prog.count;
    const tt_operand_t masters = {.tensor = {0x5080, 24, 40, 1, 3, false}};
    const tt_finish_t plain = {.out = {0x8000, 24, 24, 1, 3, false}, .slot = -1};
    assert_int_equal(tt_prog_matmul(&prog, &masters, &w, &plain), TT_OK);
    uint64_t pops = 0;
    for (uint32_t i = next; i < prog.count; i++) {
        const uint64_t *instr = prog.words + (size_t)TT_ISA_WORDS * i;
        if (tt_field_get(instr, TT_F_OPCODE) == TT_OP_LOAD)
            pops += tt_field_get(instr, TT_F_LOAD_POP_FINISH);
    }
    assert_int_equal(pops, 1);
    tt_prog_init(&prog, &configs[1], words, 16);
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_TOO_LARGE); /* compact */
}

static void test_refusals(void **state) {
    (void)state;
    uint64_t words[8u * TT_ISA_WORDS];
    tt_prog_t prog;
    tt_operand_t a = {.tensor = {0x1000, 16, 40, 1, 3, false}};
    tt_operand_t w = {.tensor = {0x2000, 24, 40, 2, 3, false}};
    tt_finish_t f = {.out = {0x4000, 16, 24, 2, 3, false}, .slot = -1};
    tt_prog_init(&prog, &configs[1], words, 8);
    w.tensor.cols = 41; /* contractions differ */
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_BAD_ARG);
    w.tensor.cols = 40;
    f.out.rows = 15;
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_BAD_ARG);
    f.out.rows = 16;
    a.tensor.planes = 2;
    a.tensor.radix = 2; /* two radices */
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_BAD_ARG);
    a.tensor.radix = 3;
    f.out.planes = 4; /* the finish stage of this configuration has three */
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_TOO_LARGE);
    f.out.planes = 2;
    f.mant = 32768;
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_BAD_ARG);
    f.mant = 0;
    f.slot_use = true; /* of no slot */
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_BAD_ARG);
    f.slot_use = false;
    f.out.addr = 0x1008; /* would overwrite block rows of A before they are read */
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_BAD_ARG);
    f.out.addr = 0x4000;
    assert_int_equal(prog.count, 0);
    a.tensor.planes = 1;
    w.tensor.planes = 5;
    a.tensor.cols = w.tensor.cols = 32 * 128 / 5 + 32; /* one block row of B is more than its buffer */
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_TOO_LARGE);
    w.tensor.planes = 1;
    a.tensor.cols = w.tensor.cols = 1025; /* counts of compact configurations have 10 bits */
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_TOO_LARGE);
    a.tensor.cols = w.tensor.cols = 1024;
    w.tensor.addr = 0x8000;
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_OK);
    tt_prog_init(&prog, &configs[1], words, 8);
    w.tensor.addr = 0x2000;
    w.tensor.planes = 5;
    a.tensor.cols = w.tensor.cols = 40;
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_OK);
    assert_int_equal(prog.count, 4);
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_OK);
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_NO_MEMORY);
    tt_prog_init(&prog, &configs[0], words, 8);
    a.tensor.planes = w.tensor.planes = 5;
    a.tensor.cols = w.tensor.cols = 573; /* 573 * 121 * 121 is the first to reach 2^23 */
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_TOO_LARGE);
    a.tensor.cols = w.tensor.cols = 572;
    w.tensor.addr = 0x8000;
    f.out.addr = 0x20000;
    assert_int_equal(tt_prog_matmul(&prog, &a, &w, &f), TT_OK);
    tt_prog_init(&prog, &configs[0], words, 8);
    /* jumps have 24 bits: a transposed walk over 2^23 beats */
    f = (tt_finish_t){.out = {0, 8u * 128u, 8u * 32767u, 1, 3, false}, .out_transpose = true, .slot = -1};
    assert_int_equal(tt_prog_elementwise_int32(&prog, 0x40000000u, f.out.cols, f.out.rows, &f), TT_OK);
    f.out.rows = 8u * 129u;
    assert_int_equal(tt_prog_elementwise_int32(&prog, 0x40000000u, f.out.cols, f.out.rows, &f), TT_TOO_LARGE);
}

/* Products of one training step of the MLP 784-256-256-256-256-10. */
static void add_r1(tt_prog_t *prog, uint32_t batch, uint32_t act_planes) {
    static const uint32_t size[] = {784, 256, 256, 256, 256, 10};
    const tt_finish_t f = {.to_int32 = true, .int32_addr = 0x4000000u, .slot = -1};
    for (uint32_t layer = 0; layer < 5u; layer++) {
        const uint32_t in = size[layer];
        const uint32_t out = size[layer + 1u];
        const tt_tensor_t w = {.addr = 0x100000u, .rows = out, .cols = in, .planes = 1, .radix = 3};
        const tt_tensor_t e = {.addr = 0x200000u, .rows = batch, .cols = out, .planes = 3, .radix = 3};
        const tt_tensor_t x = {.addr = 0x300000u,
                               .rows = batch,
                               .cols = in,
                               .planes = layer == 0u ? 3u : act_planes,
                               .radix = 3};
        const tt_operand_t w_op = {w, false, 0};
        const tt_operand_t w_t = {w, true, 0};
        const tt_operand_t x_op = {x, false, 0};
        const tt_operand_t x_t = {x, true, 0};
        const tt_operand_t e_op = {e, false, 0};
        const tt_operand_t e_t = {e, true, 0};
        assert_int_equal(tt_prog_matmul(prog, &x_op, &w_op, &f), TT_OK);
        if (layer > 0u)
            assert_int_equal(tt_prog_matmul(prog, &e_op, &w_t, &f), TT_OK);
        assert_int_equal(tt_prog_matmul(prog, &e_t, &x_t, &f), TT_OK);
    }
}

static void test_ideal_cycles(void **state) {
    (void)state;
    uint64_t *words = allocate(sizeof(uint64_t) * TT_ISA_WORDS * LIST_CAPACITY);
    static const struct {
        uint32_t batch, planes;
        uint64_t cycles;
    } known[] = {{200, 1, 185675}, {256, 1, 237664}, {1024, 1, 950656},
                 {200, 2, 224575}, {256, 2, 287456}, {1024, 2, 1149824}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        tt_prog_t prog;
        tt_prog_init(&prog, &configs[0], words, LIST_CAPACITY);
        add_r1(&prog, known[i].batch, known[i].planes);
        assert_int_equal(tt_prog_ideal_cycles(&prog), known[i].cycles);
    }
    free(words);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pack),
        cmocka_unit_test(test_matmul_random),
        cmocka_unit_test(test_matmul_large),
        cmocka_unit_test(test_elementwise),
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_target_and_master_limits),
        cmocka_unit_test(test_ideal_cycles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
