/* SPDX-License-Identifier: Apache-2.0
 * Weight gradient: for every tap the map of inputs, shifted, times the map of errors, contracted along pixels and samples.
 *
 * The errors of a slice are the panel, which stays in buffer B; the shifted inputs stream through buffer A. A beat of A serves as many
 * products as the panel has block rows and planes, so a panel should have some 24 of them; what is left of half the buffer decides how
 * long a slice is. */
#include "tt_conv_internal.h"

#define PANEL_PLANES 24u /* planes of block rows: array cycles per unit of two beats are a third of that */

/* How a weight gradient is cut. A slice is a box of the output map: samples (in blocks) x columns x lines. */
typedef struct {
    uint32_t panel; /* block rows of errors */
    uint32_t rows;  /* block rows of inputs in a chunk */
    uint32_t samples, columns, lines;
    uint32_t sample_cuts, column_cuts, line_cuts;
} cut_t;

/* A slice: where it begins and how much of it there is. */
typedef struct {
    uint32_t sample, column, line;
    uint32_t samples, columns, lines, words;
} slice_t;

/* The most words of a contraction: panel and ring in half a buffer each, sums that fit. */
static uint32_t words_limit(const tt_config_t *config, const tt_tensor_t *x, const tt_tensor_t *e,
                            uint32_t panel) {
    const uint32_t in_b = config->b_depth / 2u / (panel * e->planes);
    const uint32_t in_a = config->a_depth / 4u / x->planes;
    const uint64_t sum = UINT64_C(1) << (config->w_acc - 1u);
    const uint64_t largest = (uint64_t)tt_tensor_limit(x) * (uint64_t)tt_tensor_limit(e);
    const uint64_t in_sum = (sum - 1u) / largest / config->k;
    return (uint32_t)(in_sum < smaller(in_a, in_b) ? in_sum : smaller(in_a, in_b));
}

static uint32_t words_of(const tt_config_t *config, uint32_t blocks) {
    return divide_up(blocks * TT_BLOCK, config->k);
}

/* Of all numbers of samples: the box, filled up with columns, then lines, that takes the fewest words for the whole map. */
static void cut_map(const tt_config_t *config, const tt_conv_t *conv, uint32_t words, cut_t *cut) {
    const uint32_t room = words * config->k / TT_BLOCK;
    const uint32_t sample_blocks = conv->batch / TT_BLOCK;
    const uint32_t width = tt_conv_out_width(conv);
    const uint32_t height = tt_conv_out_height(conv);
    uint64_t best = UINT64_MAX;
    for (uint32_t samples = smaller(sample_blocks, room); samples > 0u; samples--) {
        cut_t c = *cut;
        c.sample_cuts = divide_up(sample_blocks, samples);
        c.samples = divide_up(sample_blocks, c.sample_cuts);
        c.column_cuts = divide_up(width, smaller(width, room / c.samples));
        c.columns = divide_up(width, c.column_cuts);
        c.line_cuts = divide_up(height, smaller(height, room / (c.samples * c.columns)));
        c.lines = divide_up(height, c.line_cuts);
        const uint64_t cost = (uint64_t)c.sample_cuts * c.column_cuts * c.line_cuts *
                              words_of(config, c.samples * c.columns * c.lines);
        if (cost < best) {
            best = cost;
            *cut = c;
        }
    }
}

/* false: not one word per plane fits. */
static bool cut_init(const tt_config_t *config, const tt_conv_t *conv, const tt_tensor_t *x,
                     const tt_tensor_t *e, cut_t *cut) {
    const uint32_t out_blocks = conv->out_channels / TT_BLOCK;
    const uint32_t in_blocks = conv->in_channels / TT_BLOCK;
    const uint32_t wanted = divide_up(PANEL_PLANES, e->planes);
    cut->panel = divide_up(out_blocks, larger(out_blocks / wanted, 1u));
    uint32_t words = words_limit(config, x, e, cut->panel);
    if (words == 0u) {
        cut->panel = 1;
        words = words_limit(config, x, e, 1);
    }
    if (words == 0u)
        return false;
    cut_map(config, conv, words, cut);
    words = words_of(config, cut->samples * cut->columns * cut->lines);
    cut->rows = in_blocks;
    while (in_blocks % cut->rows != 0u || cut->rows * words * x->planes > config->a_depth / 4u)
        cut->rows--;
    return true;
}

