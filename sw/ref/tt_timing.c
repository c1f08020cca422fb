/* SPDX-License-Identifier: Apache-2.0
 * Timing machine: the control path of the RTL, clock by clock, without data. In each cycle first the wires (tt_timing_wires.c), then, here,
 * the registers. What the RTL's datapath computes decides nothing about time (docs/architecture.md, "Time"), so nothing else is needed
 * to predict every counter. */
#include <string.h>

#include "tt_isa.h"
#include "tt_timing_state.h"

/* ---- instructions become stage registers ---- */

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
                   .tokens_only = FIELD(LOAD_TOKENS_ONLY) != 0,
                   .pop_finished = FIELD(LOAD_POP_FINISH),
                   .pop_a = FIELD(LOAD_POP_A),
                   .pop_b = FIELD(LOAD_POP_B),
                   .run_last = FIELD(LOAD_RUN_LAST),
                   .left = FIELD(LOAD_RUN_LAST),
                   .fresh = true,
                   .y = (uint16_t)FIELD(LOAD_Y0),
                   .x = (uint16_t)FIELD(LOAD_X0),
                   .y_limit = (uint16_t)FIELD(LOAD_Y_LIMIT),
                   .x_limit = (uint16_t)FIELD(LOAD_X_LIMIT)};
    ld->nest = (nest_t){.levels = 4, .addr = address_beat(instr, 1, step)};
    for (unsigned l = 0; l < 4; l++) { /* the four loops have the same fields in neighbouring words */
        const uint64_t *const loop = instr + l;
        ld->nest.last[l] = (uint32_t)tt_field_get(loop, TT_F_LOAD_L1_LAST);
        ld->nest.jump[l] = (int32_t)tt_field_get_signed(loop, TT_F_LOAD_L1_JUMP);
        ld->y_jump[l] = (int32_t)tt_field_get_signed(loop, TT_F_LOAD_L1_Y);
        ld->x_jump[l] = (int32_t)tt_field_get_signed(loop, TT_F_LOAD_L1_X);
    }
}

static void exec_start(exec_t *ex, const tt_config_t *config, const uint64_t *instr) {
    const uint32_t pa = FIELD(EXEC_A_PLANES), pb = FIELD(EXEC_B_PLANES);
    const uint64_t blocks = (FIELD(EXEC_L1_LAST) + UINT64_C(1)) * (FIELD(EXEC_L0_LAST) + UINT64_C(1));
    *ex = (exec_t){.state = EX_ENTRY,
                   .done = (config->compact != 0 ? EXEC_STAGES_COMPACT : EXEC_STAGES) - 1u,
                   .bad = pa < 1 || pa > TT_PLANES_MAX || pb < 1 || pb > TT_PLANES_MAX,
                   .pop_b = FIELD(EXEC_POP_B) != 0,
                   .push_b = FIELD(EXEC_PUSH_B) != 0,
                   .chunks_last = FIELD(EXEC_CHUNKS_LAST),
                   .tile_words = (uint64_t)pa * pb * (FIELD(EXEC_DEPTH_LAST) / config->k + 1u),
                   .tiles = blocks * (8u / config->m) * (8u / config->n)};
}

