/* SPDX-License-Identifier: Apache-2.0
 * The functional machine by hand-written instructions: LOAD against nested loops over a plain buffer,
 * replay, slots, state, errors. Products made by the compiler are in test_exec. */
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
#include "tt_random_program.h"
#include "tt_ref.h"

#define MEM_BYTES (1u << 18)
#define LIST_ADDR 0x38000u

static const tt_config_t base = {8, 8, 64, 16, 24, 512, 512, 5, 0, 0};
static const tt_config_t narrow = {2, 4, 32, 2, 24, 64, 128, 3, 0, 0};
static const tt_config_t tiny = {2, 2, 32, 2, 16, 64, 64, 3, 1, 0};

static void *allocate(size_t size) {
    void *p = malloc(size);
    if (p == NULL)
        abort();
    return p;
}

static uint64_t seed(void) {
    const char *text = getenv("TT_SEED");
    return text == NULL ? 1u : strtoull(text, NULL, 0);
}

static uint64_t random64(plain_rng_t *rng) {
    const uint64_t high = plain_random(rng);
    return high << 32 | plain_random(rng);
}

/* ---- machine ---- */

typedef struct {
    tt_config_t config;
    plain_rng_t rng;
    uint8_t *mem;
    tt_ref_machine_t *machine;
    uint64_t *list;
    uint32_t count;
} bench_t;

static void bench_open(bench_t *b, const tt_config_t *config, uint64_t number) {
    b->config = *config;
    b->rng.state = number;
    b->mem = allocate(MEM_BYTES);
    b->machine = tt_ref_machine_init(allocate(tt_ref_machine_size(config)), config);
    b->list = (uint64_t *)(void *)(b->mem + LIST_ADDR);
    b->count = 0;
    for (size_t i = 0; i < LIST_ADDR / 8u; i++) {
        const uint64_t beat = random64(&b->rng);
        memcpy(b->mem + 8u * i, &beat, 8);
    }
}

static void bench_close(bench_t *b) {
    free(b->mem);
    free(b->machine);
}

static uint64_t *emit(bench_t *b, uint32_t opcode) {
    uint64_t *instr = b->list + (size_t)TT_ISA_WORDS * b->count++;
    memset(instr, 0, TT_ISA_WORDS * 8u);
    tt_field_set(instr, TT_F_OPCODE, opcode);
    return instr;
}

static void run_ok(bench_t *b, uint32_t steps) {
    uint32_t index = 0;
    assert_int_equal(tt_ref_machine_run(b->machine, b->mem, MEM_BYTES, LIST_ADDR, b->count, steps, &index),
                     TT_DEV_ERR_NONE);
    b->count = 0;
}

/* One chunk of `units` units from neighbouring beats to neighbouring lanes. */
static uint64_t *emit_load(bench_t *b, bool target_b, uint32_t addr, uint32_t units, uint32_t lane) {
    uint64_t *instr = emit(b, TT_OP_LOAD);
    tt_field_set(instr, TT_F_LOAD_TARGET_B, target_b);
    tt_field_set(instr, TT_F_LOAD_PUSH_B, target_b);
    tt_field_set(instr, TT_F_LOAD_ADDR, addr);
    tt_field_set(instr, TT_F_LOAD_RUN_LAST, 2u * units - 1u);
    tt_field_set(instr, TT_F_LOAD_PLANES, 1);
    tt_field_set(instr, TT_F_LOAD_BUF, lane);
    tt_field_set(instr, TT_F_LOAD_BLOCK_JUMP, 1);
    return instr;
}

static uint64_t *emit_exec(bench_t *b, uint32_t chunks, uint32_t depth, uint32_t columns) {
    uint64_t *instr = emit(b, TT_OP_EXEC);
    tt_field_set(instr, TT_F_EXEC_POP_B, 1);
    tt_field_set(instr, TT_F_EXEC_A_PLANES, 1);
    tt_field_set(instr, TT_F_EXEC_B_PLANES, 1);
    tt_field_set(instr, TT_F_EXEC_CHUNKS_LAST, chunks - 1u);
    tt_field_set(instr, TT_F_EXEC_DEPTH_LAST, depth - 1u);
    tt_field_set(instr, TT_F_EXEC_L0_LAST, columns - 1u);
    tt_field_set(instr, TT_F_EXEC_L0_B_JUMP, 1);
    return instr;
}

static uint64_t *emit_finish(bench_t *b, uint32_t opcode, uint32_t dst, uint32_t rows, uint32_t columns) {
    uint64_t *instr = emit(b, opcode);
    tt_field_set(instr, TT_F_FIN_OUT_INT32, 1);
    tt_field_set(instr, TT_F_FIN_DST_ADDR, dst);
    tt_field_set(instr, TT_F_FIN_L2_LAST, rows - 1u);
    tt_field_set(instr, TT_F_FIN_L0_LAST, columns - 1u);
    tt_field_set(instr, TT_F_FIN_ROWS_LAST, 8);
    tt_field_set(instr, TT_F_FIN_COLS_LAST, 8);
    return instr;
}

