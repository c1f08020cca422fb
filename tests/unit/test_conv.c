/* SPDX-License-Identifier: Apache-2.0
 * Convolutions made by the builder, run on the functional machine, against loops over pixels and taps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conv_program.h"
#include "tt_isa.h"

static const tt_config_t configs[] = {
    {8, 8, 64, 16, 24, 512, 512, 5, 0, 0},
    {4, 8, 16, 8, 24, 256, 256, 5, 0, 0},
};
#define N_CONFIGS (sizeof configs / sizeof configs[0])

typedef struct {
    const tt_config_t *config;
    plain_rng_t rng;
    uint8_t *mem, *expected;
    void *storage, *timing;
    tt_ref_machine_t *machine;
    conv_program_t program;
} bench_t;

static void *allocate(size_t size) {
    void *p = malloc(size);
    if (p == NULL)
        abort();
    return p;
}

static uint64_t base_seed(void) {
    const char *text = getenv("TT_SEED");
    return text == NULL ? 1u : strtoull(text, NULL, 0);
}

static void bench_open(bench_t *b, const tt_config_t *config, uint64_t seed) {
    b->config = config;
    b->rng.state = seed;
    b->mem = allocate(CONV_MEM_BYTES);
    b->expected = allocate(CONV_MEM_BYTES);
    b->storage = allocate(tt_ref_machine_size(config));
    b->timing = allocate(tt_ref_timing_size(config));
    b->machine = tt_ref_machine_init(b->storage, config);
}

static void bench_close(bench_t *b) {
    free(b->mem);
    free(b->expected);
    free(b->storage);
    free(b->timing);
}

/* On the timing twin, too: it has the device's queues, in which a list can lock up. */
static void run(bench_t *b) {
    static const tt_ref_memory_t memory = {30, 1};
    tt_counters_t counters;
    uint32_t index = 0;
    const tt_dev_err_t error = tt_ref_machine_run(b->machine, b->mem, CONV_MEM_BYTES, CONV_LIST_ADDR,
                                                  b->program.prog.count, 1, &index);
    if (error != TT_DEV_ERR_NONE)
        print_message("error %d at instruction %u of %u\n", (int)error, index, b->program.prog.count);
    assert_int_equal(error, TT_DEV_ERR_NONE);
    assert_int_equal(tt_ref_timing_run(b->timing, b->config, &memory, CONV_MEM_BYTES, b->program.prog.words,
                                       CONV_LIST_ADDR, b->program.prog.count, 1, 1u << 16, &counters),
                     TT_DEV_ERR_NONE);
}

/* Calls for every product of a convolution: positions in the input map, the output map and the weights (row-major matrices). Returns
 * how many there are. */
typedef void product_fn(void *context, size_t x, size_t y, size_t w);

static uint64_t each_product(const tt_conv_t *c, product_fn *fn, void *context) {
    const uint32_t out_width = (c->width + 2u * c->padding - c->kernel) / c->stride + 1u;
    const uint32_t out_height = (c->height + 2u * c->padding - c->kernel) / c->stride + 1u;
    uint64_t n = 0;
    for (uint32_t oy = 0; oy < out_height; oy++)
        for (uint32_t ox = 0; ox < out_width; ox++)
            for (uint32_t ky = 0; ky < c->kernel; ky++)
                for (uint32_t kx = 0; kx < c->kernel; kx++) {
                    const int iy = (int)(oy * c->stride + ky) - (int)c->padding;
                    const int ix = (int)(ox * c->stride + kx) - (int)c->padding;
                    if (iy < 0 || iy >= (int)c->height || ix < 0 || ix >= (int)c->width)
                        continue;
                    for (uint32_t s = 0; s < c->batch; s++)
                        for (uint32_t o = 0; o < c->out_channels; o++)
                            for (uint32_t i = 0; i < c->in_channels; i++, n++)
                                fn(context,
                                   (((size_t)iy * c->width + (size_t)ix) * c->batch + s) * c->in_channels + i,
                                   (((size_t)oy * out_width + ox) * c->batch + s) * c->out_channels + o,
                                   ((size_t)o * c->kernel * c->kernel + ky * c->kernel + kx) *
                                           c->in_channels +
                                       i);
                }
    return n;
}

typedef struct {
    const int32_t *a, *b;
    int32_t *sums;
} sums_t;

