/* SPDX-License-Identifier: Apache-2.0
 * Forward and input gradient: windows of a map times weights.
 *
 * A chunk of A is a line of windows of 8 samples: the pixels of the lines that the windows need, column by column, each column a whole number
 * of block-words. A window is so many words in a row, beginning with its first column, and EXEC steps from one to the next by stride
 * columns: a pixel is loaded once per line of results, not once per tap. Where the taps of a column do not fill its last word, the weights
 * there are 0. */
#include "tt_conv_internal.h"

/* A convolution of stride `stride` over a map: what both products are. Taps that are none: taps_y = taps_x = 1 and the weights are 0. */
typedef struct {
    conv_map_t map;
    const tt_operand_t *weights;
    bool transpose, no_taps;
    uint32_t weight_blocks; /* blocks of a tap in a stored row */
    uint32_t stored_row;    /* blocks of a stored row */
    uint32_t taps_y, taps_x, stride;
    uint32_t first_tap, tap_y, tap_x;   /* in taps of the stored weights; steps wrap */
    uint32_t y, x;                      /* of the first tap of the first result; wrap */
    uint32_t height, width, row_blocks; /* results: lines, pixels of a line, blocks of channels */
    uint32_t first_pixel, line_pixels, pixel_step;
    bool last; /* of the operation */
    /* buffers */
    uint32_t column_words, columns_max, panel;
} window_t;

/* ---- weights ---- */

static uint32_t column_lanes(const window_t *w) { return w->taps_y * w->map.channel_blocks; }

static uint32_t plane_words(const window_t *w) { return w->taps_x * w->column_words; }

/* Zeros where the taps of a column end before its last word does; in the last column the contraction ends there. */
static bool has_gap(const tt_prog_t *prog, const window_t *w) {
    return w->no_taps || (w->taps_x > 1u && column_lanes(w) < w->column_words * lanes_per_word(prog));
}

static conv_nest_t gap_nest(const tt_prog_t *prog, const window_t *w, uint32_t count) {
    const uint32_t lanes = lanes_per_word(prog);
    const uint32_t gap = w->column_words * lanes - (w->no_taps ? 0u : column_lanes(w));
    const uint32_t row = plane_words(w) * lanes * w->weights->tensor.planes;
    return (conv_nest_t){.operand = w->weights,
                         .run_blocks = gap,
                         .run_lanes = 1,
                         .plane_words = plane_words(w),
                         .y = UINT32_MAX, /* outside */
                         .y_limit = 1,
                         .target_b = true,
                         .push_b = w->no_taps,
                         .loop = {{w->no_taps ? 1u : w->taps_x - 1u, gap, w->column_words * lanes, 0, 0},
                                  {count, gap, row, 0, 0}}};
}

/* Block rows [first, first + count) of the weights as they are used: contraction over columns of taps, taps, channels. */
static conv_nest_t weights_nest(const tt_prog_t *prog, const window_t *w, uint32_t first, uint32_t count) {
    const uint32_t lanes = lanes_per_word(prog);
    const uint32_t row = plane_words(w) * lanes * w->weights->tensor.planes;
    const conv_loop_t taps_y = {w->taps_y, w->tap_y * w->weight_blocks, w->map.channel_blocks, 0, 0};
    const conv_loop_t taps_x = {w->taps_x, w->tap_x * w->weight_blocks, w->column_words * lanes, 0, 0};
    conv_nest_t nest = {.operand = w->weights,
                        .first_block = w->first_tap * w->weight_blocks,
                        .plane_words = plane_words(w),
                        .transpose = w->transpose,
                        .target_b = true,
                        .push_b = true};
    if (w->transpose) {
        nest.first_block += first;
        nest.run_blocks = count;
        nest.run_lanes = row;
        nest.loop[0] = (conv_loop_t){w->map.channel_blocks, w->stored_row, 1, 0, 0};
        nest.loop[1] = taps_y;
        nest.loop[2] = taps_x;
    } else {
        nest.first_block += first * w->stored_row;
        nest.run_blocks = w->weight_blocks;
        nest.run_lanes = 1;
        nest.loop[0] = taps_y;
        nest.loop[1] = taps_x;
        nest.loop[2] = (conv_loop_t){count, w->stored_row, row, 0, 0};
    }
    return nest;
}

