/* SPDX-License-Identifier: Apache-2.0
 * The safetensors container: layout by hand-made bytes, damage, and writing without losing what was there. */
#define _POSIX_C_SOURCE 200809L
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "train_fixture.h"
#include "tt_safetensors.h"

static char folder[FIXTURE_PATH], path[FIXTURE_PATH];
static tt_message_t message;

static int set_up(void **state) {
    (void)state;
    fixture_folder(folder);
    fixture_path(path, folder, "file.safetensors");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_remove(folder);
    return 0;
}

/* Length, header, data as the format's description has them. */
static void write_by_hand(const char *header, const void *data, size_t size) {
    const size_t length = strlen(header);
    uint8_t *const bytes = calloc(8 + length + size + 1, 1);
    assert_non_null(bytes);
    bytes[0] = (uint8_t)(length & 255);
    bytes[1] = (uint8_t)(length >> 8);
    bytes[2] = (uint8_t)(length >> 16);
    memcpy(bytes + 8, header, length);
    if (size > 0) {
        memcpy(bytes + 8 + length, data, size);
    }
    fixture_write(path, bytes, 8 + length + size);
    free(bytes);
}

static void expect_bad(const char *words) {
    tt_safetensors_t *file = NULL;
    assert_int_equal(tt_safetensors_open(&file, path, &message), TT_BAD_DATA);
    assert_null(file);
    if (strstr(message.text, words) == NULL) {
        fail_msg("'%s' is not in '%s'", words, message.text);
    }
}

static const uint8_t DATA[8] = {1, 2, 3, 4, 5, 6, 7, 8};

static void test_reads_by_hand(void **state) {
    (void)state;
    tt_safetensors_t *file = NULL;
    write_by_hand(
        "{\"__metadata__\":{\"k\":\"v\"},\"b\":{\"dtype\":\"I8\",\"shape\":[2,2],\"data_offsets\":[4,8]},"
        "\"a\":{\"dtype\":\"U32\",\"shape\":[1],\"data_offsets\":[0,4]}}  ",
        DATA, 8);
    assert_int_equal(tt_safetensors_open(&file, path, &message), TT_OK);
    assert_int_equal(tt_safetensors_count(file), 2);
    assert_string_equal(tt_safetensors_metadata(file, "k"), "v");
    assert_null(tt_safetensors_metadata(file, "x"));
    const tt_array_t *const b = tt_safetensors_find(file, "b");
    assert_int_equal(b->dtype, TT_DTYPE_I8);
    assert_int_equal(b->dims, 2);
    assert_memory_equal(b->data, DATA + 4, 4);
    assert_null(tt_safetensors_find(file, "c"));
    tt_safetensors_close(file);
}

static void test_damaged(void **state) {
    (void)state;
    fixture_write(path, DATA, 7);
    expect_bad("truncated");
    fixture_write(path, DATA, 8);
    expect_bad("truncated, or no safetensors header");
    write_by_hand("{oops", NULL, 0);
    expect_bad("the header is not JSON");
    write_by_hand("{\"a\":{\"dtype\":\"I8\",\"shape\":[9],\"data_offsets\":[0,9]}}", DATA, 8);
    expect_bad("truncated");
    write_by_hand("{\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,5]}}", DATA, 5);
    expect_bad("offsets do not fit its shape");
    write_by_hand("{\"a\":{\"dtype\":\"I8\",\"shape\":[-4],\"data_offsets\":[0,4]}}", DATA, 4);
    expect_bad("no usable shape");
    write_by_hand("{\"a\":{\"dtype\":\"I8\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}", DATA,
                  4);
    expect_bad("no usable shape");
    write_by_hand("{\"a\":{\"dtype\":\"I8\",\"shape\":[1.5],\"data_offsets\":[0,1]}}", DATA, 1);
    expect_bad("no usable shape");
    write_by_hand("{\"a\":{\"dtype\":\"BF8\",\"shape\":[4],\"data_offsets\":[0,4]}}", DATA, 4);
    expect_bad("type is not supported");
    write_by_hand("{\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]},"
                  "\"b\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[2,6]}}",
                  DATA, 6);
    expect_bad("overlap");
    write_by_hand("{\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]}}", DATA, 8);
    expect_bad("followed by other bytes");
    write_by_hand("{\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[0,4]},"
                  "\"a\":{\"dtype\":\"I8\",\"shape\":[4],\"data_offsets\":[4,8]}}",
                  DATA, 8);
    expect_bad("appears twice");
    write_by_hand("{\"a\":7}", DATA, 4);
    expect_bad("not supported");
}

