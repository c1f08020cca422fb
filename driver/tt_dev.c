/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_dev.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tt_bus.h"
#include "tt_registers.h"

enum { RESET_POLLS = 10000, DEFAULT_TIMEOUT_MS = 600000 };

struct tt_dev {
    tt_bus_t *bus;
    tt_dev_info_t info;
    tt_dev_err_t error;
    uint32_t error_instruction;
    uint64_t host_bytes;
    double seconds;
    uint64_t cycles;
};

static tt_status_t read32(const tt_dev_t *dev, uint32_t *value, uint32_t offset) {
    return dev->bus->ops->read32(dev->bus, value, offset);
}

static tt_status_t write32(const tt_dev_t *dev, uint32_t offset, uint32_t value) {
    return dev->bus->ops->write32(dev->bus, offset, value);
}

/* CONTROL keeps the interrupt enabled whatever command goes with it. */
static uint32_t control_word(unsigned lsb, unsigned width) {
    return tt_reg_set(tt_reg_set(0, TT_RF_CONTROL_IRQ_ENABLE, 1), lsb, width, 1);
}

static tt_status_t is_busy(const tt_dev_t *dev, bool *busy) {
    uint32_t word = 0;
    const tt_status_t status = read32(dev, &word, TT_REG_STATUS);
    *busy = tt_reg_get(word, TT_RF_STATUS_BUSY) != 0 || tt_reg_get(word, TT_RF_STATUS_RESETTING) != 0;
    return status;
}

/* Ends whatever runs. TT_TIMEOUT: the device does not come out of its reset. */
static tt_status_t soft_reset(const tt_dev_t *dev) {
    tt_status_t status = write32(dev, TT_REG_CONTROL, control_word(TT_RF_CONTROL_RESET));
    for (int i = 0; i < RESET_POLLS && status == TT_OK; i++) {
        bool busy = false;
        status = is_busy(dev, &busy);
        if (status == TT_OK && !busy) {
            return TT_OK;
        }
    }
    return status != TT_OK ? status : TT_TIMEOUT;
}

static tt_status_t check_identity(tt_dev_t *dev, char *message, size_t size) {
    uint32_t id = 0, version = 0;
    tt_status_t status = read32(dev, &id, TT_REG_ID);
    if (status == TT_OK && id != TT_RESET_ID) {
        (void)snprintf(message, size, "%s: not a tritrain device (ID 0x%08lX)", dev->info.name,
                       (unsigned long)id);
        return TT_WRONG_DEVICE;
    }
    if (status == TT_OK) {
        status = read32(dev, &version, TT_REG_VERSION);
    }
    dev->info.version = version;
    if (status == TT_OK && tt_reg_get(version, TT_RF_VERSION_MAJOR) != TT_RESET_VERSION_MAJOR) {
        (void)snprintf(message, size, "%s: device has interface version %lu.%lu, this driver needs %lu.x",
                       dev->info.name, (unsigned long)tt_reg_get(version, TT_RF_VERSION_MAJOR),
                       (unsigned long)tt_reg_get(version, TT_RF_VERSION_MINOR),
                       (unsigned long)TT_RESET_VERSION_MAJOR);
        return TT_WRONG_DEVICE;
    }
    return status;
}

static bool is_edge(uint32_t value) { return value == 1 || value == 2 || value == 4 || value == 8; }

