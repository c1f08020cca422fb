/* SPDX-License-Identifier: Apache-2.0
 * The back end `model` through the device API: sizes, memory, a list that moves the rounder's state, errors and recovery. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tt_dev.h"
#include "tt_isa.h"

enum {
    LIST = 0x1000,
    SOURCE = 0x10000,
    TARGET = 0x20000,
    LANES = 2,
    STATE_WORDS = LANES + TT_SLOTS
}; /* of tiny */

static tt_dev_t *open_model(const char *name) {
    char message[160] = "";
    tt_dev_t *dev = NULL;
    assert_int_equal(tt_dev_open(name, &dev, message, sizeof message), TT_OK);
    assert_string_equal(message, "");
    return dev;
}

static void put_state(uint64_t *instr, unsigned opcode, uint32_t address, unsigned step_pages) {
    memset(instr, 0, TT_ISA_WORDS * sizeof *instr);
    tt_field_set(instr, TT_F_OPCODE, opcode);
    if (opcode == TT_OP_STATE_LOAD) {
        tt_field_set(instr, TT_F_STATE_LOAD_ADDR, address);
        tt_field_set(instr, TT_F_STATE_LOAD_STEP_PAGES, step_pages);
    } else {
        tt_field_set(instr, TT_F_STATE_STORE_ADDR, address);
        tt_field_set(instr, TT_F_STATE_STORE_STEP_PAGES, step_pages);
    }
}

static void test_open(void **state) {
    (void)state;
    char message[160];
    tt_dev_t *dev = open_model("model:tiny,mem=8");
    assert_string_equal(tt_dev_info(dev)->name, "model:tiny");
    assert_int_equal(tt_dev_info(dev)->mem_bytes, 8u << 20);
    assert_int_equal(tt_dev_info(dev)->config.lanes, LANES);
    tt_dev_close(dev);
    dev = open_model("model:mid");
    assert_int_equal(tt_dev_info(dev)->config.m, 4);
    assert_int_equal(tt_dev_info(dev)->config.n, 8);
    tt_dev_close(dev);
    dev = open_model("model");
    assert_string_equal(tt_dev_info(dev)->name, "model:base");
    assert_int_equal(tt_dev_info(dev)->mem_bytes, 64u << 20);
    assert_int_equal(tt_dev_info(dev)->config.k, 64);
    tt_dev_close(dev);
    dev = open_model("model:tiny,mem=128KiB");
    assert_int_equal(tt_dev_info(dev)->mem_bytes, 128u << 10);
    tt_dev_close(dev);
    assert_int_equal(tt_dev_open("model:huge", &dev, message, sizeof message), TT_BAD_ARG);
    assert_string_equal(message, "unknown configuration 'huge' (known: base, mid, small, tiny)");
    assert_int_equal(tt_dev_open("model,stall=1", &dev, message, sizeof message), TT_BAD_ARG);
    assert_string_equal(
        message, "unknown key 'stall' for model (known: mem, latency, interval, watchdog, threads, kernel)");
    assert_int_equal(tt_dev_open("model,kernel=abacus", &dev, message, sizeof message), TT_BAD_ARG);
    assert_string_equal(message,
                        "kernel=abacus: not known, or not for this processor (known: scalar, avx2, avx512)");
    assert_int_equal(tt_dev_open("model,threads=0", &dev, message, sizeof message), TT_BAD_ARG);
    assert_string_equal(message, "threads=0: not a number from 1 to 64");
    dev = open_model("model,kernel=scalar,threads=3");
    tt_dev_close(dev);
}

static void test_memory(void **state) {
    (void)state;
    tt_dev_t *const dev = open_model("model:tiny,mem=4");
    const uint32_t end = 4u << 20;
    const uint64_t written[2] = {1, UINT64_MAX};
    uint64_t read[2] = {7, 7};
    assert_int_equal(tt_dev_read(dev, end - 16u, read, 16), TT_OK); /* fresh memory is 0 */
    assert_int_equal(read[0] | read[1], 0);
    assert_int_equal(tt_dev_write(dev, end - 16u, written, 16), TT_OK);
    assert_int_equal(tt_dev_read(dev, end - 16u, read, 16), TT_OK);
    assert_memory_equal(read, written, 16);
    assert_int_equal(tt_dev_write(dev, end - 8u, written, 16), TT_BAD_ARG);
    assert_int_equal(tt_dev_host_bytes(dev), 48);
    tt_dev_close(dev);
}

