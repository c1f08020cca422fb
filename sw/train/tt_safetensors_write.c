/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* POSIX 2008 with realpath */
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

/* ---- files ---- */

/* Where the content for path goes, symbolic links followed: a regular file or none yet. NULL, or what is wrong.
 * The caller frees *target. */
static const char *resolve(const char *path, char **target) {
    struct stat found;
    *target = realpath(path, NULL);
    if (*target == NULL) {
        const int error = errno;
        if (error == ENOENT && lstat(path, &found) != 0) {
            *target = strdup(path);
            return *target != NULL ? NULL : strerror(ENOMEM);
        }
        return error == ENOENT ? "a symbolic link to nothing" : strerror(error);
    }
    if (stat(*target, &found) != 0) {
        return strerror(errno);
    }
    return S_ISREG(found.st_mode) ? NULL : S_ISDIR(found.st_mode) ? strerror(EISDIR) : "not a regular file";
}

/* The folder of path, to be freed; NULL: no memory. */
static char *folder_of(const char *path) {
    const char *const slash = strrchr(path, '/');
    if (slash == NULL) {
        return strdup(".");
    }
    return strndup(path, slash == path ? 1 : (size_t)(slash - path));
}

static char *temporary_of(const char *path) {
    const size_t size = strlen(path) + sizeof ".tmp";
    char *const temporary = malloc(size);
    if (temporary != NULL) {
        (void)snprintf(temporary, size, "%s.tmp", path);
    }
    return temporary;
}

/* A new file whatever was there: never through a link, never into a pipe. -1 and errno when there is none. */
static int create(const char *temporary) {
    (void)unlink(temporary);
    return open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
}

/* Makes the rename durable. */
static int sync_folder(const char *path) {
    char *const folder = folder_of(path);
    if (folder == NULL) {
        return ENOMEM;
    }
    const int fd = open(folder, O_RDONLY | O_DIRECTORY);
    free(folder);
    if (fd < 0) {
        return errno;
    }
    const int error = fsync(fd) != 0 && errno != EINVAL ? errno : 0;
    (void)close(fd);
    return error;
}

/* 0 or errno. */
static int write_file(const char *target, const char *temporary, const char *header, const tt_array_t *arrays,
                      size_t count) {
    const int fd = create(temporary);
    if (fd < 0) {
        return errno;
    }
    int error = write_content(fd, header, arrays, count);
    if (close(fd) != 0 && error == 0) {
        error = errno;
    }
    if (error == 0 && rename(temporary, target) != 0) {
        error = errno;
    }
    if (error != 0) {
        (void)unlink(temporary);
        return error;
    }
    return sync_folder(target);
}

/* Message and status of a failure; reason NULL: none. */
static tt_status_t conclude(const char *path, const char *reason, tt_message_t *message) {
    if (reason == NULL) {
        return TT_OK;
    }
    tt_message_set(message, "%s: cannot write: %s", path, reason);
    return TT_IO;
}

tt_status_t tt_safetensors_write(const char *path, const tt_array_t *arrays, size_t count,
                                 const tt_metadata_t *metadata, size_t metadata_count,
                                 tt_message_t *message) {
    char *target = NULL;
    const char *reason = resolve(path, &target);
    char *const temporary = reason == NULL ? temporary_of(target) : NULL;
    char *const header = make_header(arrays, count, metadata, metadata_count);
    tt_status_t status = TT_NO_MEMORY;
    if (reason == NULL && temporary != NULL && header != NULL) {
        const int error = write_file(target, temporary, header, arrays, count);
        reason = error != 0 ? strerror(error) : NULL;
        status = conclude(path, reason, message);
    } else if (reason != NULL) {
        status = conclude(path, reason, message);
    } else {
        tt_message_set(message, "%s: no memory", path);
    }
    cJSON_free(header);
    free(temporary);
    free(target);
    return status;
}

static const char *try_temporary(const char *temporary) {
    const int fd = create(temporary);
    if (fd < 0) {
        return strerror(errno);
    }
    (void)close(fd);
    return unlink(temporary) == 0 ? NULL : strerror(errno);
}

tt_status_t tt_safetensors_probe(const char *path, tt_message_t *message) {
    char *target = NULL;
    const char *const reason = resolve(path, &target);
    char *const folder = reason == NULL ? folder_of(target) : NULL;
    char *const temporary = reason == NULL ? temporary_of(target) : NULL;
    tt_status_t status = TT_NO_MEMORY;
    if (reason != NULL) {
        status = conclude(path, reason, message);
    } else if (folder == NULL || temporary == NULL) {
        tt_message_set(message, "%s: no memory", path);
    } else if (access(folder, W_OK | X_OK) != 0) {
        tt_message_set(message, "%s: cannot write here: %s", folder, strerror(errno));
        status = TT_IO;
    } else {
        status = conclude(path, try_temporary(temporary), message);
    }
    free(temporary);
    free(folder);
    free(target);
    return status;
}
