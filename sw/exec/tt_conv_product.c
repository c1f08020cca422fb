/* SPDX-License-Identifier: Apache-2.0
 * What the products of a convolution share: checks, LOAD nests, EXEC and FINISH with an inner loop over the rows of a chunk. */
#include "tt_conv_internal.h"

#define SIDE_MAX 1024u /* steps of coordinates have 12 bits */
#define SLOTS_MAX 16u /* the table of regions holds all LOADs before an EXEC, none of which may wait for it */

/* ---- geometry and checks ---- */

static uint32_t out_side(const tt_conv_t *c, uint32_t side) {
    const uint32_t padded = side + 2u * c->padding;
    return c->stride == 0u || padded < c->kernel ? 0u : (padded - c->kernel) / c->stride + 1u;
}

uint32_t tt_conv_out_height(const tt_conv_t *conv) { return out_side(conv, conv->height); }

uint32_t tt_conv_out_width(const tt_conv_t *conv) { return out_side(conv, conv->width); }

/* Pairs of an output pixel and a tap on the map, along one side. */
static uint64_t taps_on_side(const tt_conv_t *c, uint32_t side) {
    uint64_t taps = 0;
    for (uint32_t o = 0; o < out_side(c, side); o++)
        for (uint32_t k = 0; k < c->kernel; k++)
            taps += o * c->stride + k >= c->padding && o * c->stride + k - c->padding < side;
    return taps;
}

uint64_t tt_conv_macs(const tt_conv_t *conv) {
    return taps_on_side(conv, conv->height) * taps_on_side(conv, conv->width) * conv->batch *
           conv->in_channels * conv->out_channels;
}

void tt_conv_credit(tt_prog_t *prog, const tt_conv_t *conv, const tt_operand_t *a, const tt_operand_t *b) {
    prog->state.plane_macs += tt_conv_macs(conv) * a->tensor.planes * b->tensor.planes;
}

void tt_conv_shape(const tt_conv_t *conv, conv_role_t role, uint32_t *rows, uint32_t *cols) {
    *rows = conv->height * conv->width * conv->batch;
    *cols = conv->in_channels;
    if (role == CONV_OUT) {
        *rows = tt_conv_out_height(conv) * tt_conv_out_width(conv) * conv->batch;
        *cols = conv->out_channels;
    } else if (role == CONV_WEIGHTS) {
        *rows = conv->out_channels;
        *cols = conv->kernel * conv->kernel * conv->in_channels;
    }
}

conv_map_t tt_conv_map(const tt_conv_t *conv, conv_role_t role, const tt_operand_t *operand) {
    const bool out = role == CONV_OUT;
    conv_map_t map = {.operand = operand,
                      .height = out ? tt_conv_out_height(conv) : conv->height,
                      .width = out ? tt_conv_out_width(conv) : conv->width,
                      .sample_blocks = conv->batch / TT_BLOCK,
                      .channel_blocks = (out ? conv->out_channels : conv->in_channels) / TT_BLOCK};
    map.pixel = map.sample_blocks * map.channel_blocks;
    map.line = map.width * map.pixel;
    return map;
}

static bool conv_ok(const tt_conv_t *c) {
    return c->batch > 0u && c->batch % TT_BLOCK == 0u && c->height > 0u && c->height <= SIDE_MAX &&
           c->width > 0u && c->width <= SIDE_MAX && c->in_channels > 0u && c->in_channels % TT_BLOCK == 0u &&
           c->out_channels > 0u && c->out_channels % TT_BLOCK == 0u && c->kernel >= 1u &&
           c->kernel <= TT_CONV_KERNEL_MAX && c->stride >= 1u && c->stride <= TT_CONV_STRIDE_MAX &&
           c->padding <= TT_CONV_PADDING_MAX && c->padding < c->kernel && tt_conv_out_height(c) > 0u &&
           tt_conv_out_width(c) > 0u;
}

