/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "train_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Setting up must not fail; a failure here is the machine's. */
static void must(int ok, const char *what) {
    if (!ok) {
        perror(what);
        abort();
    }
}

void fixture_folder(char folder[FIXTURE_PATH]) {
    const char *const base = getenv("TMPDIR");
    (void)snprintf(folder, FIXTURE_PATH, "%.200s/tritrain-test-XXXXXX", base != NULL ? base : "/tmp");
    must(mkdtemp(folder) != NULL, "mkdtemp");
}

void fixture_path(char path[FIXTURE_PATH], const char *folder, const char *name) {
    (void)snprintf(path, FIXTURE_PATH, "%.180s/%.70s", folder, name);
}

void fixture_remove(const char *folder) {
    char path[FIXTURE_PATH];
    DIR *const dir = opendir(folder);
    must(dir != NULL, folder);
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (entry->d_name[0] != '.') {
            fixture_path(path, folder, entry->d_name);
            (void)unlink(path);
        }
    }
    (void)closedir(dir);
    (void)rmdir(folder);
}

size_t fixture_count_files(const char *folder) {
    size_t count = 0;
    DIR *const dir = opendir(folder);
    must(dir != NULL, folder);
    for (const struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        count += entry->d_name[0] != '.';
    }
    (void)closedir(dir);
    return count;
}

void fixture_write(const char *path, const void *data, size_t size) {
    FILE *const file = fopen(path, "wb");
    must(file != NULL, path);
    must(fwrite(data, 1, size, file) == size, path);
    must(fclose(file) == 0, path);
}

uint8_t *fixture_read(const char *path, size_t *size) {
    FILE *const file = fopen(path, "rb");
    must(file != NULL, path);
    must(fseek(file, 0, SEEK_END) == 0, path);
    *size = (size_t)ftell(file);
    rewind(file);
    uint8_t *const data = malloc(*size + 1);
    must(data != NULL, "malloc");
    must(fread(data, 1, *size, file) == *size, path);
    (void)fclose(file);
    return data;
}

void fixture_write_idx(const char *path, const uint32_t *header, size_t words, const void *data,
                       size_t size) {
    uint8_t *const bytes = malloc(4 * words + size + 1);
    must(bytes != NULL, "malloc");
    for (size_t i = 0; i < words; i++) {
        for (size_t b = 0; b < 4; b++) {
            bytes[4 * i + b] = (uint8_t)(header[i] >> (24 - 8 * b));
        }
    }
    if (size > 0) {
        memcpy(bytes + 4 * words, data, size);
    }
    fixture_write(path, bytes, 4 * words + size);
    free(bytes);
}

static void write_split(const char *folder, const char *images, const char *labels, uint32_t count,
                        uint32_t edge, uint32_t state) {
    char path[FIXTURE_PATH];
    const size_t pixels = (size_t)edge * edge;
    uint8_t *const image = malloc(count * pixels), *const label = malloc(count);
    must(image != NULL && label != NULL && pixels >= 10, "fixture");
    for (uint32_t i = 0; i < count; i++) {
        for (size_t p = 0; p < pixels; p++) {
            state = state * 1664525u + 1013904223u;
            image[i * pixels + p] = (uint8_t)(state >> 25); /* 0..127 */
        }
        label[i] = (uint8_t)((state >> 16) % 10);
        image[i * pixels + label[i] * (pixels / 10)] = 255;
    }
    const uint32_t image_header[] = {0x803, count, edge, edge}, label_header[] = {0x801, count};
    fixture_path(path, folder, images);
    fixture_write_idx(path, image_header, 4, image, count * pixels);
    fixture_path(path, folder, labels);
    fixture_write_idx(path, label_header, 2, label, count);
    free(image);
    free(label);
}

void fixture_dataset(const char *folder, uint32_t train, uint32_t test, uint32_t edge) {
    write_split(folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", train, edge, 1);
    write_split(folder, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", test, edge, 2);
}
