/* SPDX-License-Identifier: Apache-2.0
 * The driver core against a bus that expects an exact list of accesses; names of devices; instruction and register fields. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "tt_bus.h"
#include "tt_config.h"
#include "tt_dev.h"
#include "tt_isa.h"
#include "tt_registers.h"

/* ---- a bus that follows a script ---- */

typedef enum { END = 0, READ, WRITE, WAIT, MEM_WRITE, MEM_READ } kind_t;

typedef struct {
    kind_t kind;
    uint32_t at;    /* offset, address; WAIT: time-out */
    uint32_t value; /* READ: what the device answers; WRITE: what must be written; memory: bytes */
    tt_status_t status;
} access_t;

enum { MOCK_MEM_BYTES = 4096 };

static struct {
    tt_bus_t bus;
    const access_t *next;
    uint32_t endless_status; /* when not 0: STATUS reads this for ever, outside of the script */
    unsigned endless_reads;
    double now;
    unsigned closed;
    tt_bus_options_t options;
    char config[32];
} mock;

static const access_t *expect(kind_t kind, uint32_t at) {
    assert_int_equal(mock.next->kind, kind);
    assert_int_equal(mock.next->at, at);
    return mock.next++;
}

static void mock_close(tt_bus_t *bus) {
    assert_ptr_equal(bus, &mock.bus);
    mock.closed++;
}

static tt_status_t mock_read32(tt_bus_t *bus, uint32_t *value, uint32_t offset) {
    (void)bus;
    if (mock.endless_status != 0 && offset == TT_REG_STATUS) {
        mock.endless_reads++;
        *value = mock.endless_status;
        return TT_OK;
    }
    const access_t *const access = expect(READ, offset);
    *value = access->value;
    return access->status;
}

static tt_status_t mock_write32(tt_bus_t *bus, uint32_t offset, uint32_t value) {
    (void)bus;
    const access_t *const access = expect(WRITE, offset);
    assert_int_equal(value, access->value);
    return access->status;
}

static tt_status_t mock_mem_write(tt_bus_t *bus, uint32_t address, const void *data, size_t size) {
    (void)bus;
    const access_t *const access = expect(MEM_WRITE, address);
    assert_int_equal(size, access->value);
    assert_int_equal(((const uint8_t *)data)[0], 0x5A);
    return access->status;
}

static tt_status_t mock_mem_read(tt_bus_t *bus, void *data, uint32_t address, size_t size) {
    (void)bus;
    const access_t *const access = expect(MEM_READ, address);
    assert_int_equal(size, access->value);
    memset(data, 0xA5, size);
    return access->status;
}

static tt_status_t mock_wait(tt_bus_t *bus, uint32_t timeout_ms) {
    (void)bus;
    mock.now += 0.25;
    return expect(WAIT, timeout_ms)->status;
}

static double mock_now(tt_bus_t *bus) {
    (void)bus;
    return mock.now;
}

static const tt_bus_ops_t mock_ops = {
    .close = mock_close,
    .read32 = mock_read32,
    .write32 = mock_write32,
    .mem_write = mock_mem_write,
    .mem_read = mock_mem_read,
    .wait = mock_wait,
    .now = mock_now,
};

static tt_status_t mock_open(const char *config, const tt_bus_options_t *options, tt_bus_t **bus,
                             char *message, size_t size) {
    if (strcmp(config, "broken") == 0) {
        (void)snprintf(message, size, "no cable");
        return TT_IO;
    }
    (void)snprintf(mock.config, sizeof mock.config, "%s", config);
    mock.options = *options;
    mock.bus.ops = &mock_ops;
    mock.bus.mem_bytes = MOCK_MEM_BYTES;
    *bus = &mock.bus;
    return TT_OK;
}

static const tt_backend_t backends[] = {
    {"mock", mock_open, "plain", "mem, latency, interval, stall, watchdog, trace"},
    {"bare", mock_open, "plain", "mem"},
    {NULL, NULL, NULL, NULL},
};

