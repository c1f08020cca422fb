/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_dataset.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define IDX_MAGIC_LABELS 0x00000801u
#define IDX_MAGIC_IMAGES 0x00000803u
#define PIXELS_MAX ((uint64_t)1 << 32)
#define PATH_MAX_CHARS 4096u
#define RANDOM_EDGE 28u

/* An open IDX file with its name, for messages. */
typedef struct {
    gzFile file;
    const char *path;
    tt_message_t *message;
} idx_t;

/* zlib puts the path before its text. */
static tt_status_t damaged(const idx_t *idx) {
    int code = 0;
    const char *text = gzerror(idx->file, &code);
    const size_t length = strlen(idx->path);
    if (strncmp(text, idx->path, length) == 0 && strncmp(text + length, ": ", 2) == 0) {
        text += length + 2;
    }
    tt_message_set(idx->message, "%s: damaged file: %s", idx->path, text);
    return TT_BAD_DATA;
}

static tt_status_t read_exactly(const idx_t *idx, void *data, size_t size, const char *what) {
    uint8_t *at = data;
    size_t left = size;
    while (left > 0) {
        const unsigned piece = left > (1u << 28) ? 1u << 28 : (unsigned)left;
        const int got = gzread(idx->file, at, piece);
        if (got < 0) {
            return damaged(idx);
        }
        if (got == 0) {
            tt_message_set(idx->message, "%s: truncated: %zu of the %zu bytes of %s are there", idx->path,
                           size - left, size, what);
            return TT_BAD_DATA;
        }
        at += got;
        left -= (size_t)got;
    }
    return TT_OK;
}

static tt_status_t read_u32(const idx_t *idx, uint32_t *value) {
    uint8_t b[4];
    const tt_status_t status = read_exactly(idx, b, sizeof b, "the header");
    *value = status == TT_OK ? (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3] : 0;
    return status;
}

/* A packed file that ends within its checksum reads as if it ended well, but for gzerror. */
static tt_status_t check_end(const idx_t *idx) {
    uint8_t extra;
    int code = Z_OK;
    const int got = gzread(idx->file, &extra, 1);
    (void)gzerror(idx->file, &code);
    if (got > 0) {
        tt_message_set(idx->message, "%s: bytes after the last element", idx->path);
        return TT_BAD_DATA;
    }
    return got < 0 || code != Z_OK ? damaged(idx) : TT_OK;
}

static tt_status_t idx_open(idx_t *idx, const char *path, uint32_t magic, tt_message_t *message) {
    *idx = (idx_t){.file = gzopen(path, "rb"), .path = path, .message = message};
    if (idx->file == NULL) {
        tt_message_set(message, "%s: cannot open: %s", path, strerror(errno));
        return TT_IO;
    }
    (void)gzbuffer(idx->file, 1u << 17);
    uint32_t got = 0;
    tt_status_t status = read_u32(idx, &got);
    if (status == TT_OK && got != magic) {
        tt_message_set(message, "%s: not an IDX %s file (magic number %08x, expected %08x)", path,
                       magic == IDX_MAGIC_IMAGES ? "image" : "label", (unsigned)got, (unsigned)magic);
        status = TT_BAD_DATA;
    }
    return status;
}

static tt_status_t read_images(tt_dataset_t *set, const idx_t *idx) {
    tt_status_t status = read_u32(idx, &set->count);
    status = status == TT_OK ? read_u32(idx, &set->rows) : status;
    status = status == TT_OK ? read_u32(idx, &set->cols) : status;
    if (status != TT_OK) {
        return status;
    }
    const uint64_t image = (uint64_t)set->rows * set->cols;
    if (set->count == 0 || image == 0 || image >= PIXELS_MAX || set->count > PIXELS_MAX / image) {
        tt_message_set(idx->message, "%s: impossible shape %u x %u x %u", idx->path, (unsigned)set->count,
                       (unsigned)set->rows, (unsigned)set->cols);
        return TT_BAD_DATA;
    }
    const size_t size = (size_t)(image * set->count);
    set->pixels = malloc(size);
    if (set->pixels == NULL) {
        tt_message_set(idx->message, "%s: no memory for %zu bytes", idx->path, size);
        return TT_NO_MEMORY;
    }
    status = read_exactly(idx, set->pixels, size, "the images");
    return status == TT_OK ? check_end(idx) : status;
}

