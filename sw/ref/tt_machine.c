/* SPDX-License-Identifier: Apache-2.0
 * The functional machine: three stage interpreters, each with its own position in the list, run in turn until none of them can
 * move. Tokens are plain counters. LOAD runs ahead as far as they let it, farther than on the device, so that a program with a
 * token too few goes wrong here as well. The hand-over from EXEC to FINISH needs no queue:
 * EXEC makes blocks only when FINISH waits for them. Replay is one long list of steps * instructions.
 *
 * EXEC and FINISH work on a piece at a time: one block, or, where that makes no difference, all columns of as many chunks as are in the
 * buffer. The block rows of a piece are tasks that a runner may run at once (tt_ref.h). */
#include <stdbool.h>
#include <string.h>

#include "tt_isa.h"
#include "tt_kernels.h"
#include "tt_ref.h"

#define PAGE_BYTES 4096u
#define BEAT_BYTES 8u
#define INSTRUCTION_BYTES (TT_ISA_WORDS * BEAT_BYTES)
#define INT32_BLOCK_BEATS 32u
#define INT16_BLOCK_BEATS 16u
#define LIST_INDEX 0xFFFFu /* error index of a fetch */
#define LOOPS 4u
#define ALL_ONES UINT64_MAX
#define BUFFER_FILL 0xA5 /* what an operand buffer holds before it is loaded must not matter */
#define VALUE_ALIGNMENT 64u
#define CONTRACTION_BLOCKS 8192u /* DEPTH_LAST has 16 bits */
#define RUN_PART 64u             /* beats of a run that LOAD takes at once; even, so that it splits no unit */
#define PIECE_CHUNKS 64u         /* most chunks of a piece */
#define STRIP 12u                /* block columns that a task multiplies before it finishes them */

/* Position of one stage in the replayed list and the instruction it works on. */
typedef struct {
    uint64_t next; /* first instruction not yet looked at, counted over all steps */
    uint32_t index, step;
    bool active, entered;
    uint64_t word[TT_ISA_WORDS];
} stage_t;

typedef struct {
    uint32_t last[LOOPS], i[LOOPS];                                      /* L1..L4 */
    uint32_t jump[LOOPS], y_jump[LOOPS], x_jump[LOOPS], buf_jump[LOOPS]; /* bytes, elements, lanes */
    uint32_t addr, run_beats, y, x, y_limit, x_limit, buf, planes, plane_jump, block_jump; /* of this run */
    bool target_b, transpose, no_mask;
} load_t;

typedef struct {
    uint32_t a_base, a_ring_last, a_ring_stride, a_plane_stride, b_base, b_plane_stride;
    uint32_t chunks_last, last[2], a_jump[2], b_jump[2]; /* L0, L1 */
    uint32_t i2, i[2], a, b;                             /* a, b: where this block's digit 0 is */
    uint32_t a_planes, b_planes, radix;
    uint32_t blocks; /* of a block row, along the contraction */
    uint64_t last_valid;
    bool b_kept; /* values_b holds all of B */
} exec_t;

typedef struct {
    uint32_t last[3];                  /* L0, L1, L2 */
    uint32_t dst_bytes, aux_bytes;     /* of a block */
    uint32_t dst_jump[3], aux_jump[3]; /* bytes, from behind the block */
    tt_ref_round_t rule;               /* the same for one element */
    tt_block_round_t round;
    tt_aux_t aux_kind;
    uint32_t out_planes, out_radix, aux_planes, aux_radix, rows_last, cols_last, slot;
    int32_t ste_limit;
    bool out_int32, out_no_mask, out_transpose, write_off, aux_no_mask, aux_transpose, binary, observe,
        commit;
} finish_t;

/* What the finish stage carries from one block to the next. */
typedef struct {
    uint32_t dst, aux, src; /* byte addresses of this block */
    uint32_t i[3];          /* L0, L1, L2 */
    uint32_t mag;           /* observed, not yet in the slot */
    uint64_t lfsr[TT_LANES_MAX];
} strand_t;

/* chunks block rows of results, columns blocks each. */
typedef struct {
    uint32_t chunks, columns;
    strand_t strand[PIECE_CHUNKS]; /* at the start of each chunk */
} piece_t;

struct tt_ref_machine {
    tt_config_t config;
    const tt_kernels_t *kernels;
    tt_ref_runner_t runner;
    tt_unit_t *buffer_a, *buffer_b; /* by lane address: a block of one plane each */
    uint32_t a_lanes, b_lanes;
    uint8_t *values_a, *values_b; /* room for value_blocks blocks each */
    uint32_t value_blocks;
    uint32_t lane_shift;                  /* lanes per block-word = 1 << lane_shift */
    uint8_t row_major[TT_BLOCK_ELEMENTS]; /* place of element number e in the row-major block */
    struct {
        uint32_t mag, exp;
    } slots[TT_SLOTS];
    /* one run */
    uint8_t *mem;
    size_t mem_bytes;
    uint32_t list_addr, instructions;
    uint64_t end; /* steps * instructions */
    uint32_t a_ready, a_free, b_ready, b_free, finished;
    stage_t load_stage, exec_stage, finish_stage;
    load_t load;
    exec_t exec;
    finish_t finish;
    strand_t strand;
    piece_t piece;
    tt_dev_err_t error;
    uint32_t error_index;
};

/* ---- storage ---- */

/* As many as the larger buffer has in one plane, and as the longest contraction reads, however often it goes round a buffer. */
static uint32_t value_blocks(const tt_config_t *config) {
    const uint32_t depth = config->a_depth > config->b_depth ? config->a_depth : config->b_depth;
    const uint32_t blocks = depth * (config->k / TT_BLOCK);
    return blocks > CONTRACTION_BLOCKS ? blocks : CONTRACTION_BLOCKS;
}

static size_t buffer_bytes(const tt_config_t *config) {
    return ((size_t)config->a_depth + config->b_depth) * (config->k / TT_BLOCK) * sizeof(tt_unit_t);
}

size_t tt_ref_machine_size(const tt_config_t *config) {
    return sizeof(tt_ref_machine_t) + VALUE_ALIGNMENT + (size_t)2 * value_blocks(config) * TT_BLOCK_ELEMENTS +
           buffer_bytes(config);
}

static void run_in_order(void *pool, tt_ref_task_t *task, void *context, uint32_t n) {
    (void)pool;
    for (uint32_t i = 0; i < n; i++)
        task(context, i);
}

