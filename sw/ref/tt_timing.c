/* SPDX-License-Identifier: Apache-2.0
 * Timing machine: the control path of the RTL, clock by clock, without data. One struct per RTL module, with the names of its registers; in
 * each cycle first the wires, from the memory's answers back to the requests, then the registers. What the RTL's datapath decides nothing
 * about time (docs/architecture.md, "Time"), so nothing else is needed to predict every counter. */
#include <stdbool.h>
#include <string.h>

#include "tt_isa.h"
#include "tt_ref.h"

enum {
    STAGES = 3,
    QUEUE = 4,      /* instructions per stage */
    RUNS = 16,      /* load's run FIFO */
    OWNERS = 32,    /* bursts in flight */
    BURSTS = 64,    /* of the memory */
    READ_FIFO = 64, /* beats of the finish stage */
    BOUNDARY = 64,  /* beats: bursts end at multiples of 512 bytes */
    DISPATCH_WORDS = 16
};

typedef struct {
    uint32_t index, step;
} job_t;

typedef struct {
    uint32_t count[4];
    int64_t stride[4];
    uint32_t i[4];
    unsigned levels;
} nest_t;

/* Goes to the next iteration; returns the incremented level, or levels when the nest has ended. */
static unsigned nest_step(nest_t *n) {
    for (unsigned l = 0; l < n->levels; l++) {
        if (n->i[l] + 1u < n->count[l]) {
            n->i[l]++;
            return l;
        }
        n->i[l] = 0;
    }
    return n->levels;
}

static bool nest_at_end(const nest_t *n) {
    for (unsigned l = 0; l < n->levels; l++) {
        if (n->i[l] + 1u != n->count[l]) {
            return false;
        }
    }
    return true;
}

static uint32_t nest_beat(const nest_t *n, uint32_t base) {
    int64_t at = base;
    for (unsigned l = 0; l < n->levels; l++) {
        at += (int64_t)n->i[l] * n->stride[l];
    }
    return (uint32_t)at & 0x1FFFFFFFu;
}

typedef struct {
    enum { LD_IDLE, LD_ENTRY, LD_RUN, LD_EXIT } state;
    bool target_b, no_mask, push_b, any_zero;
    uint32_t pop_finished, pop_a, pop_b;
    uint32_t base, run_beats, ring_slots, chunks;
    nest_t nest;
    int32_t y_inc[4], x_inc[4];
    int16_t y0, x0;
    uint16_t y_limit, x_limit;
    uint64_t units; /* per chunk */
    /* request */
    bool asking, popped;
    uint32_t asked;
    /* writer */
    bool writing, sign;
    uint32_t sub, beat, chunk;
    uint64_t unit;
    /* run FIFO */
    struct {
        bool zero;
        uint32_t beats;
    } runs[RUNS];
    uint32_t run_head, run_fill;
} load_t;

typedef struct {
    enum { EX_IDLE, EX_ENTRY, EX_CHUNK, EX_RUN, EX_EXIT } state;
    bool any_zero, pop_b, push_b, bad;
    uint32_t chunks, chunk;
    uint64_t tile_words, word, tiles, tile; /* words per tile, tiles per chunk, and those being issued */
    bool valid[3], last[3], chunk_end, exec_end;
} exec_t;

typedef struct {
    enum { FN_IDLE, FN_ENTRY, FN_AUX, FN_GROUPS, FN_STATE, FN_FLUSH, FN_EXIT } state;
    bool state_load, state_store, from_memory, to_int32, write_off, push, any_zero, bad;
    uint32_t aux_beats, out_beats;
    uint64_t blocks, block;
    uint32_t aux, group, beat;
    bool state_run;
    uint32_t dst;
    nest_t written;
    /* lanes */
    bool valid[4], last[4];
    uint32_t pair, gathered;
    /* pack */
    bool full, out_valid;
    uint32_t out_beat;
    /* read */
    bool reading, src_part;
    uint32_t asked, space, fifo;
    uint32_t aux_base, src_base, read_aux_beats, read_src_beats;
    nest_t aux_nest, src_nest;
} finish_t;

typedef struct {
    bool busy, started, aw_done, w_done;
    uint32_t addr, left, sent, open;
} writer_t;

typedef struct {
    tt_config_t config;
    tt_ref_memory_t memory;
    uint32_t mem_beats;
    const uint64_t *list;
    uint32_t list_beat, instructions, steps;

    /* fetch */
    enum { FE_IDLE, FE_ASK, FE_RECEIVE } fetch;
    uint32_t index, step, word;
    /* dispatch */
    job_t queue[STAGES][QUEUE];
    uint32_t head[STAGES], fill[STAGES];
    int dispatch; /* cycles since the start of a transfer, -1: idle */
    unsigned dispatch_stage;
    job_t dispatch_job;
    /* tokens */
    uint32_t a_ready, b_ready, a_free, b_free, finished;
    uint32_t drain; /* groups left */
    load_t load;
    exec_t exec;
    finish_t finish;
    writer_t writer;

    /* read port */
    bool ar_valid;
    uint32_t ar_len;
    uint8_t owners[OWNERS];
    uint32_t owner_head, owner_fill;
    /* memory */
    struct {
        uint64_t time;
        uint32_t beats;
    } bursts[BURSTS];
    uint32_t burst_head, burst_fill, burst_beat;
    uint64_t acks[256];
    uint32_t ack_head, ack_fill;
    bool rvalid;
    uint64_t now, next_read, next_write;

    uint32_t quiet, watchdog;
    tt_dev_err_t error;
    tt_counters_t counters;
} timing_t;