/* The state goes in once and comes out in each of three steps, a page further each time. */
static void test_run(void **state) {
    (void)state;
    uint64_t list[2 * TT_ISA_WORDS], in[STATE_WORDS], out[STATE_WORDS];
    tt_counters_t first = {0}, again = {0}, other = {0};
    double seconds = -1;
    uint64_t cycles = 0;
    tt_dev_t *const dev = open_model("model:tiny");
    for (size_t i = 0; i < STATE_WORDS; i++) {
        in[i] = i < LANES ? UINT64_C(0x0123456789ABCDEF) + i : (uint64_t)(i % 32u) << 32 | (0xC0FFu - i);
    }
    put_state(&list[0], TT_OP_STATE_LOAD, SOURCE, 0);
    put_state(&list[TT_ISA_WORDS], TT_OP_STATE_STORE, TARGET, 1);
    assert_int_equal(tt_dev_write(dev, LIST, list, sizeof list), TT_OK);
    assert_int_equal(tt_dev_write(dev, SOURCE, in, sizeof in), TT_OK);
    assert_int_equal(tt_dev_run(dev, LIST, 2, 3, 0, &first), TT_OK);
    for (uint32_t step = 0; step < 3; step++) {
        assert_int_equal(tt_dev_read(dev, TARGET + 4096u * step, out, sizeof out), TT_OK);
        assert_memory_equal(out, in, sizeof in);
    }
    assert_int_equal(tt_dev_read(dev, TARGET + 4096u * 3u, out, sizeof out), TT_OK);
    assert_int_equal(out[0], 0);
    assert_true(first.cycles > 0);

    assert_int_equal(tt_dev_run(dev, LIST, 2, 3, 0, &again), TT_OK); /* from the cache */
    assert_memory_equal(&again, &first, sizeof first);
    assert_int_equal(tt_dev_run(dev, LIST, 2, 1, 0, &other), TT_OK); /* not the same list to the cache */
    assert_true(other.cycles < first.cycles);
    tt_dev_speed(dev, &seconds, &cycles);
    assert_int_equal(cycles, first.cycles + again.cycles + other.cycles);
    assert_true(seconds >= 0);
    tt_dev_close(dev);
}

static void check_fails(tt_dev_t *dev, uint32_t address, uint32_t instructions, tt_dev_err_t code,
                        uint32_t instruction) {
    tt_dev_err_t got_code = TT_DEV_ERR_NONE;
    uint32_t got_instruction = 0;
    assert_int_equal(tt_dev_run(dev, address, instructions, 1, 0, NULL), TT_DEVICE_ERROR);
    tt_dev_error(dev, &got_code, &got_instruction);
    assert_int_equal(got_code, code);
    assert_int_equal(got_instruction, instruction);
}

static void test_errors(void **state) {
    (void)state;
    uint64_t list[2 * TT_ISA_WORDS] = {0};
    tt_dev_t *const dev = open_model("model:tiny,mem=4");
    const uint32_t end = 4u << 20;
    put_state(&list[0], TT_OP_STATE_LOAD, SOURCE, 0);
    tt_field_set(&list[TT_ISA_WORDS], TT_F_OPCODE, 0xEE);
    assert_int_equal(tt_dev_write(dev, LIST, list, sizeof list), TT_OK);
    check_fails(dev, LIST, 2, TT_DEV_ERR_BAD_OPCODE, 1);
    check_fails(dev, end - 128u, 2, TT_DEV_ERR_ADDRESS, 0xFFFF); /* the list itself */
    assert_int_equal(tt_dev_run(dev, 0xFFFFFF80u, 1, 1, 0, NULL),
                     TT_BAD_ARG); /* narrow devices would not see it */
    put_state(&list[TT_ISA_WORDS], TT_OP_STATE_STORE, end - 8u, 0);
    assert_int_equal(tt_dev_write(dev, LIST, list, sizeof list), TT_OK);
    check_fails(dev, LIST, 2, TT_DEV_ERR_ADDRESS, 1);
    assert_int_equal(tt_dev_run(dev, LIST, 1, 1, 0, NULL), TT_OK); /* usable again */
    tt_dev_close(dev);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_run),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests_name("bus_model", tests, NULL, NULL);
}