tt_ref_machine_t *tt_ref_machine_init(void *storage, const tt_config_t *config) {
    tt_ref_machine_t *m = storage;
    memset(m, 0, sizeof *m);
    m->config = *config;
    m->kernels = tt_kernels_find(NULL);
    m->runner.run = run_in_order;
    m->a_lanes = config->a_depth * (config->k / TT_BLOCK);
    m->b_lanes = config->b_depth * (config->k / TT_BLOCK);
    uint8_t *end = (uint8_t *)storage + sizeof *m;
    m->values_a = end + (VALUE_ALIGNMENT - (uintptr_t)end % VALUE_ALIGNMENT);
    m->value_blocks = value_blocks(config);
    m->values_b = m->values_a + (size_t)m->value_blocks * TT_BLOCK_ELEMENTS;
    m->buffer_a = (tt_unit_t *)(void *)(m->values_b + (size_t)m->value_blocks * TT_BLOCK_ELEMENTS);
    m->buffer_b = m->buffer_a + m->a_lanes;
    memset(m->buffer_a, BUFFER_FILL, buffer_bytes(config));
    while ((TT_BLOCK << m->lane_shift) < config->k)
        m->lane_shift++;
    uint32_t e = 0;
    for (uint32_t row = 0; row < TT_BLOCK; row += config->m)
        for (uint32_t column = 0; column < TT_BLOCK; column += config->n)
            for (uint32_t r = 0; r < config->m; r++)
                for (uint32_t c = 0; c < config->n; c++)
                    m->row_major[e++] = (uint8_t)((row + r) * TT_BLOCK + column + c);
    return m;
}

int tt_ref_machine_use(tt_ref_machine_t *m, const char *kernels, const tt_ref_runner_t *runner) {
    const tt_kernels_t *found = tt_kernels_find(kernels);
    if (found == NULL)
        return 0;
    m->kernels = found;
    m->runner = runner != NULL ? *runner : (tt_ref_runner_t){run_in_order, NULL};
    return 1;
}

/* ---- common to the stages ---- */

static void fail(tt_ref_machine_t *m, tt_dev_err_t error, const stage_t *stage) {
    m->error = error;
    m->error_index = stage->index;
}

/* Memory at addr, or NULL with the error set. */
static uint8_t *memory_at(tt_ref_machine_t *m, uint32_t addr, uint32_t beats, const stage_t *stage) {
    if ((uint64_t)addr + (uint64_t)beats * BEAT_BYTES > m->mem_bytes) {
        fail(m, TT_DEV_ERR_ADDRESS, stage);
        return NULL;
    }
    return m->mem + addr;
}

enum { UNIT_LOAD, UNIT_EXEC, UNIT_FINISH, UNIT_NONE };

static int unit_of(uint64_t opcode) {
    switch (opcode) {
    case TT_OP_LOAD:
        return UNIT_LOAD;
    case TT_OP_EXEC:
        return UNIT_EXEC;
    case TT_OP_FINISH:
    case TT_OP_ELEMENTWISE:
    case TT_OP_STATE_LOAD:
    case TT_OP_STATE_STORE:
        return UNIT_FINISH;
    default:
        return UNIT_NONE;
    }
}

/* Moves the stage to its next instruction; false at the end of the list or at an unknown opcode. */
static bool stage_fetch(tt_ref_machine_t *m, stage_t *stage, int unit) {
    while (stage->next < m->end) {
        stage->index = (uint32_t)(stage->next % m->instructions);
        stage->step = (uint32_t)(stage->next / m->instructions);
        const uint8_t *text = m->mem + m->list_addr + (size_t)stage->index * INSTRUCTION_BYTES;
        const int found = unit_of(text[0]);
        if (found == UNIT_NONE) {
            fail(m, TT_DEV_ERR_BAD_OPCODE, stage);
            return false;
        }
        stage->next++;
        if (found == unit) {
            for (unsigned w = 0; w < TT_ISA_WORDS; w++)
                stage->word[w] = load64(text + w * BEAT_BYTES);
            stage->active = true;
            stage->entered = false;
            return true;
        }
    }
    return false;
}

static uint32_t get(const stage_t *stage, unsigned word, unsigned lsb, unsigned width) {
    return (uint32_t)tt_field_get(stage->word, word, lsb, width);
}

static int32_t get_signed(const stage_t *stage, unsigned word, unsigned lsb, unsigned width) {
    return (int32_t)tt_field_get_signed(stage->word, word, lsb, width);
}

/* A jump in memory, in bytes. Jumps of all kinds are added modulo a power of two, so they are unsigned here. */
static uint32_t get_jump(const stage_t *stage, unsigned word, unsigned lsb, unsigned width) {
    return (uint32_t)get_signed(stage, word, lsb, width) * BEAT_BYTES;
}

static uint32_t step_offset(const stage_t *stage, uint32_t step_pages) {
    return step_pages * PAGE_BYTES * stage->step;
}

/* Moves loop indices, innermost first, to the next iteration and returns the loop that goes on; n_loops at the end. */
static unsigned loops_next(uint32_t *i, const uint32_t *last, unsigned n_loops) {
    unsigned j = 0;
    for (; j < n_loops && i[j] == last[j]; j++)
        i[j] = 0;
    if (j < n_loops)
        i[j]++;
    return j;
}

/* ---- load ---- */

static void load_decode(load_t *l, const stage_t *s) {
    l->target_b = get(s, TT_F_LOAD_TARGET_B) != 0u;
    l->transpose = get(s, TT_F_LOAD_TRANSPOSE) != 0u;
    l->no_mask = get(s, TT_F_LOAD_NO_MASK) != 0u;
    l->planes = get(s, TT_F_LOAD_PLANES);
    l->addr = get(s, TT_F_LOAD_ADDR) + step_offset(s, get(s, TT_F_LOAD_STEP_PAGES));
    l->run_beats = get(s, TT_F_LOAD_RUN_LAST) + 1u;
    for (unsigned j = 0; j < LOOPS; j++) { /* the four loops have the same fields in neighbouring words */
        const uint64_t *loop = s->word + j;
        l->last[j] = (uint32_t)tt_field_get(loop, TT_F_LOAD_L1_LAST);
        l->jump[j] = (uint32_t)tt_field_get_signed(loop, TT_F_LOAD_L1_JUMP) * BEAT_BYTES;
        l->y_jump[j] = (uint32_t)tt_field_get_signed(loop, TT_F_LOAD_L1_Y);
        l->x_jump[j] = (uint32_t)tt_field_get_signed(loop, TT_F_LOAD_L1_X);
        l->i[j] = 0;
    }
    l->y = get(s, TT_F_LOAD_Y0);
    l->x = get(s, TT_F_LOAD_X0);
    l->y_limit = get(s, TT_F_LOAD_Y_LIMIT);
    l->x_limit = get(s, TT_F_LOAD_X_LIMIT);
    l->buf = get(s, TT_F_LOAD_BUF);
    l->plane_jump = get(s, TT_F_LOAD_PLANE_JUMP);
    l->block_jump = get(s, TT_F_LOAD_BLOCK_JUMP);
    l->buf_jump[0] = get(s, TT_F_LOAD_L1_BUF);
    l->buf_jump[1] = get(s, TT_F_LOAD_L2_BUF);
    l->buf_jump[2] = get(s, TT_F_LOAD_L3_BUF);
    l->buf_jump[3] = get(s, TT_F_LOAD_L4_BUF);
}