static tt_status_t read_config(tt_dev_t *dev, char *message, size_t size) {
    uint32_t word[3] = {0, 0, 0};
    const uint32_t offset[3] = {TT_REG_CONFIG0, TT_REG_CONFIG1, TT_REG_CONFIG2};
    tt_status_t status = TT_OK;
    for (size_t i = 0; i < 3 && status == TT_OK; i++) {
        status = read32(dev, &word[i], offset[i]);
    }
    if (status != TT_OK) {
        return status;
    }
    tt_config_t *const config = &dev->info.config;
    config->m = tt_reg_get(word[0], TT_RF_CONFIG0_M);
    config->n = tt_reg_get(word[0], TT_RF_CONFIG0_N);
    config->k = tt_reg_get(word[0], TT_RF_CONFIG0_K);
    config->lanes = tt_reg_get(word[0], TT_RF_CONFIG0_LANES);
    config->a_depth = tt_reg_get(word[1], TT_RF_CONFIG1_A_DEPTH);
    config->b_depth = tt_reg_get(word[1], TT_RF_CONFIG1_B_DEPTH);
    config->w_acc = tt_reg_get(word[2], TT_RF_CONFIG2_W_ACC);
    config->compact = tt_reg_get(word[2], TT_RF_CONFIG2_COMPACT);
    config->scale_form = tt_reg_get(word[2], TT_RF_CONFIG2_SCALE_FORM);
    config->planes_max = tt_reg_get(word[2], TT_RF_CONFIG2_PLANES_MAX);
    /* what the layers above divide by or size their buffers with */
    if (!is_edge(config->m) || !is_edge(config->n) || config->k == 0 || config->k % TT_BLOCK != 0 ||
        config->k > 64 || config->lanes == 0 || config->lanes > TT_LANES_MAX || config->planes_max == 0 ||
        config->planes_max > TT_PLANES_MAX || tt_reg_get(word[2], TT_RF_CONFIG2_SLOTS) != TT_SLOTS) {
        (void)snprintf(message, size, "%s: device reports sizes that do not exist (CONFIG %08lX %08lX %08lX)",
                       dev->info.name, (unsigned long)word[0], (unsigned long)word[1],
                       (unsigned long)word[2]);
        return TT_WRONG_DEVICE;
    }
    return TT_OK;
}

/* First writes to the device. */
static tt_status_t set_up(const tt_dev_t *dev, uint32_t watchdog) {
    bool busy = false;
    tt_status_t status = is_busy(dev, &busy);
    if (status == TT_OK && busy) {
        status = soft_reset(dev); /* left running by a program that died */
    }
    if (status == TT_OK) {
        const uint64_t bytes = dev->bus->mem_bytes;
        status =
            write32(dev, TT_REG_MEM_BYTES, bytes < TT_RESET_MEM_BYTES ? (uint32_t)bytes : TT_RESET_MEM_BYTES);
    }
    if (status == TT_OK && watchdog != 0) {
        status = write32(dev, TT_REG_WATCHDOG, watchdog);
    }
    if (status == TT_OK) {
        status = write32(dev, TT_REG_CONTROL, control_word(TT_RF_CONTROL_IRQ_ENABLE));
    }
    return status;
}

tt_status_t tt_dev_open(const char *name, tt_dev_t **dev, char *message, size_t message_size) {
    return tt_dev_open_from(tt_backends, name, dev, message, message_size);
}

tt_status_t tt_dev_open_from(const tt_backend_t *backends, const char *name, tt_dev_t **dev, char *message,
                             size_t message_size) {
    char unread[1];
    tt_bus_name_t parsed;
    if (message == NULL || message_size == 0) {
        message = unread;
        message_size = sizeof unread;
    }
    message[0] = '\0';
    if (dev == NULL || name == NULL) {
        return TT_BAD_ARG;
    }
    *dev = NULL;
    tt_status_t status = tt_bus_name_parse(&parsed, backends, name, message, message_size);
    if (status != TT_OK) {
        return status;
    }
    tt_dev_t *const opened = calloc(1, sizeof *opened);
    if (opened == NULL) {
        return TT_NO_MEMORY;
    }
    (void)snprintf(opened->info.name, sizeof opened->info.name, "%.7s:%.23s", parsed.backend->name,
                   parsed.config);
    status = parsed.backend->open(parsed.config, &parsed.options, &opened->bus, message, message_size);
    if (status == TT_OK) {
        opened->info.mem_bytes = opened->bus->mem_bytes;
        status = check_identity(opened, message, message_size);
    }
    if (status == TT_OK) {
        status = read_config(opened, message, message_size);
    }
    if (status == TT_OK) {
        status = set_up(opened, parsed.options.watchdog);
    }
    if (status != TT_OK) {
        if (message[0] == '\0') {
            (void)snprintf(message, message_size, "%s: %s", opened->info.name, tt_status_name(status));
        }
        tt_dev_close(opened);
        return status;
    }
    *dev = opened;
    return TT_OK;
}

void tt_dev_close(tt_dev_t *dev) {
    if (dev != NULL) {
        if (dev->bus != NULL) {
            dev->bus->ops->close(dev->bus);
        }
        free(dev);
    }
}

