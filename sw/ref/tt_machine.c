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
    uint32_t count[LOOPS], i[LOOPS]; /* L1..L4 */
    int64_t stride[LOOPS];           /* bytes */
    int32_t y_step[LOOPS], x_step[LOOPS];
    uint32_t b_count[LOOPS], b_stride[LOOPS]; /* B0..B3, lanes */
    uint32_t addr, run_beats, ring_slots, ring_stride, buf_base;
    int32_t y0, x0;
    uint32_t y_limit, x_limit;
    bool target_b, transpose, no_mask, zero;
    /* the run being read: NULL for zeros */
    const uint8_t *run;
    uint32_t run_left;
    bool runs_left;
} load_t;

typedef struct {
    uint32_t a_base, a_slots, a_ring_stride, a_plane_stride, b_base, b_plane_stride;
    uint32_t chunks, count1, count0, a_stride1, b_stride1, a_stride0, b_stride0;
    uint32_t a_planes, b_planes, radix, i2, i1, i0;
    tt_block_pass_t pass;
    bool zero;
    bool by_value;  /* operands are turned into bytes: B once, A once per chunk */
    uint32_t flush; /* see tt_block_ops_t */
} exec_t;

typedef struct {
    uint32_t dst, aux, src;                              /* byte addresses with the step added */
    uint32_t count[3], i[3];                             /* L0, L1, L2 */
    int64_t dst_stride[3], aux_stride[3], src_stride[3]; /* bytes */
    tt_block_round_t round;
    tt_aux_t aux_kind;
    uint32_t out_planes, out_radix, aux_planes, aux_radix, rows_last, cols_last, slot;
    int32_t ste_limit;
    bool out_int32, out_no_mask, out_transpose, write_off, aux_no_mask, aux_transpose, binary, observe,
        commit, zero;
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

static int64_t get_stride(const stage_t *stage, unsigned word, unsigned lsb, unsigned width) {
    return tt_field_get_signed(stage->word, word, lsb, width) * (int64_t)BEAT_BYTES;
}

static uint32_t step_offset(const stage_t *stage, uint32_t step_pages) {
    return step_pages * PAGE_BYTES * stage->step;
}

/* ---- load ---- */

static void load_decode(load_t *l, const stage_t *s) {
    l->target_b = get(s, TT_F_LOAD_TARGET_B) != 0u;
    l->transpose = get(s, TT_F_LOAD_TRANSPOSE) != 0u;
    l->no_mask = get(s, TT_F_LOAD_NO_MASK) != 0u;
    l->addr = get(s, TT_F_LOAD_ADDR) + step_offset(s, get(s, TT_F_LOAD_STEP_PAGES));
    l->run_beats = get(s, TT_F_LOAD_RUN_BEATS);
    for (unsigned j = 0; j < LOOPS; j++) { /* the four loops have the same fields in neighbouring words */
        const uint64_t *loop = s->word + j;
        l->count[j] = (uint32_t)tt_field_get(loop, TT_F_LOAD_L1_COUNT);
        l->stride[j] = tt_field_get_signed(loop, TT_F_LOAD_L1_STRIDE) * (int64_t)BEAT_BYTES;
        l->y_step[j] = (int32_t)tt_field_get_signed(loop, TT_F_LOAD_L1_Y);
        l->x_step[j] = (int32_t)tt_field_get_signed(loop, TT_F_LOAD_L1_X);
        l->i[j] = 0;
    }
    l->y0 = get_signed(s, TT_F_LOAD_Y0);
    l->x0 = get_signed(s, TT_F_LOAD_X0);
    l->y_limit = get(s, TT_F_LOAD_Y_LIMIT);
    l->x_limit = get(s, TT_F_LOAD_X_LIMIT);
    l->buf_base = get(s, TT_F_LOAD_BUF_BASE);
    l->ring_slots = get(s, TT_F_LOAD_RING_SLOTS);
    l->ring_stride = get(s, TT_F_LOAD_RING_STRIDE);
    l->b_count[0] = get(s, TT_F_LOAD_B0_COUNT);
    l->b_stride[0] = get(s, TT_F_LOAD_B0_STRIDE);
    l->b_count[1] = get(s, TT_F_LOAD_B1_COUNT);
    l->b_stride[1] = get(s, TT_F_LOAD_B1_STRIDE);
    l->b_count[2] = get(s, TT_F_LOAD_B2_COUNT);
    l->b_stride[2] = get(s, TT_F_LOAD_B2_STRIDE);
    l->b_count[3] = get(s, TT_F_LOAD_B3_COUNT);
    l->b_stride[3] = get(s, TT_F_LOAD_B3_STRIDE);
    l->zero = l->run_beats == 0u || l->ring_slots == 0u;
    for (unsigned j = 0; j < LOOPS; j++)
        l->zero = l->zero || l->count[j] == 0u || l->b_count[j] == 0u;
}

/* Coordinates are 16 bits, two's complement. */
static bool outside(const load_t *l, int32_t start, const int32_t *step, uint32_t limit) {
    uint32_t sum = (uint32_t)start;
    for (unsigned j = 0; j < LOOPS; j++)
        sum += l->i[j] * (uint32_t)step[j];
    sum &= 0xFFFFu;
    return limit != 0u && (sum >= 0x8000u || sum >= limit);
}

/* Opens the run at the loop indices and steps i1, i2, i3; i4 is the chunk's. */
static bool load_next_run(tt_ref_machine_t *m) {
    load_t *l = &m->load;
    if (!l->runs_left)
        return false; /* fewer beats than units */
    l->run = NULL;
    if (!outside(l, l->y0, l->y_step, l->y_limit) && !outside(l, l->x0, l->x_step, l->x_limit)) {
        int64_t offset = 0;
        for (unsigned j = 0; j < LOOPS; j++)
            offset += (int64_t)l->i[j] * l->stride[j];
        l->run = memory_at(m, l->addr + (uint32_t)(uint64_t)offset, l->run_beats, &m->load_stage);
        if (l->run == NULL)
            return false;
    }
    l->run_left = l->run_beats;
    for (unsigned j = 0; j < LOOPS - 1u; j++) {
        if (++l->i[j] < l->count[j])
            return true;
        l->i[j] = 0;
    }
    l->runs_left = false;
    return true;
}

static bool load_beat(tt_ref_machine_t *m, uint64_t *beat) {
    load_t *l = &m->load;
    if (l->run_left == 0u && !load_next_run(m))
        return false;
    l->run_left--;
    *beat = 0;
    if (l->run != NULL) {
        *beat = tt_block_load64(l->run);
        l->run += BEAT_BYTES;
    }
    if (l->transpose)
        *beat = tt_block_transpose(*beat);
    return true;
}

static void store_lane(uint8_t *rows, uint64_t beat) {
    for (unsigned r = 0; r < TT_BLOCK; r++)
        rows[BEAT_BYTES * r] = (uint8_t)(beat >> (TT_BLOCK * r));
}

static bool load_unit(tt_ref_machine_t *m, uint32_t lane_addr) {
    const load_t *l = &m->load;
    const uint32_t depth = l->target_b ? m->config.b_depth : m->config.a_depth;
    const uint32_t block_word = ((lane_addr & 0xFFFFu) >> m->lane_shift) % depth;
    const uint32_t lane = lane_addr & ((1u << m->lane_shift) - 1u);
    uint8_t *place =
        (l->target_b ? m->buffer_b : m->buffer_a) + (size_t)block_word * TT_BLOCK_WORD_BYTES + lane;
    uint64_t beat;
    if (!l->no_mask) {
        if (!load_beat(m, &beat))
            return false;
        store_lane(place, beat);
    }
    if (!load_beat(m, &beat))
        return false;
    store_lane(place + TT_BLOCK_WORD_BYTES / 2u, beat);
    return true;
}

/* One chunk; a mismatch of beats and units ends in the watchdog. */
static void load_chunk(tt_ref_machine_t *m) {
    load_t *l = &m->load;
    const uint32_t base = l->buf_base + l->i[3] % l->ring_slots * l->ring_stride;
    l->runs_left = true;
    l->run_left = 0;
    for (uint32_t b3 = 0; b3 < l->b_count[3]; b3++)
        for (uint32_t b2 = 0; b2 < l->b_count[2]; b2++)
            for (uint32_t b1 = 0; b1 < l->b_count[1]; b1++) {
                uint32_t addr = base + b3 * l->b_stride[3] + b2 * l->b_stride[2] + b1 * l->b_stride[1];
                for (uint32_t b0 = 0; b0 < l->b_count[0]; b0++, addr += l->b_stride[0])
                    if (!load_unit(m, addr)) {
                        if (m->error == TT_DEV_ERR_NONE)
                            fail(m, TT_DEV_ERR_TIMEOUT, &m->load_stage);
                        return;
                    }
            }
    if (l->run_left > 0u || l->runs_left)
        fail(m, TT_DEV_ERR_TIMEOUT, &m->load_stage);
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
    load_t *l = &m->load;
    stage_t *s = &m->load_stage;
    if (!s->active)
        return stage_fetch(m, s, UNIT_LOAD);
    if (!s->entered) {
        if (!load_enter(m))
            return false;
        if (l->zero)
            load_exit(m);
        return true;
    }
    if (!l->target_b && l->i[3] >= l->ring_slots) {
        if (m->a_free == 0u)
            return false;
        m->a_free--;
    }
    load_chunk(m);
    if (!l->target_b)
        m->a_ready++;
    if (++l->i[3] == l->count[3])
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
    f->count[0] = get(s, TT_F_FIN_L0_COUNT);
    f->count[1] = get(s, TT_F_FIN_L1_COUNT);
    f->count[2] = get(s, TT_F_FIN_L2_COUNT);
    f->zero = f->count[0] == 0u || f->count[1] == 0u || f->count[2] == 0u;
    f->dst_stride[0] = get_stride(s, TT_F_FIN_L0_DST_STRIDE);
    f->dst_stride[1] = get_stride(s, TT_F_FIN_L1_DST_STRIDE);
    f->dst_stride[2] = get_stride(s, TT_F_FIN_L2_DST_STRIDE);
    f->aux_stride[0] = get_stride(s, TT_F_FIN_L0_AUX_STRIDE);
    f->aux_stride[1] = get_stride(s, TT_F_FIN_L1_AUX_STRIDE);
    f->aux_stride[2] = get_stride(s, TT_F_FIN_L2_AUX_STRIDE);
    f->src_stride[1] = get_stride(s, TT_F_FIN_L1_SRC_STRIDE);
    f->src_stride[2] = get_stride(s, TT_F_FIN_L2_SRC_STRIDE);
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
    finish_decode_round(m, s);
    if ((!f->out_int32 && !planes_ok(m, f->out_planes)) ||
        (f->aux_kind != TT_AUX_NONE && !planes_ok(m, f->aux_planes)))
        fail(m, TT_DEV_ERR_BAD_FIELD, s);
}

/* Bit 8 * r + c: element (r, c) of the block is not padding. */
static uint64_t finish_valid(const finish_t *f) {
    uint64_t valid = ALL_ONES;
    if (f->i[2] + 1u == f->count[2] && f->rows_last < TT_BLOCK)
        valid = (UINT64_C(1) << (TT_BLOCK * f->rows_last)) - 1u;
    if (f->i[1] + 1u == f->count[1] && f->i[0] + 1u == f->count[0] && f->cols_last < TT_BLOCK)
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

static bool finish_read_aux(tt_ref_machine_t *m, int32_t *values, uint32_t addr) {
    const finish_t *f = &m->finish;
    uint64_t beats[2u * TT_PLANES_MAX];
    const uint32_t count = f->aux_planes * (f->aux_no_mask ? 1u : 2u);
    const uint8_t *text = memory_at(m, addr, count, &m->finish_stage);
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

static bool finish_write_planes(tt_ref_machine_t *m, const int32_t *q, uint64_t valid, uint32_t addr) {
    const finish_t *f = &m->finish;
    uint64_t beats[2u * TT_PLANES_MAX] = {0};
    tt_block_encode(beats, q, f->out_planes, f->out_radix);
    if (f->binary) { /* q is the index of {-1, +1} */
        beats[1] = ~beats[0];
        beats[0] = ALL_ONES;
    }
    const uint32_t count = f->out_planes * (f->out_no_mask ? 1u : 2u);
    uint8_t *text = memory_at(m, addr, count, &m->finish_stage);
    if (text == NULL)
        return false;
    for (uint32_t i = f->out_no_mask ? 1u : 0u; i < 2u * f->out_planes; i += f->out_no_mask ? 2u : 1u) {
        const uint64_t beat = beats[i] & valid;
        tt_block_store64(text, f->out_transpose ? tt_block_transpose(beat) : beat);
        text += BEAT_BYTES;
    }
    return true;
}

static bool finish_write_int32(tt_ref_machine_t *m, const int32_t *acc, uint32_t addr) {
    uint8_t *text = memory_at(m, addr, INT32_BLOCK_BEATS, &m->finish_stage);
    if (text == NULL)
        return false;
    for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e += 2u) {
        const uint64_t low = (uint32_t)acc[m->row_major[e]];
        const uint64_t high = (uint32_t)acc[m->row_major[e + 1u]];
        tt_block_store64(text + (size_t)BEAT_BYTES / 2u * e, low | high << 32);
    }
    return true;
}

static bool finish_round(tt_ref_machine_t *m, const int32_t *acc, uint64_t valid, uint32_t dst,
                         uint32_t aux_addr) {
    const finish_t *f = &m->finish;
    int32_t aux[TT_BLOCK_ELEMENTS] = {0};
    int32_t old[TT_BLOCK_ELEMENTS] = {0};
    uint32_t rand24[TT_BLOCK_ELEMENTS] = {0};
    int32_t q[TT_BLOCK_ELEMENTS];
    if (f->aux_kind != TT_AUX_NONE && !finish_read_aux(m, aux, aux_addr))
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
    return f->write_off || finish_write_planes(m, q, valid, dst);
}

static void finish_exit(tt_ref_machine_t *m) {
    m->finished += get(&m->finish_stage, TT_F_FIN_PUSH_LOAD);
    m->finish_stage.active = false;
}

/* One block of sums, row-major, through the stage. */
static void finish_block(tt_ref_machine_t *m, const int32_t *acc) {
    finish_t *f = &m->finish;
    const uint64_t valid = finish_valid(f);
    int64_t dst = f->dst;
    int64_t aux = f->aux;
    for (unsigned j = 0; j < 3u; j++) {
        dst += (int64_t)f->i[j] * f->dst_stride[j];
        aux += (int64_t)f->i[j] * f->aux_stride[j];
    }
    if (f->observe)
        finish_observe(m, acc, valid);
    if (f->out_int32) {
        if (!f->write_off && !finish_write_int32(m, acc, (uint32_t)(uint64_t)dst))
            return;
    } else if (!finish_round(m, acc, valid, (uint32_t)(uint64_t)dst, (uint32_t)(uint64_t)aux)) {
        return;
    }
    for (unsigned j = 0; j < 3u; j++) {
        if (++f->i[j] < f->count[j])
            return;
        f->i[j] = 0;
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
    const finish_t *f = &m->finish;
    int32_t acc[TT_BLOCK_ELEMENTS];
    int64_t src = f->src;
    for (unsigned j = 1; j < 3u; j++)
        src += (int64_t)f->i[j] * f->src_stride[j];
    const uint8_t *text = memory_at(m, (uint32_t)(uint64_t)src, INT32_BLOCK_BEATS, &m->finish_stage);
    if (text == NULL)
        return;
    for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++) {
        const uint64_t beat = tt_block_load64(text + (size_t)BEAT_BYTES * (e / 2u));
        acc[m->row_major[e]] = saturate((int32_t)(uint32_t)(beat >> (32u * (e % 2u))), m->config.w_acc);
    }
    finish_block(m, acc);
}

static void state_move(tt_ref_machine_t *m, bool store) {
    const stage_t *s = &m->finish_stage;
    const uint32_t addr = get(s, TT_F_STATE_ADDR) + step_offset(s, get(s, TT_F_STATE_STEP_PAGES));
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
            m->slots[slot].mag = (uint32_t)tt_block_load64(text) & 0xFFFFFFu;
            m->slots[slot].exp = (uint32_t)(tt_block_load64(text) >> 32) & 0xFFu;
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
        if (m->finish.zero)
            finish_exit(m);
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
    const uint32_t depth = get(s, TT_F_EXEC_DEPTH);
    memset(x, 0, sizeof *x);
    x->a_planes = get(s, TT_F_EXEC_A_PLANES);
    x->b_planes = get(s, TT_F_EXEC_B_PLANES);
    x->radix = 2u + get(s, TT_F_EXEC_RADIX3);
    x->a_base = get(s, TT_F_EXEC_A_BASE);
    x->a_slots = get(s, TT_F_EXEC_A_RING_SLOTS);
    x->a_ring_stride = get(s, TT_F_EXEC_A_RING_STRIDE);
    x->a_plane_stride = get(s, TT_F_EXEC_A_PLANE_STRIDE);
    x->b_base = get(s, TT_F_EXEC_B_BASE);
    x->b_plane_stride = get(s, TT_F_EXEC_B_PLANE_STRIDE);
    x->chunks = get(s, TT_F_EXEC_CHUNKS);
    x->count1 = get(s, TT_F_EXEC_L1_COUNT);
    x->a_stride1 = get(s, TT_F_EXEC_L1_A_STRIDE);
    x->b_stride1 = get(s, TT_F_EXEC_L1_B_STRIDE);
    x->count0 = get(s, TT_F_EXEC_L0_COUNT);
    x->a_stride0 = get(s, TT_F_EXEC_L0_A_STRIDE);
    x->b_stride0 = get(s, TT_F_EXEC_L0_B_STRIDE);
    x->zero = x->a_slots == 0u || x->chunks == 0u || depth == 0u || x->count1 == 0u || x->count0 == 0u;
    x->pass.words = (depth + k - 1u) / k;
    x->pass.a_fill = get(s, TT_F_EXEC_A_NO_MASK) != 0u ? ALL_ONES : 0u;
    x->pass.b_fill = get(s, TT_F_EXEC_B_NO_MASK) != 0u ? ALL_ONES : 0u;
    x->pass.word_mask = ALL_ONES >> (64u - k);
    x->pass.last_mask = x->zero ? 0u : ALL_ONES >> (64u - (depth - (x->pass.words - 1u) * k));
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

/* Block-word of A or B in its buffer at the loop indices; 16 bits. */
static uint32_t exec_a_addr(const exec_t *x) {
    return x->a_base + x->i2 % x->a_slots * x->a_ring_stride + x->i1 * x->a_stride1 + x->i0 * x->a_stride0;
}

static uint32_t exec_b_addr(const exec_t *x, uint32_t i1, uint32_t i0) {
    return x->b_base + i1 * x->b_stride1 + i0 * x->b_stride0;
}

/* Plane by plane, as the array does it. */
static void exec_planes(tt_ref_machine_t *m, int32_t *acc) {
    const exec_t *x = &m->exec;
    const uint32_t a = exec_a_addr(x);
    const uint32_t b = exec_b_addr(x, x->i1, x->i0);
    memset(acc, 0, TT_BLOCK_ELEMENTS * sizeof *acc);
    for (uint32_t s = x->a_planes + x->b_planes - 1u; s-- > 0u;) {
        for (unsigned e = 0; e < TT_BLOCK_ELEMENTS; e++)
            acc[e] *= (int32_t)x->radix; /* at most 65535 * 121 * 121 < 2^31 */
        const uint32_t first = s + 1u > x->b_planes ? s + 1u - x->b_planes : 0u;
        for (uint32_t i = first; i <= s && i < x->a_planes; i++)
            exec_pass(m, acc, a + i * x->a_plane_stride, b + (s - i) * x->b_plane_stride);
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
        .fill = is_b ? x->pass.b_fill : x->pass.a_fill,
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
    const uint32_t words = x->pass.words;
    if (m->ops->expand == NULL || (x->count1 > 1u && x->a_stride1 != 0u) ||
        (x->count0 > 1u && x->a_stride0 != 0u) || words > m->config.a_depth ||
        (uint64_t)x->count1 * x->count0 * words > m->config.b_depth)
        return false;
    if (x->i2 == 0u)
        for (uint32_t block = 0; block < x->count1 * x->count0; block++)
            if (!exec_expand(m, m->values_b + (size_t)block * words * TT_BLOCK_VALUE_BYTES, true,
                             exec_b_addr(x, block / x->count0, block % x->count0)))
                return false;
    return exec_expand(m, m->values_a, false, exec_a_addr(x));
}

static void exec_block(tt_ref_machine_t *m) {
    const exec_t *x = &m->exec;
    int32_t acc[TT_BLOCK_ELEMENTS];
    const size_t block = (size_t)x->i1 * x->count0 + x->i0;
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
        if (x->i1 == 0u && x->i0 == 0u)
            x->by_value = (x->i2 == 0u || x->by_value) && exec_prepare(m);
        exec_block(m);
        moved = true;
        if (++x->i0 < x->count0)
            continue;
        x->i0 = 0;
        if (++x->i1 < x->count1)
            continue;
        x->i1 = 0;
        m->a_ready--;
        m->a_free++;
        if (++x->i2 == x->chunks)
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
        if (m->exec.zero)
            exec_exit(m);
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