static void add_forward(void *context, size_t x, size_t y, size_t w) {
    const sums_t *s = context;
    s->sums[y] += s->a[x] * s->b[w];
}

static void add_input_gradient(void *context, size_t x, size_t y, size_t w) {
    const sums_t *s = context;
    s->sums[x] += s->a[y] * s->b[w];
}

static void add_weight_gradient(void *context, size_t x, size_t y, size_t w) {
    const sums_t *s = context;
    s->sums[w] += s->a[x] * s->b[y];
}

/* Sums like f->out, row-major. */
static int32_t *plain_sums(const conv_program_t *p) {
    static product_fn *const add[CONV_PRODUCTS] = {add_forward, add_input_gradient, add_weight_gradient};
    const tt_tensor_t *out = &p->finish.out;
    int32_t *sums = calloc((size_t)out->rows * out->cols, sizeof *sums);
    assert_non_null(sums);
    sums_t context = {p->a_values, p->b_values, sums};
    const uint64_t n = each_product(&p->conv, add[p->product], &context);
    assert_int_equal(n, tt_conv_macs(&p->conv));
    assert_int_equal(tt_prog_ideal_cycles(&p->prog),
                     n * p->a.tensor.planes * p->b.tensor.planes /
                         (p->prog.config.m * p->prog.config.n * p->prog.config.k));
    return sums;
}

/* The result as int32: one matrix, or for the weights one per slice, transposed. Their sum must be the plain one; returns the
 * slices, each like f->out. */
static int32_t *run_int32(bench_t *b, const int32_t *plain, uint32_t *n) {
    conv_program_t *p = &b->program;
    const tt_finish_t planes = p->finish;
    const bool turned = p->product == CONV_WEIGHT_GRADIENT;
    const uint32_t rows = turned ? planes.out.cols : planes.out.rows;
    const uint32_t cols = turned ? planes.out.rows : planes.out.cols;
    const size_t size = (size_t)rows * cols;
    *n = turned ? tt_conv_slices(b->config, &p->conv, &p->a.tensor, &p->b.tensor) : 1u;
    int32_t *slices = allocate(*n * size * sizeof *slices);
    int32_t *matrix = allocate(size * sizeof *matrix);
    assert_true(CONV_OUT_ADDR + *n * tt_int32_bytes(rows, cols) <= CONV_MEM_BYTES);
    p->finish = (tt_finish_t){.to_int32 = true, .int32_addr = CONV_OUT_ADDR, .slot = -1};
    assert_int_equal(conv_program_build(p, b->config, b->mem), TT_OK);
    run(b);
    for (uint32_t i = 0; i < *n; i++) {
        const size_t addr = CONV_OUT_ADDR + i * tt_int32_bytes(rows, cols);
        tt_int32_unpack(matrix, b->config, rows, cols, (const uint64_t *)(const void *)(b->mem + addr));
        for (uint32_t r = 0; r < rows; r++)
            for (uint32_t c = 0; c < cols; c++)
                slices[i * size + (turned ? (size_t)c * rows + r : (size_t)r * cols + c)] =
                    matrix[(size_t)r * cols + c];
    }
    for (size_t e = 0; e < size; e++) {
        int32_t sum = 0;
        for (uint32_t i = 0; i < *n; i++)
            sum += slices[i * size + e];
        assert_int_equal(sum, plain[e]);
    }
    free(matrix);
    p->finish = planes;
    return slices;
}

/* What a FINISH is to do with one 8 x 8 block, whose first element is (row, col) of the result as it is stored. */
typedef struct {
    bench_t *bench;
    plain_round_t round;
    const int32_t *sums;
    int32_t *out;
    const int32_t *old; /* what V starts from, or NULL */
    uint32_t mags;
} finisher_t;

static void finish_element(finisher_t *x, uint32_t r, uint32_t c, uint32_t lane) {
    conv_program_t *p = &x->bench->program;
    const tt_finish_t *f = &p->finish;
    const size_t at = (size_t)r * f->out.cols + c;
    const int32_t acc = x->sums[at];
    const int32_t aux = f->aux_kind == TT_AUX_NONE ? 0 : p->aux[at];
    const int32_t old = x->old == NULL ? 0 : f->binary ? (x->old[at] == 1) : x->old[at];
    const uint32_t rand24 = f->mode == TT_ROUND_STOCHASTIC ? plain_draw(&p->lanes[lane]) : 0u;
    int32_t q = plain_round(acc, old, rand24, &x->round);
    if (f->aux_kind == TT_AUX_STE && abs(aux) >= f->ste_limit)
        q = 0;
    x->out[at] = f->binary ? 2 * q - 1 : q;
    x->mags |= (uint32_t)(acc < 0 ? ~acc : acc);
}

