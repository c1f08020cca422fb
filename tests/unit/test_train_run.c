/* SPDX-License-Identifier: Apache-2.0
 * Whole runs on the C twin in its smallest configuration: learning, resuming bit for bit, refusing other checkpoints. */
#define _POSIX_C_SOURCE 200809L
// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "train_fixture.h"
#include "tt_run.h"

#define TRAIN 200u
#define TEST 45u

static char folder[FIXTURE_PATH];

static int set_up(void **state) {
    (void)state;
    fixture_folder(folder);
    fixture_dataset(folder, TRAIN, TEST, 6);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    fixture_remove(folder);
    return 0;
}

typedef struct {
    const char *name, *rule, *optimizer, *others[5];
} recipe_t;

static const recipe_t RECIPES[] = {
    {"sr", "sr", "none", {NULL}},
    {"r", "r", "none", {NULL}},
    {"bc", "bc", "none", {NULL}},
    {"binary", "sr", "none", {"network.weights=binary", "network.activation_planes=1", NULL}},
    {"binary bc", "bc", "none", {"network.weights=binary", "train.loss=hinge", NULL}},
    {"adam sr", "sr", "adam", {"network.batchnorm=true", "network.activation=positive", NULL}},
    {"adam bc", "bc", "adam", {"network.batchnorm=true", "network.error_planes=2", NULL}},
    {"sgd r", "r", "sgd", {"network.weights=binary", NULL}},
    {"float", "float", "adam", {"train.arithmetic=float", "network.batchnorm=true", NULL}},
    {"hinge", "sr", "none", {"train.loss=hinge", NULL}},
    {"hinge replay",
     "sr",
     "none",
     {"train.loss=hinge", "train.replay=3", "network.error_planes=2", "output.log_steps=6"}},
};
#define N_RECIPES (sizeof RECIPES / sizeof RECIPES[0])

static void set(tt_settings_t *settings, const char *assignment) {
    tt_message_t message = {{0}};
    if (tt_settings_override(settings, assignment, &message) != TT_OK) {
        fail_msg("%s", message.text);
    }
}

static tt_settings_t make_settings(const recipe_t *recipe, const char *checkpoint, uint32_t max_steps) {
    tt_settings_t s;
    char text[FIXTURE_PATH + 64];
    tt_settings_default(&s);
    set(&s, "network.hidden=12,9");
    set(&s, "device=model:tiny");
    set(&s, "train.batch=19"); /* fills no block and leaves samples over */
    set(&s, "train.epochs=3");
    set(&s, "train.rate_decay=0.5");
    (void)snprintf(text, sizeof text, "train.rule=%s", recipe->rule);
    set(&s, text);
    (void)snprintf(text, sizeof text, "train.optimizer=%s", recipe->optimizer);
    set(&s, text);
    for (size_t i = 0; recipe->others[i] != NULL; i++) {
        set(&s, recipe->others[i]);
    }
    (void)snprintf(s.data_path, sizeof s.data_path, "%s", folder);
    if (checkpoint != NULL) {
        (void)snprintf(s.checkpoint, sizeof s.checkpoint, "%s/%s", folder, checkpoint);
    }
    s.max_steps = max_steps;
    return s;
}

static void ignore(void *context, const tt_report_t *report) {
    (void)context;
    (void)report;
}

static tt_score_t train(const tt_settings_t *settings, const char *resume) {
    tt_run_t *run = NULL;
    tt_message_t message = {{0}};
    tt_score_t score = {0};
    char path[FIXTURE_PATH];
    fixture_path(path, folder, resume != NULL ? resume : "");
    tt_status_t status = tt_run_open(&run, settings, resume != NULL ? path : NULL, true, &message);
    status = status == TT_OK ? tt_run_train(run, ignore, NULL, NULL, &message) : status;
    status = status == TT_OK ? tt_run_test(run, &score, &message) : status;
    if (status != TT_OK) {
        fail_msg("%s (%s)", message.text, tt_status_name(status));
    }
    tt_run_close(run);
    return score;
}

