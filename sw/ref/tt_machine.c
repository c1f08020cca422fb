/* SPDX-License-Identifier: Apache-2.0
 * The functional machine: three stage interpreters, each with its own position in the list, run in turn until none of them can
 * move. Tokens are plain counters. LOAD runs ahead as far as they let it, farther than on the device, so that a program with a
 * token too few goes wrong here as well. The hand-over from EXEC to FINISH needs no queue:
 * EXEC makes a block only when FINISH waits for one. Replay is one long list of steps * instructions. */
#include <stdbool.h>
#include <string.h>

#include "tt_block.h"
#include "tt_isa.h"
#include "tt_ref.h"

#define PAGE_BYTES 4096u
#define BEAT_BYTES 8u
#define INSTRUCTION_BYTES (TT_ISA_WORDS * BEAT_BYTES)
#define INT32_BLOCK_BEATS 32u
#define LIST_INDEX 0xFFFFu /* error index of a fetch */
#define LOOPS 4u
#define ALL_ONES UINT64_MAX
#define BUFFER_FILL 0xA5 /* what an operand buffer holds before it is loaded must not matter */

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
    tt_block_pass_t pass;
    bool by_value;  /* operands are turned into bytes: B once, A once per chunk */
    uint32_t flush; /* see tt_block_ops_t */
} exec_t;

typedef struct {
    uint32_t dst, aux, src;            /* byte addresses of this block */
    uint32_t last[3], i[3];            /* L0, L1, L2 */
    uint32_t dst_bytes, aux_bytes;     /* of a block */
    uint32_t dst_jump[3], aux_jump[3]; /* bytes, from behind the block */
    tt_block_round_t round;
    tt_aux_t aux_kind;
    uint32_t out_planes, out_radix, aux_planes, aux_radix, rows_last, cols_last, slot;
    int32_t ste_limit;
    bool out_int32, out_no_mask, out_transpose, write_off, aux_no_mask, aux_transpose, binary, observe,
        commit;
} finish_t;

struct tt_ref_machine {
    tt_config_t config;
    const tt_block_ops_t *ops;
    uint8_t *buffer_a, *buffer_b;
    int8_t *values_a, *values_b; /* room for as many values as the buffers have digits in one plane */
    uint32_t lane_shift;         /* lanes per block-word = 1 << lane_shift */
    uint8_t row_major[TT_BLOCK_ELEMENTS]; /* place of element number e in the row-major block */
    uint64_t lfsr[TT_LANES_MAX];
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
    tt_dev_err_t error;
    uint32_t error_index;
};

/* ---- storage ---- */

static size_t buffer_bytes(uint32_t depth) { return (size_t)depth * TT_BLOCK_WORD_BYTES; }

size_t tt_ref_machine_size(const tt_config_t *config) {
    return sizeof(tt_ref_machine_t) + TT_BLOCK_WORD_BYTES +
           ((size_t)config->a_depth + config->b_depth) * (TT_BLOCK_WORD_BYTES + TT_BLOCK_VALUE_BYTES);
}

