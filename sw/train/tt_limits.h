/* SPDX-License-Identifier: Apache-2.0
 * Why a network does not fit a device: messages that name the layer, its planes and the limit. */
#ifndef TT_LIMITS_H
#define TT_LIMITS_H

#include "tt_dev.h"
#include "tt_engine.h"

/* TT_TOO_LARGE: a key asks for more planes than the device can make. */
tt_status_t tt_limits_planes(const tt_dev_info_t *device, const tt_settings_t *settings,
                             tt_message_t *message);
/* The message of a compilation that said TT_TOO_LARGE. */
void tt_limits_explain(const tt_dev_info_t *device, const tt_settings_t *settings, const tt_shape_t *shape,
                       tt_message_t *message);

#endif
