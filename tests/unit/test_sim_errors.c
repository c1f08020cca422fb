/* SPDX-License-Identifier: Apache-2.0
 * Every error of docs/isa.md section 4 on the Verilated device: the code and the instruction that the driver reports, untouched memory, and a
 * product that comes out right after the soft reset. Faults of the memory are injected behind the bus. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "bus_sim.h"
#include "tt_dev.h"
#include "tt_exec.h"
#include "tt_isa.h"

enum {
    LIST = 0,
    TENSOR_A = 0x10000,
    TENSOR_B = 0x11000,
    RESULT = 0x20000,
    STATE = 0x30000,
    WORDS = 64 * 16,
    EDGE = 16
};

typedef struct {
    tt_dev_t *dev;
    tt_bus_t *bus;
    uint64_t words[WORDS];
    tt_prog_t prog;
} fixture_t;

/* The open function has no context argument, so the bus of the test's device is kept here. */
static tt_bus_t *opened;

static tt_status_t open_and_keep(const char *config, const tt_bus_options_t *options, tt_bus_t **bus,
                                 char *message, size_t size) {
    const tt_status_t status = tt_bus_sim_open(config, options, bus, message, size);
    opened = *bus;
    return status;
}

static const tt_backend_t backends[] = {{"sim", open_and_keep, "base", TT_BUS_SIM_KEYS},
                                        {NULL, NULL, NULL, NULL}};

/* A (16, 16) of all +1 times B = A: every sum is 16. */
static void build(fixture_t *f) {
    const tt_tensor_t a = {.addr = TENSOR_A, .rows = EDGE, .cols = EDGE, .planes = 1, .radix = 3};
    const tt_operand_t left = {.tensor = a};
    const tt_operand_t right = {
        .tensor = {.addr = TENSOR_B, .rows = EDGE, .cols = EDGE, .planes = 1, .radix = 3}};
    const tt_finish_t finish = {.to_int32 = true, .int32_addr = RESULT, .slot = -1};
    int8_t ones[EDGE * EDGE];
    uint64_t blocks[8];
    memset(ones, 1, sizeof ones);
    assert_int_equal(tt_tensor_bytes(&a), sizeof blocks);
    assert_int_equal(tt_tensor_pack(blocks, &a, ones), TT_OK);
    assert_int_equal(tt_dev_write(f->dev, TENSOR_A, blocks, sizeof blocks), TT_OK);
    assert_int_equal(tt_dev_write(f->dev, TENSOR_B, blocks, sizeof blocks), TT_OK);
    tt_prog_init(&f->prog, &tt_dev_info(f->dev)->config, f->words, WORDS / 16);
    assert_int_equal(tt_prog_matmul(&f->prog, &left, &right, &finish), TT_OK);
}

static tt_status_t run(fixture_t *f) {
    assert_int_equal(tt_dev_write(f->dev, LIST, f->words, f->prog.count * 128u), TT_OK);
    return tt_dev_run(f->dev, LIST, f->prog.count, 1, 60000, NULL);
}

static void expect_product(fixture_t *f) {
    uint64_t blocks[4 * 32] = {0};
    assert_int_equal(tt_dev_write(f->dev, RESULT, blocks, sizeof blocks), TT_OK);
    build(f);
    assert_int_equal(run(f), TT_OK);
    assert_int_equal(tt_dev_read(f->dev, RESULT, blocks, sizeof blocks), TT_OK);
    for (size_t i = 0; i < 4 * 32; i++) {
        assert_int_equal(blocks[i], UINT64_C(0x0000001000000010));
    }
}

static void expect_error(fixture_t *f, tt_dev_err_t code, uint32_t instruction) {
    tt_dev_err_t seen = TT_DEV_ERR_NONE;
    uint32_t index = 0;
    assert_int_equal(run(f), TT_DEVICE_ERROR);
    tt_dev_error(f->dev, &seen, &index);
    assert_int_equal(seen, code);
    assert_int_equal(index, instruction);
}

