/* SPDX-License-Identifier: Apache-2.0
 * Program builder: what an operation may be, and where its tensors lie. */
#include "tt_prog_internal.h"

static bool tensor_ok(const tt_tensor_t *t) {
    return t->rows > 0u && t->cols > 0u && t->planes >= 1u && t->planes <= TT_PLANES_MAX &&
           (t->radix == 2u || t->radix == 3u || t->planes == 1u) && !(t->maskless && t->planes != 1u) &&
           t->addr % BEAT_BYTES == 0u && t->addr + (uint64_t)tt_tensor_bytes(t) <= UINT64_C(1) << 32;
}

/* A stored block row is a run or a loop, and a transposed walk jumps back over the whole tensor. */
static tt_status_t tensor_fits(const tt_prog_t *prog, const tt_tensor_t *t, bool transpose) {
    const uint64_t row_beats = (uint64_t)blocks_of(t->cols) * beats_per_block(t);
    const uint32_t limit = count_limit(prog);
    return row_beats > limit || blocks_of(t->rows) > limit ||
                   (transpose && row_beats * blocks_of(t->rows) > JUMP_LIMIT)
               ? TT_TOO_LARGE
               : TT_OK;
}

static bool shape_ok(const tt_tensor_t *t, bool transpose, uint32_t rows, uint32_t cols) {
    return tensor_ok(t) && t->rows == (transpose ? cols : rows) && t->cols == (transpose ? rows : cols);
}

static bool signed_fits(int32_t value, unsigned bits) {
    const int32_t top = INT32_C(1) << (bits - 1u);
    return value >= -top && value < top;
}

static bool slot_ok(const tt_finish_t *f) {
    return f->slot < (int)TT_SLOTS && (f->slot >= 0 || !(f->slot_use || f->slot_observe || f->slot_commit));
}

static bool pages_ok(const tt_finish_t *f) {
    return f->dst_step_pages <= MAX16 && f->aux_step_pages <= MAX16;
}

static bool reads_planes(const tt_finish_t *f) {
    return f->aux_kind != TT_AUX_NONE && f->aux_kind != TT_AUX_MASTER;
}

static tt_status_t master_check(const tt_prog_t *prog, const result_t *r) {
    const tt_finish_t *f = r->finish;
    const uint64_t end = f->master_addr + (uint64_t)tt_master_bytes(r->rows, r->cols);
    const bool apart =
        end <= f->out.addr || f->out.addr + (uint64_t)tt_tensor_bytes(&f->out) <= f->master_addr;
    if (f->out.planes != 1u || f->master_addr % BEAT_BYTES != 0u || end > UINT64_C(1) << 32 || !apart)
        return TT_BAD_ARG;
    return prog->config.compact != 0u || (uint64_t)blocks_of(r->cols) * MASTER_BLOCK_BEATS >= JUMP_LIMIT
               ? TT_TOO_LARGE
               : TT_OK;
}

tt_status_t tt_prog_result_check(const tt_prog_t *prog, const result_t *r) {
    const tt_finish_t *f = r->finish;
    if (!slot_ok(f) || !pages_ok(f))
        return TT_BAD_ARG;
    if (f->to_int32) {
        const uint64_t row_beats = (uint64_t)blocks_of(r->cols) * INT32_BLOCK_BEATS;
        if (f->int32_addr % BEAT_BYTES != 0u)
            return TT_BAD_ARG;
        return row_beats >= JUMP_LIMIT ? TT_TOO_LARGE : TT_OK;
    }
    const int32_t limit =
        tt_ref_plane_limit(f->out.planes >= 1u && f->out.planes <= TT_PLANES_MAX ? f->out.planes : 1u,
                           f->out.radix == 2u ? 2u : 3u);
    const int32_t shift = shift_of(f);
    if (!shape_ok(&f->out, f->out_transpose, r->rows, r->cols) || !signed_fits(f->mant, 16) ||
        !signed_fits(shift, 8) || f->lo > 0 || f->hi < 0 || f->lo < -limit || f->hi > limit ||
        (f->binary && (f->out.planes != 1u || f->aux_kind == TT_AUX_TARGET)) ||
        (f->out.maskless && !f->binary))
        return TT_BAD_ARG;
    if (reads_planes(f) &&
        (!shape_ok(&f->aux, f->aux_transpose, r->rows, r->cols) || f->ste_limit < 0 || f->ste_limit > 255))
        return TT_BAD_ARG;
    const bool transposes = f->out_transpose || (reads_planes(f) && f->aux_transpose);
    if (f->out.planes > prog->config.planes_max || (prog->config.compact != 0u && transposes) ||
        (reads_planes(f) && f->aux.planes > prog->config.planes_max) ||
        tensor_fits(prog, &f->out, f->out_transpose) != TT_OK ||
        (reads_planes(f) && tensor_fits(prog, &f->aux, f->aux_transpose) != TT_OK))
        return TT_TOO_LARGE;
    return f->aux_kind == TT_AUX_MASTER ? master_check(prog, r) : TT_OK;
}