/* Coordinates are 16 bits, two's complement. */
static bool outside(uint32_t coordinate, uint32_t limit) {
    const uint32_t bits = coordinate & 0xFFFFu;
    return limit != 0u && (bits >= 0x8000u || bits >= limit);
}

/* Where the next unit of a run goes: lane, and plane of a block. */
typedef struct {
    uint32_t buf, plane;
} load_at_t;

/* n beats of a run to the operand buffer, whose addresses have 16 bits and wrap at its end. */
static void load_place(tt_ref_machine_t *m, load_at_t *at, const uint8_t *beats, uint32_t n,
                       uint64_t implied_mask) {
    const load_t l = m->load;
    tt_unit_t *const buffer = l.target_b ? m->buffer_b : m->buffer_a;
    const uint32_t lanes = l.target_b ? m->b_lanes : m->a_lanes;
    const uint8_t *const end = beats + (size_t)n * BEAT_BYTES;
    while (beats < end) {
        const uint32_t lane = at->buf & 0xFFFFu;
        tt_unit_t *const unit = buffer + (lane < lanes ? lane : lane % lanes);
        unit->mask = implied_mask;
        if (!l.no_mask) {
            unit->mask = load64(beats);
            beats += BEAT_BYTES;
        }
        if (beats == end)
            break;
        unit->sign = load64(beats);
        beats += BEAT_BYTES;
        const bool last = ++at->plane == l.planes;
        at->buf += last ? l.block_jump : l.plane_jump;
        at->plane = last ? 0u : at->plane;
    }
}

/* One run of beats, or of zeros where its coordinates are outside. */
static void load_run(tt_ref_machine_t *m) {
    static const uint8_t none[RUN_PART * BEAT_BYTES];
    uint8_t turned[RUN_PART * BEAT_BYTES];
    const load_t *l = &m->load;
    const bool zeros = outside(l->y, l->y_limit) || outside(l->x, l->x_limit);
    const uint8_t *text = zeros ? none : memory_at(m, l->addr, l->run_beats, &m->load_stage);
    load_at_t at = {.buf = l->buf};
    for (uint32_t first = 0; text != NULL && first < l->run_beats; first += RUN_PART) {
        const uint32_t n = l->run_beats - first < RUN_PART ? l->run_beats - first : RUN_PART;
        const uint8_t *beats = zeros ? none : text + (size_t)first * BEAT_BYTES;
        if (l->transpose)
            m->kernels->transpose(turned, beats, n);
        load_place(m, &at, l->transpose ? turned : beats, n, zeros ? 0u : ALL_ONES);
    }
}

/* The runs of one chunk; false when it was the last chunk. */
static bool load_chunk(tt_ref_machine_t *m) {
    load_t *l = &m->load;
    unsigned loop;
    do {
        load_run(m);
        loop = loops_next(l->i, l->last, LOOPS);
        if (m->error != TT_DEV_ERR_NONE || loop == LOOPS)
            return false;
        l->addr += l->run_beats * BEAT_BYTES + l->jump[loop];
        l->y += l->y_jump[loop];
        l->x += l->x_jump[loop];
        l->buf += l->buf_jump[loop];
    } while (loop < LOOPS - 1u);
    return true;
}

static bool load_enter(tt_ref_machine_t *m) {
    const stage_t *s = &m->load_stage;
    const uint32_t finished = get(s, TT_F_LOAD_POP_FINISH);
    const uint32_t a_free = get(s, TT_F_LOAD_POP_A);
    const uint32_t b_free = get(s, TT_F_LOAD_POP_B);
    if (m->finished < finished || m->a_free < a_free || m->b_free < b_free)
        return false;
    m->finished -= finished;
    m->a_free -= a_free;
    m->b_free -= b_free;
    load_decode(&m->load, s);
    m->load_stage.entered = true;
    return true;
}

static void load_exit(tt_ref_machine_t *m) {
    m->b_ready += get(&m->load_stage, TT_F_LOAD_PUSH_B);
    m->load_stage.active = false;
}

/* The step functions return whether anything moved. */
static bool load_step(tt_ref_machine_t *m) {
    const load_t *l = &m->load;
    stage_t *s = &m->load_stage;
    if (!s->active)
        return stage_fetch(m, s, UNIT_LOAD);
    if (!s->entered) {
        if (!load_enter(m))
            return false;
        if (get(s, TT_F_LOAD_TOKENS_ONLY) != 0u)
            load_exit(m);
        return true;
    }
    const bool more = load_chunk(m);
    if (!l->target_b)
        m->a_ready++;
    if (!more)
        load_exit(m);
    return true;
}

/* ---- finish ---- */

static bool planes_ok(const tt_ref_machine_t *m, uint32_t planes) {
    return planes >= 1u && planes <= m->config.planes_max;
}

/* Old and target. */
static bool starts_from_aux(const finish_t *f) { return ((unsigned)f->aux_kind & 1u) != 0u; }

static void finish_decode_round(tt_ref_machine_t *m, const stage_t *s) {
    finish_t *f = &m->finish;
    f->rule = (tt_ref_round_t){
        .mant = get_signed(s, TT_F_FIN_MANT),
        .shift = get_signed(s, TT_F_FIN_SHIFT),
        .exp = get(s, TT_F_FIN_SLOT_USE) != 0u ? (int32_t)m->slots[f->slot].exp : 0,
        .lo = get_signed(s, TT_F_FIN_LO),
        .hi = get_signed(s, TT_F_FIN_HI),
        .mode = (tt_round_t)get(s, TT_F_FIN_ROUND),
        .binary = f->binary,
        .has_old = starts_from_aux(f),
    };
    tt_block_round_prepare(&f->round, &f->rule,
                           f->rule.has_old ? tt_ref_plane_limit(f->aux_planes, f->aux_radix) : 0);
}