enum { OWNER_FINISH = 0, OWNER_FETCH = 1, OWNER_LOAD = 2 };

static uint32_t min32(uint32_t a, uint32_t b) { return a < b ? a : b; }
static uint32_t to_boundary(uint32_t beat) { return BOUNDARY - beat % BOUNDARY; }

static uint32_t address_beat(const uint64_t *instr, unsigned word, uint32_t step) {
    const uint32_t pages = (uint32_t)(instr[word] >> 48);
    const uint32_t address = (uint32_t)instr[word] + ((step * pages) << 12);
    return address >> 3;
}

#define FIELD(f) ((uint32_t)tt_field_get(instr, TT_F_##f))
#define SIGNED(f) (tt_field_get_signed(instr, TT_F_##f))

static void load_start(load_t *ld, const uint64_t *instr, uint32_t step) {
    *ld = (load_t){.state = LD_ENTRY,
                   .target_b = FIELD(LOAD_TARGET_B) != 0,
                   .no_mask = FIELD(LOAD_NO_MASK) != 0,
                   .push_b = FIELD(LOAD_PUSH_B) != 0,
                   .pop_finished = FIELD(LOAD_POP_FINISH),
                   .pop_a = FIELD(LOAD_POP_A),
                   .pop_b = FIELD(LOAD_POP_B),
                   .base = address_beat(instr, 1, step),
                   .run_beats = FIELD(LOAD_RUN_BEATS),
                   .ring_slots = FIELD(LOAD_RING_SLOTS),
                   .chunks = FIELD(LOAD_L4_COUNT),
                   .y0 = (int16_t)SIGNED(LOAD_Y0),
                   .x0 = (int16_t)SIGNED(LOAD_X0),
                   .y_limit = (uint16_t)FIELD(LOAD_Y_LIMIT),
                   .x_limit = (uint16_t)FIELD(LOAD_X_LIMIT)};
    ld->nest =
        (nest_t){.count = {FIELD(LOAD_L1_COUNT), FIELD(LOAD_L2_COUNT), FIELD(LOAD_L3_COUNT), ld->chunks},
                 .stride = {SIGNED(LOAD_L1_STRIDE), SIGNED(LOAD_L2_STRIDE), SIGNED(LOAD_L3_STRIDE),
                            SIGNED(LOAD_L4_STRIDE)},
                 .levels = 4};
    const int32_t y[4] = {(int32_t)SIGNED(LOAD_L1_Y), (int32_t)SIGNED(LOAD_L2_Y), (int32_t)SIGNED(LOAD_L3_Y),
                          (int32_t)SIGNED(LOAD_L4_Y)};
    const int32_t x[4] = {(int32_t)SIGNED(LOAD_L1_X), (int32_t)SIGNED(LOAD_L2_X), (int32_t)SIGNED(LOAD_L3_X),
                          (int32_t)SIGNED(LOAD_L4_X)};
    memcpy(ld->y_inc, y, sizeof y);
    memcpy(ld->x_inc, x, sizeof x);
    ld->units =
        (uint64_t)FIELD(LOAD_B0_COUNT) * FIELD(LOAD_B1_COUNT) * FIELD(LOAD_B2_COUNT) * FIELD(LOAD_B3_COUNT);
    ld->any_zero = ld->run_beats == 0 || ld->ring_slots == 0 || ld->units == 0;
    for (unsigned l = 0; l < 4; l++) {
        ld->any_zero = ld->any_zero || ld->nest.count[l] == 0;
    }
}

static void exec_start(exec_t *ex, const tt_config_t *config, const uint64_t *instr) {
    const uint32_t pa = FIELD(EXEC_A_PLANES), pb = FIELD(EXEC_B_PLANES), depth = FIELD(EXEC_DEPTH);
    const uint64_t tiles =
        (uint64_t)FIELD(EXEC_L1_COUNT) * FIELD(EXEC_L0_COUNT) * (8u / config->m) * (8u / config->n);
    *ex = (exec_t){.state = EX_ENTRY,
                   .bad = pa < 1 || pa > TT_PLANES_MAX || pb < 1 || pb > TT_PLANES_MAX,
                   .pop_b = FIELD(EXEC_POP_B) != 0,
                   .push_b = FIELD(EXEC_PUSH_B) != 0,
                   .chunks = FIELD(EXEC_CHUNKS),
                   .tile_words = (uint64_t)pa * pb * ((depth + config->k - 1u) / config->k),
                   .tiles = tiles};
    ex->any_zero = ex->chunks == 0 || depth == 0 || tiles == 0 || FIELD(EXEC_A_RING_SLOTS) == 0;
}