static uint32_t slices(const cut_t *cut) { return cut->sample_cuts * cut->column_cuts * cut->line_cuts; }

static slice_t slice_at(const tt_config_t *config, const conv_map_t *e, const cut_t *cut, uint32_t i) {
    slice_t s = {.column = i % cut->column_cuts * cut->columns,
                 .line = i / cut->column_cuts % cut->line_cuts * cut->lines,
                 .sample = i / cut->column_cuts / cut->line_cuts * cut->samples};
    s.columns = smaller(cut->columns, e->width - s.column);
    s.lines = smaller(cut->lines, e->height - s.line);
    s.samples = smaller(cut->samples, e->sample_blocks - s.sample);
    s.words = words_of(config, s.samples * s.columns * s.lines);
    return s;
}

/* The loops over a slice's samples, columns and lines of a map whose pixels are `stride` times those of the errors. */
static void slice_loops(conv_nest_t *nest, const conv_map_t *map, const slice_t *s, uint32_t stride) {
    nest->loop[0] = (conv_loop_t){s->samples, map->channel_blocks, 1, 0, 0};
    nest->loop[1] = (conv_loop_t){s->columns, stride * map->pixel, s->samples, 0, stride};
    nest->loop[2] = (conv_loop_t){s->lines, stride * map->line, s->samples * s->columns, stride, 0};
    nest->plane_words = s->words;
    nest->transpose = true;
}

static tt_status_t load_errors(tt_prog_t *prog, const conv_map_t *e, const slice_t *s, uint32_t first,
                               uint32_t count, uint32_t *base) {
    const uint32_t row_words = s->words * e->operand->tensor.planes;
    conv_nest_t nest = {.operand = e->operand,
                        .first_block =
                            s->line * e->line + s->column * e->pixel + s->sample * e->channel_blocks + first,
                        .run_blocks = count,
                        .run_lanes = row_words * lanes_per_word(prog),
                        .target_b = true,
                        .push_b = true};
    pops_t pops;
    slice_loops(&nest, e, s, 1);
    *base = tt_conv_claim_panel(prog, e->operand, count * row_words, &pops);
    return tt_conv_emit_load(prog, &nest, *base * lanes_per_word(prog), pops) == NULL ? TT_NO_MEMORY : TT_OK;
}

/* All taps of a slice with one panel of errors. */
static conv_product_t slice_product(const tt_prog_t *prog, const tt_conv_t *conv, const conv_map_t *x,
                                    const conv_map_t *e, const cut_t *cut, const slice_t *s) {
    const uint32_t y0 = s->line * conv->stride - conv->padding;
    const uint32_t x0 = s->column * conv->stride - conv->padding;
    const uint32_t row_words = s->words * x->operand->tensor.planes;
    conv_product_t p = {.b = e->operand, .first = true, .last = true};
    p.depth = s->samples * s->columns * s->lines * TT_BLOCK;
    p.tap_chunks = x->channel_blocks / cut->rows;
    p.chunks = conv->kernel * conv->kernel * p.tap_chunks;
    p.taps_x = conv->kernel;
    p.line = x->line;
    p.pixel = x->pixel;
    p.rows = cut->rows;
    p.row_words = row_words;
    p.chunk_words = cut->rows * row_words;
    p.b_plane_words = s->words;
    p.column_words = s->words * e->operand->tensor.planes;
    p.nest = (conv_nest_t){.operand = x->operand,
                           .first_block = y0 * x->line + x0 * x->pixel + s->sample * x->channel_blocks,
                           .run_blocks = cut->rows,
                           .run_lanes = row_words * lanes_per_word(prog),
                           .y = y0,
                           .x = x0,
                           .y_limit = x->height,
                           .x_limit = x->width};
    slice_loops(&p.nest, x, s, conv->stride);
    p.nest.loop[3] = (conv_loop_t){1, cut->rows, p.chunk_words * lanes_per_word(prog), 0, 0};
    return p;
}

