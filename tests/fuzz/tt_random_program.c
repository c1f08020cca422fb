/* SPDX-License-Identifier: Apache-2.0
 * A program is a STATE_LOAD, LOADs that fill two windows of each operand buffer, 1 to 12 jobs, and a STATE_STORE. A job comes from
 * the compiler (sw/exec) or is written field by field. After each change between the two kinds, and at the end of a replayed
 * list, a LOAD without data takes back every token.
 *
 * What keeps raw jobs independent of time: they load from a region that no one writes (B also from the written region, once all
 * writes are acknowledged); job j works in window j mod 2 of each buffer and its LOADs wait until the EXECs of job j - 2 are done;
 * an EXEC reads any place of its window once all of the job's LOADs are done, or else only the ring slot of its chunk;
 * auxiliary blocks lie apart from the results, or exactly in their place. */
#include "tt_random_program.h"

#include <stdbool.h>
#include <string.h>

#include "tt_exec.h"
#include "tt_isa.h"

#define BEAT 8u
#define PAGE 4096u
#define INT32_BLOCK_BEATS 32u
#define INSTRUCTION (TT_ISA_WORDS * BEAT) /* also the alignment of a list */
#define WINDOW_WORDS 8u
#define MAX_JOBS 12u
#define MAX_STEPS 3u
#define ARRAY_BUDGET 600u /* array cycles of one job, about */
#define TAIL 16u          /* instructions kept for the end of the list */

typedef struct {
    uint64_t rng;
    tt_config_t config;
    uint8_t *mem;
    uint32_t source_end, result_end, data_next,
        data_end; /* regions: raw sources, raw results, compiled jobs and auxiliary data */
    uint64_t *words;
    uint32_t count, steps;
    tt_prog_t prog;
    bool compiled;       /* the list ends with jobs of prog, which keeps their tokens */
    uint32_t prog_first; /* its first instruction */
    /* raw jobs: tokens pushed and popped since the last barrier */
    uint32_t finishes, finishes_popped, a_chunks, a_popped, b_pushes, b_popped;
    bool
        last_pushed; /* the last instruction of the finish stage had PUSH_LOAD: its token means that all writes are done */
    uint32_t raw_jobs;
    struct {
        uint32_t chunks, pushes; /* to have been popped before the window is free */
        bool pushed;             /* the job's last EXEC had PUSH_B */
    } window[2];
    /* what compiled jobs left, for later ones to read */
    bool have_planes, have_int32;
    tt_tensor_t last;
    uint32_t last_int32, last_rows, last_cols;
} gen_t;

/* ---- random numbers ---- */

