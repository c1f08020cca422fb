/* SPDX-License-Identifier: Apache-2.0
 * IDX image data sets (MNIST, Fashion-MNIST and their kin), plain or gzip. */
#ifndef TT_DATASET_H
#define TT_DATASET_H

#include <stddef.h>
#include <stdint.h>

#include "tt_message.h"
#include "tt_rng.h"
#include "tt_status.h"

#define TT_CLASSES_MAX 256u

typedef struct {
    uint32_t count, rows, cols; /* samples; image height and width */
    uint8_t *pixels;            /* (count, rows * cols) */
    uint8_t *labels;            /* (count) */
} tt_dataset_t;

typedef enum { TT_SPLIT_TRAIN, TT_SPLIT_TEST } tt_split_t;

/* Loads one image file and one label file; every label must be below `classes`. The caller frees with tt_dataset_free.
 * TT_IO: a file cannot be opened or read; TT_BAD_DATA: its content is wrong. */
tt_status_t tt_dataset_load_files(tt_dataset_t *set, const char *image_path, const char *label_path,
                                  uint32_t classes, tt_message_t *message);

/* Loads the customary names (train-images-idx3-ubyte, t10k-..., with or without .gz) from a folder. */
tt_status_t tt_dataset_load(tt_dataset_t *set, const char *folder, tt_split_t split, uint32_t classes,
                            tt_message_t *message);
/* Noise of 28 x 28 pixels under any label: nothing to learn, but as fast or slow to train on as other images. */
#define TT_DATA_RANDOM "random" /* as a folder */
tt_status_t tt_dataset_random(tt_dataset_t *set, tt_rng_t *rng, uint32_t count, uint32_t classes,
                              tt_message_t *message);
void tt_dataset_free(tt_dataset_t *set); /* leaves it empty; accepts an empty one */

#endif
