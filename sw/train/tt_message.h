/* SPDX-License-Identifier: Apache-2.0
 * One line of text that says what was wrong; sw/cli prints it. */
#ifndef TT_MESSAGE_H
#define TT_MESSAGE_H

typedef struct {
    char text[512];
} tt_message_t;

/* Formats into message, cut to its size; newlines become blanks. message may be NULL. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void tt_message_set(tt_message_t *message, const char *format, ...);

#endif