static void finish_block(finisher_t *x, uint32_t block) {
    const conv_program_t *p = &x->bench->program;
    const tt_config_t *g = x->bench->config;
    const bool turned = p->product == CONV_WEIGHT_GRADIENT;
    const uint32_t row = 8u * (block / (p->finish.out.cols / 8u));
    const uint32_t col = 8u * (block % (p->finish.out.cols / 8u));
    for (uint32_t sm = 0; sm < 8u; sm += g->m)
        for (uint32_t sn = 0; sn < 8u; sn += g->n)
            for (uint32_t e = 0; e < g->m * g->n; e++) {
                const uint32_t r = sm + e / g->n;
                const uint32_t c = sn + e % g->n;
                finish_element(x, row + (turned ? c : r), col + (turned ? r : c), e % g->lanes);
            }
}

/* Walks over the blocks of one FINISH. `seen` counts how often each was made. */
static void finish_instruction(finisher_t *x, const uint64_t *w, uint8_t *seen) {
    const tt_tensor_t *out = &x->bench->program.finish.out;
    const uint32_t bytes = 8u * out->planes * (out->maskless ? 1u : 2u);
    uint32_t addr = (uint32_t)tt_field_get(w, TT_F_FIN_DST_ADDR);
    for (uint64_t i2 = 0; i2 <= tt_field_get(w, TT_F_FIN_L2_LAST); i2++)
        for (uint64_t i1 = 0; i1 <= tt_field_get(w, TT_F_FIN_L1_LAST); i1++)
            for (uint64_t i0 = 0; i0 <= tt_field_get(w, TT_F_FIN_L0_LAST); i0++) {
                const uint32_t block = (addr - CONV_OUT_ADDR) / bytes;
                assert_int_equal((addr - CONV_OUT_ADDR) % bytes, 0);
                assert_true(block < out->rows / 8u * (out->cols / 8u));
                seen[block]++;
                finish_block(x, block);
                addr += bytes;
                if (i0 < tt_field_get(w, TT_F_FIN_L0_LAST))
                    addr += 8u * (uint32_t)tt_field_get_signed(w, TT_F_FIN_L0_DST_JUMP);
                else if (i1 < tt_field_get(w, TT_F_FIN_L1_LAST))
                    addr += 8u * (uint32_t)tt_field_get_signed(w, TT_F_FIN_L1_DST_JUMP);
                else
                    addr += 8u * (uint32_t)tt_field_get_signed(w, TT_F_FIN_L2_DST_JUMP);
            }
}

/* Whether every block has been made n times, or none more often. */
static bool all_made(const uint8_t *seen, size_t blocks, uint32_t n) {
    for (size_t i = 0; i < blocks; i++)
        if (seen[i] != n)
            return false;
    return true;
}

