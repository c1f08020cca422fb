/* SPDX-License-Identifier: Apache-2.0
 * Forward and input gradient: windows of a map times weights.
 *
 * A chunk of A is a line of windows of 8 samples: the pixels of the lines that the windows need, column by column, each column a whole number
 * of block-words. A window is so many words in a row, beginning with its first column, and EXEC steps from one to the next by stride
 * columns: a pixel is loaded once per line of results, not once per tap. Where the taps of a column do not fill its last word, the weights
 * there are 0. */
#include "tt_conv_internal.h"

#define FINISH_CYCLES 8u /* of a block in the finish stage, about */

/* Block rows of the panel whose taps begin at one column of the window. No taps: their weights are 0. */
typedef struct {
    uint32_t first_tap, taps_x, column;
} taps_t;

/* Windows over a map, `stride` apart: what both products are. A window gives `pixels` neighbouring pixels of the result, of `blocks` blocks of channels
 * each; the panel has pixels * blocks block rows. They have the same taps of neighbouring block rows (sets = 1), or, with a set per
 * pixel, taps of their own. */
typedef struct {
    conv_map_t map;
    const tt_operand_t *weights;
    bool transpose;
    uint32_t tap_blocks, stored_row; /* blocks of a tap in a stored row, and of the row */
    uint32_t taps_y, taps_x, stride; /* taps_x of all sets together */
    uint32_t tap_y, tap_x;           /* from one tap of the window to the next, in stored taps; wrap */
    uint32_t sets;
    taps_t set[TT_CONV_STRIDE_MAX];
    uint32_t y, x;          /* of the first tap of the first window; wrap */
    uint32_t height, width; /* windows: lines, and in a line */
    uint32_t pixels, blocks;
    uint32_t first_pixel, line_pixels, pixel_step; /* of the result, from window to window */
    bool last;                                     /* of the operation */
    /* buffers */
    uint32_t column_words, columns_max, panel;
} window_t;

/* ---- weights ---- */

static uint32_t column_lanes(const window_t *w) { return w->taps_y * w->map.channel_blocks; }

static uint32_t plane_words(const window_t *w) { return w->taps_x * w->column_words; }

static uint32_t row_words(const window_t *w) { return plane_words(w) * w->weights->tensor.planes; }

/* Whether some weights of the panel are none of the tensor's: sets that do not have all columns, or columns that end before their last
 * word does (behind the last column the contraction ends). */
static bool has_gap(const tt_prog_t *prog, const window_t *w) {
    return w->sets > 1u || w->set[0].taps_x < w->taps_x ||
           (w->taps_x > 1u && column_lanes(w) % lanes_per_word(prog) != 0u);
}

/* Zeros for `count` block rows. */
static conv_nest_t zero_nest(const tt_prog_t *prog, const window_t *w, uint32_t count) {
    const uint32_t blocks = plane_words(w) * lanes_per_word(prog);
    return (conv_nest_t){.operand = w->weights,
                         .run_blocks = blocks,
                         .run_lanes = 1,
                         .plane_words = plane_words(w),
                         .y = UINT32_MAX, /* outside */
                         .y_limit = 1,
                         .target_b = true,
                         .loop = {{count, blocks, row_words(w) * lanes_per_word(prog), 0, 0}}};
}

/* Block rows [first, first + count) of a set: contraction over columns of taps, taps, channels. */
static conv_nest_t weights_nest(const tt_prog_t *prog, const window_t *w, const taps_t *set, uint32_t first,
                                uint32_t count) {
    const uint32_t lanes = lanes_per_word(prog);
    const conv_loop_t taps_y = {w->taps_y, w->tap_y * w->tap_blocks, w->map.channel_blocks, 0, 0};
    const conv_loop_t taps_x = {set->taps_x, w->tap_x * w->tap_blocks, w->column_words * lanes, 0, 0};
    conv_nest_t nest = {.operand = w->weights,
                        .first_block = set->first_tap * w->tap_blocks,
                        .plane_words = plane_words(w),
                        .transpose = w->transpose,
                        .target_b = true};
    if (w->transpose) {
        nest.first_block += first;
        nest.run_blocks = count;
        nest.run_lanes = row_words(w) * lanes;
        nest.loop[0] = (conv_loop_t){w->map.channel_blocks, w->stored_row, 1, 0, 0};
        nest.loop[1] = taps_y;
        nest.loop[2] = taps_x;
    } else {
        nest.first_block += first * w->stored_row;
        nest.run_blocks = w->tap_blocks;
        nest.run_lanes = 1;
        nest.loop[0] = taps_y;
        nest.loop[1] = taps_x;
        nest.loop[2] = (conv_loop_t){count, w->stored_row, row_words(w) * lanes, 0, 0};
    }
    return nest;
}