static tt_status_t load_weights(tt_prog_t *prog, const window_t *w, uint32_t first, uint32_t count,
                                uint32_t *base) {
    pops_t pops;
    const uint32_t lanes = lanes_per_word(prog);
    *base = tt_conv_claim_panel(prog, w->weights, count * plane_words(w) * w->weights->tensor.planes, &pops);
    if (has_gap(prog, w)) {
        const conv_nest_t nest = gap_nest(prog, w, count);
        const uint32_t lane = *base * lanes + (w->no_taps ? 0u : column_lanes(w));
        if (tt_conv_emit_load(prog, &nest, lane, pops) == NULL)
            return TT_NO_MEMORY;
        pops = (pops_t){0};
    }
    if (w->no_taps)
        return TT_OK;
    const conv_nest_t nest = weights_nest(prog, w, first, count);
    return tt_conv_emit_load(prog, &nest, *base * lanes, pops) == NULL ? TT_NO_MEMORY : TT_OK;
}

/* ---- windows ---- */

/* Columns of a chunk and block rows of a panel that fit: half a buffer, if that is enough for one. */
static tt_status_t window_layout(const tt_prog_t *prog, window_t *w) {
    const uint32_t a_depth = usable_depth(prog, prog->config.a_depth);
    const uint32_t b_depth = usable_depth(prog, prog->config.b_depth);
    const tt_tensor_t *a = &w->map.operand->tensor;
    const tt_tensor_t *b = &w->weights->tensor;
    w->column_words = divide_up(column_lanes(w), lanes_per_word(prog));
    const uint32_t row_words = plane_words(w) * b->planes;
    w->columns_max = a_depth / 2u / (w->column_words * a->planes);
    if (w->columns_max < w->taps_x)
        w->columns_max = a_depth / (w->column_words * a->planes);
    const uint32_t fit = b_depth / row_words;
    w->panel = w->row_blocks;
    if (fit <
        w->row_blocks) { /* as many as let the next panel load meanwhile, in panels of much the same size */
        const uint32_t most = larger(b_depth / 2u / row_words, smaller(fit, 1));
        w->panel = most == 0u ? 0u : divide_up(w->row_blocks, divide_up(w->row_blocks, most));
    }
    return w->columns_max < w->taps_x || w->panel == 0u || plane_words(w) * prog->config.k > MAX16 ||
                   !tt_prog_sums_fit(prog, w->taps_x * column_lanes(w) * TT_BLOCK, a, b)
               ? TT_TOO_LARGE
               : TT_OK;
}

/* The results [first, first + count) of a line, with the panel of `columns` blocks of channels from first_column on. */
static conv_product_t window_product(const tt_prog_t *prog, const window_t *w, uint32_t line, uint32_t first,
                                     uint32_t count) {
    const conv_map_t *m = &w->map;
    const uint32_t lanes = lanes_per_word(prog);
    const uint32_t columns = walk_of(count, w->stride) + w->taps_x;
    const uint32_t y = w->y + line * w->stride;
    const uint32_t x = w->x + first * w->stride;
    conv_product_t p = {
        .b = w->weights, .chunks = m->sample_blocks, .tap_chunks = m->sample_blocks, .taps_x = 1};
    p.depth = (w->taps_x - 1u) * w->column_words * prog->config.k + column_lanes(w) * TT_BLOCK;
    p.rows = count;
    p.row_words = w->stride * w->column_words;
    p.column_words = plane_words(w) * w->weights->tensor.planes;
    p.b_plane_words = plane_words(w);
    p.nest = (conv_nest_t){.operand = m->operand,
                           .first_block = y * m->line + x * m->pixel,
                           .run_blocks = m->channel_blocks,
                           .run_lanes = 1,
                           .plane_words = columns * w->column_words,
                           .y = y,
                           .x = x,
                           .y_limit = m->height,
                           .x_limit = m->width};
    p.chunk_words = p.nest.plane_words * m->operand->tensor.planes;
    p.nest.loop[0] = (conv_loop_t){w->taps_y, m->line, m->channel_blocks, 1, 0};
    p.nest.loop[1] = (conv_loop_t){columns, m->pixel, w->column_words * lanes, 0, 1};
    p.nest.loop[3] = (conv_loop_t){1, m->channel_blocks, p.chunk_words * lanes, 0, 0};
    const uint32_t pixel = m->sample_blocks * w->row_blocks;
    p.steps =
        (conv_steps_t){.first = (w->first_pixel + line * w->line_pixels + first * w->pixel_step) * pixel,
                       .chunk = w->row_blocks,
                       .row = w->pixel_step * pixel,
                       .column = 1};
    return p;
}