/* What the list's FINISHes leave behind: their blocks in order, each slice with sums of its own, weights over weights. */
static void expect_planes(bench_t *b, const int32_t *slices, uint32_t n) {
    conv_program_t *p = &b->program;
    const tt_finish_t *f = &p->finish;
    const size_t size = (size_t)f->out.rows * f->out.cols;
    const int32_t limit = plain_limit(f->out.planes, f->out.radix);
    finisher_t x = {.bench = b, .sums = slices, .out = allocate(size * sizeof *x.out)};
    x.old = f->aux_kind == TT_AUX_OLD ? p->aux : NULL;
    uint8_t *seen = calloc(size / 64u, 1);
    uint32_t slice = 0;
    assert_non_null(seen);
    x.round = (plain_round_t){.mant = f->mant,
                              .shift = f->shift - (f->binary ? 1 : 0),
                              .exp = f->slot_use ? (int32_t)p->exps[f->slot] : 0,
                              .lo = f->binary ? 0 : -limit,
                              .hi = f->binary ? 1 : limit,
                              .mode = (int)f->mode,
                              .half = f->binary && f->aux_kind != TT_AUX_OLD};
    for (uint32_t i = 0; i < p->prog.count; i++) {
        const uint64_t *w = p->prog.words + (size_t)TT_ISA_WORDS * i;
        if (tt_field_get(w, TT_F_OPCODE) != TT_OP_FINISH)
            continue;
        assert_true(slice < n);
        finish_instruction(&x, w, seen);
        if (!all_made(seen, size / 64u, slice + 1u))
            continue;
        slice++;
        x.sums += size;
        x.old = x.out; /* an element is read before it is written */
    }
    assert_int_equal(slice, n);
    const plain_shape_t shape = {f->out.rows, f->out.cols, f->out.planes, f->out.radix, f->out.maskless};
    plain_pack((uint64_t *)(void *)(b->expected + f->out.addr), &shape, x.out);
    uint64_t *state = (uint64_t *)(void *)(b->expected + CONV_STATE_ADDR);
    for (uint32_t lane = 0; lane < b->config->lanes; lane++)
        *state++ = p->lanes[lane];
    for (uint32_t slot = 0; slot < TT_SLOTS; slot++) {
        const bool here = (int)slot == f->slot && f->slot_observe;
        uint32_t exp = 1;
        while (x.mags >> exp != 0u)
            exp++;
        *state++ = here && f->slot_commit ? (uint64_t)exp << 32
                                          : (uint64_t)p->exps[slot] << 32 | (here ? x.mags : 0u);
    }
    free(seen);
    free(x.out);
}

/* Sums first, then what is asked for, whose every byte is compared. Returns the number of slices. */
static uint32_t compare(bench_t *b) {
    uint32_t n;
    conv_program_t *p = &b->program;
    memcpy(b->expected, b->mem, CONV_MEM_BYTES);
    int32_t *plain = plain_sums(p);
    int32_t *slices = run_int32(b, plain, &n);
    memcpy(b->mem, b->expected, CONV_MEM_BYTES);
    assert_int_equal(conv_program_build(p, b->config, b->mem), TT_OK);
    p->prog.count--; /* the end comes behind the state */
    assert_int_equal(tt_prog_state_store(&p->prog, CONV_STATE_ADDR), TT_OK);
    assert_int_equal(tt_prog_end(&p->prog), TT_OK);
    memcpy(b->expected, b->mem, CONV_MEM_BYTES);
    run(b);
    expect_planes(b, slices, n);
    for (size_t i = 0; i < CONV_MEM_BYTES; i++)
        if (b->mem[i] != b->expected[i]) {
            print_message("product %d: memory differs at %#zx: %02x, expected %02x\n", (int)p->product, i,
                          b->mem[i], b->expected[i]);
            fail();
        }
    free(plain);
    free(slices);
    conv_program_free(p);
    return n;
}

static void test_random(void **state) {
    (void)state;
    print_message("seed %llu (TT_SEED)\n", (unsigned long long)base_seed());
    for (size_t g = 0; g < N_CONFIGS; g++) {
        bench_t b;
        bench_open(&b, &configs[g], base_seed() + g);
        for (int i = 0; i < 100; i++) {
            conv_program_random(&b.program, &b.rng, b.config, b.mem);
            (void)compare(&b);
        }
        bench_close(&b);
    }
}

static uint32_t count(const tt_prog_t *prog, uint64_t opcode) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < prog->count; i++)
        n += tt_field_get(prog->words + (size_t)TT_ISA_WORDS * i, TT_F_OPCODE) == opcode;
    return n;
}