static void finish_start(finish_t *fn, const tt_config_t *config, const uint64_t *instr, uint32_t step) {
    const uint32_t opcode = FIELD(OPCODE), aux_planes = FIELD(FIN_AUX_PLANES),
                   out_planes = FIELD(FIN_OUT_PLANES);
    const bool master = config->compact == 0 && FIELD(FIN_MASTER) != 0;
    const bool has_aux = FIELD(FIN_AUX_KIND) != 0;
    *fn = (finish_t){.state = FN_ENTRY,
                     .state_load = opcode == TT_OP_STATE_LOAD,
                     .state_store = opcode == TT_OP_STATE_STORE,
                     .from_memory = opcode == TT_OP_ELEMENTWISE,
                     .to_int32 = FIELD(FIN_OUT_INT32) != 0,
                     .write_off = FIELD(FIN_WRITE_OFF) != 0,
                     .push = FIELD(FIN_PUSH_LOAD) != 0,
                     .aux_beats = master    ? MASTER_BEATS
                                  : has_aux ? aux_planes * (FIELD(FIN_AUX_NO_MASK) != 0 ? 1u : 2u)
                                            : 0u,
                     .master = master,
                     .out_beats = out_planes * (FIELD(FIN_OUT_NO_MASK) != 0 ? 1u : 2u),
                     .aux_planes = has_aux ? aux_planes : 0u,
                     .out_planes = out_planes,
                     .slot_put = FIELD(FIN_SLOT_OBSERVE) != 0 || FIELD(FIN_SLOT_COMMIT) != 0,
                     .aux_no_mask = FIELD(FIN_AUX_NO_MASK) != 0,
                     .out_no_mask = FIELD(FIN_OUT_NO_MASK) != 0,
                     .src_addr = address_beat(instr, 3, step),
                     .space = READ_FIFO};
    const uint32_t last[3] = {FIELD(FIN_L0_LAST), FIELD(FIN_L1_LAST), FIELD(FIN_L2_LAST)};
    fn->blocks = (last[0] + UINT64_C(1)) * (last[1] + UINT64_C(1)) * (last[2] + UINT64_C(1));
    fn->written = (nest_t){.last = {last[0], last[1], last[2]},
                           .jump = {(int32_t)SIGNED(FIN_L0_DST_JUMP), (int32_t)SIGNED(FIN_L1_DST_JUMP),
                                    (int32_t)SIGNED(FIN_L2_DST_JUMP)},
                           .levels = 3,
                           .addr = address_beat(instr, 1, step)};
    fn->aux_nest = (nest_t){.last = {last[0], last[1], last[2]},
                            .jump = {(int32_t)SIGNED(FIN_L0_AUX_JUMP), (int32_t)SIGNED(FIN_L1_AUX_JUMP),
                                     (int32_t)SIGNED(FIN_L2_AUX_JUMP)},
                            .levels = 3,
                            .addr = address_beat(instr, 2, step)};
    fn->masters = fn->aux_nest;
    if (fn->state_load || fn->state_store) {
        fn->read_aux_beats = config->lanes + TT_SLOTS;
        fn->aux_nest = (nest_t){.levels = 3, .addr = fn->aux_nest.addr};
    } else {
        fn->read_aux_beats = fn->aux_beats;
        fn->read_src_beats = fn->from_memory ? 32u : 0u;
        fn->bad = (!fn->to_int32 && (out_planes == 0 || out_planes > config->planes_max)) ||
                  (has_aux && !master && (aux_planes == 0 || aux_planes > config->planes_max));
    }
}

#undef FIELD
#undef SIGNED

/* ---- registers ---- */

static void count_events(timing_t *t, const wires_t *w) {
    tt_counters_t *const c = &t->counters;
    const load_t *const ld = &t->load;
    const exec_t *const ex = &t->exec;
    const finish_t *const fn = &t->finish;
    const bool b_there = !ex->pop_b || t->b_ready != 0;
    const bool fn_busy = w->fn_take || w->fn_aux_take || w->fn_state_beat || w->fn_move_in || w->fn_move_out;
    c->cycles++;
    c->load_busy += w->ld_busy;
    c->load_blocked += ld->state == LD_ENTRY && !w->ld_enter;
    c->load_starved += ld->writing && !w->ld_busy;
    c->exec_busy += w->ex_issue;
    c->exec_blocked += ex->state == EX_RUN && !w->ex_ce;
    c->exec_starved += (ex->state == EX_ENTRY && !b_there) || (ex->state == EX_CHUNK && t->a_ready == 0);
    c->finish_busy += fn_busy;
    c->finish_blocked += (fn->state == FN_GROUPS && w->fn_source && !w->fn_ready) ||
                         (fn->state == FN_OUT && !w->fn_move_out) ||
                         (fn->state == FN_TAKE && w->fn_source && !w->fn_take);
    c->finish_starved += (fn->state == FN_AUX && fn->fifo == 0) ||
                         (fn->state == FN_GROUPS && !w->fn_source) ||
                         (fn->state == FN_IN && !w->fn_move_in) || (fn->state == FN_TAKE && !w->fn_source);
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
        if (t->writer.sent + 1u == t->writer.len) {
            t->acks[(t->ack_head + t->ack_fill++) % 256u] = t->now + t->memory.latency;
        }
    }
}