/* ---- LOAD against nested loops ---- */

enum { BUFFER_WORDS = 12, MAX_LANES = BUFFER_WORDS * 8, MAX_ROOM = 0x20000, RESULT = 0x30000 };

typedef struct {
    uint64_t mask[MAX_LANES], sign[MAX_LANES]; /* an 8 x 8 block per lane */
} buffer_t;

typedef struct {
    int32_t planes, blocks, plane_lanes, block_lanes; /* of a run */
    int32_t count[4], stride[4], y[4], x[4], lanes[4];
    int32_t addr, y0, x0, buf;
    uint32_t y_limit, x_limit;
    bool transpose, no_mask;
} nest_t;

static uint64_t plain_transpose(uint64_t beat) {
    uint64_t turned = 0;
    for (unsigned e = 0; e < 64u; e++)
        turned |= (beat >> e & 1u) << (e % 8u * 8u + e / 8u);
    return turned;
}

/* A stride for `count` rounds that moves at most `room`; for a negative one the start moves up. */
static int32_t stride_within(plain_rng_t *rng, int32_t count, int32_t room, int32_t *left, int32_t *start) {
    const int32_t most = count > 1 ? room / (count - 1) : room;
    const int32_t stride = plain_between(rng, 0, most);
    *left = count > 1 ? room - stride * (count - 1) : room;
    if (count > 1 && plain_below(rng, 3) == 0u) {
        *start += stride * (count - 1);
        return -stride;
    }
    return stride;
}

static int32_t run_beats(const nest_t *n) { return n->planes * n->blocks * (n->no_mask ? 1 : 2); }

static nest_t random_nest(bench_t *b) {
    plain_rng_t *rng = &b->rng;
    nest_t n = {.transpose = plain_below(rng, 2) != 0u, .no_mask = plain_below(rng, 3) == 0u};
    int32_t start = 0;
    int32_t room = (int32_t)(BUFFER_WORDS * b->config.k / 8u) - 1;
    n.planes = plain_between(rng, 1, 7);
    n.blocks = plain_between(rng, 1, 4);
    n.plane_lanes = stride_within(rng, n.planes, room, &room, &start);
    n.block_lanes = stride_within(rng, n.blocks, room, &room, &start);
    for (unsigned j = 0; j < 4u; j++) {
        n.count[j] = plain_between(rng, 1, 3);
        n.lanes[j] = stride_within(rng, n.count[j], room, &room, &start);
    }
    n.buf = start + plain_between(rng, 0, room);
    start = 0;
    room = MAX_ROOM / 8 - run_beats(&n);
    for (unsigned j = 0; j < 4u; j++) {
        n.stride[j] = stride_within(rng, n.count[j], room / 2, &room, &start);
        n.y[j] = plain_between(rng, -2, 2);
        n.x[j] = plain_between(rng, -2, 2);
    }
    n.addr = 8 * (start + plain_between(rng, 0, room));
    n.y0 = plain_between(rng, -3, 3);
    n.x0 = plain_between(rng, -3, 3);
    n.y_limit = plain_below(rng, 6);
    n.x_limit = plain_below(rng, 6);
    return n;
}

/* Where an address with these strides is at loop indices i. */
static int32_t position(const int32_t *stride, const int32_t *i) {
    return i[0] * stride[0] + i[1] * stride[1] + i[2] * stride[2] + i[3] * stride[3];
}

/* From the last iteration of the loops inside of loop j to the first ones of its next iteration. */
static uint64_t jump(const nest_t *n, const int32_t *stride, unsigned j) {
    int32_t from[4] = {0};
    int32_t to[4] = {0};
    for (unsigned inner = 0; inner < j; inner++)
        from[inner] = n->count[inner] - 1;
    to[j] = 1;
    return (uint64_t)(int64_t)(position(stride, to) - position(stride, from));
}

