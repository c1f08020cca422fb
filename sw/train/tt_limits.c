/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_limits.h"

#include "tt_exec.h"

#define DEPTH_MAX 65535u /* values that one product sums */
#define DEPTH_MAX_COMPACT 1024u

/* A product: sums of `depth` values of a_planes times b_planes. */
typedef struct {
    const char *what, *summed;
    uint32_t depth, a_planes, b_planes;
} product_t;

tt_status_t tt_limits_planes(const tt_dev_info_t *device, const tt_settings_t *settings,
                             tt_message_t *message) {
    const struct {
        const char *key;
        uint32_t planes;
    } wanted[] = {{"network.input_planes", settings->input_planes},
                  {"network.activation_planes", settings->activation_planes},
                  {"network.error_planes", settings->error_planes}};
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        if (wanted[i].planes > device->config.planes_max) {
            tt_message_set(message, "%s is %u, but %s has at most %u planes", wanted[i].key,
                           (unsigned)wanted[i].planes, device->name, (unsigned)device->config.planes_max);
            return TT_TOO_LARGE;
        }
    }
    return TT_OK;
}

static uint64_t limit_of(uint32_t planes) {
    const tt_tensor_t tensor = {.planes = planes, .radix = 3};
    return (uint64_t)tt_tensor_limit(&tensor);
}

/* Lane addresses of a buffer have 16 bits. */
static uint32_t usable(const tt_config_t *config, uint32_t words) {
    const uint32_t limit = 65536u / (config->k / TT_BLOCK);
    return words < limit ? words : limit;
}

/* Whether the message has been set: the product breaks a limit. */
static bool explain_product(const tt_dev_info_t *device, uint32_t l, const product_t *p,
                            tt_message_t *message) {
    const tt_config_t *const config = &device->config;
    const uint32_t words = (p->depth + config->k - 1) / config->k;
    const uint32_t a_words = usable(config, config->a_depth), b_words = usable(config, config->b_depth);
    const unsigned layer = (unsigned)l + 1, depth = (unsigned)p->depth;
    const uint32_t depth_max = config->compact != 0 ? DEPTH_MAX_COMPACT : DEPTH_MAX;
    if (p->depth > depth_max) {
        tt_message_set(message, "layer %u, %s: %u %s are more than the %u that an instruction can sum", layer,
                       p->what, depth, p->summed, (unsigned)depth_max);
    } else if (p->depth * limit_of(p->a_planes) * limit_of(p->b_planes) >= UINT64_C(1)
                                                                               << (config->w_acc - 1)) {
        tt_message_set(message,
                       "layer %u, %s: sums of %u %s with %u and %u planes overflow the %u-bit sums of %s",
                       layer, p->what, depth, p->summed, (unsigned)p->a_planes, (unsigned)p->b_planes,
                       (unsigned)config->w_acc, device->name);
    } else if (words * p->a_planes > a_words || words * p->b_planes > b_words) {
        const bool is_a = words * p->a_planes > a_words;
        const uint32_t planes = is_a ? p->a_planes : p->b_planes;
        tt_message_set(message, "layer %u, %s: %u %s x %u planes need %u words of buffer %c, but %s has %u",
                       layer, p->what, depth, p->summed, (unsigned)planes, (unsigned)(words * planes),
                       is_a ? 'A' : 'B', device->name, (unsigned)(is_a ? a_words : b_words));
    } else {
        return false;
    }
    return true;
}

void tt_limits_explain(const tt_dev_info_t *device, const tt_settings_t *settings, const tt_shape_t *shape,
                       tt_message_t *message) {
    for (uint32_t l = 0; l < shape->layers; l++) {
        const uint32_t planes = l == 0 ? settings->input_planes : settings->activation_planes;
        const uint32_t errors = settings->error_planes;
        const product_t forward = {"outputs", "inputs", shape->width[l], planes, 1};
        const product_t backward = {"errors", "outputs", shape->width[l + 1], errors, 1};
        const product_t gradient = {"gradient", "samples", shape->batch, errors, planes};
        if (explain_product(device, l, &forward, message) ||
            (l > 0 && explain_product(device, l, &backward, message)) ||
            explain_product(device, l, &gradient, message)) {
            return;
        }
    }
    tt_message_set(message, "the network needs more instructions, or wider matrices, than %s can take",
                   device->name);
}