static void assert_same_file(const char *what, const char *a, const char *b) {
    char path_a[FIXTURE_PATH], path_b[FIXTURE_PATH];
    size_t size_a = 0, size_b = 0;
    fixture_path(path_a, folder, a);
    fixture_path(path_b, folder, b);
    uint8_t *const bytes_a = fixture_read(path_a, &size_a), *const bytes_b = fixture_read(path_b, &size_b);
    if (size_a != size_b || memcmp(bytes_a, bytes_b, size_a) != 0) {
        fail_msg("%s: %s and %s differ", what, a, b);
    }
    free(bytes_a);
    free(bytes_b);
}

/* 10 steps an epoch: 14 steps at once, 4 + 10, 10 + 4 (an epoch's end), 13 + 1. */
static void test_resume(void **state) {
    (void)state;
    static const uint32_t cuts[] = {4, 10, 13};
    for (size_t i = 0; i < N_RECIPES; i++) {
        const tt_settings_t whole = make_settings(&RECIPES[i], "whole", 14);
        (void)train(&whole, NULL);
        for (size_t c = 0; c < 3; c++) {
            const tt_settings_t first = make_settings(&RECIPES[i], "first", cuts[c]);
            const tt_settings_t second = make_settings(&RECIPES[i], "second", 14);
            (void)train(&first, NULL);
            (void)train(&second, "first");
            assert_same_file(RECIPES[i].name, "whole", "second");
        }
    }
}

/* The seed, and nothing else, makes runs differ; saving in between changes nothing. */
static void test_reproducible(void **state) {
    (void)state;
    const tt_settings_t first = make_settings(&RECIPES[0], "first", 14);
    tt_settings_t second = make_settings(&RECIPES[0], "second", 14);
    second.checkpoint_steps = 3;
    (void)train(&first, NULL);
    (void)train(&second, NULL);
    assert_same_file("same seed", "first", "second");
    tt_settings_t other = make_settings(&RECIPES[0], "other", 14);
    other.seed = 2;
    other.epochs = first.epochs;
    (void)train(&other, NULL);
    tt_safetensors_t *a = NULL, *b = NULL;
    tt_message_t message;
    char path[FIXTURE_PATH];
    fixture_path(path, folder, "first");
    assert_int_equal(tt_safetensors_open(&a, path, &message), TT_OK);
    fixture_path(path, folder, "other");
    assert_int_equal(tt_safetensors_open(&b, path, &message), TT_OK);
    const tt_array_t *const wa = tt_safetensors_find(a, "layer.0.weight"), *const wb = tt_safetensors_find(
                                                                               b, "layer.0.weight");
    assert_int_equal(tt_array_bytes(wa), 12 * 36);
    assert_memory_not_equal(wa->data, wb->data, 12 * 36);
    tt_safetensors_close(a);
    tt_safetensors_close(b);
}

/* Every recipe but R learns the data set, whose test half is new images; chance is 10 %. */
static void test_learns(void **state) {
    (void)state;
    for (size_t i = 0; i < N_RECIPES; i++) {
        if (strcmp(RECIPES[i].rule, "r") == 0) {
            continue;
        }
        tt_settings_t s = make_settings(&RECIPES[i], NULL, 0);
        s.hidden_count = 1;
        s.hidden[0] = 40;
        s.epochs = 30;
        s.rate = s.optimizer == TT_OPTIMIZER_NONE ? 0.06 : 0.02;
        s.rate_decay = 0.93;
        const tt_score_t score = train(&s, NULL);
        printf("# %s: %.3f\n", RECIPES[i].name, score.accuracy);
        assert_int_equal(score.samples, TEST);
        assert_true(score.accuracy > 0.3);
    }
}

static void expect_refused(const tt_settings_t *settings, const char *resume, const char *words) {
    tt_run_t *run = NULL;
    tt_message_t message = {{0}};
    char path[FIXTURE_PATH];
    fixture_path(path, folder, resume);
    assert_int_not_equal(tt_run_open(&run, settings, path, true, &message), TT_OK);
    assert_null(run);
    if (strstr(message.text, words) == NULL) {
        fail_msg("'%s' is not in '%s'", words, message.text);
    }
}

