/* SPDX-License-Identifier: Apache-2.0
 * Differential test: random programs on the Verilated device against the C twin. Every byte of memory must be equal and, on a memory of fixed
 * latency, every counter; with random stalls only the bytes. Prints `PASS name` or `FAIL name` per device and, on a mismatch, the seed.
 *   differential [--programs N] [--seed S] [--device NAME]     N programs on each device, seeds S, S + 1, ... */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tt_dev.h"
#include "tt_isa.h"
#include "tt_random_program.h"

enum { MEM_BYTES = 4 << 20, MISMATCHES_SHOWN = 5 };

typedef struct {
    const char *label, *name; /* name: of the device */
    tt_ref_memory_t memory;
    bool timed;
    uint32_t share; /* of 100 programs */
} device_t;

static const device_t devices[] = {
    {"base", "sim:base,mem=4", {30, 1}, true, 25},
    {"base_fast_memory", "sim:base,mem=4,latency=1", {1, 1}, true, 10},
    {"base_slow_memory", "sim:base,mem=4,latency=117,interval=3", {117, 3}, true, 10},
    {"base_stalls", "sim:base,mem=4,stall=2024", {30, 1}, false, 20},
    {"tiny", "sim:tiny,mem=4", {30, 1}, true, 10},
    {"tiny_stalls", "sim:tiny,mem=4,latency=5,stall=77", {5, 1}, false, 10},
    {"small", "sim:small,mem=4,latency=9,interval=2", {9, 2}, true, 10},
    {"small_stalls", "sim:small,mem=4,stall=31", {30, 1}, false, 5},
};

/* Both sides of one comparison. */
typedef struct {
    tt_dev_t *dev;
    const tt_config_t *config;
    tt_ref_machine_t *machine;
    void *machine_storage, *timing_storage;
    uint8_t *expected, *seen;
    uint64_t words[TT_RANDOM_CAPACITY * TT_ISA_WORDS];
} bench_t;

static const char *const counter_names[] = {
    "cycles",       "load_busy",   "load_starved",   "load_blocked",   "exec_busy",  "exec_starved",
    "exec_blocked", "finish_busy", "finish_starved", "finish_blocked", "beats_read", "beats_written",
};

static bool same_counters(const tt_counters_t *seen, const tt_counters_t *expected) {
    uint64_t a[sizeof *seen / sizeof(uint64_t)], b[sizeof a / sizeof a[0]];
    bool same = true;
    memcpy(a, seen, sizeof a);
    memcpy(b, expected, sizeof b);
    for (size_t i = 0; i < sizeof a / sizeof a[0]; i++) {
        if (a[i] != b[i]) {
            printf("  %s: device %llu, twin %llu\n", counter_names[i], (unsigned long long)a[i],
                   (unsigned long long)b[i]);
            same = false;
        }
    }
    return same;
}

static bool same_memory(const bench_t *bench) {
    if (memcmp(bench->seen, bench->expected, MEM_BYTES) == 0) {
        return true;
    }
    unsigned shown = 0;
    for (size_t i = 0; i < MEM_BYTES && shown < MISMATCHES_SHOWN; i++) {
        if (bench->seen[i] != bench->expected[i]) {
            printf("  byte 0x%zx: device %02x, twin %02x\n", i, bench->seen[i], bench->expected[i]);
            shown++;
        }
    }
    return false;
}

static bool run_program(bench_t *bench, const device_t *device, uint64_t seed, uint64_t *cycles) {
    tt_random_program_t program;
    tt_counters_t seen = {0}, expected = {0};
    uint32_t index = 0;
    memset(bench->expected, 0, MEM_BYTES);
    tt_random_program(seed, bench->config, bench->expected, MEM_BYTES, bench->words, &program);
    tt_status_t status = tt_dev_write(bench->dev, 0, bench->expected, MEM_BYTES);
    const tt_dev_err_t timing_error =
        tt_ref_timing_run(bench->timing_storage, bench->config, &device->memory, MEM_BYTES, bench->words,
                          program.list_addr, program.count, program.steps, 1u << 20, &expected);
    const tt_dev_err_t error = tt_ref_machine_run(bench->machine, bench->expected, MEM_BYTES,
                                                  program.list_addr, program.count, program.steps, &index);
    if (status == TT_OK) {
        status = tt_dev_run(bench->dev, program.list_addr, program.count, program.steps, 120000, &seen);
    }
    if (status == TT_OK) {
        status = tt_dev_read(bench->dev, 0, bench->seen, MEM_BYTES);
    }
    if (status != TT_OK || error != TT_DEV_ERR_NONE || timing_error != TT_DEV_ERR_NONE) {
        printf("  device: %s, twin: %s at %u, timing twin: %s\n", tt_status_name(status),
               tt_dev_err_name(error), index, tt_dev_err_name(timing_error));
        return false;
    }
    *cycles += seen.cycles;
    const bool bytes = same_memory(bench);
    return (!device->timed || same_counters(&seen, &expected)) && bytes;
}

