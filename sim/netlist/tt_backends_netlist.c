/* SPDX-License-Identifier: Apache-2.0
 * The back ends of a program that is linked with a board's netlist; stands in for driver/tt_backends.c. */
#include "bus_netlist.h"

const tt_backend_t tt_backends[] = {
    {"model", tt_bus_model_open, "base", TT_BUS_MODEL_KEYS},
    {"netlist", tt_bus_netlist_open, tt_bus_netlist_board, TT_BUS_NETLIST_KEYS},
    {NULL, NULL, NULL, NULL},
};
