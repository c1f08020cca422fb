/* SPDX-License-Identifier: Apache-2.0
 * Matrix products and fused weight updates on the gates of this program's board and on the C twin: every byte of 3.5 KiB of
 * memory, for the smallest board has 4, and the sums against a triple loop.
 * argv: [products of each kind [seed [device]]]; the device is the program's netlist, or a board behind serial:<tty>. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plain_model.h"
#include "tt_config.h"
#include "tt_dev.h"
#include "tt_exec.h"
#include "tt_isa.h"

/* areas of the memory */
enum {
    LIST = 0x0,
    STATE = 0x480,
    STATE_AFTER = 0x600,
    LEFT = 0x780,
    RIGHT = 0x8C0,
    WEIGHTS = 0x980,
    SUMS = 0xA00,
    MEM_BYTES = 0xE00,
    CAPACITY = (STATE - LIST) / 128,
    TIMEOUT_MS = 120000, /* of a run of some thousand cycles */
    EDGE_MAX = 16,       /* of results: four int32 blocks fill SUMS */
    DEPTH_MAX = 40
};

typedef enum { PRODUCT, ROUNDED_PRODUCT, WEIGHT_UPDATE, KINDS } kind_t;
static const char *const NAMES[KINDS] = {"matrix product", "matrix product through the rounder",
                                         "fused weight update"};

typedef struct {
    tt_dev_t *board, *model;
    tt_config_t config;
    plain_rng_t rng;
    uint8_t image[MEM_BYTES], seen[MEM_BYTES], expected[MEM_BYTES];
    int8_t left[EDGE_MAX * DEPTH_MAX], right[EDGE_MAX * DEPTH_MAX];
    uint32_t rows, cols, depth;
    tt_prog_t prog;
} bench_t;

static bool good(tt_status_t status, const char *what) {
    if (status != TT_OK) {
        printf("# %s: %s\n", what, tt_status_name(status));
    }
    return status == TT_OK;
}

static bool open_device(tt_dev_t **dev, const char *name) {
    char message[160] = "";
    const tt_status_t status = tt_dev_open(name, dev, message, sizeof message);
    if (status != TT_OK) {
        printf("# %s: %s\n", name, message);
    }
    return status == TT_OK;
}

/* The board, and the C twin of the configuration that the board says it has. */
static bool open_devices(bench_t *b, const char *device) {
    char name[40];
    if (!open_device(&b->board, device)) {
        return false;
    }
    b->config = tt_dev_info(b->board)->config;
    for (size_t i = 0; tt_config_name(i) != NULL; i++) {
        if (memcmp(tt_config_find(tt_config_name(i)), &b->config, sizeof b->config) == 0) {
            (void)snprintf(name, sizeof name, "model:%s", tt_config_name(i));
            return open_device(&b->model, name);
        }
    }
    printf("# no configuration of driver/configs.def has the sizes of the board\n");
    return false;
}

/* Fills an operand's area; values (rows, cols) of the operand as it is stored. */
static bool place(bench_t *b, const tt_tensor_t *tensor, int8_t *values) {
    const int32_t limit = plain_limit(tensor->planes, tensor->radix);
    for (size_t i = 0; i < (size_t)tensor->rows * tensor->cols; i++) {
        values[i] = (int8_t)plain_between(&b->rng, -limit, limit);
    }
    return good(tt_tensor_pack((uint64_t *)(void *)(b->image + tensor->addr), tensor, values), "pack");
}

