/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_status.h"

const char *tt_status_name(tt_status_t status) {
    switch (status) {
    case TT_OK:
        return "ok";
    case TT_BAD_ARG:
        return "bad argument";
    case TT_WRONG_DEVICE:
        return "wrong device";
    case TT_TIMEOUT:
        return "timeout";
    case TT_DEVICE_ERROR:
        return "device error";
    case TT_BUSY:
        return "device is busy";
    case TT_NO_MEMORY:
        return "out of memory";
    case TT_TOO_LARGE:
        return "too large for this device";
    case TT_IO:
        return "input/output error";
    case TT_BAD_DATA:
        return "bad data";
    case TT_NO_ANSWER:
        return "device does not answer";
    }
    return "unknown status";
}
