/* SPDX-License-Identifier: Apache-2.0
 * Compiles products and elementwise operations into instruction lists (docs/isa.md), and packs host arrays into the memory format.
 * No allocation, no float, no operating system, no device: it only writes into the caller's buffers. */
#ifndef TT_EXEC_H
#define TT_EXEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tt_ref.h"
#include "tt_status.h"

/* A tensor of trit planes in device memory (8 x 8 blocks). */
typedef struct {
    uint32_t addr; /* bytes, multiple of 8 */
    uint32_t rows, cols;
    uint32_t planes, radix; /* 1..5; 2 or 3 */
    bool maskless;          /* binary {-1,+1}: signs only, planes = 1 */
} tt_tensor_t;

size_t tt_tensor_bytes(const tt_tensor_t *tensor);
int32_t tt_tensor_limit(const tt_tensor_t *tensor); /* largest value */
/* values (rows, cols), row-major, each within +-limit (binary: -1 or +1) <-> block format, tt_tensor_bytes bytes; buffers are the caller's.
 * pack returns TT_BAD_DATA when a value is out of range. */
tt_status_t tt_tensor_pack(uint64_t *blocks, const tt_tensor_t *tensor, const int8_t *values);
void tt_tensor_unpack(int8_t *values, const tt_tensor_t *tensor, const uint64_t *blocks);

/* Int32 blocks (element order depends on the configuration). Padding is written as 0. */
size_t tt_int32_bytes(uint32_t rows, uint32_t cols);
void tt_int32_pack(uint64_t *blocks, const tt_config_t *config, uint32_t rows, uint32_t cols,
                   const int32_t *values);
void tt_int32_unpack(int32_t *values, const tt_config_t *config, uint32_t rows, uint32_t cols,
                     const uint64_t *blocks);

/* Master weights, in the same way: int16, units of 2^-14, within +-2^14 (docs/numerics.md section 6). */
size_t tt_master_bytes(uint32_t rows, uint32_t cols);
void tt_master_pack(uint64_t *blocks, const tt_config_t *config, uint32_t rows, uint32_t cols,
                    const int16_t *values);
void tt_master_unpack(int16_t *values, const tt_config_t *config, uint32_t rows, uint32_t cols,
                      const uint64_t *blocks);

/* What happens to each result. Zero-initialise, then set what is needed. */
typedef struct {
    bool to_int32; /* raw sums to int32 blocks at int32_addr; the fields below but the slot's are ignored */
    uint32_t int32_addr;
    tt_tensor_t
        out; /* planes; its rows and cols are checked against the product (exchanged when out_transpose) */
    bool out_transpose;
    bool write_off;
    tt_round_t mode;
    bool binary; /* out is {-1,+1}; the compiler halves the scale, lo and hi are ignored */
    int32_t mant,
        shift; /* value in units of out = acc * mant * 2^(shift - 24 - exp); mant signed 16, shift signed 8 */
    int32_t lo, hi; /* lo <= 0 <= hi; both 0: the tensor's full range */
    int slot;       /* -1: none */
    bool slot_use, slot_observe, slot_commit;
    /* TARGET (not if binary): out = aux + value where that has aux's sign, else 0. MASTER (full configurations): the master weights at
     * master_addr are moved by value, and out, one plane, holds what stands for them; lo and hi are ignored, binary does not halve. */
    tt_aux_t aux_kind;
    uint32_t master_addr; /* blocks of the result, never transposed; aux_step_pages holds for them */
    tt_tensor_t aux;
    bool aux_transpose;
    int32_t ste_limit;
    uint32_t dst_step_pages, aux_step_pages; /* replay strides, 4 KiB pages per step */
} tt_finish_t;

/* One operand of C = A * B^T, contracted along its columns; transpose: the stored matrix is used transposed. */
typedef struct {
    tt_tensor_t tensor;
    bool transpose;
    uint32_t step_pages;
} tt_operand_t;