static void finish_start(finish_t *fn, const tt_config_t *config, const uint64_t *instr, uint32_t step) {
    const uint32_t opcode = FIELD(OPCODE), aux_planes = FIELD(FIN_AUX_PLANES),
                   out_planes = FIELD(FIN_OUT_PLANES);
    const bool has_aux = FIELD(FIN_AUX_KIND) != 0;
    *fn = (finish_t){.state = FN_ENTRY,
                     .state_load = opcode == TT_OP_STATE_LOAD,
                     .state_store = opcode == TT_OP_STATE_STORE,
                     .from_memory = opcode == TT_OP_ELEMENTWISE,
                     .to_int32 = FIELD(FIN_OUT_INT32) != 0,
                     .write_off = FIELD(FIN_WRITE_OFF) != 0,
                     .push = FIELD(FIN_PUSH_LOAD) != 0,
                     .aux_beats = has_aux ? aux_planes * (FIELD(FIN_AUX_NO_MASK) != 0 ? 1u : 2u) : 0u,
                     .out_beats = out_planes * (FIELD(FIN_OUT_NO_MASK) != 0 ? 1u : 2u),
                     .dst = address_beat(instr, 1, step),
                     .aux_base = address_beat(instr, 2, step),
                     .src_base = address_beat(instr, 3, step),
                     .space = READ_FIFO};
    const uint32_t counts[3] = {FIELD(FIN_L0_COUNT), FIELD(FIN_L1_COUNT), FIELD(FIN_L2_COUNT)};
    fn->blocks = (uint64_t)counts[0] * counts[1] * counts[2];
    fn->any_zero = fn->blocks == 0;
    fn->written =
        (nest_t){.count = {counts[0], counts[1], counts[2]},
                 .stride = {SIGNED(FIN_L0_DST_STRIDE), SIGNED(FIN_L1_DST_STRIDE), SIGNED(FIN_L2_DST_STRIDE)},
                 .levels = 3};
    fn->aux_nest =
        (nest_t){.count = {counts[0], counts[1], counts[2]},
                 .stride = {SIGNED(FIN_L0_AUX_STRIDE), SIGNED(FIN_L1_AUX_STRIDE), SIGNED(FIN_L2_AUX_STRIDE)},
                 .levels = 3};
    fn->src_nest = (nest_t){.count = {counts[0], counts[1], counts[2]},
                            .stride = {0, SIGNED(FIN_L1_SRC_STRIDE), SIGNED(FIN_L2_SRC_STRIDE)},
                            .levels = 3};
    if (fn->state_load || fn->state_store) {
        fn->aux_base = fn->dst;
        fn->read_aux_beats = config->lanes + TT_SLOTS;
        fn->aux_nest.count[0] = fn->aux_nest.count[1] = fn->aux_nest.count[2] = 1;
    } else {
        fn->read_aux_beats = fn->aux_beats;
        fn->read_src_beats = fn->from_memory ? 32u : 0u;
        fn->bad = (!fn->to_int32 && (out_planes == 0 || out_planes > config->planes_max)) ||
                  (has_aux && (aux_planes == 0 || aux_planes > config->planes_max));
    }
}

#undef FIELD
#undef SIGNED

/* ---- one cycle ---- */

/* Wires that cross modules. */
typedef struct {
    bool dv[3]; /* data_valid of the read port */
    bool read_beat, write_beat;
    /* requests: 0 finish, 1 fetch, 2 load */
    bool req[3];
    uint32_t len[3];
    bool grant[3];
    /* load */
    bool ld_enter, ld_pop_chunk, ld_wait, ld_busy, ld_run_ready, ld_beat_done, ld_unit_done, ld_chunk_done,
        ld_done, ld_zero;
    /* exec */
    bool ex_enter, ex_take_chunk, ex_issue, ex_ce, ex_tile_end, ex_chunk_end;
    /* finish */
    bool fn_enter, fn_take, fn_block_end, fn_aux_take, fn_state_beat, fn_gather, fn_stall, fn_move,
        fn_last_beat, fn_pair_sent, fn_int32_done;
    bool fn_ready, fn_source, fn_pop;
    /* writer */
    bool wr_run, wr_ready, w_fire, wr_burst_end, wr_run_end, aw_fire, b_fire;
    uint32_t wr_len;
} wires_t;

static void memory_drive(timing_t *t, wires_t *w) {
    if (!t->rvalid && t->burst_fill != 0 && t->now >= t->bursts[t->burst_head].time &&
        t->now >= t->next_read) {
        t->rvalid = true;
    }
    w->b_fire = t->ack_fill != 0 && t->now >= t->acks[t->ack_head];
    if (t->rvalid && t->owner_fill != 0) {
        w->dv[t->owners[t->owner_head]] = true;
    }
}

static void write_port_wires(timing_t *t, wires_t *w) {
    const writer_t *const wr = &t->writer;
    const finish_t *const fn = &t->finish;
    const bool wready = t->now >= t->next_write;
    const bool data = (fn->state == FN_STATE && fn->state_store) ||
                      (fn->to_int32 && !fn->state_store ? fn->valid[0] && !fn->write_off : fn->out_valid);
    w->wr_len = min32(wr->left, to_boundary(wr->addr));
    w->aw_fire = wr->busy && !wr->aw_done;
    w->wr_ready = wready && wr->busy && !wr->w_done;
    w->w_fire = w->wr_ready && data;
    const bool w_last = w->w_fire && wr->sent + 1u == w->wr_len;
    w->wr_burst_end = wr->busy && (wr->w_done || w_last);
    w->wr_run_end = w->wr_burst_end && wr->left == w->wr_len;
    w->write_beat = w->w_fire;
}

