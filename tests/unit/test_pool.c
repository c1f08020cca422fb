/* SPDX-License-Identifier: Apache-2.0
 * Threads of the device `model`: every task once, all of them done when run returns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tt_pool.h"

enum { TASKS = 100 };

static void count(void *context, uint32_t i) {
    uint32_t *const counts = context;
    counts[i]++; /* not atomic: no two threads have the same task */
}

static void test_every_task_once(void **state) {
    (void)state;
    for (uint32_t threads = 0; threads <= 5u; threads++) {
        tt_pool_t *const pool = tt_pool_open(threads);
        assert_non_null(pool);
        const tt_ref_runner_t runner = tt_pool_runner(pool);
        for (uint32_t job = 0; job < 2000u; job++) {
            uint32_t counts[TASKS] = {0};
            const uint32_t n = job % (TASKS + 1u);
            runner.run(runner.pool, count, counts, n);
            for (uint32_t i = 0; i < TASKS; i++)
                assert_int_equal(counts[i], i < n ? 1 : 0);
        }
        tt_pool_close(pool);
    }
}

/* Workers that have not yet looked for their first job end as well. */
static void test_open_and_close(void **state) {
    (void)state;
    for (int i = 0; i < 50; i++)
        tt_pool_close(tt_pool_open(4));
    tt_pool_close(NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_task_once),
        cmocka_unit_test(test_open_and_close),
    };
    return cmocka_run_group_tests_name("pool", tests, NULL, NULL);
}