/* A list under construction. words is the caller's, capacity in instructions. Fields are private; use tt_prog_init. */
typedef struct {
    tt_config_t config;
    uint64_t *words;
    uint32_t capacity, count;
    /* bookkeeping of tokens, buffer regions and memory hazards */
    struct tt_prog_state {
        uint64_t plane_macs; /* unpadded trit products, for ideal cycles */
        /* tokens that earlier instructions push, and how many of them LOADs have popped */
        uint32_t finishes, finishes_popped;
        uint32_t a_chunks, a_popped;
        uint32_t b_panels, b_popped;
        /* buffer space in use: block-words [lo, hi) are free once `until` tokens have been popped */
        uint32_t a_next;
        uint32_t b_lo, b_hi; /* the latest panel */
        uint32_t n_a_regions, n_b_regions;
        struct tt_prog_region {
            uint32_t lo, hi, until;
        } a_regions[32], b_regions[32];
        /* memory bytes [lo, hi) hold their new content once `until` tokens have been popped */
        uint32_t n_writes;
        struct tt_prog_write {
            uint64_t lo, hi;
            uint32_t until;
        } writes[64];
    } state;
} tt_prog_t;

void tt_prog_init(tt_prog_t *prog, const tt_config_t *config, uint64_t *words, uint32_t capacity);

/* C (rows of A', rows of B') = A' * B'^T, where ' is the operand's transpose flag; finished as told. Emits LOAD, EXEC and FINISH; splits
 * into panels that fit the buffers; orders loads so that operands which depend on nothing recent are fetched early; waits for earlier
 * writes that it reads. Where that is estimated to be faster, operands are exchanged (full configurations, results in planes). Draw
 * order: panels of B, then block rows, then block columns, of C or, if exchanged, of C^T; it depends on this product and those before
 * it in the list, on nothing else. TT_TOO_LARGE when one block row of the contraction does not fit a buffer, the sums could wrap, or a
 * loop, run or jump is beyond its field (a compact configuration counts to 1024; a tensor that is walked across its block rows has up
 * to 2^23 beats); TT_BAD_ARG when shapes disagree, both operands have several planes of different radix, or the result overwrites an
 * operand that is still to be read. */
tt_status_t tt_prog_matmul(tt_prog_t *prog, const tt_operand_t *a, const tt_operand_t *b,
                           const tt_finish_t *finish);

/* out = finish(int32 blocks at addr, (rows, cols)). TT_TOO_LARGE also for int32 to int32 in a compact configuration. */
tt_status_t tt_prog_elementwise_int32(tt_prog_t *prog, uint32_t addr, uint32_t rows, uint32_t cols,
                                      const tt_finish_t *finish);

/* out = finish(values of the operand), through a product with the identity pattern at identity_addr, which the caller has filled
 * with tt_identity_pack (tt_identity_bytes bytes). */
size_t tt_identity_bytes(const tt_config_t *config);
void tt_identity_pack(uint64_t *blocks, const tt_config_t *config);
tt_status_t tt_prog_elementwise_planes(tt_prog_t *prog, const tt_operand_t *operand, uint32_t identity_addr,
                                       const tt_finish_t *finish);

/* LFSR states and slots from / to memory: tt_state_bytes bytes, lanes first. */
size_t tt_state_bytes(const tt_config_t *config);
tt_status_t tt_prog_state_load(tt_prog_t *prog, uint32_t addr);
tt_status_t tt_prog_state_store(tt_prog_t *prog, uint32_t addr);

/* Ends a list that is to be replayed: waits until all of it has been done and takes back every token, so that the next step starts
 * like the first. Needed for steps > 1 only. Operands and results that advance per step must stay apart from everything else
 * in all steps; the compiler compares their addresses of step 0. */
tt_status_t tt_prog_end(tt_prog_t *prog);

/* Array cycles of the list if every MAC were busy and nothing padded: plane MACs / (m * n * k), rounded down. */
uint64_t tt_prog_ideal_cycles(const tt_prog_t *prog);

#endif