/* Shapes that the random ones do not reach: lines in parts, panels of weights, slices of weight gradients. */
static void test_cuts(void **state) {
    (void)state;
    static const uint32_t planes[CONV_PRODUCTS][3] = {{2, 1, 2}, {3, 1, 3}, {2, 3, 1}};
    static const uint32_t ones[3] = {1, 1, 1};
    static const tt_conv_t wide = {8, 3, 48, 64, 16, 3, 1, 1};
    static const tt_conv_t deep = {8, 5, 4, 128, 256, 3, 1, 1};
    static const tt_conv_t large = {24, 14, 13, 24, 40, 3, 2, 1};
    static const tt_conv_t taps = {8, 7, 7, 8, 8, 7, 1, 3}; /* a LOAD per tap */
    static const tt_conv_t dense = {32, 5, 5, 64, 16, 5, 1, 0};
    static const tt_conv_t deep_dense = {8,   7, 7, 24,
                                         264, 7, 2, 0}; /* its input gradient: three panels of whole pixels */
    static const tt_conv_t pairs = {16, 9, 8, 40, 24, 3, 2, 1}; /* of pixels, in its input gradient */
    bench_t b;
    bench_open(&b, &configs[0], base_seed() + 100u);
    conv_program_fixed(&b.program, &b.rng, b.config, b.mem, CONV_FORWARD, &wide, planes[CONV_FORWARD]);
    assert_int_equal(count(&b.program.prog, TT_OP_EXEC), 2 * 3);
    (void)compare(&b);
    conv_program_fixed(&b.program, &b.rng, b.config, b.mem, CONV_INPUT_GRADIENT, &deep,
                       planes[CONV_INPUT_GRADIENT]);
    assert_int_equal(count(&b.program.prog, TT_OP_EXEC), 3 * 5); /* panels */
    (void)compare(&b);
    conv_program_fixed(&b.program, &b.rng, b.config, b.mem, CONV_WEIGHT_GRADIENT, &large,
                       planes[CONV_WEIGHT_GRADIENT]);
    assert_true(compare(&b) > 1u);
    conv_program_fixed(&b.program, &b.rng, b.config, b.mem, CONV_WEIGHT_GRADIENT, &taps, ones);
    (void)compare(&b);
    conv_program_fixed(&b.program, &b.rng, b.config, b.mem, CONV_INPUT_GRADIENT, &deep_dense,
                       planes[CONV_INPUT_GRADIENT]);
    assert_int_equal(count(&b.program.prog, TT_OP_EXEC), 3);
    (void)compare(&b);
    conv_program_fixed(&b.program, &b.rng, b.config, b.mem, CONV_INPUT_GRADIENT, &pairs,
                       planes[CONV_INPUT_GRADIENT]);
    assert_int_equal(count(&b.program.prog, TT_OP_EXEC), 9);
    (void)compare(&b);
    for (unsigned product = 0; product < CONV_PRODUCTS; product++) {
        conv_program_fixed(&b.program, &b.rng, b.config, b.mem, (conv_product_kind_t)product, &dense,
                           planes[product]);
        (void)compare(&b);
    }
    bench_close(&b);
}

