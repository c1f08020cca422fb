/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "tt_run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tt_loss.h"
#include "tt_optimizer.h"
#include "tt_quantize.h"

#define STREAM_WEIGHTS 1u /* independent streams of the one seed */
#define STREAM_SHUFFLE 2u
#define STREAM_DATA 3u /* and 4: one for each split */
#define RANDOM_SAMPLES 8192u

struct tt_run {
    tt_settings_t settings;
    tt_dataset_t train, test;
    uint32_t train_count, test_count;
    tt_dev_t *dev;
    tt_engine_t *engine;
    tt_shape_t shape;
    tt_progress_t progress;
    tt_totals_t totals;
    tt_progress_t saved;   /* of the last checkpoint written; step 0: none yet */
    uint32_t *order;       /* (train_count) */
    uint8_t *pixels;       /* (replay, batch, inputs) */
    uint8_t *labels;       /* (replay, batch) */
    float *logits, *error; /* (batch, classes) */
};

/* Sums over the batches of an epoch that were looked at. */
typedef struct {
    double loss;
    uint64_t correct, samples;
} sums_t;

static double now(void) {
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static tt_status_t explain(const tt_run_t *run, tt_status_t status, const char *what, tt_message_t *message) {
    if (status == TT_DEVICE_ERROR && run->dev != NULL) {
        tt_dev_err_t code = TT_DEV_ERR_NONE;
        uint32_t instruction = 0;
        tt_dev_error(run->dev, &code, &instruction);
        tt_message_set(message, "%s: device error %s at instruction %u", what, tt_dev_err_name(code),
                       (unsigned)instruction);
    } else if (status == TT_NO_ANSWER && run->dev != NULL) {
        tt_message_set(message, "%s: %s does not answer any more, or was reset", what,
                       tt_dev_info(run->dev)->name);
    } else if (status != TT_OK) {
        tt_message_set(message, "%s: %s", what, tt_status_name(status));
    }
    return status;
}

/* ---- opening ---- */

static tt_status_t load_images(const tt_run_t *run, tt_dataset_t *set, tt_split_t split,
                               tt_message_t *message) {
    const tt_settings_t *const s = &run->settings;
    if (strcmp(s->data_path, TT_DATA_RANDOM) != 0) {
        return tt_dataset_load(set, s->data_path, split, s->classes, message);
    }
    const uint32_t count = s->batch > RANDOM_SAMPLES ? s->batch : RANDOM_SAMPLES;
    tt_rng_t rng;
    tt_rng_seed(&rng, s->seed, STREAM_DATA + (uint64_t)split);
    return tt_dataset_random(set, &rng, count, s->classes, message);
}

static tt_status_t load_split(tt_run_t *run, tt_dataset_t *set, uint32_t *count, tt_split_t split,
                              tt_message_t *message) {
    const uint32_t limit = split == TT_SPLIT_TRAIN ? run->settings.train_limit : run->settings.test_limit;
    const tt_status_t status = load_images(run, set, split, message);
    if (status == TT_OK && limit > set->count) {
        tt_message_set(message, "%s: %u samples are wanted, it has %u", run->settings.data_path,
                       (unsigned)limit, (unsigned)set->count);
        return TT_BAD_DATA;
    }
    *count = limit > 0 ? limit : set->count;
    return status;
}

static tt_status_t load_data(tt_run_t *run, bool training, tt_message_t *message) {
    tt_status_t status = load_split(run, &run->test, &run->test_count, TT_SPLIT_TEST, message);
    if (status != TT_OK || !training) {
        return status;
    }
    status = load_split(run, &run->train, &run->train_count, TT_SPLIT_TRAIN, message);
    if (status == TT_OK && (run->train.rows != run->test.rows || run->train.cols != run->test.cols)) {
        tt_message_set(message, "%s: training images are %u x %u, test images %u x %u",
                       run->settings.data_path, (unsigned)run->train.rows, (unsigned)run->train.cols,
                       (unsigned)run->test.rows, (unsigned)run->test.cols);
        status = TT_BAD_DATA;
    }
    if (status == TT_OK && run->train_count < run->settings.batch) {
        tt_message_set(message, "%s: fewer samples than one batch of %u", run->settings.data_path,
                       (unsigned)run->settings.batch);
        status = TT_BAD_DATA;
    }
    return status;
}

/* Layer widths, and the input of each pixel value from the training pixels' mean and deviation. */
static void describe_network(tt_run_t *run) {
    static const int32_t limits[] = {0, 1, 4, 13, 40, 121};
    const tt_settings_t *const s = &run->settings;
    tt_shape_t *const shape = &run->shape;
    const uint32_t inputs = run->test.rows * run->test.cols;
    shape->batch = s->batch;
    shape->layers = s->hidden_count + 1;
    shape->width[0] = inputs;
    memcpy(shape->width + 1, s->hidden, s->hidden_count * sizeof s->hidden[0]);
    shape->width[shape->layers] = s->classes;
    uint64_t sum = 0, squares = 0;
    const uint64_t count = (uint64_t)run->train_count * inputs;
    for (uint64_t i = 0; i < count; i++) {
        sum += run->train.pixels[i];
        squares += (uint64_t)run->train.pixels[i] * run->train.pixels[i];
    }
    if (count > 0) { /* else a checkpoint brings the table */
        const double mean = (double)sum / (double)count / 255.0;
        const double square = (double)squares / (double)count / (255.0 * 255.0);
        tt_pixel_table(shape->pixel, mean, sqrt(fmax(square - mean * mean, 1e-6)), limits[s->input_planes]);
    }
}

static tt_status_t allocate(tt_run_t *run, tt_message_t *message) {
    const size_t batch = run->settings.batch, classes = run->settings.classes, steps = run->settings.replay;
    run->order = malloc((run->train_count + 1) * sizeof *run->order);
    run->pixels = malloc(steps * batch * run->shape.width[0]);
    run->labels = malloc(steps * batch);
    run->logits = malloc(batch * classes * sizeof *run->logits);
    run->error = malloc(batch * classes * sizeof *run->error);
    if (run->order == NULL || run->pixels == NULL || run->labels == NULL || run->logits == NULL ||
        run->error == NULL) {
        tt_message_set(message, "no memory");
        return TT_NO_MEMORY;
    }
    return TT_OK;
}

static tt_status_t open_device(tt_run_t *run, tt_message_t *message) {
    if (run->settings.arithmetic == TT_ARITHMETIC_FLOAT) {
        return TT_OK;
    }
    char text[256] = "";
    const tt_status_t status = tt_dev_open(run->settings.device, &run->dev, text, sizeof text);
    if (status != TT_OK) {
        tt_message_set(message, "device '%s': %s", run->settings.device,
                       text[0] != '\0' ? text : tt_status_name(status));
    }
    return status;
}

static tt_status_t open_engine(tt_run_t *run, tt_message_t *message) {
    tt_rng_t rng;
    tt_message_t inner = {{0}};
    tt_rng_seed(&rng, run->settings.seed, STREAM_WEIGHTS);
    tt_rng_seed(&run->progress.shuffle, run->settings.seed, STREAM_SHUFFLE);
    const tt_status_t status =
        tt_engine_open(&run->engine, &run->settings, &run->shape, run->dev, &rng, &inner);
    if (status != TT_OK && inner.text[0] != '\0') {
        tt_message_set(message, "%s", inner.text);
        return status;
    }
    return explain(run, status, "cannot set up the network", message);
}

static tt_status_t other_run(const char *path, const char *key, uint64_t saved, uint64_t wanted,
                             tt_message_t *message) {
    tt_message_set(message, "%s: checkpoint of another run: its %s is %llu, the configuration's is %llu",
                   path, key, (unsigned long long)saved, (unsigned long long)wanted);
    return TT_BAD_DATA;
}

/* What the order of samples depends on: with others, the position in the epoch would mean other samples. */
static tt_status_t check_order(const tt_run_t *run, const tt_settings_t *saved, const char *path,
                               tt_message_t *message) {
    const tt_settings_t *const s = &run->settings;
    const uint32_t count = saved->train_limit > 0 ? saved->train_limit : run->train.count;
    if (saved->seed != s->seed) {
        return other_run(path, "seed", saved->seed, s->seed, message);
    }
    if (saved->batch != s->batch) {
        return other_run(path, "train.batch", saved->batch, s->batch, message);
    }
    return count == run->train_count
               ? TT_OK
               : other_run(path, "data.train_limit", saved->train_limit, s->train_limit, message);
}

static uint64_t batches_per_epoch(const tt_run_t *run) {
    return run->train_count / run->settings.batch; /* an incomplete last batch is left out */
}

static tt_status_t check_position(const tt_run_t *run, const char *path, tt_message_t *message) {
    const tt_progress_t *const at = &run->progress;
    const uint64_t batches = batches_per_epoch(run);
    if (at->batch <= batches && at->batch <= at->step && (at->step - at->batch) / batches == at->epoch &&
        (at->step - at->batch) % batches == 0) {
        return TT_OK;
    }
    tt_message_set(message,
                   "%s: checkpoint of another data set, or damaged: epoch %llu, batch %llu, step %llu is not "
                   "possible with %llu batches an epoch",
                   path, (unsigned long long)at->epoch, (unsigned long long)at->batch,
                   (unsigned long long)at->step, (unsigned long long)batches);
    return TT_BAD_DATA;
}

static tt_status_t load_checkpoint(tt_run_t *run, const char *path, bool resume, tt_message_t *message) {
    tt_safetensors_t *file = NULL;
    tt_settings_t saved;
    tt_status_t status = tt_safetensors_open(&file, path, message);
    status = status == TT_OK ? tt_checkpoint_settings(file, path, &saved, message) : status;
    status = status == TT_OK ? tt_settings_compatible(&run->settings, &saved, message) : status;
    status = status == TT_OK && resume ? check_order(run, &saved, path, message) : status;
    status = status == TT_OK ? tt_checkpoint_load(file, path, run->engine, &run->progress, resume, message)
                             : status;
    tt_safetensors_close(file);
    return status == TT_OK && resume ? check_position(run, path, message) : status;
}

tt_status_t tt_run_open(tt_run_t **out, const tt_settings_t *settings, const char *checkpoint, bool training,
                        tt_message_t *message) {
    tt_run_t *run = calloc(1, sizeof *run);
    *out = NULL;
    if (run == NULL) {
        tt_message_set(message, "no memory");
        return TT_NO_MEMORY;
    }
    run->settings = *settings;
    tt_status_t status = tt_settings_check(settings, message);
    if (status == TT_OK && training && settings->checkpoint[0] != '\0') {
        status = tt_safetensors_probe(settings->checkpoint, message);
    }
    status = status == TT_OK ? load_data(run, training, message) : status;
    if (status == TT_OK) {
        describe_network(run);
        status = allocate(run, message);
    }
    status = status == TT_OK ? open_device(run, message) : status;
    status = status == TT_OK ? open_engine(run, message) : status;
    status =
        status == TT_OK && checkpoint != NULL ? load_checkpoint(run, checkpoint, training, message) : status;
    if (status != TT_OK) {
        tt_run_close(run);
        return status;
    }
    *out = run;
    return TT_OK;
}

void tt_run_close(tt_run_t *run) {
    if (run != NULL) {
        tt_engine_close(run->engine);
        tt_dev_close(run->dev);
        tt_dataset_free(&run->train);
        tt_dataset_free(&run->test);
        free(run->order);
        free(run->pixels);
        free(run->labels);
        free(run->logits);
        free(run->error);
        free(run);
    }
}

/* ---- training ---- */

/* The next batches of the epoch. */
static void gather(tt_run_t *run, uint32_t batches) {
    const size_t size = run->settings.batch, inputs = run->shape.width[0];
    for (size_t i = 0; i < batches * size; i++) {
        const size_t sample = run->order[run->progress.batch * size + i];
        memcpy(run->pixels + i * inputs, run->train.pixels + sample * inputs, inputs);
        run->labels[i] = run->train.labels[sample];
    }
}

static double loss_of(const tt_run_t *run, size_t samples) {
    const size_t classes = run->settings.classes;
    return (run->settings.loss == TT_LOSS_SOFTMAX ? tt_loss_softmax : tt_loss_hinge)(
        run->error, run->logits, run->labels, samples, classes);
}

static bool whole_steps(const tt_run_t *run) { return tt_engine_train_steps(run->engine) > 0; }

/* Logits, loss and its derivatives of the first gathered batch; what it adds to the sums. */
static tt_status_t look(tt_run_t *run, sums_t *sums, tt_report_t *report) {
    const size_t size = run->settings.batch;
    const tt_status_t status = tt_engine_forward(run->engine, run->logits, run->pixels, true);
    const double loss = loss_of(run, size);
    const size_t correct = tt_count_correct(run->logits, run->labels, size, run->settings.classes);
    sums->loss += loss;
    sums->correct += correct;
    sums->samples += size;
    report->loss = loss / (double)size;
    report->accuracy = (double)correct / (double)size;
    report->mean_loss = sums->loss / (double)sums->samples;
    report->mean_accuracy = (double)sums->correct / (double)sums->samples;
    return status;
}

static tt_status_t dry_step(tt_run_t *run, double rate) {
    if (whole_steps(run)) {
        return tt_engine_train(run->engine, run->pixels, run->labels, 1, rate, true);
    }
    const tt_status_t status = tt_engine_forward(run->engine, run->logits, run->pixels, true);
    (void)loss_of(run, run->settings.batch);
    return status == TT_OK ? tt_engine_backward(run->engine, run->error, rate, true) : status;
}

/* The first batch runs dry until constants and scale slots have settled. */
static tt_status_t settle(tt_run_t *run, double rate) {
    tt_status_t status = tt_engine_calibrate(run->engine, run->pixels);
    for (uint32_t i = 0; status == TT_OK && i < tt_engine_settle_steps(run->engine); i++) {
        status = dry_step(run, rate);
    }
    return status;
}

/* One training step on the gathered batch, by the host's loss. */
static tt_status_t train_step(tt_run_t *run, sums_t *sums, tt_report_t *report, tt_message_t *message) {
    tt_status_t status = look(run, sums, report);
    if (status == TT_OK && !isfinite(report->loss)) {
        tt_message_set(message,
                       "training: the loss is not finite after %llu steps: train.rate may be too large",
                       (unsigned long long)run->progress.step);
        return TT_TOO_LARGE;
    }
    status = status == TT_OK ? tt_engine_backward(run->engine, run->error, report->rate, false) : status;
    return explain(run, status, "training", message);
}

static tt_status_t train_whole_steps(tt_run_t *run, uint32_t steps, double rate, tt_message_t *message) {
    const tt_status_t status = tt_engine_train(run->engine, run->pixels, run->labels, steps, rate, false);
    return explain(run, status, "training", message);
}

/* Training steps on the gathered batches, counted. */
static tt_status_t train_steps(tt_run_t *run, uint32_t steps, sums_t *sums, tt_report_t *report,
                               tt_message_t *message) {
    (void)tt_engine_take_usage(run->engine); /* of what was not training */
    const uint64_t bytes_before = run->dev != NULL ? tt_dev_host_bytes(run->dev) : 0;
    const tt_status_t status = whole_steps(run) ? train_whole_steps(run, steps, report->rate, message)
                                                : train_step(run, sums, report, message);
    const tt_usage_t usage = tt_engine_take_usage(run->engine);
    tt_usage_add(&run->totals.usage, &usage.counters, usage.ideal_cycles);
    run->totals.host_bytes += run->dev != NULL ? tt_dev_host_bytes(run->dev) - bytes_before : 0;
    run->totals.samples += (uint64_t)steps * run->settings.batch;
    run->totals.steps += steps;
    run->progress.step += steps;
    run->progress.batch += steps;
    return status;
}

static void report_rates(const tt_run_t *run, tt_report_t *report) {
    const tt_totals_t *const t = &run->totals;
    report->samples_per_second = t->seconds > 0 ? (double)t->samples / t->seconds : 0;
    const double cycles = (double)t->usage.counters.cycles;
    report->cycles_per_step = t->steps > 0 ? cycles / (double)t->steps : 0;
    report->utilisation = cycles > 0 ? (double)t->usage.ideal_cycles / cycles : 0;
}

static tt_status_t save(tt_run_t *run, tt_observer_t *observer, void *context, const tt_report_t *report,
                        tt_message_t *message) {
    const tt_progress_t *const at = &run->progress, *const saved = &run->saved;
    const bool same = at->step == saved->step && at->epoch == saved->epoch && at->batch == saved->batch;
    const bool calibrated = at->step > 0;
    if (run->settings.checkpoint[0] == '\0' || !calibrated || same) {
        return TT_OK;
    }
    tt_status_t status = explain(run, tt_engine_save(run->engine), "cannot fetch the weights", message);
    if (status == TT_OK) {
        status = tt_checkpoint_save(run->settings.checkpoint, &run->settings, run->engine, &run->progress,
                                    message);
    }
    if (status == TT_OK) {
        tt_report_t done = *report;
        done.kind = TT_REPORT_SAVED;
        run->saved = run->progress;
        observer(context, &done);
    }
    return status;
}

static bool must_stop(const tt_run_t *run, const volatile sig_atomic_t *stop) {
    const uint64_t limit = run->settings.max_steps;
    return (stop != NULL && *stop != 0) || (limit > 0 && run->progress.step >= limit);
}

static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

/* Whether the next batch is looked at before its step when the device makes whole steps, which leave no logits behind. */
static bool is_sample(const tt_run_t *run, const sums_t *sums) {
    return sums->samples == 0 || (run->progress.step + 1) % run->settings.log_steps == 0;
}

/* How many steps are made at once: up to where something else has to be done. A batch that is looked at is a step alone. */
static uint32_t steps_at_once(const tt_run_t *run, uint64_t batches, const sums_t *sums) {
    const tt_settings_t *const s = &run->settings;
    const uint64_t step = run->progress.step;
    if (tt_engine_train_steps(run->engine) <= 1 || is_sample(run, sums)) {
        return 1;
    }
    uint64_t steps = smaller(tt_engine_train_steps(run->engine), batches - run->progress.batch);
    steps = smaller(steps, s->log_steps - 1 - step % s->log_steps);
    steps = s->max_steps > 0 ? smaller(steps, s->max_steps - step) : steps;
    steps =
        s->checkpoint_steps > 0 ? smaller(steps, s->checkpoint_steps - step % s->checkpoint_steps) : steps;
    return (uint32_t)steps;
}

/* What comes before a step and is no part of it. */
static tt_status_t prepare(tt_run_t *run, sums_t *sums, tt_report_t *report, tt_message_t *message) {
    tt_status_t status = run->progress.step == 0 ? settle(run, report->rate) : TT_OK;
    if (status == TT_OK && whole_steps(run) && is_sample(run, sums)) {
        status = look(run, sums, report);
    }
    return explain(run, status, "training", message);
}

/* The batches of an epoch from where progress stands. */
static tt_status_t train_batches(tt_run_t *run, tt_report_t *report, tt_observer_t *observer, void *context,
                                 const volatile sig_atomic_t *stop, tt_message_t *message) {
    sums_t sums = {0};
    tt_status_t status = TT_OK;
    while (status == TT_OK && run->progress.batch < report->batches && !must_stop(run, stop)) {
        const uint32_t steps = steps_at_once(run, report->batches, &sums);
        double begin = now();
        gather(run, steps);
        run->totals.seconds += now() - begin;
        status = prepare(run, &sums, report, message);
        begin = now();
        status = status == TT_OK ? train_steps(run, steps, &sums, report, message) : status;
        run->totals.seconds += now() - begin;
        if (status != TT_OK) {
            return status;
        }
        report->kind = TT_REPORT_STEP;
        report->batch = run->progress.batch;
        report->step = run->progress.step;
        report_rates(run, report);
        observer(context, report);
        const uint32_t every = run->settings.checkpoint_steps;
        if (every > 0 && run->progress.step % every == 0) {
            status = save(run, observer, context, report, message);
        }
    }
    return status;
}

/* After the last batch of an epoch: test, and the next epoch's start becomes the progress. */
static tt_status_t end_epoch(tt_run_t *run, const tt_rng_t *next, tt_report_t *report,
                             tt_observer_t *observer, void *context, tt_message_t *message) {
    tt_score_t score = {0};
    tt_status_t status = TT_OK;
    run->progress.epoch++;
    run->progress.batch = 0;
    run->progress.shuffle = *next;
    report->kind = TT_REPORT_EPOCH;
    report->tested =
        run->progress.epoch % run->settings.eval_epochs == 0 || run->progress.epoch == report->epochs;
    if (report->tested) {
        status = tt_run_test(run, &score, message);
        report->test_loss = score.loss;
        report->test_accuracy = score.accuracy;
        report->test_samples = score.samples;
    }
    if (status == TT_OK) {
        observer(context, report);
        status = save(run, observer, context, report, message);
    }
    return status;
}

tt_status_t tt_run_train(tt_run_t *run, tt_observer_t *observer, void *context,
                         const volatile sig_atomic_t *stop, tt_message_t *message) {
    const tt_settings_t *const s = &run->settings;
    tt_report_t report = {.epochs = s->epochs, .batches = batches_per_epoch(run)};
    tt_status_t status = TT_OK;
    while (status == TT_OK && run->progress.epoch < s->epochs && !must_stop(run, stop)) {
        tt_rng_t next = run->progress.shuffle;
        tt_rng_permutation(&next, run->order, run->train_count);
        report.epoch = (uint32_t)run->progress.epoch;
        report.rate = tt_rate_at(s->rate, s->rate_decay, report.epoch);
        status = train_batches(run, &report, observer, context, stop, message);
        if (status == TT_OK && run->progress.batch >= report.batches) {
            status = end_epoch(run, &next, &report, observer, context, message);
        }
    }
    run->totals.stopped = stop != NULL && *stop != 0;
    return status == TT_OK ? save(run, observer, context, &report, message) : status;
}

/* ---- testing ---- */

tt_status_t tt_run_test(tt_run_t *run, tt_score_t *score, tt_message_t *message) {
    const size_t size = run->settings.batch, inputs = run->shape.width[0];
    uint64_t correct = 0;
    double loss = 0;
    for (size_t first = 0; first < run->test_count; first += size) {
        const size_t samples = run->test_count - first < size ? run->test_count - first : size;
        memcpy(run->pixels, run->test.pixels + first * inputs, samples * inputs);
        memset(run->pixels + samples * inputs, 0,
               (size - samples) * inputs); /* the last batch is filled up */
        memcpy(run->labels, run->test.labels + first, samples);
        const tt_status_t status = tt_engine_forward(run->engine, run->logits, run->pixels, false);
        if (status != TT_OK) {
            return explain(run, status, "testing", message);
        }
        loss += loss_of(run, samples);
        correct += tt_count_correct(run->logits, run->labels, samples, run->settings.classes);
    }
    *score = (tt_score_t){.loss = loss / (double)run->test_count,
                          .accuracy = (double)correct / (double)run->test_count,
                          .samples = run->test_count};
    return TT_OK;
}

tt_totals_t tt_run_totals(const tt_run_t *run) {
    tt_totals_t totals = run->totals;
    if (run->dev != NULL) {
        double seconds = 0;
        uint64_t cycles = 0;
        tt_dev_speed(run->dev, &seconds, &cycles);
        totals.simulated_hz = seconds > 0 ? (double)cycles / seconds : 0;
    }
    return totals;
}

const tt_progress_t *tt_run_progress(const tt_run_t *run) { return &run->progress; }

const tt_settings_t *tt_run_settings(const tt_run_t *run) { return &run->settings; }

const tt_shape_t *tt_run_shape(const tt_run_t *run) { return &run->shape; }

const tt_dev_info_t *tt_run_device(const tt_run_t *run) {
    return run->dev != NULL ? tt_dev_info(run->dev) : NULL;
}

size_t tt_run_weight_bytes(const tt_run_t *run) { return tt_engine_weight_bytes(run->engine); }
