/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_safetensors.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_MAX ((size_t)16 << 20)
#define FILE_MAX ((size_t)1 << 31)
#define TENSORS_MAX 1024u /* several times what any checkpoint holds; finding names takes quadratic time */
#define EXACT_MAX 9007199254740992.0 /* 2^53: whole numbers that JSON keeps */

struct tt_safetensors {
    char *bytes; /* the file */
    size_t size;
    cJSON *header;
    tt_array_t *arrays;
    size_t *begins; /* offset of each array in the data */
    size_t count;
};

static tt_status_t bad(tt_message_t *message, const char *path, const char *why) {
    tt_message_set(message, "%s: not a usable safetensors file: %s", path, why);
    return TT_BAD_DATA;
}

static tt_status_t read_file(tt_safetensors_t *file, const char *path, tt_message_t *message) {
    FILE *in = fopen(path, "rb");
    if (in == NULL) {
        tt_message_set(message, "%s: cannot open: %s", path, strerror(errno));
        return TT_IO;
    }
    long size = -1;
    if (fseek(in, 0, SEEK_END) == 0) {
        size = ftell(in);
    }
    tt_status_t status = TT_OK;
    if (size < 0 || fseek(in, 0, SEEK_SET) != 0) {
        tt_message_set(message, "%s: cannot be read", path);
        status = TT_IO;
    } else if ((size_t)size > FILE_MAX || size < 8) {
        status = bad(message, path, size < 8 ? "truncated" : "too large");
    } else {
        file->size = (size_t)size;
        file->bytes = malloc(file->size);
        if (file->bytes == NULL) {
            tt_message_set(message, "%s: no memory", path);
            status = TT_NO_MEMORY;
        } else if (fread(file->bytes, 1, file->size, in) != file->size) {
            tt_message_set(message, "%s: cannot be read", path);
            status = TT_IO;
        }
    }
    (void)fclose(in);
    return status;
}

static bool whole(const cJSON *item, size_t *value) {
    if (!cJSON_IsNumber(item) || item->valuedouble < 0 || item->valuedouble >= EXACT_MAX) {
        return false;
    }
    *value = (size_t)item->valuedouble;
    return (double)*value == item->valuedouble;
}

static bool read_dtype(const cJSON *item, tt_dtype_t *dtype) {
    static const char *const names[] = {"I8", "I32", "U32", "F32", "U64"};
    const char *const text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(item, "dtype"));
    for (int i = 0; text != NULL && i < 5; i++) {
        if (strcmp(text, names[i]) == 0) {
            *dtype = (tt_dtype_t)i;
            return true;
        }
    }
    return false;
}

/* One header entry; data_size is what follows the header. */
static const char *read_entry(tt_array_t *array, size_t *begin, const cJSON *item, size_t data_size) {
    const cJSON *const shape = cJSON_GetObjectItemCaseSensitive(item, "shape");
    const cJSON *const offsets = cJSON_GetObjectItemCaseSensitive(item, "data_offsets");
    size_t end = 0;
    if (strlen(item->string) >= TT_NAME_MAX || !read_dtype(item, &array->dtype)) {
        return "a tensor's name or type is not supported";
    }
    (void)snprintf(array->name, sizeof array->name, "%s", item->string);
    if (!cJSON_IsArray(shape) || cJSON_GetArraySize(shape) > (int)TT_DIMS_MAX) {
        return "a tensor has no usable shape";
    }
    size_t bytes = tt_dtype_bytes(array->dtype);
    for (const cJSON *dim = shape->child; dim != NULL; dim = dim->next) {
        size_t length = 0;
        if (!whole(dim, &length) || (length != 0 && bytes > FILE_MAX / length)) {
            return "a tensor has no usable shape";
        }
        array->shape[array->dims++] = length;
        bytes *= length;
    }
    if (!cJSON_IsArray(offsets) || cJSON_GetArraySize(offsets) != 2 || !whole(offsets->child, begin) ||
        !whole(offsets->child->next, &end) || *begin > end || end - *begin != bytes) {
        return "a tensor's offsets do not fit its shape";
    }
    return end > data_size ? "truncated" : NULL;
}