static void finish_wires(timing_t *t, wires_t *w) {
    const finish_t *const fn = &t->finish;
    const uint32_t pairs = t->config.lanes / 2u;
    w->fn_enter = fn->state == FN_ENTRY;
    w->fn_last_beat = fn->out_valid && w->wr_ready && !fn->to_int32 &&
                      !(fn->state == FN_STATE && fn->state_store) && fn->out_beat + 1u == fn->out_beats;
    w->fn_move = fn->full && (!fn->out_valid || w->fn_last_beat);
    w->fn_stall = fn->full && !w->fn_move;
    w->fn_pair_sent = fn->to_int32 && fn->valid[0] && (fn->write_off || w->w_fire);
    w->fn_int32_done = w->fn_pair_sent && (fn->write_off || fn->pair + 1u == pairs);
    w->fn_ready = fn->to_int32 ? !fn->valid[0] || w->fn_int32_done : !w->fn_stall;
    w->fn_source = fn->from_memory ? fn->gathered == pairs : t->drain != 0;
    w->fn_take = fn->state == FN_GROUPS && w->fn_source && w->fn_ready;
    w->fn_block_end = w->fn_take && fn->group + 1u == 64u / t->config.lanes;
    w->fn_aux_take = fn->state == FN_AUX && fn->fifo != 0;
    w->fn_state_beat = fn->state == FN_STATE && (fn->state_load ? fn->fifo != 0 : w->wr_ready);
    w->fn_gather = fn->state == FN_GROUPS && fn->from_memory && fn->fifo != 0 &&
                   (fn->gathered != pairs || (w->fn_take && !w->fn_block_end));
    w->fn_pop = w->fn_aux_take || w->fn_gather || (fn->state == FN_STATE && fn->state_load && fn->fifo != 0);
    /* reads */
    if (fn->reading) {
        const bool in_src = fn->src_part || fn->read_aux_beats == 0;
        const uint32_t addr =
            (in_src ? nest_beat(&fn->src_nest, fn->src_base) : nest_beat(&fn->aux_nest, fn->aux_base)) +
            fn->asked;
        const uint32_t left = (in_src ? fn->read_src_beats : fn->read_aux_beats) - fn->asked;
        w->len[OWNER_FINISH] = min32(min32(left, to_boundary(addr)), READ_FIFO);
        w->req[OWNER_FINISH] = fn->space >= w->len[OWNER_FINISH];
        if (w->req[OWNER_FINISH] && (uint64_t)addr + w->len[OWNER_FINISH] > t->mem_beats) {
            t->error = TT_DEV_ERR_ADDRESS;
        }
    }
    /* a run for the write port */
    const bool block_run = fn->to_int32 ? fn->valid[0] && !fn->write_off : fn->out_valid;
    const bool run_valid = fn->state == FN_STATE ? fn->state_run : block_run;
    w->wr_run = run_valid && !t->writer.busy;
    if (w->wr_run) {
        const uint32_t beats = fn->state_load || fn->state_store ? t->config.lanes + TT_SLOTS
                               : fn->to_int32                    ? 32u
                                                                 : fn->out_beats;
        if ((uint64_t)nest_beat(&fn->written, fn->dst) + beats > t->mem_beats) {
            t->error = TT_DEV_ERR_ADDRESS;
        }
    }
}

static void exec_wires(timing_t *t, wires_t *w) {
    const exec_t *const ex = &t->exec;
    const bool group_take = w->fn_take && !t->finish.from_memory;
    const bool tile_ready = t->drain == 0 || (t->drain == 1 && group_take);
    const bool b_there = !ex->pop_b || t->b_ready != 0;
    w->ex_ce = !(ex->valid[2] && ex->last[2] && !tile_ready);
    w->ex_enter = ex->state == EX_ENTRY && b_there && !ex->bad;
    w->ex_take_chunk = ex->state == EX_CHUNK && t->a_ready != 0;
    w->ex_issue = ex->state == EX_RUN && w->ex_ce;
    w->ex_tile_end = ex->word + 1u == ex->tile_words;
    w->ex_chunk_end = w->ex_tile_end && ex->tile + 1u == ex->tiles;
}

static bool out_of_bounds(int32_t at, uint16_t limit) {
    return limit != 0 && (at < 0 || at >= (int32_t)limit);
}

static bool load_run_is_zero(const load_t *ld) {
    uint32_t y = (uint16_t)ld->y0, x = (uint16_t)ld->x0;
    for (unsigned l = 0; l < 4; l++) {
        y += ld->nest.i[l] * (uint32_t)ld->y_inc[l];
        x += ld->nest.i[l] * (uint32_t)ld->x_inc[l];
    }
    return out_of_bounds((int16_t)(uint16_t)y, ld->y_limit) ||
           out_of_bounds((int16_t)(uint16_t)x, ld->x_limit);
}