/* ---- scripts; numbers as on the wire, so that a wrong position in the generated header shows ---- */

enum {
    ID = 0x00,
    VERSION = 0x04,
    CONFIG0 = 0x08,
    CONFIG1 = 0x0C,
    CONFIG2 = 0x10,
    CONTROL = 0x14,
    STATUS = 0x18
};
enum {
    LIST_ADDR = 0x1C,
    LIST_COUNT = 0x20,
    STEPS = 0x24,
    WATCHDOG = 0x28,
    MEM_BYTES = 0x2C,
    ERROR = 0x74,
    CYCLES = 0x40
};
enum { BUSY = 1, DONE = 2, FAILED = 4, RESETTING = 8, START = 1, RESET = 2, IRQ_ENABLE = 4 };

#define GOOD_ID 0x4E525454u
#define IDENTITY                                                                                             \
    {READ, ID, GOOD_ID, TT_OK}, { READ, VERSION, 0x00010003u, TT_OK }
#define SIZES                                                                                                \
    {READ, CONFIG0, 0x02200402u, TT_OK}, {READ, CONFIG1, 0x00800040u, TT_OK}, {                              \
        READ, CONFIG2, 0x01200310u, TT_OK                                                                    \
    }
#define IDLE                                                                                                 \
    { READ, STATUS, 0, TT_OK }
#define SET_UP                                                                                               \
    {WRITE, MEM_BYTES, MOCK_MEM_BYTES, TT_OK}, { WRITE, CONTROL, IRQ_ENABLE, TT_OK }
#define LIST(address, count, steps)                                                                          \
    {WRITE, LIST_ADDR, address, TT_OK}, {WRITE, LIST_COUNT, count, TT_OK}, {WRITE, STEPS, steps, TT_OK}, {   \
        WRITE, CONTROL, START | IRQ_ENABLE, TT_OK                                                            \
    }
#define DO_RESET                                                                                             \
    { WRITE, CONTROL, RESET | IRQ_ENABLE, TT_OK }

static void script(const access_t *accesses) { mock.next = accesses; }

static void script_done(void) { assert_int_equal(mock.next->kind, END); }

static tt_dev_t *open_mock(void) {
    static const access_t accesses[] = {IDENTITY, SIZES, IDLE, SET_UP, {0}};
    tt_dev_t *dev = NULL;
    script(accesses);
    assert_int_equal(tt_dev_open_from(backends, "mock", &dev, NULL, 0), TT_OK);
    script_done();
    return dev;
}

static int clear_mock(void **state) {
    (void)state;
    memset(&mock, 0, sizeof mock);
    return 0;
}

/* ---- open ---- */

static void test_open(void **state) {
    (void)state;
    tt_dev_t *const dev = open_mock();
    const tt_dev_info_t *const info = tt_dev_info(dev);
    assert_string_equal(info->name, "mock:plain");
    assert_int_equal(info->version, 0x00010003);
    assert_int_equal(info->mem_bytes, MOCK_MEM_BYTES);
    assert_int_equal(info->config.m, 2);
    assert_int_equal(info->config.n, 4);
    assert_int_equal(info->config.k, 32);
    assert_int_equal(info->config.lanes, 2);
    assert_int_equal(info->config.a_depth, 64);
    assert_int_equal(info->config.b_depth, 128);
    assert_int_equal(info->config.w_acc, 16);
    assert_int_equal(info->config.compact, 1);
    assert_int_equal(info->config.planes_max, 3);
    tt_dev_close(dev);
    assert_int_equal(mock.closed, 1);
    tt_dev_close(NULL);
}

static void test_open_sets_watchdog(void **state) {
    (void)state;
    static const access_t accesses[] = {IDENTITY,
                                        SIZES,
                                        IDLE,
                                        {WRITE, MEM_BYTES, MOCK_MEM_BYTES, TT_OK},
                                        {WRITE, WATCHDOG, 500, TT_OK},
                                        {WRITE, CONTROL, IRQ_ENABLE, TT_OK},
                                        {0}};
    tt_dev_t *dev = NULL;
    script(accesses);
    assert_int_equal(tt_dev_open_from(backends, "mock,watchdog=500", &dev, NULL, 0), TT_OK);
    script_done();
    tt_dev_close(dev);
}

