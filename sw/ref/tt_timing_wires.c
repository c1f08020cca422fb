/* SPDX-License-Identifier: Apache-2.0
 * Timing machine: the combinational part of one cycle, from the memory's answers back to the requests. */
#include "tt_isa.h"
#include "tt_timing_state.h"

static void memory_drive(timing_t *t, wires_t *w) {
    if (!t->rvalid && t->burst_fill != 0 && t->now >= t->bursts[t->burst_head].time &&
        t->now >= t->next_read) {
        t->rvalid = true;
    }
    w->b_fire = t->ack_fill != 0 && t->now >= t->acks[t->ack_head];
    if (t->rvalid && t->owner_fill != 0) {
        w->dv[t->owners[t->owner_head]] = true;
    }
    /* the RAM of the instruction queues has one write port */
    const finish_t *const fn = &t->finish;
    const bool slot_put = t->config.compact != 0 && fn->state == FN_EXIT && fn->slot_put;
    w->dv[OWNER_FETCH] = w->dv[OWNER_FETCH] && !slot_put;
}

static void write_port_wires(timing_t *t, wires_t *w) {
    const writer_t *const wr = &t->writer;
    const finish_t *const fn = &t->finish;
    const bool wready = t->now >= t->next_write;
    w->aw_fire = wr->planned && !wr->aw_done;
    w->wr_ready = wready && wr->planned && !wr->w_done;
    w->w_fire = w->wr_ready && fn->words > (fn->word_new ? 1u : 0u);
    const bool w_last = w->w_fire && wr->sent + 1u == wr->len;
    w->wr_burst_end = wr->planned && (wr->w_done || w_last);
    w->wr_run_end = w->wr_burst_end && wr->left == wr->len;
    w->write_beat = w->w_fire;
    if (wr->busy && !wr->planned && (uint64_t)wr->addr + wr->left > t->mem_beats) {
        t->error = TT_DEV_ERR_ADDRESS;
    }
}

static void finish_wires(timing_t *t, wires_t *w) {
    const finish_t *const fn = &t->finish;
    const uint32_t pairs = t->config.lanes / 2u;
    w->fn_enter = fn->state == FN_ENTRY;
    w->fn_word_free = fn->words != OUT_WORDS;
    w->fn_out_beat = fn->out_valid && w->fn_word_free;
    w->fn_last_beat = w->fn_out_beat && fn->out_beat + 1u == fn->out_beats + (fn->master ? MASTER_BEATS : 0u);
    w->fn_stall = fn->full && (fn->out_valid || fn->runs != 0);
    w->fn_move = fn->full && !w->fn_stall;
    w->fn_pair_sent = fn->to_int32 && fn->valid[0] && (fn->write_off || w->fn_word_free);
    w->fn_int32_done = w->fn_pair_sent && (fn->write_off || fn->pair + 1u == pairs);
    w->fn_ready = fn->to_int32 ? !fn->valid[0] : !w->fn_stall;
    w->fn_source = fn->from_memory ? fn->gathered == pairs : t->drain != 0;
    w->fn_take = fn->state == FN_GROUPS && w->fn_source && w->fn_ready;
    w->fn_block_end = w->fn_take && fn->group + 1u == 64u / t->config.lanes;
    w->fn_aux_take = fn->state == FN_AUX && fn->fifo != 0;
    w->fn_state_beat = fn->state == FN_STATE && (fn->state_load ? fn->fifo != 0 : w->fn_word_free);
    w->fn_gather = fn->state == FN_GROUPS && fn->from_memory && fn->fifo != 0 &&
                   (fn->gathered != pairs || (w->fn_take && !w->fn_block_end));
    w->fn_pop = w->fn_aux_take || w->fn_gather || (fn->state == FN_STATE && fn->state_load && fn->fifo != 0);
    /* reads */
    if (fn->read == RD_ASK) {
        w->len[OWNER_FINISH] = fn->read_len;
        w->req[OWNER_FINISH] = true;
        if ((uint64_t)fn->read_addr + fn->read_len > t->mem_beats) {
            t->error = TT_DEV_ERR_ADDRESS;
        }
    }
    /* a run for the write port */
    const bool int32_run = fn->to_int32 && (fn->valid[0] || fn->words != 0) && !fn->write_off;
    if (!fn->to_int32 && !fn->state_load && !fn->state_store)
        w->block_runs = !w->fn_move ? fn->runs : fn->write_off ? 0u : fn->master ? 2u : 1u;
    w->wr_run_valid = fn->state_load || fn->state_store ? fn->state_run : int32_run || w->block_runs != 0;
    w->wr_run_masters = w->block_runs == 2u;
    w->wr_run = w->wr_run_valid && !t->writer.busy;
}