static void finish_decode(tt_ref_machine_t *m, const stage_t *s) {
    finish_t *f = &m->finish;
    strand_t *at = &m->strand;
    memset(f, 0, sizeof *f);
    memset(at->i, 0, sizeof at->i);
    at->dst = get(s, TT_F_FIN_DST_ADDR) + step_offset(s, get(s, TT_F_FIN_DST_STEP_PAGES));
    at->aux = get(s, TT_F_FIN_AUX_ADDR) + step_offset(s, get(s, TT_F_FIN_AUX_STEP_PAGES));
    at->src = get(s, TT_F_FIN_SRC_ADDR) + step_offset(s, get(s, TT_F_FIN_SRC_STEP_PAGES));
    f->last[0] = get(s, TT_F_FIN_L0_LAST);
    f->last[1] = get(s, TT_F_FIN_L1_LAST);
    f->last[2] = get(s, TT_F_FIN_L2_LAST);
    f->dst_jump[0] = get_jump(s, TT_F_FIN_L0_DST_JUMP);
    f->dst_jump[1] = get_jump(s, TT_F_FIN_L1_DST_JUMP);
    f->dst_jump[2] = get_jump(s, TT_F_FIN_L2_DST_JUMP);
    f->aux_jump[0] = get_jump(s, TT_F_FIN_L0_AUX_JUMP);
    f->aux_jump[1] = get_jump(s, TT_F_FIN_L1_AUX_JUMP);
    f->aux_jump[2] = get_jump(s, TT_F_FIN_L2_AUX_JUMP);
    f->out_int32 = get(s, TT_F_FIN_OUT_INT32) != 0u;
    f->out_no_mask = get(s, TT_F_FIN_OUT_NO_MASK) != 0u;
    f->out_transpose = get(s, TT_F_FIN_OUT_TRANSPOSE) != 0u;
    f->write_off = get(s, TT_F_FIN_WRITE_OFF) != 0u;
    f->out_planes = get(s, TT_F_FIN_OUT_PLANES);
    f->out_radix = 2u + get(s, TT_F_FIN_OUT_RADIX3);
    /* raw sums need no auxiliary planes */
    f->aux_kind = f->out_int32 ? TT_AUX_NONE : (tt_aux_t)get(s, TT_F_FIN_AUX_KIND);
    if (m->config.compact == 0u && get(s, TT_F_FIN_MASTER) != 0u)
        f->aux_kind = TT_AUX_MASTER;
    f->aux_no_mask = get(s, TT_F_FIN_AUX_NO_MASK) != 0u;
    f->aux_transpose = get(s, TT_F_FIN_AUX_TRANSPOSE) != 0u;
    f->aux_planes = get(s, TT_F_FIN_AUX_PLANES);
    f->aux_radix = 2u + get(s, TT_F_FIN_AUX_RADIX3);
    f->ste_limit = (int32_t)get(s, TT_F_FIN_STE_LIMIT);
    f->binary = get(s, TT_F_FIN_BINARY) != 0u;
    f->slot = get(s, TT_F_FIN_SLOT);
    f->observe = get(s, TT_F_FIN_SLOT_OBSERVE) != 0u;
    f->commit = get(s, TT_F_FIN_SLOT_COMMIT) != 0u;
    f->rows_last = get(s, TT_F_FIN_ROWS_LAST);
    f->cols_last = get(s, TT_F_FIN_COLS_LAST);
    f->dst_bytes =
        BEAT_BYTES * (f->out_int32 ? INT32_BLOCK_BEATS : f->out_planes * (f->out_no_mask ? 1u : 2u));
    f->aux_bytes = BEAT_BYTES * (f->aux_kind == TT_AUX_MASTER ? INT16_BLOCK_BEATS
                                                              : f->aux_planes * (f->aux_no_mask ? 1u : 2u));
    if ((!f->out_int32 && !planes_ok(m, f->out_planes)) ||
        (f->aux_kind != TT_AUX_NONE && f->aux_kind != TT_AUX_MASTER && !planes_ok(m, f->aux_planes)))
        fail(m, TT_DEV_ERR_BAD_FIELD, s);
    else
        finish_decode_round(m, s);
}

/* Bit 8 * r + c: element (r, c) of the block is not padding. */
static uint64_t finish_valid(const finish_t *f, const uint32_t i[3]) {
    uint64_t valid = ALL_ONES;
    if (i[2] == f->last[2] && f->rows_last < TT_BLOCK)
        valid = (UINT64_C(1) << (TT_BLOCK * f->rows_last)) - 1u;
    if (i[1] == f->last[1] && i[0] == f->last[0] && f->cols_last < TT_BLOCK)
        valid &= ((UINT64_C(1) << f->cols_last) - 1u) * UINT64_C(0x0101010101010101);
    return valid;
}

static void finish_commit(tt_ref_machine_t *m) {
    uint32_t rest = m->slots[m->finish.slot].mag | 1u;
    uint32_t exp = 0;
    for (; rest != 0u; rest >>= 1)
        exp++;
    m->slots[m->finish.slot].exp = exp;
    m->slots[m->finish.slot].mag = 0;
}

/* Random numbers in row-major places; only non-padding elements draw. */
static void finish_draw(const tt_ref_machine_t *m, strand_t *at, uint32_t *rand24, uint64_t valid) {
    const uint32_t lanes = m->config.lanes;
    uint32_t drawn[TT_BLOCK_ELEMENTS];
    if (valid == ALL_ONES && m->config.m == TT_BLOCK && m->config.n == TT_BLOCK) {
        m->kernels->draw(rand24, at->lfsr, lanes);
        return;
    }
    if (valid == ALL_ONES) {
        m->kernels->draw(drawn, at->lfsr, lanes);
        for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++)
            rand24[m->row_major[e]] = drawn[e];
        return;
    }
    for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++) {
        uint64_t *state = &at->lfsr[e % lanes];
        rand24[m->row_major[e]] = tt_ref_lfsr_rand24(*state);
        if ((valid >> m->row_major[e] & 1u) != 0u)
            *state = tt_ref_lfsr_next(*state);
    }
}

static uint64_t turned(const tt_ref_machine_t *m, uint64_t beat, bool transpose) {
    uint8_t in[BEAT_BYTES];
    uint8_t out[TT_TRANSPOSE_ROOM * BEAT_BYTES];
    if (!transpose)
        return beat;
    store64(in, beat);
    m->kernels->transpose(out, in, 1);
    return load64(out);
}

static bool finish_read_aux(tt_ref_machine_t *m, const strand_t *at, int8_t *values) {
    const finish_t *f = &m->finish;
    tt_unit_t units[TT_PLANES_MAX];
    tt_stack_t stack = {
        .n_planes = f->aux_planes, .radix = f->aux_radix, .blocks = 1, .last_valid = ALL_ONES};
    const uint8_t *text = memory_at(m, at->aux, f->aux_planes * (f->aux_no_mask ? 1u : 2u), &m->finish_stage);
    if (text == NULL)
        return false;
    for (uint32_t p = 0; p < f->aux_planes; p++) {
        units[p].mask = ALL_ONES;
        if (!f->aux_no_mask) {
            units[p].mask = turned(m, load64(text), f->aux_transpose);
            text += BEAT_BYTES;
        }
        units[p].sign = turned(m, load64(text), f->aux_transpose);
        text += BEAT_BYTES;
        stack.plane[p] = &units[p];
    }
    m->kernels->expand((uint8_t *)values, &stack, 0);
    return true;
}