static void test_refusals(void **state) {
    (void)state;
    static const tt_config_t compact = {2, 2, 32, 2, 16, 64, 64, 3, 1, 0};
    uint64_t words[4u * TT_ISA_WORDS];
    tt_prog_t prog;
    tt_conv_t c = {8, 4, 4, 8, 16, 3, 1, 1};
    tt_operand_t x = {.tensor = {0x1000, 4 * 4 * 8, 8, 2, 3, false}};
    tt_operand_t w = {.tensor = {0x8000, 16, 9 * 8, 1, 3, false}};
    tt_finish_t f = {.out = {0x10000, 4 * 4 * 8, 16, 2, 3, false}, .slot = -1};
    tt_prog_init(&prog, &compact, words, 4);
    assert_int_equal(tt_prog_conv_forward(&prog, &c, &x, &w, &f), TT_TOO_LARGE); /* no bounds, fewer loops */
    tt_prog_init(&prog, &configs[0], words, 4);
    c.padding = 0; /* the result would be 2 x 2 */
    assert_int_equal(tt_prog_conv_forward(&prog, &c, &x, &w, &f), TT_BAD_ARG);
    c.padding = 3;
    assert_int_equal(tt_prog_conv_forward(&prog, &c, &x, &w, &f), TT_BAD_ARG);
    c.padding = 1;
    c.stride = 3;
    assert_int_equal(tt_prog_conv_forward(&prog, &c, &x, &w, &f), TT_BAD_ARG);
    c.stride = 0;
    assert_int_equal(tt_prog_conv_forward(&prog, &c, &x, &w, &f), TT_BAD_ARG);
    c.stride = 1;
    c.kernel = 8;
    assert_int_equal(tt_prog_conv_forward(&prog, &c, &x, &w, &f), TT_BAD_ARG);
    c.kernel = 3;
    c.batch = x.tensor.rows = 4; /* part of a block */
    assert_int_equal(tt_prog_conv_forward(&prog, &c, &x, &w, &f), TT_BAD_ARG);
    c.batch = 8;
    x.tensor.rows = 4 * 4 * 8;
    c.in_channels = x.tensor.cols = 4;
    assert_int_equal(tt_prog_conv_forward(&prog, &c, &x, &w, &f), TT_BAD_ARG);
    c.in_channels = x.tensor.cols = 8;
    w.transpose = true;
    assert_int_equal(tt_prog_conv_forward(&prog, &c, &x, &w, &f), TT_BAD_ARG);
    w.transpose = false;
    f.out_transpose = true;
    f.out.rows = 16;
    f.out.cols = 4 * 4 * 8;
    assert_int_equal(tt_prog_conv_forward(&prog, &c, &x, &w, &f), TT_BAD_ARG);
    f.out_transpose = false;
    f.out.rows = 4 * 4 * 8;
    f.out.cols = 16;
    f.out.addr = 0x1008; /* over its own input */
    assert_int_equal(tt_prog_conv_forward(&prog, &c, &x, &w, &f), TT_BAD_ARG);
    f.out.addr = 0x10000;
    w.tensor.planes = 2;
    w.tensor.radix = 2;
    assert_int_equal(tt_prog_conv_forward(&prog, &c, &x, &w, &f), TT_BAD_ARG);
    w.tensor.planes = 1;
    assert_int_equal(prog.count, 0);
    assert_int_equal(tt_prog_conv_forward(&prog, &c, &x, &w, &f), TT_NO_MEMORY);
    /* 7 * 7 taps of 256 channels in 5 planes are more than a buffer */
    c = (tt_conv_t){8, 7, 7, 256, 8, 7, 1, 0};
    x.tensor = (tt_tensor_t){0x100000, 7 * 7 * 8, 256, 5, 3, false};
    w.tensor = (tt_tensor_t){0x8000, 8, 7 * 7 * 256, 1, 3, false};
    f.out = (tt_tensor_t){0x1000, 8, 8, 2, 3, false};
    tt_prog_init(&prog, &configs[0], words, 4);
    assert_int_equal(tt_prog_conv_forward(&prog, &c, &x, &w, &f), TT_TOO_LARGE);
    /* slices whose sum nobody makes */
    c = (tt_conv_t){64, 28, 28, 8, 16, 3, 1, 1};
    x.tensor = (tt_tensor_t){0x100000, 28 * 28 * 64, 8, 2, 3, false};
    w.tensor = (tt_tensor_t){0x400000, 28 * 28 * 64, 16, 3, 3, false};
    f.out = (tt_tensor_t){0x1000, 16, 9 * 8, 1, 3, false};
    assert_true(tt_conv_slices(&configs[0], &c, &x.tensor, &w.tensor) > 1u);
    f.aux_kind = TT_AUX_OLD; /* of another place */
    f.aux = f.out;
    f.aux.addr = 0x8000;
    assert_int_equal(tt_prog_conv_weight_gradient(&prog, &c, &x, &w, &f), TT_TOO_LARGE);
    f.aux_kind = TT_AUX_NONE;
    assert_int_equal(tt_prog_conv_weight_gradient(&prog, &c, &x, &w, &f), TT_NO_MEMORY);
}

/* ---- a whole training step ---- */

#define STEP_BATCH 64u
#define STEP_CAPACITY 4096u

/* 28 x 28 pixels, 10 classes. The first layer is 5 x 5 taps of one channel, which the host has packed: 25 of 32 channels. */
static const tt_conv_t step_net[] = {
    {STEP_BATCH, 28, 28, 32, 64, 1, 1, 0},  {STEP_BATCH, 28, 28, 64, 64, 3, 2, 1},
    {STEP_BATCH, 14, 14, 64, 128, 3, 1, 1}, {STEP_BATCH, 14, 14, 128, 128, 3, 2, 1},
    {STEP_BATCH, 7, 7, 128, 128, 3, 1, 1},  {STEP_BATCH, 7, 7, 128, 16, 7, 1, 0},
};
#define STEP_LAYERS (sizeof step_net / sizeof step_net[0])

typedef struct {
    conv_product_kind_t product; /* CONV_PRODUCTS: elementwise, of a and the identity b */
    const tt_conv_t *conv;
    tt_operand_t a, b;
    tt_finish_t finish;
} step_op_t;

/* Activations and errors; weights and their gradients. */
typedef struct {
    tt_operand_t x[STEP_LAYERS + 1u], e[STEP_LAYERS + 1u];
    tt_operand_t w[STEP_LAYERS], sum[STEP_LAYERS];
    tt_operand_t identity;
    step_op_t ops[4u * STEP_LAYERS];
    uint32_t n;
} step_t;

