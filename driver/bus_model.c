/* SPDX-License-Identifier: Apache-2.0
 * The C twin as a device. A list runs to its end inside the write of START; the functional machine makes the data and the
 * timing machine the counters. Since time does not depend on data, the counters of a list are computed once and kept. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tt_bus.h"
#include "tt_config.h"
#include "tt_isa.h"
#include "tt_pool.h"
#include "tt_ref.h"
#include "tt_registers.h"

enum { CACHE_ENTRIES = 256, FETCH_INDEX = 0xFFFF };

/* Everything that the counters depend on besides configuration and memory model. */
typedef struct {
    uint64_t hash[2]; /* of the list's words */
    uint32_t address, instructions, steps, watchdog, mem_bytes;
} timing_key_t;

typedef struct {
    timing_key_t key;
    tt_dev_err_t error;
    tt_counters_t counters;
} timing_entry_t;

typedef struct {
    tt_bus_t bus;
    const tt_config_t *config;
    tt_ref_memory_t timing_memory;
    uint64_t *mem;
    void *machine_storage, *timing_storage;
    tt_ref_machine_t *machine;
    tt_pool_t *pool;
    char kernel[TT_BUS_KERNEL_SIZE];
    timing_entry_t cache[CACHE_ENTRIES];
    size_t cache_used, cache_next;

    /* registers */
    bool irq_enable, done, error;
    uint32_t list_addr, list_count, steps, watchdog, mem_bytes, error_word;
    tt_counters_t counters;
} model_t;

static model_t *model_of(tt_bus_t *bus) { return (model_t *)(void *)bus; /* bus is the first member */ }

static void hash_list(uint64_t hash[2], const uint64_t *words, size_t count) {
    hash[0] = UINT64_C(0xCBF29CE484222325); /* FNV-1a, word-wise, with two multipliers */
    hash[1] = UINT64_C(0x9E3779B97F4A7C15);
    for (size_t i = 0; i < count; i++) {
        hash[0] = (hash[0] ^ words[i]) * UINT64_C(0x100000001B3);
        hash[0] ^= hash[0] >> 32;
        hash[1] = (hash[1] ^ words[i]) * UINT64_C(0xD6E8FEB86659FD93);
        hash[1] ^= hash[1] >> 29;
    }
}

static bool same_key(const timing_key_t *a, const timing_key_t *b) {
    return a->hash[0] == b->hash[0] && a->hash[1] == b->hash[1] && a->address == b->address &&
           a->instructions == b->instructions && a->steps == b->steps && a->watchdog == b->watchdog &&
           a->mem_bytes == b->mem_bytes;
}

/* The counters of the list at LIST_ADDR, which lies inside of the memory. */
static const timing_entry_t *timing_of_list(model_t *model) {
    const uint64_t *const list = model->mem + model->list_addr / 8u;
    timing_key_t key = {.address = model->list_addr,
                        .instructions = model->list_count,
                        .steps = model->steps,
                        .watchdog = model->watchdog,
                        .mem_bytes = model->mem_bytes};
    hash_list(key.hash, list, (size_t)model->list_count * TT_ISA_WORDS);
    for (size_t i = 0; i < model->cache_used; i++) {
        if (same_key(&model->cache[i].key, &key)) {
            return &model->cache[i];
        }
    }
    timing_entry_t *const entry = &model->cache[model->cache_next];
    model->cache_next = (model->cache_next + 1u) % CACHE_ENTRIES;
    if (model->cache_used < CACHE_ENTRIES) {
        model->cache_used++;
    }
    entry->key = key;
    entry->counters = (tt_counters_t){0};
    entry->error = tt_ref_timing_run(model->timing_storage, model->config, &model->timing_memory,
                                     model->mem_bytes, list, model->list_addr, model->list_count,
                                     model->steps, model->watchdog, &entry->counters);
    return entry;
}

static void run_list(model_t *model) {
    tt_dev_err_t error = TT_DEV_ERR_NONE;
    uint32_t index = FETCH_INDEX;
    const uint64_t list_end = (uint64_t)model->list_addr + (uint64_t)model->list_count * TT_ISA_WORDS * 8u;
    model->counters = (tt_counters_t){0};
    if (list_end > model->mem_bytes) {
        error = TT_DEV_ERR_ADDRESS;
    } else { /* time first: the run may overwrite its own list */
        const timing_entry_t *const timing = timing_of_list(model);
        error = tt_ref_machine_run(model->machine, (uint8_t *)model->mem, model->mem_bytes, model->list_addr,
                                   model->list_count, model->steps, &index);
        if (error == TT_DEV_ERR_NONE) {
            error = timing->error;
            index = FETCH_INDEX;
        }
        model->counters = timing->counters;
    }
    model->done = error == TT_DEV_ERR_NONE;
    model->error = error != TT_DEV_ERR_NONE;
    if (model->error) {
        model->error_word =
            tt_reg_set(tt_reg_set(0, TT_RF_ERROR_CODE, (uint32_t)error), TT_RF_ERROR_INDEX, index);
    }
}