static tt_status_t write_some(const char *where, uint32_t tag) {
    static int8_t trits[5] = {-1, 0, 1, 1, -1};
    static uint64_t words[2] = {0x1122334455667788u, UINT64_MAX};
    float real = 0.5f;
    const tt_array_t arrays[] = {
        {.name = "trits", .dtype = TT_DTYPE_I8, .dims = 2, .shape = {1, 5}, .data = trits},
        {.name = "real", .dtype = TT_DTYPE_F32, .dims = 1, .shape = {1}, .data = &real},
        {.name = "words", .dtype = TT_DTYPE_U64, .dims = 1, .shape = {2}, .data = words},
        {.name = "tag", .dtype = TT_DTYPE_U32, .dims = 1, .shape = {1}, .data = &tag},
    };
    const tt_metadata_t metadata[] = {{"text", "line\n\"quoted\""}};
    return tt_safetensors_write(where, arrays, 4, metadata, 1, &message);
}

static uint32_t read_tag(void) {
    tt_safetensors_t *file = NULL;
    uint32_t tag = 0;
    assert_int_equal(tt_safetensors_open(&file, path, &message), TT_OK);
    memcpy(&tag, tt_safetensors_find(file, "tag")->data, sizeof tag);
    tt_safetensors_close(file);
    return tag;
}

/* Length, alignment and the position of every value, byte by byte. */
static void test_layout(void **state) {
    (void)state;
    size_t size = 0;
    assert_int_equal(write_some(path, 7), TT_OK);
    uint8_t *const bytes = fixture_read(path, &size);
    const size_t header = (size_t)bytes[0] | (size_t)bytes[1] << 8;
    assert_int_equal((8 + header) % 8, 0);
    assert_int_equal(size, 8 + header + 16 + 4 + 4 + 5);
    assert_int_equal(bytes[8], '{');
    const uint8_t *const data = bytes + 8 + header;
    const uint8_t first_word[8] = {0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11};
    const uint8_t trits[5] = {255, 0, 1, 1, 255}, half[4] = {0, 0, 0, 0x3F};
    assert_memory_equal(data, first_word, 8);
    assert_memory_equal(data + 16, half, 4);
    assert_memory_equal(data + 24, trits, 5);
    free(bytes);
    tt_safetensors_t *file = NULL;
    assert_int_equal(tt_safetensors_open(&file, path, &message), TT_OK);
    assert_string_equal(tt_safetensors_metadata(file, "text"), "line\n\"quoted\"");
    tt_safetensors_close(file);
}

/* A full disk, in the shape of a file-size limit: the old file stays as it was, nothing is left behind. */
static void test_short_write(void **state) {
    (void)state;
    struct rlimit old, low;
    assert_int_equal(write_some(path, 1), TT_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    low = old;
    low.rlim_cur = 100;
    void (*const handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &low), 0);
    const tt_status_t status = write_some(path, 2);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    (void)signal(SIGXFSZ, handler);
    assert_int_equal(status, TT_IO);
    assert_non_null(strstr(message.text, "cannot write: File too large"));
    assert_int_equal(read_tag(), 1);
    assert_int_equal(fixture_count_files(folder), 1);
    assert_int_equal(write_some(path, 3), TT_OK);
    assert_int_equal(read_tag(), 3);
    assert_int_equal(fixture_count_files(folder), 1);
}

static void test_no_folder(void **state) {
    (void)state;
    char nowhere[FIXTURE_PATH];
    fixture_path(nowhere, folder, "no/such");
    assert_int_equal(write_some(nowhere, 1), TT_IO);
    assert_non_null(strstr(message.text, "no/such: cannot write: No such file"));
}

