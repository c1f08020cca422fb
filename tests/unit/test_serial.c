/* SPDX-License-Identifier: Apache-2.0
 * Back end `serial` through a pseudo-terminal, with a device in software at the other end. */
#define _XOPEN_SOURCE 700 /* pseudo-terminals */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "link_device.h"
#include "tt_bus.h"
#include "tt_dev.h"
#include "tt_registers.h"

typedef struct {
    link_device_t device; /* belongs to the thread while it runs */
    int master, slave;
    atomic_bool stop, mute, reset; /* reset: before the next byte */
    pthread_t thread;
    char name[128], message[256];
} fixture_t;

static void set_register(link_device_t *device, uint32_t offset, uint32_t value) {
    for (uint32_t i = 0; i < 4; i++) {
        device->registers[offset + i] = (uint8_t)(value >> (8 * i));
    }
}

static void serve(fixture_t *f) {
    uint8_t bytes[256];
    const ssize_t count = read(f->master, bytes, sizeof bytes);
    if (atomic_exchange(&f->reset, false)) {
        link_device_reset(&f->device);
    }
    for (ssize_t i = 0; i < count && !f->mute; i++) {
        link_device_receive(&f->device, bytes[i]);
    }
    if ((f->device.registers[TT_REG_CONTROL] & 1u) != 0) { /* START: done at once */
        f->device.registers[TT_REG_CONTROL] = 0;
        f->device.registers[TT_REG_STATUS] = 2;
    }
    size_t sent = 0;
    while (sent < f->device.out_size) {
        const ssize_t part = write(f->master, f->device.out + sent, f->device.out_size - sent);
        if (part <= 0) {
            break;
        }
        sent += (size_t)part;
    }
    f->device.out_size = 0;
}

static void *device_main(void *argument) {
    fixture_t *const f = argument;
    struct pollfd port = {.fd = f->master, .events = POLLIN};
    while (!f->stop) {
        if (poll(&port, 1, 20) > 0) {
            serve(f);
        }
    }
    return NULL;
}

static int set_up(void **state) {
    fixture_t *const f = calloc(1, sizeof *f);
    struct termios settings;
    assert_non_null(f);
    *state = f;
    link_device_init(&f->device);
    set_register(&f->device, TT_REG_ID, TT_RESET_ID);
    set_register(&f->device, TT_REG_VERSION, tt_reg_set(0, TT_RF_VERSION_MAJOR, TT_RESET_VERSION_MAJOR));
    f->master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(f->master >= 0 && grantpt(f->master) == 0 && unlockpt(f->master) == 0);
    f->slave = open(ptsname(f->master), O_RDWR | O_NOCTTY);
    assert_true(f->slave >= 0 && tcgetattr(f->slave, &settings) == 0);
    settings.c_lflag = 0;
    assert_int_equal(tcsetattr(f->slave, TCSANOW, &settings), 0);
    (void)snprintf(f->name, sizeof f->name, "%s", ptsname(f->master));
    assert_int_equal(pthread_create(&f->thread, NULL, device_main, f), 0);
    return 0;
}

static void stop_device(fixture_t *f) {
    if (!f->stop) {
        f->stop = true;
        (void)pthread_join(f->thread, NULL);
        (void)close(f->slave);
        (void)close(f->master);
    }
}

static int tear_down(void **state) {
    stop_device(*state);
    free(*state);
    return 0;
}

static tt_bus_t *open_bus(fixture_t *f) {
    const tt_bus_options_t options = {.baud = 3000000};
    tt_bus_t *bus = NULL;
    assert_int_equal(tt_bus_serial_open(f->name, &options, &bus, f->message, sizeof f->message), TT_OK);
    return bus;
}

static void test_accesses(void **state) {
    fixture_t *const f = *state;
    tt_bus_t *const bus = open_bus(f);
    static uint8_t data[LINK_DEVICE_MEMORY], back[LINK_DEVICE_MEMORY];
    uint32_t value = 0;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)(i * 7u + i / 256u);
    }
    assert_int_equal(bus->mem_bytes, LINK_DEVICE_MEMORY); /* found by what is refused */
    assert_int_equal(bus->ops->mem_write(bus, 0, data, sizeof data), TT_OK);
    assert_int_equal(bus->ops->mem_read(bus, back, 0, sizeof back), TT_OK);
    assert_memory_equal(back, data, sizeof data);
    assert_int_equal(bus->ops->read32(bus, &value, TT_REG_ID), TT_OK);
    assert_int_equal(value, TT_RESET_ID);
    assert_int_equal(bus->ops->write32(bus, TT_REG_LIST_ADDR, 0x12345678u), TT_OK);
    assert_int_equal(bus->ops->read32(bus, &value, TT_REG_LIST_ADDR), TT_OK);
    assert_int_equal(value, 0x12345678u);
    bus->ops->close(bus);
    stop_device(f);
    assert_memory_equal(f->device.memory, data, sizeof data);
}

static void test_wait(void **state) {
    tt_bus_t *const bus = open_bus(*state);
    assert_int_equal(bus->ops->wait(bus, 30), TT_TIMEOUT);
    assert_int_equal(bus->ops->write32(bus, TT_REG_CONTROL, 1), TT_OK);
    assert_int_equal(bus->ops->wait(bus, 5000), TT_OK);
    bus->ops->close(bus);
}