/* Makes the states of generators and slots equal, whatever the device powered up with. */
static bool equalise(bench_t *bench) {
    uint32_t index = 0;
    memset(bench->expected, 0, MEM_BYTES);
    memset(bench->words, 0, sizeof bench->words);
    tt_field_set(bench->words, TT_F_OPCODE, TT_OP_STATE_LOAD);
    tt_field_set(bench->words, TT_F_STATE_LOAD_ADDR, 0x1000);
    for (uint32_t i = 0; i < bench->config->lanes; i++) {
        const uint64_t lane = tt_ref_lfsr_lane_seed(1, i);
        memcpy(bench->expected + 0x1000 + 8u * i, &lane, sizeof lane);
    }
    memcpy(bench->expected, bench->words, TT_ISA_WORDS * 8u);
    return tt_dev_write(bench->dev, 0, bench->expected, MEM_BYTES) == TT_OK &&
           tt_dev_run(bench->dev, 0, 1, 1, 10000, NULL) == TT_OK &&
           tt_ref_machine_run(bench->machine, bench->expected, MEM_BYTES, 0, 1, 1, &index) == TT_DEV_ERR_NONE;
}

static bool run_device(const device_t *device, uint64_t first_seed, uint32_t programs) {
    static bench_t bench;
    char message[128] = "";
    bench = (bench_t){0};
    if (tt_dev_open(device->name, &bench.dev, message, sizeof message) != TT_OK) {
        printf("FAIL differential_%s %s\n", device->label, message);
        return false;
    }
    bench.config = &tt_dev_info(bench.dev)->config;
    bench.machine_storage = malloc(tt_ref_machine_size(bench.config));
    bench.timing_storage = malloc(tt_ref_timing_size(bench.config));
    bench.expected = malloc(MEM_BYTES);
    bench.seen = malloc(MEM_BYTES);
    bool good = bench.machine_storage != NULL && bench.timing_storage != NULL && bench.expected != NULL &&
                bench.seen != NULL;
    uint64_t cycles = 0;
    uint32_t failed = 0;
    if (good) {
        bench.machine = tt_ref_machine_init(bench.machine_storage, bench.config);
        good = equalise(&bench);
    }
    for (uint32_t i = 0; good && i < programs && failed < MISMATCHES_SHOWN; i++) {
        if (!run_program(&bench, device, first_seed + i, &cycles)) {
            printf("  mismatch: differential --device %s --seed %llu --programs 1\n", device->label,
                   (unsigned long long)(first_seed + i));
            failed++;
        }
    }
    good = good && failed == 0;
    printf("%s differential_%s\n", good ? "PASS" : "FAIL", device->label);
    printf("  %u programs, seeds %llu.., %llu cycles, %s\n", programs, (unsigned long long)first_seed,
           (unsigned long long)cycles, device->timed ? "bytes and counters" : "bytes");
    free(bench.machine_storage);
    free(bench.timing_storage);
    free(bench.expected);
    free(bench.seen);
    tt_dev_close(bench.dev);
    return good;
}

int main(int argc, char **argv) {
    uint32_t programs = 2400;
    uint64_t seed = 20170607;
    const char *only = NULL;
    (void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    for (int i = 1; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--programs") == 0) {
            programs = (uint32_t)strtoul(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--seed") == 0) {
            seed = strtoull(argv[i + 1], NULL, 10);
        } else if (strcmp(argv[i], "--device") == 0) {
            only = argv[i + 1];
        }
    }
    bool good = true;
    bool any = false;
    for (size_t d = 0; d < sizeof devices / sizeof devices[0]; d++) {
        if (only == NULL || strcmp(only, devices[d].label) == 0) {
            const uint32_t share = only != NULL ? programs : (programs * devices[d].share + 99u) / 100u;
            any = true;
            good = run_device(&devices[d], seed, share) && good;
            seed += only != NULL ? 0 : share;
        }
    }
    if (!any) {
        fprintf(stderr, "differential: no device '%s'\n", only);
    }
    return good && any ? 0 : 1;
}
