/* SPDX-License-Identifier: Apache-2.0
 * Checkpoints: safetensors files that hold an engine's state, where the run stands, and the settings. */
#ifndef TT_CHECKPOINT_H
#define TT_CHECKPOINT_H

#include "tt_engine.h"

/* Where a run stands: enough to repeat the rest of it bit for bit. */
typedef struct {
    uint64_t epoch, batch, step; /* batches done in this epoch; steps done in all */
    tt_rng_t shuffle;            /* as it was when this epoch's order was drawn */
} tt_progress_t;

/* The engine's arrays must be up to date (tt_engine_save). */
tt_status_t tt_checkpoint_save(const char *path, const tt_settings_t *settings, tt_engine_t *engine,
                               const tt_progress_t *progress, tt_message_t *message);
/* Settings of a checkpoint, over the defaults. TT_BAD_DATA: not a tritrain checkpoint. */
tt_status_t tt_checkpoint_settings(const tt_safetensors_t *file, const char *path, tt_settings_t *settings,
                                   tt_message_t *message);
/* Copies the arrays into the engine and loads them into its device. Without resume, the device's random state is not needed and
 * may be another device's. TT_BAD_DATA: of another network or device, or with values that no run saves; the engine is then unusable. */
tt_status_t tt_checkpoint_load(const tt_safetensors_t *file, const char *path, tt_engine_t *engine,
                               tt_progress_t *progress, bool resume, tt_message_t *message);
/* What is wrong with an array of a checkpoint of this many steps, in words that follow its name; NULL: nothing. */
const char *tt_checkpoint_fault(const tt_array_t *array, const tt_settings_t *settings, uint64_t steps);

#endif
