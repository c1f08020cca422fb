/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_config.h"

#include <string.h>

#include "tt_configs.h"

typedef struct {
    const char *name;
    tt_config_t config;
} entry_t;

#define ENTRY(name_, m_, n_, k_, lanes_, w_acc_, a_depth_, b_depth_, planes_max_, compact_, scale_form_)     \
    {#name_,                                                                                                 \
     {.m = (m_),                                                                                             \
      .n = (n_),                                                                                             \
      .k = (k_),                                                                                             \
      .lanes = (lanes_),                                                                                     \
      .w_acc = (w_acc_),                                                                                     \
      .a_depth = (a_depth_),                                                                                 \
      .b_depth = (b_depth_),                                                                                 \
      .planes_max = (planes_max_),                                                                           \
      .compact = (compact_),                                                                                 \
      .scale_form = (scale_form_)}},
#define COMMA_NAME(name_, m_, n_, k_, lanes_, w_acc_, a_depth_, b_depth_, planes_max_, compact_,             \
                   scale_form_)                                                                              \
    ", " #name_

static const entry_t entries[] = {TT_CONFIGS(ENTRY)};
static const char comma_names[] = TT_CONFIGS(COMMA_NAME);

const tt_config_t *tt_config_find(const char *name) {
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        if (strcmp(entries[i].name, name) == 0) {
            return &entries[i].config;
        }
    }
    return NULL;
}

const char *tt_config_name(size_t index) {
    return index < sizeof entries / sizeof entries[0] ? entries[index].name : NULL;
}

const char *tt_config_names(void) { return comma_names + strlen(", "); }
