/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TT_STATUS_H
#define TT_STATUS_H

/* Negative values are errors. */
typedef enum {
    TT_OK = 0,
    TT_BAD_ARG = -1,      /* caller bug or unknown name; hardware not touched */
    TT_WRONG_DEVICE = -2, /* ID or major version differs; hardware only read */
    TT_TIMEOUT = -3,      /* job did not end in time; the device was soft-reset */
    TT_DEVICE_ERROR = -4, /* the device reported an error, see tt_dev_error; it was soft-reset */
    TT_BUSY = -5,         /* a job runs; hardware not touched */
    TT_NO_MEMORY = -6,    /* host or device memory exhausted; hardware not touched */
    TT_TOO_LARGE =
        -7,     /* shape does not fit this device (buffer depth, accumulator width); hardware not touched */
    TT_IO = -8, /* a file failed; see errno */
    TT_BAD_DATA = -9, /* a file's content is wrong; hardware not touched */
    TT_NO_ANSWER =
        -10 /* the way to the device cannot be opened or was lost, or the board was reset; what was done is unknown */
} tt_status_t;

const char *tt_status_name(tt_status_t status);

#endif