const tt_dev_info_t *tt_dev_info(const tt_dev_t *dev) { return &dev->info; }

/* Common to both directions: may the host touch [address, address + size)? */
static tt_status_t check_transfer(const tt_dev_t *dev, uint32_t address, const void *data, size_t size) {
    bool busy = false;
    if (dev == NULL || (data == NULL && size != 0) || address % 8u != 0 || size % 8u != 0 ||
        size > dev->info.mem_bytes || address > dev->info.mem_bytes - size) {
        return TT_BAD_ARG;
    }
    const tt_status_t status = is_busy(dev, &busy);
    return status == TT_OK && busy ? TT_BUSY : status;
}

tt_status_t tt_dev_write(tt_dev_t *dev, uint32_t address, const void *data, size_t size) {
    tt_status_t status = check_transfer(dev, address, data, size);
    if (status == TT_OK && size != 0) {
        status = dev->bus->ops->mem_write(dev->bus, address, data, size);
        dev->host_bytes += size;
    }
    return status;
}

tt_status_t tt_dev_read(tt_dev_t *dev, uint32_t address, void *data, size_t size) {
    tt_status_t status = check_transfer(dev, address, data, size);
    if (status == TT_OK && size != 0) {
        status = dev->bus->ops->mem_read(dev->bus, data, address, size);
        dev->host_bytes += size;
    }
    return status;
}

static tt_status_t start(const tt_dev_t *dev, uint32_t address, uint32_t instructions, uint32_t steps) {
    tt_status_t status = write32(dev, TT_REG_LIST_ADDR, address);
    if (status == TT_OK) {
        status = write32(dev, TT_REG_LIST_COUNT, instructions);
    }
    if (status == TT_OK) {
        status = write32(dev, TT_REG_STEPS, steps);
    }
    if (status == TT_OK) { /* last: from here on the device reads the others */
        status = write32(dev, TT_REG_CONTROL, control_word(TT_RF_CONTROL_START));
    }
    return status;
}

/* Waits for DONE or ERROR; *word is the last STATUS read, whatever is returned. */
static tt_status_t wait_end(const tt_dev_t *dev, uint32_t *word, double from, uint32_t timeout_ms) {
    for (;;) {
        const double spent_ms = (dev->bus->ops->now(dev->bus) - from) * 1e3;
        const uint32_t rest_ms = spent_ms < (double)timeout_ms ? timeout_ms - (uint32_t)spent_ms : 0;
        const tt_status_t waited = dev->bus->ops->wait(dev->bus, rest_ms);
        if (waited != TT_OK && waited != TT_TIMEOUT) {
            return waited;
        }
        const tt_status_t status = read32(dev, word, TT_REG_STATUS);
        if (status != TT_OK || tt_reg_get(*word, TT_RF_STATUS_DONE) != 0 ||
            tt_reg_get(*word, TT_RF_STATUS_ERROR) != 0) {
            return status;
        }
        if (waited == TT_TIMEOUT || rest_ms == 0) {
            return TT_TIMEOUT;
        }
    }
}

static tt_status_t read_counters(const tt_dev_t *dev, tt_counters_t *counters) {
    const struct {
        uint32_t offset;
        uint64_t *value;
    } map[] = {
        {TT_REG_LOAD_BUSY, &counters->load_busy},
        {TT_REG_LOAD_STARVED, &counters->load_starved},
        {TT_REG_LOAD_BLOCKED, &counters->load_blocked},
        {TT_REG_EXEC_BUSY, &counters->exec_busy},
        {TT_REG_EXEC_STARVED, &counters->exec_starved},
        {TT_REG_EXEC_BLOCKED, &counters->exec_blocked},
        {TT_REG_FINISH_BUSY, &counters->finish_busy},
        {TT_REG_FINISH_STARVED, &counters->finish_starved},
        {TT_REG_FINISH_BLOCKED, &counters->finish_blocked},
        {TT_REG_BEATS_READ, &counters->beats_read},
        {TT_REG_BEATS_WRITTEN, &counters->beats_written},
    };
    tt_status_t status = TT_OK;
    for (size_t i = 0; i < sizeof map / sizeof map[0] && status == TT_OK; i++) {
        uint32_t word = 0;
        status = read32(dev, &word, map[i].offset);
        *map[i].value = word;
    }
    return status;
}

