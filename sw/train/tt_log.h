/* SPDX-License-Identifier: Apache-2.0
 * A log of JSON objects, one per line, each written whole and flushed. */
#ifndef TT_LOG_H
#define TT_LOG_H

#include "tt_run.h"

typedef struct tt_log tt_log_t;

/* Appends to path. The caller closes *log. TT_IO: cannot be opened. */
tt_status_t tt_log_open(tt_log_t **log, const char *path, tt_message_t *message);
/* TT_IO when any line could not be written. Accepts NULL. */
tt_status_t tt_log_close(tt_log_t *log, tt_message_t *message);

/* Each accepts a NULL log and then does nothing. */
void tt_log_start(tt_log_t *log, const tt_run_t *run);
void tt_log_report(tt_log_t *log, const tt_report_t *report);
void tt_log_end(tt_log_t *log, const tt_run_t *run, const tt_score_t *score);

/* The object of tt_log_end, for other uses; the caller deletes it. score may be NULL. */
struct cJSON *tt_log_summary(const tt_run_t *run, const tt_score_t *score);
/* The settings as one object; the caller deletes it. */
struct cJSON *tt_log_settings(const tt_settings_t *settings);

#endif
