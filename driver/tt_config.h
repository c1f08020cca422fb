/* SPDX-License-Identifier: Apache-2.0
 * The named hardware configurations of driver/configs.def: what the back ends `model` and `sim` can be opened as. */
#ifndef TT_CONFIG_H
#define TT_CONFIG_H

#include <stddef.h>

#include "tt_ref.h"

const tt_config_t *tt_config_find(const char *name); /* NULL: no such configuration */
const char *tt_config_name(size_t index);            /* NULL beyond the last */
const char *tt_config_names(void);                   /* all of them, separated by ", " */

#endif