/* Block rows [first, first + count) of the panel; with several sets all of them. */
static tt_status_t load_weights(tt_prog_t *prog, const window_t *w, uint32_t first, uint32_t count,
                                uint32_t *base) {
    conv_nest_t nests[TT_CONV_STRIDE_MAX + 1u];
    uint32_t words[TT_CONV_STRIDE_MAX + 1u] = {0}; /* from the base */
    uint32_t n = 0;
    pops_t pops;
    if (has_gap(prog, w))
        nests[n++] = zero_nest(prog, w, count);
    for (uint32_t i = 0; i < w->sets; i++) {
        const uint32_t rows = count / w->sets;
        if (w->set[i].taps_x == 0u)
            continue;
        words[n] = i * rows * row_words(w) + w->set[i].column * w->column_words;
        nests[n++] = weights_nest(prog, w, &w->set[i], first, rows);
    }
    *base = tt_conv_claim_panel(prog, w->weights, count * row_words(w), &pops);
    for (uint32_t i = 0; i < n; i++) {
        nests[i].push_b = i == n - 1u;
        if (tt_conv_emit_load(prog, &nests[i], (*base + words[i]) * lanes_per_word(prog), pops) == NULL)
            return TT_NO_MEMORY;
        pops = (pops_t){0};
    }
    return TT_OK;
}

/* ---- windows ---- */

/* Block rows of a panel: all, if they fit, else as many as let the next panel load meanwhile, in panels of much the same size. Pixels stay whole. */
static uint32_t panel_rows(const tt_prog_t *prog, const window_t *w) {
    const uint32_t rows = w->pixels * w->blocks;
    const uint32_t unit = w->pixels > 1u ? w->blocks : 1u;
    const uint32_t fit = usable_depth(prog, prog->config.b_depth) / row_words(w);
    if (fit >= rows)
        return rows;
    const uint32_t most = larger(fit / 2u / unit, smaller(fit / unit, 1));
    return w->sets > 1u || most == 0u ? 0u : divide_up(rows / unit, divide_up(rows / unit, most)) * unit;
}

/* Columns of a chunk and block rows of a panel that fit: half of buffer A, if that is enough for a window. */
static tt_status_t window_layout(const tt_prog_t *prog, window_t *w) {
    const uint32_t a_depth = usable_depth(prog, prog->config.a_depth);
    const tt_tensor_t *a = &w->map.operand->tensor;
    w->column_words = divide_up(column_lanes(w), lanes_per_word(prog));
    w->columns_max = a_depth / 2u / (w->column_words * a->planes);
    if (w->columns_max < w->taps_x)
        w->columns_max = a_depth / (w->column_words * a->planes);
    w->panel = panel_rows(prog, w);
    return w->columns_max < w->taps_x || w->panel == 0u || plane_words(w) * prog->config.k > MAX16 ||
                   !tt_prog_sums_fit(prog, w->taps_x * column_lanes(w) * TT_BLOCK, a, &w->weights->tensor)
               ? TT_TOO_LARGE
               : TT_OK;
}

/* Windows [first, first + count) of a line, with `columns` block rows of the panel from first_column on. */
static conv_product_t window_product(const tt_prog_t *prog, const window_t *w, uint32_t line, uint32_t first,
                                     uint32_t count, uint32_t first_column, uint32_t columns) {
    const conv_map_t *m = &w->map;
    const uint32_t lanes = lanes_per_word(prog);
    const uint32_t map_columns = walk_of(count, w->stride) + w->taps_x;
    const uint32_t y = w->y + line * w->stride;
    const uint32_t x = w->x + first * w->stride;
    conv_product_t p = {
        .b = w->weights, .chunks = m->sample_blocks, .tap_chunks = m->sample_blocks, .taps_x = 1};
    p.depth = (w->taps_x - 1u) * w->column_words * prog->config.k + column_lanes(w) * TT_BLOCK;
    p.rows = count;
    p.row_words = w->stride * w->column_words;
    p.columns = columns;
    p.column_words = row_words(w);
    p.b_plane_words = plane_words(w);
    p.nest = (conv_nest_t){.operand = m->operand,
                           .first_block = y * m->line + x * m->pixel,
                           .run_blocks = m->channel_blocks,
                           .run_lanes = 1,
                           .plane_words = map_columns * w->column_words,
                           .y = y,
                           .x = x,
                           .y_limit = m->height,
                           .x_limit = m->width};
    p.chunk_words = p.nest.plane_words * m->operand->tensor.planes;
    p.nest.loop[0] = (conv_loop_t){w->taps_y, m->line, m->channel_blocks, 1, 0};
    p.nest.loop[1] = (conv_loop_t){map_columns, m->pixel, w->column_words * lanes, 0, 1};
    p.nest.loop[3] = (conv_loop_t){1, m->channel_blocks, p.chunk_words * lanes, 0, 0};
    const uint32_t pixel = m->sample_blocks * w->blocks;
    const uint32_t at = w->first_pixel + line * w->line_pixels + first * w->pixel_step;
    p.steps = (conv_steps_t){at * pixel + first_column, w->blocks, w->pixel_step * pixel, 1, count, columns};
    if (w->pixels > 1u) /* the panel has whole pixels */
        p.steps = (conv_steps_t){(at + first_column / w->blocks) * pixel, w->blocks, pixel, 1,
                                 count * (columns / w->blocks),           w->blocks};
    return p;
}

