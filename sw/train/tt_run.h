/* SPDX-License-Identifier: Apache-2.0
 * One run: data sets, device, engine, and the training loop over them. */
#ifndef TT_RUN_H
#define TT_RUN_H

#include <signal.h>

#include "tt_checkpoint.h"
#include "tt_dataset.h"

typedef enum { TT_REPORT_STEP, TT_REPORT_EPOCH, TT_REPORT_SAVED } tt_report_kind_t;

/* What the loop tells its observer. STEP comes after one step, or after as many as the device has made at once. */
typedef struct {
    tt_report_kind_t kind;
    uint32_t epoch, epochs;  /* epoch counts from 0 */
    uint64_t batch, batches; /* done, in this epoch */
    uint64_t step;           /* done, in all */
    double rate;
    /* Where the device makes whole steps, only some batches are looked at, before their step: the first since an epoch's start or the
     * resume, and that of every step that output.log_steps divides. */
    double loss, accuracy; /* STEP: of the batch last looked at */
    double mean_loss,
        mean_accuracy; /* of this epoch's batches that were looked at, since its start or the resume */
    bool tested;       /* EPOCH: whether the next three are there */
    double test_loss, test_accuracy;
    uint64_t test_samples;
    double samples_per_second, cycles_per_step, utilisation; /* of training, since this process began it */
} tt_report_t;

typedef void tt_observer_t(void *context, const tt_report_t *report);

/* What one process did. */
typedef struct {
    uint64_t steps, samples;
    uint64_t host_bytes; /* between host and device, of training steps */
    double seconds;      /* of training steps */
    tt_usage_t usage;    /* of training */
    double simulated_hz; /* device cycles per second inside the device, everything */
    bool stopped;        /* by the stop flag */
} tt_totals_t;

typedef struct {
    double loss, accuracy; /* means over samples; accuracy 0..1 */
    uint64_t samples;
} tt_score_t;

typedef struct tt_run tt_run_t;

/* Opens data (the training split only when `training`), device and engine. checkpoint (may be NULL) is loaded: to resume it when
 * `training`, else for its weights. settings are copied. The caller closes *run. */
tt_status_t tt_run_open(tt_run_t **run, const tt_settings_t *settings, const char *checkpoint, bool training,
                        tt_message_t *message);
void tt_run_close(tt_run_t *run); /* accepts NULL */

/* Trains to the last epoch, or max_steps, or until *stop (may be NULL) is set; saves checkpoints as the settings say. */
tt_status_t tt_run_train(tt_run_t *run, tt_observer_t *observer, void *context,
                         const volatile sig_atomic_t *stop, tt_message_t *message);
tt_status_t tt_run_test(tt_run_t *run, tt_score_t *score, tt_message_t *message);

tt_totals_t tt_run_totals(const tt_run_t *run);
const tt_progress_t *tt_run_progress(const tt_run_t *run);
const tt_settings_t *tt_run_settings(const tt_run_t *run);
const tt_shape_t *tt_run_shape(const tt_run_t *run);
const tt_dev_info_t *tt_run_device(const tt_run_t *run); /* NULL in float arithmetic */
size_t tt_run_weight_bytes(const tt_run_t *run);

#endif
