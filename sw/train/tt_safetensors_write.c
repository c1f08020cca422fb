/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tt_safetensors.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ALIGNMENT 8u

static const char *const DTYPE_NAMES[] = {"I8", "I32", "U32", "F32", "U64"};
static const uint8_t DTYPE_BYTES[] = {1, 4, 4, 4, 8};

size_t tt_dtype_bytes(tt_dtype_t dtype) { return DTYPE_BYTES[dtype]; }

size_t tt_array_bytes(const tt_array_t *array) {
    size_t bytes = DTYPE_BYTES[array->dtype];
    for (uint32_t i = 0; i < array->dims; i++) {
        bytes *= (size_t)array->shape[i];
    }
    return bytes;
}

/* Arrays are laid out by falling element size: without gaps, each is aligned to its elements. */
static size_t next_in_layout(const tt_array_t *arrays, size_t count, size_t width, size_t from) {
    while (from < count && DTYPE_BYTES[arrays[from].dtype] != width) {
        from++;
    }
    return from;
}

static const size_t WIDTHS[] = {8, 4, 1};

static cJSON *describe(const tt_array_t *array, size_t begin) {
    cJSON *const item = cJSON_CreateObject();
    cJSON *const shape = cJSON_AddArrayToObject(item, "shape");
    for (uint32_t i = 0; i < array->dims; i++) {
        (void)cJSON_AddItemToArray(shape, cJSON_CreateNumber((double)array->shape[i]));
    }
    cJSON *const offsets = cJSON_AddArrayToObject(item, "data_offsets");
    (void)cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)begin));
    (void)cJSON_AddItemToArray(offsets, cJSON_CreateNumber((double)(begin + tt_array_bytes(array))));
    if (cJSON_AddStringToObject(item, "dtype", DTYPE_NAMES[array->dtype]) == NULL) {
        cJSON_Delete(item);
        return NULL;
    }
    return item;
}

/* The JSON header, NULL when memory is short; freed with cJSON_free. */
static char *make_header(const tt_array_t *arrays, size_t count, const tt_metadata_t *metadata,
                         size_t metadata_count) {
    cJSON *const root = cJSON_CreateObject();
    cJSON *const meta = cJSON_AddObjectToObject(root, "__metadata__");
    int failed = meta == NULL;
    for (size_t i = 0; i < metadata_count; i++) {
        failed |= cJSON_AddStringToObject(meta, metadata[i].key, metadata[i].value) == NULL;
    }
    size_t offset = 0;
    for (size_t w = 0; w < sizeof WIDTHS / sizeof WIDTHS[0]; w++) {
        for (size_t i = next_in_layout(arrays, count, WIDTHS[w], 0); i < count;
             i = next_in_layout(arrays, count, WIDTHS[w], i + 1)) {
            failed |= !cJSON_AddItemToObject(root, arrays[i].name, describe(&arrays[i], offset));
            offset += tt_array_bytes(&arrays[i]);
        }
    }
    char *const text = failed ? NULL : cJSON_PrintUnformatted(root);
    cJSON_Delete(root);
    return text;
}

/* 0 or errno. */
static int write_all(int fd, const void *data, size_t size) {
    const char *at = data;
    while (size > 0) {
        const ssize_t wrote = write(fd, at, size);
        if (wrote < 0 && errno == EINTR) {
            continue;
        }
        if (wrote <= 0) {
            return wrote < 0 ? errno : ENOSPC;
        }
        at += wrote;
        size -= (size_t)wrote;
    }
    return 0;
}

static int write_content(int fd, const char *header, const tt_array_t *arrays, size_t count) {
    const size_t length = strlen(header);
    const size_t padded = (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    uint8_t prefix[8];
    for (unsigned i = 0; i < 8; i++) {
        prefix[i] = (uint8_t)((uint64_t)padded >> (8 * i));
    }
    int error = write_all(fd, prefix, sizeof prefix);
    error = error == 0 ? write_all(fd, header, length) : error;
    error = error == 0 ? write_all(fd, "        ", padded - length) : error;
    for (size_t w = 0; w < sizeof WIDTHS / sizeof WIDTHS[0]; w++) {
        for (size_t i = next_in_layout(arrays, count, WIDTHS[w], 0); error == 0 && i < count;
             i = next_in_layout(arrays, count, WIDTHS[w], i + 1)) {
            error = write_all(fd, arrays[i].data, tt_array_bytes(&arrays[i]));
        }
    }
    if (error == 0 && fsync(fd) != 0) {
        error = errno;
    }
    return error;
}

/* Makes the rename durable. */
static int sync_folder(const char *path) {
    char *const folder = strdup(path);
    if (folder == NULL) {
        return ENOMEM;
    }
    char *const slash = strrchr(folder, '/');
    if (slash != NULL) {
        slash[slash == folder ? 1 : 0] = '\0';
    }
    const int fd = open(slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY);
    free(folder);
    if (fd < 0) {
        return errno;
    }
    const int error = fsync(fd) != 0 && errno != EINVAL ? errno : 0;
    (void)close(fd);
    return error;
}

static int write_file(const char *path, const char *temporary, const char *header, const tt_array_t *arrays,
                      size_t count) {
    const int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0) {
        return errno;
    }
    int error = write_content(fd, header, arrays, count);
    if (close(fd) != 0 && error == 0) {
        error = errno;
    }
    if (error == 0 && rename(temporary, path) != 0) {
        error = errno;
    }
    if (error != 0) {
        (void)unlink(temporary);
        return error;
    }
    return sync_folder(path);
}

tt_status_t tt_safetensors_write(const char *path, const tt_array_t *arrays, size_t count,
                                 const tt_metadata_t *metadata, size_t metadata_count,
                                 tt_message_t *message) {
    const size_t room = strlen(path) + 32;
    char *const temporary = malloc(room);
    char *const header = make_header(arrays, count, metadata, metadata_count);
    tt_status_t status = TT_OK;
    if (temporary == NULL || header == NULL) {
        tt_message_set(message, "%s: no memory", path);
        status = TT_NO_MEMORY;
    } else {
        (void)snprintf(temporary, room, "%s.tmp%ld", path, (long)getpid());
        const int error = write_file(path, temporary, header, arrays, count);
        if (error != 0) {
            tt_message_set(message, "%s: cannot write: %s", path, strerror(error));
            status = TT_IO;
        }
    }
    cJSON_free(header);
    free(temporary);
    return status;
}
