/* SPDX-License-Identifier: Apache-2.0
 * The C twin of the RTL: bit-exact units, a functional machine that executes instruction lists, and a cycle-exact
 * model of the control path. A leaf: includes nothing of the project but the generated instruction fields.
 * No allocation, no float, no operating system. Contracts: docs/numerics.md, docs/isa.md. */
#ifndef TT_REF_H
#define TT_REF_H

#include <stddef.h>
#include <stdint.h>

#define TT_BLOCK 8u /* edge of a memory block, elements */
#define TT_PLANES_MAX 5u
#define TT_SLOTS 32u
#define TT_LANES_MAX 64u
#define TT_COMPACT_LIST_MAX 1023u /* instructions and steps of compact configurations */

/* One hardware configuration; on a device it is read from the CONFIG registers. */
typedef struct {
    uint32_t m, n;             /* array rows, columns: 1, 2, 4 or 8 */
    uint32_t k;                /* trits per dot product and cycle: 16, 32 or 64 */
    uint32_t lanes;            /* rounder lanes: even, divides m * n */
    uint32_t w_acc;            /* accumulator bits: 16 or 24 */
    uint32_t a_depth, b_depth; /* operand buffers, block-words (8 rows x k trits) */
    uint32_t planes_max;       /* planes that the finish stage can write and read: 1..5 */
    uint32_t compact;          /* 1: fewer loops and shorter counts, docs/isa.md section 3 */
    uint32_t scale_form;       /* of the rounder lanes, 0 to 2: it decides on time only */
} tt_config_t;

typedef enum { TT_ROUND_NEAREST = 0, TT_ROUND_STOCHASTIC = 1, TT_ROUND_TRUNCATE = 2 } tt_round_t;
/* Bit 0: V starts from the auxiliary planes. MASTER is not a value of FIN_AUX_KIND but stands for FIN_MASTER. */
typedef enum {
    TT_AUX_NONE = 0,
    TT_AUX_OLD = 1,
    TT_AUX_STE = 2,
    TT_AUX_TARGET = 3,
    TT_AUX_MASTER = 4
} tt_aux_t;

/* Error codes of the device (docs/isa.md section 4). */
typedef enum {
    TT_DEV_ERR_NONE = 0,
    TT_DEV_ERR_BAD_OPCODE = 1,
    TT_DEV_ERR_BAD_FIELD = 2,
    TT_DEV_ERR_ADDRESS = 3,
    TT_DEV_ERR_AXI = 4,
    TT_DEV_ERR_TIMEOUT = 5
} tt_dev_err_t;

/* What the device counted over one run. */
typedef struct {
    uint64_t cycles; /* start to done */
    uint64_t load_busy, load_starved, load_blocked;
    uint64_t exec_busy, exec_starved, exec_blocked;
    uint64_t finish_busy, finish_starved, finish_blocked;
    uint64_t beats_read, beats_written;
} tt_counters_t;

/* ---- units (numerics.md sections 1-5) ---- */

uint64_t tt_ref_lfsr_next(uint64_t state); /* one draw: 32 steps */
uint32_t tt_ref_lfsr_rand24(uint64_t state);
uint64_t tt_ref_lfsr_jump(uint64_t state,
                          unsigned log2_draws); /* state after 2^log2_draws draws; log2_draws < 64 */
uint64_t tt_ref_lfsr_lane_seed(uint64_t seed, unsigned lane); /* 0 only for the one refused seed */

/* Value of n digits, digit i in bit i of mask and sign; and back. radix 2 or 3. encode requires |value| in range. */
int32_t tt_ref_plane_decode(uint32_t mask, uint32_t sign, unsigned planes, unsigned radix);
void tt_ref_plane_encode(int32_t value, unsigned planes, unsigned radix, uint32_t *mask, uint32_t *sign);
int32_t tt_ref_plane_limit(unsigned planes, unsigned radix); /* largest value */

#define TT_BLOCK_ELEMENTS 64u

