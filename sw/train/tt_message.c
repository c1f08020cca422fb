/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_message.h"

#include <stdarg.h>
#include <stdio.h>

void tt_message_set(tt_message_t *message, const char *format, ...) {
    if (message == NULL) {
        return;
    }
    va_list args;
    va_start(args, format);
    (void)vsnprintf(message->text, sizeof message->text, format, args);
    va_end(args);
    for (char *c = message->text; *c != '\0'; c++) {
        if (*c == '\n' || *c == '\r') {
            *c = ' ';
        }
    }
}