static conv_steps_t result_steps(const result_t *r, const cut_t *cut, uint32_t first, uint32_t columns) {
    const uint32_t out_blocks = blocks_of(r->cols);
    const uint32_t stored_row = blocks_of(r->rows); /* the result is the transpose of the weights */
    conv_steps_t s = {first * stored_row, cut->rows, 1, stored_row, cut->rows, columns};
    if (r->finish->to_int32)
        s = (conv_steps_t){first, cut->rows * out_blocks, out_blocks, 1, cut->rows, columns};
    return s;
}

static tt_status_t run_slice(tt_prog_t *prog, const tt_conv_t *conv, const conv_map_t *x, const conv_map_t *e,
                             const cut_t *cut, const slice_t *s, bool last, const result_t *r) {
    tt_status_t status = TT_OK;
    for (uint32_t first = 0; first < e->channel_blocks && status == TT_OK; first += cut->panel) {
        conv_product_t p = slice_product(prog, conv, x, e, cut, s);
        p.columns = smaller(cut->panel, e->channel_blocks - first);
        p.steps = result_steps(r, cut, first, p.columns);
        p.commit = last && first + p.columns == e->channel_blocks;
        status = load_errors(prog, e, s, first, p.columns, &p.b_base);
        if (status == TT_OK)
            status = tt_conv_product(prog, &p, r);
    }
    return status;
}

/* Several slices must add up: in the weights themselves, in a sum of their own, or on the host. */
static bool adds_up(const tt_finish_t *f) {
    if (f->to_int32 || f->write_off)
        return true;
    if (f->aux_kind == TT_AUX_NONE)
        return !f->binary;
    return f->aux_kind == TT_AUX_OLD && f->aux.addr == f->out.addr && f->aux.planes == f->out.planes &&
           f->aux.maskless == f->out.maskless;
}

/* The finish of a slice that is not the first. */
static void go_on(tt_finish_t *f, const result_t *r) {
    f->int32_addr += (uint32_t)tt_int32_bytes(r->rows, r->cols);
    if (f->aux_kind == TT_AUX_NONE) {
        f->aux_kind = TT_AUX_OLD;
        f->aux = f->out;
        f->aux_step_pages = f->dst_step_pages;
    }
}

uint32_t tt_conv_slices(const tt_config_t *config, const tt_conv_t *conv, const tt_tensor_t *x,
                        const tt_tensor_t *e) {
    cut_t cut = {0};
    return cut_init(config, conv, x, e, &cut) ? slices(&cut) : 0u;
}

tt_status_t tt_prog_conv_weight_gradient(tt_prog_t *prog, const tt_conv_t *conv, const tt_operand_t *x,
                                         const tt_operand_t *e, const tt_finish_t *finish) {
    tt_finish_t f = *finish;
    result_t r = {.finish = &f};
    cut_t cut = {0};
    if (!f.to_int32 && (f.out_transpose || (f.aux_kind != TT_AUX_NONE && f.aux_transpose)))
        return TT_BAD_ARG;
    f.out_transpose = true; /* input channels are the rows of the array */
    f.aux_transpose = true;
    tt_conv_shape(conv, CONV_WEIGHTS, &r.cols, &r.rows);
    const tt_status_t status = tt_conv_check(prog, conv, CONV_IN, x, CONV_OUT, e, &r);
    if (status != TT_OK)
        return status;
    if (!cut_init(&prog->config, conv, &x->tensor, &e->tensor, &cut) || (slices(&cut) > 1u && !adds_up(&f)))
        return TT_TOO_LARGE;
    const result_t all = {r.rows * (f.to_int32 ? slices(&cut) : 1u), r.cols, &f};
    if (tt_prog_overwrites(&all, &x->tensor) || tt_prog_overwrites(&all, &e->tensor))
        return TT_BAD_ARG;
    const conv_map_t x_map = tt_conv_map(conv, CONV_IN, x);
    const conv_map_t e_map = tt_conv_map(conv, CONV_OUT, e);
    tt_conv_credit(prog, conv, x, e);
    tt_status_t run = TT_OK;
    for (uint32_t i = 0; i < slices(&cut) && run == TT_OK; i++) {
        const slice_t s = slice_at(&prog->config, &e_map, &cut, i);
        run = run_slice(prog, conv, &x_map, &e_map, &cut, &s, i + 1u == slices(&cut), &r);
        go_on(&f, &r);
    }
    return run;
}