static void exec_wires(timing_t *t, wires_t *w) {
    const exec_t *const ex = &t->exec;
    const bool group_take = w->fn_take && !t->finish.from_memory;
    const bool tile_ready = t->drain == 0 || (t->config.compact != 0 && t->drain == 1 && group_take);
    const bool b_there = !ex->pop_b || t->b_ready != 0;
    w->ex_ce = !(ex->valid[ex->done] && ex->last[ex->done] && !tile_ready);
    w->ex_enter = ex->state == EX_ENTRY && b_there && !ex->bad;
    w->ex_take_chunk = ex->state == EX_CHUNK && t->a_ready != 0;
    w->ex_issue = ex->state == EX_RUN && w->ex_ce;
    w->ex_tile_end = ex->word + 1u == ex->tile_words;
    w->ex_chunk_end = w->ex_tile_end && ex->tile + 1u == ex->tiles;
}

/* 16 bits, two's complement */
static bool out_of_bounds(uint16_t at, uint16_t limit) {
    return limit != 0 && (at >= 0x8000u || at >= limit);
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
    w->ld_run_ready = w->ld_beat_done && ld->beat == ld->run_last;
    /* request */
    const uint32_t runs = t->config.compact != 0 ? RUNS_COMPACT : RUNS;
    const bool enough = t->config.compact == 0 && ld->ahead >= LOAD_AHEAD;
    if (ld->asking && !ld->jumping && !ld->wait && !enough && (ld->run_fill < runs || !ld->fresh)) {
        if (out_of_bounds(ld->y, ld->y_limit) || out_of_bounds(ld->x, ld->x_limit)) {
            w->ld_zero = true;
        } else {
            const uint32_t addr = ld->nest.addr;
            w->len[OWNER_LOAD] = min32(ld->left + 1u, to_boundary(addr));
            w->req[OWNER_LOAD] = true;
            if ((uint64_t)addr + w->len[OWNER_LOAD] > t->mem_beats) {
                t->error = TT_DEV_ERR_ADDRESS;
            }
        }
    }
}

static void fetch_and_port_wires(timing_t *t, wires_t *w) {
    if (t->fetch == FE_ASK && t->fetch_wait == 0 && t->fill[0] < QUEUE && t->fill[1] < QUEUE &&
        t->fill[2] < QUEUE) {
        w->req[OWNER_FETCH] = true;
        w->len[OWNER_FETCH] = DISPATCH_WORDS;
        if ((uint64_t)t->list_beat + (t->index + 1u) * (uint64_t)TT_ISA_WORDS > t->mem_beats) {
            t->error = TT_DEV_ERR_ADDRESS;
        }
    }
    const uint32_t owners = t->config.compact != 0 ? OWNERS_COMPACT : OWNERS;
    /* AR is always accepted at once, but only compact configurations use its register again in that cycle */
    if (t->owner_fill < owners && (t->config.compact != 0 || !t->ar_valid)) {
        const int who = w->req[0] ? 0 : w->req[1] ? 1 : w->req[2] ? 2 : -1;
        if (who >= 0) {
            w->grant[who] = true;
        }
    }
    if (t->rvalid && t->owner_fill != 0) {
        const uint8_t owner = t->owners[t->owner_head];
        w->read_beat = owner == OWNER_LOAD    ? w->ld_beat_done && !t->load.runs[t->load.run_head].zero
                       : owner == OWNER_FETCH ? w->dv[OWNER_FETCH]
                       : owner == OWNER_FINISH && t->config.compact != 0 ? w->fn_pop
                                                                         : true;
    }
}

void tt_timing_wires(timing_t *t, wires_t *w) {
    memory_drive(t, w);
    if (t->config.compact != 0) {
        tt_timing_compact_wires(t, w);
    } else {
        write_port_wires(t, w);
        finish_wires(t, w);
    }
    exec_wires(t, w);
    load_wires(t, w);
    fetch_and_port_wires(t, w);
}