/* Beyond the memory: not even asked, for the device's pointer may wrap. While a list runs: refused, and nothing is lost. */
static void test_refused(void **state) {
    fixture_t *const f = *state;
    tt_bus_t *const bus = open_bus(f);
    static uint8_t data[LINK_DEVICE_MEMORY + 8];
    const struct {
        uint32_t address;
        size_t size;
    } beyond[] = {{LINK_DEVICE_MEMORY - 8u, 16},
                  {LINK_DEVICE_MEMORY, 1},
                  {0, sizeof data},
                  {0x7FFFFFF8u, 16},
                  {1u << 20, 8}};
    for (size_t i = 0; i < sizeof beyond / sizeof beyond[0]; i++) {
        assert_int_equal(bus->ops->mem_write(bus, beyond[i].address, data, beyond[i].size), TT_BAD_ARG);
        assert_int_equal(bus->ops->mem_read(bus, data, beyond[i].address, beyond[i].size), TT_BAD_ARG);
    }
    assert_int_equal(bus->ops->mem_read(bus, data, LINK_DEVICE_MEMORY - 3u, 3), TT_OK);
    f->device.busy = true; /* the device waits: nobody talks to it */
    set_register(&f->device, TT_REG_STATUS, tt_reg_set(0, TT_RF_STATUS_BUSY, 1));
    assert_int_equal(bus->ops->mem_write(bus, 0, data, 2000), TT_BUSY);
    assert_int_equal(bus->ops->mem_read(bus, data, 0, 2000), TT_BUSY);
    f->device.busy = false;
    assert_int_equal(bus->ops->mem_read(bus, data, 0, 2000), TT_OK);
    bus->ops->close(bus);
}

static void test_unplugged(void **state) {
    tt_bus_t *const bus = open_bus(*state);
    uint32_t value = 0;
    stop_device(*state);
    assert_int_equal(bus->ops->read32(bus, &value, TT_REG_ID), TT_NO_ANSWER);
    assert_int_equal(bus->ops->write32(bus, TT_REG_ID, 0), TT_NO_ANSWER);
    assert_int_equal(bus->ops->wait(bus, 60000), TT_NO_ANSWER);
    bus->ops->close(bus);
}

/* Opening fails with this status, and the message holds the words. */
static void expect_failure(fixture_t *f, const char *device, tt_status_t status, const char *words) {
    tt_dev_t *dev = NULL;
    assert_int_equal(tt_dev_open(device, &dev, f->message, sizeof f->message), status);
    assert_null(dev);
    if (strstr(f->message, words) == NULL) {
        fail_msg("'%s' does not say '%s'", f->message, words);
    }
}

static void test_messages(void **state) {
    fixture_t *const f = *state;
    char device[160];
    expect_failure(f, "serial", TT_BAD_ARG, "needs a tty");
    expect_failure(f, "serial:/dev/no/such/tty", TT_NO_ANSWER, "no such tty");
    expect_failure(f, "serial:/dev/null", TT_NO_ANSWER, "not a tty");
    expect_failure(f, "serial:/dev/ttyUSB0,baud=0", TT_BAD_ARG, "baud=0");
    expect_failure(f, "serial:/dev/ttyUSB0,latency=3", TT_BAD_ARG, "unknown key");
    (void)snprintf(device, sizeof device, "serial:%s,baud=115200", f->name);
    f->device.registers[TT_REG_ID] = 'X'; /* nobody talks to it yet */
    expect_failure(f, device, TT_WRONG_DEVICE, "not a tritrain device");
    f->device.version = 3;
    expect_failure(f, device, TT_WRONG_DEVICE, "link has version 3, this driver needs 1");
    f->mute = true;
    expect_failure(f, device, TT_NO_ANSWER, "no tritrain link answers at 115200 baud");
}

/* A board that is reset fails the access that finds it so, and all behind it; a new session works. */
static void test_reset(void **state) {
    fixture_t *const f = *state;
    uint8_t data[5000] = {0};
    uint32_t value = 0;
    for (unsigned access = 0; access < 4; access++) {
        tt_bus_t *const bus = open_bus(f);
        f->reset = true;
        assert_int_equal(access == 0   ? bus->ops->read32(bus, &value, TT_REG_STATUS)
                         : access == 1 ? bus->ops->write32(bus, TT_REG_CONTROL, 1)
                         : access == 2 ? bus->ops->mem_write(bus, 0, data, sizeof data)
                                       : bus->ops->wait(bus, 60000),
                         TT_NO_ANSWER);
        assert_int_equal(bus->ops->mem_read(bus, data, 0, sizeof data), TT_NO_ANSWER);
        assert_int_equal(bus->ops->read32(bus, &value, TT_REG_STATUS), TT_NO_ANSWER);
        bus->ops->close(bus);
    }
    tt_bus_t *const bus = open_bus(f);
    assert_int_equal(bus->ops->mem_write(bus, 0, data, sizeof data), TT_OK);
    bus->ops->close(bus);
}

/* The port belongs to one program, until it is closed. */
static void test_in_use(void **state) {
    fixture_t *const f = *state;
    const tt_bus_options_t options = {.baud = 3000000};
    tt_bus_t *const bus = open_bus(f);
    tt_bus_t *other = NULL;
    uint32_t value = 0;
    assert_int_equal(tt_bus_serial_open(f->name, &options, &other, f->message, sizeof f->message),
                     TT_NO_ANSWER);
    assert_null(other);
    assert_non_null(strstr(f->message, "in use by another program"));
    assert_int_equal(bus->ops->read32(bus, &value, TT_REG_ID), TT_OK);
    assert_int_equal(value, TT_RESET_ID);
    bus->ops->close(bus);
    other = open_bus(f);
    other->ops->close(other);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_accesses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_wait, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reset, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_in_use, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_unplugged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_messages, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
