/* SPDX-License-Identifier: Apache-2.0
 * The safetensors container: 8-byte little-endian header length, JSON header, data without gaps. Written atomically. */
#ifndef TT_SAFETENSORS_H
#define TT_SAFETENSORS_H

#include <stddef.h>
#include <stdint.h>

#include "tt_message.h"
#include "tt_status.h"

typedef enum { TT_DTYPE_I8, TT_DTYPE_I32, TT_DTYPE_U32, TT_DTYPE_F32, TT_DTYPE_U64 } tt_dtype_t;

#define TT_NAME_MAX 64u
#define TT_DIMS_MAX 4u

/* A named array. The data belongs to whoever filled the entry. */
typedef struct {
    char name[TT_NAME_MAX];
    tt_dtype_t dtype;
    uint32_t dims;
    uint64_t shape[TT_DIMS_MAX];
    void *data;
} tt_array_t;

size_t tt_dtype_bytes(tt_dtype_t dtype);
size_t tt_array_bytes(const tt_array_t *array);

/* One text of the header's __metadata__. */
typedef struct {
    const char *key, *value;
} tt_metadata_t;

/* Writes path.tmp, syncs it, renames it over path, syncs the folder: path holds the old or the new content, never a part.
 * A symbolic link is followed. One process at a time; what a killed one left of path.tmp is replaced.
 * TT_IO: nothing was changed. Little-endian hosts only. */
tt_status_t tt_safetensors_write(const char *path, const tt_array_t *arrays, size_t count,
                                 const tt_metadata_t *metadata, size_t metadata_count, tt_message_t *message);

/* TT_IO when tt_safetensors_write could not write path: no regular file, or no new file can be made beside it. */
tt_status_t tt_safetensors_probe(const char *path, tt_message_t *message);

typedef struct tt_safetensors tt_safetensors_t;

/* Reads and checks a whole file: header, types, sizes, overlaps, length. The caller closes *file. */
tt_status_t tt_safetensors_open(tt_safetensors_t **file, const char *path, tt_message_t *message);
void tt_safetensors_close(tt_safetensors_t *file); /* accepts NULL */

size_t tt_safetensors_count(const tt_safetensors_t *file);
const tt_array_t *tt_safetensors_at(const tt_safetensors_t *file, size_t index);       /* owned by file */
const tt_array_t *tt_safetensors_find(const tt_safetensors_t *file, const char *name); /* NULL: not there */
const char *tt_safetensors_metadata(const tt_safetensors_t *file, const char *key);    /* NULL: not there */

#endif
