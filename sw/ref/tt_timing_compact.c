/* SPDX-License-Identifier: Apache-2.0
 * Timing machine: the finish stage of compact configurations (rtl/ctrl/finish_compact.v) and its write port (rtl/bus/write_single.v). */
#include "tt_timing_state.h"

enum { ELEMENTS = 64, DRAIN_CYCLES = 3, SUM_BEATS = 32 /* of an int32 block, two elements each */ };

static bool in_needed(const finish_t *fn) {
    return fn->slice / 2u < fn->aux_planes && (fn->slice % 2u == 1u || !fn->aux_no_mask);
}

static bool out_needed(const finish_t *fn) {
    return !fn->write_off && (fn->slice % 2u == 1u || !fn->out_no_mask);
}

/* The group in turn is the last of a beat of two sums, which is written before the group is taken. */
static bool beat_end(const timing_t *t) { return (t->finish.group + 1u) * group_of(t) % 2u == 0u; }

static bool send(const timing_t *t) {
    const finish_t *const fn = &t->finish;
    return fn->state == FN_TAKE && fn->to_int32 && !fn->write_off && beat_end(t) && !fn->sent &&
           t->drain != 0;
}

static bool write_valid(const timing_t *t) {
    const finish_t *const fn = &t->finish;
    return (fn->state == FN_OUT && out_needed(fn)) || send(t) ||
           (fn->state == FN_STATE_BEAT && fn->state_store);
}

static void request(timing_t *t, wires_t *w) {
    const finish_t *const fn = &t->finish;
    const bool ask = fn->left != 0 && (fn->state == FN_IN || fn->state == FN_TAKE);
    if (ask || (fn->state == FN_STATE && fn->state_load)) {
        const uint32_t addr = fn->from_memory && fn->state == FN_TAKE ? fn->src_addr : fn->aux_nest.addr;
        w->req[OWNER_FINISH] = true;
        w->len[OWNER_FINISH] = 1;
        if (addr >= t->mem_beats) {
            t->error = TT_DEV_ERR_ADDRESS;
        }
    }
}

void tt_timing_compact_wires(timing_t *t, wires_t *w) {
    const finish_t *const fn = &t->finish;
    const bool data = w->dv[OWNER_FINISH];
    w->wr_ready = write_valid(t) && t->writer.open != OPEN_SINGLE && t->now >= t->next_write;
    w->w_fire = w->write_beat = w->wr_ready;
    if (write_valid(t) && fn->written.addr >= t->mem_beats) {
        t->error = TT_DEV_ERR_ADDRESS;
    }
    w->fn_enter = fn->state == FN_ENTRY;
    w->fn_source = (fn->from_memory ? data : t->drain != 0) &&
                   (fn->to_int32 || (fn->scale_wait == 0 && fn->pace_wait == 0));
    w->fn_take = fn->state == FN_TAKE && w->fn_source && !send(t);
    w->fn_move_in = fn->state == FN_IN && (!in_needed(fn) || data);
    w->fn_move_out = fn->state == FN_OUT && (!out_needed(fn) || w->wr_ready);
    w->fn_state_beat = fn->state == FN_STATE_BEAT && (fn->state_load ? data : w->wr_ready);
    w->slot_read =
        (fn->state == FN_STATE || fn->state == FN_STATE_BEAT) && fn->state_store && fn->left < TT_SLOTS;
    w->fn_pop =
        data && ((fn->state == FN_IN && in_needed(fn)) || (w->fn_take && fn->from_memory && beat_end(t)) ||
                 (fn->state == FN_STATE_BEAT && fn->state_load));
    request(t, w);
}

static void begin_block(finish_t *fn, bool planes_in) {
    fn->state = planes_in ? FN_IN : FN_TAKE;
    fn->left = planes_in ? fn->aux_beats : fn->from_memory ? (uint32_t)SUM_BEATS : 0u;
}

/* A loop goes on: the auxiliary address jumps at once, that of the planes when their block has been written. */
static void next_block(finish_t *fn) {
    const uint32_t last_step = fn->step_loop;
    const uint32_t aux = fn->aux_nest.addr;
    const uint32_t dst = fn->written.addr;
    const unsigned loop = nest_step(&fn->written);
    fn->step_loop = loop;
    fn->done = loop == fn->written.levels;
    fn->aux_nest.addr = aux + (fn->done ? 0u : (uint32_t)fn->aux_nest.jump[loop]);
    const uint32_t jump_loop = fn->to_int32 ? loop : last_step;
    fn->written.addr = dst + (jump_loop == fn->written.levels ? 0u : (uint32_t)fn->written.jump[jump_loop]);
    fn->aux_nest.addr &= BEAT_MASK;
    fn->written.addr &= BEAT_MASK;
}