static void test_open_stops_what_runs(void **state) {
    (void)state;
    static const access_t accesses[] = {
        IDENTITY, SIZES, {READ, STATUS, BUSY, TT_OK}, DO_RESET, {READ, STATUS, RESETTING, TT_OK}, IDLE,
        SET_UP,   {0}};
    tt_dev_t *dev = NULL;
    script(accesses);
    assert_int_equal(tt_dev_open_from(backends, "mock", &dev, NULL, 0), TT_OK);
    script_done();
    tt_dev_close(dev);
}

static void check_refused(const access_t *accesses, tt_status_t status, const char *expected) {
    char message[160];
    tt_dev_t *dev = NULL;
    mock.closed = 0;
    script(accesses);
    assert_int_equal(tt_dev_open_from(backends, "mock", &dev, message, sizeof message), status);
    script_done();
    assert_null(dev);
    assert_int_equal(mock.closed, 1);
    assert_string_equal(message, expected);
}

static void test_open_wrong_device(void **state) {
    (void)state;
    static const access_t id[] = {{READ, ID, 0xDEADBEEFu, TT_OK}, {0}};
    static const access_t major[] = {{READ, ID, GOOD_ID, TT_OK}, {READ, VERSION, 0x00020001u, TT_OK}, {0}};
    static const access_t lanes[] = {IDENTITY,
                                     {READ, CONFIG0, 0x00200402u, TT_OK},
                                     {READ, CONFIG1, 0x00800040u, TT_OK},
                                     {READ, CONFIG2, 0x01200310u, TT_OK},
                                     {0}};
    static const access_t rows[] = {IDENTITY,
                                    {READ, CONFIG0, 0x02200403u, TT_OK},
                                    {READ, CONFIG1, 0x00800040u, TT_OK},
                                    {READ, CONFIG2, 0x01200310u, TT_OK},
                                    {0}};
    static const access_t link[] = {{READ, ID, 0, TT_IO}, {0}};
    check_refused(id, TT_WRONG_DEVICE, "mock:plain: not a tritrain device (ID 0xDEADBEEF)");
    check_refused(major, TT_WRONG_DEVICE,
                  "mock:plain: device has interface version 2.1, this driver needs 1.x");
    check_refused(lanes, TT_WRONG_DEVICE,
                  "mock:plain: device reports sizes that do not exist (CONFIG 00200402 00800040 01200310)");
    check_refused(rows, TT_WRONG_DEVICE,
                  "mock:plain: device reports sizes that do not exist (CONFIG 02200403 00800040 01200310)");
    check_refused(link, TT_IO, "mock:plain: input/output error");
}

/* ---- names ---- */

static void check_name(const char *name, const char *expected) {
    char message[160];
    tt_dev_t *dev = NULL;
    assert_int_equal(tt_dev_open_from(backends, name, &dev, message, sizeof message), TT_BAD_ARG);
    assert_null(dev);
    assert_string_equal(message, expected);
}

static void check_memory(const char *value) {
    char name[64], message[160];
    (void)snprintf(name, sizeof name, "mock,mem=%s", value);
    (void)snprintf(message, sizeof message,
                   "mem=%s: not a size from 4 to 4095 (MiB) or from 4KiB to 4193280KiB", value);
    check_name(name, message);
}