static void encode_nest(bench_t *b, const nest_t *n) {
    uint64_t *w = emit(b, TT_OP_LOAD);
    tt_field_set(w, TT_F_LOAD_TRANSPOSE, n->transpose);
    tt_field_set(w, TT_F_LOAD_NO_MASK, n->no_mask);
    tt_field_set(w, TT_F_LOAD_PLANES, (uint64_t)n->planes);
    tt_field_set(w, TT_F_LOAD_ADDR, (uint64_t)n->addr);
    tt_field_set(w, TT_F_LOAD_RUN_LAST, (uint64_t)run_beats(n) - 1u);
    for (unsigned j = 0; j < 4u; j++) {
        tt_field_set(w + j, TT_F_LOAD_L1_LAST, (uint64_t)n->count[j] - 1u);
        tt_field_set(w + j, TT_F_LOAD_L1_JUMP, jump(n, n->stride, j) - (uint64_t)run_beats(n));
        tt_field_set(w + j, TT_F_LOAD_L1_Y, jump(n, n->y, j));
        tt_field_set(w + j, TT_F_LOAD_L1_X, jump(n, n->x, j));
    }
    tt_field_set(w, TT_F_LOAD_Y0, (uint64_t)(int64_t)n->y0);
    tt_field_set(w, TT_F_LOAD_X0, (uint64_t)(int64_t)n->x0);
    tt_field_set(w, TT_F_LOAD_Y_LIMIT, n->y_limit);
    tt_field_set(w, TT_F_LOAD_X_LIMIT, n->x_limit);
    tt_field_set(w, TT_F_LOAD_BUF, (uint64_t)n->buf);
    tt_field_set(w, TT_F_LOAD_PLANE_JUMP, (uint64_t)(int64_t)n->plane_lanes);
    tt_field_set(w, TT_F_LOAD_BLOCK_JUMP,
                 (uint64_t)(int64_t)(n->block_lanes - (n->planes - 1) * n->plane_lanes));
    tt_field_set(w, TT_F_LOAD_L1_BUF, jump(n, n->lanes, 0));
    tt_field_set(w, TT_F_LOAD_L2_BUF, jump(n, n->lanes, 1));
    tt_field_set(w, TT_F_LOAD_L3_BUF, jump(n, n->lanes, 2));
    tt_field_set(w, TT_F_LOAD_L4_BUF, jump(n, n->lanes, 3));
}

static uint64_t plain_beat(const bench_t *b, const nest_t *n, int32_t addr) {
    uint64_t beat;
    memcpy(&beat, b->mem + addr, 8);
    return n->transpose ? plain_transpose(beat) : beat;
}

/* The units of the run at loop indices i. */
static void plain_run(const bench_t *b, const nest_t *n, const int32_t *i, buffer_t *buffer) {
    const int32_t y = n->y0 + position(n->y, i);
    const int32_t x = n->x0 + position(n->x, i);
    const bool zero = (n->y_limit != 0u && (y < 0 || y >= (int32_t)n->y_limit)) ||
                      (n->x_limit != 0u && (x < 0 || x >= (int32_t)n->x_limit));
    int32_t addr = n->addr + 8 * position(n->stride, i);
    for (int32_t block = 0; block < n->blocks; block++)
        for (int32_t plane = 0; plane < n->planes; plane++) {
            const int32_t lane =
                n->buf + position(n->lanes, i) + block * n->block_lanes + plane * n->plane_lanes;
            buffer->mask[lane] = zero ? 0u : UINT64_MAX;
            if (!n->no_mask) {
                buffer->mask[lane] = zero ? 0u : plain_beat(b, n, addr);
                addr += 8;
            }
            buffer->sign[lane] = zero ? 0u : plain_beat(b, n, addr);
            addr += 8;
        }
}

/* All runs in the order of docs/isa.md: where lanes meet, the last one stays. */
static void plain_load(const bench_t *b, const nest_t *n, buffer_t *buffer) {
    for (int32_t i4 = 0; i4 < n->count[3]; i4++)
        for (int32_t i3 = 0; i3 < n->count[2]; i3++)
            for (int32_t i2 = 0; i2 < n->count[1]; i2++)
                for (int32_t i1 = 0; i1 < n->count[0]; i1++) {
                    const int32_t i[4] = {i1, i2, i3, i4};
                    plain_run(b, n, i, buffer);
                }
}

/* Reads buffer A back: products of its block-words with identity blocks in each lane of B. */
static void check_buffer(bench_t *b, const buffer_t *buffer) {
    const uint32_t lanes = b->config.k / 8u;
    uint32_t identities = RESULT - 8u * 2u * lanes * lanes;
    uint32_t e = 0;
    for (uint32_t word = 0; word < lanes; word++)
        for (uint32_t lane = 0; lane < lanes; lane++) {
            const uint64_t beats[2] = {word == lane ? UINT64_C(0x8040201008040201) : 0u, 0};
            memcpy(b->mem + identities + 16u * (word * lanes + lane), beats, 16);
        }
    emit_load(b, true, identities, lanes * lanes, 0);
    emit_load(b, false, 0, 1,
              (b->config.a_depth - 1u) * lanes); /* a token: one chunk next to what is read back */
    uint64_t *exec = emit_exec(b, 1, b->config.k, lanes);
    tt_field_set(exec, TT_F_EXEC_L1_LAST, BUFFER_WORDS - 1u);
    tt_field_set(exec, TT_F_EXEC_L1_A_JUMP, 1);
    tt_field_set(exec, TT_F_EXEC_L1_B_JUMP, 1u - (uint64_t)lanes);
    uint64_t *finish = emit_finish(b, TT_OP_FINISH, RESULT, 1, lanes);
    tt_field_set(finish, TT_F_FIN_L1_LAST, BUFFER_WORDS - 1u);
    run_ok(b, 1);
    for (uint32_t lane = 0; lane < BUFFER_WORDS * lanes; lane++) {
        e = 0;
        for (uint32_t sm = 0; sm < 8u; sm += b->config.m)
            for (uint32_t sn = 0; sn < 8u; sn += b->config.n)
                for (uint32_t i = 0; i < b->config.m * b->config.n; i++, e++) {
                    const uint32_t bit = 8u * (sm + i / b->config.n) + sn + i % b->config.n;
                    const int32_t trit = (buffer->mask[lane] >> bit & 1u) == 0u   ? 0
                                         : (buffer->sign[lane] >> bit & 1u) != 0u ? -1
                                                                                  : 1;
                    int32_t seen;
                    memcpy(&seen, b->mem + RESULT + 256u * lane + 4u * e, 4);
                    assert_int_equal(seen, trit);
                }
    }
}