static uint64_t draw64(gen_t *g) {
    g->rng += UINT64_C(0x9E3779B97F4A7C15);
    uint64_t z = g->rng;
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static uint32_t below(gen_t *g, uint32_t n) { return (uint32_t)((draw64(g) >> 32) * n >> 32); }

static int32_t between(gen_t *g, int32_t lo, int32_t hi) {
    return lo + (int32_t)below(g, (uint32_t)(hi - lo + 1));
}

static bool one_in(gen_t *g, uint32_t n) { return below(g, n) == 0u; }

/* ---- emission ---- */

static uint64_t *emit(gen_t *g, uint32_t opcode) {
    uint64_t *instr = g->words + (size_t)TT_ISA_WORDS * g->count++;
    memset(instr, 0, TT_ISA_WORDS * sizeof *instr);
    tt_field_set(instr, TT_F_OPCODE, opcode);
    return instr;
}

static void set_signed(uint64_t *instr, unsigned word, unsigned lsb, unsigned width, int32_t value) {
    tt_field_set(instr, word, lsb, width, (uint64_t)(int64_t)value);
}

static void set_pops(gen_t *g, uint64_t *instr, uint32_t finishes, uint32_t a, uint32_t b) {
    tt_field_set(instr, TT_F_LOAD_POP_FINISH, finishes);
    tt_field_set(instr, TT_F_LOAD_POP_A, a);
    tt_field_set(instr, TT_F_LOAD_POP_B, b);
    g->finishes_popped += finishes;
    g->a_popped += a;
    g->b_popped += b;
}

/* Takes back all tokens of the raw jobs. */
static void raw_barrier(gen_t *g) {
    uint64_t *instr = emit(g, TT_OP_LOAD);
    tt_field_set(instr, TT_F_LOAD_TOKENS_ONLY, 1);
    set_pops(g, instr, g->finishes - g->finishes_popped, g->a_chunks - g->a_popped,
             g->b_pushes - g->b_popped);
    g->raw_jobs = 0;
    g->finishes = g->finishes_popped = g->a_chunks = g->a_popped = g->b_pushes = g->b_popped = 0;
}

static void start_compiled(gen_t *g) {
    if (g->compiled)
        return;
    raw_barrier(g);
    g->prog_first = g->count;
    tt_prog_init(&g->prog, &g->config, g->words + (size_t)TT_ISA_WORDS * g->count,
                 TT_RANDOM_CAPACITY - TAIL - g->count);
    g->compiled = true;
}

/* ---- raw jobs: LOAD ---- */

static uint32_t lanes(const gen_t *g) { return g->config.k / TT_BLOCK; }

/* First block-word of a window: they lie at the two ends of the buffer. */
static uint32_t window_base(const gen_t *g, bool target_b, uint32_t window) {
    return window == 0u ? 0u : (target_b ? g->config.b_depth : g->config.a_depth) - WINDOW_WORDS;
}

/* Compact configurations have fewer loops (docs/isa.md section 3); what they lack is left 0. */
/* Compact configurations have neither inner loops nor transposes in the finish stage. */
static bool has_inner_loops(const gen_t *g) { return g->config.compact == 0u; }

/* A stride for a loop of `count` that spans at most *room; what it spans is taken from *room, and for a negative stride added to
 * *start. */
static int32_t pick_stride(gen_t *g, uint32_t count, uint32_t *room, uint32_t *start) {
    if (count <= 1u)
        return between(g, -3, 3); /* not used */
    const uint32_t stride = below(g, *room / (count - 1u) + 1u);
    *room -= stride * (count - 1u);
    if (stride == 0u || !one_in(g, 4))
        return (int32_t)stride;
    *start += stride * (count - 1u);
    return -(int32_t)stride;
}

/* Loops, innermost first, and what an address moves by when their index does. */
typedef struct {
    unsigned n;
    uint32_t count[4];
    int32_t stride[4];
} nest_t;

static void pick_strides(gen_t *g, nest_t *nest, uint32_t *room, uint32_t *start) {
    for (unsigned j = 0; j < nest->n; j++)
        nest->stride[j] = pick_stride(g, nest->count[j], room, start);
}

/* The jump of loop j: the loops inside of it have moved the address, and the body by `walked`. */
static int32_t jump_of(const nest_t *nest, unsigned j, int32_t walked) {
    for (unsigned i = 0; i < j; i++)
        walked += (int32_t)(nest->count[i] - 1u) * nest->stride[i];
    return nest->stride[j] - walked;
}

/* Whether loop L1 + j of LOAD is there. */
static bool has_load_loop(const gen_t *g, unsigned j) { return has_inner_loops(g) || j == 0u || j == 3u; }

/* Loops L1..L4 of a LOAD, and the beats of their runs, read anywhere in a region. */
static void random_source(gen_t *g, uint64_t *instr, const nest_t *counts, uint32_t run, uint32_t from,
                          uint32_t to) {
    const uint32_t pages = below(g, 3);
    nest_t nest = *counts;
    uint32_t room = (to - from - (g->steps - 1u) * pages * PAGE) / BEAT;
    uint32_t start = 0;
    room -= run;
    room = one_in(g, 2) ? room : below(g, 600u); /* strides of all sizes */
    pick_strides(g, &nest, &room, &start);
    tt_field_set(instr, TT_F_LOAD_ADDR, from + BEAT * (start + below(g, room + 1u)));
    tt_field_set(instr, TT_F_LOAD_STEP_PAGES, pages);
    tt_field_set(instr, TT_F_LOAD_RUN_LAST, run - 1u);
    for (unsigned j = 0; j < nest.n; j++)
        if (has_load_loop(g, j)) { /* the loops have the same fields in neighbouring words */
            tt_field_set(instr + j, TT_F_LOAD_L1_LAST, nest.count[j] - 1u);
            set_signed(instr + j, TT_F_LOAD_L1_JUMP, jump_of(&nest, j, (int32_t)run));
        }
}

/* Bounds outside of which zeros are read; sometimes everything is outside, or coordinates wrap. */
static void random_bounds(gen_t *g, uint64_t *instr) {
    const bool far = one_in(g, 6);
    if (!has_inner_loops(g))
        return;
    tt_field_set(instr, TT_F_LOAD_Y_LIMIT, one_in(g, 2) ? 0u : 1u + below(g, far ? 0xFFFFu : 6u));
    tt_field_set(instr, TT_F_LOAD_X_LIMIT, one_in(g, 2) ? 0u : 1u + below(g, far ? 0xFFFFu : 6u));
    set_signed(instr, TT_F_LOAD_Y0, far ? between(g, -32768, 32767) : between(g, -3, 3));
    set_signed(instr, TT_F_LOAD_X0, far ? between(g, -32768, 32767) : between(g, -3, 3));
    for (unsigned j = 0; j < 4u; j++) {
        set_signed(instr + j, TT_F_LOAD_L1_Y, far ? between(g, -2048, 2047) : between(g, -4, 4));
        set_signed(instr + j, TT_F_LOAD_L1_X, far ? between(g, -2048, 2047) : between(g, -4, 4));
    }
}

/* Where the chunks of a LOAD go: lanes, the same for every chunk but for a stride. */
typedef struct {
    uint32_t chunks, start, room;
    uint32_t chunk_stride; /* 0: chunks go anywhere inside of the room, too */
} place_t;

static void set_buffer_jumps(const gen_t *g, uint64_t *instr, const nest_t *nest) {
    set_signed(instr, TT_F_LOAD_L1_BUF, jump_of(nest, 0, 0));
    set_signed(instr, TT_F_LOAD_L4_BUF, jump_of(nest, 3, 0));
    if (!has_inner_loops(g))
        return;
    set_signed(instr, TT_F_LOAD_L2_BUF, jump_of(nest, 1, 0));
    set_signed(instr, TT_F_LOAD_L3_BUF, jump_of(nest, 2, 0));
}

/* Everything of a LOAD but target, tokens and bounds: data of a region to a place. */
static void random_data(gen_t *g, uint64_t *instr, const place_t *place, uint32_t from, uint32_t to) {
    const uint32_t planes = one_in(g, 3) ? 1u : 1u + below(g, 7); /* as many as the field holds */
    const bool no_mask = one_in(g, 4);
    nest_t run = {2, {planes, 1u + below(g, 5)}, {0}}; /* planes and blocks */
    nest_t loops = {4, {1u + below(g, 4), 1u + below(g, 3), 1u + below(g, 3), place->chunks}, {0}};
    uint32_t start = place->start;
    uint32_t room = place->room - 1u;
    if (!has_inner_loops(g))
        loops.count[1] = loops.count[2] = 1;
    for (uint32_t j = 0; planes * run.count[1] * loops.count[0] * loops.count[1] * loops.count[2] > 64u; j++)
        loops.count[j % 3u] = (loops.count[j % 3u] + 1u) / 2u;
    pick_strides(g, &run, &room, &start);
    loops.n = place->chunk_stride != 0u ? 3 : 4;
    pick_strides(g, &loops, &room, &start);
    loops.n = 4;
    if (place->chunk_stride != 0u)
        loops.stride[3] = (int32_t)place->chunk_stride;
    tt_field_set(instr, TT_F_LOAD_PLANES, planes);
    tt_field_set(instr, TT_F_LOAD_NO_MASK, no_mask);
    tt_field_set(instr, TT_F_LOAD_TRANSPOSE, below(g, 2));
    tt_field_set(instr, TT_F_LOAD_BUF, start + below(g, room + 1u));
    set_signed(instr, TT_F_LOAD_PLANE_JUMP, jump_of(&run, 0, 0));
    set_signed(instr, TT_F_LOAD_BLOCK_JUMP, jump_of(&run, 1, 0));
    set_buffer_jumps(g, instr, &loops);
    random_source(g, instr, &loops, planes * run.count[1] * (no_mask ? 1u : 2u), from, to);
}

static void fill_window(gen_t *g, bool target_b, uint32_t window) {
    const uint32_t units = WINDOW_WORDS * lanes(g);
    uint64_t *instr = emit(g, TT_OP_LOAD);
    tt_field_set(instr, TT_F_LOAD_TARGET_B, target_b);
    tt_field_set(instr, TT_F_LOAD_ADDR, BEAT * below(g, g->source_end / BEAT - 2u * units + 1u));
    tt_field_set(instr, TT_F_LOAD_RUN_LAST, 2u * units - 1u);
    tt_field_set(instr, TT_F_LOAD_PLANES, 1);
    tt_field_set(instr, TT_F_LOAD_BUF, window_base(g, target_b, window) * lanes(g));
    tt_field_set(instr, TT_F_LOAD_BLOCK_JUMP, 1);
    if (target_b)
        return;
    /* the chunk's token is consumed by an EXEC without results */
    instr = emit(g, TT_OP_EXEC);
    tt_field_set(instr, TT_F_EXEC_A_PLANES, 1);
    tt_field_set(instr, TT_F_EXEC_B_PLANES, 1);
    tt_field_set(instr, TT_F_EXEC_A_BASE, window_base(g, false, window));
    instr = emit(g, TT_OP_FINISH);
    tt_field_set(instr, TT_F_FIN_OUT_PLANES, 1);
    tt_field_set(instr, TT_F_FIN_WRITE_OFF, 1);
    tt_field_set(instr, TT_F_FIN_ROWS_LAST, 8);
    tt_field_set(instr, TT_F_FIN_COLS_LAST, 8);
    g->a_chunks++;
}

/* Enters raw mode: what else lies in the buffers is not known to the generator. */
static void fill_windows(gen_t *g) {
    g->compiled = false;
    g->raw_jobs = 0;
    for (uint32_t window = 0; window < 2u; window++) {
        fill_window(g, false, window);
        fill_window(g, true, window);
    }
}

static void start_raw(gen_t *g) {
    if (!g->compiled)
        return;
    (void)tt_prog_end(&g->prog);
    g->count = g->prog_first + g->prog.count;
    fill_windows(g);
}

/* How many tokens must be popped before the window may be written: those of job j - 2, by a_free or by b_free. */
static void window_pops(gen_t *g, uint32_t window, uint32_t *a, uint32_t *b) {
    *a = 0;
    *b = 0;
    if (g->raw_jobs < 2u)
        return;
    const uint32_t pushes = g->window[window].pushes;
    const uint32_t chunks = g->window[window].chunks;
    if (g->window[window].pushed && one_in(g, 2))
        *b = pushes > g->b_popped ? pushes - g->b_popped : 0u;
    else
        *a = chunks > g->a_popped ? chunks - g->a_popped : 0u;
}

/* A panel of B or, without data, only its token. */
static void raw_load_b(gen_t *g, uint32_t window, bool data) {
    uint64_t *instr = emit(g, TT_OP_LOAD);
    uint32_t a;
    uint32_t b;
    window_pops(g, window, &a, &b);
    const uint32_t pending = g->finishes - g->finishes_popped;
    const bool from_results = g->last_pushed && one_in(g, 3); /* written earlier: wait for all of it */
    const place_t place = {1, window_base(g, true, window) * lanes(g), WINDOW_WORDS * lanes(g), 0};
    random_data(g, instr, &place, from_results ? g->source_end : 0u,
                from_results ? g->result_end : g->source_end);
    if (one_in(g, 3))
        random_bounds(g, instr);
    set_pops(g, instr, from_results ? pending : below(g, pending + 1u), a, b);
    tt_field_set(instr, TT_F_LOAD_TARGET_B, 1);
    tt_field_set(instr, TT_F_LOAD_PUSH_B, 1);
    tt_field_set(instr, TT_F_LOAD_TOKENS_ONLY, !data);
}

/* Chunks to any place of the window, in one LOAD or two. */
static void raw_load_a(gen_t *g, uint32_t window, uint32_t chunks) {
    for (uint32_t left = chunks; left > 0u;) {
        const uint32_t now = one_in(g, 2) ? left : 1u + below(g, left);
        uint64_t *instr = emit(g, TT_OP_LOAD);
        const place_t place = {now, window_base(g, false, window) * lanes(g), WINDOW_WORDS * lanes(g), 0};
        uint32_t a;
        uint32_t b;
        window_pops(g, window, &a, &b);
        random_data(g, instr, &place, 0, g->source_end);
        if (one_in(g, 3))
            random_bounds(g, instr);
        set_pops(g, instr, 0, a, b);
        left -= now;
    }
    g->a_chunks += chunks;
}

/* Chunks from `done` up to `end` through a ring of `slots` slots of `span` block-words; `before`: chunks of earlier jobs. A LOAD takes
 * neighbouring slots, and waits until their chunks of the round before have been read. */
static void raw_load_ring(gen_t *g, uint32_t window, uint32_t before, uint32_t done, uint32_t end,
                          uint32_t slots, uint32_t span) {
    while (done < end) {
        const uint32_t slot = done % slots;
        const uint32_t most = slots - slot < end - done ? slots - slot : end - done;
        const uint32_t now = one_in(g, 2) ? most : 1u + below(g, most);
        uint64_t *instr = emit(g, TT_OP_LOAD);
        const uint32_t first_lane = (window_base(g, false, window) + slot * span) * lanes(g);
        const place_t place = {now, first_lane, span * lanes(g), span * lanes(g)};
        uint32_t a;
        uint32_t b;
        window_pops(g, window, &a, &b);
        if (done + now > slots && before + done + now - slots > g->a_popped + a)
            a = before + done + now - slots - g->a_popped;
        random_data(g, instr, &place, 0, g->source_end);
        if (one_in(g, 3))
            random_bounds(g, instr);
        set_pops(g, instr, 0, a, b);
        done += now;
    }
}

/* ---- raw jobs: EXEC ---- */

typedef struct {
    uint32_t chunks, l1, l0;
} counts_t;

static uint32_t tiles(const gen_t *g) { return TT_BLOCK / g->config.m * (TT_BLOCK / g->config.n); }

/* An EXEC inside the window: with `slots` ring slots of `span` block-words, or with any ring when slots is 0. */
static void raw_exec(gen_t *g, uint32_t window, const counts_t *c, bool pop_b, bool push_b, uint32_t slots,
                     uint32_t span) {
    uint64_t *instr = emit(g, TT_OP_EXEC);
    uint32_t a_planes = 1u + below(g, TT_PLANES_MAX);
    uint32_t b_planes = 1u + below(g, TT_PLANES_MAX);
    uint32_t depth = 1u + below(g, 3u * g->config.k);
    const uint32_t blocks = c->chunks * c->l1 * c->l0;
    while ((blocks * tiles(g) * a_planes * b_planes * ((depth - 1u) / g->config.k + 1u) > ARRAY_BUDGET ||
            (depth - 1u) / g->config.k >= span) &&
           (a_planes > 1u || b_planes > 1u || depth > 1u)) {
        a_planes = (a_planes + 1u) / 2u;
        b_planes = (b_planes + 1u) / 2u;
        depth = (depth + 1u) / 2u;
    }
    const uint32_t words = (depth - 1u) / g->config.k + 1u;
    const uint32_t ring = slots != 0u ? slots : 1u + below(g, 3);
    uint32_t a_room = span - words;
    uint32_t b_room = WINDOW_WORDS - words;
    uint32_t a_base = window_base(g, false, window);
    uint32_t b_base = window_base(g, true, window);
    const int32_t a_stride = pick_stride(g, a_planes, &a_room, &a_base);
    set_signed(instr, TT_F_EXEC_A_PLANE_STRIDE, a_stride);
    if (slots != 0u)
        tt_field_set(instr, TT_F_EXEC_A_RING_STRIDE, span);
    else
        set_signed(instr, TT_F_EXEC_A_RING_STRIDE, pick_stride(g, ring, &a_room, &a_base));
    nest_t a_nest = {2, {c->l0, c->l1}, {0}};
    nest_t b_nest = a_nest;
    pick_strides(g, &a_nest, &a_room, &a_base);
    const int32_t b_stride = pick_stride(g, b_planes, &b_room, &b_base);
    set_signed(instr, TT_F_EXEC_B_PLANE_STRIDE, b_stride);
    pick_strides(g, &b_nest, &b_room, &b_base);
    set_signed(instr, TT_F_EXEC_L0_A_JUMP, jump_of(&a_nest, 0, 0));
    set_signed(instr, TT_F_EXEC_L0_B_JUMP, jump_of(&b_nest, 0, 0));
    if (has_inner_loops(g)) {
        set_signed(instr, TT_F_EXEC_L1_A_JUMP, jump_of(&a_nest, 1, 0));
        set_signed(instr, TT_F_EXEC_L1_B_JUMP, jump_of(&b_nest, 1, 0));
    }
    /* the bases are those of the highest planes */
    set_signed(instr, TT_F_EXEC_A_BASE,
               (int32_t)(a_base + below(g, a_room + 1u)) + (int32_t)(a_planes - 1u) * a_stride);
    set_signed(instr, TT_F_EXEC_B_BASE,
               (int32_t)(b_base + below(g, b_room + 1u)) + (int32_t)(b_planes - 1u) * b_stride);
    tt_field_set(instr, TT_F_EXEC_A_RING_LAST, ring - 1u);
    tt_field_set(instr, TT_F_EXEC_RADIX3, below(g, 2));
    tt_field_set(instr, TT_F_EXEC_POP_B, pop_b);
    tt_field_set(instr, TT_F_EXEC_PUSH_B, push_b);
    tt_field_set(instr, TT_F_EXEC_A_PLANES, a_planes);
    tt_field_set(instr, TT_F_EXEC_B_PLANES, b_planes);
    tt_field_set(instr, TT_F_EXEC_CHUNKS_LAST, c->chunks - 1u);
    tt_field_set(instr, TT_F_EXEC_DEPTH_LAST, depth - 1u);
    tt_field_set(instr, TT_F_EXEC_L1_LAST, c->l1 - 1u);
    tt_field_set(instr, TT_F_EXEC_L0_LAST, c->l0 - 1u);
    g->b_pushes += push_b;
}

/* ---- finish fields ---- */

/* Bytes of fresh space, so that nothing else reads or writes it. */
static uint32_t take(gen_t *g, uint32_t bytes) {
    const uint32_t addr = g->data_next + BEAT * below(g, 40);
    g->data_next = addr + (bytes + BEAT - 1u) / BEAT * BEAT;
    return addr;
}

static bool space_left(const gen_t *g) {
    return g->data_end - g->data_next > (g->data_end - g->result_end) / 2u;
}

static int32_t random_shift(gen_t *g) {
    static const int8_t edges[] = {-128, -127, -64, -63, -62, 31, 32, 33, 34, 62, 63, 64, 127};
    return one_in(g, 5) ? edges[below(g, sizeof edges)] : between(g, -6, 26);
}

static int32_t random_mant(gen_t *g) {
    static const int16_t edges[] = {-32768, -32767, -1, 0, 1, 32767};
    return one_in(g, 4) ? edges[below(g, sizeof edges / sizeof edges[0])] : between(g, -32768, 32767);
}

static void random_rounding(gen_t *g, uint64_t *instr, uint32_t planes, uint32_t radix, bool binary) {
    const int32_t limit = tt_ref_plane_limit(planes, radix);
    const int32_t hi = binary ? 1 : one_in(g, 2) ? limit : between(g, 0, limit);
    const int32_t lo = binary ? 0 : one_in(g, 2) ? -limit : between(g, -limit, 0);
    set_signed(instr, TT_F_FIN_MANT, random_mant(g));
    set_signed(instr, TT_F_FIN_SHIFT, random_shift(g));
    set_signed(instr, TT_F_FIN_LO, lo);
    set_signed(instr, TT_F_FIN_HI, hi);
    tt_field_set(instr, TT_F_FIN_ROUND, one_in(g, 3) ? below(g, 3) : 1u);
    tt_field_set(instr, TT_F_FIN_BINARY, binary);
    tt_field_set(instr, TT_F_FIN_OUT_PLANES, planes);
    tt_field_set(instr, TT_F_FIN_OUT_RADIX3, radix == 3u);
    tt_field_set(instr, TT_F_FIN_OUT_NO_MASK, binary ? below(g, 2) : one_in(g, 10));
    tt_field_set(instr, TT_F_FIN_OUT_TRANSPOSE, has_inner_loops(g) && one_in(g, 2));
}

/* One canonical block of random values at addr; returns its end. */
static uint32_t write_block(gen_t *g, uint32_t addr, uint32_t planes, uint32_t radix, bool no_mask) {
    uint64_t beats[2u * TT_PLANES_MAX] = {0};
    const int32_t limit = tt_ref_plane_limit(planes, radix);
    for (uint32_t e = 0; e < TT_BLOCK * TT_BLOCK; e++) {
        uint32_t mask;
        uint32_t sign;
        tt_ref_plane_encode(between(g, -limit, limit), planes, radix, &mask, &sign);
        for (uint32_t p = 0; p < planes; p++) {
            beats[2u * p] |= (uint64_t)(mask >> p & 1u) << e;
            beats[2u * p + 1u] |= (uint64_t)(sign >> p & 1u) << e;
        }
    }
    for (uint32_t i = no_mask ? 1u : 0u; i < 2u * planes; i += no_mask ? 2u : 1u, addr += BEAT)
        memcpy(g->mem + addr, &beats[i], BEAT);
    return addr;
}

static void set_counts(uint64_t *instr, const counts_t *c) {
    tt_field_set(instr, TT_F_FIN_L2_LAST, c->chunks - 1u);
    tt_field_set(instr, TT_F_FIN_L1_LAST, c->l1 - 1u);
    tt_field_set(instr, TT_F_FIN_L0_LAST, c->l0 - 1u);
}

/* Auxiliary blocks apart from the results, canonical: one after the other in loop order, at times with a gap behind each block row. */
static void random_aux(gen_t *g, uint64_t *instr, const counts_t *c, bool binary) {
    const tt_aux_t kind = (tt_aux_t)(1u + below(g, 3));
    const bool index = binary && kind != TT_AUX_STE; /* old is then one of {-1, +1} */
    const bool no_mask = index || one_in(g, 4);
    const uint32_t planes = index ? 1u : 1u + below(g, g->config.planes_max);
    const uint32_t radix = no_mask ? 3u : 2u + below(g, 2); /* signs alone are canonical in radix 3 */
    const uint32_t block = planes * (no_mask ? 1u : 2u);
    const uint32_t row = c->l1 * c->l0;
    const uint32_t gap = one_in(g, 2) ? below(g, 5) : 0u;
    const uint32_t addr = take(g, c->chunks * (row * block + gap) * BEAT);
    for (uint32_t i = 0, at = addr; i < c->chunks * row; i++)
        at = write_block(g, at, planes, radix, no_mask) + ((i + 1u) % row == 0u ? gap * BEAT : 0u);
    tt_field_set(instr, TT_F_FIN_L2_AUX_JUMP, gap);
    tt_field_set(instr, TT_F_FIN_AUX_KIND, (uint64_t)kind);
    tt_field_set(instr, TT_F_FIN_AUX_NO_MASK, no_mask);
    tt_field_set(instr, TT_F_FIN_AUX_RADIX3, radix == 3u);
    tt_field_set(instr, TT_F_FIN_AUX_PLANES, planes);
    tt_field_set(instr, TT_F_FIN_AUX_TRANSPOSE, has_inner_loops(g) && one_in(g, 2));
    tt_field_set(instr, TT_F_FIN_AUX_ADDR, addr);
    tt_field_set(instr, TT_F_FIN_STE_LIMIT, below(g, 8));
}

/* The fused update: old and new planes at one place, packed. */
static void in_place_update(gen_t *g, uint64_t *instr, const counts_t *c) {
    const uint32_t planes = (uint32_t)tt_field_get(instr, TT_F_FIN_OUT_PLANES);
    const bool no_mask = tt_field_get(instr, TT_F_FIN_OUT_NO_MASK) != 0u;
    const uint32_t radix = 2u + (uint32_t)tt_field_get(instr, TT_F_FIN_OUT_RADIX3);
    const uint32_t block = planes * (no_mask ? 1u : 2u);
    const uint32_t blocks = c->chunks * c->l1 * c->l0;
    const uint32_t addr = take(g, blocks * block * BEAT);
    for (uint32_t i = 0, at = addr; i < blocks; i++)
        at = write_block(g, at, planes, radix, no_mask);
    tt_field_set(instr, TT_F_FIN_AUX_KIND, TT_AUX_OLD);
    tt_field_set(instr, TT_F_FIN_AUX_NO_MASK, no_mask);
    tt_field_set(instr, TT_F_FIN_AUX_RADIX3, radix == 3u);
    tt_field_set(instr, TT_F_FIN_AUX_PLANES, planes);
    tt_field_set(instr, TT_F_FIN_AUX_TRANSPOSE, tt_field_get(instr, TT_F_FIN_OUT_TRANSPOSE));
    tt_field_set(instr, TT_F_FIN_AUX_ADDR, addr);
    tt_field_set(instr, TT_F_FIN_DST_ADDR, addr);
    tt_field_set(instr, TT_F_FIN_DST_STEP_PAGES, 0);
}

/* Master weights in fresh space, a few beyond +-1, the blocks one after the other. */
static void random_masters(gen_t *g, uint64_t *instr, const counts_t *c) {
    const uint32_t elements = c->chunks * c->l1 * c->l0 * TT_BLOCK * TT_BLOCK;
    const uint32_t addr = take(g, 2u * elements);
    for (uint32_t e = 0; e < elements; e++) {
        const int32_t limit = one_in(g, 16) ? 32767 : 16384;
        const int16_t master = (int16_t)(between(g, -limit, limit) / (1 << below(g, 14)));
        memcpy(g->mem + addr + 2u * e, &master, sizeof master);
    }
    tt_field_set(instr, TT_F_FIN_MASTER, 1);
    tt_field_set(instr, TT_F_FIN_AUX_ADDR, addr);
}

/* Destination strides of any kind, even onto each other: writes stay in order. beats: of a block. */
static void random_destination(gen_t *g, uint64_t *instr, const counts_t *c, int32_t beats) {
    const uint32_t pages = below(g, 3);
    nest_t nest = {3, {c->l0, c->l1, c->chunks}, {0}};
    uint32_t room = (g->result_end - g->source_end - (g->steps - 1u) * pages * PAGE) / BEAT - (uint32_t)beats;
    uint32_t start = 0;
    room = one_in(g, 4) ? room : below(g, 400u);
    pick_strides(g, &nest, &room, &start);
    if (!has_inner_loops(g)) /* the blocks of a block row follow each other */
        nest.stride[0] = beats;
    set_signed(instr, TT_F_FIN_L0_DST_JUMP, jump_of(&nest, 0, beats));
    set_signed(instr, TT_F_FIN_L1_DST_JUMP, has_inner_loops(g) ? jump_of(&nest, 1, beats) : 0);
    set_signed(instr, TT_F_FIN_L2_DST_JUMP, jump_of(&nest, 2, beats));
    tt_field_set(instr, TT_F_FIN_DST_ADDR, g->source_end + BEAT * (start + below(g, room + 1u)));
    tt_field_set(instr, TT_F_FIN_DST_STEP_PAGES, pages);
}

static void random_slot(gen_t *g, uint64_t *instr) {
    tt_field_set(instr, TT_F_FIN_SLOT, below(g, TT_SLOTS));
    tt_field_set(instr, TT_F_FIN_SLOT_USE, one_in(g, 3));
    tt_field_set(instr, TT_F_FIN_SLOT_OBSERVE, below(g, 2));
    tt_field_set(instr, TT_F_FIN_SLOT_COMMIT, one_in(g, 3));
}

static uint64_t *raw_finish(gen_t *g, uint32_t opcode, const counts_t *c) {
    uint64_t *instr = emit(g, opcode);
    const bool int32 = one_in(g, 4);
    const bool binary = one_in(g, 5);
    const uint32_t planes = binary ? 1u : 1u + below(g, g->config.planes_max);
    set_counts(instr, c);
    tt_field_set(instr, TT_F_FIN_ROWS_LAST, 1u + below(g, 8));
    tt_field_set(instr, TT_F_FIN_COLS_LAST, 1u + below(g, 8));
    tt_field_set(instr, TT_F_FIN_WRITE_OFF, one_in(g, 10));
    tt_field_set(instr, TT_F_FIN_PUSH_LOAD, below(g, 2));
    random_slot(g, instr);
    if (int32) {
        tt_field_set(instr, TT_F_FIN_OUT_INT32, 1);
        random_destination(g, instr, c, INT32_BLOCK_BEATS);
    } else {
        random_rounding(g, instr, planes, 2u + below(g, 2), binary);
        const bool canonical = !binary && tt_field_get(instr, TT_F_FIN_OUT_NO_MASK) == 0u;
        if (canonical && one_in(g, 4)) {
            in_place_update(g, instr, c);
        } else {
            random_destination(g, instr, c,
                               (int32_t)planes * (tt_field_get(instr, TT_F_FIN_OUT_NO_MASK) != 0u ? 1 : 2));
            if (has_inner_loops(g) && planes == 1u && one_in(g, 3))
                random_masters(g, instr, c);
            else if (one_in(g, 2))
                random_aux(g, instr, c, binary);
        }
    }
    g->last_pushed = tt_field_get(instr, TT_F_FIN_PUSH_LOAD) != 0u;
    g->finishes += g->last_pushed;
    return instr;
}

/* ---- raw jobs ---- */

static counts_t random_counts(gen_t *g) {
    counts_t c = {1u + below(g, 4), has_inner_loops(g) ? 1u + below(g, 3) : 1u, 1u + below(g, 3)};
    while (c.chunks * c.l1 * c.l0 > 1u && c.chunks * c.l1 * c.l0 * tiles(g) > ARRAY_BUDGET / 4u) {
        if (c.l1 * c.l0 == 1u)
            c.chunks = (c.chunks + 1u) / 2u;
        c.l1 = (c.l1 + 1u) / 2u;
        c.l0 = (c.l0 + 1u) / 2u;
    }
    return c;
}

static void window_used(gen_t *g, uint32_t window, bool pushed) {
    g->window[window].chunks = g->a_chunks;
    g->window[window].pushes = g->b_pushes;
    g->window[window].pushed = pushed;
    g->raw_jobs++;
}

/* EXEC starts when all LOADs of the job are done: B comes last. A second EXEC may take over in the middle of the chunks. */
static void raw_product_free(gen_t *g) {
    const uint32_t window = g->raw_jobs % 2u;
    const bool push = one_in(g, 2);
    counts_t c = random_counts(g);
    const uint32_t chunks = c.chunks;
    const bool split = chunks > 1u && one_in(g, 4);
    raw_load_a(g, window, chunks);
    raw_load_b(g, window, !one_in(g, 4));
    if (split) {
        c.chunks = 1u + below(g, chunks - 1u);
        raw_exec(g, window, &c, true, false, 0, WINDOW_WORDS);
        (void)raw_finish(g, TT_OP_FINISH, &c);
        c.chunks = chunks - c.chunks;
    }
    raw_exec(g, window, &c, !split, push, 0, WINDOW_WORDS);
    (void)raw_finish(g, TT_OP_FINISH, &c);
    window_used(g, window, push);
}

/* LOAD and EXEC run at once on different slots of a ring; without a LOAD of B the window's old panel serves again. */
static void raw_product_ring(gen_t *g) {
    const uint32_t window = g->raw_jobs % 2u;
    const bool push = one_in(g, 2);
    const bool with_b = !one_in(g, 4);
    const counts_t c = random_counts(g);
    const uint32_t slots = 1u + below(g, c.chunks);
    const uint32_t span = WINDOW_WORDS / slots;
    const uint32_t before = g->a_chunks;
    if (with_b)
        raw_load_b(g, window, true);
    raw_load_ring(g, window, before, 0, slots, slots, span);
    raw_exec(g, window, &c, with_b, push, slots, span);
    (void)raw_finish(g, TT_OP_FINISH, &c);
    raw_load_ring(g, window, before, slots, c.chunks, slots, span);
    g->a_chunks += c.chunks;
    window_used(g, window, push);
}

static void raw_elementwise(gen_t *g) {
    const counts_t c = {1u + below(g, 3), has_inner_loops(g) ? 1u + below(g, 3) : 1u, 1u + below(g, 4)};
    uint64_t *instr = raw_finish(g, TT_OP_ELEMENTWISE, &c);
    if (g->config.compact != 0u && tt_field_get(instr, TT_F_FIN_OUT_INT32) != 0u)
        tt_field_set(instr, TT_F_FIN_WRITE_OFF, 1);
    const uint32_t pages = below(g, 3);
    const uint32_t beats = INT32_BLOCK_BEATS * c.chunks * c.l1 * c.l0;
    const uint32_t room = (g->source_end - (g->steps - 1u) * pages * PAGE) / BEAT - beats;
    tt_field_set(instr, TT_F_FIN_SRC_ADDR, BEAT * below(g, room + 1u));
    tt_field_set(instr, TT_F_FIN_SRC_STEP_PAGES, pages);
}

/* A LOAD that only exchanges tokens, whatever its other fields say. */
static void raw_nothing(gen_t *g) {
    uint64_t *instr = emit(g, TT_OP_LOAD);
    const place_t place = {1, 0, WINDOW_WORDS, 0};
    random_data(g, instr, &place, 0, g->source_end);
    tt_field_set(instr, TT_F_LOAD_TARGET_B, below(g, 2));
    tt_field_set(instr, TT_F_LOAD_TOKENS_ONLY, 1);
    set_pops(g, instr, below(g, g->finishes - g->finishes_popped + 1u), 0, 0);
}

static void write_state(gen_t *g, uint32_t addr) {
    for (uint32_t i = 0; i < g->config.lanes + TT_SLOTS; i++) {
        uint64_t beat = draw64(g) | 1u;
        if (i >= g->config.lanes)
            beat = (one_in(g, 2) ? 0u : beat & 0x7FFFFFu >> below(g, 23)) | (uint64_t)below(g, 32) << 32;
        memcpy(g->mem + addr + BEAT * i, &beat, BEAT);
    }
}

static void raw_state(gen_t *g, uint32_t opcode, bool push) {
    const uint32_t addr = take(g, (uint32_t)tt_state_bytes(&g->config));
    uint64_t *instr = emit(g, opcode);
    if (opcode == TT_OP_STATE_LOAD)
        write_state(g, addr);
    if (opcode == TT_OP_STATE_LOAD)
        tt_field_set(instr, TT_F_STATE_LOAD_ADDR, addr);
    else
        tt_field_set(instr, TT_F_STATE_STORE_ADDR, addr);
    tt_field_set(instr, TT_F_STATE_PUSH_LOAD, push);
    g->last_pushed = push;
    g->finishes += push;
}

static void raw_job(gen_t *g) {
    start_raw(g);
    switch (below(g, 8)) {
    case 0:
        raw_state(g, one_in(g, 2) ? TT_OP_STATE_LOAD : TT_OP_STATE_STORE, one_in(g, 2));
        break;
    case 1:
        raw_nothing(g);
        break;
    case 2:
        raw_elementwise(g);
        break;
    case 3:
    case 4:
        raw_product_ring(g);
        break;
    default:
        raw_product_free(g);
        break;
    }
}

/* ---- compiled jobs ---- */

/* A tensor in fresh space with random values. */
static tt_tensor_t fresh_tensor(gen_t *g, uint32_t rows, uint32_t cols, uint32_t planes, uint32_t radix,
                                bool maskless) {
    tt_tensor_t t = {
        .rows = rows, .cols = cols, .planes = maskless ? 1u : planes, .radix = radix, .maskless = maskless};
    t.addr = take(g, (uint32_t)tt_tensor_bytes(&t));
    const int32_t limit = tt_tensor_limit(&t);
    const uint32_t block = t.planes * (maskless ? 1u : 2u);
    for (uint32_t r = 0; r < rows; r++)
        for (uint32_t c = 0; c < cols; c++) {
            uint32_t mask;
            uint32_t sign;
            const int32_t value = maskless ? (one_in(g, 2) ? -1 : 1) : between(g, -limit, limit);
            tt_ref_plane_encode(value, t.planes, radix, &mask, &sign);
            for (uint32_t i = 0; i < block; i++) {
                const uint32_t word = maskless || i % 2u == 1u ? sign : mask;
                const uint32_t bit = TT_BLOCK * (r % TT_BLOCK) + c % TT_BLOCK;
                const uint32_t index = (r / TT_BLOCK * ((cols + 7u) / 8u) + c / TT_BLOCK) * block + i;
                uint8_t *byte = g->mem + t.addr + BEAT * index + bit / 8u;
                const uint32_t value_bit = word >> (maskless ? 0u : i / 2u) & 1u;
                *byte = (uint8_t)((*byte & ~(1u << bit % 8u)) | value_bit << bit % 8u);
            }
        }
    return t;
}

/* Space behind the tensor just made for its later steps, if it is to advance. */
static uint32_t advance(gen_t *g) {
    const uint32_t pages = one_in(g, 3) ? below(g, 3) : 0u;
    g->data_next += (g->steps - 1u) * pages * PAGE;
    return pages;
}

static void compiled_finish(gen_t *g, tt_finish_t *f, uint32_t rows, uint32_t cols) {
    const uint32_t radix = 2u + below(g, 2);
    memset(f, 0, sizeof *f);
    f->slot = one_in(g, 3) ? -1 : (int)below(g, TT_SLOTS);
    f->slot_use = f->slot >= 0 && one_in(g, 2);
    f->slot_observe = f->slot >= 0 && one_in(g, 2);
    f->slot_commit = f->slot >= 0 && one_in(g, 2);
    f->write_off = one_in(g, 12);
    f->to_int32 = one_in(g, 5);
    if (f->to_int32) {
        f->int32_addr = take(g, (uint32_t)tt_int32_bytes(rows, cols));
        return;
    }
    f->binary = one_in(g, 4);
    f->out_transpose = has_inner_loops(g) && one_in(g, 2);
    f->out =
        fresh_tensor(g, f->out_transpose ? cols : rows, f->out_transpose ? rows : cols,
                     f->binary ? 1u : 1u + below(g, g->config.planes_max), radix, f->binary && one_in(g, 2));
    f->dst_step_pages = advance(g);
    f->mode = one_in(g, 3) ? (tt_round_t)below(g, 3) : TT_ROUND_STOCHASTIC;
    f->mant = random_mant(g);
    f->shift = f->binary ? between(g, -20, 20) : random_shift(g);
    if (one_in(g, 2)) {
        f->hi = between(g, 0, tt_tensor_limit(&f->out));
        f->lo = -between(g, 0, tt_tensor_limit(&f->out));
    }
    f->aux_kind = (tt_aux_t)below(g, f->binary ? 3 : 4);
    if (g->config.compact == 0u && f->out.planes == 1u && one_in(g, 3)) {
        f->aux_kind = TT_AUX_MASTER;
        f->master_addr = take(g, (uint32_t)tt_master_bytes(rows, cols));
        return;
    }
    f->ste_limit = (int32_t)below(g, 6);
    f->aux_transpose = has_inner_loops(g) && one_in(g, 2);
    const bool index = f->binary && f->aux_kind == TT_AUX_OLD;
    if (f->aux_kind == TT_AUX_OLD && !f->binary && one_in(g, 2)) {
        f->aux = f->out;
        f->aux_transpose = f->out_transpose;
        f->aux_step_pages = f->dst_step_pages;
    } else if (f->aux_kind != TT_AUX_NONE) {
        f->aux = fresh_tensor(g, f->aux_transpose ? cols : rows, f->aux_transpose ? rows : cols,
                              1u + below(g, g->config.planes_max), 2u + below(g, 2), index || one_in(g, 5));
    }
}

/* What was written may be read by the next job; after WRITE_OFF it is what was there before. */
static void remember(gen_t *g, const tt_finish_t *f, uint32_t rows, uint32_t cols) {
    if (f->to_int32) {
        g->have_int32 = !f->write_off;
        g->last_int32 = f->int32_addr;
        g->last_rows = rows;
        g->last_cols = cols;
    } else {
        g->have_planes = true;
        g->last = f->out;
    }
}

static uint32_t product_cycles(const gen_t *g, uint32_t rows, uint32_t cols, uint32_t depth,
                               uint32_t planes) {
    return (rows + 7u) / 8u * ((cols + 7u) / 8u) * tiles(g) * planes * ((depth - 1u) / g->config.k + 1u);
}

static void compiled_product(gen_t *g) {
    tt_operand_t a = {.transpose = one_in(g, 2)};
    tt_operand_t b = {.transpose = one_in(g, 2)};
    tt_finish_t f;
    uint32_t rows = 1u + below(g, 40);
    uint32_t depth = 1u + below(g, one_in(g, 4) ? 200 : 70);
    uint32_t cols = 1u + below(g, 40);
    uint32_t planes = 1u + below(g, TT_PLANES_MAX);
    const uint32_t radix = 2u + below(g, 2);
    const bool chained = g->have_planes && one_in(g, 3);
    if (chained) {
        a.tensor = g->last;
        rows = a.transpose ? a.tensor.cols : a.tensor.rows;
        depth = a.transpose ? a.tensor.rows : a.tensor.cols;
        planes = a.tensor.planes;
    }
    uint32_t b_planes = 1u + below(g, TT_PLANES_MAX);
    while (product_cycles(g, rows, cols, depth, planes * b_planes) > 2u * ARRAY_BUDGET) {
        if (b_planes > 1u || cols > 1u) {
            b_planes = (b_planes + 1u) / 2u;
            cols = (cols + 1u) / 2u;
        } else if (!chained && planes * rows * depth > 1u) {
            planes = (planes + 1u) / 2u;
            rows = (rows + 1u) / 2u;
            depth = (depth + 1u) / 2u;
        } else {
            break;
        }
    }
    if (!chained) {
        a.tensor = fresh_tensor(g, a.transpose ? depth : rows, a.transpose ? rows : depth, planes, radix,
                                one_in(g, 6));
        a.step_pages = advance(g);
    }
    b.tensor = fresh_tensor(g, b.transpose ? depth : cols, b.transpose ? cols : depth, b_planes,
                            a.tensor.radix, one_in(g, 6));
    compiled_finish(g, &f, rows, cols);
    if (tt_prog_matmul(&g->prog, &a, &b, &f) == TT_OK)
        remember(g, &f, rows, cols);
}

static void compiled_elementwise(gen_t *g) {
    tt_operand_t a = {.transpose = one_in(g, 2)};
    tt_finish_t f;
    uint32_t rows = 1u + below(g, 24);
    uint32_t cols = 1u + below(g, 40);
    if (g->have_int32 && one_in(g, 2)) {
        compiled_finish(g, &f, g->last_rows, g->last_cols);
        if (tt_prog_elementwise_int32(&g->prog, g->last_int32, g->last_rows, g->last_cols, &f) == TT_OK)
            remember(g, &f, g->last_rows, g->last_cols);
        return;
    }
    if (g->have_planes && one_in(g, 2))
        a.tensor = g->last;
    else
        a.tensor = fresh_tensor(g, rows, cols, 1u + below(g, TT_PLANES_MAX), 2u + below(g, 2), one_in(g, 6));
    rows = a.transpose ? a.tensor.cols : a.tensor.rows;
    cols = a.transpose ? a.tensor.rows : a.tensor.cols;
    const uint32_t identity = take(g, (uint32_t)tt_identity_bytes(&g->config));
    uint64_t blocks[2];
    tt_identity_pack(blocks, &g->config);
    memcpy(g->mem + identity, blocks, sizeof blocks);
    compiled_finish(g, &f, rows, cols);
    if (tt_prog_elementwise_planes(&g->prog, &a, identity, &f) == TT_OK)
        remember(g, &f, rows, cols);
}

static void compiled_job(gen_t *g) {
    start_compiled(g);
    const uint32_t used = g->prog.count;
    if (one_in(g, 4))
        compiled_elementwise(g);
    else
        compiled_product(g);
    if (one_in(g, 10))
        (void)tt_prog_state_store(&g->prog, take(g, (uint32_t)tt_state_bytes(&g->config)));
    if (g->prog.count == used)
        g->have_planes = false; /* refused: do not try the same tensor for ever */
}

/* ---- the program ---- */

/* Sources serve as trits and as int32 sums: some are small. */
static uint64_t random_beat(gen_t *g, uint32_t kind) {
    const uint64_t beat = draw64(g);
    if (kind > 1u)
        return beat;
    const int32_t small = (1 << below(g, 25)) - 1;
    return (uint32_t)between(g, -small, small) | (uint64_t)(uint32_t)between(g, -small, small) << 32;
}

static void layout(gen_t *g, size_t mem_bytes, tt_random_program_t *program) {
    const uint32_t quarter = (uint32_t)(mem_bytes < UINT32_MAX ? mem_bytes : UINT32_MAX) / 4u / PAGE * PAGE;
    const uint32_t list_bytes = TT_RANDOM_CAPACITY * TT_ISA_WORDS * BEAT;
    g->source_end = quarter;
    g->result_end = 2u * quarter;
    g->data_next = g->result_end;
    g->data_end = 3u * quarter;
    const uint32_t align = TT_ISA_WORDS * BEAT;
    program->list_addr =
        (g->data_end + align - 1u) / align * align + align * below(g, (quarter - list_bytes) / align);
    for (uint32_t i = 0; i < 2u * quarter / BEAT; i++) {
        const uint64_t beat = random_beat(g, i / 128u % 4u);
        memcpy(g->mem + (size_t)BEAT * i, &beat, BEAT);
    }
    memset(g->mem + g->data_next, 0, g->data_end - g->data_next);
}

void tt_random_program(uint64_t seed, const tt_config_t *config, uint8_t *mem, size_t mem_bytes,
                       uint64_t *words, tt_random_program_t *program) {
    gen_t g;
    memset(&g, 0, sizeof g);
    memset(mem, 0, mem_bytes);
    g.rng = seed;
    g.config = *config;
    g.mem = mem;
    g.words = words;
    g.steps = one_in(&g, 3) ? 2u + below(&g, MAX_STEPS - 1u) : 1u;
    layout(&g, mem_bytes, program);
    raw_state(&g, TT_OP_STATE_LOAD, true);
    if (one_in(&g, 2))
        start_compiled(&g);
    else
        fill_windows(&g);
    const uint32_t jobs = 1u + below(&g, MAX_JOBS);
    for (uint32_t job = 0; job < jobs; job++) {
        const uint32_t count = g.compiled ? g.prog_first + g.prog.count : g.count;
        if (count > TT_RANDOM_CAPACITY / 2u || !space_left(&g))
            break;
        const bool change = one_in(&g, 3); /* stays with one kind for a while */
        if (g.compiled != change)
            compiled_job(&g);
        else
            raw_job(&g);
    }
    if (g.compiled) {
        (void)tt_prog_end(&g.prog);
        g.count = g.prog_first + g.prog.count;
        g.compiled = false;
    }
    raw_state(&g, TT_OP_STATE_STORE, true);
    if (g.steps > 1u || one_in(&g, 2))
        raw_barrier(&g);
    program->count = g.count;
    program->steps = g.steps;
    memcpy(mem + program->list_addr, words, (size_t)g.count * TT_ISA_WORDS * BEAT);
}
