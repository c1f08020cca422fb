/* SPDX-License-Identifier: Apache-2.0
 * Device API: one opaque handle, back ends chosen at run time by name.
 * The device owns a byte-addressed memory (64 MiB on `model` and `sim` unless told otherwise); lists and tensors live there
 * (docs/isa.md). */
#ifndef TT_DEV_H
#define TT_DEV_H

#include "tt_ref.h"
#include "tt_status.h"

typedef struct tt_dev tt_dev_t;

/* What a device says of itself. */
typedef struct {
    tt_config_t config;
    uint32_t version; /* major << 16 | minor */
    uint64_t mem_bytes;
    char name[32]; /* "model:base", "sim:base", "serial:/dev/ttyUSB1" */
} tt_dev_info_t;

/* Opens a device by name: BACKEND[:CONFIG][,key=value...].
 *   model[:base|tiny|small]     the C twin; keys mem (MiB; 128KiB: like a board), latency, interval, threads (all processors),
 *                               kernel (scalar, avx2, avx512: the fastest); the last two make no difference but in speed
 *   sim[:base|tiny|small]       the Verilated RTL; keys mem, latency, interval, stall (seed; random stalls), trace (file, .fst or .vcd)
 *   serial:TTY                  a board, or a simulated one behind a pseudo-terminal (docs/link.md); key baud (3000000)
 * TT_BAD_ARG: unknown name or key; *message (may be NULL, else caller's buffer of size message_size) says which. The caller closes the handle. */
tt_status_t tt_dev_open(const char *name, tt_dev_t **dev, char *message, size_t message_size);
void tt_dev_close(tt_dev_t *dev); /* accepts NULL */

const tt_dev_info_t *tt_dev_info(const tt_dev_t *dev);

/* Bulk memory access by the host; address and size are multiples of 8. Refused with TT_BUSY while a list runs. */
tt_status_t tt_dev_write(tt_dev_t *dev, uint32_t address, const void *data, size_t size);
tt_status_t tt_dev_read(tt_dev_t *dev, uint32_t address, void *data, size_t size);

#define TT_LIST_ALIGNMENT 128u /* bytes: one instruction */

/* Runs the list at `address` (aligned, inside of the memory) `steps` times and waits, at most `timeout_ms` of wall time (0: 10 minutes).
 * Both counts are 1..65535, for compact configurations 1..TT_COMPACT_LIST_MAX; TT_TOO_LARGE: the list is longer. counters may be NULL.
 * TT_DEVICE_ERROR: see tt_dev_error; the device has been soft-reset and can be used again, its LFSR states and slots are lost. TT_TIMEOUT: likewise. */
tt_status_t tt_dev_run(tt_dev_t *dev, uint32_t address, uint32_t instructions, uint32_t steps,
                       uint32_t timeout_ms, tt_counters_t *counters);

/* The error of the last failed run: device code and index of the instruction. */
void tt_dev_error(const tt_dev_t *dev, tt_dev_err_t *code, uint32_t *instruction);
const char *tt_dev_err_name(tt_dev_err_t code);

/* Host bytes moved by tt_dev_write and tt_dev_read since open. */
uint64_t tt_dev_host_bytes(const tt_dev_t *dev);
/* Wall seconds and simulated cycles spent inside tt_dev_run since open (for simulated kHz). */
void tt_dev_speed(const tt_dev_t *dev, double *seconds, uint64_t *cycles);

#endif