static void test_load_nests(void **state) {
    (void)state;
    const tt_config_t *const both[] = {&base, &narrow};
    print_message("seed %llu (TT_SEED)\n", (unsigned long long)seed());
    for (unsigned g = 0; g < 2u; g++) {
        bench_t b;
        bench_open(&b, both[g], seed() + 40u + g);
        for (int i = 0; i < 150; i++) {
            buffer_t buffer;
            const uint32_t lanes = BUFFER_WORDS * b.config.k / 8u;
            const uint32_t filler = 8u * plain_below(&b.rng, MAX_ROOM / 8 - 2u * MAX_LANES);
            for (uint32_t lane = 0; lane < lanes; lane++) {
                memcpy(&buffer.mask[lane], b.mem + filler + 16u * lane, 8);
                memcpy(&buffer.sign[lane], b.mem + filler + 16u * lane + 8u, 8);
            }
            emit_load(&b, false, filler, lanes, 0);
            const nest_t nest = random_nest(&b);
            plain_load(&b, &nest, &buffer);
            encode_nest(&b, &nest);
            /* LOADs leave tokens that the read-back, a list of its own, does not see; EXEC is not needed */
            uint32_t index = 0;
            assert_int_equal(tt_ref_machine_run(b.machine, b.mem, MEM_BYTES, LIST_ADDR, b.count, 1, &index),
                             TT_DEV_ERR_NONE);
            b.count = 0;
            check_buffer(&b, &buffer);
        }
        bench_close(&b);
    }
}

/* Trit (row, k) of a block row whose 8 x 8 blocks stand one after the other at addr. */
static int32_t trit_at(const bench_t *b, uint32_t addr, uint32_t row, uint32_t k) {
    uint64_t mask;
    uint64_t sign;
    memcpy(&mask, b->mem + addr + 16u * (k / 8u), 8);
    memcpy(&sign, b->mem + addr + 16u * (k / 8u) + 8u, 8);
    const uint32_t bit = 8u * row + k % 8u;
    return (mask >> bit & 1u) == 0u ? 0 : (sign >> bit & 1u) != 0u ? -1 : 1;
}

/* Seven chunks through rings of one to three slots: later LOADs wait for EXEC and use each slot again. */
static void test_ring(void **state) {
    (void)state;
    enum { CHUNKS = 7, DEPTH = 59 };
    bench_t b;
    bench_open(&b, &base, seed() + 45u);
    for (uint32_t slots = 1; slots <= 3u; slots++) {
        emit_load(&b, true, 0x1000, 8, 0);
        uint64_t *instr = emit_load(&b, false, 0x2000, 8, 40);
        tt_field_set(instr, TT_F_LOAD_L4_LAST, slots - 1u);
        tt_field_set(instr, TT_F_LOAD_L4_BUF, 16);
        instr = emit_exec(&b, CHUNKS, DEPTH, 1);
        tt_field_set(instr, TT_F_EXEC_A_BASE, 5);
        tt_field_set(instr, TT_F_EXEC_A_RING_LAST, slots - 1u);
        tt_field_set(instr, TT_F_EXEC_A_RING_STRIDE, 2);
        (void)emit_finish(&b, TT_OP_FINISH, RESULT, CHUNKS, 1);
        for (uint32_t chunk = slots; chunk < CHUNKS; chunk++) {
            instr = emit_load(&b, false, 0x2000 + 128u * chunk, 8, 40u + 16u * (chunk % slots));
            tt_field_set(instr, TT_F_LOAD_POP_A, 1);
        }
        run_ok(&b, 1);
        for (uint32_t e = 0; e < CHUNKS * 64u; e++) {
            int32_t sum = 0;
            int32_t seen;
            for (uint32_t k = 0; k < DEPTH; k++)
                sum +=
                    trit_at(&b, 0x2000 + 128u * (e / 64u), e / 8u % 8u, k) * trit_at(&b, 0x1000, e % 8u, k);
            memcpy(&seen, b.mem + RESULT + 4u * e, 4);
            assert_int_equal(seen, sum);
        }
    }
    bench_close(&b);
}