tt_ref_machine_t *tt_ref_machine_init(void *storage, const tt_config_t *config) {
    tt_ref_machine_t *m = storage;
    memset(m, 0, sizeof *m);
    m->config = *config;
    m->ops = tt_block_ops();
    uint8_t *end = (uint8_t *)storage + sizeof *m;
    m->buffer_a = end + (TT_BLOCK_WORD_BYTES - (uintptr_t)end % TT_BLOCK_WORD_BYTES);
    m->buffer_b = m->buffer_a + buffer_bytes(config->a_depth);
    m->values_a = (int8_t *)(m->buffer_b + buffer_bytes(config->b_depth));
    m->values_b = m->values_a + (size_t)config->a_depth * TT_BLOCK_VALUE_BYTES;
    memset(m->buffer_a, BUFFER_FILL, buffer_bytes(config->a_depth) + buffer_bytes(config->b_depth));
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
                stage->word[w] = tt_block_load64(text + w * BEAT_BYTES);
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

static void store_lane(uint8_t *rows, uint64_t beat) {
    for (unsigned r = 0; r < TT_BLOCK; r++)
        rows[BEAT_BYTES * r] = (uint8_t)(beat >> (TT_BLOCK * r));
}

/* Mask rows of a lane in the operand buffer; the sign rows follow half a block-word later. */
static uint8_t *lane_at(tt_ref_machine_t *m, uint32_t lane_addr) {
    const bool is_b = m->load.target_b;
    const uint32_t depth = is_b ? m->config.b_depth : m->config.a_depth;
    const uint32_t block_word = ((lane_addr & 0xFFFFu) >> m->lane_shift) % depth;
    const uint32_t lane = lane_addr & ((1u << m->lane_shift) - 1u);
    return (is_b ? m->buffer_b : m->buffer_a) + (size_t)block_word * TT_BLOCK_WORD_BYTES + lane;
}

/* One run of beats, or of zeros where its coordinates are outside. */
static void load_run(tt_ref_machine_t *m) {
    const load_t *l = &m->load;
    const bool zeros = outside(l->y, l->y_limit) || outside(l->x, l->x_limit);
    const uint8_t *text = zeros ? NULL : memory_at(m, l->addr, l->run_beats, &m->load_stage);
    uint32_t buf = l->buf;
    uint32_t plane = 0;
    bool is_sign = l->no_mask;
    if (!zeros && text == NULL)
        return;
    for (uint32_t i = 0; i < l->run_beats; i++) {
        uint64_t beat = zeros ? 0u : tt_block_load64(text + (size_t)i * BEAT_BYTES);
        uint8_t *rows = lane_at(m, buf);
        if (l->transpose)
            beat = tt_block_transpose(beat);
        if (l->no_mask)
            store_lane(rows, zeros ? 0u : ALL_ONES);
        store_lane(is_sign ? rows + TT_BLOCK_WORD_BYTES / 2u : rows, beat);
        if (is_sign) {
            const bool last = ++plane == l->planes;
            buf += last ? l->block_jump : l->plane_jump;
            plane = last ? 0u : plane;
        }
        is_sign = l->no_mask || !is_sign;
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

static void finish_decode_round(tt_ref_machine_t *m, const stage_t *s) {
    finish_t *f = &m->finish;
    const tt_ref_round_t round = {
        .mant = get_signed(s, TT_F_FIN_MANT),
        .shift = get_signed(s, TT_F_FIN_SHIFT),
        .exp = get(s, TT_F_FIN_SLOT_USE) != 0u ? (int32_t)m->slots[f->slot].exp : 0,
        .lo = get_signed(s, TT_F_FIN_LO),
        .hi = get_signed(s, TT_F_FIN_HI),
        .mode = (tt_round_t)get(s, TT_F_FIN_ROUND),
        .binary = f->binary,
        .has_old = f->aux_kind == TT_AUX_OLD,
    };
    tt_block_round_prepare(&f->round, &round);
}

static void finish_decode(tt_ref_machine_t *m, const stage_t *s) {
    finish_t *f = &m->finish;
    memset(f, 0, sizeof *f);
    f->dst = get(s, TT_F_FIN_DST_ADDR) + step_offset(s, get(s, TT_F_FIN_DST_STEP_PAGES));
    f->aux = get(s, TT_F_FIN_AUX_ADDR) + step_offset(s, get(s, TT_F_FIN_AUX_STEP_PAGES));
    f->src = get(s, TT_F_FIN_SRC_ADDR) + step_offset(s, get(s, TT_F_FIN_SRC_STEP_PAGES));
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
    f->aux_bytes = BEAT_BYTES * f->aux_planes * (f->aux_no_mask ? 1u : 2u);
    finish_decode_round(m, s);
    if ((!f->out_int32 && !planes_ok(m, f->out_planes)) ||
        (f->aux_kind != TT_AUX_NONE && !planes_ok(m, f->aux_planes)))
        fail(m, TT_DEV_ERR_BAD_FIELD, s);
}

/* Bit 8 * r + c: element (r, c) of the block is not padding. */
static uint64_t finish_valid(const finish_t *f) {
    uint64_t valid = ALL_ONES;
    if (f->i[2] == f->last[2] && f->rows_last < TT_BLOCK)
        valid = (UINT64_C(1) << (TT_BLOCK * f->rows_last)) - 1u;
    if (f->i[1] == f->last[1] && f->i[0] == f->last[0] && f->cols_last < TT_BLOCK)
        valid &= ((UINT64_C(1) << f->cols_last) - 1u) * UINT64_C(0x0101010101010101);
    return valid;
}

static void finish_observe(tt_ref_machine_t *m, const int32_t *acc, uint64_t valid) {
    uint32_t mag = 0;
    for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++)
        mag |= (uint32_t)(acc[e] ^ -(int32_t)((uint32_t)acc[e] >> 31)) & (0u - (uint32_t)(valid >> e & 1u));
    m->slots[m->finish.slot].mag |= mag;
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
static void finish_draw(tt_ref_machine_t *m, uint32_t *rand24, uint64_t valid) {
    const uint32_t lanes = m->config.lanes;
    uint32_t drawn[TT_BLOCK_ELEMENTS];
    if (valid == ALL_ONES && m->config.m == TT_BLOCK && m->config.n == TT_BLOCK) {
        m->ops->draw(rand24, m->lfsr, lanes);
        return;
    }
    if (valid == ALL_ONES) {
        m->ops->draw(drawn, m->lfsr, lanes);
        for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++)
            rand24[m->row_major[e]] = drawn[e];
        return;
    }
    for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++) {
        uint64_t *state = &m->lfsr[e % lanes];
        rand24[m->row_major[e]] = tt_ref_lfsr_rand24(*state);
        if ((valid >> m->row_major[e] & 1u) != 0u)
            *state = tt_ref_lfsr_next(*state);
    }
}

static bool finish_read_aux(tt_ref_machine_t *m, int32_t *values) {
    const finish_t *f = &m->finish;
    uint64_t beats[2u * TT_PLANES_MAX];
    const uint32_t count = f->aux_planes * (f->aux_no_mask ? 1u : 2u);
    const uint8_t *text = memory_at(m, f->aux, count, &m->finish_stage);
    if (text == NULL)
        return false;
    for (uint32_t p = 0; p < f->aux_planes; p++) {
        beats[2u * p] = ALL_ONES;
        if (!f->aux_no_mask) {
            beats[2u * p] = tt_block_load64(text);
            text += BEAT_BYTES;
        }
        beats[2u * p + 1u] = tt_block_load64(text);
        text += BEAT_BYTES;
        if (f->aux_transpose) {
            beats[2u * p] = tt_block_transpose(beats[2u * p]);
            beats[2u * p + 1u] = tt_block_transpose(beats[2u * p + 1u]);
        }
    }
    tt_block_decode(values, beats, f->aux_planes, f->aux_radix);
    return true;
}

static bool finish_write_planes(tt_ref_machine_t *m, const int32_t *q, uint64_t valid) {
    const finish_t *f = &m->finish;
    uint64_t beats[2u * TT_PLANES_MAX] = {0};
    tt_block_encode(beats, q, f->out_planes, f->out_radix);
    if (f->binary) { /* q is the index of {-1, +1} */
        beats[1] = ~beats[0];
        beats[0] = ALL_ONES;
    }
    const uint32_t count = f->out_planes * (f->out_no_mask ? 1u : 2u);
    uint8_t *text = memory_at(m, f->dst, count, &m->finish_stage);
    if (text == NULL)
        return false;
    for (uint32_t i = f->out_no_mask ? 1u : 0u; i < 2u * f->out_planes; i += f->out_no_mask ? 2u : 1u) {
        const uint64_t beat = beats[i] & valid;
        tt_block_store64(text, f->out_transpose ? tt_block_transpose(beat) : beat);
        text += BEAT_BYTES;
    }
    return true;
}

static bool finish_write_int32(tt_ref_machine_t *m, const int32_t *acc) {
    uint8_t *text = memory_at(m, m->finish.dst, INT32_BLOCK_BEATS, &m->finish_stage);
    if (text == NULL)
        return false;
    for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e += 2u) {
        const uint64_t low = (uint32_t)acc[m->row_major[e]];
        const uint64_t high = (uint32_t)acc[m->row_major[e + 1u]];
        tt_block_store64(text + (size_t)BEAT_BYTES / 2u * e, low | high << 32);
    }
    return true;
}