/* Every byte of the data must belong to exactly one tensor. */
static const char *check_cover(const tt_safetensors_t *file, size_t data_size) {
    size_t at = 0;
    for (size_t placed = 0; placed < file->count; placed++) {
        size_t next = SIZE_MAX;
        for (size_t i = 0; i < file->count; i++) {
            if (file->begins[i] == at && tt_array_bytes(&file->arrays[i]) > 0) {
                next = at + tt_array_bytes(&file->arrays[i]);
            }
        }
        if (next == SIZE_MAX) {
            break;
        }
        at = next;
    }
    size_t sum = 0;
    for (size_t i = 0; i < file->count; i++) {
        sum += tt_array_bytes(&file->arrays[i]);
    }
    return at != data_size || sum != data_size ? "tensors overlap, leave gaps or are followed by other bytes"
                                               : NULL;
}

static const char *read_entries(tt_safetensors_t *file, size_t header_size) {
    const size_t data_size = file->size - 8 - header_size;
    char *const data = file->bytes + 8 + header_size;
    const size_t total = (size_t)cJSON_GetArraySize(file->header);
    if (total > TENSORS_MAX + 1) { /* __metadata__ is none */
        return "too many tensors";
    }
    file->arrays = calloc(total + 1, sizeof *file->arrays);
    file->begins = calloc(total + 1, sizeof *file->begins);
    if (file->arrays == NULL || file->begins == NULL) {
        return "no memory";
    }
    for (const cJSON *item = file->header->child; item != NULL; item = item->next) {
        if (strcmp(item->string, "__metadata__") == 0) {
            continue;
        }
        tt_array_t *const array = &file->arrays[file->count];
        const char *const why = read_entry(array, &file->begins[file->count], item, data_size);
        if (why != NULL) {
            return why;
        }
        array->data = data + file->begins[file->count];
        for (size_t i = 0; i < file->count; i++) {
            if (strcmp(file->arrays[i].name, array->name) == 0) {
                return "a tensor appears twice";
            }
        }
        file->count++;
    }
    return check_cover(file, data_size);
}

tt_status_t tt_safetensors_open(tt_safetensors_t **out, const char *path, tt_message_t *message) {
    tt_safetensors_t *file = calloc(1, sizeof *file);
    *out = NULL;
    if (file == NULL) {
        tt_message_set(message, "%s: no memory", path);
        return TT_NO_MEMORY;
    }
    tt_status_t status = read_file(file, path, message);
    if (status == TT_OK) {
        uint64_t length = 0;
        for (unsigned i = 0; i < 8; i++) {
            length |= (uint64_t)(uint8_t)file->bytes[i] << (8 * i);
        }
        const char *why =
            length > HEADER_MAX || length > file->size - 8 ? "truncated, or no safetensors header" : NULL;
        if (why == NULL) {
            file->header = cJSON_ParseWithLength(file->bytes + 8, (size_t)length);
            why =
                cJSON_IsObject(file->header) ? read_entries(file, (size_t)length) : "the header is not JSON";
        }
        status = why != NULL ? bad(message, path, why) : TT_OK;
    }
    if (status != TT_OK) {
        tt_safetensors_close(file);
        return status;
    }
    *out = file;
    return TT_OK;
}

void tt_safetensors_close(tt_safetensors_t *file) {
    if (file != NULL) {
        cJSON_Delete(file->header);
        free(file->arrays);
        free(file->begins);
        free(file->bytes);
        free(file);
    }
}

size_t tt_safetensors_count(const tt_safetensors_t *file) { return file->count; }

const tt_array_t *tt_safetensors_at(const tt_safetensors_t *file, size_t index) {
    return &file->arrays[index];
}

const tt_array_t *tt_safetensors_find(const tt_safetensors_t *file, const char *name) {
    for (size_t i = 0; i < file->count; i++) {
        if (strcmp(file->arrays[i].name, name) == 0) {
            return &file->arrays[i];
        }
    }
    return NULL;
}

const char *tt_safetensors_metadata(const tt_safetensors_t *file, const char *key) {
    const cJSON *const meta = cJSON_GetObjectItemCaseSensitive(file->header, "__metadata__");
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(meta, key));
}