/* Digits of both operands, sums of 16 bits, and a contraction that ends inside of a block of a compact configuration. */
static void test_planes_and_wrap(void **state) {
    (void)state;
    enum { LANES = 4, PLANES = 5 };
    static const struct {
        const tt_config_t *config;
        uint32_t depth;
        int32_t sum;
    } known[] = {{&narrow, 13, 13 * 121 * 121},        /* masked off after 13 */
                 {&tiny, 13, 16 * 121 * 121 - 262144}, /* after two blocks of 8; 234256 = 4 * 65536 - 27888 */
                 {&tiny, 32, 32 * 121 * 121 - 458752}}; /* 468512 = 7 * 65536 + 9760 */
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        bench_t b;
        bench_open(&b, known[i].config, seed() + 46u);
        for (uint32_t unit = 0; unit < PLANES * LANES; unit++) {
            const uint64_t ones[2] = {UINT64_MAX, 0};
            memcpy(b.mem + 0x1000 + 16u * unit, ones, 16);
        }
        emit_load(&b, true, 0x1000, PLANES * LANES, 3u * LANES);
        emit_load(&b, false, 0x1000, PLANES * LANES, 7u * LANES);
        uint64_t *exec = emit_exec(&b, 1, known[i].depth, 1);
        tt_field_set(exec, TT_F_EXEC_RADIX3, 1);
        tt_field_set(exec, TT_F_EXEC_A_PLANES, PLANES);
        tt_field_set(exec, TT_F_EXEC_B_PLANES, PLANES);
        tt_field_set(exec, TT_F_EXEC_A_BASE,
                     7u); /* of the highest plane: in buffer order the last digit comes first */
        tt_field_set(exec, TT_F_EXEC_A_PLANE_STRIDE, UINT64_MAX);
        tt_field_set(exec, TT_F_EXEC_B_BASE, 3u + PLANES - 1u);
        tt_field_set(exec, TT_F_EXEC_B_PLANE_STRIDE, 1);
        (void)emit_finish(&b, TT_OP_FINISH, RESULT, 1, 1);
        run_ok(&b, 1);
        for (uint32_t e = 0; e < 64u; e++) {
            int32_t seen;
            memcpy(&seen, b.mem + RESULT + 4u * e, 4);
            assert_int_equal(seen, known[i].sum);
        }
        bench_close(&b);
    }
}

/* ---- slots, state, replay ---- */

static void put_state(bench_t *b, uint32_t addr) {
    for (uint32_t i = 0; i < b->config.lanes + TT_SLOTS; i++) {
        const uint64_t beat =
            i < b->config.lanes ? random64(&b->rng) | 1u : (uint64_t)plain_below(&b->rng, 25) << 32;
        memcpy(b->mem + addr + 8u * i, &beat, 8);
    }
}

static void test_slots(void **state) {
    (void)state;
    bench_t b;
    bench_open(&b, &base, seed() + 50u);
    for (int i = 0; i < 200; i++) {
        const uint32_t slot = plain_below(&b.rng, TT_SLOTS);
        const uint32_t rows = 1u + plain_below(&b.rng, 8);
        const uint32_t cols = 1u + plain_below(&b.rng, 8);
        const uint32_t scale = plain_below(&b.rng, 23);
        uint32_t magnitude = 0;
        uint32_t exp = 1;
        uint64_t slot_beat;
        put_state(&b, 0x8000);
        for (uint32_t e = 0; e < 64u; e++) {
            const int32_t value =
                plain_between(&b.rng, -(1 << scale), (1 << scale) - 1) * (int32_t)plain_below(&b.rng, 2);
            memcpy(b.mem + 0x1000 + 4u * e, &value, 4);
            if (e / 8u < rows && e % 8u < cols)
                magnitude |= (uint32_t)(value < 0 ? -value - 1 : value);
        }
        while (magnitude >> exp != 0u)
            exp++;
        uint64_t *instr = emit(&b, TT_OP_STATE_LOAD);
        tt_field_set(instr, TT_F_STATE_LOAD_ADDR, 0x8000);
        instr = emit_finish(&b, TT_OP_ELEMENTWISE, 0x3000, 1, 1);
        tt_field_set(instr, TT_F_FIN_SRC_ADDR, 0x1000);
        tt_field_set(instr, TT_F_FIN_ROWS_LAST, rows);
        tt_field_set(instr, TT_F_FIN_COLS_LAST, cols);
        tt_field_set(instr, TT_F_FIN_SLOT, slot);
        tt_field_set(instr, TT_F_FIN_SLOT_OBSERVE, 1);
        tt_field_set(instr, TT_F_FIN_SLOT_COMMIT, i % 2 != 0);
        instr = emit(&b, TT_OP_STATE_STORE);
        tt_field_set(instr, TT_F_STATE_STORE_ADDR, 0x9000);
        run_ok(&b, 1);
        memcpy(&slot_beat, b.mem + 0x8000 + 8u * (b.config.lanes + slot), 8);
        slot_beat = i % 2 != 0 ? (uint64_t)exp << 32 : slot_beat | magnitude;
        memcpy(b.mem + 0x8000 + 8u * (b.config.lanes + slot), &slot_beat, 8);
        assert_memory_equal(b.mem + 0x8000, b.mem + 0x9000, tt_state_bytes(&b.config));
    }
    bench_close(&b);
}

