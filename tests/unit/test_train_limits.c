/* SPDX-License-Identifier: Apache-2.0
 * Networks at the limits of a device: long instruction lists, and messages for what does not fit. */
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <stdio.h>
#include <string.h>

#include "tt_exec.h"
#include "tt_isa.h"
#include "tt_limits.h"
#include "tt_store.h"

static tt_dev_t *dev;

static void open_device(const char *name) {
    char text[256] = "";
    if (tt_dev_open(name, &dev, text, sizeof text) != TT_OK) {
        fail_msg("%s", text);
    }
}

/* Opens the engine of a network with 784 inputs and 10 outputs; returns the status, closes everything. */
static tt_status_t open_engine(const char *device, const char *const *sets, tt_message_t *message) {
    tt_settings_t s;
    tt_engine_t *engine = NULL;
    tt_rng_t rng;
    *message = (tt_message_t){{0}};
    tt_settings_default(&s);
    for (size_t i = 0; sets[i] != NULL; i++) {
        assert_int_equal(tt_settings_override(&s, sets[i], message), TT_OK);
    }
    tt_shape_t shape = {.layers = s.hidden_count + 1, .batch = s.batch, .width = {784}};
    memcpy(shape.width + 1, s.hidden, s.hidden_count * sizeof s.hidden[0]);
    shape.width[shape.layers] = 10;
    open_device(device);
    tt_rng_seed(&rng, 1, 1);
    const tt_status_t status = tt_engine_open(&engine, &s, &shape, dev, &rng, message);
    tt_engine_close(engine);
    tt_dev_close(dev);
    return status;
}

static void expect(const char *device, const char *const *sets, const char *words) {
    tt_message_t message;
    assert_int_equal(open_engine(device, sets, &message), TT_TOO_LARGE);
    assert_string_equal(message.text, words);
}

#define SETS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ceil(784 / 32) = 25 words a plane of 64; ceil(1000 / 32) = 32; ceil(8192 / 64) = 128 of 512; ceil(20000 / 64) = 313 */
static void test_buffers(void **state) {
    (void)state;
    static const char *const both[] = {"train.optimizer=none", "train.optimizer=sgd"};
    for (size_t i = 0; i < 2; i++) {
        expect("model:tiny", SETS("network.hidden=8", "train.batch=8", both[i]),
               "layer 1, outputs: 784 inputs x 3 planes need 75 words of buffer A, but model:tiny has 64");
        expect("model:tiny",
               SETS("network.hidden=1000", "network.activation_planes=3", "train.batch=8",
                    "network.input_planes=2", both[i]),
               "layer 2, outputs: 1000 inputs x 3 planes need 96 words of buffer A, but model:tiny has 64");
        expect("model:tiny", SETS("network.hidden=2000", "train.batch=8", "network.input_planes=2", both[i]),
               "layer 2, outputs: 2000 inputs are more than the 1024 that an instruction can sum");
        expect("model:base",
               SETS("network.hidden=8192", "network.activation_planes=5", "train.batch=8", both[i]),
               "layer 2, outputs: 8192 inputs x 5 planes need 640 words of buffer A, but model:base has 512");
    }
    expect("model:base", SETS("network.hidden=8", "train.batch=20000"),
           "layer 1, gradient: 20000 samples x 3 planes need 939 words of buffer A, but model:base has 512");
}

static void test_planes(void **state) {
    (void)state;
    static const char *const keys[] = {"input_planes", "activation_planes", "error_planes"};
    for (size_t i = 0; i < 3; i++) {
        char set[64], words[128];
        (void)snprintf(set, sizeof set, "network.%s=4", keys[i]);
        (void)snprintf(words, sizeof words, "network.%s is 4, but model:tiny has at most 3 planes", keys[i]);
        expect("model:tiny", SETS("network.hidden=8", "train.batch=8", set), words);
        expect("model:tiny", SETS("network.hidden=8", "train.batch=8", "train.optimizer=adam", set), words);
    }
}