static void enter(const timing_t *t, finish_t *fn) {
    fn->step_loop = fn->written.levels; /* nothing to jump over yet */
    fn->scale_wait = t->config.scale_form == 0u ? SCALE_WAIT : 0u;
    if (fn->state_load || fn->state_store) {
        fn->state = FN_STATE;
        fn->left = t->config.lanes + TT_SLOTS - 1u;
    } else {
        begin_block(fn, fn->aux_beats != 0);
    }
}

static void state_clock(timing_t *t, const wires_t *w) {
    finish_t *const fn = &t->finish;
    if (fn->state == FN_STATE) {
        const bool row_there = fn->left >= TT_SLOTS || t->dispatch < 0;
        if (fn->state_store ? row_there : w->grant[OWNER_FINISH]) {
            fn->state = FN_STATE_BEAT;
        }
    } else if (w->fn_state_beat) {
        fn->state = fn->left-- == 0u ? FN_FLUSH : FN_STATE;
    }
}

/* paced: the lanes may move on */
static void block_clock(timing_t *t, const wires_t *w, bool paced) {
    finish_t *const fn = &t->finish;
    if (w->fn_move_in || w->fn_move_out) {
        fn->slice++;
    }
    if (w->fn_take) {
        fn->group = (fn->group + 1u) % (ELEMENTS / group_of(t));
    }
    if (fn->state == FN_IN && fn->slice == 2u * t->config.planes_max) {
        fn->slice = 0;
        begin_block(fn, false);
    } else if (w->fn_take && fn->group == 0u) {
        fn->state = FN_NEXT;
    } else if (fn->state == FN_NEXT && paced) {
        next_block(fn);
        if (!fn->to_int32) {
            fn->state = FN_DRAIN;
        } else if (fn->done) {
            fn->state = FN_FLUSH;
        } else {
            begin_block(fn, false);
        }
    } else if (fn->state == FN_DRAIN && paced && ++fn->slice == DRAIN_CYCLES) {
        fn->slice = 0;
        fn->state = FN_OUT;
    } else if (w->fn_move_out && fn->slice == 2u * fn->out_planes) {
        fn->slice = 0;
        fn->state = FN_FLUSH;
        if (!fn->done) {
            begin_block(fn, fn->aux_beats != 0);
        }
    }
}

void tt_timing_compact_clock(timing_t *t, const wires_t *w) {
    finish_t *const fn = &t->finish;
    const bool write_idle = t->writer.open == 0;
    fn->scale_wait -= fn->scale_wait != 0 ? 1u : 0u;
    const bool paced = fn->to_int32 || fn->pace_wait == 0;
    const bool ce = w->fn_take || ((fn->state == FN_NEXT || fn->state == FN_DRAIN) && paced);
    fn->pace_wait -= fn->pace_wait != 0 ? 1u : 0u;
    if (t->config.scale_form == 2u && (ce || fn->state == FN_ENTRY)) {
        fn->pace_wait = SCALE_PACE;
    }
    t->writer.open += (w->wr_ready ? 1u : 0u) - (w->b_fire ? 1u : 0u);
    if (w->grant[OWNER_FINISH]) {
        uint32_t *const addr = fn->from_memory && fn->state == FN_TAKE ? &fn->src_addr : &fn->aux_nest.addr;
        *addr = (*addr + 1u) & BEAT_MASK;
        fn->left -= fn->state == FN_STATE ? 0u : 1u;
    }
    fn->sent = send(t) && w->wr_ready;
    fn->written.addr = (fn->written.addr + (w->wr_ready ? 1u : 0u)) & BEAT_MASK;
    switch (fn->state) {
    case FN_ENTRY:
        enter(t, fn);
        return;
    case FN_STATE:
    case FN_STATE_BEAT:
        state_clock(t, w);
        return;
    case FN_FLUSH:
        if (write_idle) {
            fn->state = FN_EXIT;
        }
        return;
    case FN_EXIT:
        t->finished += fn->push ? 1u : 0u;
        fn->state = FN_IDLE;
        return;
    default:
        block_clock(t, w, paced);
        return;
    }
}
