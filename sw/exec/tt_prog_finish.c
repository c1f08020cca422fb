/* SPDX-License-Identifier: Apache-2.0
 * Program builder: FINISH and ELEMENTWISE. */
#include "tt_prog_internal.h"

/* Beats from one block row and from one block column of the result to the next, in a tensor that holds it. */
static void block_strides(const tt_tensor_t *t, bool transpose, uint32_t *row, uint32_t *column) {
    const uint32_t block = beats_per_block(t);
    const uint32_t stored_row = blocks_of(t->cols) * block;
    *row = transpose ? block : stored_row;
    *column = transpose ? stored_row : block;
}

static void set_rounding(uint64_t *instr, const tt_finish_t *f) {
    const int32_t limit = tt_tensor_limit(&f->out);
    const bool full = f->lo == 0 && f->hi == 0;
    const int32_t lo = f->binary ? 0 : full ? -limit : f->lo;
    const int32_t hi = f->binary ? 1 : full ? limit : f->hi;
    tt_field_set(instr, TT_F_FIN_MANT, (uint64_t)(int64_t)f->mant);
    tt_field_set(instr, TT_F_FIN_SHIFT, (uint64_t)(int64_t)shift_of(f));
    tt_field_set(instr, TT_F_FIN_LO, (uint64_t)(int64_t)lo);
    tt_field_set(instr, TT_F_FIN_HI, (uint64_t)(int64_t)hi);
    tt_field_set(instr, TT_F_FIN_ROUND, (uint64_t)f->mode);
    tt_field_set(instr, TT_F_FIN_BINARY, f->binary);
}

static void set_master(uint64_t *instr, const result_t *r, uint32_t first_column, uint32_t columns) {
    const uint32_t row = blocks_of(r->cols) * MASTER_BLOCK_BEATS;
    const uint32_t walked = columns * MASTER_BLOCK_BEATS;
    tt_field_set(instr, TT_F_FIN_MASTER, 1);
    tt_field_set(instr, TT_F_FIN_AUX_ADDR,
                 r->finish->master_addr + BEAT_BYTES * first_column * MASTER_BLOCK_BEATS);
    tt_field_set(instr, TT_F_FIN_AUX_STEP_PAGES, r->finish->aux_step_pages);
    tt_field_set(instr, TT_F_FIN_L2_AUX_JUMP, jump_of(row, walked));
}

static void set_aux(uint64_t *instr, const tt_finish_t *f, uint32_t first_column, uint32_t columns) {
    uint32_t row;
    uint32_t column;
    if (f->aux_kind == TT_AUX_NONE || f->aux_kind == TT_AUX_MASTER)
        return;
    block_strides(&f->aux, f->aux_transpose, &row, &column);
    tt_field_set(instr, TT_F_FIN_AUX_KIND, (uint64_t)f->aux_kind);
    tt_field_set(instr, TT_F_FIN_AUX_NO_MASK, f->aux.maskless);
    tt_field_set(instr, TT_F_FIN_AUX_RADIX3, f->aux.radix == 3u);
    tt_field_set(instr, TT_F_FIN_AUX_PLANES, f->aux.planes);
    tt_field_set(instr, TT_F_FIN_AUX_TRANSPOSE, f->aux_transpose);
    tt_field_set(instr, TT_F_FIN_AUX_ADDR, f->aux.addr + BEAT_BYTES * first_column * column);
    tt_field_set(instr, TT_F_FIN_AUX_STEP_PAGES, f->aux_step_pages);
    tt_field_set(instr, TT_F_FIN_STE_LIMIT, (uint64_t)(int64_t)f->ste_limit);
    tt_field_set(instr, TT_F_FIN_L2_AUX_JUMP,
                 jump_of(row, walk_of(columns, column)) - beats_per_block(&f->aux));
    tt_field_set(instr, TT_F_FIN_L0_AUX_JUMP, column - beats_per_block(&f->aux));
}

static void set_destination(uint64_t *instr, const result_t *r, uint32_t first_column, uint32_t columns) {
    const tt_finish_t *f = r->finish;
    uint32_t row = blocks_of(r->cols) * INT32_BLOCK_BEATS;
    uint32_t column = INT32_BLOCK_BEATS;
    const uint32_t beats = f->to_int32 ? INT32_BLOCK_BEATS : beats_per_block(&f->out);
    uint32_t addr = f->int32_addr;
    if (!f->to_int32) {
        block_strides(&f->out, f->out_transpose, &row, &column);
        addr = f->out.addr;
        tt_field_set(instr, TT_F_FIN_OUT_NO_MASK, f->out.maskless);
        tt_field_set(instr, TT_F_FIN_OUT_RADIX3, f->out.radix == 3u);
        tt_field_set(instr, TT_F_FIN_OUT_PLANES, f->out.planes);
        tt_field_set(instr, TT_F_FIN_OUT_TRANSPOSE, f->out_transpose);
    }
    tt_field_set(instr, TT_F_FIN_OUT_INT32, f->to_int32);
    tt_field_set(instr, TT_F_FIN_WRITE_OFF, f->write_off);
    tt_field_set(instr, TT_F_FIN_DST_ADDR, addr + BEAT_BYTES * first_column * column);
    tt_field_set(instr, TT_F_FIN_DST_STEP_PAGES, f->dst_step_pages);
    tt_field_set(instr, TT_F_FIN_L2_DST_JUMP, jump_of(row, walk_of(columns, column)) - beats);
    tt_field_set(instr, TT_F_FIN_L0_DST_JUMP, column - beats);
}

uint64_t *tt_prog_emit_finish(tt_prog_t *prog, uint32_t opcode, const result_t *r, uint32_t first_column,
                              uint32_t columns) {
    const tt_finish_t *f = r->finish;
    const bool last = first_column + columns == blocks_of(r->cols);
    uint64_t *instr = tt_prog_emit(prog, opcode);
    uint64_t lo;
    uint64_t hi;
    if (instr == NULL)
        return NULL;
    set_destination(instr, r, first_column, columns);
    if (!f->to_int32) {
        set_rounding(instr, f);
        set_aux(instr, f, first_column, columns);
        if (f->aux_kind == TT_AUX_MASTER)
            set_master(instr, r, first_column, columns);
    }
    if (f->slot >= 0) {
        tt_field_set(instr, TT_F_FIN_SLOT, (uint64_t)f->slot);
        tt_field_set(instr, TT_F_FIN_SLOT_USE, f->slot_use);
        tt_field_set(instr, TT_F_FIN_SLOT_OBSERVE, f->slot_observe);
        tt_field_set(instr, TT_F_FIN_SLOT_COMMIT, f->slot_commit && last);
    }
    tt_field_set(instr, TT_F_FIN_PUSH_LOAD, 1);
    tt_field_set(instr, TT_F_FIN_ROWS_LAST, (r->rows - 1u) % TT_BLOCK + 1u);
    tt_field_set(instr, TT_F_FIN_COLS_LAST, last ? (r->cols - 1u) % TT_BLOCK + 1u : TT_BLOCK);
    tt_field_set(instr, TT_F_FIN_L2_LAST, blocks_of(r->rows) - 1u);
    tt_field_set(instr, TT_F_FIN_L0_LAST, columns - 1u);
    tt_prog_result_span(r, &lo, &hi);
    tt_prog_note_finish(prog, lo, hi);
    tt_prog_master_span(r, &lo, &hi);
    tt_prog_note_write(prog, lo, hi);
    return instr;
}
