/* SPDX-License-Identifier: Apache-2.0
 * Device memory of one engine: areas, host transfers, instruction lists. */
#ifndef TT_STORE_H
#define TT_STORE_H

#include "tt_dev.h"
#include "tt_engine.h"
#include "tt_exec.h"

typedef struct {
    tt_dev_t *dev;
    const tt_config_t *config;
    uint64_t next;     /* first free byte of device memory */
    uint64_t *scratch; /* transfer buffer, grows */
    size_t scratch_bytes;
    tt_usage_t *usage; /* every run is counted here */
} tt_store_t;

/* An instruction list in device memory. */
typedef struct {
    uint32_t addr, capacity, count; /* instructions */
    uint32_t room;                  /* instructions that fit at addr */
    uint64_t ideal_cycles;
    uint64_t *words; /* the host's copy, (capacity * 16) */
} tt_list_t;

void tt_store_open(tt_store_t *store, tt_dev_t *dev, tt_usage_t *usage);
void tt_store_close(tt_store_t *store); /* frees the transfer buffer */

int32_t
tt_store_sum_limit(const tt_store_t *store); /* the largest int32 that the finish stage reads as it is */

/* TT_NO_MEMORY: the device's memory is full. */
tt_status_t tt_store_area(tt_store_t *store, uint32_t *addr, size_t bytes);
tt_status_t tt_store_tensor(tt_store_t *store,
                            tt_tensor_t *tensor); /* fills addr; the other fields are given */

/* As many of them as a list is run steps, page by page (docs/isa.md section 3); *pages lie from one to the next. One alone is placed
 * like any tensor, *pages is 0; so are 0 steps. */
tt_status_t tt_store_steps(tt_store_t *store, tt_tensor_t *tensor, uint32_t steps, uint32_t *pages);
/* The tensor of a step. */
tt_tensor_t tt_store_of_step(const tt_tensor_t *tensor, uint32_t pages, uint32_t step);

tt_status_t tt_store_put(tt_store_t *store, const tt_tensor_t *tensor, const int8_t *values);
tt_status_t tt_store_get(tt_store_t *store, int8_t *values, const tt_tensor_t *tensor);
tt_status_t tt_store_put_int32(tt_store_t *store, uint32_t addr, uint32_t rows, uint32_t cols,
                               const int32_t *values);
tt_status_t tt_store_get_int32(tt_store_t *store, int32_t *values, uint32_t addr, uint32_t rows,
                               uint32_t cols);

/* Makes the host's copy of a list; then per compilation: begin, tt_prog_* calls, end (uploads it, in an area of the device that
 * is as large as the longest so far). Lists grow on demand: when a call says TT_NO_MEMORY, tt_list_grow enlarges the host's
 * copy, and the compilation starts again. */
tt_status_t tt_list_open(tt_list_t *list, uint32_t capacity);
void tt_list_close(tt_list_t *list);
/* Whether to compile again: false at any other status, and (TT_TOO_LARGE) when the list cannot be longer. */
bool tt_list_grow(tt_list_t *list, tt_status_t *status);
void tt_list_begin(const tt_store_t *store, tt_prog_t *prog, const tt_list_t *list);
tt_status_t tt_list_end(tt_store_t *store, tt_list_t *list, const tt_prog_t *prog);
tt_status_t tt_list_run(tt_store_t *store, const tt_list_t *list);
/* Runs it so many times, with addresses that advance; then it must have been ended with tt_prog_end. */
tt_status_t tt_list_replay(tt_store_t *store, const tt_list_t *list, uint32_t steps);

/* LFSR states (lanes) and slots (TT_SLOTS) of the device, through a list that uses the area at addr. */
tt_status_t tt_store_put_state(tt_store_t *store, tt_list_t *list, uint32_t addr, const uint64_t *lfsr,
                               const uint64_t *slots);
tt_status_t tt_store_get_state(tt_store_t *store, tt_list_t *list, uint32_t addr, uint64_t *lfsr,
                               uint64_t *slots);
/* A fresh state of a seed: TT_BAD_ARG for the seed that the LFSR refuses. */
tt_status_t tt_store_fresh_state(const tt_store_t *store, uint64_t seed, uint64_t *lfsr, uint64_t *slots);

#endif