static void test_bad_names(void **state) {
    (void)state;
    char long_name[1000];
    memset(long_name, 'x', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    check_name("", "unknown device '' (known: mock, bare)");
    check_name("fpga", "unknown device 'fpga' (known: mock, bare)");
    check_name("fpga:base,mem=8", "unknown device 'fpga' (known: mock, bare)");
    check_name("mock:", "'' is not a configuration");
    check_name("mock,", "'' is not key=value");
    check_name("mock,mem", "'mem' is not key=value");
    check_name("mock,memory=8",
               "unknown key 'memory' for mock (known: mem, latency, interval, stall, watchdog, trace)");
    check_name("bare,stall=8", "unknown key 'stall' for bare (known: mem)");
    check_name("mock,=8", "unknown key '' for mock (known: mem, latency, interval, stall, watchdog, trace)");
    check_memory("");
    check_memory("3");
    check_memory("4096");
    check_memory("99999999999999999999");
    check_memory("KiB");
    check_memory("3KiB");
    check_memory("4193281KiB");
    check_memory("128kib");
    check_memory("128KiBs");
    check_memory("8MiB"); /* a number alone is in MiB */
    check_name("mock,latency=0", "latency=0: not a number from 1 to 65535");
    check_name("mock,latency=-1", "latency=-1: not a number from 1 to 65535");
    check_name("mock,latency=3x", "latency=3x: not a number from 1 to 65535");
    check_name("mock,interval=0", "interval=0: not a number from 1 to 65535");
    check_name("mock,stall=4294967296", "stall=4294967296: not a number from 0 to 4294967295");
    check_name("mock,trace=", "trace=: not a file name of 1 to 255 characters");
    check_name(long_name, "device name is longer than 383 characters");
    assert_int_equal(tt_dev_open_from(backends, NULL, NULL, NULL, 0), TT_BAD_ARG);
}

static void test_back_end_refuses(void **state) {
    (void)state;
    char message[8];
    tt_dev_t *dev = NULL;
    assert_int_equal(tt_dev_open_from(backends, "mock:broken", &dev, message, sizeof message), TT_IO);
    assert_null(dev);
    assert_string_equal(message, "no cabl"); /* cut to the caller's buffer */
}

static void test_options(void **state) {
    (void)state;
    static const access_t accesses[] = {IDENTITY, SIZES, IDLE, SET_UP, {0}};
    tt_dev_t *dev = NULL;
    tt_dev_close(open_mock());
    assert_string_equal(mock.config, "plain");
    assert_int_equal(mock.options.mem_kib, 64 * 1024);
    assert_int_equal(mock.options.latency, 30);
    assert_int_equal(mock.options.interval, 1);
    assert_int_equal(mock.options.stall, 0);
    assert_int_equal(mock.options.watchdog, 0);
    assert_string_equal(mock.options.trace, "");
    script(accesses);
    assert_int_equal(tt_dev_open_from(backends,
                                      "mock:tiny,trace=/x/y.fst,stall=7,interval=4,latency=100,mem=8", &dev,
                                      NULL, 0),
                     TT_OK);
    assert_string_equal(tt_dev_info(dev)->name, "mock:tiny");
    assert_string_equal(mock.config, "tiny");
    assert_int_equal(mock.options.mem_kib, 8 * 1024);
    assert_int_equal(mock.options.latency, 100);
    assert_int_equal(mock.options.interval, 4);
    assert_int_equal(mock.options.stall, 7);
    assert_string_equal(mock.options.trace, "/x/y.fst");
    tt_dev_close(dev);
    script(accesses);
    assert_int_equal(tt_dev_open_from(backends, "mock:tiny,mem=128KiB", &dev, NULL, 0), TT_OK);
    assert_int_equal(mock.options.mem_kib, 128);
    tt_dev_close(dev);
}

/* ---- memory ---- */

static void test_memory(void **state) {
    (void)state;
    static const access_t accesses[] = {
        IDLE, {MEM_WRITE, 8, 16, TT_OK}, IDLE, {MEM_READ, MOCK_MEM_BYTES - 8, 8, TT_OK}, IDLE, {0}};
    uint8_t data[16];
    tt_dev_t *const dev = open_mock();
    memset(data, 0x5A, sizeof data);
    script(accesses);
    assert_int_equal(tt_dev_write(dev, 8, data, 16), TT_OK);
    assert_int_equal(tt_dev_read(dev, MOCK_MEM_BYTES - 8, data, 8), TT_OK);
    assert_int_equal(data[0], 0xA5);
    assert_int_equal(tt_dev_write(dev, MOCK_MEM_BYTES, data, 0), TT_OK); /* nothing to move */
    script_done();
    assert_int_equal(tt_dev_host_bytes(dev), 24);
    tt_dev_close(dev);
}

static void test_memory_refused(void **state) {
    (void)state;
    static const access_t nothing[] = {{0}};
    static const access_t busy[] = {{READ, STATUS, BUSY, TT_OK}, {READ, STATUS, RESETTING, TT_OK}, {0}};
    uint8_t data[16] = {0};
    tt_dev_t *const dev = open_mock();
    script(nothing);
    assert_int_equal(tt_dev_write(dev, 4, data, 8), TT_BAD_ARG);
    assert_int_equal(tt_dev_write(dev, 8, data, 12), TT_BAD_ARG);
    assert_int_equal(tt_dev_write(dev, 8, NULL, 8), TT_BAD_ARG);
    assert_int_equal(tt_dev_read(dev, MOCK_MEM_BYTES - 8, data, 16), TT_BAD_ARG);
    assert_int_equal(tt_dev_read(dev, MOCK_MEM_BYTES, data, 8), TT_BAD_ARG);
    assert_int_equal(tt_dev_read(dev, 0xFFFFFFF8u, data, 16), TT_BAD_ARG);
    assert_int_equal(tt_dev_read(dev, 8, data, SIZE_MAX - 7u), TT_BAD_ARG);
    script(busy);
    assert_int_equal(tt_dev_write(dev, 8, data, 8), TT_BUSY);
    assert_int_equal(tt_dev_read(dev, 8, data, 8), TT_BUSY);
    script_done();
    assert_int_equal(tt_dev_host_bytes(dev), 0);
    tt_dev_close(dev);
}

/* ---- runs ---- */

static void test_run(void **state) {
    (void)state;
    static const access_t accesses[] = {IDLE,
                                        LIST(0x100, 3, 2),
                                        {WAIT, 1000, 0, TT_OK},
                                        {READ, STATUS, DONE, TT_OK},
                                        {WRITE, STATUS, DONE, TT_OK},
                                        {READ, CYCLES, 5, TT_OK},
                                        {READ, CYCLES + 4, 1, TT_OK},
                                        {READ, 0x48, 11, TT_OK},
                                        {READ, 0x4C, 12, TT_OK},
                                        {READ, 0x50, 13, TT_OK},
                                        {READ, 0x54, 14, TT_OK},
                                        {READ, 0x58, 15, TT_OK},
                                        {READ, 0x5C, 16, TT_OK},
                                        {READ, 0x60, 17, TT_OK},
                                        {READ, 0x64, 18, TT_OK},
                                        {READ, 0x68, 19, TT_OK},
                                        {READ, 0x6C, 20, TT_OK},
                                        {READ, 0x70, 21, TT_OK},
                                        {0}};
    tt_counters_t counters;
    double seconds = 0;
    uint64_t cycles = 0;
    tt_dev_t *const dev = open_mock();
    script(accesses);
    assert_int_equal(tt_dev_run(dev, 0x100, 3, 2, 1000, &counters), TT_OK);
    script_done();
    assert_int_equal(counters.cycles, UINT64_C(0x100000005));
    assert_int_equal(counters.load_busy, 11);
    assert_int_equal(counters.load_starved, 12);
    assert_int_equal(counters.load_blocked, 13);
    assert_int_equal(counters.exec_busy, 14);
    assert_int_equal(counters.exec_starved, 15);
    assert_int_equal(counters.exec_blocked, 16);
    assert_int_equal(counters.finish_busy, 17);
    assert_int_equal(counters.finish_starved, 18);
    assert_int_equal(counters.finish_blocked, 19);
    assert_int_equal(counters.beats_read, 20);
    assert_int_equal(counters.beats_written, 21);
    tt_dev_speed(dev, &seconds, &cycles);
    assert_true(seconds == 0.25);
    assert_int_equal(cycles, UINT64_C(0x100000005));
    tt_dev_close(dev);
}

/* No counters, the default time-out, an interrupt that is not the end of the run. */
static void test_run_plain(void **state) {
    (void)state;
    static const access_t accesses[] = {IDLE,
                                        LIST(0x100, 1, 1),
                                        {WAIT, 600000, 0, TT_OK},
                                        {READ, STATUS, BUSY, TT_OK},
                                        {WAIT, 599750, 0, TT_OK},
                                        {READ, STATUS, DONE, TT_OK},
                                        {WRITE, STATUS, DONE, TT_OK},
                                        {READ, CYCLES, 5, TT_OK},
                                        {READ, CYCLES + 4, 0, TT_OK},
                                        {0}};
    tt_dev_t *const dev = open_mock();
    script(accesses);
    assert_int_equal(tt_dev_run(dev, 0x100, 1, 1, 0, NULL), TT_OK);
    script_done();
    tt_dev_close(dev);
}

static void test_run_refused(void **state) {
    (void)state;
    static const access_t nothing[] = {{0}};
    static const access_t busy[] = {{READ, STATUS, BUSY, TT_OK}, {READ, STATUS, RESETTING, TT_OK}, {0}};
    tt_dev_t *const dev = open_mock();
    script(nothing);
    assert_int_equal(tt_dev_run(NULL, 0, 1, 1, 1, NULL), TT_BAD_ARG);
    assert_int_equal(tt_dev_run(dev, 0x104, 1, 1, 1, NULL), TT_BAD_ARG);
    assert_int_equal(tt_dev_run(dev, 0x100, 0, 1, 1, NULL), TT_BAD_ARG);
    assert_int_equal(tt_dev_run(dev, 0x100, 65536, 1, 1, NULL), TT_TOO_LARGE);
    assert_int_equal(tt_dev_run(dev, 0x100, 1, 0, 1, NULL), TT_BAD_ARG);
    assert_int_equal(tt_dev_run(dev, 0x100, 1, 65536, 1, NULL), TT_BAD_ARG);
    script(busy);
    assert_int_equal(tt_dev_run(dev, 0x100, 1, 1, 1, NULL), TT_BUSY);
    assert_int_equal(tt_dev_run(dev, 0x100, 1, 1, 1, NULL), TT_BUSY);
    script_done();
    tt_dev_close(dev);
}

static void test_run_error(void **state) {
    (void)state;
    static const access_t accesses[] = {IDLE,
                                        LIST(0x100, 9, 1),
                                        {WAIT, 1000, 0, TT_OK},
                                        {READ, STATUS, FAILED, TT_OK},
                                        {READ, ERROR, 0x00070003u, TT_OK},
                                        DO_RESET,
                                        {READ, STATUS, BUSY | RESETTING, TT_OK},
                                        {READ, STATUS, RESETTING, TT_OK},
                                        IDLE,
                                        {0}};
    tt_dev_err_t code = TT_DEV_ERR_NONE;
    uint32_t index = 0;
    tt_dev_t *const dev = open_mock();
    script(accesses);
    assert_int_equal(tt_dev_run(dev, 0x100, 9, 1, 1000, NULL), TT_DEVICE_ERROR);
    script_done();
    tt_dev_error(dev, &code, &index);
    assert_int_equal(code, TT_DEV_ERR_ADDRESS);
    assert_int_equal(index, 7);
    tt_dev_close(dev);
}

static void test_run_timeout(void **state) {
    (void)state;
    static const access_t accesses[] = {IDLE,
                                        LIST(0x100, 9, 1),
                                        {WAIT, 50, 0, TT_TIMEOUT},
                                        {READ, STATUS, BUSY, TT_OK},
                                        {READ, ERROR, 0, TT_OK},
                                        DO_RESET,
                                        {READ, STATUS, RESETTING, TT_OK},
                                        IDLE,
                                        {0}};
    /* the end of the list came together with the time-out */
    static const access_t late[] = {IDLE,
                                    LIST(0x100, 9, 1),
                                    {WAIT, 50, 0, TT_TIMEOUT},
                                    {READ, STATUS, DONE, TT_OK},
                                    {WRITE, STATUS, DONE, TT_OK},
                                    {READ, CYCLES, 5, TT_OK},
                                    {READ, CYCLES + 4, 0, TT_OK},
                                    {0}};
    tt_dev_t *const dev = open_mock();
    script(accesses);
    assert_int_equal(tt_dev_run(dev, 0x100, 9, 1, 50, NULL), TT_TIMEOUT);
    script_done();
    script(late);
    assert_int_equal(tt_dev_run(dev, 0x100, 9, 1, 50, NULL), TT_OK);
    script_done();
    tt_dev_close(dev);
}

/* A device that never leaves its reset: the poll ends. */
static void test_reset_hangs(void **state) {
    (void)state;
    static const access_t opening[] = {IDENTITY, SIZES, DO_RESET, {0}};
    char message[80];
    tt_dev_t *dev = NULL;
    script(opening);
    mock.endless_status = RESETTING;
    assert_int_equal(tt_dev_open_from(backends, "mock", &dev, message, sizeof message), TT_TIMEOUT);
    script_done();
    assert_in_range(mock.endless_reads, 100, 1000000);
    assert_string_equal(message, "mock:plain: timeout");
    assert_int_equal(mock.closed, 1);
}

/* A link that fails is reported as it is, wherever it happens. */
static void test_run_link_fails(void **state) {
    (void)state;
    static const access_t full[] = {IDLE,
                                    LIST(0x100, 9, 1),
                                    {WAIT, 50, 0, TT_OK},
                                    {READ, STATUS, DONE, TT_OK},
                                    {WRITE, STATUS, DONE, TT_OK},
                                    {READ, CYCLES, 5, TT_OK},
                                    {READ, CYCLES + 4, 0, TT_OK},
                                    {READ, 0x48, 0, TT_OK},
                                    {0}};
    tt_dev_t *const dev = open_mock();
    for (size_t i = 0; full[i].kind != END; i++) {
        access_t accesses[sizeof full / sizeof full[0]];
        tt_counters_t counters;
        memcpy(accesses, full, sizeof full);
        accesses[i].status = TT_IO;
        accesses[i + 1].kind = END; /* nothing is tried after a failure */
        script(accesses);
        assert_int_equal(tt_dev_run(dev, 0x100, 9, 1, 50, &counters), TT_IO);
        script_done();
    }
    tt_dev_close(dev);
}

/* ---- fields ---- */

static void test_instruction_fields(void **state) {
    (void)state;
    uint64_t instr[TT_ISA_WORDS];
    memset(instr, 0xFF, sizeof instr);
    tt_field_set(instr, TT_F_LOAD_L1_JUMP, 0); /* word 2, bits 39:16 */
    assert_int_equal(instr[2], UINT64_C(0xFFFFFF000000FFFF));
    assert_int_equal(instr[1], UINT64_MAX);
    assert_int_equal(instr[3], UINT64_MAX);
    tt_field_set(instr, TT_F_LOAD_L1_JUMP, (uint64_t)INT64_C(-2));
    assert_int_equal(instr[2], UINT64_C(0xFFFFFFFFFFFEFFFF));
    assert_int_equal(tt_field_get(instr, TT_F_LOAD_L1_JUMP), 0xFFFFFE);
    assert_true(tt_field_get_signed(instr, TT_F_LOAD_L1_JUMP) == -2);
    memset(instr, 0, sizeof instr);
    tt_field_set(instr, TT_F_LOAD_L1_LAST, 0x12345); /* 16 bits: the fifth digit is dropped */
    assert_int_equal(instr[2], 0x2345);
    tt_field_set(instr, TT_F_FIN_LO, (uint64_t)INT64_C(-128));
    assert_int_equal(instr[4], UINT64_C(0x80000000));
    assert_true(tt_field_get_signed(instr, TT_F_FIN_LO) == -128);
    tt_field_set(instr, TT_F_FIN_HI, 127);
    assert_true(tt_field_get_signed(instr, TT_F_FIN_HI) == 127);
    tt_field_set(instr, 5, 0, 64, UINT64_C(1) << 63); /* the widest field */
    assert_true(tt_field_get_signed(instr, 5, 0, 64) == INT64_MIN);
    assert_int_equal(tt_field_get(instr, 5, 0, 64), UINT64_C(1) << 63);
    tt_field_set(instr, 5, 63, 1, 0);
    assert_int_equal(instr[5], 0);
}

static void test_register_fields(void **state) {
    (void)state;
    assert_int_equal(tt_reg_get(0x12345678u, 0, 32), 0x12345678);
    assert_int_equal(tt_reg_get(0x12345678u, 8, 12), 0x456);
    assert_int_equal(tt_reg_set(0xFFFFFFFFu, 8, 12, 0), 0xFFF000FF);
    assert_int_equal(tt_reg_set(0, 31, 1, 3), 0x80000000);
    assert_int_equal(tt_reg_set(0x12345678u, 0, 32, 0x9ABCDEF0u), 0x9ABCDEF0);
}

static void test_texts(void **state) {
    (void)state;
    for (int status = 0; status >= TT_BAD_DATA; status--) {
        assert_string_not_equal(tt_status_name((tt_status_t)status), "unknown status");
    }
    assert_string_equal(tt_status_name((tt_status_t)1), "unknown status");
    for (int code = 0; code <= TT_DEV_ERR_TIMEOUT; code++) {
        assert_string_not_equal(tt_dev_err_name((tt_dev_err_t)code), "unknown error");
    }
    assert_string_equal(tt_dev_err_name((tt_dev_err_t)99), "unknown error");
}

static void test_configurations(void **state) {
    (void)state;
    char names[100] = "";
    for (size_t i = 0; tt_config_name(i) != NULL; i++) {
        const tt_config_t *const config = tt_config_find(tt_config_name(i));
        assert_non_null(config);
        assert_int_equal(config->lanes % 2, 0);
        assert_int_equal(config->m * config->n % config->lanes, 0);
        if (i != 0) {
            (void)strncat(names, ", ", sizeof names - strlen(names) - 1);
        }
        (void)strncat(names, tt_config_name(i), sizeof names - strlen(names) - 1);
    }
    assert_string_equal(names, tt_config_names());
    assert_null(tt_config_find("bas"));
    assert_null(tt_config_find(""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_open, clear_mock),
        cmocka_unit_test_setup(test_open_sets_watchdog, clear_mock),
        cmocka_unit_test_setup(test_open_stops_what_runs, clear_mock),
        cmocka_unit_test_setup(test_open_wrong_device, clear_mock),
        cmocka_unit_test_setup(test_bad_names, clear_mock),
        cmocka_unit_test_setup(test_back_end_refuses, clear_mock),
        cmocka_unit_test_setup(test_options, clear_mock),
        cmocka_unit_test_setup(test_memory, clear_mock),
        cmocka_unit_test_setup(test_memory_refused, clear_mock),
        cmocka_unit_test_setup(test_run, clear_mock),
        cmocka_unit_test_setup(test_run_plain, clear_mock),
        cmocka_unit_test_setup(test_run_refused, clear_mock),
        cmocka_unit_test_setup(test_run_error, clear_mock),
        cmocka_unit_test_setup(test_run_timeout, clear_mock),
        cmocka_unit_test_setup(test_reset_hangs, clear_mock),
        cmocka_unit_test_setup(test_run_link_fails, clear_mock),
        cmocka_unit_test(test_instruction_fields),
        cmocka_unit_test(test_register_fields),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_configurations),
    };
    return cmocka_run_group_tests_name("driver", tests, NULL, NULL);
}