/* Loops walk over a map with its padding, and over all weights. */
static bool walk_fits(const tt_conv_t *c, conv_role_t role, const tt_operand_t *operand) {
    const uint32_t border = 2u * TT_CONV_KERNEL_MAX;
    const uint32_t channels = role == CONV_OUT ? c->out_channels : c->in_channels;
    const uint64_t pixels = role == CONV_WEIGHTS
                                ? (uint64_t)c->kernel * c->kernel * c->out_channels
                                : (uint64_t)(c->height + border) * (c->width + border) * c->batch;
    return pixels / TT_BLOCK * (channels / TT_BLOCK) <= JUMP_LIMIT / beats_per_block(&operand->tensor);
}

static bool operand_ok(const tt_conv_t *conv, conv_role_t role, const tt_operand_t *operand) {
    uint32_t rows;
    uint32_t cols;
    tt_conv_shape(conv, role, &rows, &cols);
    return !operand->transpose && operand->tensor.rows == rows && operand->tensor.cols == cols;
}

/* So do those of the result and of what it is made from. */
static bool result_walk_fits(const result_t *r) {
    const tt_finish_t *f = r->finish;
    const uint32_t beats = f->to_int32 ? INT32_BLOCK_BEATS
                           : f->aux_kind == TT_AUX_NONE
                               ? beats_per_block(&f->out)
                               : larger(beats_per_block(&f->out), beats_per_block(&f->aux));
    return (uint64_t)blocks_of(r->rows) * blocks_of(r->cols) <= JUMP_LIMIT / beats;
}

tt_status_t tt_conv_check(const tt_prog_t *prog, const tt_conv_t *conv, conv_role_t a_role,
                          const tt_operand_t *a, conv_role_t b_role, const tt_operand_t *b,
                          const result_t *r) {
    const tt_tensor_t *ta = &a->tensor;
    const tt_tensor_t *tb = &b->tensor;
    view_t view;
    if (!conv_ok(conv) || !operand_ok(conv, a_role, a) || !operand_ok(conv, b_role, b) ||
        (ta->planes > 1u && tb->planes > 1u && ta->radix != tb->radix) ||
        r->finish->aux_kind == TT_AUX_MASTER)
        return TT_BAD_ARG;
    const tt_status_t a_status = tt_prog_view_init(prog, &view, a);
    const tt_status_t b_status = tt_prog_view_init(prog, &view, b);
    if (a_status == TT_BAD_ARG || b_status == TT_BAD_ARG)
        return TT_BAD_ARG;
    const tt_status_t status = tt_prog_result_check(prog, r);
    if (status != TT_OK)
        return status;
    if (tt_prog_overwrites(r, ta) || tt_prog_overwrites(r, tb))
        return TT_BAD_ARG;
    return prog->config.compact != 0u || a_status != TT_OK || b_status != TT_OK ||
                   !walk_fits(conv, a_role, a) || !walk_fits(conv, b_role, b) || !result_walk_fits(r)
               ? TT_TOO_LARGE
               : TT_OK;
}

/* ---- loads ---- */

/* Chunks of A go round all of buffer A, or, if they do not fill it, lie behind those of the product before. */
typedef struct {
    uint32_t base, slots, group; /* group: most chunks of a LOAD */
    uint32_t before;             /* chunks of earlier products */
    uint32_t finishes;           /* that write what is to be loaded */
} conv_ring_t;

