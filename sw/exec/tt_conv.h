/* SPDX-License-Identifier: Apache-2.0
 * Convolutions as products with strided loads (docs/architecture.md, "Convolution"): no window is ever copied in memory.
 *
 * A feature map of `batch` samples is a tensor of rows = height * width * batch and cols = channels: pixel after pixel, line by line, the
 * samples of a pixel beside each other. So a block holds 8 samples and 8 channels of one pixel, and a shift by a pixel moves whole
 * blocks. Weights have rows = out_channels and cols = kernel * kernel * in_channels: taps line by line, the channels of a tap beside
 * each other. A map of one pixel is the matrix (batch, channels) of a dense layer; a dense layer behind a map of n x n pixels is a
 * convolution with kernel n and no padding. */
#ifndef TT_CONV_H
#define TT_CONV_H

#include "tt_exec.h"

#define TT_CONV_KERNEL_MAX 7u
#define TT_CONV_STRIDE_MAX 2u
#define TT_CONV_PADDING_MAX 3u

typedef struct {
    uint32_t batch;                     /* samples, a multiple of 8 */
    uint32_t height, width;             /* pixels of the input map, up to 1024 */
    uint32_t in_channels, out_channels; /* multiples of 8; channels whose inputs and weights are 0 stay 0 */
    uint32_t kernel, stride, padding;   /* 1..7, 1..2, 0..3 and less than the kernel; the padding is 0 */
} tt_conv_t;

/* Pixels of the output map: (height + 2 * padding - kernel) / stride + 1. 0: the kernel is larger than the map, or there is no stride. */
uint32_t tt_conv_out_height(const tt_conv_t *conv);
uint32_t tt_conv_out_width(const tt_conv_t *conv);

/* y = finish(x convolved with w). x: input map, w: weights; the result is the output map, as int32 or planes. Operands and finish are not
 * transposed. Draw order: panels of output channels, output lines, parts of a line (if it does not fit the buffer), blocks of samples,
 * pixels, blocks of channels. TT_TOO_LARGE: a compact configuration (its LOAD has no bounds), a map beyond 2^23 beats or 65535
 * blocks of rows, a window or a block row of weights beyond its buffer, sums that could wrap. TT_BAD_ARG: shapes, radices, an operand
 * that would be overwritten. */
tt_status_t tt_prog_conv_forward(tt_prog_t *prog, const tt_conv_t *conv, const tt_operand_t *x,
                                 const tt_operand_t *w, const tt_finish_t *finish);

/* The gradient of the input map from that of the output map, e: finish(e convolved with the turned weights). With stride 2 it is
 * made in parts, which stand outermost in the draw order: even lines, odd lines, and of each, if the width is odd or it takes
 * fewer cycles, even pixels, odd pixels. */
tt_status_t tt_prog_conv_input_gradient(tt_prog_t *prog, const tt_conv_t *conv, const tt_operand_t *e,
                                        const tt_operand_t *w, const tt_finish_t *finish);

/* The gradient of the weights, a sum over samples and pixels. It is longer than the operand buffers where the map is large, so it is cut into
 * slices of samples and pixels, and `finish` is applied to each slice in turn. With to_int32 slice i goes to
 * int32_addr + i * tt_int32_bytes(kernel^2 * in_channels, out_channels), transposed: the rows are those of the weights' columns. Without an
 * auxiliary tensor the first slice is written to out, each further one added to it: out is the sum, rounded slice by slice, for
 * tt_prog_elementwise_planes to move the weights by. With aux_kind TT_AUX_OLD and aux = out the weights take one step per slice.
 * Anything else is TT_TOO_LARGE if there is more than one slice. A slot is committed after the last one. Draw order: slices, panels of
 * output channels, taps, blocks of input channels, blocks of output channels; inside of a block input channels are the rows. */
tt_status_t tt_prog_conv_weight_gradient(tt_prog_t *prog, const tt_conv_t *conv, const tt_operand_t *x,
                                         const tt_operand_t *e, const tt_finish_t *finish);
/* How many slices; of a convolution and tensors that the product accepts. */
uint32_t tt_conv_slices(const tt_config_t *config, const tt_conv_t *conv, const tt_tensor_t *x,
                        const tt_tensor_t *e);

/* Products of taps that lie on the map, so the same for all three: the trit products that tt_prog_ideal_cycles counts are these, times the
 * planes of both operands. Taps on the padding are not counted. */
uint64_t tt_conv_macs(const tt_conv_t *conv);

#endif