static void load_wires(timing_t *t, wires_t *w) {
    const load_t *const ld = &t->load;
    const uint32_t last_sub = 8u / (ld->target_b ? t->config.n : t->config.m) - 1u;
    w->ld_enter = ld->state == LD_ENTRY && t->finished >= ld->pop_finished && t->a_free >= ld->pop_a &&
                  t->b_free >= ld->pop_b;
    /* writer */
    const bool zero = ld->run_fill != 0 && ld->runs[ld->run_head].zero;
    w->ld_busy = ld->writing && ld->run_fill != 0 && (zero || w->dv[OWNER_LOAD]);
    w->ld_beat_done = w->ld_busy && ld->sub == last_sub;
    w->ld_unit_done = w->ld_beat_done && (ld->sign || ld->no_mask);
    w->ld_chunk_done = w->ld_unit_done && ld->unit + 1u == ld->units;
    w->ld_done = w->ld_chunk_done && ld->chunk + 1u == ld->chunks;
    w->ld_run_ready = w->ld_beat_done && ld->beat + 1u == ld->runs[ld->run_head].beats;
    /* request */
    const bool need_pop = ld->asking && !ld->target_b && ld->nest.i[3] >= ld->ring_slots && !ld->popped;
    w->ld_pop_chunk = need_pop && t->a_free != 0;
    w->ld_wait = need_pop && t->a_free == 0;
    if (ld->asking && !need_pop && ld->run_fill < RUNS) {
        if (load_run_is_zero(ld)) {
            w->ld_zero = true;
        } else {
            const uint32_t addr = (nest_beat(&ld->nest, ld->base) + ld->asked) & 0x1FFFFFFFu;
            w->len[OWNER_LOAD] = min32(ld->run_beats - ld->asked, to_boundary(addr));
            w->req[OWNER_LOAD] = true;
            if ((uint64_t)addr + w->len[OWNER_LOAD] > t->mem_beats) {
                t->error = TT_DEV_ERR_ADDRESS;
            }
        }
    }
}

static void fetch_and_port_wires(timing_t *t, wires_t *w) {
    if (t->fetch == FE_ASK && t->fill[0] < QUEUE && t->fill[1] < QUEUE && t->fill[2] < QUEUE) {
        w->req[OWNER_FETCH] = true;
        w->len[OWNER_FETCH] = DISPATCH_WORDS;
        if ((uint64_t)t->list_beat + (t->index + 1u) * (uint64_t)TT_ISA_WORDS > t->mem_beats) {
            t->error = TT_DEV_ERR_ADDRESS;
        }
    }
    if (t->owner_fill < OWNERS) { /* AR is always accepted, so its register is free */
        const int who = w->req[0] ? 0 : w->req[1] ? 1 : w->req[2] ? 2 : -1;
        if (who >= 0) {
            w->grant[who] = true;
        }
    }
    if (t->rvalid && t->owner_fill != 0) {
        const uint8_t owner = t->owners[t->owner_head];
        w->read_beat = owner != OWNER_LOAD || (w->ld_beat_done && !t->load.runs[t->load.run_head].zero);
    }
}

/* ---- registers ---- */

static void count_events(timing_t *t, const wires_t *w) {
    tt_counters_t *const c = &t->counters;
    const load_t *const ld = &t->load;
    const exec_t *const ex = &t->exec;
    const finish_t *const fn = &t->finish;
    const bool b_there = !ex->pop_b || t->b_ready != 0;
    const bool fn_busy = w->fn_take || w->fn_aux_take || w->fn_state_beat;
    c->cycles++;
    c->load_busy += w->ld_busy;
    c->load_blocked += (ld->state == LD_ENTRY && !w->ld_enter) || (w->ld_wait && !w->ld_busy);
    c->load_starved += ld->writing && !w->ld_busy && !w->ld_wait;
    c->exec_busy += w->ex_issue;
    c->exec_blocked += ex->state == EX_RUN && !w->ex_ce;
    c->exec_starved += (ex->state == EX_ENTRY && !b_there) || (ex->state == EX_CHUNK && t->a_ready == 0);
    c->finish_busy += fn_busy;
    c->finish_blocked += fn->state == FN_GROUPS && w->fn_source && !w->fn_ready;
    c->finish_starved += (fn->state == FN_AUX && fn->fifo == 0) || (fn->state == FN_GROUPS && !w->fn_source);
    c->beats_read += w->read_beat;
    c->beats_written += w->write_beat;
    t->quiet = w->read_beat || w->write_beat || w->ld_busy || w->ex_issue || fn_busy ? 0 : t->quiet + 1u;
}

static void memory_clock(timing_t *t, const wires_t *w) {
    if (w->read_beat) {
        t->next_read = t->now + t->memory.beat_interval;
        t->rvalid = false;
        if (++t->burst_beat == t->bursts[t->burst_head].beats) {
            t->burst_beat = 0;
            t->burst_head = (t->burst_head + 1u) % BURSTS;
            t->burst_fill--;
            t->owner_head = (t->owner_head + 1u) % OWNERS;
            t->owner_fill--;
        }
    }
    if (t->ar_valid) {
        const uint32_t at = (t->burst_head + t->burst_fill++) % BURSTS;
        t->bursts[at].time = t->now + t->memory.latency;
        t->bursts[at].beats = t->ar_len;
    }
    t->ar_valid = false;
    for (uint8_t who = 0; who < 3; who++) {
        if (w->grant[who]) {
            t->ar_valid = true;
            t->ar_len = w->len[who];
            t->owners[(t->owner_head + t->owner_fill++) % OWNERS] = who;
        }
    }
    if (w->b_fire) {
        t->ack_head = (t->ack_head + 1u) % 256u;
        t->ack_fill--;
    }
    if (w->w_fire) {
        t->next_write = t->now + t->memory.beat_interval;
        if (t->writer.sent + 1u == w->wr_len) {
            t->acks[(t->ack_head + t->ack_fill++) % 256u] = t->now + t->memory.latency;
        }
    }
}