/* Jumps from what each loop moves: a loop that goes on takes back what the loops inside of it, or the run, have walked. */
static void set_loops(uint64_t *instr, const conv_nest_t *n, uint32_t block_beats) {
    static const unsigned buf[CONV_LOOPS][3] = {
        {TT_F_LOAD_L1_BUF}, {TT_F_LOAD_L2_BUF}, {TT_F_LOAD_L3_BUF}, {TT_F_LOAD_L4_BUF}};
    uint32_t blocks = n->run_blocks;
    uint32_t lanes = 0;
    uint32_t y = 0;
    uint32_t x = 0;
    for (uint32_t j = 0; j < CONV_LOOPS;
         j++) { /* the four loops have the same fields in neighbouring words */
        const conv_loop_t *l = &n->loop[j];
        uint64_t *loop = instr + j;
        if (l->count <= 1u)
            continue;
        tt_field_set(loop, TT_F_LOAD_L1_LAST, l->count - 1u);
        tt_field_set(loop, TT_F_LOAD_L1_JUMP, jump_of(l->blocks, blocks) * block_beats);
        tt_field_set(loop, TT_F_LOAD_L1_Y, jump_of(l->y, y));
        tt_field_set(loop, TT_F_LOAD_L1_X, jump_of(l->x, x));
        tt_field_set(instr, buf[j][0], buf[j][1], buf[j][2], jump_of(l->lanes, lanes));
        blocks += walk_of(l->count, l->blocks);
        lanes += walk_of(l->count, l->lanes);
        y += walk_of(l->count, l->y);
        x += walk_of(l->count, l->x);
    }
}

uint64_t *tt_conv_emit_load(tt_prog_t *prog, const conv_nest_t *nest, uint32_t lane, pops_t pops) {
    const tt_tensor_t *t = &nest->operand->tensor;
    const uint32_t block_beats = beats_per_block(t);
    const uint32_t plane_lanes = nest->plane_words * lanes_per_word(prog);
    uint64_t *instr = tt_prog_emit_load(prog, pops);
    if (instr == NULL)
        return NULL;
    tt_field_set(instr, TT_F_LOAD_TARGET_B, nest->target_b);
    tt_field_set(instr, TT_F_LOAD_PUSH_B, nest->push_b);
    tt_field_set(instr, TT_F_LOAD_TRANSPOSE, nest->transpose);
    tt_field_set(instr, TT_F_LOAD_NO_MASK, t->maskless);
    tt_field_set(instr, TT_F_LOAD_PLANES, t->planes);
    tt_field_set(instr, TT_F_LOAD_ADDR, t->addr + BEAT_BYTES * block_beats * nest->first_block);
    tt_field_set(instr, TT_F_LOAD_STEP_PAGES, nest->operand->step_pages);
    tt_field_set(instr, TT_F_LOAD_RUN_LAST, nest->run_blocks * block_beats - 1u);
    tt_field_set(instr, TT_F_LOAD_Y0, nest->y);
    tt_field_set(instr, TT_F_LOAD_X0, nest->x);
    tt_field_set(instr, TT_F_LOAD_Y_LIMIT, nest->y_limit);
    tt_field_set(instr, TT_F_LOAD_X_LIMIT, nest->x_limit);
    tt_field_set(instr, TT_F_LOAD_BUF, lane);
    tt_field_set(instr, TT_F_LOAD_PLANE_JUMP, plane_lanes);
    tt_field_set(instr, TT_F_LOAD_BLOCK_JUMP, jump_of(nest->run_lanes, walk_of(t->planes, plane_lanes)));
    set_loops(instr, nest, block_beats);
    return instr;
}

uint32_t tt_conv_claim_panel(tt_prog_t *prog, const tt_operand_t *operand, uint32_t words, pops_t *pops) {
    struct tt_prog_state *st = &prog->state;
    const uint32_t base = tt_prog_panel_base(prog, words);
    const uint32_t wanted = tt_prog_region_claim(st->b_regions, &st->n_b_regions, COUNT_OF(st->b_regions),
                                                 base, words, st->b_panels + 1u);
    st->b_lo = base;
    st->b_hi = base + words;
    st->b_panels++;
    *pops = (pops_t){missing(tt_prog_writes_before(prog, &operand->tensor), st->finishes_popped), 0,
                     missing(wanted, st->b_popped)};
    return base;
}

