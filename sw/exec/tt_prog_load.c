/* SPDX-License-Identifier: Apache-2.0
 * Program builder: LOADs of a job, and its space in the buffers. */
#include "tt_prog_internal.h"

/* Fields that LOADs of both operands share: where the tensor is, and which block-words it goes to. A run is `run_blocks` blocks of
 * the memory, which follow each other in the buffer `block_lanes` apart. */
static void set_load_common(const tt_prog_t *prog, uint64_t *instr, const view_t *v, const layout_t *l,
                            uint32_t first, uint32_t buffer_word, uint32_t run_blocks, uint32_t block_lanes) {
    const tt_operand_t *o = v->operand;
    const uint32_t beats = first * v->row_stride + l->first_depth * v->depth_stride;
    const uint32_t plane_lanes = l->plane_words * lanes_per_word(prog);
    tt_field_set(instr, TT_F_LOAD_TRANSPOSE, o->transpose);
    tt_field_set(instr, TT_F_LOAD_NO_MASK, o->tensor.maskless);
    tt_field_set(instr, TT_F_LOAD_PLANES, o->tensor.planes);
    tt_field_set(instr, TT_F_LOAD_ADDR, o->tensor.addr + BEAT_BYTES * beats);
    tt_field_set(instr, TT_F_LOAD_STEP_PAGES, o->step_pages);
    tt_field_set(instr, TT_F_LOAD_RUN_LAST, run_blocks * v->block_beats - 1u);
    tt_field_set(instr, TT_F_LOAD_BUF, buffer_word * lanes_per_word(prog));
    tt_field_set(instr, TT_F_LOAD_PLANE_JUMP, plane_lanes);
    tt_field_set(instr, TT_F_LOAD_BLOCK_JUMP, jump_of(block_lanes, walk_of(o->tensor.planes, plane_lanes)));
}

/* In storage order, so that runs are long: one per stored block row. */
static tt_status_t emit_load_b(tt_prog_t *prog, const view_t *v, const layout_t *l, uint32_t buffer_word,
                               bool push, pops_t pops) {
    uint64_t *instr = tt_prog_emit_load(prog, pops);
    if (instr == NULL)
        return TT_NO_MEMORY;
    const uint32_t row_lanes = l->row_words * lanes_per_word(prog);
    const bool transpose = v->operand->transpose;
    const uint32_t outer = transpose ? l->depths : l->count; /* stored block rows, and blocks in each */
    const uint32_t inner = transpose ? l->count : l->depths;
    const uint32_t stride = transpose ? v->depth_stride : v->row_stride;
    set_load_common(prog, instr, v, l, l->first, buffer_word, inner, transpose ? row_lanes : l->depth_lanes);
    tt_field_set(instr, TT_F_LOAD_TARGET_B, 1);
    tt_field_set(instr, TT_F_LOAD_PUSH_B, push);
    tt_field_set(instr, TT_F_LOAD_L1_LAST, outer - 1u);
    tt_field_set(instr, TT_F_LOAD_L1_JUMP, jump_of(stride, inner * v->block_beats));
    tt_field_set(instr, TT_F_LOAD_L1_BUF, transpose ? l->depth_lanes : row_lanes);
    return TT_OK;
}

/* `count` block rows from `first` on as so many chunks, into neighbouring ring slots. Depth blocks are a run where they are neighbours,
 * else a loop. */
static tt_status_t emit_load_a(tt_prog_t *prog, const view_t *v, const layout_t *l, uint32_t first,
                               uint32_t count, uint32_t buffer_word, pops_t pops) {
    uint64_t *instr = tt_prog_emit_load(prog, pops);
    if (instr == NULL)
        return TT_NO_MEMORY;
    const bool adjacent = v->depth_stride == v->block_beats;
    const uint32_t run_blocks = adjacent ? l->depths : 1u;
    const uint32_t runs = adjacent ? 1u : l->depths;
    const uint32_t run = run_blocks * v->block_beats;
    const uint32_t row_lanes = l->row_words * lanes_per_word(prog);
    set_load_common(prog, instr, v, l, first, buffer_word, run_blocks, l->depth_lanes);
    tt_field_set(instr, TT_F_LOAD_L1_LAST, runs - 1u);
    tt_field_set(instr, TT_F_LOAD_L1_JUMP, jump_of(v->depth_stride, run));
    tt_field_set(instr, TT_F_LOAD_L1_BUF, l->depth_lanes);
    tt_field_set(instr, TT_F_LOAD_L4_LAST, count - 1u);
    tt_field_set(instr, TT_F_LOAD_L4_JUMP, jump_of(v->row_stride, walk_of(runs, v->depth_stride) + run));
    tt_field_set(instr, TT_F_LOAD_L4_BUF, jump_of(row_lanes, walk_of(runs, l->depth_lanes)));
    return TT_OK;
}