static void write_port_clock(timing_t *t, const wires_t *w) {
    writer_t *const wr = &t->writer;
    finish_t *const fn = &t->finish;
    wr->open += (w->aw_fire ? 1u : 0u) - (w->b_fire ? 1u : 0u);
    if (w->wr_run) {
        const uint32_t beats = fn->state == FN_STATE ? t->config.lanes + TT_SLOTS
                               : fn->to_int32        ? 32u
                                                     : fn->out_beats;
        *wr = (writer_t){
            .busy = true, .addr = nest_beat(&fn->written, fn->dst), .left = beats, .open = wr->open};
        (void)nest_step(&fn->written);
        return;
    }
    if (w->wr_burst_end) {
        wr->addr += w->wr_len;
        wr->left -= w->wr_len;
        wr->sent = 0;
        wr->aw_done = wr->w_done = false;
        wr->busy = !w->wr_run_end;
    } else {
        wr->sent += w->w_fire ? 1u : 0u;
        wr->w_done = wr->w_done || (w->w_fire && wr->sent == w->wr_len);
        wr->aw_done = wr->aw_done || w->aw_fire;
    }
}

static void finish_read_clock(timing_t *t, const wires_t *w) {
    finish_t *const fn = &t->finish;
    fn->fifo += (w->dv[OWNER_FINISH] ? 1u : 0u) - (w->fn_pop ? 1u : 0u);
    fn->space += w->fn_pop ? 1u : 0u;
    if (!w->grant[OWNER_FINISH]) {
        return;
    }
    const uint32_t len = w->len[OWNER_FINISH];
    const bool in_src = fn->src_part || fn->read_aux_beats == 0;
    fn->space -= len;
    fn->asked += len;
    if (fn->asked != (in_src ? fn->read_src_beats : fn->read_aux_beats)) {
        return;
    }
    fn->asked = 0;
    if (in_src || fn->read_src_beats == 0) {
        fn->src_part = false;
        fn->reading = !nest_at_end(&fn->aux_nest);
        (void)nest_step(&fn->aux_nest);
        (void)nest_step(&fn->src_nest);
    } else {
        fn->src_part = true;
    }
}

static void lanes_clock(timing_t *t, const wires_t *w) {
    finish_t *const fn = &t->finish;
    const bool ce = !w->fn_stall;
    const bool put = fn->valid[3] && ce;
    fn->out_beat = w->fn_move ? 0u : fn->out_beat + (fn->out_valid && w->wr_ready && !fn->to_int32 ? 1u : 0u);
    fn->out_valid = (w->fn_move && !fn->write_off) || (fn->out_valid && !w->fn_last_beat);
    fn->full = (put && fn->last[3]) || (fn->full && !w->fn_move);
    if (ce) {
        for (unsigned i = 3; i > 0; i--) {
            fn->valid[i] = fn->valid[i - 1] && !(i == 1 && fn->to_int32);
            fn->last[i] = fn->last[i - 1];
        }
    }
    if (w->fn_take) {
        fn->valid[0] = true;
        fn->last[0] = w->fn_block_end;
    } else if (fn->to_int32) {
        fn->valid[0] = fn->valid[0] && !w->fn_int32_done;
    } else {
        fn->valid[0] = fn->valid[0] && !ce;
    }
    if (w->fn_pair_sent) {
        fn->pair = w->fn_int32_done ? 0u : fn->pair + 1u;
    }
    fn->gathered = (w->fn_take ? 0u : fn->gathered) + (w->fn_gather ? 1u : 0u);
}

/* idle: lanes and write port as they were before this clock */
static void finish_clock(timing_t *t, const wires_t *w, bool lanes_idle, bool write_idle) {
    finish_t *const fn = &t->finish;
    const int block_state = fn->aux_beats != 0 ? FN_AUX : FN_GROUPS;
    switch (fn->state) {
    case FN_ENTRY:
        fn->reading = !fn->state_store && (fn->state_load || !fn->any_zero) &&
                      fn->read_aux_beats + fn->read_src_beats != 0;
        fn->state_run = fn->state_store;
        if (fn->state_load || fn->state_store) {
            fn->state = FN_STATE;
        } else {
            fn->state = fn->any_zero ? FN_EXIT : (fn->aux_beats != 0 ? FN_AUX : FN_GROUPS);
        }
        return;
    case FN_AUX:
        if (w->fn_aux_take && ++fn->aux == fn->aux_beats) {
            fn->aux = 0;
            fn->state = FN_GROUPS;
        }
        return;
    case FN_GROUPS:
        if (w->fn_take) {
            fn->group++;
        }
        if (w->fn_block_end) {
            fn->group = 0;
            fn->block++;
            fn->state = fn->block == fn->blocks ? FN_FLUSH : block_state == FN_AUX ? FN_AUX : FN_GROUPS;
        }
        return;
    case FN_STATE:
        if (w->wr_run) {
            fn->state_run = false;
        }
        if (w->fn_state_beat && ++fn->beat == t->config.lanes + TT_SLOTS) {
            fn->state = FN_FLUSH;
        }
        return;
    case FN_FLUSH:
        if (lanes_idle && write_idle) {
            fn->state = FN_EXIT;
        }
        return;
    case FN_EXIT:
        t->finished += fn->push ? 1u : 0u;
        fn->state = FN_IDLE;
        return;
    default:
        return;
    }
}

