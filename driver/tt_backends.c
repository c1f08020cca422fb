/* SPDX-License-Identifier: Apache-2.0
 * The back ends of a program that brings no list of its own. Defines nothing else, so that the linker leaves it out otherwise. */
#include "tt_bus.h"

const tt_backend_t tt_backends[] = {
    {"model", tt_bus_model_open, "base", TT_BUS_MODEL_KEYS},
    {"serial", tt_bus_serial_open, "", TT_BUS_SERIAL_KEYS},
    {NULL, NULL, NULL, NULL},
};
