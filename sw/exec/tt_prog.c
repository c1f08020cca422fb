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
#include "tt_exec.h"

#include "tt_isa.h"

#define BEAT_BYTES 8u
#define INT32_BLOCK_BEATS 32u
#define MASTER_BLOCK_BEATS 16u
#define MAX16 0xFFFFu
#define JUMP_LIMIT (UINT32_C(1) << 23) /* jumps are signed 24-bit beats */
#define COMPACT_COUNT 1024u
#define COUNT_OF(array) ((uint32_t)(sizeof(array) / sizeof(array)[0]))

typedef struct tt_prog_region region_t;

/* An operand as it is used: block rows along the result, block columns along the contraction. */
typedef struct {
    const tt_operand_t *operand;
    uint32_t rows, depth; /* elements */
    uint32_t row_blocks, depth_blocks;
    uint32_t block_beats;
    uint32_t row_stride, depth_stride; /* beats from block to block */
} view_t;

/* How block rows of a view lie in a buffer: plane p of depth block d of a row is the block-word (lane) p * plane_words + ... */
typedef struct {
    uint32_t first, count;        /* block rows */
    uint32_t first_depth, depths; /* depth blocks */
    uint32_t depth_lanes;         /* lanes from one depth block to the next */
    uint32_t plane_words, row_words;
} layout_t;

typedef struct {
    view_t a, b;
    layout_t a_layout, b_layout;
    uint32_t depth; /* contraction length of EXEC */
    uint32_t columns, a_column_words,
        b_column_words; /* result block columns and what each adds to the addresses */
    uint32_t first_column;
    bool radix3;
} job_t;

/* A result: C (rows, cols) and what becomes of it. */
typedef struct {
    uint32_t rows, cols;
    const tt_finish_t *finish;
} result_t;

typedef struct {
    uint32_t finishes, a, b;
} pops_t;

/* Where a job's chunks go in buffer A, and the tokens that must have been popped before. */
typedef struct {
    uint32_t base, slots, group; /* group: chunks per LOAD */
    uint32_t before;             /* chunks of earlier jobs */
    uint32_t finishes, chunks;
} ring_t;

static uint32_t blocks_of(uint32_t elements) { return elements / TT_BLOCK + (elements % TT_BLOCK != 0u); }

static uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

static uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

static uint32_t beats_per_block(const tt_tensor_t *tensor) {
    return tensor->planes * (tensor->maskless ? 1u : 2u);
}

static uint32_t lanes_per_word(const tt_prog_t *prog) { return prog->config.k / TT_BLOCK; }

/* Iterations of a loop, beats of a run, elements of a contraction. */
static uint32_t count_limit(const tt_prog_t *prog) {
    return prog->config.compact != 0u ? COMPACT_COUNT : MAX16;
}

/* Lane addresses have 16 bits. */
static uint32_t usable_depth(const tt_prog_t *prog, uint32_t depth) {
    return smaller(depth, (MAX16 + 1u) / lanes_per_word(prog));
}

void tt_prog_init(tt_prog_t *prog, const tt_config_t *config, uint64_t *words, uint32_t capacity) {
    const tt_prog_t empty = {.config = *config, .words = words, .capacity = capacity};
    *prog = empty;
}

/* ---- checks ---- */

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

