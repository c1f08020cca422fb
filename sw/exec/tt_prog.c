/* SPDX-License-Identifier: Apache-2.0
 * Program builder. A product is cut into panels of B (block rows that stay in buffer B); for each panel A streams through a ring
 * in buffer A, one block row per chunk. One panel is one job: LOAD B, LOAD A, EXEC, FINISH, and more LOAD A if the ring is recycled.
 * Which operand is B, and how many panels it makes, is a matter of time only: tt_prog_plan.c estimates it.
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

/* EXEC of the job's chunks of A with the panel at b_base. */
static tt_status_t job_exec(tt_prog_t *prog, const job_t *job, const ring_t *ring, uint32_t b_base) {
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

/* EXEC and FINISH stand before all LOADs of A but those of `ahead` chunks: then they have been fetched when the first chunk comes, and
 * when a LOAD waits for a chunk of their own job (only a few LOADs are fetched ahead, docs/isa.md). Block rows of B that wait for the
 * panel before come late: behind the first chunk of A, unless that waits for a FINISH. */
static tt_status_t job_run(tt_prog_t *prog, const job_t *job, const result_t *r) {
    const uint32_t columns = job->b_layout.count;
    const ring_t ring = tt_prog_ring_place(prog, job);
    const place_t place = tt_prog_panel_place(prog, job);
    const bool a_waits = ring.finishes > prog->state.finishes_popped;
    const uint32_t ahead = place.lates == 0u || a_waits ? 0u : 1u;
    tt_status_t status = TT_OK;
    if (place.lates < columns)
        status = tt_prog_job_load_b(prog, job, &place, place.late == 0u ? place.lates : 0u,
                                    columns - place.lates, place.lates == 0u);
    if (status == TT_OK)
        status = tt_prog_job_load_a(prog, job, &ring, 0, ahead);
    if (status == TT_OK && place.lates > 0u)
        status = tt_prog_job_load_b(prog, job, &place, place.late, place.lates, true);
    if (status == TT_OK)
        status = job_exec(prog, job, &ring, place.base);
    if (status == TT_OK &&
        tt_prog_emit_finish(prog, TT_OP_FINISH, r, job->first_column, job->columns) == NULL)
        status = TT_NO_MEMORY;
    if (status == TT_OK)
        status = tt_prog_job_load_a(prog, job, &ring, ahead, job->a_layout.count);
    return status;
}

/* ---- operations ---- */

/* The same result with the operands exchanged, which come to it the other way round. */
static tt_finish_t turned(const tt_finish_t *finish) {
    tt_finish_t f = *finish;
    f.out_transpose = !f.out_transpose;
    f.aux_transpose = !f.aux_transpose;
    return f;
}

tt_status_t tt_prog_matmul(tt_prog_t *prog, const tt_operand_t *a, const tt_operand_t *b,
                           const tt_finish_t *finish) {
    const tt_finish_t turned_finish = turned(finish);
    plan_t plan;
    plan_t exchanged;
    tt_status_t status = tt_prog_plan(prog, &plan, a, b, finish);
    if (status != TT_OK)
        return status;
    if (prog->config.compact == 0u && !finish->to_int32 && finish->aux_kind != TT_AUX_MASTER &&
        tt_prog_plan(prog, &exchanged, b, a, &turned_finish) == TT_OK && exchanged.cycles < plan.cycles)
        plan = exchanged;
    job_t *job = &plan.job;
    for (uint32_t i = 0; i < plan.panels && status == TT_OK; i++) {
        job->first_column += job->columns;
        job->columns = panel_columns(&plan, i);
        job->b_layout.first = job->first_column;
        job->b_layout.count = job->columns;
        status = job_run(prog, job, &plan.result);
    }
    prog->state.plane_macs +=
        (uint64_t)plan.result.rows * plan.result.cols * job->depth * a->tensor.planes * b->tensor.planes;
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
        status = job_run(prog, &job, &result);
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