/* A machine as it is after a reset. false: this processor has no such kernels. */
static bool reset_machine(model_t *model) {
    const tt_ref_runner_t runner = tt_pool_runner(model->pool);
    model->machine = tt_ref_machine_init(model->machine_storage, model->config);
    return tt_ref_machine_use(model->machine, model->kernel, &runner) != 0;
}

static void write_control(model_t *model, uint32_t value) {
    const bool reset = tt_reg_get(value, TT_RF_CONTROL_RESET) != 0;
    const bool start = tt_reg_get(value, TT_RF_CONTROL_START) != 0 && !reset;
    model->irq_enable = tt_reg_get(value, TT_RF_CONTROL_IRQ_ENABLE) != 0;
    if (reset || start) {
        model->done = false;
        model->error = false;
        model->error_word = 0;
    }
    if (reset) {
        (void)reset_machine(model);
    }
    if (start) {
        run_list(model);
    }
}

static tt_status_t model_write32(tt_bus_t *bus, uint32_t offset, uint32_t value) {
    model_t *const model = model_of(bus);
    switch (offset) {
    case TT_REG_CONTROL:
        write_control(model, value);
        break;
    case TT_REG_STATUS:
        model->done = model->done && tt_reg_get(value, TT_RF_STATUS_DONE) == 0;
        model->error = model->error && tt_reg_get(value, TT_RF_STATUS_ERROR) == 0;
        break;
    case TT_REG_LIST_ADDR:
        model->list_addr = value;
        break;
    case TT_REG_LIST_COUNT:
        model->list_count = tt_reg_get(value, TT_RF_LIST_COUNT);
        break;
    case TT_REG_STEPS:
        model->steps = tt_reg_get(value, TT_RF_STEPS);
        break;
    case TT_REG_WATCHDOG:
        model->watchdog = value;
        break;
    case TT_REG_MEM_BYTES: /* the image is all there is */
        model->mem_bytes = value < bus->mem_bytes ? value : (uint32_t)bus->mem_bytes;
        break;
    default:
        break;
    }
    return TT_OK;
}

static uint32_t read_config(const tt_config_t *config, uint32_t offset) {
    uint32_t word = 0;
    switch (offset) {
    case TT_REG_CONFIG0:
        word = tt_reg_set(word, TT_RF_CONFIG0_M, config->m);
        word = tt_reg_set(word, TT_RF_CONFIG0_N, config->n);
        word = tt_reg_set(word, TT_RF_CONFIG0_K, config->k);
        return tt_reg_set(word, TT_RF_CONFIG0_LANES, config->lanes);
    case TT_REG_CONFIG1:
        word = tt_reg_set(word, TT_RF_CONFIG1_A_DEPTH, config->a_depth);
        return tt_reg_set(word, TT_RF_CONFIG1_B_DEPTH, config->b_depth);
    default:
        word = tt_reg_set(word, TT_RF_CONFIG2_W_ACC, config->w_acc);
        word = tt_reg_set(word, TT_RF_CONFIG2_COMPACT, config->compact);
        word = tt_reg_set(word, TT_RF_CONFIG2_SCALE_FORM, config->scale_form);
        word = tt_reg_set(word, TT_RF_CONFIG2_PLANES_MAX, config->planes_max);
        return tt_reg_set(word, TT_RF_CONFIG2_SLOTS, TT_SLOTS);
    }
}

static uint32_t read_counter(const tt_counters_t *counters, uint32_t offset) {
    switch (offset) {
    case TT_REG_CYCLES_LO:
        return (uint32_t)(counters->cycles & UINT32_MAX);
    case TT_REG_CYCLES_HI:
        return (uint32_t)(counters->cycles >> 32);
    case TT_REG_LOAD_BUSY:
        return (uint32_t)counters->load_busy;
    case TT_REG_LOAD_STARVED:
        return (uint32_t)counters->load_starved;
    case TT_REG_LOAD_BLOCKED:
        return (uint32_t)counters->load_blocked;
    case TT_REG_EXEC_BUSY:
        return (uint32_t)counters->exec_busy;
    case TT_REG_EXEC_STARVED:
        return (uint32_t)counters->exec_starved;
    case TT_REG_EXEC_BLOCKED:
        return (uint32_t)counters->exec_blocked;
    case TT_REG_FINISH_BUSY:
        return (uint32_t)counters->finish_busy;
    case TT_REG_FINISH_STARVED:
        return (uint32_t)counters->finish_starved;
    case TT_REG_FINISH_BLOCKED:
        return (uint32_t)counters->finish_blocked;
    case TT_REG_BEATS_READ:
        return (uint32_t)counters->beats_read;
    case TT_REG_BEATS_WRITTEN:
        return (uint32_t)counters->beats_written;
    default:
        return 0;
    }
}