/* The index of {-1, +1} moves by half of what the value does. */
static int32_t shift_of(const tt_finish_t *f) {
    return f->shift - (f->binary && f->aux_kind != TT_AUX_MASTER ? 1 : 0);
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

static tt_status_t result_check(const tt_prog_t *prog, const result_t *r) {
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

static tt_status_t view_init(const tt_prog_t *prog, view_t *view, const tt_operand_t *operand) {
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

static void result_span(const result_t *r, uint64_t *lo, uint64_t *hi) {
    const tt_finish_t *f = r->finish;
    *lo = f->to_int32 ? f->int32_addr : f->out.addr;
    *hi = *lo + (f->to_int32 ? tt_int32_bytes(r->rows, r->cols) : tt_tensor_bytes(&f->out));
    if (f->write_off)
        *hi = *lo;
}

/* The master weights that it writes; an empty span if none. */
static void master_span(const result_t *r, uint64_t *lo, uint64_t *hi) {
    const tt_finish_t *f = r->finish;
    *lo = *hi = 0;
    if (f->to_int32 || f->write_off || f->aux_kind != TT_AUX_MASTER)
        return;
    *lo = f->master_addr;
    *hi = *lo + tt_master_bytes(r->rows, r->cols);
}

static bool overwrites(const result_t *r, const tt_tensor_t *t) {
    const uint64_t end = t->addr + (uint64_t)tt_tensor_bytes(t);
    uint64_t lo;
    uint64_t hi;
    result_span(r, &lo, &hi);
    if (lo < end && t->addr < hi)
        return true;
    master_span(r, &lo, &hi);
    return lo < end && t->addr < hi;
}

/* The result lies exactly in the operand's place, so that a block row is written after it has been read. */
static bool in_place(const result_t *r, const tt_operand_t *a) {
    const tt_finish_t *f = r->finish;
    const tt_tensor_t *t = &a->tensor;
    return !f->to_int32 && !f->out_transpose && !a->transpose && f->out.addr == t->addr &&
           f->out.rows == t->rows && f->out.cols == t->cols && f->out.planes == t->planes &&
           f->out.maskless == t->maskless && f->dst_step_pages == a->step_pages;
}

/* ---- emission ---- */

static uint64_t *emit(tt_prog_t *prog, uint32_t opcode) {
    if (prog->count == prog->capacity)
        return NULL;
    uint64_t *instr = prog->words + (size_t)TT_ISA_WORDS * prog->count++;
    for (uint32_t w = 0; w < TT_ISA_WORDS; w++)
        instr[w] = 0;
    tt_field_set(instr, TT_F_OPCODE, opcode);
    return instr;
}

/* A jump of a loop that moves an address by `stride`, when the loops inside of it, or the run, have moved it by `walked`. Fields drop
 * the bits that a negative one has too many. */
static uint32_t jump_of(uint32_t stride, uint32_t walked) { return stride - walked; }

/* What a loop has moved an address by when it ends. */
static uint32_t walk_of(uint32_t count, uint32_t stride) { return (count - 1u) * stride; }

/* A LOAD that pops; what does not fit its fields goes into LOADs without data before it. */
static uint64_t *emit_load(tt_prog_t *prog, pops_t pops) {
    for (;;) {
        const pops_t now = {smaller(pops.finishes, 255u),
                            smaller(pops.a, prog->config.compact != 0u ? 255u : MAX16),
                            smaller(pops.b, 255u)};
        uint64_t *instr = emit(prog, TT_OP_LOAD);
        if (instr == NULL)
            return NULL;
        tt_field_set(instr, TT_F_LOAD_POP_FINISH, now.finishes);
        tt_field_set(instr, TT_F_LOAD_POP_A, now.a);
        tt_field_set(instr, TT_F_LOAD_POP_B, now.b);
        prog->state.finishes_popped += now.finishes;
        prog->state.a_popped += now.a;
        prog->state.b_popped += now.b;
        pops.finishes -= now.finishes;
        pops.a -= now.a;
        pops.b -= now.b;
        if (pops.finishes == 0u && pops.a == 0u && pops.b == 0u)
            return instr;
        tt_field_set(instr, TT_F_LOAD_TOKENS_ONLY, 1);
    }
}

static uint32_t missing(uint32_t wanted, uint32_t popped) { return wanted > popped ? wanted - popped : 0u; }

/* Claims [lo, lo + words) and returns how many tokens must have been popped before it may be written. */
static uint32_t region_claim(region_t *regions, uint32_t *n, uint32_t capacity, uint32_t lo, uint32_t words,
                             uint32_t until) {
    uint32_t wanted = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < *n; i++) {
        const bool overlaps = regions[i].lo < lo + words && lo < regions[i].hi;
        const bool must_go = i == 0u && *n == capacity; /* the oldest makes room in the table */
        if (overlaps || must_go)
            wanted = larger(wanted, regions[i].until);
        else
            regions[kept++] = regions[i];
    }
    regions[kept].lo = lo;
    regions[kept].hi = lo + words;
    regions[kept].until = until;
    *n = kept + 1u;
    return wanted;
}

static uint32_t writes_before(const tt_prog_t *prog, const tt_tensor_t *t) {
    const uint64_t end = t->addr + (uint64_t)tt_tensor_bytes(t);
    uint32_t wanted = 0;
    for (uint32_t i = 0; i < prog->state.n_writes; i++)
        if (prog->state.writes[i].lo < end && t->addr < prog->state.writes[i].hi)
            wanted = larger(wanted, prog->state.writes[i].until);
    return wanted;
}

/* Notes that the last finish instruction writes [lo, hi). */
static void note_write(tt_prog_t *prog, uint64_t lo, uint64_t hi) {
    struct tt_prog_state *st = &prog->state;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < st->n_writes; i++) {
        const bool known = st->writes[i].until <= st->finishes_popped;
        const bool covered = lo <= st->writes[i].lo && st->writes[i].hi <= hi;
        if (!known && !covered)
            st->writes[kept++] = st->writes[i];
    }
    if (lo < hi &&
        kept == COUNT_OF(st->writes)) { /* the two oldest become one, with the later of their tokens */
        st->writes[1].lo = st->writes[0].lo < st->writes[1].lo ? st->writes[0].lo : st->writes[1].lo;
        st->writes[1].hi = st->writes[0].hi > st->writes[1].hi ? st->writes[0].hi : st->writes[1].hi;
        kept--;
        for (uint32_t i = 0; i < kept; i++)
            st->writes[i] = st->writes[i + 1u];
    }
    if (lo < hi) {
        st->writes[kept].lo = lo;
        st->writes[kept].hi = hi;
        st->writes[kept++].until = st->finishes;
    }
    st->n_writes = kept;
}

/* Notes a finish instruction just emitted, which writes [lo, hi). */
static void note_finish(tt_prog_t *prog, uint64_t lo, uint64_t hi) {
    prog->state.finishes++;
    note_write(prog, lo, hi);
}

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

/* The panel in storage order, so that its runs are long: one per stored block row. */
static tt_status_t emit_load_b(tt_prog_t *prog, const view_t *v, const layout_t *l, uint32_t buffer_word,
                               pops_t pops) {
    uint64_t *instr = emit_load(prog, pops);
    if (instr == NULL)
        return TT_NO_MEMORY;
    const uint32_t row_lanes = l->row_words * lanes_per_word(prog);
    const bool transpose = v->operand->transpose;
    const uint32_t outer = transpose ? l->depths : l->count; /* stored block rows, and blocks in each */
    const uint32_t inner = transpose ? l->count : l->depths;
    const uint32_t stride = transpose ? v->depth_stride : v->row_stride;
    set_load_common(prog, instr, v, l, l->first, buffer_word, inner, transpose ? row_lanes : l->depth_lanes);
    tt_field_set(instr, TT_F_LOAD_TARGET_B, 1);
    tt_field_set(instr, TT_F_LOAD_PUSH_B, 1);
    tt_field_set(instr, TT_F_LOAD_L1_LAST, outer - 1u);
    tt_field_set(instr, TT_F_LOAD_L1_JUMP, jump_of(stride, inner * v->block_beats));
    tt_field_set(instr, TT_F_LOAD_L1_BUF, transpose ? l->depth_lanes : row_lanes);
    return TT_OK;
}

/* `count` block rows from `first` on as so many chunks, into neighbouring ring slots. Depth blocks are a run where they are neighbours,
 * else a loop. */
static tt_status_t emit_load_a(tt_prog_t *prog, const view_t *v, const layout_t *l, uint32_t first,
                               uint32_t count, uint32_t buffer_word, pops_t pops) {
    uint64_t *instr = emit_load(prog, pops);
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

/* ---- a job: one panel ---- */

/* Ring slots for `chunks` chunks of `words`: all of them in half the buffer, or an even number that is loaded and freed by halves.
 * Half a buffer is left to the next job unless a chunk is so large that not two of them fit. 0: not even one fits. */
static uint32_t ring_slots(uint32_t depth, uint32_t words, uint32_t chunks) {
    const uint32_t in_half = depth / 2u / words;
    const uint32_t slots = in_half >= 2u || chunks <= in_half ? in_half : depth / words;
    if (chunks <= slots)
        return chunks;
    return slots < 2u ? slots : slots & ~1u;
}

static uint32_t ring_place(uint32_t *next, uint32_t words, uint32_t depth) {
    const uint32_t place = *next + words <= depth ? *next : 0u;
    *next = place + words;
    return place;
}

static tt_status_t job_load_b(tt_prog_t *prog, const job_t *job, uint32_t *b_base) {
    struct tt_prog_state *st = &prog->state;
    const uint32_t words = job->b_layout.count * job->b_layout.row_words;
    *b_base = ring_place(&st->b_next, words, usable_depth(prog, prog->config.b_depth));
    const uint32_t wanted = region_claim(st->b_regions, &st->n_b_regions, COUNT_OF(st->b_regions), *b_base,
                                         words, st->b_panels + 1u);
    const pops_t pops = {missing(writes_before(prog, &job->b.operand->tensor), st->finishes_popped), 0,
                         missing(wanted, st->b_popped)};
    st->b_panels++;
    return emit_load_b(prog, &job->b, &job->b_layout, *b_base, pops);
}

/* Space for the job's chunks, claimed before its FINISH is noted. */
static ring_t ring_claim(tt_prog_t *prog, const job_t *job) {
    struct tt_prog_state *st = &prog->state;
    const layout_t *l = &job->a_layout;
    const uint32_t depth = usable_depth(prog, prog->config.a_depth);
    ring_t ring = {.slots = ring_slots(depth, l->row_words, l->count), .before = st->a_chunks};
    const uint32_t words = ring.slots * l->row_words;
    ring.group = ring.slots < l->count && ring.slots > 1u ? ring.slots / 2u : ring.slots;
    ring.base = ring_place(&st->a_next, words, depth);
    ring.finishes = writes_before(prog, &job->a.operand->tensor);
    st->a_chunks += l->count;
    ring.chunks = region_claim(st->a_regions, &st->n_a_regions, COUNT_OF(st->a_regions), ring.base, words,
                               st->a_chunks);
    return ring;
}

/* LOADs of the chunks from `done` up to `end`, a group each. */
static tt_status_t job_load_a(tt_prog_t *prog, const job_t *job, const ring_t *ring, uint32_t done,
                              uint32_t end) {
    const layout_t *l = &job->a_layout;
    tt_status_t status = TT_OK;
    for (; done < end && status == TT_OK; done += ring->group) {
        const uint32_t count = smaller(ring->group, l->count - done);
        uint32_t wanted = ring->chunks;
        if (done + count > ring->slots) /* the slots' earlier chunks must have been read */
            wanted = larger(wanted, ring->before + done + count - ring->slots);
        const pops_t pops = {missing(ring->finishes, prog->state.finishes_popped),
                             missing(wanted, prog->state.a_popped), 0};
        const uint32_t place = ring->base + done % ring->slots * l->row_words;
        status = emit_load_a(prog, &job->a, l, l->first + done, count, place, pops);
    }
    return status;
}

static tt_status_t job_exec(tt_prog_t *prog, const job_t *job, const ring_t *ring, uint32_t b_base) {
    uint64_t *instr = emit(prog, TT_OP_EXEC);
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

/* ---- finish ---- */

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
    if (!reads_planes(f))
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

/* FINISH or ELEMENTWISE of `columns` block columns of the result from first_column on. */
static uint64_t *emit_finish(tt_prog_t *prog, uint32_t opcode, const result_t *r, uint32_t first_column,
                             uint32_t columns) {
    const tt_finish_t *f = r->finish;
    const bool last = first_column + columns == blocks_of(r->cols);
    uint64_t *instr = emit(prog, opcode);
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
    result_span(r, &lo, &hi);
    note_finish(prog, lo, hi);
    master_span(r, &lo, &hi);
    note_write(prog, lo, hi);
    return instr;
}

/* EXEC and FINISH stand before the LOADs that wait for chunks of this EXEC, because only a few LOADs are fetched ahead (docs/isa.md). */
static tt_status_t job_run(tt_prog_t *prog, const job_t *job, const result_t *r) {
    uint32_t b_base = 0;
    const ring_t ring = ring_claim(prog, job);
    const uint32_t free_chunks = smaller(ring.slots, job->a_layout.count);
    tt_status_t status = job_load_b(prog, job, &b_base);
    if (status == TT_OK)
        status = job_load_a(prog, job, &ring, 0, free_chunks);
    if (status == TT_OK)
        status = job_exec(prog, job, &ring, b_base);
    if (status == TT_OK && emit_finish(prog, TT_OP_FINISH, r, job->first_column, job->columns) == NULL)
        status = TT_NO_MEMORY;
    if (status == TT_OK)
        status = job_load_a(prog, job, &ring, free_chunks, job->a_layout.count);
    return status;
}

/* ---- operations ---- */

/* Block rows of B in one panel: all if they fit, else half the buffer's worth, so that the next panel loads meanwhile. */
static uint32_t panel_rows(uint32_t depth, uint32_t row_words, uint32_t row_blocks) {
    if ((uint64_t)row_blocks * row_words <= depth)
        return row_blocks;
    return depth / 2u >= row_words ? depth / 2u / row_words : depth / row_words;
}

static bool sums_fit(const tt_prog_t *prog, uint32_t depth, const tt_tensor_t *a, const tt_tensor_t *b) {
    const uint64_t largest = (uint64_t)depth * (uint64_t)tt_tensor_limit(a) * (uint64_t)tt_tensor_limit(b);
    return largest < UINT64_C(1) << (prog->config.w_acc - 1u);
}

static tt_status_t matmul_check(const tt_prog_t *prog, job_t *job, const tt_operand_t *a,
                                const tt_operand_t *b, result_t *r) {
    const tt_tensor_t *ta = &a->tensor;
    const tt_tensor_t *tb = &b->tensor;
    const tt_status_t a_status = view_init(prog, &job->a, a);
    const tt_status_t b_status = view_init(prog, &job->b, b);
    if (a_status == TT_BAD_ARG || b_status == TT_BAD_ARG || job->a.depth != job->b.depth ||
        (ta->planes > 1u && tb->planes > 1u && ta->radix != tb->radix))
        return TT_BAD_ARG;
    if (a_status != TT_OK || b_status != TT_OK || !sums_fit(prog, job->a.depth, ta, tb))
        return TT_TOO_LARGE;
    if (prog->config.compact != 0u && ta->maskless && tb->maskless && job->a.depth % TT_BLOCK != 0u)
        return TT_TOO_LARGE; /* no mask ends the contraction inside a block */
    r->rows = job->a.rows;
    r->cols = job->b.rows;
    return result_check(prog, r);
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
    if ((overwrites(&result, &b->tensor) && panel < job.b.row_blocks) ||
        (overwrites(&result, &a->tensor) && (panel < job.b.row_blocks || !in_place(&result, a))))
        return TT_BAD_ARG;
    job.depth = job.a.depth;
    job.b_column_words = job.b_layout.row_words;
    job.radix3 = (a->tensor.planes > 1u ? a->tensor.radix : b->tensor.radix) == 3u;
    for (uint32_t first = 0; first < job.b.row_blocks && status == TT_OK; first += panel) {
        job.columns = smaller(panel, job.b.row_blocks - first);
        job.first_column = first;
        job.b_layout.first = first;
        job.b_layout.count = job.columns;
        status = job_run(prog, &job, &result);
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
    const tt_status_t status = result_check(prog, &result);
    if (status != TT_OK)
        return status;
    const uint32_t row_beats = blocks_of(cols) * INT32_BLOCK_BEATS;
    const uint32_t limit = count_limit(prog);
    if (blocks_of(rows) > limit || blocks_of(cols) > limit || row_beats >= JUMP_LIMIT)
        return TT_TOO_LARGE;
    uint64_t *instr = emit_finish(prog, TT_OP_ELEMENTWISE, &result, 0, blocks_of(cols));
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
    tt_status_t status = view_init(prog, &job.a, operand);
    if (status != TT_OK)
        return status;
    status = view_init(prog, &job.b, &identity);
    if (status != TT_OK)
        return status;
    result.rows = job.a.rows;
    result.cols = job.a.depth;
    status = result_check(prog, &result);
    if (status != TT_OK)
        return status;
    const uint32_t planes = operand->tensor.planes;
    const uint32_t room = usable_depth(prog, prog->config.a_depth) / 2u / planes;
    if (room == 0u)
        return TT_TOO_LARGE;
    if (overwrites(&result, &identity.tensor) ||
        (overwrites(&result, &operand->tensor) && !in_place(&result, operand)))
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
    uint64_t *instr = emit(prog, opcode);
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
    note_finish(prog, addr, addr);
    return TT_OK;
}

tt_status_t tt_prog_state_store(tt_prog_t *prog, uint32_t addr) {
    if (addr % BEAT_BYTES != 0u)
        return TT_BAD_ARG;
    uint64_t *instr = emit_state(prog, TT_OP_STATE_STORE);
    if (instr == NULL)
        return TT_NO_MEMORY;
    tt_field_set(instr, TT_F_STATE_STORE_ADDR, addr);
    note_finish(prog, addr, addr + tt_state_bytes(&prog->config));
    return TT_OK;
}

tt_status_t tt_prog_end(tt_prog_t *prog) {
    struct tt_prog_state *st = &prog->state;
    const pops_t pops = {st->finishes - st->finishes_popped, st->a_chunks - st->a_popped,
                         st->b_panels - st->b_popped};
    st->n_a_regions = 0;
    st->n_b_regions = 0;
    st->n_writes = 0;
    uint64_t *instr = emit_load(prog, pops);
    if (instr == NULL)
        return TT_NO_MEMORY;
    tt_field_set(instr, TT_F_LOAD_TOKENS_ONLY, 1);
    return TT_OK;
}

uint64_t tt_prog_ideal_cycles(const tt_prog_t *prog) {
    return prog->state.plane_macs / ((uint64_t)prog->config.m * prog->config.n * prog->config.k);
}