static tt_status_t window_panel(tt_prog_t *prog, const window_t *w, uint32_t first_column,
                                const result_t *r) {
    const uint32_t width_max = (w->columns_max - w->taps_x) / w->stride + 1u;
    const uint32_t part = divide_up(w->width, divide_up(w->width, width_max));
    const uint32_t columns = smaller(w->panel, w->row_blocks - first_column);
    uint32_t base;
    tt_status_t status = load_weights(prog, w, first_column, columns, &base);
    for (uint32_t line = 0; line < w->height; line++)
        for (uint32_t first = 0; first < w->width && status == TT_OK; first += part) {
            conv_product_t p = window_product(prog, w, line, first, smaller(part, w->width - first));
            p.steps.first += first_column;
            p.columns = columns;
            p.b_base = base;
            p.first = line == 0u && first == 0u;
            p.last = line == w->height - 1u && first + part >= w->width;
            p.commit = p.last && w->last && first_column + columns == w->row_blocks;
            status = tt_conv_product(prog, &p, r);
        }
    return status;
}

static tt_status_t window_run(tt_prog_t *prog, window_t *w, const result_t *r) {
    tt_status_t status = TT_OK;
    for (uint32_t first = 0; first < w->row_blocks && status == TT_OK; first += w->panel)
        status = window_panel(prog, w, first, r);
    return status;
}

/* ---- operations ---- */

/* The finish stage turns blocks, not maps. */
static bool turned(const tt_finish_t *f) {
    return !f->to_int32 && (f->out_transpose || (f->aux_kind != TT_AUX_NONE && f->aux_transpose));
}

tt_status_t tt_prog_conv_forward(tt_prog_t *prog, const tt_conv_t *conv, const tt_operand_t *x,
                                 const tt_operand_t *w, const tt_finish_t *finish) {
    result_t r = {.finish = finish};
    tt_conv_shape(conv, CONV_OUT, &r.rows, &r.cols);
    if (turned(finish))
        return TT_BAD_ARG;
    tt_status_t status = tt_conv_check(prog, conv, CONV_IN, x, CONV_WEIGHTS, w, &r);
    if (status != TT_OK)
        return status;
    const conv_map_t map = tt_conv_map(conv, CONV_IN, x);
    window_t window = {.map = map,
                       .weights = w,
                       .weight_blocks = map.channel_blocks,
                       .stored_row = conv->kernel * conv->kernel * map.channel_blocks,
                       .taps_y = conv->kernel,
                       .taps_x = conv->kernel,
                       .stride = conv->stride,
                       .tap_y = conv->kernel,
                       .tap_x = 1,
                       .y = 0u - conv->padding,
                       .x = 0u - conv->padding,
                       .height = tt_conv_out_height(conv),
                       .width = tt_conv_out_width(conv),
                       .row_blocks = conv->out_channels / TT_BLOCK,
                       .line_pixels = tt_conv_out_width(conv),
                       .pixel_step = 1,
                       .last = true};
    status = window_layout(prog, &window);
    if (status != TT_OK)
        return status;
    tt_conv_credit(prog, conv, x, w);
    return window_run(prog, &window, &r);
}

