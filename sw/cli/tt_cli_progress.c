/* SPDX-License-Identifier: Apache-2.0
 * Progress: a bar that is redrawn on a terminal, plain lines elsewhere. */
#define _POSIX_C_SOURCE 200809L
#include <time.h>

#include "tt_cli.h"

#define BAR_CELLS 24u
#define REDRAW_SECONDS 0.1

static double now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void print_figures(FILE *out, const tt_report_t *r) {
    (void)fprintf(out, "loss %.4f  accuracy %5.2f %%  %.0f samples/s", r->mean_loss, 100 * r->mean_accuracy,
                  r->samples_per_second);
    if (r->cycles_per_step > 0) {
        (void)fprintf(out, "  %.0f cycles/step  array %.1f %%", r->cycles_per_step, 100 * r->utilisation);
    }
}

static void draw_bar(tt_progress_view_t *view, const tt_report_t *r) {
    const double time = now();
    if (time - view->last_drawn < REDRAW_SECONDS && r->batch < r->batches) {
        return;
    }
    view->last_drawn = time;
    const uint64_t filled = r->batches > 0 ? r->batch * BAR_CELLS / r->batches : 0;
    (void)fprintf(view->out, "\r\033[Kepoch %u/%u [", (unsigned)r->epoch + 1, (unsigned)r->epochs);
    for (uint64_t i = 0; i < BAR_CELLS; i++) {
        (void)fputc(i < filled ? '#' : '.', view->out);
    }
    (void)fprintf(view->out, "] %llu/%llu  ", (unsigned long long)r->batch, (unsigned long long)r->batches);
    print_figures(view->out, r);
    (void)fflush(view->out);
}

static void on_step(tt_progress_view_t *view, const tt_report_t *r) {
    const bool due = r->step % view->log_steps == 0;
    if (due) {
        tt_log_report(view->log, r);
    }
    if (view->out == NULL) {
        return;
    }
    if (view->terminal) {
        draw_bar(view, r);
    } else if (due) {
        (void)fprintf(view->out, "epoch %u/%u step %llu  ", (unsigned)r->epoch + 1, (unsigned)r->epochs,
                      (unsigned long long)r->step);
        print_figures(view->out, r);
        (void)fprintf(view->out, "\n");
        (void)fflush(view->out);
    }
}

static void on_epoch(tt_progress_view_t *view, const tt_report_t *r) {
    tt_log_report(view->log, r);
    if (r->tested) {
        view->score =
            (tt_score_t){.loss = r->test_loss, .accuracy = r->test_accuracy, .samples = r->test_samples};
        view->scored_step = r->step;
        view->scored = true;
    }
    if (view->out == NULL) {
        return;
    }
    (void)fprintf(view->out, "%sepoch %u/%u  rate %.6g  ", view->terminal ? "\r\033[K" : "",
                  (unsigned)r->epoch + 1, (unsigned)r->epochs, r->rate);
    print_figures(view->out, r);
    if (r->tested) {
        (void)fprintf(view->out, "  test loss %.4f  test accuracy %.2f %%", r->test_loss,
                      100 * r->test_accuracy);
    }
    (void)fprintf(view->out, "\n");
    (void)fflush(view->out);
}

void tt_cli_observe(void *context, const tt_report_t *report) {
    tt_progress_view_t *const view = context;
    switch (report->kind) {
    case TT_REPORT_STEP:
        on_step(view, report);
        break;
    case TT_REPORT_EPOCH:
        on_epoch(view, report);
        break;
    case TT_REPORT_SAVED:
        tt_log_report(view->log, report);
        break;
    }
}

static void row(FILE *out, const char *name, const char *format, double value) {
    (void)fprintf(out, "  %-22s ", name);
    (void)fprintf(out, format, value);
    (void)fputc('\n', out);
}

void tt_cli_print_summary(FILE *out, const tt_run_t *run, const tt_score_t *score, bool trained) {
    const tt_totals_t t = tt_run_totals(run);
    const tt_dev_info_t *const device = tt_run_device(run);
    (void)fprintf(out, "\n  %-22s %s\n", "device", device != NULL ? device->name : "none (float)");
    if (score != NULL) {
        row(out, "test accuracy", "%.2f %%", 100 * score->accuracy);
        row(out, "test loss", "%.4f", score->loss);
        row(out, "test samples", "%.0f", (double)score->samples);
    }
    if (trained) {
        row(out, "training steps", "%.0f", (double)tt_run_progress(run)->step);
        row(out, "samples per second", "%.0f", t.seconds > 0 ? (double)t.samples / t.seconds : 0);
    }
    if (trained && device != NULL && t.steps > 0) {
        const double cycles = (double)t.usage.counters.cycles;
        row(out, "cycles per step", "%.0f", cycles / (double)t.steps);
        row(out, "array utilisation", "%.1f %%",
            cycles > 0 ? 100 * (double)t.usage.ideal_cycles / cycles : 0);
        row(out, "host bytes per step", "%.0f", (double)t.host_bytes / (double)t.steps);
    }
    if (device != NULL) {
        row(out, "simulated kHz", "%.0f", t.simulated_hz / 1e3);
    }
    row(out, "weight memory, bytes", "%.0f", (double)tt_run_weight_bytes(run));
}