static tt_status_t window_panel(tt_prog_t *prog, const window_t *w, uint32_t first_column,
                                const result_t *r) {
    const uint32_t width_max = (w->columns_max - w->taps_x) / w->stride + 1u;
    const uint32_t part = divide_up(w->width, divide_up(w->width, width_max));
    const uint32_t rows = w->pixels * w->blocks;
    const uint32_t columns = smaller(w->panel, rows - first_column);
    uint32_t base;
    tt_status_t status = load_weights(prog, w, first_column, columns, &base);
    for (uint32_t line = 0; line < w->height; line++)
        for (uint32_t first = 0; first < w->width && status == TT_OK; first += part) {
            const uint32_t count = smaller(part, w->width - first);
            conv_product_t p = window_product(prog, w, line, first, count, first_column, columns);
            p.b_base = base;
            p.first = line == 0u && first == 0u;
            p.last = line == w->height - 1u && first + part >= w->width;
            p.commit = p.last && w->last && first_column + columns == rows;
            status = tt_conv_product(prog, &p, r);
        }
    return status;
}

static tt_status_t window_run(tt_prog_t *prog, const window_t *w, const result_t *r) {
    tt_status_t status = TT_OK;
    for (uint32_t first = 0; first < w->pixels * w->blocks && status == TT_OK; first += w->panel)
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
                       .tap_blocks = map.channel_blocks,
                       .stored_row = conv->kernel * conv->kernel * map.channel_blocks,
                       .taps_y = conv->kernel,
                       .taps_x = conv->kernel,
                       .stride = conv->stride,
                       .tap_y = conv->kernel,
                       .tap_x = 1,
                       .sets = 1,
                       .set = {{0, conv->kernel, 0}},
                       .y = 0u - conv->padding,
                       .x = 0u - conv->padding,
                       .height = tt_conv_out_height(conv),
                       .width = tt_conv_out_width(conv),
                       .pixels = 1,
                       .blocks = conv->out_channels / TT_BLOCK,
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

/* What all parts of an input gradient have in common. */
static window_t gradient_window(const tt_conv_t *conv, const tt_operand_t *e, const tt_operand_t *w) {
    const uint32_t blocks = conv->in_channels / TT_BLOCK;
    return (window_t){.map = tt_conv_map(conv, CONV_OUT, e),
                      .weights = w,
                      .transpose = true,
                      .tap_blocks = blocks,
                      .stored_row = conv->kernel * conv->kernel * blocks,
                      .taps_y = 1,
                      .taps_x = 1,
                      .stride = 1,
                      .tap_y = 0u - conv->stride * conv->kernel,
                      .tap_x = 0u - conv->stride,
                      .sets = 1,
                      .height = 1,
                      .width = 1,
                      .pixels = 1,
                      .blocks = blocks,
                      .line_pixels = conv->stride * conv->width,
                      .pixel_step = conv->stride};
}

/* Pixels whose coordinates have these parities. */
static window_t parity_window(const tt_conv_t *conv, const tt_operand_t *e, const tt_operand_t *w,
                              uint32_t parity_y, uint32_t parity_x) {
    const side_t y = gradient_side(conv, parity_y, conv->height);
    const side_t x = gradient_side(conv, parity_x, conv->width);
    window_t v = gradient_window(conv, e, w);
    v.y = y.origin;
    v.x = x.origin;
    v.height = y.results;
    v.width = x.results;
    v.first_pixel = parity_y * conv->width + parity_x;
    if (y.taps == 0u || x.taps == 0u)
        return v; /* of one tap that is none */
    v.taps_y = y.taps;
    v.taps_x = x.taps;
    v.set[0] = (taps_t){y.last_tap * conv->kernel + x.last_tap, x.taps, 0};
    return v;
}

/* Both parities of x at once: windows that cover the taps of both, two pixels each. The errors are loaded once instead of twice. */
static window_t pair_window(const window_t *even, const window_t *odd) {
    const int32_t first = (int32_t)(even->x - odd->x) < 0 ? (int32_t)even->x : (int32_t)odd->x;
    const uint32_t even_column = even->x - (uint32_t)first;
    const uint32_t odd_column = odd->x - (uint32_t)first;
    window_t v = *even;
    v.x = (uint32_t)first;
    v.taps_x = larger(even_column + even->taps_x, odd_column + odd->taps_x);
    v.sets = 2;
    v.set[0].column = even_column;
    v.set[1] = odd->set[0];
    v.set[1].column = odd_column;
    v.pixels = 2;
    return v;
}

/* Cycles per window and 8 samples, of a window that fits: loading, array, or finish stage. */
static uint64_t window_cycles(const window_t *w) {
    const tt_tensor_t *a = &w->map.operand->tensor;
    const uint64_t load = (uint64_t)column_lanes(w) * beats_per_block(a);
    const uint32_t tile = larger(row_words(w) * a->planes, FINISH_CYCLES);
    const uint64_t array = (uint64_t)w->pixels * w->blocks * tile;
    return load > array ? load : array;
}

/* A kernel as large as the map: every pixel of the map meets one tap, so the taps are pixels of the only window. */
static window_t dense_window(const tt_conv_t *conv, const tt_operand_t *e, const tt_operand_t *w) {
    window_t v = gradient_window(conv, e, w);
    v.set[0] = (taps_t){0, 1, 0};
    v.pixels = conv->kernel * conv->kernel;
    return v;
}

/* The windows of an input gradient; returns how many. */
static uint32_t gradient_windows(const tt_prog_t *prog, const tt_conv_t *conv, const tt_operand_t *e,
                                 const tt_operand_t *w, window_t windows[4]) {
    uint32_t n = 0;
    if (conv->padding == 0u && conv->kernel == conv->height && conv->kernel == conv->width) {
        windows[0] = dense_window(conv, e, w);
        return 1;
    }
    for (uint32_t y = 0; y < smaller(conv->stride, conv->height); y++) {
        const uint32_t first = n;
        for (uint32_t x = 0; x < smaller(conv->stride, conv->width); x++)
            windows[n++] = parity_window(conv, e, w, y, x);
        if (n - first == 2u && conv->width % 2u == 0u && windows[first].set[0].taps_x > 0u &&
            windows[first + 1u].set[0].taps_x > 0u) {
            window_t pair = pair_window(&windows[first], &windows[first + 1u]);
            if (window_layout(prog, &windows[first]) == TT_OK &&
                window_layout(prog, &windows[first + 1u]) == TT_OK && window_layout(prog, &pair) == TT_OK &&
                window_cycles(&pair) <=
                    window_cycles(&windows[first]) + window_cycles(&windows[first + 1u])) {
                windows[first] = pair;
                n--;
            }
        }
    }
    return n;
}

tt_status_t tt_prog_conv_input_gradient(tt_prog_t *prog, const tt_conv_t *conv, const tt_operand_t *e,
                                        const tt_operand_t *w, const tt_finish_t *finish) {
    result_t r = {.finish = finish};
    window_t windows[TT_CONV_STRIDE_MAX * TT_CONV_STRIDE_MAX];
    tt_conv_shape(conv, CONV_IN, &r.rows, &r.cols);
    if (turned(finish))
        return TT_BAD_ARG;
    tt_status_t status = tt_conv_check(prog, conv, CONV_OUT, e, CONV_WEIGHTS, w, &r);
    if (status != TT_OK)
        return status;
    const uint32_t n = gradient_windows(prog, conv, e, w, windows);
    for (uint32_t i = 0; i < n && status == TT_OK; i++)
        status = window_layout(prog, &windows[i]);
    if (status != TT_OK)
        return status;
    tt_conv_credit(prog, conv, e, w);
    windows[n - 1u].last = true;
    for (uint32_t i = 0; i < n && status == TT_OK; i++)
        status = window_run(prog, &windows[i], &r);
    return status;
}