/* LOADs of all chunks. One takes chunks of one tap and does not go round the ring. Each claims its slots for itself, so that the next
 * product begins as soon as the first of them are free. */
static tt_status_t load_chunks(tt_prog_t *prog, const conv_product_t *p, const conv_ring_t *ring) {
    struct tt_prog_state *st = &prog->state;
    uint32_t count;
    for (uint32_t done = 0; done < p->chunks; done += count) {
        const uint32_t tap_y = done / p->tap_chunks / p->taps_x;
        const uint32_t tap_x = done / p->tap_chunks % p->taps_x;
        const uint32_t slot = done % ring->slots;
        const uint32_t word = ring->base + slot * p->chunk_words;
        conv_nest_t nest = p->nest;
        conv_loop_t *chunks = &nest.loop[CONV_LOOPS - 1u];
        count = smaller(p->tap_chunks - done % p->tap_chunks, smaller(ring->group, ring->slots - slot));
        nest.first_block += tap_y * p->line + tap_x * p->pixel + done % p->tap_chunks * chunks->blocks;
        nest.y += tap_y;
        nest.x += tap_x;
        chunks->count = count;
        const uint32_t wanted =
            tt_prog_region_claim(st->a_regions, &st->n_a_regions, COUNT_OF(st->a_regions), word,
                                 count * p->chunk_words, ring->before + done + count);
        const pops_t pops = {missing(ring->finishes, st->finishes_popped), missing(wanted, st->a_popped), 0};
        if (tt_conv_emit_load(prog, &nest, word * lanes_per_word(prog), pops) == NULL)
            return TT_NO_MEMORY;
    }
    return TT_OK;
}

/* ---- execute and finish ---- */

static tt_status_t emit_exec(tt_prog_t *prog, const conv_product_t *p, const conv_ring_t *ring) {
    const tt_tensor_t *a = &p->nest.operand->tensor;
    const tt_tensor_t *b = &p->b->tensor;
    uint64_t *instr = tt_prog_emit(prog, TT_OP_EXEC);
    if (instr == NULL)
        return TT_NO_MEMORY;
    tt_field_set(instr, TT_F_EXEC_RADIX3, (a->planes > 1u ? a->radix : b->radix) == 3u);
    tt_field_set(instr, TT_F_EXEC_POP_B, p->first);
    tt_field_set(instr, TT_F_EXEC_PUSH_B, p->last);
    tt_field_set(instr, TT_F_EXEC_A_PLANES, a->planes);
    tt_field_set(instr, TT_F_EXEC_B_PLANES, b->planes);
    tt_field_set(instr, TT_F_EXEC_A_BASE, ring->base + walk_of(a->planes, p->nest.plane_words));
    tt_field_set(instr, TT_F_EXEC_A_RING_LAST, ring->slots - 1u);
    tt_field_set(instr, TT_F_EXEC_A_RING_STRIDE, p->chunk_words);
    tt_field_set(instr, TT_F_EXEC_A_PLANE_STRIDE, p->nest.plane_words);
    tt_field_set(instr, TT_F_EXEC_B_BASE, p->b_base + walk_of(b->planes, p->b_plane_words));
    tt_field_set(instr, TT_F_EXEC_B_PLANE_STRIDE, p->b_plane_words);
    tt_field_set(instr, TT_F_EXEC_CHUNKS_LAST, p->chunks - 1u);
    tt_field_set(instr, TT_F_EXEC_DEPTH_LAST, p->depth - 1u);
    tt_field_set(instr, TT_F_EXEC_L1_LAST, p->rows - 1u);
    tt_field_set(instr, TT_F_EXEC_L1_A_JUMP, p->row_words);
    tt_field_set(instr, TT_F_EXEC_L1_B_JUMP, jump_of(0, walk_of(p->columns, p->column_words)));
    tt_field_set(instr, TT_F_EXEC_L0_LAST, p->columns - 1u);
    tt_field_set(instr, TT_F_EXEC_L0_B_JUMP, p->column_words);
    return TT_OK;
}