static bool finish_round(tt_ref_machine_t *m, const int32_t *acc, uint64_t valid) {
    const finish_t *f = &m->finish;
    int32_t aux[TT_BLOCK_ELEMENTS] = {0};
    int32_t old[TT_BLOCK_ELEMENTS] = {0};
    uint32_t rand24[TT_BLOCK_ELEMENTS] = {0};
    int32_t q[TT_BLOCK_ELEMENTS];
    if (f->aux_kind != TT_AUX_NONE && !finish_read_aux(m, aux))
        return false;
    if (f->aux_kind == TT_AUX_OLD)
        for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++)
            old[e] = f->binary ? (aux[e] + 1) / 2 : aux[e];
    if (f->round.mode == TT_ROUND_STOCHASTIC)
        finish_draw(m, rand24, valid);
    m->ops->round(q, acc, old, rand24, &f->round);
    if (f->aux_kind == TT_AUX_STE)
        for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++)
            q[e] = (aux[e] < 0 ? -aux[e] : aux[e]) >= f->ste_limit ? 0 : q[e];
    return f->write_off || finish_write_planes(m, q, valid);
}

static void finish_exit(tt_ref_machine_t *m) {
    m->finished += get(&m->finish_stage, TT_F_FIN_PUSH_LOAD);
    m->finish_stage.active = false;
}

