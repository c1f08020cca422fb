/* SPDX-License-Identifier: Apache-2.0
 * Back end `sim` of the driver, and the faults that tests inject into its memory. */
#ifndef BUS_SIM_H
#define BUS_SIM_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

#include "tt_bus.h"

#define TT_BUS_SIM_KEYS TT_BUS_MODEL_KEYS ", stall, trace"

/* A tt_bus_open_fn. */
tt_status_t tt_bus_sim_open(const char *config, const tt_bus_options_t *options, tt_bus_t **bus,
                            char *message, size_t size);
/* Bursts that touch the bytes [begin, end) are answered with SLVERR and change nothing. */
void tt_bus_sim_poison(tt_bus_t *bus, uint32_t begin, uint32_t end);
/* While frozen the memory accepts and answers nothing. */
void tt_bus_sim_freeze(tt_bus_t *bus, bool frozen);

#ifdef __cplusplus
}
#endif

#endif