/* One plane of an 8 x 8 block; bit 8 * r + c is element (r, c). */
typedef struct {
    uint64_t mask, sign;
} tt_unit_t;
/* 64 values, row-major, each within the planes' range, to the planes of a block; the function that is fastest on this processor. */
typedef void tt_ref_block_encode_t(tt_unit_t *units, const int8_t *values, uint32_t planes, uint32_t radix);
tt_ref_block_encode_t *tt_ref_block_encode(void);

int32_t tt_ref_ternary_dot(uint64_t a_mask, uint64_t a_sign, uint64_t b_mask, uint64_t b_sign);

typedef struct {
    int32_t mant;   /* signed 16 */
    int32_t shift;  /* signed 8, exponent of the slot not yet subtracted */
    int32_t exp;    /* 0 when no slot is used */
    int32_t lo, hi; /* signed 8 */
    tt_round_t mode;
    int binary; /* index grid: 1/2 is added when has_old is 0 */
    int has_old;
} tt_ref_round_t;
int64_t tt_ref_scale(int32_t acc, const tt_ref_round_t *r); /* S of numerics.md */
int32_t tt_ref_round(int32_t acc, int32_t old, uint32_t rand24, const tt_ref_round_t *r);
/* Master weights, numerics.md section 6: the new one, and the trit that stands for it. */
int32_t tt_ref_master(int32_t acc, int32_t master, uint32_t rand24, const tt_ref_round_t *r);
int32_t tt_ref_master_trit(int32_t master, int binary); /* binary: -1 or +1 */

/* ---- functional machine: executes a list on a memory image, no notion of time ---- */

typedef struct tt_ref_machine tt_ref_machine_t;
size_t tt_ref_machine_size(const tt_config_t *config);
/* Places a machine in storage (8-byte aligned, tt_ref_machine_size bytes, owned by the caller). LFSR states and slots are zero. */
tt_ref_machine_t *tt_ref_machine_init(void *storage, const tt_config_t *config);
/* Runs task(context, i) for every i < n, in any order and at once, and returns when all are done. */
typedef void tt_ref_task_t(void *context, uint32_t i);
typedef struct {
    void (*run)(void *pool, tt_ref_task_t *task, void *context, uint32_t n);
    void *pool;
} tt_ref_runner_t;
/* Which kernels work ("scalar", "avx2", "avx512"; NULL or "": the fastest that this processor has), and who runs tasks (NULL: the caller,
 * one after the other). Makes no difference but in speed. 0: this processor has no such kernels. */
int tt_ref_machine_use(tt_ref_machine_t *machine, const char *kernels, const tt_ref_runner_t *runner);
/* Runs the list at list_addr in mem `steps` times. Returns 0 or a device error code with *error_index set to the index of
 * the instruction; then memory holds what was written so far. Deadlock (tokens that never come) is TT_DEV_ERR_TIMEOUT. */
tt_dev_err_t tt_ref_machine_run(tt_ref_machine_t *machine, uint8_t *mem, size_t mem_bytes, uint32_t list_addr,
                                uint32_t instructions, uint32_t steps, uint32_t *error_index);

/* ---- timing machine: the control path clock by clock, no data ---- */

/* Memory behind the AXI port: see sim/memory model. */
typedef struct {
    uint32_t latency;       /* cycles from accepted AR to first beat, >= 1; and from last W to B */
    uint32_t beat_interval; /* cycles per beat of read data and of write data, >= 1 */
} tt_ref_memory_t;

size_t tt_ref_timing_size(const tt_config_t *config);
/* Predicts the counters of running `list` (instructions * 16 words, as stored at list_addr) `steps` times. Returns a device
 * error code like the machine (TIMEOUT after `watchdog` cycles without progress). storage: caller's, tt_ref_timing_size bytes. */
tt_dev_err_t tt_ref_timing_run(void *storage, const tt_config_t *config, const tt_ref_memory_t *memory,
                               size_t mem_bytes, const uint64_t *list, uint32_t list_addr,
                               uint32_t instructions, uint32_t steps, uint32_t watchdog,
                               tt_counters_t *counters);

#endif
