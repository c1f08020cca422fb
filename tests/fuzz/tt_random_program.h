/* SPDX-License-Identifier: Apache-2.0
 * Random valid programs for the differential test: a memory image and an instruction list that terminates on any conforming
 * device and whose result does not depend on time. */
#ifndef TT_RANDOM_PROGRAM_H
#define TT_RANDOM_PROGRAM_H

#include "tt_ref.h"

#define TT_RANDOM_MEM_BYTES (UINT32_C(1) << 20) /* smallest memory */
#define TT_RANDOM_CAPACITY 256u                 /* instructions: always enough */

typedef struct {
    uint32_t list_addr; /* where the list stands in memory */
    uint32_t count;     /* instructions */
    uint32_t steps;
} tt_random_program_t;

/* Fills mem (mem_bytes >= TT_RANDOM_MEM_BYTES, aligned to 8) with data and the list; the same seed and configuration make the same
 * program. words: room for TT_RANDOM_CAPACITY instructions, receives the list as well. All buffers are the caller's. */
void tt_random_program(uint64_t seed, const tt_config_t *config, uint8_t *mem, size_t mem_bytes,
                       uint64_t *words, tt_random_program_t *program);

#endif
