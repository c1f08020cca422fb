/* SPDX-License-Identifier: Apache-2.0
 * The driver's side of the host link (driver/tt_link.c) against a device in software, over a channel that damages bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "link_device.h"
#include "tt_link.h"

enum { STEP_US = 50, POLL_US = 2000, GIVE_UP_US = 400000 };

typedef struct {
    link_device_t device;
    tt_link_t link;
    uint64_t now_us, random;
    unsigned one_in; /* bytes between faults, 0: none */
    bool dead;
    uint8_t memory[LINK_DEVICE_MEMORY]; /* what the device's must be */
    unsigned writes[LINK_DEVICE_MEMORY];
} fixture_t;

static uint64_t next_random(fixture_t *f) {
    f->random ^= f->random << 13;
    f->random ^= f->random >> 7;
    f->random ^= f->random << 17;
    return f->random;
}

/* Bytes behind the channel; the output holds three for each byte of the input. */
static size_t damage(fixture_t *f, uint8_t *out, const uint8_t *in, size_t size) {
    size_t used = 0;
    for (size_t i = 0; i < size && !f->dead; i++) {
        if (f->one_in == 0 || next_random(f) % f->one_in != 0) {
            out[used++] = in[i];
            continue;
        }
        switch (next_random(f) % 6) {
        case 0: /* lost */
            break;
        case 1: /* repeated */
            out[used++] = in[i];
            out[used++] = in[i];
            break;
        case 2: /* corrupted */
            out[used++] = (uint8_t)(in[i] ^ (1u + next_random(f) % 255u));
            break;
        case 3: /* inserted */
            out[used++] = (uint8_t)(next_random(f) % 3u);
            out[used++] = in[i];
            break;
        case 4: /* reordered */
            if (i + 1 < size) {
                out[used++] = in[i + 1];
            }
            out[used++] = in[i++];
            break;
        default: /* a burst is lost */
            i += next_random(f) % 300u;
            break;
        }
    }
    return used;
}

static tt_link_state_t run(fixture_t *f, unsigned steps) {
    uint8_t bytes[192], damaged[3 * 65536u];
    while (tt_link_state(&f->link) == TT_LINK_WORKING && steps-- > 0) {
        size_t count = tt_link_send(&f->link, bytes, 1u + next_random(f) % sizeof bytes, f->now_us);
        count = damage(f, damaged, bytes, count);
        for (size_t i = 0; i < count; i++) {
            link_device_receive(&f->device, damaged[i]);
        }
        count = damage(f, damaged, f->device.out, f->device.out_size);
        f->device.out_size = 0;
        if (count > 0) {
            tt_link_receive(&f->link, damaged, count, f->now_us);
        }
        f->now_us += STEP_US;
    }
    return tt_link_state(&f->link);
}

static void start_session(fixture_t *f) {
    const tt_link_timing_t timing = {.poll_us = POLL_US, .give_up_us = GIVE_UP_US};
    tt_link_init(&f->link, &timing, (uint32_t)next_random(f));
}

static tt_link_state_t open_link(fixture_t *f) {
    tt_link_open(&f->link, f->now_us);
    return run(f, UINT32_MAX);
}

static int set_up(void **state) {
    static fixture_t f;
    memset(&f, 0, sizeof f);
    f.random = 20240607;
    link_device_init(&f.device);
    start_session(&f);
    *state = &f;
    return 0;
}

static void test_crc(void **state) {
    (void)state;
    const uint8_t digits[] = "123456789";
    assert_int_equal(tt_link_crc(digits, 9), 0x2F27EE); /* docs/link.md */
    assert_int_equal(link_device_crc(digits, 9), 0x2F27EE);
}

