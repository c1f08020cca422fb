/* SPDX-License-Identifier: Apache-2.0
 * Random convolutions on the Verilated device against the C twin: every byte of memory and, unless the memory stalls at random, every
 * counter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conv_program.h"
#include "tt_dev.h"

#define PROGRAMS 16 /* on each device */

static void *allocate(size_t size) {
    void *p = malloc(size);
    if (p == NULL)
        abort();
    return p;
}

typedef struct {
    const char *name;
    tt_ref_memory_t memory;
    bool timed;
} device_t;

static void same_as_twin(const device_t *device, uint64_t seed) {
    tt_dev_t *dev = NULL;
    plain_rng_t rng = {.state = seed};
    assert_int_equal(tt_dev_open(device->name, &dev, NULL, 0), TT_OK);
    const tt_config_t *config = &tt_dev_info(dev)->config;
    uint8_t *expected = allocate(CONV_MEM_BYTES);
    uint8_t *seen = allocate(CONV_MEM_BYTES);
    void *timing = allocate(tt_ref_timing_size(config));
    void *storage = allocate(tt_ref_machine_size(config));
    tt_ref_machine_t *machine = tt_ref_machine_init(storage, config);
    for (int i = 0; i < PROGRAMS; i++) {
        conv_program_t p;
        tt_counters_t counters = {0};
        tt_counters_t predicted = {0};
        uint32_t index = 0;
        conv_program_random(&p, &rng, config, expected);
        const uint32_t count = p.prog.count;
        assert_int_equal(tt_dev_write(dev, 0, expected, CONV_MEM_BYTES), TT_OK);
        assert_int_equal(tt_ref_timing_run(timing, config, &device->memory, CONV_MEM_BYTES, p.prog.words,
                                           CONV_LIST_ADDR, count, 1, 1u << 20, &predicted),
                         TT_DEV_ERR_NONE);
        assert_int_equal(
            tt_ref_machine_run(machine, expected, CONV_MEM_BYTES, CONV_LIST_ADDR, count, 1, &index),
            TT_DEV_ERR_NONE);
        assert_int_equal(tt_dev_run(dev, CONV_LIST_ADDR, count, 1, 0, &counters), TT_OK);
        assert_int_equal(tt_dev_read(dev, 0, seen, CONV_MEM_BYTES), TT_OK);
        assert_memory_equal(seen, expected, CONV_MEM_BYTES);
        if (device->timed)
            assert_memory_equal(&counters, &predicted, sizeof counters);
        conv_program_free(&p);
    }
    free(storage);
    free(timing);
    free(seen);
    free(expected);
    tt_dev_close(dev);
}

static void test_same_as_twin(void **state) {
    (void)state;
    static const device_t devices[] = {
        {"sim:base,mem=8", {30, 1}, true},
        {"sim:base,mem=8,latency=117,interval=3", {117, 3}, true},
        {"sim:base,mem=8,stall=2024", {30, 1}, false},
    };
    for (size_t d = 0; d < sizeof devices / sizeof devices[0]; d++)
        same_as_twin(&devices[d], 11u + d);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_twin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
