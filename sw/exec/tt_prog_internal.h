/* SPDX-License-Identifier: Apache-2.0
 * What the parts of the program builder share: an operand as it is walked, its layout in a buffer, a job (one panel), and the functions
 * that check, load, execute and finish. Sizes of buffers are block-words, of memory beats, unless a name says otherwise. Functions
 * that emit return NULL or TT_NO_MEMORY when the caller's list is full. Internal to sw/exec. */
#ifndef TT_PROG_INTERNAL_H
#define TT_PROG_INTERNAL_H

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

/* Where a job's chunks go in buffer A, and what they wait for. */
typedef struct {
    uint32_t base, slots, group; /* group: most chunks of a LOAD */
    uint32_t before;             /* chunks of earlier jobs */
    uint32_t finishes;           /* tokens that must have been popped before */
} ring_t;

static inline uint32_t blocks_of(uint32_t elements) {
    return elements / TT_BLOCK + (elements % TT_BLOCK != 0u);
}

static inline uint32_t smaller(uint32_t a, uint32_t b) { return a < b ? a : b; }

static inline uint32_t larger(uint32_t a, uint32_t b) { return a > b ? a : b; }

/* The index of {-1, +1} moves by half of what the value does. */
static inline int32_t shift_of(const tt_finish_t *f) {
    return f->shift - (f->binary && f->aux_kind != TT_AUX_MASTER ? 1 : 0);
}

static inline uint32_t beats_per_block(const tt_tensor_t *tensor) {
    return tensor->planes * (tensor->maskless ? 1u : 2u);
}

static inline uint32_t lanes_per_word(const tt_prog_t *prog) { return prog->config.k / TT_BLOCK; }

/* Iterations of a loop, beats of a run, elements of a contraction. */
static inline uint32_t count_limit(const tt_prog_t *prog) {
    return prog->config.compact != 0u ? COMPACT_COUNT : MAX16;
}

/* Lane addresses have 16 bits. */
static inline uint32_t usable_depth(const tt_prog_t *prog, uint32_t depth) {
    return smaller(depth, (MAX16 + 1u) / lanes_per_word(prog));
}

/* A jump of a loop that moves an address by `stride`, when the loops inside of it, or the run, have moved it by `walked`. Fields drop
 * the bits that a negative one has too many. */
static inline uint32_t jump_of(uint32_t stride, uint32_t walked) { return stride - walked; }

/* What a loop has moved an address by when it ends. */
static inline uint32_t walk_of(uint32_t count, uint32_t stride) { return (count - 1u) * stride; }

/* Tokens that are still to be popped. */
static inline uint32_t missing(uint32_t wanted, uint32_t popped) {
    return wanted > popped ? wanted - popped : 0u;
}

/* ---- checks ---- */

/* TT_BAD_ARG: fields that disagree or are out of range; TT_TOO_LARGE: beyond what a loop, a jump or the configuration holds. */
tt_status_t tt_prog_result_check(const tt_prog_t *prog, const result_t *r);
tt_status_t tt_prog_view_init(const tt_prog_t *prog, view_t *view, const tt_operand_t *operand);
/* Bytes [lo, hi) that the result is written to; none with write_off. */
void tt_prog_result_span(const result_t *r, uint64_t *lo, uint64_t *hi);
/* The master weights that it writes; an empty span if none. */
void tt_prog_master_span(const result_t *r, uint64_t *lo, uint64_t *hi);
bool tt_prog_overwrites(const result_t *r, const tt_tensor_t *t);
/* The result lies exactly in the operand's place, so that a block row is written after it has been read. */
bool tt_prog_in_place(const result_t *r, const tt_operand_t *a);
/* Sums over `depth` products of both operands' largest values fit the accumulators. */
bool tt_prog_sums_fit(const tt_prog_t *prog, uint32_t depth, const tt_tensor_t *a, const tt_tensor_t *b);

/* ---- emission and tokens ---- */

uint64_t *tt_prog_emit(tt_prog_t *prog, uint32_t opcode);
/* A LOAD that pops; what does not fit its fields goes into LOADs without data before it. */
uint64_t *tt_prog_emit_load(tt_prog_t *prog, pops_t pops);
/* Claims [lo, lo + words) and returns how many tokens must have been popped before it may be written. */
uint32_t tt_prog_region_claim(region_t *regions, uint32_t *n, uint32_t capacity, uint32_t lo, uint32_t words,
                              uint32_t until);
/* FINISH tokens that must have been popped before the tensor may be read. */
uint32_t tt_prog_writes_before(const tt_prog_t *prog, const tt_tensor_t *t);
/* Notes a finish instruction just emitted, which writes [lo, hi). */
void tt_prog_note_finish(tt_prog_t *prog, uint64_t lo, uint64_t hi);
/* Notes that the last finish instruction writes [lo, hi), too. */
void tt_prog_note_write(tt_prog_t *prog, uint64_t lo, uint64_t hi);

/* ---- loads ---- */

/* Where in buffer B the next panel of `words` begins: beside the latest one, or sharing as few words with it as can be, so that as
 * much of it as can be is loaded while that is in use; of such places the one that has been free for longest. What is shared lies at
 * one end of either if all panels are placed so. */
uint32_t tt_prog_panel_base(const tt_prog_t *prog, uint32_t words);
/* A job's panel, which becomes the latest: its block rows [late, late + lates) lie where the one before lies. */
typedef struct {
    uint32_t base, late, lates;
} place_t;
place_t tt_prog_panel_place(tt_prog_t *prog, const job_t *job);
/* LOAD of `count` block rows of the panel from `first` on; push: they are the last. */
tt_status_t tt_prog_job_load_b(tt_prog_t *prog, const job_t *job, const place_t *place, uint32_t first,
                               uint32_t count, bool push);
/* Space for the job's chunks; before its FINISH is noted. */
ring_t tt_prog_ring_place(tt_prog_t *prog, const job_t *job);
/* LOADs of the chunks from `done` up to `end`. Each claims its slots for itself, so that the next job begins as soon as the first of
 * them are free. */
tt_status_t tt_prog_job_load_a(tt_prog_t *prog, const job_t *job, const ring_t *ring, uint32_t done,
                               uint32_t end);

/* ---- finish ---- */

/* FINISH or ELEMENTWISE of `columns` block columns of the result from first_column on. */
uint64_t *tt_prog_emit_finish(tt_prog_t *prog, uint32_t opcode, const result_t *r, uint32_t first_column,
                              uint32_t columns);
/* ---- plans ---- */

/* A product as it is run: its panels, and cycles that they are estimated to take. */
typedef struct {
    job_t job; /* but for the panel's first_column, columns and block rows of B */
    result_t result;
    uint32_t panels;
    uint64_t cycles;
} plan_t;

/* Block columns of panel i: as even as can be. */
static inline uint32_t panel_columns(const plan_t *plan, uint32_t i) {
    const uint32_t blocks = plan->job.b.row_blocks;
    return blocks / plan->panels + (i < blocks % plan->panels ? 1u : 0u);
}

/* Chooses the number of panels. finish is kept; TT_BAD_ARG and TT_TOO_LARGE as tt_prog_matmul. */
tt_status_t tt_prog_plan(const tt_prog_t *prog, plan_t *plan, const tt_operand_t *a, const tt_operand_t *b,
                         const tt_finish_t *finish);

#endif
