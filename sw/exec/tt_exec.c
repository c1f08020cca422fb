/* SPDX-License-Identifier: Apache-2.0
 * Host arrays to and from the memory format (docs/isa.md section 1). */
#include "tt_exec.h"

#include <string.h>

#define INT32_BLOCK_BEATS 32u

static uint32_t blocks_of(uint32_t elements) { return elements / TT_BLOCK + (elements % TT_BLOCK != 0u); }

static uint32_t beats_per_plane(const tt_tensor_t *tensor) { return tensor->maskless ? 1u : 2u; }

size_t tt_tensor_bytes(const tt_tensor_t *tensor) {
    return (size_t)blocks_of(tensor->rows) * blocks_of(tensor->cols) * tensor->planes *
           beats_per_plane(tensor) * sizeof(uint64_t);
}

int32_t tt_tensor_limit(const tt_tensor_t *tensor) {
    return tensor->maskless ? 1 : tt_ref_plane_limit(tensor->planes, tensor->radix);
}

/* The block whose first element is (row, col), to `block`; false when a value is out of range. Padding is 0 in every plane. */
static bool pack_block(uint64_t *block, const tt_tensor_t *tensor, tt_ref_block_encode_t *encode,
                       const int8_t *values, uint32_t row, uint32_t col) {
    const uint32_t rows = tensor->rows - row < TT_BLOCK ? tensor->rows - row : TT_BLOCK;
    const uint32_t cols = tensor->cols - col < TT_BLOCK ? tensor->cols - col : TT_BLOCK;
    const int32_t limit = tt_tensor_limit(tensor);
    int8_t inside[TT_BLOCK_ELEMENTS] = {0};
    tt_unit_t units[TT_PLANES_MAX];
    int8_t lowest = 0;
    int8_t highest = 0;
    bool bad = false;
    for (uint32_t r = 0; r < rows; r++) {
        const int8_t *from = values + (size_t)(row + r) * tensor->cols + col;
        if (cols == TT_BLOCK)
            memcpy(inside + (size_t)TT_BLOCK * r, from, TT_BLOCK);
        else
            memcpy(inside + (size_t)TT_BLOCK * r, from, cols);
    }
    for (uint32_t e = 0; e < TT_BLOCK_ELEMENTS; e++)
        lowest = inside[e] < lowest ? inside[e] : lowest;
    for (uint32_t e = 0; e < TT_BLOCK_ELEMENTS; e++)
        highest = inside[e] > highest ? inside[e] : highest;
    for (uint32_t e = 0; tensor->maskless && e < TT_BLOCK_ELEMENTS; e++)
        bad |= inside[e] == 0 && e / TT_BLOCK < rows && e % TT_BLOCK < cols;
    if (bad || lowest < -limit || highest > limit)
        return false;
    encode(units, inside, tensor->planes, tensor->radix);
    for (uint32_t p = 0; p < tensor->planes; p++) {
        if (!tensor->maskless)
            *block++ = units[p].mask;
        *block++ = units[p].sign;
    }
    return true;
}

static int32_t unpack_element(const uint64_t *block, const tt_tensor_t *tensor, uint32_t r, uint32_t c) {
    const uint32_t bit = TT_BLOCK * (r % TT_BLOCK) + c % TT_BLOCK;
    uint32_t mask = 0;
    uint32_t sign = 0;
    for (uint32_t p = 0; p < tensor->planes; p++) {
        mask |= (tensor->maskless ? 1u : (uint32_t)(*block++ >> bit) & 1u) << p;
        sign |= ((uint32_t)(*block++ >> bit) & 1u) << p;
    }
    return tt_ref_plane_decode(mask, sign, tensor->planes, tensor->radix);
}

static size_t block_index(const tt_tensor_t *tensor, uint32_t r, uint32_t c) {
    const size_t block = (size_t)(r / TT_BLOCK) * blocks_of(tensor->cols) + c / TT_BLOCK;
    return block * tensor->planes * beats_per_plane(tensor);
}

tt_status_t tt_tensor_pack(uint64_t *blocks, const tt_tensor_t *tensor, const int8_t *values) {
    tt_ref_block_encode_t *const encode = tt_ref_block_encode();
    for (uint32_t r = 0; r < tensor->rows; r += TT_BLOCK)
        for (uint32_t c = 0; c < tensor->cols; c += TT_BLOCK)
            if (!pack_block(blocks + block_index(tensor, r, c), tensor, encode, values, r, c))
                return TT_BAD_DATA;
    return TT_OK;
}