static bool finish_write_planes(tt_ref_machine_t *m, const strand_t *at, const int8_t *q, uint64_t valid) {
    const finish_t *f = &m->finish;
    tt_unit_t units[TT_PLANES_MAX];
    m->kernels->encode(units, q, f->out_planes, f->out_radix);
    if (f->binary && f->aux_kind != TT_AUX_MASTER) /* q is the index of {-1, +1} */
        units[0] = (tt_unit_t){.mask = ALL_ONES, .sign = ~units[0].mask};
    uint8_t *text = memory_at(m, at->dst, f->out_planes * (f->out_no_mask ? 1u : 2u), &m->finish_stage);
    if (text == NULL)
        return false;
    for (uint32_t p = 0; p < f->out_planes; p++) {
        if (!f->out_no_mask) {
            store64(text, turned(m, units[p].mask & valid, f->out_transpose));
            text += BEAT_BYTES;
        }
        store64(text, turned(m, units[p].sign & valid, f->out_transpose));
        text += BEAT_BYTES;
    }
    return true;
}

static bool finish_write_int32(tt_ref_machine_t *m, const strand_t *at, const int32_t *acc) {
    uint8_t *text = memory_at(m, at->dst, INT32_BLOCK_BEATS, &m->finish_stage);
    if (text == NULL)
        return false;
    for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e += 2u) {
        const uint64_t low = (uint32_t)acc[m->row_major[e]];
        const uint64_t high = (uint32_t)acc[m->row_major[e + 1u]];
        store64(text + (size_t)BEAT_BYTES / 2u * e, low | high << 32);
    }
    return true;
}

/* New master weights over the old ones; q: the trits that stand for them. */
static bool finish_master(tt_ref_machine_t *m, const strand_t *at, const int32_t *acc, const uint32_t *rand24,
                          uint64_t valid, int8_t *q) {
    const finish_t *f = &m->finish;
    uint8_t *text = memory_at(m, at->aux, INT16_BLOCK_BEATS, &m->finish_stage);
    if (text == NULL)
        return false;
    for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++, text += 2) {
        const unsigned place = m->row_major[e];
        const int16_t old = (int16_t)(uint16_t)(text[0] | (unsigned)text[1] << 8);
        int32_t master = tt_ref_master(acc[place], old, rand24[place], &f->rule);
        if ((valid >> place & 1u) == 0u)
            master = 0;
        q[place] = (int8_t)tt_ref_master_trit(master, f->binary);
        if (f->write_off)
            continue;
        text[0] = (uint8_t)master;
        text[1] = (uint8_t)((uint32_t)master >> 8);
    }
    return true;
}

static bool finish_round(tt_ref_machine_t *m, strand_t *at, const int32_t *acc, uint64_t valid) {
    static const int8_t none[TT_BLOCK_ELEMENTS];
    const finish_t *f = &m->finish;
    int8_t aux[TT_BLOCK_ELEMENTS];
    int8_t q[TT_BLOCK_ELEMENTS];
    uint32_t rand24[TT_BLOCK_ELEMENTS];
    if (f->aux_kind != TT_AUX_NONE && f->aux_kind != TT_AUX_MASTER && !finish_read_aux(m, at, aux))
        return false;
    if (starts_from_aux(f) && f->binary)
        for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++)
            aux[e] = (int8_t)((aux[e] + 1) / 2);
    if (f->round.mode == TT_ROUND_STOCHASTIC)
        finish_draw(m, at, rand24, valid);
    if (f->aux_kind == TT_AUX_MASTER)
        return finish_master(m, at, acc, rand24, valid, q) &&
               (f->write_off || finish_write_planes(m, at, q, valid));
    m->kernels->round(q, acc, starts_from_aux(f) ? aux : none, rand24, &f->round);
    if (f->aux_kind == TT_AUX_STE)
        m->kernels->cut(q, aux, f->ste_limit);
    if (f->aux_kind == TT_AUX_TARGET)
        m->kernels->hold(q, aux);
    return f->write_off || finish_write_planes(m, at, q, valid);
}

static void finish_exit(tt_ref_machine_t *m) {
    m->finished += get(&m->finish_stage, TT_F_FIN_PUSH_LOAD);
    m->finish_stage.active = false;
}

/* One block of sums, row-major, through the stage; returns the loop that goes on, 3 at the end of the instruction, and LOOPS after an
 * error. Touches nothing of the machine but memory and, in an error, error. */
static unsigned finish_block(tt_ref_machine_t *m, strand_t *at, const int32_t *acc) {
    const finish_t *f = &m->finish;
    const uint64_t valid = finish_valid(f, at->i);
    if (f->observe)
        at->mag |= m->kernels->magnitude(acc, valid);
    if (f->out_int32 ? !f->write_off && !finish_write_int32(m, at, acc) : !finish_round(m, at, acc, valid))
        return LOOPS;
    const unsigned loop = loops_next(at->i, f->last, 3u);
    if (loop < 3u) {
        at->dst += f->dst_bytes + f->dst_jump[loop];
        at->aux += f->aux_bytes + f->aux_jump[loop];
    }
    return loop;
}

/* After blocks: what they have observed to the slot, and the instruction's end if that was its last. */
static void finish_count(tt_ref_machine_t *m, unsigned loop) {
    m->slots[m->finish.slot].mag |= m->strand.mag;
    m->strand.mag = 0;
    if (loop != 3u)
        return;
    if (m->finish.commit)
        finish_commit(m);
    finish_exit(m);
}

static int32_t saturate(int32_t value, uint32_t bits) {
    const int32_t top = (int32_t)((UINT32_C(1) << (bits - 1u)) - 1u);
    return value > top ? top : value < -top - 1 ? -top - 1 : value;
}

/* The block of int32 sums that ELEMENTWISE reads next. */
static void elementwise_block(tt_ref_machine_t *m) {
    strand_t *at = &m->strand;
    int32_t acc[TT_BLOCK_ELEMENTS];
    const uint8_t *text = memory_at(m, at->src, INT32_BLOCK_BEATS, &m->finish_stage);
    if (text == NULL)
        return;
    for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++) {
        const uint64_t beat = load64(text + (size_t)BEAT_BYTES * (e / 2u));
        acc[m->row_major[e]] = saturate((int32_t)(uint32_t)(beat >> (32u * (e % 2u))), m->config.w_acc);
    }
    at->src += INT32_BLOCK_BEATS * BEAT_BYTES;
    finish_count(m, finish_block(m, at, acc));
}