static bool build(bench_t *b, kind_t kind) {
    uint64_t *const state = (uint64_t *)(void *)(b->image + STATE);
    const bool update = kind == WEIGHT_UPDATE;
    const uint32_t planes = 1u + plain_below(&b->rng, 2);
    int8_t old[EDGE_MAX * EDGE_MAX];
    b->rows = 1u + plain_below(&b->rng, EDGE_MAX);
    b->cols = 1u + plain_below(&b->rng, EDGE_MAX);
    b->depth = 1u + plain_below(&b->rng, DEPTH_MAX);
    for (size_t i = 0; i < MEM_BYTES; i++) {
        b->image[i] = (uint8_t)plain_random(&b->rng);
    }
    for (uint32_t lane = 0; lane < b->config.lanes; lane++) {
        state[lane] = (uint64_t)plain_random(&b->rng) << 32 | plain_random(&b->rng) | 1u;
    }
    for (uint32_t slot = 0; slot < TT_SLOTS; slot++) {
        state[b->config.lanes + slot] = (uint64_t)(2u + plain_below(&b->rng, 6)) << 32;
    }
    /* a weight update is errors^T times activations^T: both are stored along the batch */
    tt_operand_t left = {
        .tensor = {.addr = LEFT, .rows = b->rows, .cols = b->depth, .planes = planes, .radix = 3}};
    tt_operand_t right = {
        .tensor = {.addr = RIGHT, .rows = b->cols, .cols = b->depth, .planes = 1, .radix = 3}};
    if (update) {
        left = (tt_operand_t){
            .tensor = {.addr = LEFT, .rows = b->depth, .cols = b->rows, .planes = planes, .radix = 3},
            .transpose = true};
        right = (tt_operand_t){
            .tensor = {.addr = RIGHT, .rows = b->depth, .cols = b->cols, .planes = 1, .radix = 3},
            .transpose = true};
    }
    const tt_tensor_t weights = {.addr = WEIGHTS, .rows = b->rows, .cols = b->cols, .planes = 1, .radix = 3};
    tt_finish_t finish = {.slot = -1};
    if (kind == PRODUCT) {
        finish.to_int32 = true;
        finish.int32_addr = SUMS;
    } else {
        finish.out = weights;
        finish.mode = TT_ROUND_STOCHASTIC;
        finish.mant = plain_between(&b->rng, -30000, 30000);
        finish.shift = plain_between(&b->rng, 6, 12);
        finish.slot = (int)plain_below(&b->rng, TT_SLOTS);
        finish.slot_use = true;
        finish.slot_observe = true;
        finish.slot_commit = true;
    }
    if (update) {
        finish.aux_kind = TT_AUX_OLD;
        finish.aux = weights;
    }
    tt_prog_init(&b->prog, &b->config, (uint64_t *)(void *)(b->image + LIST), CAPACITY);
    return place(b, &left.tensor, b->left) && place(b, &right.tensor, b->right) && place(b, &weights, old) &&
           good(tt_prog_state_load(&b->prog, STATE), "state load") &&
           good(tt_prog_matmul(&b->prog, &left, &right, &finish), "product") &&
           good(tt_prog_state_store(&b->prog, STATE_AFTER), "state store");
}

static bool run_on(bench_t *b, tt_dev_t *dev, uint8_t *memory) {
    return good(tt_dev_write(dev, 0, b->image, MEM_BYTES), "write") &&
           good(tt_dev_run(dev, LIST, b->prog.count, 1, TIMEOUT_MS, NULL), "run") &&
           good(tt_dev_read(dev, 0, memory, MEM_BYTES), "read");
}

/* The sums of a plain product. */
static bool right_sums(const bench_t *b) {
    int32_t sums[EDGE_MAX * EDGE_MAX];
    tt_int32_unpack(sums, &b->config, b->rows, b->cols, (const uint64_t *)(const void *)(b->seen + SUMS));
    for (uint32_t r = 0; r < b->rows; r++) {
        for (uint32_t c = 0; c < b->cols; c++) {
            int32_t sum = 0;
            for (uint32_t k = 0; k < b->depth; k++) {
                sum += b->left[r * b->depth + k] * b->right[c * b->depth + k];
            }
            if (sums[r * b->cols + c] != sum) {
                printf("# sum (%" PRIu32 ", %" PRIu32 ") is %" PRId32 ", expected %" PRId32 "\n", r, c,
                       sums[r * b->cols + c], sum);
                return false;
            }
        }
    }
    return true;
}

static bool one(bench_t *b, kind_t kind) {
    if (!build(b, kind) || !run_on(b, b->model, b->expected) || !run_on(b, b->board, b->seen)) {
        return false;
    }
    for (size_t i = 0; i < MEM_BYTES; i++) {
        if (b->seen[i] != b->expected[i]) {
            printf("# %" PRIu32 " x %" PRIu32 " x %" PRIu32 ": byte %#zx is %02x, expected %02x\n", b->rows,
                   b->cols, b->depth, i, b->seen[i], b->expected[i]);
            return false;
        }
    }
    /* a run that changed nothing proves nothing */
    return memcmp(b->image, b->seen, MEM_BYTES) != 0 && (kind != PRODUCT || right_sums(b));
}

int main(int argc, char **argv) {
    static bench_t bench;
    const unsigned long count = argc > 1 ? strtoul(argv[1], NULL, 10) : 4;
    bench.rng.state = argc > 2 ? strtoull(argv[2], NULL, 0) : 20240607u;
    (void)setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    const char *const device = argc > 3 ? argv[3] : "netlist";
    bool all = open_devices(&bench, device);
    const char *const name = all ? tt_dev_info(bench.board)->name : device;
    for (kind_t kind = PRODUCT; kind < KINDS; kind++) {
        bool passed = all;
        for (unsigned long i = 0; i < count && passed; i++) {
            passed = one(&bench, kind);
        }
        printf("%s %s, %s as on the C twin\n", passed ? "PASS" : "FAIL", name, NAMES[kind]);
        all = all && passed;
    }
    if (all) {
        double seconds = 0;
        uint64_t cycles = 0;
        tt_dev_speed(bench.board, &seconds, &cycles);
        printf("# %" PRIu64 " cycles in runs, %.1f simulated kHz\n", cycles, (double)cycles / seconds / 1e3);
    }
    tt_dev_close(bench.board);
    tt_dev_close(bench.model);
    return all ? 0 : 1;
}