/* The first instruction of that opcode; of LOADs, which are told apart, B's or A's first. */
static uint32_t find_load(const fixture_t *f, uint64_t opcode, uint64_t of_b) {
    for (uint32_t i = 0; i < f->prog.count; i++) {
        const uint64_t *const instr = f->words + i * 16u;
        if (tt_field_get(instr, TT_F_OPCODE) == opcode &&
            (opcode != TT_OP_LOAD || tt_field_get(instr, TT_F_LOAD_TARGET_B) == of_b)) {
            return i;
        }
    }
    fail_msg("the list has no opcode %u", (unsigned)opcode);
    return 0;
}

static uint32_t find(const fixture_t *f, uint64_t opcode) { return find_load(f, opcode, 1); }

static uint64_t *instruction(fixture_t *f, uint64_t opcode) { return f->words + find(f, opcode) * 16u; }

static void test_bad_opcode(void **state) {
    fixture_t *const f = *state;
    build(f);
    tt_field_set(f->words + (f->prog.count - 1u) * 16u, TT_F_OPCODE, 99);
    expect_error(f, TT_DEV_ERR_BAD_OPCODE, f->prog.count - 1u);
    expect_product(f);
}

static void test_bad_field(void **state) {
    fixture_t *const f = *state;
    build(f);
    tt_field_set(instruction(f, TT_OP_EXEC), TT_F_EXEC_A_PLANES, 6);
    expect_error(f, TT_DEV_ERR_BAD_FIELD, find(f, TT_OP_EXEC));
    build(f);
    tt_field_set(instruction(f, TT_OP_FINISH), TT_F_FIN_OUT_INT32, 0);
    tt_field_set(instruction(f, TT_OP_FINISH), TT_F_FIN_OUT_PLANES, 7);
    expect_error(f, TT_DEV_ERR_BAD_FIELD, find(f, TT_OP_FINISH));
    expect_product(f);
}

static void test_address(void **state) {
    fixture_t *const f = *state;
    const uint32_t end = (uint32_t)tt_dev_info(f->dev)->mem_bytes;
    build(f);
    tt_field_set(instruction(f, TT_OP_LOAD), TT_F_LOAD_ADDR, end - 8u);
    expect_error(f, TT_DEV_ERR_ADDRESS, find(f, TT_OP_LOAD));
    build(f);
    tt_field_set(instruction(f, TT_OP_FINISH), TT_F_FIN_DST_ADDR, end - 128u);
    expect_error(f, TT_DEV_ERR_ADDRESS, find(f, TT_OP_FINISH));
    expect_product(f);
}

static void test_list_beyond_memory(void **state) {
    fixture_t *const f = *state;
    tt_dev_err_t code = TT_DEV_ERR_NONE;
    uint32_t index = 0;
    assert_int_equal(tt_dev_run(f->dev, (uint32_t)tt_dev_info(f->dev)->mem_bytes, 1, 1, 60000, NULL),
                     TT_DEVICE_ERROR);
    tt_dev_error(f->dev, &code, &index);
    assert_int_equal(code, TT_DEV_ERR_ADDRESS);
    assert_int_equal(index, 0xFFFF);
    expect_product(f);
}

static void test_axi_read_error(void **state) {
    fixture_t *const f = *state;
    build(f);
    tt_bus_sim_poison(f->bus, TENSOR_A, TENSOR_A + 8);
    expect_error(f, TT_DEV_ERR_AXI, find_load(f, TT_OP_LOAD, 0));
    tt_bus_sim_poison(f->bus, 0, 0);
    expect_product(f);
}

static void test_axi_write_error(void **state) {
    fixture_t *const f = *state;
    build(f);
    tt_bus_sim_poison(f->bus, RESULT, RESULT + 8);
    expect_error(f, TT_DEV_ERR_AXI, find(f, TT_OP_FINISH));
    tt_bus_sim_poison(f->bus, 0, 0);
    expect_product(f);
}

static void test_axi_error_of_the_list(void **state) {
    fixture_t *const f = *state;
    build(f);
    tt_bus_sim_poison(f->bus, LIST, LIST + 8);
    expect_error(f, TT_DEV_ERR_AXI, 0xFFFF);
    tt_bus_sim_poison(f->bus, 0, 0);
    expect_product(f);
}