/* 512 values of 5 planes (121) with errors of 5: 512 * 121 * 121 is below 2^23, 1024 times it is not. */
static void test_sums(void **state) {
    (void)state;
    tt_message_t message;
    const char *const fits[] = {"network.hidden=8", "network.input_planes=5", "network.error_planes=5",
                                "train.batch=512", NULL};
    assert_int_equal(open_engine("model:base", fits, &message), TT_OK);
    expect(
        "model:base",
        SETS("network.hidden=8", "network.input_planes=5", "network.error_planes=5", "train.batch=1024"),
        "layer 1, gradient: sums of 1024 samples with 5 and 5 planes overflow the 24-bit sums of model:base");
}

/* Networks whose lists are longer than the room that they begin with. */
static void test_long_networks(void **state) {
    (void)state;
    tt_message_t message;
    const char *const host[] = {"network.hidden=256,256,256,256", "network.input_planes=2",
                                "train.optimizer=sgd", "train.batch=300", NULL};
    if (open_engine("model:tiny", host, &message) != TT_OK ||
        open_engine("model:tiny", SETS("network.input_planes=2", "train.batch=128"), &message) != TT_OK) {
        fail_msg("%s", message.text);
    }
}

/* A list of 100 instructions begun with room for 2: it is what a list with room from the start is. */
static void test_list_grows(void **state) {
    (void)state;
    enum { COUNT = 100 };
    tt_usage_t usage = {0};
    tt_store_t store;
    tt_list_t small, large;
    tt_prog_t prog;
    uint32_t state_addr = 0, grown = 0;
    tt_status_t status = TT_OK;
    open_device("model:tiny");
    tt_store_open(&store, dev, &usage);
    assert_int_equal(tt_store_area(&store, &state_addr, tt_state_bytes(store.config)), TT_OK);
    assert_int_equal(tt_list_open(&small, 2), TT_OK);
    assert_int_equal(tt_list_open(&large, COUNT), TT_OK);
    tt_list_begin(&store, &prog, &small);
    assert_int_equal(tt_prog_state_store(&prog, state_addr), TT_OK);
    assert_int_equal(tt_list_end(&store, &small, &prog), TT_OK);
    const uint32_t first_area = small.addr;
    do {
        tt_list_begin(&store, &prog, &small);
        status = TT_OK;
        for (int i = 0; status == TT_OK && i < COUNT; i++) {
            status = tt_prog_state_store(&prog, state_addr);
        }
    } while (tt_list_grow(&small, &status) && ++grown < 20);
    assert_int_equal(grown, 6); /* 4, 8, 16, 32, 64, 128 */
    assert_int_equal(status, TT_OK);
    assert_int_equal(tt_list_end(&store, &small, &prog), TT_OK);
    tt_list_begin(&store, &prog, &large);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(tt_prog_state_store(&prog, state_addr), TT_OK);
    }
    assert_int_equal(tt_list_end(&store, &large, &prog), TT_OK);
    assert_int_equal(small.count, COUNT);
    assert_memory_equal(small.words, large.words, (size_t)COUNT * TT_ISA_WORDS * sizeof *small.words);
    assert_true(small.addr > first_area); /* it has moved out of it */
    assert_true(large.addr >= small.addr + COUNT * TT_ISA_WORDS * 8u);
    const uint32_t second_area = small.addr;
    tt_list_begin(&store, &prog, &small);
    assert_int_equal(tt_prog_state_store(&prog, state_addr), TT_OK);
    assert_int_equal(tt_list_end(&store, &small, &prog), TT_OK);
    assert_int_equal(small.addr, second_area); /* and stays where it fits */
    assert_int_equal(tt_list_run(&store, &small), TT_OK);
    small.capacity = 0xFFFF;
    status = TT_NO_MEMORY;
    assert_false(tt_list_grow(&small, &status));
    assert_int_equal(status, TT_TOO_LARGE);
    status = TT_BAD_ARG;
    assert_false(tt_list_grow(&small, &status));
    assert_int_equal(status, TT_BAD_ARG);
    tt_list_close(&small);
    tt_list_close(&large);
    tt_store_close(&store);
    tt_dev_close(dev);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_buffers),       cmocka_unit_test(test_planes),     cmocka_unit_test(test_sums),
        cmocka_unit_test(test_long_networks), cmocka_unit_test(test_list_grows),
    };
    return cmocka_run_group_tests_name("limits", tests, NULL, NULL);
}
