/* SPDX-License-Identifier: Apache-2.0
 * Random convolutions on the Verilated device against the C twin: every byte of memory and every counter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "conv_program.h"
#include "tt_dev.h"

#define PROGRAMS 12

static void *allocate(size_t size) {
    void *p = malloc(size);
    if (p == NULL)
        abort();
    return p;
}

static void test_same_as_twin(void **state) {
    (void)state;
    static const tt_ref_memory_t memory = {30, 1};
    tt_dev_t *dev = NULL;
    plain_rng_t rng = {.state = 11};
    assert_int_equal(tt_dev_open("sim:base,mem=8", &dev, NULL, 0), TT_OK);
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
        assert_int_equal(tt_dev_write(dev, 0, expected, CONV_MEM_BYTES), TT_OK);
        assert_int_equal(tt_ref_timing_run(timing, config, &memory, CONV_MEM_BYTES, p.prog.words,
                                           CONV_LIST_ADDR, p.prog.count, 1, 1u << 20, &predicted),
                         TT_DEV_ERR_NONE);
        assert_int_equal(
            tt_ref_machine_run(machine, expected, CONV_MEM_BYTES, CONV_LIST_ADDR, p.prog.count, 1, &index),
            TT_DEV_ERR_NONE);
        assert_int_equal(tt_dev_run(dev, CONV_LIST_ADDR, p.prog.count, 1, 0, &counters), TT_OK);
        assert_int_equal(tt_dev_read(dev, 0, seen, CONV_MEM_BYTES), TT_OK);
        assert_memory_equal(seen, expected, CONV_MEM_BYTES);
        assert_memory_equal(&counters, &predicted, sizeof counters);
        conv_program_free(&p);
    }
    free(storage);
    free(timing);
    free(seen);
    free(expected);
    tt_dev_close(dev);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_twin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