static int compare_words(const void *a, const void *b) {
    const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* docs/link.md: every error of up to 5 bits in a frame of 254 bytes is found. Errors of an odd number are, because the polynomial has the
 * factor x + 1; two or four bits are not if two pairs of bits, or two bits, have one remainder. */
static void test_crc_distance(void **state) {
    enum { BITS = 254 * 8, PAIRS = BITS * (BITS - 1) / 2 };
    static uint32_t remainders[BITS];
    uint32_t *const pairs = malloc(PAIRS * sizeof *pairs);
    (void)state;
    assert_non_null(pairs);
    uint32_t power = 1, ones = 0;
    size_t count = 0;
    for (size_t i = 0; i < BITS; i++) {
        remainders[i] = power;
        power = (power << 1) ^ ((power & 0x800000u) != 0 ? 0x15D6DCBu : 0u);
    }
    for (uint32_t bits = 0x15D6DCBu; bits != 0; bits >>= 1) {
        ones += bits & 1u;
    }
    assert_int_equal(ones % 2u, 0); /* divisible by x + 1 */
    for (size_t i = 0; i < BITS; i++) {
        for (size_t j = 0; j < i; j++) {
            pairs[count++] = remainders[i] ^ remainders[j];
        }
    }
    qsort(pairs, count, sizeof *pairs, compare_words);
    assert_int_not_equal(pairs[0], 0);
    for (size_t i = 1; i < count; i++) {
        assert_int_not_equal(pairs[i], pairs[i - 1]);
    }
    free(pairs);
}

static void random_write(fixture_t *f) {
    uint8_t data[3000];
    const size_t size = 1u + next_random(f) % sizeof data;
    const uint32_t at = (uint32_t)(next_random(f) % (LINK_DEVICE_MEMORY - size + 1u));
    for (size_t i = 0; i < size; i++) {
        data[i] = (uint8_t)((next_random(f) >> 20) & (f->random % 3u == 0 ? 0u : 0xFFu));
        f->memory[at + i] = data[i];
        f->writes[at + i]++;
    }
    tt_link_write(&f->link, at, data, size, f->now_us);
    assert_int_equal(run(f, UINT32_MAX), TT_LINK_DONE);
    assert_memory_equal(f->device.memory, f->memory, sizeof f->memory);
    assert_memory_equal(f->device.writes, f->writes, sizeof f->writes); /* each byte once */
}

static void random_read(fixture_t *f) {
    uint8_t data[3000];
    const size_t size = 1u + next_random(f) % sizeof data;
    const uint32_t at = (uint32_t)(next_random(f) % (LINK_DEVICE_MEMORY - size + 1u));
    memset(data, 0xA5, sizeof data);
    tt_link_read(&f->link, data, at, size, f->now_us);
    assert_int_equal(run(f, UINT32_MAX), TT_LINK_DONE);
    assert_memory_equal(data, f->memory + at, size);
}

static void write_start(fixture_t *f, unsigned times) {
    const uint8_t value[4] = {1, 2, 3, 4};
    tt_link_write(&f->link, TT_LINK_REGISTERS | 0x14u, value, sizeof value, f->now_us);
    assert_int_equal(run(f, UINT32_MAX), TT_LINK_DONE);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(f->device.registers[0x14 + i], value[i]);
        assert_int_equal(f->device.register_writes[0x14 + i], times);
    }
}

static void test_clean_channel(void **state) {
    fixture_t *const f = *state;
    assert_int_equal(open_link(f), TT_LINK_DONE);
    for (unsigned i = 0; i < 200; i++) {
        random_write(f);
        random_read(f);
        write_start(f, i + 1u);
    }
    assert_int_equal(tt_link_statistics(&f->link)->frames_resent, 0);
    assert_int_equal(tt_link_statistics(&f->link)->reads_reissued, 0);
    assert_int_equal(tt_link_statistics(&f->link)->bytes_skipped, 0);
}

static void test_damaging_channel(void **state) {
    fixture_t *const f = *state;
    f->one_in = 500;
    assert_int_equal(open_link(f), TT_LINK_DONE);
    for (unsigned i = 0; i < 600; i++) {
        random_write(f);
        random_read(f);
        write_start(f, i + 1u);
    }
    assert_true(tt_link_statistics(&f->link)->frames_sent > 10000);
    assert_true(tt_link_statistics(&f->link)->frames_resent > 100);
    assert_true(tt_link_statistics(&f->link)->reads_reissued > 100);
}

/* The host dies at any moment; the next session finds the device where it is. */
static void test_sessions(void **state) {
    fixture_t *const f = *state;
    uint8_t data[2000];
    memset(data, 0x3C, sizeof data);
    f->one_in = 2000;
    for (unsigned i = 0; i < 300; i++) {
        start_session(f);
        assert_int_equal(open_link(f), TT_LINK_DONE);
        memcpy(f->memory, f->device.memory, sizeof f->memory);
        memcpy(f->writes, f->device.writes, sizeof f->writes);
        random_write(f);
        if (i % 2 != 0) {
            tt_link_read(&f->link, data, 0, sizeof data, f->now_us);
        } else {
            tt_link_write(&f->link, 0, data, sizeof data, f->now_us);
        }
        (void)run(f, (unsigned)(next_random(f) % 60u));
    }
}

static void test_refused(void **state) {
    fixture_t *const f = *state;
    uint8_t data[1000] = {1};
    assert_int_equal(open_link(f), TT_LINK_DONE);
    f->device.busy = true;
    tt_link_write(&f->link, 0, data, sizeof data, f->now_us);
    assert_int_equal(run(f, UINT32_MAX), TT_LINK_REFUSED);
    assert_int_equal(open_link(f), TT_LINK_DONE);
    write_start(f, 1); /* registers answer while a list runs */
    f->device.busy = false;
    tt_link_read(&f->link, data, LINK_DEVICE_MEMORY - 10u, sizeof data, f->now_us);
    assert_int_equal(run(f, UINT32_MAX), TT_LINK_REFUSED);
    assert_int_equal(open_link(f), TT_LINK_DONE);
    assert_memory_equal(f->device.writes, f->writes, sizeof f->writes); /* none */
    random_write(f);
    random_read(f);
}