static void state_move(tt_ref_machine_t *m, bool store) {
    const stage_t *s = &m->finish_stage;
    const uint32_t addr =
        store ? get(s, TT_F_STATE_STORE_ADDR) + step_offset(s, get(s, TT_F_STATE_STORE_STEP_PAGES))
              : get(s, TT_F_STATE_LOAD_ADDR) + step_offset(s, get(s, TT_F_STATE_LOAD_STEP_PAGES));
    const uint32_t lanes = m->config.lanes;
    uint8_t *text = memory_at(m, addr, lanes + TT_SLOTS, s);
    if (text == NULL)
        return;
    for (uint32_t lane = 0; lane < lanes; lane++, text += BEAT_BYTES)
        if (store)
            store64(text, m->strand.lfsr[lane]);
        else
            m->strand.lfsr[lane] = load64(text);
    for (uint32_t slot = 0; slot < TT_SLOTS; slot++, text += BEAT_BYTES)
        if (store) {
            store64(text, m->slots[slot].mag | (uint64_t)m->slots[slot].exp << 32);
        } else {
            m->slots[slot].mag = (uint32_t)load64(text) & ((1u << m->config.w_acc) - 1u);
            m->slots[slot].exp = (uint32_t)(load64(text) >> 32) & (m->config.compact != 0u ? 0x1Fu : 0xFFu);
        }
    m->finished += get(s, TT_F_STATE_PUSH_LOAD);
    m->finish_stage.active = false;
}

static bool finish_is_array(const tt_ref_machine_t *m) {
    return m->finish_stage.active && m->finish_stage.entered &&
           get(&m->finish_stage, TT_F_OPCODE) == TT_OP_FINISH;
}

static bool finish_step(tt_ref_machine_t *m) {
    stage_t *s = &m->finish_stage;
    if (!s->active)
        return stage_fetch(m, s, UNIT_FINISH);
    const uint32_t opcode = get(s, TT_F_OPCODE);
    if (opcode == TT_OP_STATE_LOAD || opcode == TT_OP_STATE_STORE) {
        state_move(m, opcode == TT_OP_STATE_STORE);
        return true;
    }
    if (!s->entered) {
        finish_decode(m, s);
        s->entered = true;
        return true;
    }
    if (opcode == TT_OP_FINISH)
        return false; /* the execute stage brings the blocks */
    elementwise_block(m);
    return true;
}

/* ---- execute ---- */

static void exec_decode(tt_ref_machine_t *m, const stage_t *s) {
    exec_t *x = &m->exec;
    const uint32_t depth_last = get(s, TT_F_EXEC_DEPTH_LAST);
    memset(x, 0, sizeof *x);
    x->a_planes = get(s, TT_F_EXEC_A_PLANES);
    x->b_planes = get(s, TT_F_EXEC_B_PLANES);
    x->radix = 2u + get(s, TT_F_EXEC_RADIX3);
    x->a_ring_last = get(s, TT_F_EXEC_A_RING_LAST);
    x->a_ring_stride = get(s, TT_F_EXEC_A_RING_STRIDE);
    x->a_plane_stride = get(s, TT_F_EXEC_A_PLANE_STRIDE);
    x->b_plane_stride = get(s, TT_F_EXEC_B_PLANE_STRIDE);
    /* the fields name the highest planes, plane 0 serves here */
    x->a_base = get(s, TT_F_EXEC_A_BASE) - (x->a_planes - 1u) * x->a_plane_stride;
    x->b_base = get(s, TT_F_EXEC_B_BASE) - (x->b_planes - 1u) * x->b_plane_stride;
    x->chunks_last = get(s, TT_F_EXEC_CHUNKS_LAST);
    x->last[0] = get(s, TT_F_EXEC_L0_LAST);
    x->last[1] = get(s, TT_F_EXEC_L1_LAST);
    x->a_jump[0] = get(s, TT_F_EXEC_L0_A_JUMP);
    x->a_jump[1] = get(s, TT_F_EXEC_L1_A_JUMP);
    x->b_jump[0] = get(s, TT_F_EXEC_L0_B_JUMP);
    x->b_jump[1] = get(s, TT_F_EXEC_L1_B_JUMP);
    x->blocks = depth_last / TT_BLOCK + 1u;
    const uint32_t tail = depth_last % TT_BLOCK; /* compact configurations mask off whole blocks */
    x->last_valid = m->config.compact != 0u ? ALL_ONES : (UINT32_C(2) << tail) - 1u;
    x->last_valid *= m->config.compact != 0u ? 1u : UINT64_C(0x0101010101010101);
    if (x->a_planes < 1u || x->a_planes > TT_PLANES_MAX || x->b_planes < 1u || x->b_planes > TT_PLANES_MAX)
        fail(m, TT_DEV_ERR_BAD_FIELD, s);
}

/* To the first block of chunk i2. */
static void exec_first_block(exec_t *x) {
    x->a = x->a_base + x->i2 % (x->a_ring_last + 1u) * x->a_ring_stride;
    x->b = x->b_base;
}

/* To the next block of the chunk; false when there is none. */
static bool exec_next_block(exec_t *x) {
    const unsigned loop = loops_next(x->i, x->last, 2u);
    if (loop == 2u)
        return false;
    x->a += x->a_jump[loop];
    x->b += x->b_jump[loop];
    return true;
}

static uint64_t exec_columns(const exec_t *x) {
    return (x->last[1] + UINT64_C(1)) * (x->last[0] + UINT64_C(1));
}

/* Turns `blocks` blocks of an operand, from the block `first` of the block row at block-word addr on, into values. Addresses have
 * 16 bits and wrap at the buffer's end. */
static void expand_part(const tt_ref_machine_t *m, uint8_t *values, bool is_b, uint32_t addr, uint32_t first,
                        uint32_t blocks) {
    const exec_t *x = &m->exec;
    const uint32_t depth = is_b ? m->config.b_depth : m->config.a_depth;
    const uint32_t lanes = 1u << m->lane_shift;
    tt_stack_t stack = {.n_planes = is_b ? x->b_planes : x->a_planes,
                        .radix = x->radix,
                        .blocks = blocks,
                        .last_valid = first + blocks == x->blocks ? x->last_valid : ALL_ONES};
    for (uint32_t p = 0; p < stack.n_planes; p++) {
        const uint32_t word = addr + p * (is_b ? x->b_plane_stride : x->a_plane_stride) + first / lanes;
        stack.plane[p] = (is_b ? m->buffer_b : m->buffer_a) + (size_t)((word & 0xFFFFu) % depth) * lanes;
    }
    m->kernels->expand(values + (size_t)first * TT_BLOCK_ELEMENTS, &stack,
                       is_b ? tt_ref_plane_limit(x->b_planes, x->radix) : 0);
}

/* A whole block row, in one part if none of its planes wraps around, else block-word by block-word. */
static void expand_row(const tt_ref_machine_t *m, uint8_t *values, bool is_b, uint32_t addr) {
    const exec_t *x = &m->exec;
    const uint32_t depth = is_b ? m->config.b_depth : m->config.a_depth;
    const uint32_t stride = is_b ? x->b_plane_stride : x->a_plane_stride;
    const uint32_t planes = is_b ? x->b_planes : x->a_planes;
    const uint32_t lanes = 1u << m->lane_shift;
    bool wraps = false;
    for (uint32_t p = 0; p < planes; p++)
        wraps |= ((addr + p * stride) & 0xFFFFu) % depth * lanes + x->blocks > depth * lanes ||
                 ((addr + p * stride) & 0xFFFFu) + (x->blocks >> m->lane_shift) > 0xFFFFu;
    const uint32_t part = wraps ? lanes : x->blocks;
    for (uint32_t first = 0; first < x->blocks; first += part)
        expand_part(m, values, is_b, addr, first, x->blocks - first < part ? x->blocks - first : part);
}

