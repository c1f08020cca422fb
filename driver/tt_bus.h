/* SPDX-License-Identifier: Apache-2.0
 * What a back end offers to tt_dev.c: 32-bit registers (driver/registers.rdl), bulk memory, an interrupt and a clock.
 * Internal to the driver; applications use tt_dev.h. */
#ifndef TT_BUS_H
#define TT_BUS_H

#include <stddef.h>
#include <stdint.h>

#include "tt_status.h"

typedef struct tt_bus tt_bus_t;

typedef struct {
    void (*close)(tt_bus_t *bus);
    /* offset: byte address of a register, a multiple of 4 */
    tt_status_t (*read32)(tt_bus_t *bus, uint32_t *value, uint32_t offset);
    tt_status_t (*write32)(tt_bus_t *bus, uint32_t offset, uint32_t value);
    /* address and size are multiples of 8 and lie inside of the memory; a write is visible to the device before the next write32 */
    tt_status_t (*mem_write)(tt_bus_t *bus, uint32_t address, const void *data, size_t size);
    tt_status_t (*mem_read)(tt_bus_t *bus, void *data, uint32_t address, size_t size);
    /* Returns TT_OK when the interrupt is raised (at once if it already is), TT_TIMEOUT after timeout_ms of wall time. */
    tt_status_t (*wait)(tt_bus_t *bus, uint32_t timeout_ms);
    double (*now)(tt_bus_t *bus); /* wall seconds from an arbitrary start */
} tt_bus_ops_t;

/* The first member of every back end's own structure. */
struct tt_bus {
    const tt_bus_ops_t *ops;
    uint64_t mem_bytes; /* a multiple of 8 */
};

#define TT_BUS_TRACE_SIZE 256u
#define TT_BUS_KERNEL_SIZE 16u

/* Keys of a device name; see tt_dev.h. */
typedef struct {
    uint32_t mem_kib;  /* size of the memory */
    uint32_t latency;  /* cycles to the first beat */
    uint32_t interval; /* cycles per beat */
    uint32_t stall;    /* seed of random stalls, 0: none */
    uint32_t baud;     /* of a serial line */
    uint32_t watchdog; /* cycles without progress, 0: the device's own default; written by tt_dev.c */
    uint32_t threads;  /* of the model, 0: one for each processor */
    char trace[TT_BUS_TRACE_SIZE];   /* file for the waves, "": none */
    char kernel[TT_BUS_KERNEL_SIZE]; /* of the model (tt_ref_machine_use), "": the fastest */
} tt_bus_options_t;

/* A back end opens one of its configurations (its name is empty only where the default is). On an error message holds one line. The caller closes the bus. */
typedef tt_status_t tt_bus_open_fn(const char *config, const tt_bus_options_t *options, tt_bus_t **bus,
                                   char *message, size_t size);

typedef struct {
    const char *name;
    tt_bus_open_fn *open;
    const char *default_config;
    const char *keys; /* accepted keys, separated by ", " */
} tt_backend_t;

/* The list of this program, ended by a NULL name: that of the library (tt_backends.c), or one of its own among the objects that it is
 * linked from, which the linker then prefers. */
extern const tt_backend_t tt_backends[];

tt_bus_open_fn tt_bus_model_open;
#define TT_BUS_MODEL_KEYS "mem, latency, interval, watchdog, threads, kernel"
tt_bus_open_fn tt_bus_serial_open;
#define TT_BUS_SERIAL_KEYS "baud, watchdog"

#define TT_BUS_CONFIG_SIZE 128u /* a tty may be named /dev/serial/by-id/... */

typedef struct {
    const tt_backend_t *backend;
    char config[TT_BUS_CONFIG_SIZE];
    tt_bus_options_t options;
} tt_bus_name_t;

/* Takes BACKEND[:CONFIG][,key=value...] apart. TT_BAD_ARG: message (never NULL, size bytes) says what is wrong. */
tt_status_t tt_bus_name_parse(tt_bus_name_t *result, const tt_backend_t *backends, const char *name,
                              char *message, size_t size);

/* tt_dev_open with a list of back ends. */
struct tt_dev;
tt_status_t tt_dev_open_from(const tt_backend_t *backends, const char *name, struct tt_dev **dev,
                             char *message, size_t message_size);

#endif
