/* SPDX-License-Identifier: Apache-2.0
 * tritrain info: a device, a checkpoint or a data set, told apart by what is there under that name. */
#define _POSIX_C_SOURCE 200809L
#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tt_cli.h"

/* Prints "key value" lines, or the object as JSON; deletes it. */
static void show(const tt_options_t *options, cJSON *object) {
    if (options->json) {
        tt_cli_print_json(object);
        return;
    }
    for (const cJSON *item = object->child; item != NULL; item = item->next) {
        if (cJSON_IsString(item)) {
            (void)printf("%-16s %s\n", item->string, item->valuestring);
        } else if (cJSON_IsNumber(item)) {
            (void)printf("%-16s %.0f\n", item->string, item->valuedouble);
        } else {
            for (const cJSON *part = item->child; part != NULL; part = part->next) {
                (void)printf("%-16s %s: %s\n", item->string, part->string,
                             cJSON_IsString(part) ? part->valuestring : "");
            }
        }
    }
    cJSON_Delete(object);
}

static void add(cJSON *object, const char *name, double value) {
    (void)cJSON_AddNumberToObject(object, name, value);
}

static tt_status_t info_device(const tt_options_t *options, tt_message_t *message) {
    tt_dev_t *dev = NULL;
    char text[256] = "";
    const tt_status_t status = tt_dev_open(options->target, &dev, text, sizeof text);
    if (status != TT_OK) {
        tt_message_set(message,
                       status == TT_BAD_ARG ? "'%s' is no file or folder, and no device: %s"
                                            : "device '%s': %s",
                       options->target, text[0] != '\0' ? text : tt_status_name(status));
        return status;
    }
    const tt_dev_info_t *const info = tt_dev_info(dev);
    char version[32];
    (void)snprintf(version, sizeof version, "%u.%u", (unsigned)(info->version >> 16),
                   (unsigned)(info->version & 0xFFFFu));
    cJSON *const object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "device", info->name);
    (void)cJSON_AddStringToObject(object, "version", version);
    add(object, "m", info->config.m);
    add(object, "n", info->config.n);
    add(object, "k", info->config.k);
    add(object, "lanes", info->config.lanes);
    add(object, "w_acc", info->config.w_acc);
    add(object, "a_depth", info->config.a_depth);
    add(object, "b_depth", info->config.b_depth);
    add(object, "planes_max", info->config.planes_max);
    add(object, "compact", info->config.compact);
    add(object, "memory_bytes", (double)info->mem_bytes);
    show(options, object);
    tt_dev_close(dev);
    return TT_OK;
}

static void add_tensors(cJSON *object, const tt_safetensors_t *file) {
    cJSON *const tensors = cJSON_AddObjectToObject(object, "tensors");
    for (size_t i = 0; i < tt_safetensors_count(file); i++) {
        static const char *const dtypes[] = {"I8", "I32", "U32", "F32", "U64"};
        const tt_array_t *const array = tt_safetensors_at(file, i);
        char text[128];
        int used = snprintf(text, sizeof text, "%s", dtypes[array->dtype]);
        for (uint32_t d = 0; d < array->dims; d++) {
            used += snprintf(text + used, sizeof text - (size_t)used, d == 0 ? " %llu" : " x %llu",
                             (unsigned long long)array->shape[d]);
        }
        (void)cJSON_AddStringToObject(tensors, array->name, text);
    }
}

static tt_status_t info_checkpoint(const tt_options_t *options, tt_message_t *message) {
    tt_safetensors_t *file = NULL;
    tt_settings_t settings;
    tt_status_t status = tt_safetensors_open(&file, options->target, message);
    status = status == TT_OK ? tt_checkpoint_settings(file, options->target, &settings, message) : status;
    if (status == TT_OK) {
        cJSON *const object = cJSON_CreateObject();
        const tt_array_t *const progress = tt_safetensors_find(file, "run.progress");
        (void)cJSON_AddStringToObject(object, "checkpoint", options->target);
        if (progress != NULL && tt_array_bytes(progress) == 24) {
            uint64_t position[3];
            memcpy(position, progress->data, sizeof position);
            add(object, "epochs_done", (double)position[0]);
            add(object, "steps_done", (double)position[2]);
        }
        (void)cJSON_AddItemToObject(object, "settings", tt_log_settings(&settings));
        add_tensors(object, file);
        show(options, object);
    }
    tt_safetensors_close(file);
    return status;
}

static void add_split(cJSON *object, const tt_dataset_t *set, const char *name) {
    char text[160];
    uint32_t top = 0;
    uint64_t sum = 0;
    const size_t pixels = (size_t)set->count * set->rows * set->cols;
    for (uint32_t i = 0; i < set->count; i++) {
        top = set->labels[i] > top ? set->labels[i] : top;
    }
    for (size_t i = 0; i < pixels; i++) {
        sum += set->pixels[i];
    }
    (void)snprintf(text, sizeof text, "%u images of %u x %u, labels 0..%u, mean pixel %.2f",
                   (unsigned)set->count, (unsigned)set->rows, (unsigned)set->cols, (unsigned)top,
                   (double)sum / (double)pixels);
    (void)cJSON_AddStringToObject(object, name, text);
}

static tt_status_t info_dataset(const tt_options_t *options, tt_message_t *message) {
    tt_dataset_t train, test = {0};
    tt_status_t status = tt_dataset_load(&train, options->target, TT_SPLIT_TRAIN, TT_CLASSES_MAX, message);
    status = status == TT_OK ? tt_dataset_load(&test, options->target, TT_SPLIT_TEST, TT_CLASSES_MAX, message)
                             : status;
    if (status == TT_OK) {
        cJSON *const object = cJSON_CreateObject();
        (void)cJSON_AddStringToObject(object, "data set", options->target);
        add_split(object, &train, "train");
        add_split(object, &test, "test");
        show(options, object);
    }
    tt_dataset_free(&train);
    tt_dataset_free(&test);
    return status;
}

/* A text that reads as a configuration, or says by its name that it is one. */
static bool is_configuration(const char *path) {
    tt_settings_t settings;
    const char *const dot = strrchr(path, '.');
    if (tt_cli_is_checkpoint(path)) {
        return false;
    }
    tt_settings_default(&settings);
    return (dot != NULL && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0)) ||
           tt_settings_load(&settings, path, NULL) == TT_OK;
}

static tt_status_t info_file(const tt_options_t *options, tt_message_t *message) {
    if (is_configuration(options->target)) {
        tt_message_set(message, "%s: a configuration; info is for devices, checkpoints and data sets",
                       options->target);
        return TT_BAD_ARG;
    }
    return info_checkpoint(options, message);
}

int tt_cli_info(const tt_options_t *options) {
    tt_message_t message = {{0}};
    struct stat what;
    tt_status_t status = TT_OK;
    if (stat(options->target, &what) != 0) {
        status = info_device(options, &message);
    } else {
        status = S_ISDIR(what.st_mode) ? info_dataset(options, &message) : info_file(options, &message);
    }
    return status == TT_OK ? TT_EXIT_OK : tt_cli_fail(status, &message);
}