static void test_refuses(void **state) {
    (void)state;
    const tt_settings_t good = make_settings(&RECIPES[0], "good", 2);
    (void)train(&good, NULL);
    tt_settings_t s = good;
    s.hidden[1] = 10;
    expect_refused(
        &s, "good",
        "checkpoint of another network: its network.hidden is [12, 9], the configuration's is [12, 10]");
    s = good;
    s.rule = TT_RULE_BC;
    expect_refused(&s, "good", "its train.rule is sr");
    s = good;
    (void)strcpy(s.device, "model:base");
    expect_refused(&s, "good", "checkpoint of another device: its device.lfsr is (2), expected (16)");
    s = good;
    (void)strcpy(s.device, "model:bigger");
    expect_refused(&s, "good", "bigger");
    expect_refused(&good, "train-images-idx3-ubyte", "not a usable safetensors file");
    expect_refused(&good, "absent", "cannot open");
    s = good;
    (void)snprintf(s.checkpoint, sizeof s.checkpoint, "%s/none/x", folder);
    expect_refused(&s, "good", "cannot write here");
    s = good;
    s.train_limit = TRAIN + 1;
    expect_refused(&s, "good", "201 samples are wanted, it has 200");
    s = good;
    s.classes = 5;
    expect_refused(&s, "good", "is out of range 0..4");
}

static void test_stop_flag(void **state) {
    (void)state;
    const volatile sig_atomic_t stop = 1;
    const tt_settings_t s = make_settings(&RECIPES[0], "stopped", 0);
    tt_run_t *run = NULL;
    tt_message_t message = {{0}};
    char path[FIXTURE_PATH];
    fixture_path(path, folder, "stopped");
    fixture_write(path, "what was there", 14);
    assert_int_equal(tt_run_open(&run, &s, NULL, true, &message), TT_OK);
    assert_int_equal(tt_run_train(run, ignore, NULL, &stop, &message), TT_OK);
    assert_true(tt_run_totals(run).stopped);
    assert_int_equal(tt_run_progress(run)->step, 0);
    tt_run_close(run);
    size_t size = 0;
    uint8_t *const bytes = fixture_read(path, &size);
    assert_int_equal(size, 14);
    assert_memory_equal(bytes, "what was there", 14);
    free(bytes);
}

/* The recipe with the most arrays a layer, with the most layers. */
static void test_deepest(void **state) {
    (void)state;
    static const recipe_t recipe = {
        "deep",
        "bc",
        "adam",
        {"network.batchnorm=true", "network.hidden=3,4,3,4,3,4,3,4,3,4,3,4,3,4,3", NULL}};
    const tt_settings_t whole = make_settings(&recipe, "whole", 5),
                        first = make_settings(&recipe, "first", 2);
    const tt_settings_t second = make_settings(&recipe, "second", 5);
    assert_int_equal(whole.hidden_count + 1, TT_LAYERS_MAX);
    (void)train(&whole, NULL);
    (void)train(&first, NULL);
    (void)train(&second, "first");
    assert_same_file("deepest", "whole", "second");
    tt_safetensors_t *file = NULL;
    tt_message_t message;
    char path[FIXTURE_PATH];
    fixture_path(path, folder, "whole");
    assert_int_equal(tt_safetensors_open(&file, path, &message), TT_OK);
    assert_int_equal(tt_safetensors_count(file), 16 * 12 + 4 + 2);
    assert_non_null(tt_safetensors_find(file, "device.slots"));
    tt_safetensors_close(file);
}

static void test_state_without_room(void **state) {
    (void)state;
    static tt_state_t full;
    static int8_t value;
    for (unsigned i = 0; i < TT_STATE_MAX; i++) {
        tt_state_add(&full, TT_DTYPE_I8, 1, 0, &value, "array.%u", i);
    }
    assert_false(full.overflow);
    tt_state_add(&full, TT_DTYPE_I8, 1, 0, &value, "one more");
    assert_true(full.overflow);
    assert_int_equal(full.count, TT_STATE_MAX);
}

/* When a run is saved must not change what its last checkpoint holds: 10 steps an epoch. */
static void test_checkpoint_steps(void **state) {
    (void)state;
    static const uint32_t every[] = {1, 4, 5, 10};
    const tt_settings_t whole = make_settings(&RECIPES[0], "whole", 0);
    (void)train(&whole, NULL);
    for (size_t i = 0; i < 4; i++) {
        tt_settings_t often = make_settings(&RECIPES[0], "often", 0);
        often.checkpoint_steps = every[i];
        (void)train(&often, NULL);
        assert_same_file("checkpoint_steps", "whole", "often");
    }
}