/* ---- pieces ---- */

/* Where one address of the finish stage goes in a chunk, relative to the chunk's first block. */
typedef struct {
    int64_t lo, hi; /* bytes touched: [lo, hi) */
    int64_t chunk;  /* from one chunk to the next */
} walk_t;

static walk_t walk_of(const finish_t *f, const uint32_t jump[3], uint32_t bytes) {
    walk_t w = {.hi = bytes};
    uint32_t i[2] = {0};
    int64_t at = bytes;
    for (unsigned loop; (loop = loops_next(i, f->last, 2u)) < 2u; at += bytes) {
        at += (int32_t)jump[loop];
        w.lo = at < w.lo ? at : w.lo;
        w.hi = at + bytes > w.hi ? at + bytes : w.hi;
    }
    w.chunk = at + (int32_t)jump[2];
    return w;
}

/* Bytes touched from `addr` on by n chunks. */
static void walk_span(const walk_t *w, uint32_t addr, uint32_t n, int64_t *lo, int64_t *hi) {
    const int64_t last = (int64_t)(n - 1u) * w->chunk;
    *lo = addr + w->lo + (last < 0 ? last : 0);
    *hi = addr + w->hi + (last > 0 ? last : 0);
}

/* Whether n chunks of the FINISH may be finished in any order: all of their blocks are in the memory, and no chunk writes what another
 * one reads or writes. */
static bool finish_apart(const tt_ref_machine_t *m, uint32_t n) {
    const finish_t *f = &m->finish;
    const walk_t dst = walk_of(f, f->dst_jump, f->dst_bytes);
    const walk_t aux = walk_of(f, f->aux_jump, f->aux_bytes);
    int64_t lo, hi, aux_lo, aux_hi;
    walk_span(&dst, m->strand.dst, n, &lo, &hi);
    walk_span(&aux, m->strand.aux, n, &aux_lo, &aux_hi);
    const bool writes = !f->write_off;
    const bool reads = f->aux_kind != TT_AUX_NONE;
    if ((writes && (lo < 0 || hi > (int64_t)m->mem_bytes)) ||
        (reads && (aux_lo < 0 || aux_hi > (int64_t)m->mem_bytes)))
        return false;
    const int64_t distance = dst.chunk < 0 ? -dst.chunk : dst.chunk;
    const bool in_place =
        m->strand.aux == m->strand.dst && aux.chunk == dst.chunk && aux.lo >= dst.lo && aux.hi <= dst.hi;
    const int64_t aux_distance = aux.chunk < 0 ? -aux.chunk : aux.chunk;
    if (n > 1u && f->aux_kind == TT_AUX_MASTER && aux_distance < aux.hi - aux.lo)
        return false;
    return n == 1u || !writes ||
           (distance >= dst.hi - dst.lo && (!reads || in_place || aux_hi <= lo || hi <= aux_lo));
}

/* How many chunks, from the present one on, make a piece with all of their columns; 0: only a block may be made. A must be the same
 * for all columns, the values must fit, and the FINISH must see the chunks as the EXEC does. */
static uint32_t piece_chunks(const tt_ref_machine_t *m) {
    const exec_t *x = &m->exec;
    const finish_t *f = &m->finish;
    const uint64_t columns = exec_columns(x);
    if (x->i[0] != 0u || x->i[1] != 0u || m->strand.i[0] != 0u || m->strand.i[1] != 0u ||
        columns != (f->last[1] + UINT64_C(1)) * (f->last[0] + UINT64_C(1)) ||
        (x->last[1] > 0u && x->a_jump[1] != 0u) || (x->last[0] > 0u && x->a_jump[0] != 0u) ||
        columns * x->blocks > m->value_blocks)
        return 0;
    const uint32_t limits[] = {m->a_ready, x->chunks_last - x->i2 + 1u, f->last[2] - m->strand.i[2] + 1u,
                               m->value_blocks / x->blocks, x->a_ring_last + 1u};
    uint32_t n = PIECE_CHUNKS;
    for (unsigned i = 0; i < sizeof limits / sizeof limits[0]; i++)
        n = limits[i] < n ? limits[i] : n;
    return n > 0u && finish_apart(m, n) ? n : 0u;
}

/* Draws of every lane in a block. */
static void count_draws(const tt_ref_machine_t *m, uint64_t valid, uint32_t blocks, uint32_t *draws) {
    for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++)
        draws[e % m->config.lanes] += blocks * (uint32_t)(valid >> m->row_major[e] & 1u);
}

/* Moves the generators over one chunk of the piece; only its last block has padding columns. */
static void skip_draws(tt_ref_machine_t *m, strand_t *at) {
    const finish_t *f = &m->finish;
    const uint32_t inner[3] = {f->last[0] + 1u, 0, at->i[2]};
    const uint32_t end[3] = {f->last[0], f->last[1], at->i[2]};
    uint32_t draws[TT_LANES_MAX] = {0};
    if ((finish_valid(f, inner) & finish_valid(f, end)) == ALL_ONES) {
        m->kernels->leap(at->lfsr, m->config.lanes, m->piece.columns * (TT_BLOCK_ELEMENTS / m->config.lanes));
        return;
    }
    count_draws(m, finish_valid(f, inner), m->piece.columns - 1u, draws);
    count_draws(m, finish_valid(f, end), 1, draws);
    uint32_t common = draws[0];
    for (uint32_t lane = 1; lane < m->config.lanes; lane++)
        common = draws[lane] < common ? draws[lane] : common;
    m->kernels->leap(at->lfsr, m->config.lanes, common);
    for (uint32_t lane = 0; lane < m->config.lanes; lane++)
        for (uint32_t i = common; i < draws[lane]; i++)
            at->lfsr[lane] = tt_ref_lfsr_next(at->lfsr[lane]);
}

/* The finish stage's state at the start of every chunk, and behind the last. */
static void piece_strands(tt_ref_machine_t *m) {
    const finish_t *f = &m->finish;
    const uint32_t dst = (uint32_t)walk_of(f, f->dst_jump, f->dst_bytes).chunk;
    const uint32_t aux = (uint32_t)walk_of(f, f->aux_jump, f->aux_bytes).chunk;
    for (uint32_t i = 0; i < m->piece.chunks; i++) {
        m->piece.strand[i] = m->strand;
        if (f->round.mode == TT_ROUND_STOCHASTIC && !f->out_int32)
            skip_draws(m, &m->strand);
        m->strand.dst += dst;
        m->strand.aux += aux;
        m->strand.i[2]++;
    }
}