/* The list of one step, at addresses moved by so many pages. */
static void emit_step(bench_t *b, uint32_t pages) {
    emit_load(b, true, 0x2000, 64, 0);
    uint64_t *instr = emit_load(b, false, 0x4000 + 4096u * pages, 8, 0);
    tt_field_set(instr, TT_F_LOAD_STEP_PAGES, 1);
    instr = emit_exec(b, 1, 50, 3);
    tt_field_set(instr, TT_F_EXEC_PUSH_B, 1);
    instr = emit_finish(b, TT_OP_FINISH, 0x10000 + 8192u * pages, 1, 3);
    tt_field_set(instr, TT_F_FIN_OUT_INT32, 0);
    tt_field_set(instr, TT_F_FIN_DST_STEP_PAGES, 2);
    tt_field_set(instr, TT_F_FIN_L0_DST_JUMP, 2);
    tt_field_set(instr, TT_F_FIN_AUX_KIND, TT_AUX_STE);
    tt_field_set(instr, TT_F_FIN_AUX_PLANES, 2);
    tt_field_set(instr, TT_F_FIN_AUX_ADDR, 0x20000 + 12288u * pages);
    tt_field_set(instr, TT_F_FIN_AUX_STEP_PAGES, 3);
    tt_field_set(instr, TT_F_FIN_L0_AUX_JUMP, 1);
    tt_field_set(instr, TT_F_FIN_STE_LIMIT, 3);
    tt_field_set(instr, TT_F_FIN_OUT_PLANES, 3);
    tt_field_set(instr, TT_F_FIN_OUT_RADIX3, 1);
    tt_field_set(instr, TT_F_FIN_ROUND, TT_ROUND_STOCHASTIC);
    tt_field_set(instr, TT_F_FIN_MANT, 3001);
    tt_field_set(instr, TT_F_FIN_SHIFT, 11);
    tt_field_set(instr, TT_F_FIN_LO, 0xF3); /* -13 */
    tt_field_set(instr, TT_F_FIN_HI, 13);
    instr = emit_finish(b, TT_OP_ELEMENTWISE, 0x18000 + 4096u * pages, 1, 1);
    tt_field_set(instr, TT_F_FIN_DST_STEP_PAGES, 1);
    tt_field_set(instr, TT_F_FIN_SRC_ADDR, 0x3000 + 4096u * pages);
    tt_field_set(instr, TT_F_FIN_SRC_STEP_PAGES, 1);
    instr = emit(b, TT_OP_STATE_STORE);
    tt_field_set(instr, TT_F_STATE_STORE_ADDR, 0x1C000 + 4096u * pages);
    tt_field_set(instr, TT_F_STATE_STORE_STEP_PAGES, 1);
    instr = emit(b, TT_OP_LOAD); /* the next step's LOADs wait for the EXEC */
    tt_field_set(instr, TT_F_LOAD_TOKENS_ONLY, 1);
    tt_field_set(instr, TT_F_LOAD_POP_A, 1);
    tt_field_set(instr, TT_F_LOAD_POP_B, 1);
}

/* Three steps in one run, against three runs with addresses moved by hand. */
static void test_replay(void **state) {
    (void)state;
    bench_t once;
    bench_t replayed;
    bench_open(&once, &base, seed() + 60u);
    bench_open(&replayed, &base, seed() + 60u);
    bench_t *const both[] = {&once, &replayed};
    for (unsigned i = 0; i < 2u; i++) {
        put_state(both[i], 0x1000);
        uint64_t *instr = emit(both[i], TT_OP_STATE_LOAD);
        tt_field_set(instr, TT_F_STATE_LOAD_ADDR, 0x1000);
        run_ok(both[i], 1);
    }
    emit_step(&replayed, 0);
    run_ok(&replayed, 3);
    for (uint32_t step = 0; step < 3u; step++) {
        emit_step(&once, step);
        run_ok(&once, 1);
    }
    assert_memory_equal(once.mem, replayed.mem, LIST_ADDR);
    bench_close(&once);
    bench_close(&replayed);
}

