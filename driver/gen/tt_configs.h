/* SPDX-License-Identifier: Apache-2.0
 * Made by tools/gen_configs.py from driver/configs.def; edit that file. */
#ifndef TT_CONFIGS_H
#define TT_CONFIGS_H

/* X(name, m, n, k, lanes, w_acc, a_depth, b_depth, planes_max, compact, scale_form) */
#define TT_CONFIGS(X) \
    X(base, 8u, 8u, 64u, 16u, 24u, 512u, 512u, 5u, 0u, 1u) \
    X(mid, 4u, 8u, 64u, 8u, 24u, 256u, 512u, 5u, 0u, 1u) \
    X(small, 2u, 2u, 32u, 2u, 16u, 64u, 64u, 3u, 1u, 2u) \
    X(tiny, 2u, 2u, 32u, 2u, 16u, 64u, 64u, 3u, 1u, 0u)

#endif