/* Tasks before the first piece of an EXEC: the strands, and the values of one block row of B each. */
static void piece_prepare(void *machine, uint32_t i) {
    tt_ref_machine_t *m = machine;
    exec_t walk = m->exec;
    if (i == 0u) {
        piece_strands(m);
        return;
    }
    for (uint32_t column = 1; column < i; column++)
        (void)exec_next_block(&walk);
    expand_row(m, m->values_b + (size_t)(i - 1u) * walk.blocks * TT_BLOCK_ELEMENTS, true, walk.b);
}

static void multiply(const tt_ref_machine_t *m, int32_t *acc, uint32_t chunk, uint32_t column,
                     uint32_t columns) {
    const exec_t *x = &m->exec;
    const size_t row_bytes = (size_t)x->blocks * TT_BLOCK_ELEMENTS;
    const tt_product_t product = {.a = m->values_a + chunk * row_bytes,
                                  .b = m->values_b + column * row_bytes,
                                  .blocks = x->blocks,
                                  .columns = columns,
                                  .a_limit = tt_ref_plane_limit(x->a_planes, x->radix),
                                  .b_limit = tt_ref_plane_limit(x->b_planes, x->radix),
                                  .unused_bits = 32u - m->config.w_acc};
    m->kernels->product(acc, &product);
}

/* Task: one chunk. */
static void piece_finish(void *machine, uint32_t i) {
    tt_ref_machine_t *m = machine;
    exec_t chunk = m->exec;
    int32_t acc[STRIP][TT_BLOCK_ELEMENTS];
    chunk.i2 += i;
    exec_first_block(&chunk);
    expand_row(m, m->values_a + (size_t)i * chunk.blocks * TT_BLOCK_ELEMENTS, false, chunk.a);
    for (uint32_t first = 0; first < m->piece.columns; first += STRIP) {
        const uint32_t n = m->piece.columns - first < STRIP ? m->piece.columns - first : STRIP;
        multiply(m, acc[0], i, first, n);
        for (uint32_t c = 0; c < n; c++)
            (void)finish_block(m, &m->piece.strand[i], acc[c]);
    }
}

static void exec_piece(tt_ref_machine_t *m, uint32_t chunks) {
    exec_t *x = &m->exec;
    const bool is_end = m->strand.i[2] + chunks > m->finish.last[2];
    m->piece.chunks = chunks;
    m->piece.columns = (uint32_t)exec_columns(x);
    if (x->b_kept)
        piece_strands(m);
    else
        m->runner.run(m->runner.pool, piece_prepare, m, 1u + m->piece.columns);
    x->b_kept = true;
    m->runner.run(m->runner.pool, piece_finish, m, chunks);
    for (uint32_t i = 0; i < chunks; i++)
        m->strand.mag |= m->piece.strand[i].mag;
    finish_count(m, is_end ? 3u : 2u);
}

/* One block alone. */
static void exec_block(tt_ref_machine_t *m) {
    exec_t *x = &m->exec;
    int32_t acc[TT_BLOCK_ELEMENTS];
    x->b_kept = false;
    expand_row(m, m->values_a, false, x->a);
    expand_row(m, m->values_b, true, x->b);
    multiply(m, acc, 0, 0, 1);
    finish_count(m, finish_block(m, &m->strand, acc));
}

static void exec_exit(tt_ref_machine_t *m) {
    m->b_free += get(&m->exec_stage, TT_F_EXEC_PUSH_B);
    m->exec_stage.active = false;
}

/* The next piece, when the finish stage takes it. */
static bool exec_some(tt_ref_machine_t *m) {
    exec_t *x = &m->exec;
    if (!finish_is_array(m))
        return false;
    if (x->i[1] == 0u && x->i[0] == 0u)
        exec_first_block(x);
    uint32_t chunks = piece_chunks(m);
    if (chunks > 0u) {
        exec_piece(m, chunks);
    } else {
        exec_block(m);
        if (exec_next_block(x))
            return true;
        chunks = 1;
    }
    m->a_ready -= chunks;
    m->a_free += chunks;
    x->i2 += chunks;
    if (x->i2 > x->chunks_last)
        exec_exit(m);
    return true;
}

static bool exec_step(tt_ref_machine_t *m) {
    stage_t *s = &m->exec_stage;
    if (!s->active)
        return stage_fetch(m, s, UNIT_EXEC);
    if (!s->entered) {
        const uint32_t pop = get(s, TT_F_EXEC_POP_B);
        if (m->b_ready < pop)
            return false;
        m->b_ready -= pop;
        s->entered = true;
        exec_decode(m, s);
        return true;
    }
    return m->a_ready > 0u && exec_some(m);
}

/* ---- a run ---- */

static void start(tt_ref_machine_t *m) {
    m->a_ready = m->a_free = m->b_ready = m->b_free = m->finished = 0;
    memset(&m->load_stage, 0, sizeof m->load_stage);
    memset(&m->exec_stage, 0, sizeof m->exec_stage);
    memset(&m->finish_stage, 0, sizeof m->finish_stage);
    m->error = TT_DEV_ERR_NONE;
    m->error_index = 0;
}

/* When nothing moves: the stage nearest to the end that is still at work. */
static void fail_deadlock(tt_ref_machine_t *m) {
    if (m->finish_stage.active)
        fail(m, TT_DEV_ERR_TIMEOUT, &m->finish_stage);
    else if (m->exec_stage.active)
        fail(m, TT_DEV_ERR_TIMEOUT, &m->exec_stage);
    else if (m->load_stage.active)
        fail(m, TT_DEV_ERR_TIMEOUT, &m->load_stage);
}

tt_dev_err_t tt_ref_machine_run(tt_ref_machine_t *m, uint8_t *mem, size_t mem_bytes, uint32_t list_addr,
                                uint32_t instructions, uint32_t steps, uint32_t *error_index) {
    m->mem = mem;
    m->mem_bytes = mem_bytes;
    m->list_addr = list_addr;
    m->instructions = instructions;
    m->end = (uint64_t)instructions * steps;
    start(m);
    if (list_addr + (uint64_t)instructions * INSTRUCTION_BYTES > mem_bytes) {
        *error_index = LIST_INDEX;
        return TT_DEV_ERR_ADDRESS;
    }
    bool moved = true;
    while (moved && m->error == TT_DEV_ERR_NONE) {
        moved = false;
        while (m->error == TT_DEV_ERR_NONE && load_step(m))
            moved = true;
        if (m->error == TT_DEV_ERR_NONE)
            moved = finish_step(m) || moved;
        if (m->error == TT_DEV_ERR_NONE)
            moved = exec_step(m) || moved;
    }
    if (m->error == TT_DEV_ERR_NONE)
        fail_deadlock(m);
    if (m->error != TT_DEV_ERR_NONE)
        *error_index = m->error_index;
    return m->error;
}