tt_status_t tt_prog_view_init(const tt_prog_t *prog, view_t *view, const tt_operand_t *operand) {
    const tt_tensor_t *t = &operand->tensor;
    if (!tensor_ok(t) || operand->step_pages > MAX16)
        return TT_BAD_ARG;
    const uint32_t stored_row = blocks_of(t->cols) * beats_per_block(t);
    view->operand = operand;
    view->block_beats = beats_per_block(t);
    view->rows = operand->transpose ? t->cols : t->rows;
    view->depth = operand->transpose ? t->rows : t->cols;
    view->row_blocks = blocks_of(view->rows);
    view->depth_blocks = blocks_of(view->depth);
    view->row_stride = operand->transpose ? view->block_beats : stored_row;
    view->depth_stride = operand->transpose ? stored_row : view->block_beats;
    return view->depth > count_limit(prog) ? TT_TOO_LARGE : tensor_fits(prog, t, operand->transpose);
}

void tt_prog_result_span(const result_t *r, uint64_t *lo, uint64_t *hi) {
    const tt_finish_t *f = r->finish;
    *lo = f->to_int32 ? f->int32_addr : f->out.addr;
    *hi = *lo + (f->to_int32 ? tt_int32_bytes(r->rows, r->cols) : tt_tensor_bytes(&f->out));
    if (f->write_off)
        *hi = *lo;
}

void tt_prog_master_span(const result_t *r, uint64_t *lo, uint64_t *hi) {
    const tt_finish_t *f = r->finish;
    *lo = *hi = 0;
    if (f->to_int32 || f->write_off || f->aux_kind != TT_AUX_MASTER)
        return;
    *lo = f->master_addr;
    *hi = *lo + tt_master_bytes(r->rows, r->cols);
}

bool tt_prog_overwrites(const result_t *r, const tt_tensor_t *t) {
    const uint64_t end = t->addr + (uint64_t)tt_tensor_bytes(t);
    uint64_t lo;
    uint64_t hi;
    tt_prog_result_span(r, &lo, &hi);
    if (lo < end && t->addr < hi)
        return true;
    tt_prog_master_span(r, &lo, &hi);
    return lo < end && t->addr < hi;
}

bool tt_prog_in_place(const result_t *r, const tt_operand_t *a) {
    const tt_finish_t *f = r->finish;
    const tt_tensor_t *t = &a->tensor;
    return !f->to_int32 && !f->out_transpose && !a->transpose && f->out.addr == t->addr &&
           f->out.rows == t->rows && f->out.cols == t->cols && f->out.planes == t->planes &&
           f->out.maskless == t->maskless && f->dst_step_pages == a->step_pages;
}

bool tt_prog_sums_fit(const tt_prog_t *prog, uint32_t depth, const tt_tensor_t *a, const tt_tensor_t *b) {
    const uint64_t largest = (uint64_t)depth * (uint64_t)tt_tensor_limit(a) * (uint64_t)tt_tensor_limit(b);
    return largest < UINT64_C(1) << (prog->config.w_acc - 1u);
}
