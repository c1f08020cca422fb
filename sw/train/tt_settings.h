/* SPDX-License-Identifier: Apache-2.0
 * Settings of one training run: YAML file, then --set key=value, both through one table of known keys. */
#ifndef TT_SETTINGS_H
#define TT_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tt_message.h"
#include "tt_status.h"

#define TT_LAYERS_MAX 16u
#define TT_TEXT_MAX 512u

typedef enum { TT_WEIGHTS_TERNARY, TT_WEIGHTS_BINARY } tt_weights_t;
typedef enum { TT_ARITHMETIC_TRIT, TT_ARITHMETIC_FLOAT } tt_arithmetic_t;
/* How weights are kept: R and SR round every update onto the grid, BC rounds real-valued masters, FLOAT never rounds. */
typedef enum { TT_RULE_R, TT_RULE_SR, TT_RULE_BC, TT_RULE_FLOAT } tt_rule_t;
/* NONE: the integer recipe, whose whole update runs on the device (under BC: whose masters are on the host). */
typedef enum { TT_OPTIMIZER_NONE, TT_OPTIMIZER_SGD, TT_OPTIMIZER_ADAM } tt_optimizer_t;
typedef enum { TT_LOSS_SOFTMAX, TT_LOSS_HINGE } tt_loss_t;
typedef enum { TT_ACTIVATION_SYMMETRIC, TT_ACTIVATION_POSITIVE } tt_activation_t;

typedef struct {
    char data_path[TT_TEXT_MAX];
    uint32_t train_limit, test_limit; /* first samples used; 0: all */
    uint32_t classes;

    char device[TT_TEXT_MAX];
    uint64_t seed;

    uint32_t hidden[TT_LAYERS_MAX], hidden_count; /* widths */
    tt_weights_t weights;
    uint32_t input_planes, activation_planes, error_planes;
    tt_activation_t activation;
    uint32_t activation_levels; /* largest activation; 0: the planes' limit */
    bool batchnorm;

    tt_arithmetic_t arithmetic;
    tt_rule_t rule;
    tt_optimizer_t optimizer;
    tt_loss_t loss;
    uint32_t batch, epochs,
        max_steps; /* max_steps 0: no limit; else training stops (and saves) after that step */
    uint32_t
        replay; /* whole steps that the device makes at once, at most: 1..1023, what every device can repeat */
    double rate, rate_decay; /* rate of epoch e = rate * rate_decay^e */
    double error_gain; /* units that a hidden error at its scale slot's limit maps to, before clipping */
    double momentum, beta1, beta2;

    char checkpoint[TT_TEXT_MAX]; /* empty: none */
    uint32_t checkpoint_steps;    /* also every so many steps; 0: at epoch ends only */
    char log[TT_TEXT_MAX];        /* empty: none */
    uint32_t log_steps;
    uint32_t eval_epochs; /* test after every so many epochs, and after the last */
} tt_settings_t;

void tt_settings_default(tt_settings_t *settings);

/* Sets one dotted key from text. TT_BAD_ARG: unknown key (message names the nearest known one) or bad value. */
tt_status_t tt_settings_set(tt_settings_t *settings, const char *key, const char *value,
                            tt_message_t *message);
/* The same from "key=value". */
tt_status_t tt_settings_override(tt_settings_t *settings, const char *assignment, tt_message_t *message);
/* Whether it is a known key whose value is no list. */
bool tt_settings_refuses_list(const char *key);
/* Reads a YAML file over the present values. TT_IO: cannot be read; TT_BAD_DATA: not this format; messages name file and line. */
tt_status_t tt_settings_load(tt_settings_t *settings, const char *path, tt_message_t *message);
/* The same from text in memory; name stands in messages. */
tt_status_t tt_settings_parse(tt_settings_t *settings, const char *text, size_t size, const char *name,
                              tt_message_t *message);
/* Refuses settings that contradict each other. */
tt_status_t tt_settings_check(const tt_settings_t *settings, tt_message_t *message);

/* Whether the device makes whole steps, from inputs and labels: integer recipe without masters on the host, squared hinge. */
bool tt_settings_whole_steps(const tt_settings_t *settings);

/* Writes YAML that tt_settings_parse reads back: every key but those that do not change what is trained (device, output, max_steps).
 * Returns the length without the final 0; text may be NULL when size is 0. */
size_t tt_settings_format(const tt_settings_t *settings, char *text, size_t size);

/* Whether a checkpoint of `saved` can be continued with `wanted`; the message names the first key that differs. */
tt_status_t tt_settings_compatible(const tt_settings_t *wanted, const tt_settings_t *saved,
                                   tt_message_t *message);

#endif