static void expect_no_target(const char *where, const char *words) {
    message.text[0] = '\0';
    assert_int_equal(tt_safetensors_probe(where, &message), TT_IO);
    assert_non_null(strstr(message.text, words));
    assert_int_equal(write_some(where, 1), TT_IO);
}

/* What cannot become a file is refused by the probe and by the write, and stays what it was. */
static void test_no_target(void **state) {
    (void)state;
    char other[FIXTURE_PATH], name[256];
    struct stat found;
    expect_no_target(folder, "cannot write: Is a directory");
    fixture_path(other, folder, "pipe");
    assert_int_equal(mkfifo(other, 0600), 0);
    expect_no_target(other, "pipe: cannot write: not a regular file");
    assert_int_equal(lstat(other, &found), 0);
    assert_true(S_ISFIFO(found.st_mode));
    expect_no_target("/dev/null", "/dev/null: cannot write: not a regular file");
    fixture_path(other, folder, "dangling");
    assert_int_equal(symlink("nothing", other), 0);
    expect_no_target(other, "cannot write: a symbolic link to nothing");
    memset(name, 'n', 252);
    name[252] = '\0';
    char *const path_of_long = malloc(strlen(folder) + 254);
    assert_non_null(path_of_long);
    (void)sprintf(path_of_long, "%s/%s", folder, name);
    expect_no_target(path_of_long, "cannot write: File name too long");
    free(path_of_long);
    fixture_path(other, folder, "no/such");
    assert_int_equal(tt_safetensors_probe(other, &message), TT_IO);
    assert_non_null(strstr(message.text, "no: cannot write here: No such file"));
    assert_int_equal(fixture_count_files(folder), 2);
}

/* The probe leaves nothing; the write replaces what a killed process left, and follows a link. */
static void test_targets(void **state) {
    (void)state;
    char other[FIXTURE_PATH], link[FIXTURE_PATH];
    struct stat found;
    assert_int_equal(tt_safetensors_probe(path, &message), TT_OK);
    assert_int_equal(fixture_count_files(folder), 0);
    assert_int_equal(write_some(path, 1), TT_OK);
    fixture_path(link, folder, "link");
    assert_int_equal(symlink("file.safetensors", link), 0);
    assert_int_equal(tt_safetensors_probe(link, &message), TT_OK);
    assert_int_equal(read_tag(), 1);
    assert_int_equal(write_some(link, 2), TT_OK);
    assert_int_equal(read_tag(), 2);
    assert_int_equal(lstat(link, &found), 0);
    assert_true(S_ISLNK(found.st_mode));
    fixture_path(other, folder, "file.safetensors.tmp");
    fixture_write(other, DATA, 8);
    assert_int_equal(write_some(path, 3), TT_OK);
    assert_int_equal(read_tag(), 3);
    assert_int_equal(fixture_count_files(folder), 2);
}

/* count tensors of no elements. */
static char *many_tensors(size_t count) {
    char *const header = malloc(64 * count + 64);
    assert_non_null(header);
    size_t used = (size_t)sprintf(header, "{\"__metadata__\":{}");
    for (size_t i = 0; i < count; i++) {
        used += (size_t)sprintf(header + used,
                                ",\"%zu\":{\"dtype\":\"I8\",\"shape\":[0],\"data_offsets\":[0,0]}", i);
    }
    (void)sprintf(header + used, "}");
    return header;
}

static void test_many_tensors(void **state) {
    (void)state;
    char *header = many_tensors(1024);
    tt_safetensors_t *file = NULL;
    write_by_hand(header, NULL, 0);
    assert_int_equal(tt_safetensors_open(&file, path, &message), TT_OK);
    assert_int_equal(tt_safetensors_count(file), 1024);
    tt_safetensors_close(file);
    free(header);
    header = many_tensors(1025);
    write_by_hand(header, NULL, 0);
    expect_bad("too many tensors");
    free(header);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reads_by_hand, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_damaged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_layout, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_short_write, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_folder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_no_target, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_targets, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many_tensors, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("safetensors", tests, NULL, NULL);
}