/* One block of sums, row-major, through the stage. */
static void finish_block(tt_ref_machine_t *m, const int32_t *acc) {
    finish_t *f = &m->finish;
    const uint64_t valid = finish_valid(f);
    if (f->observe)
        finish_observe(m, acc, valid);
    if (f->out_int32) {
        if (!f->write_off && !finish_write_int32(m, acc))
            return;
    } else if (!finish_round(m, acc, valid)) {
        return;
    }
    const unsigned loop = loops_next(f->i, f->last, 3u);
    if (loop < 3u) {
        f->dst += f->dst_bytes + f->dst_jump[loop];
        f->aux += f->aux_bytes + f->aux_jump[loop];
        return;
    }
    if (f->commit)
        finish_commit(m);
    finish_exit(m);
}

static int32_t saturate(int32_t value, uint32_t bits) {
    const int32_t top = (int32_t)((UINT32_C(1) << (bits - 1u)) - 1u);
    return value > top ? top : value < -top - 1 ? -top - 1 : value;
}

/* The block of int32 sums that ELEMENTWISE reads next. */
static void elementwise_block(tt_ref_machine_t *m) {
    finish_t *f = &m->finish;
    int32_t acc[TT_BLOCK_ELEMENTS];
    const uint8_t *text = memory_at(m, f->src, INT32_BLOCK_BEATS, &m->finish_stage);
    if (text == NULL)
        return;
    for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++) {
        const uint64_t beat = tt_block_load64(text + (size_t)BEAT_BYTES * (e / 2u));
        acc[m->row_major[e]] = saturate((int32_t)(uint32_t)(beat >> (32u * (e % 2u))), m->config.w_acc);
    }
    f->src += INT32_BLOCK_BEATS * BEAT_BYTES;
    finish_block(m, acc);
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
            tt_block_store64(text, m->lfsr[lane]);
        else
            m->lfsr[lane] = tt_block_load64(text);
    for (uint32_t slot = 0; slot < TT_SLOTS; slot++, text += BEAT_BYTES)
        if (store) {
            tt_block_store64(text, m->slots[slot].mag | (uint64_t)m->slots[slot].exp << 32);
        } else {
            m->slots[slot].mag = (uint32_t)tt_block_load64(text) & ((1u << m->config.w_acc) - 1u);
            m->slots[slot].exp =
                (uint32_t)(tt_block_load64(text) >> 32) & (m->config.compact != 0u ? 0x1Fu : 0xFFu);
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
    const uint32_t k = m->config.k;
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
    x->pass.words = depth_last / k + 1u;
    x->pass.word_mask = ALL_ONES >> (64u - k);
    const uint32_t tail = depth_last % k; /* compact configurations mask off whole blocks */
    x->pass.last_mask = ALL_ONES >> (63u - (m->config.compact != 0u ? tail | (TT_BLOCK - 1u) : tail));
    if (x->a_planes < 1u || x->a_planes > TT_PLANES_MAX || x->b_planes < 1u || x->b_planes > TT_PLANES_MAX)
        fail(m, TT_DEV_ERR_BAD_FIELD, s);
    else
        x->flush = (uint32_t)(INT16_MAX / (2 * tt_ref_plane_limit(x->a_planes, x->radix) *
                                           tt_ref_plane_limit(x->b_planes, x->radix)));
}