typedef struct {
    uint64_t step[32];
    double loss[32];
    size_t count;
} seen_t;

static void note_step(void *context, const tt_report_t *report) {
    seen_t *const seen = context;
    if (report->kind == TT_REPORT_STEP && seen->count < 32) {
        seen->step[seen->count] = report->step;
        seen->loss[seen->count++] = report->mean_loss;
    }
}

static void train_noting(const tt_settings_t *settings, seen_t *seen) {
    tt_run_t *run = NULL;
    tt_message_t message = {{0}};
    *seen = (seen_t){.count = 0};
    assert_int_equal(tt_run_open(&run, settings, NULL, true, &message), TT_OK);
    assert_int_equal(tt_run_train(run, note_step, seen, NULL, &message), TT_OK);
    assert_int_equal(tt_run_totals(run).steps, settings->max_steps);
    tt_run_close(run);
}

/* How many steps the device makes at once, and which batches are looked at, is not to be seen in what is trained. */
static void test_replay(void **state) {
    (void)state;
    static const recipe_t recipe = {"replay", "sr", "none", {"train.loss=hinge", NULL}};
    static const uint32_t replays[] = {1, 2, 3, 1023};
    seen_t seen;
    const tt_settings_t whole = make_settings(&recipe, "whole", 14);
    (void)train(&whole, NULL);
    for (size_t i = 0; i < 4; i++) {
        for (uint32_t looks = 1; looks < 30; looks += 7) {
            tt_settings_t s = make_settings(&recipe, "replayed", 14);
            s.replay = replays[i];
            s.log_steps = looks;
            s.checkpoint_steps = i % 2 == 0 ? 0 : 4;
            train_noting(&s, &seen);
            assert_int_equal(seen.step[0], 1);
            assert_int_equal(seen.step[seen.count - 1], 14);
            assert_same_file("replay", "whole", "replayed");
        }
    }
}

/* 10 steps an epoch, 14 in all, every fifth is logged: a batch that is looked at is a step alone. */
static void test_replay_ends(void **state) {
    (void)state;
    static const recipe_t recipe = {
        "ends", "sr", "none", {"train.loss=hinge", "train.replay=4", "output.log_steps=5", NULL}};
    static const uint64_t wanted[] = {1, 4, 5, 9, 10, 11, 14};
    static const uint64_t saving[] = {1, 3, 4, 5, 6, 9, 10, 11, 12, 14}; /* after every third step */
    seen_t seen;
    tt_settings_t s = make_settings(&recipe, "ends", 14);
    train_noting(&s, &seen);
    assert_int_equal(seen.count, sizeof wanted / sizeof wanted[0]);
    assert_memory_equal(seen.step, wanted, sizeof wanted);
    for (size_t i = 0; i < seen.count; i++) {
        assert_true(seen.loss[i] > 0);
    }
    s.checkpoint_steps = 3;
    train_noting(&s, &seen);
    assert_int_equal(seen.count, sizeof saving / sizeof saving[0]);
    assert_memory_equal(seen.step, saving, sizeof saving);
}

/* What the host sends for a step are its inputs and labels: 19 samples of 36 pixels in 3 planes, of 10 classes in 2. */
static void test_host_bytes(void **state) {
    (void)state;
    static const recipe_t recipe = {"bytes", "sr", "none", {"train.loss=hinge", "train.rate_decay=1", NULL}};
    static const uint64_t input = (uint64_t)3 * 5 * 3 * 16, label = (uint64_t)3 * 2 * 2 * 16;
    uint64_t bytes[2];
    for (uint32_t replay = 1; replay <= 4; replay += 3) {
        for (uint32_t i = 0; i < 2; i++) {
            tt_settings_t s = make_settings(&recipe, NULL, 4 + 4 * i);
            s.replay = replay;
            tt_run_t *run = NULL;
            tt_message_t message = {{0}};
            assert_int_equal(tt_run_open(&run, &s, NULL, true, &message), TT_OK);
            assert_int_equal(tt_run_train(run, ignore, NULL, NULL, &message), TT_OK);
            bytes[i] = tt_run_totals(run).host_bytes;
            tt_run_close(run);
        }
        assert_int_equal(bytes[1] - bytes[0], 4 * (input + label));
    }
}

