/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORMAT "tritrain checkpoint 1"
#define CONFIG_MAX 4096u
#define DEVICE_PREFIX "device."

/* The engine's arrays followed by the run's own. */
typedef struct {
    tt_array_t arrays[TT_STATE_MAX + 2];
    size_t count;
    uint64_t position[3];
} content_t;

static void collect(content_t *content, tt_engine_t *engine, tt_progress_t *progress) {
    const tt_state_t *const state = tt_engine_state(engine);
    memcpy(content->arrays, state->arrays, state->count * sizeof state->arrays[0]);
    content->count = state->count;
    content->position[0] = progress->epoch;
    content->position[1] = progress->batch;
    content->position[2] = progress->step;
    content->arrays[content->count++] = (tt_array_t){
        .name = "run.progress", .dtype = TT_DTYPE_U64, .dims = 1, .shape = {3}, .data = content->position};
    content->arrays[content->count++] = (tt_array_t){
        .name = "run.shuffle", .dtype = TT_DTYPE_U64, .dims = 1, .shape = {4}, .data = progress->shuffle.s};
}

tt_status_t tt_checkpoint_save(const char *path, const tt_settings_t *settings, tt_engine_t *engine,
                               const tt_progress_t *progress, tt_message_t *message) {
    content_t *const content = calloc(1, sizeof *content);
    char *const config = malloc(CONFIG_MAX);
    tt_status_t status = TT_NO_MEMORY;
    if (content == NULL || config == NULL || tt_settings_format(settings, config, CONFIG_MAX) >= CONFIG_MAX) {
        tt_message_set(message, "%s: no memory", path);
    } else {
        const tt_metadata_t metadata[] = {{"format", FORMAT}, {"config", config}};
        tt_progress_t copy = *progress;
        collect(content, engine, &copy);
        status = tt_safetensors_write(path, content->arrays, content->count, metadata, 2, message);
    }
    free(config);
    free(content);
    return status;
}

tt_status_t tt_checkpoint_settings(const tt_safetensors_t *file, const char *path, tt_settings_t *settings,
                                   tt_message_t *message) {
    const char *const format = tt_safetensors_metadata(file, "format");
    const char *const config = tt_safetensors_metadata(file, "config");
    if (format == NULL || config == NULL || strcmp(format, FORMAT) != 0) {
        tt_message_set(message, "%s: not a checkpoint of this version (format '%.40s', expected '%s')", path,
                       format != NULL ? format : "", FORMAT);
        return TT_BAD_DATA;
    }
    tt_settings_default(settings);
    tt_status_t status = tt_settings_parse(settings, config, strlen(config), path, message);
    status = status == TT_OK ? tt_settings_check(settings, message) : status;
    return status == TT_OK ? TT_OK : TT_BAD_DATA;
}

static bool same_shape(const tt_array_t *a, const tt_array_t *b) {
    return a->dtype == b->dtype && a->dims == b->dims &&
           memcmp(a->shape, b->shape, a->dims * sizeof a->shape[0]) == 0;
}

static void describe(char *text, size_t size, const tt_array_t *array) {
    size_t used = (size_t)snprintf(text, size, "(");
    for (uint32_t i = 0; i < array->dims && used < size; i++) {
        used += (size_t)snprintf(text + used, size - used, i == 0 ? "%llu" : ", %llu",
                                 (unsigned long long)array->shape[i]);
    }
    if (used < size) {
        (void)snprintf(text + used, size - used, ")");
    }
}

static bool is_device(const tt_array_t *array) {
    return strncmp(array->name, DEVICE_PREFIX, strlen(DEVICE_PREFIX)) == 0;
}

static tt_status_t copy_array(const tt_array_t *wanted, const tt_array_t *found, const char *path,
                              tt_message_t *message) {
    char a[64] = "nothing", b[64];
    if (found != NULL && same_shape(wanted, found)) {
        memcpy(wanted->data, found->data, tt_array_bytes(wanted));
        return TT_OK;
    }
    if (found != NULL) {
        describe(a, sizeof a, found);
    }
    describe(b, sizeof b, wanted);
    tt_message_set(message, "%s: checkpoint of another %s: its %s is %s, expected %s", path,
                   is_device(wanted) ? "device" : "network", wanted->name, a, b);
    return TT_BAD_DATA;
}

static tt_status_t check_content(const content_t *content, const tt_settings_t *settings, bool resume,
                                 const char *path, tt_message_t *message) {
    for (size_t i = 0; i < content->count; i++) {
        const tt_array_t *const array = &content->arrays[i];
        const bool used = resume || !is_device(array);
        const char *const why = used ? tt_checkpoint_fault(array, settings, content->position[2]) : NULL;
        if (why != NULL) {
            tt_message_set(message, "%s: damaged checkpoint: %s %s", path, array->name, why);
            return TT_BAD_DATA;
        }
    }
    return TT_OK;
}

static tt_status_t load_engine(tt_engine_t *engine, const char *path, tt_message_t *message) {
    const tt_status_t status = tt_engine_load(engine);
    if (status == TT_BAD_ARG) {
        tt_message_set(message, "%s: damaged checkpoint: it has values that the device refuses", path);
        return TT_BAD_DATA;
    }
    if (status != TT_OK) {
        tt_message_set(message, "%s: cannot be loaded into the device: %s", path, tt_status_name(status));
    }
    return status;
}

tt_status_t tt_checkpoint_load(const tt_safetensors_t *file, const char *path, tt_engine_t *engine,
                               tt_progress_t *progress, bool resume, tt_message_t *message) {
    content_t *const content = calloc(1, sizeof *content);
    if (content == NULL) {
        tt_message_set(message, "%s: no memory", path);
        return TT_NO_MEMORY;
    }
    collect(content, engine, progress);
    tt_status_t status = TT_OK;
    for (size_t i = 0; status == TT_OK && i < content->count; i++) {
        const tt_array_t *const wanted = &content->arrays[i];
        const tt_array_t *const found = tt_safetensors_find(file, wanted->name);
        if (!resume && is_device(wanted)) {
            continue;
        }
        status = copy_array(wanted, found, path, message);
    }
    if (status == TT_OK && tt_safetensors_count(file) != content->count) {
        tt_message_set(message, "%s: checkpoint of another network: it has %zu tensors, expected %zu", path,
                       tt_safetensors_count(file), content->count);
        status = TT_BAD_DATA;
    }
    status = status == TT_OK ? check_content(content, engine->settings, resume, path, message) : status;
    progress->epoch = content->position[0];
    progress->batch = content->position[1];
    progress->step = content->position[2];
    free(content);
    return status == TT_OK ? load_engine(engine, path, message) : status;
}