static void write_port_clock(timing_t *t, const wires_t *w) {
    writer_t *const wr = &t->writer;
    finish_t *const fn = &t->finish;
    wr->open += (w->aw_fire ? 1u : 0u) - (w->b_fire ? 1u : 0u);
    if (w->wr_run) {
        const uint32_t beats = fn->state_store     ? t->config.lanes + TT_SLOTS
                               : fn->to_int32      ? 32u
                               : w->wr_run_masters ? MASTER_BEATS
                                                   : fn->out_beats;
        nest_t *const nest = w->wr_run_masters ? &fn->masters : &fn->written;
        *wr = (writer_t){.busy = true, .addr = nest->addr, .left = beats, .open = wr->open};
        nest->addr += beats;
        (void)nest_step(nest);
        return;
    }
    if (w->wr_burst_end) {
        wr->addr += wr->len;
        wr->left -= wr->len;
        wr->sent = 0;
        wr->planned = wr->aw_done = wr->w_done = false;
        wr->busy = !w->wr_run_end;
    } else if (!wr->planned) {
        wr->len = min32(wr->left, to_boundary(wr->addr));
        wr->planned = wr->busy;
    } else {
        wr->sent += w->w_fire ? 1u : 0u;
        wr->w_done = wr->w_done || (w->w_fire && wr->sent == wr->len);
        wr->aw_done = wr->aw_done || w->aw_fire;
    }
}

static void finish_read_clock(timing_t *t, const wires_t *w) {
    finish_t *const fn = &t->finish;
    fn->fifo += (w->dv[OWNER_FINISH] ? 1u : 0u) - (w->fn_pop ? 1u : 0u);
    switch (fn->read) {
    case RD_STEP: {
        const bool block_end = !fn->read_begin && (fn->src_part || fn->read_src_beats == 0);
        const bool done = block_end && nest_last(&fn->aux_nest, 3);
        if (block_end) {
            fn->aux_nest.addr += fn->read_aux_beats;
            (void)nest_step(&fn->aux_nest);
            fn->src_addr = (fn->src_addr + fn->read_src_beats) & BEAT_MASK;
        }
        fn->src_part = fn->read_begin || block_end ? fn->read_aux_beats == 0 : true;
        fn->read_addr = (fn->src_part ? fn->src_addr : fn->aux_nest.addr) & BEAT_MASK;
        fn->read_left = fn->src_part ? fn->read_src_beats : fn->read_aux_beats;
        fn->read_begin = false;
        fn->read = done ? RD_IDLE : RD_LENGTH;
        break;
    }
    case RD_LENGTH:
        fn->read_len = min32(fn->read_left, to_boundary(fn->read_addr));
        fn->read = RD_SPACE;
        break;
    case RD_SPACE:
        fn->read = fn->space >= fn->read_len ? RD_ASK : RD_SPACE;
        break;
    case RD_ASK:
        if (w->grant[OWNER_FINISH]) {
            fn->space -= fn->read_len;
            fn->read_addr = (fn->read_addr + fn->read_len) & BEAT_MASK;
            fn->read_left -= fn->read_len;
            fn->read = fn->read_left == 0 ? RD_STEP : RD_LENGTH;
        }
        break;
    default:
        break;
    }
    fn->space += fn->popped ? 1u : 0u;
    fn->popped = w->fn_pop;
}

