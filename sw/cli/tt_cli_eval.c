/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tt_cli.h"

/* A checkpoint carries its settings; a configuration names its checkpoint. */
static tt_status_t read_settings(tt_settings_t *settings, char checkpoint[TT_TEXT_MAX],
                                 const tt_options_t *options, tt_message_t *message) {
    tt_status_t status = TT_OK;
    tt_settings_default(settings);
    if (tt_cli_is_checkpoint(options->target)) {
        tt_safetensors_t *file = NULL;
        status = tt_safetensors_open(&file, options->target, message);
        status = status == TT_OK ? tt_checkpoint_settings(file, options->target, settings, message) : status;
        tt_safetensors_close(file);
        (void)snprintf(checkpoint, TT_TEXT_MAX, "%s", options->target);
        return status == TT_OK ? tt_cli_overrides(settings, options, message) : status;
    }
    status = tt_settings_load(settings, options->target, message);
    status = status == TT_OK ? tt_cli_overrides(settings, options, message) : status;
    if (status == TT_OK && settings->checkpoint[0] == '\0') {
        tt_message_set(message, "%s: output.checkpoint is not set, so there is nothing to test",
                       options->target);
        status = TT_BAD_ARG;
    }
    (void)snprintf(checkpoint, TT_TEXT_MAX, "%s", settings->checkpoint);
    return status == TT_OK ? TT_OK : TT_BAD_ARG;
}

int tt_cli_eval(const tt_options_t *options) {
    tt_message_t message = {{0}};
    tt_settings_t settings;
    tt_score_t score = {0};
    tt_run_t *run = NULL;
    char checkpoint[TT_TEXT_MAX];
    tt_status_t status = read_settings(&settings, checkpoint, options, &message);
    status = status == TT_OK ? tt_run_open(&run, &settings, checkpoint, false, &message) : status;
    status = status == TT_OK ? tt_run_test(run, &score, &message) : status;
    if (status == TT_OK && options->json) {
        tt_cli_print_json(tt_log_summary(run, &score));
    } else if (status == TT_OK) {
        tt_cli_print_summary(stdout, run, &score, false);
    }
    tt_run_close(run);
    return status == TT_OK ? TT_EXIT_OK : tt_cli_fail(status, &message);
}
