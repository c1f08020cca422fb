/* SPDX-License-Identifier: Apache-2.0
 * Back end `netlist` of the driver: the gates that synthesis made of one board's device (docs/netlists.md). */
#ifndef BUS_NETLIST_H
#define BUS_NETLIST_H

#ifdef __cplusplus
extern "C" {
#endif

#include "tt_bus.h"

#define TT_BUS_NETLIST_KEYS "watchdog"

/* The one board of this program. */
extern const char tt_bus_netlist_board[];
/* A tt_bus_open_fn; the configuration is the board's name. */
tt_status_t tt_bus_netlist_open(const char *board, const tt_bus_options_t *options, tt_bus_t **bus,
                                char *message, size_t size);

#ifdef __cplusplus
}
#endif

#endif