static void lanes_clock(timing_t *t, const wires_t *w) {
    finish_t *const fn = &t->finish;
    const bool ce = !w->fn_stall;
    const unsigned last_stage = LANE_STAGES - 1;
    const bool put = fn->valid[last_stage] && ce;
    fn->out_beat = w->fn_move ? 0u : fn->out_beat + (w->fn_out_beat ? 1u : 0u);
    fn->out_valid = (w->fn_move && !fn->write_off) || (fn->out_valid && !w->fn_last_beat);
    fn->full = (put && fn->last[last_stage]) || (fn->full && !w->fn_move);
    fn->runs = w->block_runs - (w->block_runs != 0 && w->wr_run ? 1u : 0u);
    const bool word =
        (fn->state_store && w->fn_state_beat) || (w->fn_pair_sent && !fn->write_off) || w->fn_out_beat;
    fn->words += (word ? 1u : 0u) - (w->w_fire ? 1u : 0u);
    fn->word_new = word;
    if (ce) {
        for (unsigned i = last_stage; i > 0; i--) {
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
    const enum finish_state block_state = fn->aux_beats != 0 ? FN_AUX : FN_GROUPS;
    switch (fn->state) {
    case FN_ENTRY:
        fn->read = !fn->state_store && fn->read_aux_beats + fn->read_src_beats != 0 ? RD_STEP : RD_IDLE;
        fn->read_begin = true;
        fn->state_run = fn->state_store;
        fn->state = fn->state_load || fn->state_store ? FN_STATE : block_state;
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
            fn->state = fn->block == fn->blocks ? FN_FLUSH : block_state;
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
    const bool group_take = w->fn_take && !t->finish.from_memory;
    const bool tile = ex->valid[ex->done] && ex->last[ex->done] && w->ex_ce;
    bool drained = true;
    for (unsigned i = 0; i <= ex->done; i++) {
        drained = drained && !ex->valid[i];
    }
    t->drain = tile ? t->config.m * t->config.n / group_of(t) : t->drain - (group_take ? 1u : 0u);
    if (w->ex_enter) {
        t->b_ready -= ex->pop_b ? 1u : 0u;
    }
    t->a_ready -= w->ex_take_chunk ? 1u : 0u;
    if (w->ex_ce) {
        if (ex->valid[0] && ex->chunk_end) {
            t->a_free++;
            t->b_free += ex->push_b && ex->exec_end ? 1u : 0u;
        }
        for (unsigned i = ex->done; i > 0; i--) {
            ex->valid[i] = ex->valid[i - 1];
            ex->last[i] = ex->last[i - 1];
        }
        ex->valid[0] = w->ex_issue;
        ex->last[0] = w->ex_tile_end;
        ex->chunk_end = w->ex_chunk_end;
        ex->exec_end = w->ex_chunk_end && ex->chunk == ex->chunks_last;
    }
    switch (ex->state) {
    case EX_ENTRY:
        if (w->ex_enter) {
            ex->state = EX_CHUNK;
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
                ex->state = ex->chunk++ == ex->chunks_last ? EX_EXIT : EX_CHUNK;
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
        t->a_ready += ld->runs[ld->run_head].chunk_last && !ld->target_b ? 1u : 0u;
        ld->writing = !ld->runs[ld->run_head].last;
        ld->run_head = (ld->run_head + 1u) % RUNS;
        ld->run_fill--;
    }
}

static void load_request_clock(load_t *ld, const wires_t *w, bool fast) {
    const uint32_t len = w->ld_zero ? ld->left + 1u : w->len[OWNER_LOAD];
    if (ld->asking && ld->jumping) {
        const unsigned level = nest_step(&ld->nest);
        ld->y = (uint16_t)(ld->y + ld->y_jump[level]);
        ld->x = (uint16_t)(ld->x + ld->x_jump[level]);
        ld->left = ld->run_last;
        ld->fresh = true;
        ld->jumping = false;
        ld->wait = fast;
        return;
    }
    ld->wait = fast && w->grant[OWNER_LOAD];
    if (!w->ld_zero && !w->grant[OWNER_LOAD]) {
        return;
    }
    if (ld->fresh) {
        const uint32_t at = (ld->run_head + ld->run_fill++) % RUNS;
        ld->runs[at].zero = w->ld_zero;
        ld->runs[at].chunk_last = nest_last(&ld->nest, 3);
        ld->runs[at].last = nest_last(&ld->nest, 4);
    }
    ld->fresh = false;
    ld->nest.addr = (ld->nest.addr + len) & BEAT_MASK;
    ld->jumping = len == ld->left + 1u;
    ld->asking = !(ld->jumping && nest_last(&ld->nest, 4));
    ld->left -= len;
}

static void load_clock(timing_t *t, const wires_t *w) {
    load_t *const ld = &t->load;
    const bool begin = w->ld_enter && !ld->tokens_only;
    const bool from_memory = w->ld_beat_done && !ld->runs[ld->run_head].zero;
    ld->ahead += ld->asked - ld->came;
    ld->asked = w->grant[OWNER_LOAD] ? w->len[OWNER_LOAD] : 0u;
    ld->came = from_memory ? 1u : 0u;
    load_writer_clock(t, w);
    load_request_clock(ld, w, t->config.compact == 0);
    /* instruction */
    if (w->ld_enter) {
        t->finished -= ld->pop_finished;
        t->a_free -= ld->pop_a;
        t->b_free -= ld->pop_b;
        ld->state = begin ? LD_RUN : LD_EXIT;
        ld->asking = ld->writing = begin;
        ld->wait = t->config.compact == 0;
    } else if (ld->state == LD_RUN && !ld->writing) {
        ld->state = LD_EXIT;
    } else if (ld->state == LD_EXIT) {
        t->b_ready += ld->push_b ? 1u : 0u;
        ld->state = LD_IDLE;
    }
}

static void fetch_clock(timing_t *t, const wires_t *w) {
    t->fetch_wait -= t->fetch == FE_ASK && t->fetch_wait != 0 ? 1u : 0u;
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
    t->fetch_wait = t->config.compact != 0 ? 0u : FETCH_WAIT;
    if (++t->index == t->instructions) {
        t->index = 0;
        if (++t->step == t->steps) {
            t->fetch = FE_IDLE;
        }
    }
}

/* fill_before, idle: as seen by this cycle's wires */
static void dispatch_clock(timing_t *t, const wires_t *w, const bool filled[STAGES],
                           const bool idle[STAGES]) {
    if (t->dispatch < 0) {
        for (unsigned s = 0; s < STAGES; s++) {
            if (filled[s] && idle[s] && !w->slot_read) {
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
    if (t->dispatch == DISPATCH_WORDS + (t->config.compact != 0 ? 2 : 3)) { /* and is there */
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
    bool lanes_idle = !fn->full && !fn->out_valid && fn->words == 0;
    for (unsigned i = 0; i < LANE_STAGES; i++) {
        lanes_idle = lanes_idle && !fn->valid[i];
    }
    const bool all_idle = t->fetch == FE_IDLE && t->dispatch < 0 && !filled[0] && !filled[1] && !filled[2] &&
                          idle[0] && idle[1] && idle[2] && write_idle && !t->ar_valid && t->owner_fill == 0;
    tt_timing_wires(t, &w);
    if ((fn->state == FN_ENTRY && fn->bad) || (t->exec.state == EX_ENTRY && t->exec.bad)) {
        t->error = TT_DEV_ERR_BAD_FIELD;
    } else if (t->watchdog != 0 && t->quiet == t->watchdog + (t->config.compact != 0 ? 0u : 1u)) {
        t->error = TT_DEV_ERR_TIMEOUT;
    }
    count_events(t, &w);
    if (all_idle || t->error != TT_DEV_ERR_NONE) {
        return false;
    }
    memory_clock(t, &w);
    if (t->config.compact != 0) {
        tt_timing_compact_clock(t, &w);
    } else {
        write_port_clock(t, &w);
        finish_read_clock(t, &w);
        lanes_clock(t, &w);
        finish_clock(t, &w, lanes_idle, write_idle);
    }
    exec_clock(t, &w);
    load_clock(t, &w);
    dispatch_clock(t, &w, filled, idle);
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
                    .fetch_wait = config->compact != 0 ? 0u : FETCH_WAIT,
                    .watchdog = config->compact != 0 ? COMPACT_WATCHDOG : watchdog};
    t->finish.space = READ_FIFO;
    t->writer.len = 1; /* of every burst in compact configurations */
    while (clock_once(t)) {
    }
    *counters = t->counters;
    return t->error;
}