static void exec_clock(timing_t *t, const wires_t *w) {
    exec_t *const ex = &t->exec;
    const bool drained = !ex->valid[0] && !ex->valid[1] && !ex->valid[2];
    const bool group_take = w->fn_take && !t->finish.from_memory;
    const bool tile = ex->valid[2] && ex->last[2] && w->ex_ce;
    t->drain = tile ? t->config.m * t->config.n / t->config.lanes : t->drain - (group_take ? 1u : 0u);
    if (w->ex_enter) {
        t->b_ready -= ex->pop_b ? 1u : 0u;
        t->b_free += ex->push_b && ex->any_zero ? 1u : 0u;
    }
    t->a_ready -= w->ex_take_chunk ? 1u : 0u;
    if (w->ex_ce) {
        if (ex->valid[0] && ex->chunk_end) {
            t->a_free++;
            t->b_free += ex->push_b && ex->exec_end ? 1u : 0u;
        }
        ex->valid[2] = ex->valid[1];
        ex->last[2] = ex->last[1];
        ex->valid[1] = ex->valid[0];
        ex->last[1] = ex->last[0];
        ex->valid[0] = w->ex_issue;
        ex->last[0] = w->ex_tile_end;
        ex->chunk_end = w->ex_chunk_end;
        ex->exec_end = w->ex_chunk_end && ex->chunk + 1u == ex->chunks;
    }
    switch (ex->state) {
    case EX_ENTRY:
        if (w->ex_enter) {
            ex->state = ex->any_zero ? EX_EXIT : EX_CHUNK;
        }
        return;
    case EX_CHUNK:
        if (w->ex_take_chunk) {
            ex->word = ex->tile = 0;
            ex->state = EX_RUN;
        }
        return;
    case EX_RUN:
        if (w->ex_issue) {
            ex->word = w->ex_tile_end ? 0 : ex->word + 1u;
            ex->tile += w->ex_tile_end ? 1u : 0u;
            if (w->ex_chunk_end) {
                ex->state = ++ex->chunk == ex->chunks ? EX_EXIT : EX_CHUNK;
            }
        }
        return;
    case EX_EXIT:
        if (drained) {
            ex->state = EX_IDLE;
        }
        return;
    default:
        return;
    }
}

static void load_writer_clock(timing_t *t, const wires_t *w) {
    load_t *const ld = &t->load;
    if (!w->ld_busy) {
        return;
    }
    if (!w->ld_beat_done) {
        ld->sub++;
        return;
    }
    ld->sub = 0;
    ld->sign = !(ld->sign || ld->no_mask);
    ld->beat++;
    if (w->ld_run_ready) {
        ld->beat = 0;
        ld->run_head = (ld->run_head + 1u) % RUNS;
        ld->run_fill--;
    }
    ld->unit += w->ld_unit_done ? 1u : 0u;
    if (w->ld_chunk_done) {
        ld->unit = 0;
        ld->chunk++;
        t->a_ready += ld->target_b ? 0u : 1u;
    }
    ld->writing = !w->ld_done;
}

static void load_clock(timing_t *t, const wires_t *w) {
    load_t *const ld = &t->load;
    const bool begin = w->ld_enter && !ld->any_zero;
    load_writer_clock(t, w);
    /* request */
    if (w->ld_pop_chunk) {
        t->a_free--;
        ld->popped = true;
    }
    if (w->ld_zero || w->grant[OWNER_LOAD]) {
        const uint32_t at = (ld->run_head + ld->run_fill++) % RUNS;
        ld->runs[at].zero = w->ld_zero;
        ld->runs[at].beats = w->ld_zero ? ld->run_beats : w->len[OWNER_LOAD];
        ld->asked += w->ld_zero ? 0u : w->len[OWNER_LOAD];
        if (w->ld_zero || ld->asked == ld->run_beats) {
            ld->asked = 0;
            const unsigned level = nest_step(&ld->nest);
            ld->popped = ld->popped && level != 3;
            ld->asking = level != 4;
        }
    }
    /* instruction */
    if (w->ld_enter) {
        t->finished -= ld->pop_finished;
        t->a_free -= ld->pop_a;
        t->b_free -= ld->pop_b;
        ld->state = begin ? LD_RUN : LD_EXIT;
        ld->asking = ld->writing = begin;
    } else if (ld->state == LD_RUN && w->ld_done) {
        ld->state = LD_EXIT;
    } else if (ld->state == LD_EXIT) {
        t->b_ready += ld->push_b ? 1u : 0u;
        ld->state = LD_IDLE;
    }
}

