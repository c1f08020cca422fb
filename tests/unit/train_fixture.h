/* SPDX-License-Identifier: Apache-2.0
 * Temporary folders and small IDX data sets for the tests of sw/train. */
#ifndef TRAIN_FIXTURE_H
#define TRAIN_FIXTURE_H

#include <stddef.h>
#include <stdint.h>

#define FIXTURE_PATH 256

/* Makes an empty folder; remove deletes it with all files in it. */
void fixture_folder(char folder[FIXTURE_PATH]);
void fixture_remove(const char *folder);
/* folder/name */
void fixture_path(char path[FIXTURE_PATH], const char *folder, const char *name);

void fixture_write(const char *path, const void *data, size_t size);
/* Whole content; the caller frees it. */
uint8_t *fixture_read(const char *path, size_t *size);
size_t fixture_count_files(const char *folder);

/* Big-endian header words, then data. */
void fixture_write_idx(const char *path, const uint32_t *header, size_t words, const void *data, size_t size);
/* Both splits of a learnable data set under the customary names: `edge` x `edge` images whose label is the brightest of 10 places. */
void fixture_dataset(const char *folder, uint32_t train, uint32_t test, uint32_t edge);

#endif