/* Jumps of L0, L1 and L2 in a tensor of such blocks; they count from behind a block. */
static void step_jumps(const conv_product_t *p, uint32_t block_beats, uint32_t jumps[3]) {
    const conv_steps_t *s = &p->steps;
    const uint32_t columns = walk_of(s->columns, s->column) + 1u;
    const uint32_t rows = walk_of(s->rows, s->row) + columns;
    jumps[0] = jump_of(s->column, 1) * block_beats;
    jumps[1] = jump_of(s->row, columns) * block_beats;
    jumps[2] = jump_of(s->chunk, rows) * block_beats;
}

/* FINISH as for a matrix, then its walk. */
static tt_status_t emit_finish(tt_prog_t *prog, const conv_product_t *p, const result_t *r) {
    const tt_finish_t *f = r->finish;
    const uint32_t beats = f->to_int32 ? INT32_BLOCK_BEATS : beats_per_block(&f->out);
    const uint32_t addr = f->to_int32 ? f->int32_addr : f->out.addr;
    uint64_t *instr = tt_prog_emit_finish(prog, TT_OP_FINISH, r, 0, p->steps.columns);
    uint32_t jumps[3];
    if (instr == NULL)
        return TT_NO_MEMORY;
    tt_field_set(instr, TT_F_FIN_SLOT_COMMIT, f->slot >= 0 && f->slot_commit && p->commit);
    tt_field_set(instr, TT_F_FIN_L2_LAST, p->chunks - 1u);
    tt_field_set(instr, TT_F_FIN_L1_LAST, p->steps.rows - 1u);
    tt_field_set(instr, TT_F_FIN_DST_ADDR, addr + BEAT_BYTES * beats * p->steps.first);
    step_jumps(p, beats, jumps);
    tt_field_set(instr, TT_F_FIN_L0_DST_JUMP, jumps[0]);
    tt_field_set(instr, TT_F_FIN_L1_DST_JUMP, jumps[1]);
    tt_field_set(instr, TT_F_FIN_L2_DST_JUMP, jumps[2]);
    if (f->to_int32 || f->aux_kind == TT_AUX_NONE)
        return TT_OK;
    const uint32_t aux_beats = beats_per_block(&f->aux);
    tt_field_set(instr, TT_F_FIN_AUX_ADDR, f->aux.addr + BEAT_BYTES * aux_beats * p->steps.first);
    step_jumps(p, aux_beats, jumps);
    tt_field_set(instr, TT_F_FIN_L0_AUX_JUMP, jumps[0]);
    tt_field_set(instr, TT_F_FIN_L1_AUX_JUMP, jumps[1]);
    tt_field_set(instr, TT_F_FIN_L2_AUX_JUMP, jumps[2]);
    return TT_OK;
}

/* EXEC and FINISH stand before the LOADs of A, as in a product of matrices (tt_prog.c). */
tt_status_t tt_conv_product(tt_prog_t *prog, const conv_product_t *p, const result_t *r) {
    const uint32_t depth = usable_depth(prog, prog->config.a_depth);
    const uint32_t slots = smaller(depth / p->chunk_words, p->chunks);
    const uint32_t words = slots * p->chunk_words;
    const uint32_t base = prog->state.a_next + words <= depth ? prog->state.a_next : 0u;
    const conv_ring_t ring = {base, slots, larger(slots / 4u, 1), prog->state.a_chunks,
                              tt_prog_writes_before(prog, &p->nest.operand->tensor)};
    prog->state.a_next = base + words;
    prog->state.a_chunks += p->chunks;
    tt_status_t status = emit_exec(prog, p, &ring);
    if (status == TT_OK)
        status = emit_finish(prog, p, r);
    if (status == TT_OK)
        status = load_chunks(prog, p, &ring);
    return status;
}
