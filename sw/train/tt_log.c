/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_log.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONFIG_MAX 4096u

struct tt_log {
    FILE *file;
    int error; /* of the first failed write */
    char path[TT_TEXT_MAX];
};

tt_status_t tt_log_open(tt_log_t **log, const char *path, tt_message_t *message) {
    tt_log_t *const opened = calloc(1, sizeof *opened);
    *log = NULL;
    if (opened == NULL) {
        tt_message_set(message, "no memory");
        return TT_NO_MEMORY;
    }
    (void)snprintf(opened->path, sizeof opened->path, "%s", path);
    opened->file = fopen(path, "a");
    if (opened->file == NULL) {
        tt_message_set(message, "%s: cannot open: %s", path, strerror(errno));
        free(opened);
        return TT_IO;
    }
    *log = opened;
    return TT_OK;
}

tt_status_t tt_log_close(tt_log_t *log, tt_message_t *message) {
    if (log == NULL) {
        return TT_OK;
    }
    int error = log->error;
    if (fclose(log->file) != 0 && error == 0) {
        error = errno;
    }
    if (error != 0) {
        tt_message_set(message, "%s: cannot write: %s", log->path, strerror(error));
    }
    free(log);
    return error != 0 ? TT_IO : TT_OK;
}

/* Takes the object. */
static void write_line(tt_log_t *log, cJSON *object) {
    char *const text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    errno = 0;
    if (text == NULL || fprintf(log->file, "%s\n", text) < 0 || fflush(log->file) != 0) {
        log->error = log->error != 0 ? log->error : errno != 0 ? errno : ENOMEM;
    }
    cJSON_free(text);
}

static void add(cJSON *object, const char *name, double value) {
    (void)cJSON_AddNumberToObject(object, name, value);
}

static cJSON *event(const char *name) {
    cJSON *const object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "event", name);
    return object;
}

/* "key: value" lines of tt_settings_format, values as text. */
cJSON *tt_log_settings(const tt_settings_t *settings) {
    cJSON *const object = cJSON_CreateObject();
    char *const text = malloc(CONFIG_MAX);
    if (text != NULL && tt_settings_format(settings, text, CONFIG_MAX) < CONFIG_MAX) {
        for (char *line = text; *line != '\0';) {
            char *const end = strchr(line, '\n');
            char *const colon = strstr(line, ": ");
            if (end == NULL || colon == NULL || colon > end) {
                break; /* a text value that tt_settings_set would have refused */
            }
            *end = '\0';
            *colon = '\0';
            (void)cJSON_AddStringToObject(object, line, colon + 2);
            line = end + 1;
        }
    }
    free(text);
    return object;
}

void tt_log_start(tt_log_t *log, const tt_run_t *run) {
    if (log == NULL) {
        return;
    }
    cJSON *const object = event("start");
    const tt_dev_info_t *const device = tt_run_device(run);
    (void)cJSON_AddStringToObject(object, "device", device != NULL ? device->name : "none");
    add(object, "step", (double)tt_run_progress(run)->step);
    (void)cJSON_AddItemToObject(object, "settings", tt_log_settings(tt_run_settings(run)));
    write_line(log, object);
}

void tt_log_report(tt_log_t *log, const tt_report_t *r) {
    static const char *const names[] = {"step", "epoch", "saved"};
    if (log == NULL) {
        return;
    }
    cJSON *const object = event(names[r->kind]);
    add(object, "epoch", (double)r->epoch + 1);
    add(object, "batch", (double)r->batch);
    add(object, "step", (double)r->step);
    if (r->kind != TT_REPORT_SAVED) {
        add(object, "rate", r->rate);
        if (r->kind == TT_REPORT_STEP) {
            add(object, "loss", r->loss);
            add(object, "accuracy", r->accuracy);
        }
        add(object, "mean_loss", r->mean_loss);
        add(object, "mean_accuracy", r->mean_accuracy);
        add(object, "samples_per_second", r->samples_per_second);
        add(object, "cycles_per_step", r->cycles_per_step);
        add(object, "utilisation", r->utilisation);
    }
    if (r->kind == TT_REPORT_EPOCH && r->tested) {
        add(object, "test_loss", r->test_loss);
        add(object, "test_accuracy", r->test_accuracy);
    }
    write_line(log, object);
}

cJSON *tt_log_summary(const tt_run_t *run, const tt_score_t *score) {
    cJSON *const object = event("end");
    const tt_totals_t t = tt_run_totals(run);
    const tt_dev_info_t *const device = tt_run_device(run);
    const double steps = t.steps > 0 ? (double)t.steps : 1;
    (void)cJSON_AddStringToObject(object, "device", device != NULL ? device->name : "none");
    if (score != NULL) {
        add(object, "test_loss", score->loss);
        add(object, "test_accuracy", score->accuracy);
        add(object, "test_samples", (double)score->samples);
    }
    add(object, "step", (double)tt_run_progress(run)->step);
    add(object, "steps", (double)t.steps);
    add(object, "samples_per_second", t.seconds > 0 ? (double)t.samples / t.seconds : 0);
    const double cycles = (double)t.usage.counters.cycles;
    add(object, "cycles", cycles);
    add(object, "cycles_per_step", cycles / steps);
    add(object, "utilisation", cycles > 0 ? (double)t.usage.ideal_cycles / cycles : 0);
    add(object, "simulated_khz", t.simulated_hz / 1e3);
    add(object, "weight_bytes", (double)tt_run_weight_bytes(run));
    add(object, "host_bytes_per_step", (double)t.host_bytes / steps);
    return object;
}

void tt_log_end(tt_log_t *log, const tt_run_t *run, const tt_score_t *score) {
    if (log != NULL) {
        write_line(log, tt_log_summary(run, score));
    }
}
