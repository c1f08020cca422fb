/* SPDX-License-Identifier: Apache-2.0
 * Threads that run numbered tasks of one caller: tt_ref_runner_t of the device `model`. */
#ifndef TT_POOL_H
#define TT_POOL_H

#include <stdint.h>

#include "tt_ref.h"

typedef struct tt_pool tt_pool_t;

/* threads counts the caller, who works too; 0: one for each processor. NULL: no memory, or no threads. */
tt_pool_t *tt_pool_open(uint32_t threads);
void tt_pool_close(tt_pool_t *pool); /* accepts NULL */
tt_ref_runner_t tt_pool_runner(tt_pool_t *pool);

#endif