/* A program sees nothing of what an earlier one left in the operand buffers. */
static void test_random_programs(void **state) {
    (void)state;
    uint8_t *image = allocate(TT_RANDOM_MEM_BYTES);
    uint8_t *fresh = allocate(TT_RANDOM_MEM_BYTES);
    uint64_t *words = allocate(TT_RANDOM_CAPACITY * TT_ISA_WORDS * sizeof *words);
    void *storage = allocate(tt_ref_machine_size(&tiny));
    void *used_storage = allocate(tt_ref_machine_size(&tiny));
    tt_ref_machine_t *used = tt_ref_machine_init(used_storage, &tiny);
    for (uint64_t i = 0; i < 100u; i++) {
        tt_random_program_t program;
        uint32_t index = 0;
        tt_random_program(seed() + i, &tiny, image, TT_RANDOM_MEM_BYTES, words, &program);
        memcpy(fresh, image, TT_RANDOM_MEM_BYTES);
        tt_ref_machine_t *machine = tt_ref_machine_init(storage, &tiny);
        assert_int_equal(tt_ref_machine_run(machine, fresh, TT_RANDOM_MEM_BYTES, program.list_addr,
                                            program.count, program.steps, &index),
                         TT_DEV_ERR_NONE);
        assert_int_equal(tt_ref_machine_run(used, image, TT_RANDOM_MEM_BYTES, program.list_addr,
                                            program.count, program.steps, &index),
                         TT_DEV_ERR_NONE);
        assert_memory_equal(fresh, image, TT_RANDOM_MEM_BYTES);
    }
    free(image);
    free(fresh);
    free(words);
    free(storage);
    free(used_storage);
}

/* Tasks in an order that a caller alone would never take: what they do must not depend on each other. */
static void run_backwards(void *pool, tt_ref_task_t *task, void *context, uint32_t n) {
    uint32_t *most = pool;
    *most = n > *most ? n : *most;
    while (n-- > 0u)
        task(context, n);
}

/* Every set of kernels, tasks in any order: the same bytes as the plain ones in order. */
static void test_kernels_and_runners(void **state) {
    (void)state;
    static const char *const names[] = {"scalar", "avx2", "avx512"};
    uint32_t most = 0;
    const tt_ref_runner_t runner = {run_backwards, &most};
    uint8_t *image = allocate(TT_RANDOM_MEM_BYTES);
    uint8_t *start = allocate(TT_RANDOM_MEM_BYTES);
    uint8_t *expected = allocate(TT_RANDOM_MEM_BYTES);
    uint64_t *words = allocate(TT_RANDOM_CAPACITY * TT_ISA_WORDS * sizeof *words);
    const tt_config_t *const configs[] = {&base, &tiny, &narrow};
    for (unsigned c = 0; c < 3u; c++) {
        void *storage = allocate(tt_ref_machine_size(configs[c]));
        for (uint64_t i = 0; i < 60u; i++) {
            tt_random_program_t program;
            uint32_t index = 0;
            tt_random_program(seed() + 1000u * c + i, configs[c], start, TT_RANDOM_MEM_BYTES, words,
                              &program);
            for (unsigned k = 0; k < 3u; k++) {
                tt_ref_machine_t *machine = tt_ref_machine_init(storage, configs[c]);
                if (!tt_ref_machine_use(machine, names[k], k == 0u ? NULL : &runner))
                    continue;
                memcpy(image, start, TT_RANDOM_MEM_BYTES);
                assert_int_equal(tt_ref_machine_run(machine, image, TT_RANDOM_MEM_BYTES, program.list_addr,
                                                    program.count, program.steps, &index),
                                 TT_DEV_ERR_NONE);
                if (k == 0u)
                    memcpy(expected, image, TT_RANDOM_MEM_BYTES);
                assert_memory_equal(expected, image, TT_RANDOM_MEM_BYTES);
            }
        }
        free(storage);
    }
    assert_true(most > 8u);
    assert_false(tt_ref_machine_use(tt_ref_machine_init(start, &tiny), "abacus", NULL));
    free(image);
    free(start);
    free(expected);
    free(words);
}

/* ---- errors ---- */

static void expect_error(bench_t *b, tt_dev_err_t error, uint32_t at) {
    uint32_t index = 12345;
    assert_int_equal(tt_ref_machine_run(b->machine, b->mem, MEM_BYTES, LIST_ADDR, b->count, 1, &index),
                     error);
    assert_int_equal(index, at);
    b->count = 0;
}

/* A good product of one block: LOAD B, LOAD A, EXEC, FINISH are instructions 0 to 3. */
static uint64_t *emit_product(bench_t *b) {
    uint64_t *first = emit_load(b, true, 0, 8, 0);
    emit_load(b, false, 0x1000, 8, 0);
    (void)emit_exec(b, 1, 64, 1);
    (void)emit_finish(b, TT_OP_FINISH, 0x2000, 1, 1);
    return first;
}