/* Words of [lo, lo + words) in the latest panel's place. */
static uint32_t shared_words(const struct tt_prog_state *st, uint32_t lo, uint32_t words) {
    return missing(smaller(lo + words, st->b_hi), larger(lo, st->b_lo));
}

/* Tokens to be waited for before all of [lo, lo + words) may be written. */
static uint32_t tokens_before(const struct tt_prog_state *st, uint32_t lo, uint32_t words) {
    uint32_t wanted = 0;
    for (uint32_t i = 0; i < st->n_b_regions; i++)
        if (st->b_regions[i].lo < lo + words && lo < st->b_regions[i].hi)
            wanted = larger(wanted, st->b_regions[i].until);
    return wanted;
}

uint32_t tt_prog_panel_base(const tt_prog_t *prog, uint32_t words) {
    const struct tt_prog_state *st = &prog->state;
    const uint32_t top = usable_depth(prog, prog->config.b_depth) - words;
    const uint32_t bases[] = {top, 0, smaller(st->b_hi, top), missing(st->b_lo, words)};
    uint32_t base = bases[0];
    for (uint32_t i = 1; i < COUNT_OF(bases); i++) {
        const uint32_t shared = shared_words(st, bases[i], words);
        const uint32_t least = shared_words(st, base, words);
        if (shared < least ||
            (shared == least && tokens_before(st, bases[i], words) < tokens_before(st, base, words)))
            base = bases[i];
    }
    return base;
}

place_t tt_prog_panel_place(tt_prog_t *prog, const job_t *job) {
    struct tt_prog_state *st = &prog->state;
    const layout_t *l = &job->b_layout;
    const uint32_t words = l->count * l->row_words;
    const uint32_t base = tt_prog_panel_base(prog, words);
    const bool shares = shared_words(st, base, words) > 0u;
    const uint32_t below =
        missing(st->b_hi, base); /* words up to the latest's end, and from its beginning on */
    const uint32_t above = missing(base + words, st->b_lo);
    const uint32_t late = smaller(words, smaller(below, above));
    const uint32_t lates = shares ? (late + l->row_words - 1u) / l->row_words : 0u;
    st->b_lo = base;
    st->b_hi = base + words;
    st->b_panels++;
    return (place_t){base, below < above ? 0u : l->count - lates, lates};
}

tt_status_t tt_prog_job_load_b(tt_prog_t *prog, const job_t *job, const place_t *place, uint32_t first,
                               uint32_t count, bool push) {
    struct tt_prog_state *st = &prog->state;
    layout_t l = job->b_layout;
    const uint32_t word = place->base + first * l.row_words;
    const uint32_t wanted = tt_prog_region_claim(st->b_regions, &st->n_b_regions, COUNT_OF(st->b_regions),
                                                 word, count * l.row_words, st->b_panels);
    const pops_t pops = {missing(tt_prog_writes_before(prog, &job->b.operand->tensor), st->finishes_popped),
                         0, missing(wanted, st->b_popped)};
    l.first += first;
    l.count = count;
    return emit_load_b(prog, &job->b, &l, word, push, pops);
}

/* A ring that is recycled takes all of the buffer, but for what would make its last round much shorter than the others: the next job
 * begins where that round has begun. */
ring_t tt_prog_ring_place(tt_prog_t *prog, const job_t *job) {
    struct tt_prog_state *st = &prog->state;
    const layout_t *l = &job->a_layout;
    const uint32_t depth = usable_depth(prog, prog->config.a_depth);
    const uint32_t most = depth / l->row_words;
    const uint32_t rounds = (l->count + most - 1u) / most;
    const uint32_t slots = (l->count + rounds - 1u) / rounds;
    const uint32_t words = slots * l->row_words;
    const ring_t ring = {.base = st->a_next + words <= depth ? st->a_next : 0u,
                         .slots = slots,
                         .group = larger(most / 4u, 1),
                         .before = st->a_chunks,
                         .finishes = tt_prog_writes_before(prog, &job->a.operand->tensor)};
    st->a_next = ring.base + words;
    st->a_chunks += l->count;
    return ring;
}

tt_status_t tt_prog_job_load_a(tt_prog_t *prog, const job_t *job, const ring_t *ring, uint32_t done,
                               uint32_t end) {
    struct tt_prog_state *st = &prog->state;
    const layout_t *l = &job->a_layout;
    tt_status_t status = TT_OK;
    while (done < end && status == TT_OK) {
        const uint32_t slot = done % ring->slots;
        const uint32_t count = smaller(smaller(ring->group, ring->slots - slot), end - done);
        const uint32_t place = ring->base + slot * l->row_words;
        const uint32_t wanted =
            tt_prog_region_claim(st->a_regions, &st->n_a_regions, COUNT_OF(st->a_regions), place,
                                 count * l->row_words, ring->before + done + count);
        const pops_t pops = {missing(ring->finishes, st->finishes_popped), missing(wanted, st->a_popped), 0};
        status = emit_load_a(prog, &job->a, l, l->first + done, count, place, pops);
        done += count;
    }
    return status;
}