static tt_status_t read_labels(tt_dataset_t *set, const idx_t *idx, uint32_t classes,
                               const char *image_path) {
    uint32_t count = 0;
    tt_status_t status = read_u32(idx, &count);
    if (status != TT_OK) {
        return status;
    }
    if (count != set->count) {
        tt_message_set(idx->message, "%s: %u labels, but %s has %u images", idx->path, (unsigned)count,
                       image_path, (unsigned)set->count);
        return TT_BAD_DATA;
    }
    set->labels = malloc(count);
    if (set->labels == NULL) {
        tt_message_set(idx->message, "%s: no memory for %u bytes", idx->path, (unsigned)count);
        return TT_NO_MEMORY;
    }
    status = read_exactly(idx, set->labels, count, "the labels");
    status = status == TT_OK ? check_end(idx) : status;
    for (uint32_t i = 0; status == TT_OK && i < count; i++) {
        if (set->labels[i] >= classes) {
            tt_message_set(idx->message, "%s: label %u of sample %u is out of range 0..%u", idx->path,
                           (unsigned)set->labels[i], (unsigned)i, (unsigned)(classes - 1));
            status = TT_BAD_DATA;
        }
    }
    return status;
}

tt_status_t tt_dataset_load_files(tt_dataset_t *set, const char *image_path, const char *label_path,
                                  uint32_t classes, tt_message_t *message) {
    *set = (tt_dataset_t){0};
    idx_t images, labels = {0};
    tt_status_t status = idx_open(&images, image_path, IDX_MAGIC_IMAGES, message);
    status = status == TT_OK ? read_images(set, &images) : status;
    status = status == TT_OK ? idx_open(&labels, label_path, IDX_MAGIC_LABELS, message) : status;
    status = status == TT_OK ? read_labels(set, &labels, classes, image_path) : status;
    if (images.file != NULL) {
        (void)gzclose(images.file);
    }
    if (labels.file != NULL) {
        (void)gzclose(labels.file);
    }
    if (status != TT_OK) {
        tt_dataset_free(set);
    }
    return status;
}

/* Finds folder/name or folder/name.gz. */
static tt_status_t find_file(char path[PATH_MAX_CHARS], const char *folder, const char *name,
                             tt_message_t *message) {
    const char *const endings[] = {".gz", ""};
    for (size_t i = 0; i < 2; i++) {
        const int length = snprintf(path, PATH_MAX_CHARS, "%s/%s%s", folder, name, endings[i]);
        if (length < 0 || (unsigned)length >= PATH_MAX_CHARS) {
            tt_message_set(message, "%.80s...: path too long", folder);
            return TT_BAD_ARG;
        }
        FILE *file = fopen(path, "rb");
        if (file != NULL) {
            (void)fclose(file);
            return TT_OK;
        }
    }
    tt_message_set(message,
                   "%s: no data set here: neither %s nor %s.gz can be opened (Debian package "
                   "dataset-fashion-mnist has them)",
                   folder, name, name);
    return TT_IO;
}

tt_status_t tt_dataset_load(tt_dataset_t *set, const char *folder, tt_split_t split, uint32_t classes,
                            tt_message_t *message) {
    const int train = split == TT_SPLIT_TRAIN;
    *set = (tt_dataset_t){0};
    char *paths = malloc((size_t)2 * PATH_MAX_CHARS);
    if (paths == NULL) {
        tt_message_set(message, "no memory");
        return TT_NO_MEMORY;
    }
    char *const labels = paths + PATH_MAX_CHARS;
    tt_status_t status =
        find_file(paths, folder, train ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte", message);
    if (status == TT_OK) {
        status =
            find_file(labels, folder, train ? "train-labels-idx1-ubyte" : "t10k-labels-idx1-ubyte", message);
    }
    if (status == TT_OK) {
        status = tt_dataset_load_files(set, paths, labels, classes, message);
    }
    free(paths);
    return status;
}

tt_status_t tt_dataset_random(tt_dataset_t *set, tt_rng_t *rng, uint32_t count, uint32_t classes,
                              tt_message_t *message) {
    const size_t pixels = (size_t)count * RANDOM_EDGE * RANDOM_EDGE;
    *set = (tt_dataset_t){.count = count, .rows = RANDOM_EDGE, .cols = RANDOM_EDGE};
    set->pixels = malloc(pixels);
    set->labels = malloc(count);
    if (set->pixels == NULL || set->labels == NULL) {
        tt_message_set(message, "no memory");
        tt_dataset_free(set);
        return TT_NO_MEMORY;
    }
    for (size_t i = 0; i < pixels; i++) {
        set->pixels[i] = (uint8_t)tt_rng_below(rng, 256);
    }
    for (uint32_t i = 0; i < count; i++) {
        set->labels[i] = (uint8_t)tt_rng_below(rng, classes);
    }
    return TT_OK;
}

void tt_dataset_free(tt_dataset_t *set) {
    free(set->pixels);
    free(set->labels);
    *set = (tt_dataset_t){0};
}
