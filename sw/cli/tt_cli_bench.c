/* SPDX-License-Identifier: Apache-2.0
 * tritrain bench: what a training step of a fixed workload costs, in counters of the device and in time. */
#include <cjson/cJSON.h>
#include <string.h>

#include "tt_cli.h"

#define BEAT_BYTES 8.0
#define STEPS_DEFAULT "20"

/* Totals after the first step, which also settles and compiles. */
typedef struct {
    const tt_run_t *run;
    tt_totals_t first;
} warm_t;

static void on_step(void *context, const tt_report_t *report) {
    warm_t *const warm = context;
    if (report->kind == TT_REPORT_STEP && report->step == 1) {
        warm->first = tt_run_totals(warm->run);
    }
}

static tt_status_t settings_of(tt_settings_t *settings, const tt_options_t *options, tt_message_t *message) {
    const struct {
        const char *key, *value;
    } wanted[] = {
        {"data.path", options->data != NULL ? options->data : TT_DATA_RANDOM},
        {"train.batch", options->batch != NULL ? options->batch : "200"},
        {"network.activation_planes", options->act_planes != NULL ? options->act_planes : "2"},
        {"train.max_steps", options->steps != NULL ? options->steps : STEPS_DEFAULT},
        {"train.epochs", "1000000"}, /* max_steps ends it */
        {"output.eval_epochs", "1000000"},
    };
    tt_settings_default(settings); /* its network is R1 */
    if (options->workload != NULL && strcmp(options->workload, "r1") != 0) {
        tt_message_set(message, "unknown workload '%s' (known: r1)", options->workload);
        return TT_BAD_ARG;
    }
    tt_status_t status = TT_OK;
    for (size_t i = 0; status == TT_OK && i < sizeof wanted / sizeof wanted[0]; i++) {
        status = tt_settings_set(settings, wanted[i].key, wanted[i].value, message);
    }
    status = status == TT_OK ? tt_cli_overrides(settings, options, message) : status;
    if (status == TT_OK && settings->max_steps == 0) {
        tt_message_set(message, "--steps: at least 1");
        return TT_BAD_ARG;
    }
    settings->max_steps++; /* the first is not measured */
    return status;
}

static double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

static double per_step(uint64_t last, uint64_t first, const tt_totals_t *totals) {
    return (double)(last - first) / (double)(totals->steps - 1);
}

static cJSON *figures(const tt_run_t *run, const tt_totals_t *first) {
    const tt_totals_t t = tt_run_totals(run);
    const tt_counters_t *const a = &first->usage.counters, *const b = &t.usage.counters;
    const tt_settings_t *const s = tt_run_settings(run);
    const tt_dev_info_t *const device = tt_run_device(run);
    const struct {
        const char *name;
        double value;
    } counted[] = {
        {"cycles", per_step(b->cycles, a->cycles, &t)},
        {"ideal_cycles", per_step(t.usage.ideal_cycles, first->usage.ideal_cycles, &t)},
        {"load_busy", per_step(b->load_busy, a->load_busy, &t)},
        {"load_starved", per_step(b->load_starved, a->load_starved, &t)},
        {"load_blocked", per_step(b->load_blocked, a->load_blocked, &t)},
        {"execute_busy", per_step(b->exec_busy, a->exec_busy, &t)},
        {"execute_starved", per_step(b->exec_starved, a->exec_starved, &t)},
        {"execute_blocked", per_step(b->exec_blocked, a->exec_blocked, &t)},
        {"finish_busy", per_step(b->finish_busy, a->finish_busy, &t)},
        {"finish_starved", per_step(b->finish_starved, a->finish_starved, &t)},
        {"finish_blocked", per_step(b->finish_blocked, a->finish_blocked, &t)},
        {"bytes_read", BEAT_BYTES * per_step(b->beats_read, a->beats_read, &t)},
        {"bytes_written", BEAT_BYTES * per_step(b->beats_written, a->beats_written, &t)},
        {"host_bytes", per_step(t.host_bytes, first->host_bytes, &t)},
    };
    const double cycles = counted[0].value, ideal = counted[1].value;
    const double execute = per_step(b->exec_busy + b->exec_blocked, a->exec_busy + a->exec_blocked, &t);
    cJSON *const object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "workload", "r1");
    (void)cJSON_AddStringToObject(object, "device", device != NULL ? device->name : "none");
    (void)cJSON_AddNumberToObject(object, "batch", s->batch);
    (void)cJSON_AddNumberToObject(object, "act_planes", s->activation_planes);
    (void)cJSON_AddNumberToObject(object, "steps", (double)(t.steps - 1));
    for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++) {
        (void)cJSON_AddNumberToObject(object, counted[i].name, counted[i].value);
    }
    (void)cJSON_AddNumberToObject(object, "utilisation", ratio(ideal, cycles));
    (void)cJSON_AddNumberToObject(object, "execute_utilisation", ratio(ideal, execute));
    (void)cJSON_AddNumberToObject(object, "samples_per_s",
                                  ratio((double)(t.samples - first->samples), t.seconds - first->seconds));
    (void)cJSON_AddNumberToObject(object, "sim_khz", t.simulated_hz / 1e3);
    return object;
}

static void print(cJSON *object) {
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        if (cJSON_IsString(item)) {
            (void)printf("%-20s %s\n", item->string, item->valuestring);
        } else {
            const bool is_ratio = strstr(item->string, "utilisation") != NULL;
            (void)printf("%-20s %.*f\n", item->string, is_ratio ? 4 : 0, item->valuedouble);
        }
    }
    cJSON_Delete(object);
}

int tt_cli_bench(const tt_options_t *options) {
    tt_message_t message = {{0}};
    tt_settings_t settings;
    tt_run_t *run = NULL;
    tt_status_t status = settings_of(&settings, options, &message);
    if (status == TT_OK && options->by_product) {
        return tt_cli_bench_products(&settings, options->json);
    }
    status = status == TT_OK ? tt_run_open(&run, &settings, NULL, true, &message) : status;
    warm_t warm = {.run = run};
    status = status == TT_OK ? tt_run_train(run, on_step, &warm, NULL, &message) : status;
    if (status == TT_OK && options->json) {
        tt_cli_print_json(figures(run, &warm.first));
    } else if (status == TT_OK) {
        print(figures(run, &warm.first));
    }
    tt_run_close(run);
    return status == TT_OK ? TT_EXIT_OK : tt_cli_fail(status, &message);
}