static void fetch_clock(timing_t *t, const wires_t *w) {
    if (w->grant[OWNER_FETCH]) {
        t->fetch = FE_RECEIVE;
    }
    if (!w->dv[OWNER_FETCH]) {
        return;
    }
    const uint64_t opcode = tt_field_get(t->list + (size_t)t->index * TT_ISA_WORDS, TT_F_OPCODE);
    if (t->word == 0 && (opcode < TT_OP_LOAD || opcode > TT_OP_STATE_STORE)) {
        t->error = TT_DEV_ERR_BAD_OPCODE;
    }
    t->word = (t->word + 1u) % TT_ISA_WORDS;
    if (t->word != 0) {
        return;
    }
    const unsigned stage = opcode == TT_OP_LOAD ? 0u : opcode == TT_OP_EXEC ? 1u : 2u;
    t->queue[stage][(t->head[stage] + t->fill[stage]++) % QUEUE] = (job_t){t->index, t->step};
    t->fetch = FE_ASK;
    if (++t->index == t->instructions) {
        t->index = 0;
        if (++t->step == t->steps) {
            t->fetch = FE_IDLE;
        }
    }
}

/* fill_before, idle: as seen by this cycle's wires */
static void dispatch_clock(timing_t *t, const bool filled[STAGES], const bool idle[STAGES]) {
    if (t->dispatch < 0) {
        for (unsigned s = 0; s < STAGES; s++) {
            if (filled[s] && idle[s]) {
                t->dispatch = 0;
                t->dispatch_stage = s;
                t->dispatch_job = t->queue[s][t->head[s]];
                return;
            }
        }
        return;
    }
    t->dispatch++;
    if (t->dispatch == DISPATCH_WORDS) { /* the last word is being read */
        t->head[t->dispatch_stage] = (t->head[t->dispatch_stage] + 1u) % QUEUE;
        t->fill[t->dispatch_stage]--;
    }
    if (t->dispatch == DISPATCH_WORDS + 2) { /* and is there, two cycles later */
        const uint64_t *const instr = t->list + (size_t)t->dispatch_job.index * TT_ISA_WORDS;
        if (t->dispatch_stage == 0) {
            load_start(&t->load, instr, t->dispatch_job.step);
        } else if (t->dispatch_stage == 1) {
            exec_start(&t->exec, &t->config, instr);
        } else {
            finish_start(&t->finish, &t->config, instr, t->dispatch_job.step);
        }
        t->dispatch = -1;
    }
}

/* One clock. Returns false when the run is over. */
static bool clock_once(timing_t *t) {
    const finish_t *const fn = &t->finish;
    wires_t w = {0};
    const bool idle[STAGES] = {t->load.state == LD_IDLE, t->exec.state == EX_IDLE, fn->state == FN_IDLE};
    const bool filled[STAGES] = {t->fill[0] != 0, t->fill[1] != 0, t->fill[2] != 0};
    const bool write_idle = !t->writer.busy && t->writer.open == 0;
    const bool lanes_idle =
        !fn->valid[0] && !fn->valid[1] && !fn->valid[2] && !fn->valid[3] && !fn->full && !fn->out_valid;
    const bool all_idle = t->fetch == FE_IDLE && t->dispatch < 0 && !filled[0] && !filled[1] && !filled[2] &&
                          idle[0] && idle[1] && idle[2] && write_idle && !t->ar_valid && t->owner_fill == 0;
    memory_drive(t, &w);
    write_port_wires(t, &w);
    finish_wires(t, &w);
    exec_wires(t, &w);
    load_wires(t, &w);
    fetch_and_port_wires(t, &w);
    if ((fn->state == FN_ENTRY && fn->bad) || (t->exec.state == EX_ENTRY && t->exec.bad)) {
        t->error = TT_DEV_ERR_BAD_FIELD;
    } else if (t->watchdog != 0 && t->quiet == t->watchdog) {
        t->error = TT_DEV_ERR_TIMEOUT;
    }
    count_events(t, &w);
    if (all_idle || t->error != TT_DEV_ERR_NONE) {
        return false;
    }
    memory_clock(t, &w);
    write_port_clock(t, &w);
    finish_read_clock(t, &w);
    lanes_clock(t, &w);
    finish_clock(t, &w, lanes_idle, write_idle);
    exec_clock(t, &w);
    load_clock(t, &w);
    dispatch_clock(t, filled, idle);
    fetch_clock(t, &w);
    t->now++;
    return true;
}

size_t tt_ref_timing_size(const tt_config_t *config) {
    (void)config;
    return sizeof(timing_t);
}

tt_dev_err_t tt_ref_timing_run(void *storage, const tt_config_t *config, const tt_ref_memory_t *memory,
                               size_t mem_bytes, const uint64_t *list, uint32_t list_addr,
                               uint32_t instructions, uint32_t steps, uint32_t watchdog,
                               tt_counters_t *counters) {
    timing_t *const t = storage;
    *t = (timing_t){.config = *config,
                    .memory = *memory,
                    .mem_beats = (uint32_t)(mem_bytes / 8u),
                    .list = list,
                    .list_beat = list_addr / 128u * 16u,
                    .instructions = instructions,
                    .steps = steps,
                    .fetch = instructions == 0 || steps == 0 ? FE_IDLE : FE_ASK,
                    .dispatch = -1,
                    .watchdog = watchdog};
    t->finish.space = READ_FIFO;
    while (clock_once(t)) {
    }
    *counters = t->counters;
    return t->error;
}