static void test_replay_without_room(void **state) {
    (void)state;
    static const recipe_t recipe = {"room", "sr", "none", {"train.loss=hinge", "train.replay=300", NULL}};
    tt_settings_t s = make_settings(&recipe, NULL, 4);
    tt_run_t *run = NULL;
    tt_message_t message = {{0}};
    (void)strcpy(s.device, "model:tiny,mem=1024KiB");
    assert_int_equal(tt_run_open(&run, &s, NULL, true, &message), TT_NO_MEMORY);
    assert_null(run);
    assert_string_equal(message.text,
                        "model:tiny: the network with the data of train.replay = 300 steps does "
                        "not fit the device's 1048576 bytes of memory");
}

/* A finished run, continued under another name, is saved under that name. */
static void test_resume_finished(void **state) {
    (void)state;
    const tt_settings_t whole = make_settings(&RECIPES[0], "whole", 0);
    const tt_settings_t again = make_settings(&RECIPES[0], "again", 0);
    (void)train(&whole, NULL);
    (void)train(&again, "whole");
    assert_same_file("finished", "whole", "again");
}

/* The position in an epoch belongs to one order of samples. */
static void test_other_order(void **state) {
    (void)state;
    const tt_settings_t good = make_settings(&RECIPES[0], "good", 2);
    (void)train(&good, NULL);
    tt_settings_t s = good;
    s.seed = 7;
    expect_refused(&s, "good", "its seed is 1, the configuration's is 7");
    s = good;
    s.batch = 20;
    expect_refused(&s, "good",
                   "good: checkpoint of another run: its train.batch is 19, the configuration's is 20");
    s = good;
    s.train_limit = TRAIN - 1;
    expect_refused(&s, "good", "its data.train_limit is 0, the configuration's is 199");
    s = make_settings(&RECIPES[0], "again", 4);
    s.train_limit = TRAIN; /* the same samples */
    (void)train(&s, "good");
}

typedef union {
    int8_t i8;
    int32_t i32;
    uint32_t u32;
    uint64_t u64;
    float f32;
} value_t;

/* The checkpoint `good` with one value of one array replaced, as `damaged`. */
static void damage(const char *name, size_t index, value_t value) {
    tt_safetensors_t *file = NULL;
    tt_message_t message = {{0}};
    tt_array_t arrays[64];
    char path[FIXTURE_PATH];
    bool found = false;
    fixture_path(path, folder, "good");
    assert_int_equal(tt_safetensors_open(&file, path, &message), TT_OK);
    const size_t count = tt_safetensors_count(file);
    assert_true(count <= 64);
    for (size_t i = 0; i < count; i++) {
        arrays[i] = *tt_safetensors_at(file, i);
        if (strcmp(arrays[i].name, name) == 0) {
            const size_t size = tt_dtype_bytes(arrays[i].dtype);
            assert_true(index < tt_array_bytes(&arrays[i]) / size);
            memcpy((char *)arrays[i].data + index * size, &value, size);
            found = true;
        }
    }
    assert_true(found);
    const tt_metadata_t metadata[] = {{"format", tt_safetensors_metadata(file, "format")},
                                      {"config", tt_safetensors_metadata(file, "config")}};
    fixture_path(path, folder, "damaged");
    assert_int_equal(tt_safetensors_write(path, arrays, count, metadata, 2, &message), TT_OK);
    tt_safetensors_close(file);
}

typedef struct {
    uint32_t recipe;
    const char *array;
    size_t index;
    value_t value;
    const char *words;
} damage_t;