/* One plane of A times one plane of B, from 16-bit block-word addresses that wrap at the buffers' ends. */
static void exec_pass(tt_ref_machine_t *m, int32_t *acc, uint32_t a_addr, uint32_t b_addr) {
    tt_block_pass_t pass = m->exec.pass;
    const uint32_t words = pass.words;
    const uint32_t a = (a_addr & 0xFFFFu) % m->config.a_depth;
    const uint32_t b = (b_addr & 0xFFFFu) % m->config.b_depth;
    if (words <= m->config.a_depth - a && words <= m->config.b_depth - b) {
        pass.a = m->buffer_a + (size_t)a * TT_BLOCK_WORD_BYTES;
        pass.b = m->buffer_b + (size_t)b * TT_BLOCK_WORD_BYTES;
        m->ops->dot(acc, &pass);
        return;
    }
    pass.words = 1;
    for (uint32_t w = 0; w < words; w++) {
        pass.a = m->buffer_a + (size_t)(((a_addr + w) & 0xFFFFu) % m->config.a_depth) * TT_BLOCK_WORD_BYTES;
        pass.b = m->buffer_b + (size_t)(((b_addr + w) & 0xFFFFu) % m->config.b_depth) * TT_BLOCK_WORD_BYTES;
        pass.last_mask = w + 1u == words ? m->exec.pass.last_mask : pass.word_mask;
        m->ops->dot(acc, &pass);
    }
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

static uint32_t exec_blocks(const exec_t *x) { return (x->last[1] + 1u) * (x->last[0] + 1u); }

/* Plane by plane, as the array does it. */
static void exec_planes(tt_ref_machine_t *m, int32_t *acc) {
    const exec_t *x = &m->exec;
    memset(acc, 0, TT_BLOCK_ELEMENTS * sizeof *acc);
    for (uint32_t s = x->a_planes + x->b_planes - 1u; s-- > 0u;) {
        for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++)
            acc[e] *= (int32_t)x->radix; /* at most 65535 * 121 * 121 < 2^31 */
        const uint32_t first = s + 1u > x->b_planes ? s + 1u - x->b_planes : 0u;
        for (uint32_t i = first; i <= s && i < x->a_planes; i++)
            exec_pass(m, acc, x->a + i * x->a_plane_stride, x->b + (s - i) * x->b_plane_stride);
    }
}

