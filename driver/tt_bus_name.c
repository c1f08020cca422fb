/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tt_bus.h"

#define KIB_PER_MIB 1024u
#define MEM_KIB_MIN 4u
#define MEM_MIB_MIN 4u
#define MEM_MIB_MAX 4095u

/* A number within [lo, hi], decimal, nothing else. */
static bool parse_number(uint32_t *value, const char *text, uint32_t lo, uint32_t hi) {
    uint64_t sum = 0;
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (*text < '0' || *text > '9') {
            return false;
        }
        sum = sum * 10u + (uint64_t)(*text - '0');
        if (sum > hi) {
            return false;
        }
    }
    *value = (uint32_t)sum;
    return sum >= lo;
}

/* A number of MiB, or of KiB with that suffix. */
static bool parse_memory(uint32_t *kib, const char *text) {
    char number[16];
    const size_t length = strlen(text), suffix = strlen("KiB");
    if (length >= sizeof number + suffix) {
        return false;
    }
    if (length >= suffix && strcmp(text + length - suffix, "KiB") == 0) {
        memcpy(number, text, length - suffix);
        number[length - suffix] = '\0';
        return parse_number(kib, number, MEM_KIB_MIN, MEM_MIB_MAX * KIB_PER_MIB);
    }
    if (!parse_number(kib, text, MEM_MIB_MIN, MEM_MIB_MAX)) {
        return false;
    }
    *kib *= KIB_PER_MIB;
    return true;
}

/* Is key one of the words of a list separated by ", "? */
static bool listed(const char *keys, const char *key) {
    const size_t length = strlen(key);
    while (*keys != '\0') {
        const size_t word = strcspn(keys, ",");
        if (word == length && strncmp(keys, key, length) == 0) {
            return true;
        }
        keys += word;
        keys += strspn(keys, ", ");
    }
    return false;
}

static tt_status_t set_number(tt_bus_options_t *options, const char *key, const char *value, char *message,
                              size_t size) {
    const struct {
        const char *key;
        uint32_t *value;
        uint32_t lo, hi;
    } numbers[] = {
        {"latency", &options->latency, 1, 65535},  {"interval", &options->interval, 1, 65535},
        {"stall", &options->stall, 0, UINT32_MAX}, {"watchdog", &options->watchdog, 1, UINT32_MAX},
        {"baud", &options->baud, 1200, 12000000},  {"threads", &options->threads, 1, 64},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(numbers[i].key, key) == 0) {
            if (parse_number(numbers[i].value, value, numbers[i].lo, numbers[i].hi)) {
                return TT_OK;
            }
            (void)snprintf(message, size, "%s=%s: not a number from %lu to %lu", key, value,
                           (unsigned long)numbers[i].lo, (unsigned long)numbers[i].hi);
            return TT_BAD_ARG;
        }
    }
    if (strcmp(key, "mem") == 0) {
        if (parse_memory(&options->mem_kib, value)) {
            return TT_OK;
        }
        (void)snprintf(message, size, "mem=%s: not a size from %u to %u (MiB) or from %uKiB to %uKiB", value,
                       MEM_MIB_MIN, MEM_MIB_MAX, MEM_KIB_MIN, MEM_MIB_MAX * KIB_PER_MIB);
        return TT_BAD_ARG;
    }
    (void)snprintf(message, size, "key '%s' takes no number", key);
    return TT_BAD_ARG;
}

/* option: "key=value", which this function may cut. */
static tt_status_t set_option(tt_bus_name_t *result, char *option, char *message, size_t size) {
    char *const equals = strchr(option, '=');
    if (equals == NULL) {
        (void)snprintf(message, size, "'%s' is not key=value", option);
        return TT_BAD_ARG;
    }
    *equals = '\0';
    const char *const value = equals + 1;
    if (!listed(result->backend->keys, option)) {
        (void)snprintf(message, size, "unknown key '%s' for %s (known: %s)", option, result->backend->name,
                       result->backend->keys);
        return TT_BAD_ARG;
    }
    const bool is_kernel = strcmp(option, "kernel") == 0;
    if (!is_kernel && strcmp(option, "trace") != 0) {
        return set_number(&result->options, option, value, message, size);
    }
    char *const text = is_kernel ? result->options.kernel : result->options.trace;
    const size_t room = is_kernel ? sizeof result->options.kernel : sizeof result->options.trace;
    if (*value == '\0' || strlen(value) >= room) {
        (void)snprintf(message, size, "%s=%.40s: not a %s of 1 to %zu characters", option, value,
                       is_kernel ? "name" : "file name", room - 1u);
        return TT_BAD_ARG;
    }
    (void)snprintf(text, room, "%s", value);
    return TT_OK;
}

static tt_status_t find_backend(tt_bus_name_t *result, const tt_backend_t *backends, const char *name,
                                char *message, size_t size) {
    for (const tt_backend_t *backend = backends; backend->name != NULL; backend++) {
        if (strcmp(backend->name, name) == 0) {
            result->backend = backend;
            return TT_OK;
        }
    }
    int used = snprintf(message, size, "unknown device '%s' (known:", name);
    for (const tt_backend_t *backend = backends; backend->name != NULL; backend++) {
        if (used >= 0 && (size_t)used < size) {
            used += snprintf(message + used, size - (size_t)used, " %s%s", backend->name,
                             backend[1].name != NULL ? "," : ")");
        }
    }
    return TT_BAD_ARG;
}

tt_status_t tt_bus_name_parse(tt_bus_name_t *result, const tt_backend_t *backends, const char *name,
                              char *message, size_t size) {
    char text[TT_BUS_TRACE_SIZE + 128];
    memset(result, 0, sizeof *result);
    result->options.mem_kib = 64 * KIB_PER_MIB;
    result->options.latency = 30;
    result->options.interval = 1;
    result->options.baud = 3000000;
    if (strlen(name) >= sizeof text) {
        (void)snprintf(message, size, "device name is longer than %zu characters", sizeof text - 1);
        return TT_BAD_ARG;
    }
    (void)snprintf(text, sizeof text, "%s", name);

    char *options = strchr(text, ',');
    if (options != NULL) {
        *options++ = '\0';
    }
    char *config = strchr(text, ':');
    if (config != NULL) {
        *config++ = '\0';
    }
    tt_status_t status = find_backend(result, backends, text, message, size);
    if (status != TT_OK) {
        return status;
    }
    if (config == NULL) {
        config = text + strlen(text); /* empty */
    } else if (*config == '\0' || strlen(config) >= sizeof result->config) {
        (void)snprintf(message, size, "'%.40s' is not a configuration", config);
        return TT_BAD_ARG;
    }
    (void)snprintf(result->config, sizeof result->config, "%s",
                   *config != '\0' ? config : result->backend->default_config);
    while (status == TT_OK && options != NULL) {
        char *const option = options;
        options = strchr(option, ',');
        if (options != NULL) {
            *options++ = '\0';
        }
        status = set_option(result, option, message, size);
    }
    return status;
}
