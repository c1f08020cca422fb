/* SPDX-License-Identifier: Apache-2.0
 * Program builder. A product is cut into panels of B (block rows that stay in buffer B); for each panel A streams through a ring
 * in buffer A, one block row per chunk. One panel is one job: LOAD B, LOAD A, EXEC, FINISH, and more LOAD A if the ring is recycled.
 *
 * Tokens. They are anonymous and pushed in program order, so "the n-th token" names the n-th chunk, panel or finish of the list,
 * and to have popped n of them means that all up to the n-th are done. A LOAD that reuses buffer space or reads what a FINISH
 * wrote pops as many as bring the sum to what it needs, and no more.
 *
 * Why nothing else must be waited for. LOADs run in order, and the FINISH of a job runs after its EXEC, hence after its LOADs and
 * after all LOADs before them: a FINISH may overwrite what earlier jobs have loaded. What it writes is read too early only by
 * later LOADs, which is what POP_FINISH is for, or by its own job's LOADs of later block rows, which is refused. */
#include "tt_prog_internal.h"

void tt_prog_init(tt_prog_t *prog, const tt_config_t *config, uint64_t *words, uint32_t capacity) {
    const tt_prog_t empty = {.config = *config, .words = words, .capacity = capacity};
    *prog = empty;
}

/* ---- a job: one panel ---- */

tt_status_t tt_prog_job_exec(tt_prog_t *prog, const job_t *job, const ring_t *ring, uint32_t b_base) {
    uint64_t *instr = tt_prog_emit(prog, TT_OP_EXEC);
    if (instr == NULL)
        return TT_NO_MEMORY;
    const tt_tensor_t *a = &job->a.operand->tensor;
    const tt_tensor_t *b = &job->b.operand->tensor;
    tt_field_set(instr, TT_F_EXEC_RADIX3, job->radix3);
    tt_field_set(instr, TT_F_EXEC_POP_B, 1);
    tt_field_set(instr, TT_F_EXEC_PUSH_B, 1);
    tt_field_set(instr, TT_F_EXEC_A_PLANES, a->planes);
    tt_field_set(instr, TT_F_EXEC_B_PLANES, b->planes);
    tt_field_set(instr, TT_F_EXEC_A_BASE, ring->base + (a->planes - 1u) * job->a_layout.plane_words);
    tt_field_set(instr, TT_F_EXEC_A_RING_LAST, ring->slots - 1u);
    tt_field_set(instr, TT_F_EXEC_A_RING_STRIDE, job->a_layout.row_words);
    tt_field_set(instr, TT_F_EXEC_A_PLANE_STRIDE, job->a_layout.plane_words);
    tt_field_set(instr, TT_F_EXEC_B_BASE, b_base + (b->planes - 1u) * job->b_layout.plane_words);
    tt_field_set(instr, TT_F_EXEC_B_PLANE_STRIDE, job->b_layout.plane_words);
    tt_field_set(instr, TT_F_EXEC_CHUNKS_LAST, job->a_layout.count - 1u);
    tt_field_set(instr, TT_F_EXEC_DEPTH_LAST, job->depth - 1u);
    tt_field_set(instr, TT_F_EXEC_L0_LAST, job->columns - 1u);
    tt_field_set(instr, TT_F_EXEC_L0_A_JUMP, job->a_column_words);
    tt_field_set(instr, TT_F_EXEC_L0_B_JUMP, job->b_column_words);
    return TT_OK;
}

/* EXEC and FINISH stand before the LOADs that wait for chunks of this EXEC, because only a few LOADs are fetched ahead (docs/isa.md). */
tt_status_t tt_prog_job_run(tt_prog_t *prog, const job_t *job, const result_t *r) {
    uint32_t b_base = 0;
    const ring_t ring = tt_prog_ring_claim(prog, job);
    const uint32_t free_chunks = smaller(ring.slots, job->a_layout.count);
    tt_status_t status = tt_prog_job_load_b(prog, job, &b_base);
    if (status == TT_OK)
        status = tt_prog_job_load_a(prog, job, &ring, 0, free_chunks);
    if (status == TT_OK)
        status = tt_prog_job_exec(prog, job, &ring, b_base);
    if (status == TT_OK &&
        tt_prog_emit_finish(prog, TT_OP_FINISH, r, job->first_column, job->columns) == NULL)
        status = TT_NO_MEMORY;
    if (status == TT_OK)
        status = tt_prog_job_load_a(prog, job, &ring, free_chunks, job->a_layout.count);
    return status;
}

