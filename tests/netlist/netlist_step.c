/* SPDX-License-Identifier: Apache-2.0
 * One whole training step of 784-32-10, batch 32, on the gates of this program's board and on the C twin: the checkpoints that follow are
 * the same file, byte by byte. The settling runs before the first step belong to it. argv: [steps] */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train_fixture.h"
#include "tt_config.h"
#include "tt_run.h"

#define SETTINGS "configs/board-784-32-10.yaml"

enum { TRAIN = 64, TEST = 10, EDGE = 28 }; /* samples, pixels */

static char folder[FIXTURE_PATH];

static void ignore(void *context, const tt_report_t *report) {
    (void)context;
    (void)report;
}

/* Trains and saves; *info and *totals are those of the run. */
static bool train(const char *device, const char *checkpoint, uint32_t steps, tt_dev_info_t *info,
                  tt_totals_t *totals) {
    static tt_settings_t settings;
    tt_message_t message = {{0}};
    tt_run_t *run = NULL;
    tt_settings_default(&settings);
    tt_status_t status = tt_settings_load(&settings, SETTINGS, &message);
    (void)snprintf(settings.device, sizeof settings.device, "%s", device);
    (void)snprintf(settings.data_path, sizeof settings.data_path, "%s", folder);
    (void)snprintf(settings.checkpoint, sizeof settings.checkpoint, "%s", checkpoint);
    settings.train_limit = TRAIN;
    settings.test_limit = TEST;
    settings.max_steps = steps;
    status = status == TT_OK ? tt_run_open(&run, &settings, NULL, true, &message) : status;
    status = status == TT_OK ? tt_run_train(run, ignore, NULL, NULL, &message) : status;
    if (status == TT_OK) {
        *info = *tt_run_device(run);
        *totals = tt_run_totals(run);
    } else {
        printf("# %s: %s (%s)\n", device, message.text, tt_status_name(status));
    }
    tt_run_close(run);
    return status == TT_OK;
}

/* The configuration that the board says it has. */
static bool model_of(char *name, size_t size, const tt_dev_info_t *board) {
    for (size_t i = 0; tt_config_name(i) != NULL; i++) {
        if (memcmp(tt_config_find(tt_config_name(i)), &board->config, sizeof board->config) == 0) {
            (void)snprintf(name, size, "model:%s", tt_config_name(i));
            return true;
        }
    }
    printf("# no configuration of driver/configs.def has the sizes of %s\n", board->name);
    return false;
}

static bool same_files(const char *a, const char *b) {
    size_t size_a = 0, size_b = 0;
    uint8_t *const bytes_a = fixture_read(a, &size_a), *const bytes_b = fixture_read(b, &size_b);
    const bool same = size_a == size_b && memcmp(bytes_a, bytes_b, size_a) == 0;
    printf("# checkpoints of %zu and %zu bytes\n", size_a, size_b);
    free(bytes_a);
    free(bytes_b);
    return same;
}

int main(int argc, char **argv) {
    const uint32_t steps = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1;
    char seen[FIXTURE_PATH], expected[FIXTURE_PATH], model[40];
    tt_dev_info_t info = {.name = "netlist"}, twin;
    tt_totals_t totals = {0}, twin_totals;
    fixture_folder(folder);
    fixture_dataset(folder, TRAIN, TEST, EDGE);
    fixture_path(seen, folder, "netlist.safetensors");
    fixture_path(expected, folder, "model.safetensors");
    const bool passed = train("netlist", seen, steps, &info, &totals) &&
                        model_of(model, sizeof model, &info) &&
                        train(model, expected, steps, &twin, &twin_totals) && totals.steps == steps &&
                        same_files(seen, expected);
    printf("%s %s trains 784-32-10, batch 32, as %s does\n", passed ? "PASS" : "FAIL", info.name,
           passed ? twin.name : "the C twin");
    printf("# %llu steps, %llu cycles, %.1f simulated kHz\n", (unsigned long long)totals.steps,
           (unsigned long long)totals.usage.counters.cycles, totals.simulated_hz / 1e3);
    fixture_remove(folder);
    return passed ? 0 : 1;
}