/* Turns one block row into values; false if its planes wrap around in the buffer. */
static bool exec_expand(const tt_ref_machine_t *m, int8_t *values, bool is_b, uint32_t addr) {
    const exec_t *x = &m->exec;
    const uint32_t depth = is_b ? m->config.b_depth : m->config.a_depth;
    const uint32_t planes = is_b ? x->b_planes : x->a_planes;
    const uint32_t stride = is_b ? x->b_plane_stride : x->a_plane_stride;
    const tt_block_stack_t stack = {
        .planes = (is_b ? m->buffer_b : m->buffer_a) + (size_t)(addr & 0xFFFFu) * TT_BLOCK_WORD_BYTES,
        .plane_bytes = (int64_t)stride * TT_BLOCK_WORD_BYTES,
        .n_planes = planes,
        .radix = x->radix,
        .words = x->pass.words,
        .word_mask = x->pass.word_mask,
        .last_mask = x->pass.last_mask,
    };
    if ((uint64_t)(addr & 0xFFFFu) + (uint64_t)(planes - 1u) * stride + x->pass.words > depth)
        return false;
    m->ops->expand(values, &stack);
    return true;
}

/* At the start of a chunk, when its operands are in the buffers: A's block row, and before the first chunk all of B. Only if every
 * block of the chunk has the same A, and the values of B fit. */
static bool exec_prepare(const tt_ref_machine_t *m) {
    const exec_t *x = &m->exec;
    const size_t words = x->pass.words;
    if (m->ops->expand == NULL || (x->last[1] > 0u && x->a_jump[1] != 0u) ||
        (x->last[0] > 0u && x->a_jump[0] != 0u) || words > m->config.a_depth ||
        exec_blocks(x) > m->config.b_depth / words)
        return false;
    if (x->i2 == 0u) {
        exec_t walk = *x;
        int8_t *values = m->values_b;
        do {
            if (!exec_expand(m, values, true, walk.b))
                return false;
            values += words * TT_BLOCK_VALUE_BYTES;
        } while (exec_next_block(&walk));
    }
    return exec_expand(m, m->values_a, false, x->a);
}

static void exec_block(tt_ref_machine_t *m) {
    const exec_t *x = &m->exec;
    int32_t acc[TT_BLOCK_ELEMENTS];
    const size_t block = (size_t)x->i[1] * (x->last[0] + 1u) + x->i[0];
    if (x->by_value)
        m->ops->product(acc, m->values_a, m->values_b + block * x->pass.words * TT_BLOCK_VALUE_BYTES,
                        x->pass.words * TT_BLOCK_ELEMENTS, x->flush);
    else
        exec_planes(m, acc);
    const uint32_t sign = UINT32_C(1) << (m->config.w_acc - 1u);
    for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++) /* w_acc bits, two's complement */
        acc[e] = (int32_t)(((uint32_t)acc[e] & (2u * sign - 1u)) ^ sign) - (int32_t)sign;
    finish_block(m, acc);
}

static void exec_exit(tt_ref_machine_t *m) {
    m->b_free += get(&m->exec_stage, TT_F_EXEC_PUSH_B);
    m->exec_stage.active = false;
}

/* The blocks of the chunk that is in the buffer, as many as the finish stage takes. */
static bool exec_chunk(tt_ref_machine_t *m) {
    exec_t *x = &m->exec;
    bool moved = false;
    while (finish_is_array(m) && m->error == TT_DEV_ERR_NONE) {
        if (x->i[1] == 0u && x->i[0] == 0u) {
            exec_first_block(x);
            x->by_value = (x->i2 == 0u || x->by_value) && exec_prepare(m);
        }
        exec_block(m);
        moved = true;
        if (exec_next_block(x))
            continue;
        m->a_ready--;
        m->a_free++;
        if (x->i2++ == x->chunks_last)
            exec_exit(m);
        break;
    }
    return moved;
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
    return m->a_ready > 0u && exec_chunk(m);
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