/* One side of an input gradient with coordinates `parity` modulo the stride. The taps that meet them are first, first + stride, ...; the
 * last of them meets the output pixel that comes first, so they are taken backwards. */
typedef struct {
    uint32_t taps, last_tap, results;
    uint32_t origin; /* output coordinate of the last tap at the first result; wraps */
} side_t;

static side_t gradient_side(const tt_conv_t *c, uint32_t parity, uint32_t size) {
    const uint32_t first = (parity + c->padding) % c->stride;
    side_t s = {.taps = first < c->kernel ? (c->kernel - first - 1u) / c->stride + 1u : 0u};
    s.last_tap = first + (s.taps - 1u) * c->stride;
    s.results = parity < size ? (size - parity - 1u) / c->stride + 1u : 0u;
    s.origin = (parity + c->padding - first) / c->stride - (s.taps - 1u);
    return s;
}

static window_t gradient_window(const tt_conv_t *conv, const tt_operand_t *e, const tt_operand_t *w,
                                uint32_t part) {
    const uint32_t parity_y = part / conv->stride;
    const uint32_t parity_x = part % conv->stride;
    const side_t y = gradient_side(conv, parity_y, conv->height);
    const side_t x = gradient_side(conv, parity_x, conv->width);
    const bool no_taps = y.taps == 0u || x.taps == 0u;
    const uint32_t in_blocks = conv->in_channels / TT_BLOCK;
    return (window_t){.map = tt_conv_map(conv, CONV_OUT, e),
                      .weights = w,
                      .transpose = true,
                      .no_taps = no_taps,
                      .weight_blocks = in_blocks,
                      .stored_row = conv->kernel * conv->kernel * in_blocks,
                      .taps_y = no_taps ? 1u : y.taps,
                      .taps_x = no_taps ? 1u : x.taps,
                      .stride = 1,
                      .first_tap = no_taps ? 0u : y.last_tap * conv->kernel + x.last_tap,
                      .tap_y = 0u - conv->stride * conv->kernel,
                      .tap_x = 0u - conv->stride,
                      .y = y.origin,
                      .x = x.origin,
                      .height = y.results,
                      .width = x.results,
                      .row_blocks = in_blocks,
                      .first_pixel = parity_y * conv->width + parity_x,
                      .line_pixels = conv->stride * conv->width,
                      .pixel_step = conv->stride};
}

tt_status_t tt_prog_conv_input_gradient(tt_prog_t *prog, const tt_conv_t *conv, const tt_operand_t *e,
                                        const tt_operand_t *w, const tt_finish_t *finish) {
    result_t r = {.finish = finish};
    window_t windows[TT_CONV_STRIDE_MAX * TT_CONV_STRIDE_MAX];
    uint32_t last = 0;
    tt_conv_shape(conv, CONV_IN, &r.rows, &r.cols);
    if (turned(finish))
        return TT_BAD_ARG;
    tt_status_t status = tt_conv_check(prog, conv, CONV_OUT, e, CONV_WEIGHTS, w, &r);
    const uint32_t parts = status == TT_OK ? conv->stride * conv->stride : 0u;
    for (uint32_t part = 0; part < parts && status == TT_OK; part++) {
        windows[part] = gradient_window(conv, e, w, part);
        status = window_layout(prog, &windows[part]);
        if (windows[part].height > 0u && windows[part].width > 0u)
            last = part;
    }
    if (status != TT_OK)
        return status;
    tt_conv_credit(prog, conv, e, w);
    windows[last].last = true;
    for (uint32_t part = 0; part <= last && status == TT_OK; part++)
        if (windows[part].height > 0u && windows[part].width > 0u)
            status = window_run(prog, &windows[part], &r);
    return status;
}