/* ---- operations ---- */

/* Block rows of B in one panel: all if they fit, else half the buffer's worth, so that the next panel loads meanwhile. */
static uint32_t panel_rows(uint32_t depth, uint32_t row_words, uint32_t row_blocks) {
    if ((uint64_t)row_blocks * row_words <= depth)
        return row_blocks;
    return depth / 2u >= row_words ? depth / 2u / row_words : depth / row_words;
}

static tt_status_t matmul_check(const tt_prog_t *prog, job_t *job, const tt_operand_t *a,
                                const tt_operand_t *b, result_t *r) {
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

tt_status_t tt_prog_matmul(tt_prog_t *prog, const tt_operand_t *a, const tt_operand_t *b,
                           const tt_finish_t *finish) {
    job_t job = {0};
    result_t result = {.finish = finish};
    tt_status_t status = matmul_check(prog, &job, a, b, &result);
    if (status != TT_OK)
        return status;
    const uint32_t words = (job.a.depth + prog->config.k - 1u) / prog->config.k;
    const uint32_t a_depth = usable_depth(prog, prog->config.a_depth);
    const uint32_t b_depth = usable_depth(prog, prog->config.b_depth);
    job.a_layout = (layout_t){0, job.a.row_blocks, 0, job.a.depth_blocks, 1, words, words * a->tensor.planes};
    job.b_layout = (layout_t){0, 0, 0, job.b.depth_blocks, 1, words, words * b->tensor.planes};
    if (job.a_layout.row_words > a_depth || job.b_layout.row_words > b_depth)
        return TT_TOO_LARGE;
    const uint32_t panel = panel_rows(b_depth, job.b_layout.row_words, job.b.row_blocks);
    if ((tt_prog_overwrites(&result, &b->tensor) && panel < job.b.row_blocks) ||
        (tt_prog_overwrites(&result, &a->tensor) &&
         (panel < job.b.row_blocks || !tt_prog_in_place(&result, a))))
        return TT_BAD_ARG;
    job.depth = job.a.depth;
    job.b_column_words = job.b_layout.row_words;
    job.radix3 = (a->tensor.planes > 1u ? a->tensor.radix : b->tensor.radix) == 3u;
    for (uint32_t first = 0; first < job.b.row_blocks && status == TT_OK; first += panel) {
        job.columns = smaller(panel, job.b.row_blocks - first);
        job.first_column = first;
        job.b_layout.first = first;
        job.b_layout.count = job.columns;
        status = tt_prog_job_run(prog, &job, &result);
    }
    prog->state.plane_macs +=
        (uint64_t)result.rows * result.cols * job.depth * a->tensor.planes * b->tensor.planes;
    return status;
}

tt_status_t tt_prog_elementwise_int32(tt_prog_t *prog, uint32_t addr, uint32_t rows, uint32_t cols,
                                      const tt_finish_t *finish) {
    const result_t result = {rows, cols, finish};
    if (rows == 0u || cols == 0u || addr % BEAT_BYTES != 0u)
        return TT_BAD_ARG;
    if (prog->config.compact != 0u && finish->to_int32 && !finish->write_off)
        return TT_TOO_LARGE; /* from int32 to int32 */
    const tt_status_t status = tt_prog_result_check(prog, &result);
    if (status != TT_OK)
        return status;
    const uint32_t row_beats = blocks_of(cols) * INT32_BLOCK_BEATS;
    const uint32_t limit = count_limit(prog);
    if (blocks_of(rows) > limit || blocks_of(cols) > limit || row_beats >= JUMP_LIMIT)
        return TT_TOO_LARGE;
    uint64_t *instr = tt_prog_emit_finish(prog, TT_OP_ELEMENTWISE, &result, 0, blocks_of(cols));
    if (instr == NULL)
        return TT_NO_MEMORY;
    tt_field_set(instr, TT_F_FIN_SRC_ADDR, addr);
    return TT_OK;
}

/* Each block of the operand gets block-words of its own and is multiplied with the one identity block; the array is busy with one
 * word per plane, however wide it is. */
tt_status_t tt_prog_elementwise_planes(tt_prog_t *prog, const tt_operand_t *operand, uint32_t identity_addr,
                                       const tt_finish_t *finish) {
    const tt_operand_t identity = {
        .tensor = {.addr = identity_addr, .rows = TT_BLOCK, .cols = TT_BLOCK, .planes = 1, .radix = 3}};
    job_t job = {0};
    result_t result = {.finish = finish};
    tt_status_t status = tt_prog_view_init(prog, &job.a, operand);
    if (status != TT_OK)
        return status;
    status = tt_prog_view_init(prog, &job.b, &identity);
    if (status != TT_OK)
        return status;
    result.rows = job.a.rows;
    result.cols = job.a.depth;
    status = tt_prog_result_check(prog, &result);
    if (status != TT_OK)
        return status;
    const uint32_t planes = operand->tensor.planes;
    const uint32_t room = usable_depth(prog, prog->config.a_depth) / 2u / planes;
    if (room == 0u)
        return TT_TOO_LARGE;
    if (tt_prog_overwrites(&result, &identity.tensor) ||
        (tt_prog_overwrites(&result, &operand->tensor) && !tt_prog_in_place(&result, operand)))
        return TT_BAD_ARG;
    job.b_layout = (layout_t){0, 1, 0, 1, 1, 1, 1};
    job.depth = TT_BLOCK;
    job.a_column_words = 1;
    job.radix3 = operand->tensor.radix == 3u;
    for (uint32_t first = 0; first < job.a.depth_blocks && status == TT_OK; first += job.columns) {
        job.columns = smaller(room, job.a.depth_blocks - first);
        job.first_column = first;
        job.a_layout = (layout_t){0,           job.a.row_blocks,    first, job.columns, lanes_per_word(prog),
                                  job.columns, job.columns * planes};
        status = tt_prog_job_run(prog, &job, &result);
    }
    return status;
}

static uint64_t *emit_state(tt_prog_t *prog, uint32_t opcode) {
    uint64_t *instr = tt_prog_emit(prog, opcode);
    if (instr != NULL)
        tt_field_set(instr, TT_F_STATE_PUSH_LOAD, 1);
    return instr;
}

tt_status_t tt_prog_state_load(tt_prog_t *prog, uint32_t addr) {
    if (addr % BEAT_BYTES != 0u)
        return TT_BAD_ARG;
    uint64_t *instr = emit_state(prog, TT_OP_STATE_LOAD);
    if (instr == NULL)
        return TT_NO_MEMORY;
    tt_field_set(instr, TT_F_STATE_LOAD_ADDR, addr);
    tt_prog_note_finish(prog, addr, addr);
    return TT_OK;
}

tt_status_t tt_prog_state_store(tt_prog_t *prog, uint32_t addr) {
    if (addr % BEAT_BYTES != 0u)
        return TT_BAD_ARG;
    uint64_t *instr = emit_state(prog, TT_OP_STATE_STORE);
    if (instr == NULL)
        return TT_NO_MEMORY;
    tt_field_set(instr, TT_F_STATE_STORE_ADDR, addr);
    tt_prog_note_finish(prog, addr, addr + tt_state_bytes(&prog->config));
    return TT_OK;
}

tt_status_t tt_prog_end(tt_prog_t *prog) {
    struct tt_prog_state *st = &prog->state;
    const pops_t pops = {st->finishes - st->finishes_popped, st->a_chunks - st->a_popped,
                         st->b_panels - st->b_popped};
    st->n_a_regions = 0;
    st->n_b_regions = 0;
    st->n_writes = 0;
    uint64_t *instr = tt_prog_emit_load(prog, pops);
    if (instr == NULL)
        return TT_NO_MEMORY;
    tt_field_set(instr, TT_F_LOAD_TOKENS_ONLY, 1);
    return TT_OK;
}

uint64_t tt_prog_ideal_cycles(const tt_prog_t *prog) {
    return prog->state.plane_macs / ((uint64_t)prog->config.m * prog->config.n * prog->config.k);
}