static tt_operand_t step_tensor(uint32_t *addr, uint32_t rows, uint32_t cols, uint32_t planes) {
    const tt_operand_t o = {.tensor = {*addr, rows, cols, planes, 3, false}};
    *addr += (uint32_t)tt_tensor_bytes(&o.tensor);
    return o;
}

/* Forward in 2 planes, errors in 3, input gradients with straight-through masks, weight gradients in 5 planes, weights updated in place.
 * Tensors from addr on. */
static void plan_step(step_t *s, const tt_conv_t *net, uint32_t layers, uint32_t addr) {
    s->n = 0;
    s->identity = step_tensor(&addr, 8, 8, 1);
    for (uint32_t l = 0; l <= layers; l++) {
        const tt_conv_t *c = &net[l < layers ? l : l - 1u];
        const uint32_t pixels = l < layers ? c->height * c->width : 1u;
        const uint32_t channels = l < layers ? c->in_channels : c->out_channels;
        s->x[l] = step_tensor(&addr, pixels * c->batch, channels, l == 0u ? 3u : 2u);
        s->e[l] = step_tensor(&addr, pixels * c->batch, channels, 3);
    }
    for (uint32_t l = 0; l < layers; l++) {
        const tt_conv_t *c = &net[l];
        tt_finish_t f = {
            .out = s->x[l + 1u].tensor, .mant = 20000, .shift = 14, .slot = (int)l, .slot_use = true};
        s->w[l] = step_tensor(&addr, c->out_channels, c->kernel * c->kernel * c->in_channels, 1);
        s->sum[l] = step_tensor(&addr, s->w[l].tensor.rows, s->w[l].tensor.cols, 5);
        f.slot_observe = f.slot_commit = true;
        s->ops[s->n++] = (step_op_t){CONV_FORWARD, c, s->x[l], s->w[l], f};
    }
    for (uint32_t l = layers; l-- > 0u;) {
        tt_finish_t f = {.mode = TT_ROUND_STOCHASTIC, .mant = 20000, .shift = 14, .slot_use = true};
        f.slot = 10 + (int)l;
        f.slot_observe = f.slot_commit = true;
        f.out = s->e[l].tensor;
        f.aux = s->x[l].tensor;
        f.aux_kind = TT_AUX_STE;
        f.ste_limit = 4;
        if (l > 0u)
            s->ops[s->n++] = (step_op_t){CONV_INPUT_GRADIENT, &net[l], s->e[l + 1u], s->w[l], f};
        f.out = s->sum[l].tensor;
        f.aux_kind = TT_AUX_NONE;
        f.slot = 20 + (int)l;
        s->ops[s->n++] = (step_op_t){CONV_WEIGHT_GRADIENT, &net[l], s->x[l], s->e[l + 1u], f};
        f.out = f.aux = s->w[l].tensor;
        f.aux_kind = TT_AUX_OLD;
        f.slot = 26 + (int)l;
        s->ops[s->n++] = (step_op_t){CONV_PRODUCTS, &net[l], s->sum[l], s->identity, f};
    }
}

static void emit_op(tt_prog_t *prog, const step_op_t *op) {
    if (op->product == CONV_PRODUCTS) {
        assert_int_equal(tt_prog_elementwise_planes(prog, &op->a, op->b.tensor.addr, &op->finish), TT_OK);
        return;
    }
    assert_int_equal(conv_product_build(prog, op->product, op->conv, &op->a, &op->b, &op->finish), TT_OK);
}

static void place_random(bench_t *b, const tt_operand_t *o) {
    const tt_tensor_t *t = &o->tensor;
    const plain_shape_t shape = {t->rows, t->cols, t->planes, t->radix, t->maskless};
    const int32_t limit = plain_limit(t->planes, t->radix);
    int32_t *values = allocate((size_t)t->rows * t->cols * sizeof *values);
    for (size_t i = 0; i < (size_t)t->rows * t->cols; i++)
        values[i] = plain_between(&b->rng, -limit, limit);
    plain_pack((uint64_t *)(void *)(b->mem + t->addr), &shape, values);
    free(values);
}

static void run_list(bench_t *b, uint8_t *mem, const tt_prog_t *prog) {
    uint32_t index = 0;
    assert_int_equal(
        tt_ref_machine_run(b->machine, mem, CONV_MEM_BYTES, CONV_LIST_ADDR, prog->count, 1, &index),
        TT_DEV_ERR_NONE);
}