static tt_status_t model_read32(tt_bus_t *bus, uint32_t *value, uint32_t offset) {
    const model_t *const model = model_of(bus);
    switch (offset) {
    case TT_REG_ID:
        *value = TT_RESET_ID;
        break;
    case TT_REG_VERSION:
        *value = tt_reg_set(tt_reg_set(0, TT_RF_VERSION_MAJOR, TT_RESET_VERSION_MAJOR), TT_RF_VERSION_MINOR,
                            TT_RESET_VERSION_MINOR);
        break;
    case TT_REG_CONFIG0:
    case TT_REG_CONFIG1:
    case TT_REG_CONFIG2:
        *value = read_config(model->config, offset);
        break;
    case TT_REG_CONTROL:
        *value = tt_reg_set(0, TT_RF_CONTROL_IRQ_ENABLE, model->irq_enable ? 1 : 0);
        break;
    case TT_REG_STATUS: /* never busy: START returns when the list has ended */
        *value = tt_reg_set(tt_reg_set(0, TT_RF_STATUS_DONE, model->done ? 1 : 0), TT_RF_STATUS_ERROR,
                            model->error ? 1 : 0);
        break;
    case TT_REG_LIST_ADDR:
        *value = model->list_addr;
        break;
    case TT_REG_LIST_COUNT:
        *value = model->list_count;
        break;
    case TT_REG_STEPS:
        *value = model->steps;
        break;
    case TT_REG_WATCHDOG:
        *value = model->watchdog;
        break;
    case TT_REG_MEM_BYTES:
        *value = model->mem_bytes;
        break;
    case TT_REG_ERROR:
        *value = model->error_word;
        break;
    default:
        *value = read_counter(&model->counters, offset);
        break;
    }
    return TT_OK;
}

static tt_status_t model_mem_write(tt_bus_t *bus, uint32_t address, const void *data, size_t size) {
    memcpy(model_of(bus)->mem + address / 8u, data, size);
    return TT_OK;
}

static tt_status_t model_mem_read(tt_bus_t *bus, void *data, uint32_t address, size_t size) {
    memcpy(data, model_of(bus)->mem + address / 8u, size);
    return TT_OK;
}

static tt_status_t model_wait(tt_bus_t *bus, uint32_t timeout_ms) {
    const model_t *const model = model_of(bus);
    (void)timeout_ms; /* nothing happens between two calls */
    return model->irq_enable && (model->done || model->error) ? TT_OK : TT_TIMEOUT;
}

static double model_now(tt_bus_t *bus) {
    struct timespec time = {0};
    (void)bus;
    (void)timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static void model_close(tt_bus_t *bus) {
    model_t *const model = model_of(bus);
    tt_pool_close(model->pool);
    free(model->timing_storage);
    free(model->machine_storage);
    free(model->mem);
    free(model);
}

static const tt_bus_ops_t model_ops = {
    .close = model_close,
    .read32 = model_read32,
    .write32 = model_write32,
    .mem_write = model_mem_write,
    .mem_read = model_mem_read,
    .wait = model_wait,
    .now = model_now,
};

tt_status_t tt_bus_model_open(const char *config, const tt_bus_options_t *options, tt_bus_t **bus,
                              char *message, size_t size) {
    const tt_config_t *const found = tt_config_find(config);
    if (found == NULL) {
        (void)snprintf(message, size, "unknown configuration '%s' (known: %s)", config, tt_config_names());
        return TT_BAD_ARG;
    }
    model_t *const model = calloc(1, sizeof *model);
    if (model == NULL) {
        return TT_NO_MEMORY;
    }
    model->bus.ops = &model_ops;
    model->bus.mem_bytes = (uint64_t)options->mem_kib << 10;
    model->config = found;
    model->timing_memory = (tt_ref_memory_t){.latency = options->latency, .beat_interval = options->interval};
    model->mem = calloc((size_t)(model->bus.mem_bytes / 8u), 8u);
    model->machine_storage = malloc(tt_ref_machine_size(found));
    model->timing_storage = malloc(tt_ref_timing_size(found));
    model->pool = tt_pool_open(options->threads);
    if (model->mem == NULL || model->machine_storage == NULL || model->timing_storage == NULL ||
        model->pool == NULL) {
        model_close(&model->bus);
        return TT_NO_MEMORY;
    }
    memcpy(model->kernel, options->kernel, sizeof model->kernel);
    if (!reset_machine(model)) {
        (void)snprintf(message, size,
                       "kernel=%s: not known, or not for this processor (known: scalar, avx2, avx512)",
                       options->kernel);
        model_close(&model->bus);
        return TT_BAD_ARG;
    }
    model->steps = TT_RESET_STEPS;
    model->watchdog = TT_RESET_WATCHDOG;
    model->mem_bytes = (uint32_t)model->bus.mem_bytes;
    *bus = &model->bus;
    return TT_OK;
}