static tt_status_t read_cycles(const tt_dev_t *dev, uint64_t *cycles) {
    uint32_t lo = 0, hi = 0;
    tt_status_t status = read32(dev, &lo, TT_REG_CYCLES_LO);
    if (status == TT_OK) {
        status = read32(dev, &hi, TT_REG_CYCLES_HI);
    }
    *cycles = (uint64_t)hi << 32 | lo;
    return status;
}

/* After a run that failed with `failure`: keeps the device's error and makes the device usable again. */
static tt_status_t recover(tt_dev_t *dev, tt_status_t failure) {
    uint32_t word = 0;
    tt_status_t status = read32(dev, &word, TT_REG_ERROR);
    dev->error = (tt_dev_err_t)tt_reg_get(word, TT_RF_ERROR_CODE);
    dev->error_instruction = tt_reg_get(word, TT_RF_ERROR_INDEX);
    if (status == TT_OK) {
        status = soft_reset(dev);
    }
    return status != TT_OK ? status : failure;
}

tt_status_t tt_dev_run(tt_dev_t *dev, uint32_t address, uint32_t instructions, uint32_t steps,
                       uint32_t timeout_ms, tt_counters_t *counters) {
    if (dev == NULL) {
        return TT_BAD_ARG;
    }
    const uint32_t most = dev->info.config.compact != 0 ? TT_COMPACT_LIST_MAX : UINT16_MAX;
    if (address % TT_LIST_ALIGNMENT != 0 || address > dev->info.mem_bytes || instructions == 0 ||
        steps == 0 || steps > most) {
        return TT_BAD_ARG;
    }
    if (instructions > most) {
        return TT_TOO_LARGE;
    }
    bool busy = false;
    tt_status_t status = is_busy(dev, &busy);
    if (status != TT_OK || busy) {
        return status != TT_OK ? status : TT_BUSY;
    }
    const double from = dev->bus->ops->now(dev->bus);
    uint32_t word = 0;
    status = start(dev, address, instructions, steps);
    if (status == TT_OK) {
        status = wait_end(dev, &word, from, timeout_ms != 0 ? timeout_ms : DEFAULT_TIMEOUT_MS);
    }
    dev->seconds += dev->bus->ops->now(dev->bus) - from;
    if (status == TT_TIMEOUT || (status == TT_OK && tt_reg_get(word, TT_RF_STATUS_ERROR) != 0)) {
        return recover(dev, status == TT_OK ? TT_DEVICE_ERROR : TT_TIMEOUT);
    }
    uint64_t cycles = 0;
    if (status == TT_OK) { /* takes the interrupt back */
        status = write32(dev, TT_REG_STATUS, tt_reg_set(0, TT_RF_STATUS_DONE, 1));
    }
    if (status == TT_OK) {
        status = read_cycles(dev, &cycles);
    }
    dev->cycles += cycles;
    if (status == TT_OK && counters != NULL) {
        counters->cycles = cycles;
        status = read_counters(dev, counters);
    }
    return status;
}

void tt_dev_error(const tt_dev_t *dev, tt_dev_err_t *code, uint32_t *instruction) {
    *code = dev->error;
    *instruction = dev->error_instruction;
}

const char *tt_dev_err_name(tt_dev_err_t code) {
    switch (code) {
    case TT_DEV_ERR_NONE:
        return "no error";
    case TT_DEV_ERR_BAD_OPCODE:
        return "unknown opcode";
    case TT_DEV_ERR_BAD_FIELD:
        return "plane count out of range";
    case TT_DEV_ERR_ADDRESS:
        return "address beyond the memory";
    case TT_DEV_ERR_AXI:
        return "memory answered with an error";
    case TT_DEV_ERR_TIMEOUT:
        return "no progress";
    }
    return "unknown error";
}

uint64_t tt_dev_host_bytes(const tt_dev_t *dev) { return dev->host_bytes; }

void tt_dev_speed(const tt_dev_t *dev, double *seconds, uint64_t *cycles) {
    *seconds = dev->seconds;
    *cycles = dev->cycles;
}
