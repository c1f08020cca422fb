/* SPDX-License-Identifier: Apache-2.0
 * IDX files: what is read, and the one line that each damaged file gets. */
#define _POSIX_C_SOURCE 200809L
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "train_fixture.h"
#include "tt_dataset.h"

static char folder[FIXTURE_PATH], images[FIXTURE_PATH], labels[FIXTURE_PATH];
static const uint8_t PIXELS[12] = {0, 1, 2, 3, 4, 5, 250, 251, 252, 253, 254, 255}; /* 2 images of 2 x 3 */
static const uint32_t IMAGE_HEADER[4] = {0x803, 2, 2, 3}, LABEL_HEADER[2] = {0x801, 2};

static int set_up(void **state) {
    (void)state;
    const uint8_t label[2] = {9, 0};
    fixture_folder(folder);
    fixture_path(images, folder, "images");
    fixture_path(labels, folder, "labels");
    fixture_write_idx(images, IMAGE_HEADER, 4, PIXELS, sizeof PIXELS);
    fixture_write_idx(labels, LABEL_HEADER, 2, label, sizeof label);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_remove(folder);
    return 0;
}

static void expect(tt_status_t wanted, const char *words) {
    tt_dataset_t set;
    tt_message_t message = {{0}};
    assert_int_equal(tt_dataset_load_files(&set, images, labels, 10, &message), wanted);
    if (strstr(message.text, words) == NULL) {
        fail_msg("'%s' is not in '%s'", words, message.text);
    }
    assert_null(set.pixels);
    assert_null(set.labels);
}

static void check_good(void) {
    tt_dataset_t set;
    tt_message_t message = {{0}};
    assert_int_equal(tt_dataset_load_files(&set, images, labels, 10, &message), TT_OK);
    assert_int_equal(set.count, 2);
    assert_int_equal(set.rows, 2);
    assert_int_equal(set.cols, 3);
    assert_memory_equal(set.pixels, PIXELS, sizeof PIXELS);
    assert_int_equal(set.labels[0], 9);
    assert_int_equal(set.labels[1], 0);
    tt_dataset_free(&set);
    tt_dataset_free(&set);
}

static void test_plain(void **state) {
    (void)state;
    check_good();
}

static void test_gzip(void **state) {
    (void)state;
    size_t size = 0;
    uint8_t *const bytes = fixture_read(images, &size);
    gzFile out = gzopen(images, "wb");
    assert_non_null(out);
    assert_int_equal(gzwrite(out, bytes, (unsigned)size), (int)size);
    assert_int_equal(gzclose(out), Z_OK);
    free(bytes);
    check_good();
    uint8_t *const packed = fixture_read(images, &size);
    for (size_t cut = 1; cut <= 12;
         cut++) { /* the checksum and the length have 8 bytes, before them is data */
        fixture_write(images, packed, size - cut);
        expect(TT_BAD_DATA, cut <= 8 ? "images: damaged file: unexpected end of file" : "images: ");
    }
    packed[size - 8] ^= 1;
    fixture_write(images, packed, size);
    free(packed);
    expect(TT_BAD_DATA, "images: damaged file: incorrect data check");
}

static void test_missing(void **state) {
    (void)state;
    fixture_path(images, folder, "absent");
    expect(TT_IO, "absent: cannot open");
}

static void test_truncated(void **state) {
    (void)state;
    fixture_write_idx(images, IMAGE_HEADER, 4, PIXELS, 11);
    expect(TT_BAD_DATA, "truncated: 11 of the 12 bytes of the images are there");
    fixture_write_idx(images, IMAGE_HEADER, 2, PIXELS, 1);
    expect(TT_BAD_DATA, "truncated");
}

static void test_truncated_labels(void **state) {
    (void)state;
    fixture_write_idx(labels, LABEL_HEADER, 2, PIXELS, 1);
    expect(TT_BAD_DATA, "truncated: 1 of the 2 bytes of the labels are there");
}

static void test_wrong_magic(void **state) {
    (void)state;
    fixture_write_idx(images, LABEL_HEADER, 2, PIXELS, 2);
    expect(TT_BAD_DATA, "not an IDX image file (magic number 00000801, expected 00000803)");
}

static void test_label_range(void **state) {
    (void)state;
    const uint8_t label[2] = {9, 10};
    fixture_write_idx(labels, LABEL_HEADER, 2, label, 2);
    expect(TT_BAD_DATA, "label 10 of sample 1 is out of range 0..9");
}

static void test_counts_differ(void **state) {
    (void)state;
    const uint32_t header[2] = {0x801, 3};
    fixture_write_idx(labels, header, 2, PIXELS, 3);
    expect(TT_BAD_DATA, "3 labels, but");
}

static void test_trailing_bytes(void **state) {
    (void)state;
    uint8_t more[13] = {0};
    fixture_write_idx(images, IMAGE_HEADER, 4, more, 13);
    expect(TT_BAD_DATA, "bytes after the last element");
}

static void test_impossible_shape(void **state) {
    (void)state;
    const uint32_t empty[4] = {0x803, 0, 2, 3}, huge[4] = {0x803, 0xFFFFFFFFu, 0xFFFFFFFFu, 0xFFFFFFFFu};
    fixture_write_idx(images, empty, 4, NULL, 0);
    expect(TT_BAD_DATA, "impossible shape 0 x 2 x 3");
    fixture_write_idx(images, huge, 4, NULL, 0);
    expect(TT_BAD_DATA, "impossible shape");
}

static void test_folder(void **state) {
    (void)state;
    tt_dataset_t set;
    tt_message_t message = {{0}};
    assert_int_equal(tt_dataset_load(&set, folder, TT_SPLIT_TRAIN, 10, &message), TT_IO);
    assert_non_null(strstr(message.text, "train-images-idx3-ubyte"));
    fixture_dataset(folder, 30, 20, 5);
    assert_int_equal(tt_dataset_load(&set, folder, TT_SPLIT_TRAIN, 10, &message), TT_OK);
    assert_int_equal(set.count, 30);
    tt_dataset_free(&set);
    assert_int_equal(tt_dataset_load(&set, folder, TT_SPLIT_TEST, 10, &message), TT_OK);
    assert_int_equal(set.count, 20);
    tt_dataset_free(&set);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_plain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_gzip, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_missing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_truncated, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_truncated_labels, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wrong_magic, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_label_range, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_counts_differ, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_trailing_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_impossible_shape, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_folder, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("dataset", tests, NULL, NULL);
}