static const damage_t DAMAGES[] = {
    {0, "logit_scale", 0, {.f32 = NAN}, "logit_scale has a value that is not finite"},
    {0, "logit_scale", 0, {.f32 = -1}, "logit_scale has a value that is not positive"},
    {0, "layer.0.scale", 0, {.i32 = 0}, "layer.0.scale is out of range"},
    {0, "layer.0.scale", 0, {.i32 = INT32_MAX}, "layer.0.scale is out of range"},
    {0, "layer.1.scale", 1, {.i32 = 128}, "layer.1.scale is out of range"},
    {0, "layer.0.weight", 5, {.i8 = 5}, "layer.0.weight has a value out of range"},
    {3, "layer.2.weight", 3, {.i8 = 0}, "layer.2.weight has a value out of range"},
    {0, "input.pixel_table", 255, {.i8 = 127}, "input.pixel_table has a value out of range"},
    {0, "run.progress", 2, {.u64 = 0}, "run.progress has no steps"},
    {0, "run.progress", 0, {.u64 = (uint64_t)1 << 63}, "epoch 9223372036854775808, batch 4, step 4"},
    {0, "run.progress", 1, {.u64 = 7}, "epoch 0, batch 7, step 4 is not possible with 10 batches"},
    {0, "run.progress", 2, {.u64 = 104}, "epoch 0, batch 4, step 104"},
    {0, "run.progress", 2, {.u64 = 3}, "epoch 0, batch 4, step 3"},
    {0, "run.shuffle", 0, {.u64 = 0}, NULL},
    {0, "device.lfsr", 1, {.u64 = 0}, "device.lfsr is zero"},
    {0, "device.slots", 31, {.u64 = (uint64_t)25 << 32}, "device.slots has a value out of range"},
    {2, "gradient_exponents", 1, {.u32 = 25}, "gradient_exponents has a value out of range"},
    {2, "layer.0.master", 9, {.f32 = INFINITY}, "layer.0.master has a value that is not finite"},
    {5, "optimizer.time", 0, {.u64 = UINT64_MAX}, "optimizer.time is not the number of steps"},
    {5, "layer.1.running_var", 0, {.f32 = -1e-9f}, "layer.1.running_var has a value that is not positive"},
    {5, "layer.0.weight.moment2", 0, {.f32 = -1}, "layer.0.weight.moment2 has a value that is not positive"},
    {7, "layer.0.scale", 0, {.f32 = 0}, "layer.0.scale has a value that is not positive"},
    {9, "logit_scale", 0, {.f32 = 3e38f}, "damaged checkpoint: it has values that the device refuses"},
};

/* One value that no run saves, in an otherwise good file. */
static void test_damaged(void **state) {
    (void)state;
    uint32_t trained = UINT32_MAX;
    for (size_t i = 0; i < sizeof DAMAGES / sizeof DAMAGES[0]; i++) {
        const damage_t *const d = &DAMAGES[i];
        const tt_settings_t good = make_settings(&RECIPES[d->recipe], "good", 4);
        if (trained != d->recipe) {
            (void)train(&good, NULL);
            trained = d->recipe;
        }
        damage(d->array, d->index, d->value);
        tt_settings_t again = make_settings(&RECIPES[d->recipe], "again", 5);
        if (d->words != NULL) {
            expect_refused(&again, "damaged", d->words);
            expect_refused(&again, "damaged", "damaged: ");
        } else {
            (void)train(&again, "damaged"); /* a value that may occur: the method itself breaks nothing */
        }
    }
}

/* Weights that grow without bound end the run instead of reaching a rounding that has no answer. */
static void test_diverges(void **state) {
    (void)state;
    static const recipe_t recipe = {
        "diverges",
        "float",
        "sgd",
        {"train.arithmetic=float", "network.activation=positive", "train.rate=1000", NULL}};
    const tt_settings_t s = make_settings(&recipe, NULL, 0);
    tt_run_t *run = NULL;
    tt_message_t message = {{0}};
    assert_int_equal(tt_run_open(&run, &s, NULL, true, &message), TT_OK);
    assert_int_equal(tt_run_train(run, ignore, NULL, NULL, &message), TT_TOO_LARGE);
    assert_non_null(strstr(message.text, "training: the loss is not finite after "));
    tt_run_close(run);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resume),
        cmocka_unit_test(test_reproducible),
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_refuses),
        cmocka_unit_test(test_stop_flag),
        cmocka_unit_test(test_deepest),
        cmocka_unit_test(test_state_without_room),
        cmocka_unit_test(test_checkpoint_steps),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_replay_ends),
        cmocka_unit_test(test_host_bytes),
        cmocka_unit_test(test_replay_without_room),
        cmocka_unit_test(test_resume_finished),
        cmocka_unit_test(test_other_order),
        cmocka_unit_test(test_damaged),
        cmocka_unit_test(test_diverges),
    };
    return cmocka_run_group_tests_name("run", tests, set_up, tear_down);
}
