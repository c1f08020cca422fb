/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "tt_cli.h"

static volatile sig_atomic_t stop_requested; /* the only thing a signal handler may set */

static void on_signal(int number) {
    (void)number;
    stop_requested = 1;
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
}

/* The first interrupt ends the run after its step, with a checkpoint; the second kills it. */
static void catch_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    action.sa_handler = SIG_IGN; /* a file-size limit is reported by write() */
    (void)sigaction(SIGXFSZ, &action, NULL);
}

static tt_status_t read_settings(tt_settings_t *settings, const tt_options_t *options,
                                 tt_message_t *message) {
    tt_settings_default(settings);
    tt_status_t status = tt_settings_load(settings, options->target, message);
    status = status == TT_OK ? tt_cli_overrides(settings, options, message) : status;
    status = status == TT_OK ? tt_settings_check(settings, message) : status;
    return status == TT_OK ? TT_OK : TT_BAD_ARG; /* all of them are the caller's to mend */
}

/* Trains; then the last test's score, or a fresh one when training ended elsewhere. */
static tt_status_t train(tt_run_t *run, tt_progress_view_t *view, tt_message_t *message) {
    tt_log_start(view->log, run);
    tt_status_t status = tt_run_train(run, tt_cli_observe, view, &stop_requested, message);
    view->scored = view->scored && view->scored_step == tt_run_progress(run)->step;
    if (status == TT_OK && !view->scored && stop_requested == 0) {
        status = tt_run_test(run, &view->score, message);
        view->scored = status == TT_OK;
    }
    return status;
}

static void print_result(const tt_options_t *options, const tt_run_t *run, const tt_score_t *score) {
    if (options->json) {
        tt_cli_print_json(tt_log_summary(run, score));
        return;
    }
    tt_cli_print_summary(stdout, run, score, true);
    if (tt_run_settings(run)->checkpoint[0] != '\0' && tt_run_progress(run)->step > 0) {
        (void)printf("  %-22s %s\n", "checkpoint", tt_run_settings(run)->checkpoint);
    }
}

int tt_cli_train(const tt_options_t *options) {
    tt_message_t message = {{0}};
    tt_settings_t settings;
    tt_run_t *run = NULL;
    tt_progress_view_t view = {.out = options->json ? NULL : stdout, .terminal = isatty(STDOUT_FILENO) != 0};
    tt_status_t status = read_settings(&settings, options, &message);
    if (status == TT_OK) {
        view.log_steps = settings.log_steps;
        catch_signals();
        status = tt_run_open(&run, &settings, options->resume, true, &message);
    }
    if (status == TT_OK && settings.log[0] != '\0') {
        status = tt_log_open(&view.log, settings.log, &message);
    }
    status = status == TT_OK ? train(run, &view, &message) : status;
    if (view.terminal && view.out != NULL && run != NULL) {
        (void)fputc('\n', stdout);
    }
    if (status == TT_OK) {
        const tt_score_t *const score = view.scored ? &view.score : NULL;
        tt_log_end(view.log, run, score);
        print_result(options, run, score);
    }
    tt_message_t log_message;
    const tt_status_t log_status = tt_log_close(view.log, &log_message);
    const bool opened = run != NULL; /* then it is an output that TT_IO is about */
    tt_run_close(run);
    if (status != TT_OK) {
        const int code = tt_cli_fail(status, &message);
        return opened && status == TT_IO ? TT_EXIT_FAILED : code;
    }
    if (log_status != TT_OK) {
        (void)tt_cli_fail(log_status, &log_message);
        return TT_EXIT_FAILED;
    }
    return stop_requested != 0 ? TT_EXIT_STOPPED : TT_EXIT_OK;
}