static void test_no_device(void **state) {
    fixture_t *const f = *state;
    f->dead = true;
    assert_int_equal(open_link(f), TT_LINK_LOST);
    f->dead = false;
    assert_int_equal(open_link(f), TT_LINK_DONE);
    f->dead = true;
    uint8_t byte = 0;
    const uint64_t begin = f->now_us;
    tt_link_read(&f->link, &byte, 0, 1, f->now_us);
    assert_int_equal(run(f, UINT32_MAX), TT_LINK_LOST);
    assert_in_range(f->now_us - begin, GIVE_UP_US, GIVE_UP_US + 10 * STEP_US);
}

/* The board is reset at any moment of a job, wherever its sequence is: the job fails, or was done already. */
static void test_board_reset(void **state) {
    fixture_t *const f = *state;
    uint8_t data[3000] = {0};
    unsigned failed = 0;
    for (unsigned i = 0; i < 320; i++) {
        assert_int_equal(open_link(f), TT_LINK_DONE);
        while (f->device.expect != i % 32u) {
            tt_link_read(&f->link, data, 0, 1, f->now_us);
            assert_int_equal(run(f, UINT32_MAX), TT_LINK_DONE);
        }
        memset(data, (int)i, sizeof data);
        tt_link_write(&f->link, 0, data, sizeof data, f->now_us);
        (void)run(f, i / 10u);
        link_device_reset(&f->device);
        const tt_link_state_t end = run(f, UINT32_MAX);
        if (end == TT_LINK_DONE) {
            assert_memory_equal(f->device.memory, data, sizeof data);
        } else {
            assert_int_equal(end, TT_LINK_REFUSED);
            failed++;
        }
        assert_int_equal(open_link(f), TT_LINK_DONE);
    }
    assert_true(failed > 200);
}

/* A hello that was still on its way reaches the device behind its reset, which ends the refusing: the numbers tell, if 0 is none of
 * the commands that are out. */
static void test_old_hello_behind_reset(void **state) {
    fixture_t *const f = *state;
    uint8_t data[3000] = {0};
    assert_int_equal(open_link(f), TT_LINK_DONE);
    while (f->device.expect != 5u) { /* so that no command of the write is number 0 */
        tt_link_read(&f->link, data, 0, 1, f->now_us);
        assert_int_equal(run(f, UINT32_MAX), TT_LINK_DONE);
    }
    tt_link_write(&f->link, 0, data, sizeof data, f->now_us);
    (void)run(f, 3);
    link_device_reset(&f->device);
    f->device.refused = false;
    const uint64_t start_us = f->now_us;
    assert_int_equal(run(f, UINT32_MAX), TT_LINK_REFUSED);
    assert_true(f->now_us - start_us < 1000000u);
}

/* The program is stopped for longer than the device may be silent: before the first byte, or while an answer is out. */
static void test_stopped_program(void **state) {
    fixture_t *const f = *state;
    uint8_t data[3000];
    assert_int_equal(open_link(f), TT_LINK_DONE);
    for (unsigned steps = 0; steps < 40; steps++) {
        tt_link_read(&f->link, data, 0, sizeof data, f->now_us);
        f->dead = true; /* nothing comes through */
        assert_int_equal(run(f, steps), TT_LINK_WORKING);
        f->now_us += 10 * GIVE_UP_US;
        f->dead = false;
        assert_int_equal(run(f, UINT32_MAX), TT_LINK_DONE);
        assert_memory_equal(data, f->memory, sizeof data);
    }
    test_no_device(state);
}

static void test_other_version(void **state) {
    fixture_t *const f = *state;
    f->device.version = 2;
    assert_int_equal(open_link(f), TT_LINK_WRONG_VERSION);
    assert_int_equal(tt_link_version(&f->link), 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc),
        cmocka_unit_test(test_crc_distance),
        cmocka_unit_test_setup(test_clean_channel, set_up),
        cmocka_unit_test_setup(test_damaging_channel, set_up),
        cmocka_unit_test_setup(test_sessions, set_up),
        cmocka_unit_test_setup(test_refused, set_up),
        cmocka_unit_test_setup(test_no_device, set_up),
        cmocka_unit_test_setup(test_board_reset, set_up),
        cmocka_unit_test_setup(test_old_hello_behind_reset, set_up),
        cmocka_unit_test_setup(test_stopped_program, set_up),
        cmocka_unit_test_setup(test_other_version, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