static void test_errors(void **state) {
    (void)state;
    bench_t b;
    bench_open(&b, &tiny, seed() + 70u);
    uint64_t *exec = b.list + (size_t)2 * TT_ISA_WORDS;
    uint64_t *finish = b.list + (size_t)3 * TT_ISA_WORDS;

    emit_product(&b);
    run_ok(&b, 1);
    emit_product(&b);
    (void)emit(&b, 77);
    expect_error(&b, TT_DEV_ERR_BAD_OPCODE, 4);
    for (uint32_t planes = 0; planes < 8u; planes++) {
        emit_product(&b);
        tt_field_set(exec, TT_F_EXEC_B_PLANES, planes);
        if (planes >= 1u && planes <= 5u)
            run_ok(&b, 1);
        else
            expect_error(&b, TT_DEV_ERR_BAD_FIELD, 2);
        emit_product(&b);
        tt_field_set(finish, TT_F_FIN_OUT_INT32, 0);
        tt_field_set(finish, TT_F_FIN_OUT_PLANES, planes);
        if (planes >= 1u && planes <= tiny.planes_max)
            run_ok(&b, 1);
        else
            expect_error(&b, TT_DEV_ERR_BAD_FIELD, 3);
    }
    emit_product(&b);
    tt_field_set(b.list, TT_F_LOAD_ADDR, MEM_BYTES - 8u * 15u);
    expect_error(&b, TT_DEV_ERR_ADDRESS, 0);
    emit_product(&b);
    tt_field_set(finish, TT_F_FIN_DST_ADDR, MEM_BYTES - 8u * 31u);
    expect_error(&b, TT_DEV_ERR_ADDRESS, 3);
    emit_product(&b);
    tt_field_set(finish, TT_F_FIN_DST_ADDR, MEM_BYTES - 8u * 31u);
    tt_field_set(finish, TT_F_FIN_WRITE_OFF, 1);
    run_ok(&b, 1);
    uint32_t index = 0;
    assert_int_equal(tt_ref_machine_run(b.machine, b.mem, MEM_BYTES, MEM_BYTES - 256u, 3, 1, &index),
                     TT_DEV_ERR_ADDRESS);
    assert_int_equal(index, 0xFFFF);
    bench_close(&b);
}

static void test_deadlocks(void **state) {
    (void)state;
    bench_t b;
    bench_open(&b, &base, seed() + 80u);
    uint64_t *instr = emit_load(&b, false, 0, 8, 0);
    tt_field_set(instr, TT_F_LOAD_POP_FINISH, 1);
    expect_error(&b, TT_DEV_ERR_TIMEOUT, 0);
    (void)emit_exec(&b, 1, 64, 1);
    expect_error(&b, TT_DEV_ERR_TIMEOUT, 0);
    emit_product(&b); /* more blocks than the EXEC makes */
    tt_field_set(b.list + (size_t)3 * TT_ISA_WORDS, TT_F_FIN_L2_LAST, 1);
    expect_error(&b, TT_DEV_ERR_TIMEOUT, 3);
    emit_product(&b); /* a LOAD without data makes no chunk */
    tt_field_set(b.list + (size_t)1 * TT_ISA_WORDS, TT_F_LOAD_TOKENS_ONLY, 1);
    tt_field_set(b.list + (size_t)3 * TT_ISA_WORDS, TT_F_OPCODE, TT_OP_LOAD);
    tt_field_set(b.list + (size_t)3 * TT_ISA_WORDS, TT_F_LOAD_TOKENS_ONLY, 1);
    expect_error(&b, TT_DEV_ERR_TIMEOUT, 2);
    bench_close(&b);
}

/* Entry pops and the exit push, whatever else the LOAD says. */
static void test_tokens_only(void **state) {
    (void)state;
    bench_t b;
    bench_open(&b, &base, seed() + 90u);
    for (unsigned pushes = 0; pushes < 2u; pushes++) {
        emit_product(&b);
        tt_field_set(b.list + (size_t)2 * TT_ISA_WORDS, TT_F_EXEC_PUSH_B, 1);
        tt_field_set(b.list + (size_t)3 * TT_ISA_WORDS, TT_F_FIN_PUSH_LOAD, 1);
        uint64_t *load = emit_load(&b, true, 0xFFFFF000u, 8, 0); /* never read */
        tt_field_set(load, TT_F_LOAD_TOKENS_ONLY, 1);
        tt_field_set(load, TT_F_LOAD_L4_LAST, 5);
        tt_field_set(load, TT_F_LOAD_POP_FINISH, 1);
        tt_field_set(load, TT_F_LOAD_POP_A, 1);
        tt_field_set(load, TT_F_LOAD_POP_B, 1);
        tt_field_set(load, TT_F_LOAD_PUSH_B, pushes);
        emit_load(&b, false, 0x1000, 8, 0);
        (void)emit_exec(&b, 1, 64, 1); /* pops what the LOAD has pushed */
        (void)emit_finish(&b, TT_OP_FINISH, 0x3000, 1, 1);
        if (pushes != 0u)
            run_ok(&b, 1);
        else
            expect_error(&b, TT_DEV_ERR_TIMEOUT, 7);
    }
    assert_memory_equal(b.mem + 0x2000, b.mem + 0x3000, 256); /* the first panel served again */
    bench_close(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load_nests),
        cmocka_unit_test(test_ring),
        cmocka_unit_test(test_planes_and_wrap),
        cmocka_unit_test(test_slots),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_random_programs),
        cmocka_unit_test(test_kernels_and_runners),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_deadlocks),
        cmocka_unit_test(test_tokens_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