void tt_tensor_unpack(int8_t *values, const tt_tensor_t *tensor, const uint64_t *blocks) {
    for (uint32_t r = 0; r < tensor->rows; r++)
        for (uint32_t c = 0; c < tensor->cols; c++)
            values[(size_t)r * tensor->cols + c] =
                (int8_t)unpack_element(blocks + block_index(tensor, r, c), tensor, r, c);
}

size_t tt_int32_bytes(uint32_t rows, uint32_t cols) {
    return (size_t)blocks_of(rows) * blocks_of(cols) * INT32_BLOCK_BEATS * sizeof(uint64_t);
}

/* Place of element (r, c) among the 64 of its block: tiles, then rows, then columns inside the tile. */
static uint32_t element_number(const tt_config_t *config, uint32_t r, uint32_t c) {
    const uint32_t tile = r / config->m * (TT_BLOCK / config->n) + c / config->n;
    return (tile * config->m + r % config->m) * config->n + c % config->n;
}

/* Among the elements of a tensor of int32 blocks, or of masters. */
static size_t element_index(const tt_config_t *config, uint32_t cols, uint32_t r, uint32_t c) {
    const size_t block = (size_t)(r / TT_BLOCK) * blocks_of(cols) + c / TT_BLOCK;
    return block * TT_BLOCK * TT_BLOCK + element_number(config, r % TT_BLOCK, c % TT_BLOCK);
}

void tt_int32_pack(uint64_t *blocks, const tt_config_t *config, uint32_t rows, uint32_t cols,
                   const int32_t *values) {
    const size_t beats = tt_int32_bytes(rows, cols) / sizeof(uint64_t);
    for (size_t i = 0; i < beats; i++)
        blocks[i] = 0;
    for (uint32_t r = 0; r < rows; r++)
        for (uint32_t c = 0; c < cols; c++) {
            const size_t e = element_index(config, cols, r, c);
            blocks[e / 2u] |= (uint64_t)(uint32_t)values[(size_t)r * cols + c] << (32u * (e % 2u));
        }
}

void tt_int32_unpack(int32_t *values, const tt_config_t *config, uint32_t rows, uint32_t cols,
                     const uint64_t *blocks) {
    for (uint32_t r = 0; r < rows; r++)
        for (uint32_t c = 0; c < cols; c++) {
            const size_t e = element_index(config, cols, r, c);
            values[(size_t)r * cols + c] = (int32_t)(uint32_t)(blocks[e / 2u] >> (32u * (e % 2u)));
        }
}

size_t tt_master_bytes(uint32_t rows, uint32_t cols) { return tt_int32_bytes(rows, cols) / 2u; }

void tt_master_pack(uint64_t *blocks, const tt_config_t *config, uint32_t rows, uint32_t cols,
                    const int16_t *values) {
    const size_t beats = tt_master_bytes(rows, cols) / sizeof(uint64_t);
    for (size_t i = 0; i < beats; i++)
        blocks[i] = 0;
    for (uint32_t r = 0; r < rows; r++)
        for (uint32_t c = 0; c < cols; c++) {
            const size_t e = element_index(config, cols, r, c);
            blocks[e / 4u] |= (uint64_t)(uint16_t)values[(size_t)r * cols + c] << (16u * (e % 4u));
        }
}

void tt_master_unpack(int16_t *values, const tt_config_t *config, uint32_t rows, uint32_t cols,
                      const uint64_t *blocks) {
    for (uint32_t r = 0; r < rows; r++)
        for (uint32_t c = 0; c < cols; c++) {
            const size_t e = element_index(config, cols, r, c);
            values[(size_t)r * cols + c] = (int16_t)(uint16_t)(blocks[e / 4u] >> (16u * (e % 4u)));
        }
}

/* One block with ones on its diagonal: the product of any block row with it is the block row itself. */
size_t tt_identity_bytes(const tt_config_t *config) {
    (void)config; /* the same for every array */
    return 2u * sizeof(uint64_t);
}

void tt_identity_pack(uint64_t *blocks, const tt_config_t *config) {
    (void)config;
    blocks[0] = 0;
    blocks[1] = 0;
    for (unsigned i = 0; i < TT_BLOCK; i++)
        blocks[0] |= UINT64_C(1) << (TT_BLOCK * i + i);
}

size_t tt_state_bytes(const tt_config_t *config) {
    return (size_t)(config->lanes + TT_SLOTS) * sizeof(uint64_t);
}
