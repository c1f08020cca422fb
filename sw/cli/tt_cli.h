/* SPDX-License-Identifier: Apache-2.0
 * The tritrain command: what its parts share. */
#ifndef TT_CLI_H
#define TT_CLI_H

#include <stdio.h>

#include "tt_log.h"

#define TT_VERSION_TEXT "1.0.0"

/* Exit codes. */
enum {
    TT_EXIT_OK = 0,
    TT_EXIT_FAILED = 1,   /* device, memory, output */
    TT_EXIT_USAGE = 2,    /* command line or configuration */
    TT_EXIT_INPUT = 3,    /* data set or checkpoint */
    TT_EXIT_STOPPED = 130 /* interrupted; a checkpoint was saved if one is configured */
};

#define TT_SETS_MAX 64

typedef struct {
    const char *target; /* CONFIG, CHECKPOINT, DEVICE or data set */
    const char *device, *resume, *log;
    const char *workload, *batch, *act_planes, *steps, *data; /* bench */
    const char *sets[TT_SETS_MAX];                            /* key=value, in order */
    int set_count;
    bool json, by_product;
} tt_options_t;

int tt_cli_train(const tt_options_t *options);
int tt_cli_eval(const tt_options_t *options);
int tt_cli_info(const tt_options_t *options);
int tt_cli_bench(const tt_options_t *options);
int tt_cli_bench_products(const tt_settings_t *settings, bool json);

/* Prints "tritrain: message" and returns the exit code of a status. */
int tt_cli_fail(tt_status_t status, const tt_message_t *message);
/* Prints an object on stdout, one line, and deletes it. */
void tt_cli_print_json(struct cJSON *object);
/* Applies --set and --device. */
tt_status_t tt_cli_overrides(tt_settings_t *settings, const tt_options_t *options, tt_message_t *message);
/* Whether a file begins like no text does: a checkpoint, if perhaps a damaged one. */
bool tt_cli_is_checkpoint(const char *path);

/* ---- progress ---- */

typedef struct {
    FILE *out; /* NULL: silent */
    bool terminal;
    uint32_t log_steps;
    double last_drawn; /* seconds */
    tt_log_t *log;     /* may be NULL */
    tt_score_t score;  /* of the last test */
    uint64_t scored_step;
    bool scored;
} tt_progress_view_t;

tt_observer_t tt_cli_observe; /* context: tt_progress_view_t */
void tt_cli_print_summary(FILE *out, const tt_run_t *run, const tt_score_t *score, bool trained);

#endif