/* An EXEC whose operand never comes. */
static void test_watchdog(void **state) {
    fixture_t *const f = *state;
    build(f);
    tt_field_set(f->words + find_load(f, TT_OP_LOAD, 0) * 16u, TT_F_LOAD_TOKENS_ONLY, 1);
    expect_error(f, TT_DEV_ERR_TIMEOUT, find(f, TT_OP_FINISH));
    expect_product(f);
}

/* The bus itself is dead for a while: the driver's wait is bounded, the reset cannot finish; once the bus answers again, it does. */
static void test_dead_bus(void **state) {
    fixture_t *const f = *state;
    uint64_t word = 0;
    build(f);
    assert_int_equal(tt_dev_write(f->dev, LIST, f->words, f->prog.count * 128u), TT_OK);
    tt_bus_sim_freeze(f->bus, true);
    assert_int_equal(tt_dev_run(f->dev, LIST, f->prog.count, 1, 200, NULL), TT_TIMEOUT);
    assert_int_equal(tt_dev_read(f->dev, RESULT, &word, sizeof word), TT_BUSY);
    tt_bus_sim_freeze(f->bus, false);
    for (int i = 0; i < 1000 && tt_dev_read(f->dev, RESULT, &word, sizeof word) == TT_BUSY; i++) {
        /* each look at the status register lets some cycles pass */
    }
    expect_product(f);
}

/* A soft reset in the middle of a run, with bursts of all three stages in flight. */
static void test_reset_while_running(void **state) {
    fixture_t *const f = *state;
    const uint32_t steps = tt_dev_info(f->dev)->config.compact != 0 ? TT_COMPACT_LIST_MAX : UINT16_MAX;
    for (int i = 0; i < 5; i++) {
        build(f);
        assert_int_equal(tt_dev_write(f->dev, LIST, f->words, f->prog.count * 128u), TT_OK);
        assert_int_equal(tt_dev_run(f->dev, LIST, f->prog.count, steps + 1u, 1, NULL), TT_BAD_ARG);
        assert_int_equal(tt_dev_run(f->dev, LIST, f->prog.count, steps, 1, NULL), TT_TIMEOUT);
        expect_product(f);
    }
}

static void test_zero_instructions_are_refused(void **state) {
    fixture_t *const f = *state;
    assert_int_equal(tt_dev_run(f->dev, LIST, 0, 1, 1000, NULL), TT_BAD_ARG);
    assert_int_equal(tt_dev_run(f->dev, LIST + 8, 1, 1, 1000, NULL), TT_BAD_ARG);
}

static int setup(void **state) {
    static fixture_t fixture;
    char message[128] = "";
    const char *const *const name = (const char *const *)*state;
    fixture = (fixture_t){0};
    if (tt_dev_open_from(backends, *name, &fixture.dev, message, sizeof message) != TT_OK) {
        print_error("%s\n", message);
        return -1;
    }
    fixture.bus = opened;
    *state = &fixture;
    return 0;
}

static int teardown(void **state) {
    tt_dev_close(((fixture_t *)*state)->dev);
    return 0;
}

#define WITH(test, device) cmocka_unit_test_prestate_setup_teardown(test, setup, teardown, &device)

int main(void) {
    static const char *base = "sim:base,mem=4,watchdog=4000";
    static const char *tiny = "sim:tiny,mem=4,watchdog=4000,stall=5";
    const struct CMUnitTest tests[] = {
        WITH(test_bad_opcode, base),
        WITH(test_bad_opcode, tiny),
        WITH(test_bad_field, base),
        WITH(test_bad_field, tiny),
        WITH(test_address, base),
        WITH(test_address, tiny),
        WITH(test_list_beyond_memory, base),
        WITH(test_list_beyond_memory, tiny),
        WITH(test_axi_read_error, base),
        WITH(test_axi_read_error, tiny),
        WITH(test_axi_write_error, base),
        WITH(test_axi_write_error, tiny),
        WITH(test_axi_error_of_the_list, base),
        WITH(test_axi_error_of_the_list, tiny),
        WITH(test_watchdog, base),
        WITH(test_watchdog, tiny),
        WITH(test_dead_bus, base),
        WITH(test_dead_bus, tiny),
        WITH(test_reset_while_running, base),
        WITH(test_reset_while_running, tiny),
        WITH(test_zero_instructions_are_refused, base),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