/* Two steps in one list, each product reading what others wrote, give what lists of one product each give. The machine loads as
 * early as the tokens let it. */
static void test_step_order(void **state) {
    (void)state;
    static const tt_conv_t net[] = {
        {16, 9, 8, 16, 24, 3, 2, 1}, {16, 5, 4, 24, 16, 3, 1, 1}, {16, 5, 4, 16, 8, 4, 2, 0}};
    const uint32_t list_bytes = STEP_CAPACITY * TT_ISA_WORDS * 8u;
    bench_t b;
    step_t s;
    tt_prog_t prog;
    bench_open(&b, &configs[0], base_seed() + 200u);
    memset(b.mem, 0, CONV_MEM_BYTES);
    plan_step(&s, net, 3, list_bytes + 4096u);
    for (uint32_t l = 0; l < 3u; l++) {
        place_random(&b, &s.x[l]);
        place_random(&b, &s.w[l]);
    }
    place_random(&b, &s.e[3]);
    tt_identity_pack((uint64_t *)(void *)(b.mem + s.identity.tensor.addr), b.config);
    for (uint32_t lane = 0; lane < b.config->lanes; lane++)
        memcpy(b.mem + list_bytes + 8u * lane, &(uint64_t){plain_random(&b.rng) + UINT64_C(1)}, 8);
    memcpy(b.expected, b.mem, CONV_MEM_BYTES);
    tt_prog_init(&prog, b.config, (uint64_t *)(void *)b.mem, STEP_CAPACITY);
    assert_int_equal(tt_prog_state_load(&prog, list_bytes), TT_OK);
    for (uint32_t i = 0; i < 2u * s.n; i++)
        emit_op(&prog, &s.ops[i % s.n]);
    run_list(&b, b.mem, &prog);
    for (uint32_t i = 0; i <= 2u * s.n; i++) {
        tt_prog_init(&prog, b.config, (uint64_t *)(void *)b.expected, STEP_CAPACITY);
        if (i == 0u)
            assert_int_equal(tt_prog_state_load(&prog, list_bytes), TT_OK);
        else
            emit_op(&prog, &s.ops[(i - 1u) % s.n]);
        run_list(&b, b.expected, &prog);
    }
    assert_memory_equal(b.mem + list_bytes, b.expected + list_bytes, CONV_MEM_BYTES - list_bytes);
    bench_close(&b);
}

static void test_step_utilisation(void **state) {
    (void)state;
    static const tt_ref_memory_t memory = {30, 1};
    uint64_t *words = allocate(sizeof(uint64_t) * TT_ISA_WORDS * STEP_CAPACITY);
    void *timing = allocate(tt_ref_timing_size(&configs[0]));
    tt_counters_t counters;
    step_t step;
    tt_prog_t prog;
    tt_prog_init(&prog, &configs[0], words, STEP_CAPACITY);
    plan_step(&step, step_net, STEP_LAYERS, STEP_CAPACITY * TT_ISA_WORDS * 8u);
    for (uint32_t i = 0; i < step.n; i++)
        emit_op(&prog, &step.ops[i]);
    assert_int_equal(tt_prog_end(&prog), TT_OK);
    assert_int_equal(tt_ref_timing_run(timing, &configs[0], &memory, (size_t)1 << 30, words, 0, prog.count, 1,
                                       1u << 20, &counters),
                     TT_DEV_ERR_NONE);
    /* forward 3 planes, weight gradient 3 * 3, of 7 channels that only fill a block */
    const uint64_t unused = tt_conv_macs(&step_net[0]) / 32u * 7u * (3u + 9u) / (8u * 8u * 64u);
    const uint64_t ideal = tt_prog_ideal_cycles(&prog) - unused;
    print_message("batch %u: %llu cycles, ideal %llu, utilisation %.3f, %u instructions\n", STEP_BATCH,
                  (unsigned long long)counters.cycles, (unsigned long long)ideal,
                  (double)ideal / (double)counters.cycles, prog.count);
    assert_true(ideal * 100u >= counters.cycles * 70u);
    free(timing);
    free(words);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),           cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_refusals),         cmocka_unit_test(test_step_order),
        cmocka_unit_test(test_step_utilisation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
