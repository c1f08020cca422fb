/* SPDX-License-Identifier: Apache-2.0
 * The back ends of a program that is linked with the Verilated device; stands in for driver/tt_backends.c. */
#include "bus_sim.h"

const tt_backend_t tt_backends[] = {
    {"model", tt_bus_model_open, "base", TT_BUS_MODEL_KEYS},
    {"sim", tt_bus_sim_open, "base", TT_BUS_SIM_KEYS},
    {"serial", tt_bus_serial_open, "", TT_BUS_SERIAL_KEYS},
    {NULL, NULL, NULL, NULL},
};
