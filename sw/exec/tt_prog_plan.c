/* SPDX-License-Identifier: Apache-2.0
 * Program builder: how a product is cut into panels. A few large panels stream A seldom; many small ones load while others are in use.
 * What each number of panels costs is estimated, and the cheapest is taken. */
#include "tt_prog_internal.h"

#define JOB_CYCLES 64u /* from one EXEC to the next, roughly */

static uint32_t aux_beats(const tt_finish_t *f) {
    return f->aux_kind == TT_AUX_NONE     ? 0u
           : f->aux_kind == TT_AUX_MASTER ? MASTER_BLOCK_BEATS
                                          : beats_per_block(&f->aux);
}

static uint32_t words_of(const tt_prog_t *prog, const job_t *job) {
    return (job->depth + prog->config.k - 1u) / prog->config.k;
}

/* Cycles from block to block: the slowest of array, lanes and write port. */
static uint64_t block_cycles(const tt_prog_t *prog, const plan_t *plan) {
    const tt_config_t *config = &prog->config;
    const tt_finish_t *f = plan->result.finish;
    const uint32_t tiles = TT_BLOCK * TT_BLOCK / (config->m * config->n);
    const uint32_t planes = plan->job.a.operand->tensor.planes * plan->job.b.operand->tensor.planes;
    const uint32_t array = words_of(prog, &plan->job) * planes * tiles;
    const uint32_t aux = aux_beats(f);
    const uint32_t lanes = TT_BLOCK * TT_BLOCK / config->lanes + larger(aux, 1);
    const uint32_t masters = f->aux_kind == TT_AUX_MASTER ? MASTER_BLOCK_BEATS + 2u : 0u;
    const uint32_t port = (f->to_int32 ? INT32_BLOCK_BEATS : beats_per_block(&f->out)) + 2u + masters;
    return larger(array, larger(lanes, port));
}

/* A beat of a block enters a buffer of `banks` banks in TT_BLOCK / banks cycles. */
static uint64_t row_cycles(const view_t *v, uint32_t banks) {
    return (uint64_t)v->depth_blocks * v->block_beats * (TT_BLOCK / banks);
}

/* The array and the loads work at once, but rows of B in whose place the panel before lies are waited for, and all of the first
 * panel if it was written just before. Loads take a sixteenth more than their beats. */
static uint64_t plan_cycles(const tt_prog_t *prog, const plan_t *plan) {
    const job_t *job = &plan->job;
    const struct tt_prog_state *st = &prog->state;
    const tt_finish_t *f = plan->result.finish;
    const uint64_t block = block_cycles(prog, plan);
    const uint64_t a_row = row_cycles(&job->a, prog->config.m);
    const uint64_t b_row = row_cycles(&job->b, prog->config.n);
    const uint64_t chunks = job->a.row_blocks;
    const uint64_t aux = chunks * aux_beats(f);
    const uint32_t depth = usable_depth(prog, prog->config.b_depth);
    const bool fresh = tt_prog_writes_before(prog, &job->b.operand->tensor) > st->finishes_popped;
    uint32_t before = fresh ? depth : st->b_hi - st->b_lo;
    uint64_t cycles = 0;
    for (uint32_t i = 0; i < plan->panels; i++) {
        const uint32_t columns = panel_columns(plan, i);
        const uint32_t words = columns * job->b_layout.row_words;
        const uint64_t array = chunks * (columns * block + 1u);
        const uint64_t beats = chunks * a_row + columns * (b_row + aux);
        const uint64_t loads = beats + beats / 16u;
        const uint32_t shared = missing(words + before, depth);
        const uint32_t late = (shared + job->b_layout.row_words - 1u) / job->b_layout.row_words;
        cycles += (array > loads ? array : loads) + smaller(late, columns) * b_row + JOB_CYCLES;
        before = words;
    }
    return cycles;
}

static tt_status_t plan_check(const tt_prog_t *prog, plan_t *plan, const tt_operand_t *a,
                              const tt_operand_t *b) {
    job_t *job = &plan->job;
    result_t *r = &plan->result;
    const tt_tensor_t *ta = &a->tensor;
    const tt_tensor_t *tb = &b->tensor;
    const tt_status_t a_status = tt_prog_view_init(prog, &job->a, a);
    const tt_status_t b_status = tt_prog_view_init(prog, &job->b, b);
    if (a_status == TT_BAD_ARG || b_status == TT_BAD_ARG || job->a.depth != job->b.depth ||
        (ta->planes > 1u && tb->planes > 1u && ta->radix != tb->radix))
        return TT_BAD_ARG;
    if (a_status != TT_OK || b_status != TT_OK || !tt_prog_sums_fit(prog, job->a.depth, ta, tb))
        return TT_TOO_LARGE;
    if (prog->config.compact != 0u && ta->maskless && tb->maskless && job->a.depth % TT_BLOCK != 0u)
        return TT_TOO_LARGE; /* no mask ends the contraction inside a block */
    r->rows = job->a.rows;
    r->cols = job->b.rows;
    return tt_prog_result_check(prog, r);
}

static void plan_panels(const tt_prog_t *prog, plan_t *plan, uint32_t fewest, uint32_t limit) {
    plan_t candidate = *plan;
    for (candidate.panels = fewest; candidate.panels <= limit; candidate.panels++) {
        candidate.cycles = plan_cycles(prog, &candidate);
        if (plan->panels == 0u || candidate.cycles < plan->cycles)
            *plan = candidate;
    }
}

tt_status_t tt_prog_plan(const tt_prog_t *prog, plan_t *plan, const tt_operand_t *a, const tt_operand_t *b,
                         const tt_finish_t *finish) {
    job_t *job = &plan->job;
    *plan = (plan_t){.result = {.finish = finish}};
    const tt_status_t status = plan_check(prog, plan, a, b);
    if (status != TT_OK)
        return status;
    const uint32_t a_planes = a->tensor.planes;
    const uint32_t b_planes = b->tensor.planes;
    job->depth = job->a.depth;
    const uint32_t words = words_of(prog, job);
    const uint32_t b_depth = usable_depth(prog, prog->config.b_depth);
    job->a_layout = (layout_t){0, job->a.row_blocks, 0, job->a.depth_blocks, 1, words, words * a_planes};
    job->b_layout = (layout_t){0, 0, 0, job->b.depth_blocks, 1, words, words * b_planes};
    job->b_column_words = job->b_layout.row_words;
    job->radix3 = (a_planes > 1u ? a->tensor.radix : b->tensor.radix) == 3u;
    if (job->a_layout.row_words > usable_depth(prog, prog->config.a_depth) ||
        job->b_layout.row_words > b_depth)
        return TT_TOO_LARGE;
    const bool over_a = tt_prog_overwrites(&plan->result, &a->tensor);
    const bool once = over_a || tt_prog_overwrites(&plan->result, &b->tensor);
    const uint32_t most = b_depth / job->b_layout.row_words; /* block rows of a panel */
    const uint32_t fewest = (job->b.row_blocks + most - 1u) / most;
    if ((once && fewest > 1u) || (over_a && !tt_prog_in_place(&plan->result, a)))
        return TT_BAD_ARG;
    /* the buffer has room for four of the smallest */
    plan_panels(prog, plan, fewest, once ? 1u : smaller(job->b.row_blocks, 4u * fewest + 4u));
    return TT_OK;
}
