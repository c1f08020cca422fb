/* SPDX-License-Identifier: Apache-2.0
 * Made by tools/gen_isa.py from driver/isa.def; edit that file. */
#ifndef TT_ISA_H
#define TT_ISA_H

#include <stdint.h>

#define TT_ISA_WORDS 16u

enum {
    TT_OP_LOAD = 1,
    TT_OP_EXEC = 2,
    TT_OP_FINISH = 3,
    TT_OP_ELEMENTWISE = 4,
    TT_OP_STATE_LOAD = 5,
    TT_OP_STATE_STORE = 6
};

#define TT_F_OPCODE                 0u, 0u, 8u
#define TT_F_LOAD_TARGET_B          0u, 8u, 1u
#define TT_F_LOAD_TRANSPOSE         0u, 9u, 1u
#define TT_F_LOAD_NO_MASK           0u, 10u, 1u
#define TT_F_LOAD_PUSH_B            0u, 11u, 1u
#define TT_F_LOAD_TOKENS_ONLY       0u, 12u, 1u
#define TT_F_LOAD_PLANES            0u, 13u, 3u
#define TT_F_LOAD_POP_FINISH        0u, 16u, 8u
#define TT_F_LOAD_POP_A             0u, 24u, 16u
#define TT_F_LOAD_POP_B             0u, 40u, 8u
#define TT_F_LOAD_ADDR              1u, 0u, 32u
#define TT_F_LOAD_RUN_LAST          1u, 32u, 16u
#define TT_F_LOAD_STEP_PAGES        1u, 48u, 16u
#define TT_F_LOAD_L1_LAST           2u, 0u, 16u
#define TT_F_LOAD_L1_JUMP           2u, 16u, 24u
#define TT_F_LOAD_L1_Y              2u, 40u, 12u
#define TT_F_LOAD_L1_X              2u, 52u, 12u
#define TT_F_LOAD_L2_LAST           3u, 0u, 16u
#define TT_F_LOAD_L2_JUMP           3u, 16u, 24u
#define TT_F_LOAD_L2_Y              3u, 40u, 12u
#define TT_F_LOAD_L2_X              3u, 52u, 12u
#define TT_F_LOAD_L3_LAST           4u, 0u, 16u
#define TT_F_LOAD_L3_JUMP           4u, 16u, 24u
#define TT_F_LOAD_L3_Y              4u, 40u, 12u
#define TT_F_LOAD_L3_X              4u, 52u, 12u
#define TT_F_LOAD_L4_LAST           5u, 0u, 16u
#define TT_F_LOAD_L4_JUMP           5u, 16u, 24u
#define TT_F_LOAD_L4_Y              5u, 40u, 12u
#define TT_F_LOAD_L4_X              5u, 52u, 12u
#define TT_F_LOAD_Y0                6u, 0u, 16u
#define TT_F_LOAD_X0                6u, 16u, 16u
#define TT_F_LOAD_Y_LIMIT           6u, 32u, 16u
#define TT_F_LOAD_X_LIMIT           6u, 48u, 16u
#define TT_F_LOAD_BUF               7u, 0u, 16u
#define TT_F_LOAD_PLANE_JUMP        7u, 16u, 16u
#define TT_F_LOAD_BLOCK_JUMP        7u, 32u, 16u
#define TT_F_LOAD_L1_BUF            8u, 0u, 16u
#define TT_F_LOAD_L2_BUF            8u, 16u, 16u
#define TT_F_LOAD_L3_BUF            8u, 32u, 16u
#define TT_F_LOAD_L4_BUF            8u, 48u, 16u
#define TT_F_EXEC_RADIX3            0u, 8u, 1u
#define TT_F_EXEC_POP_B             0u, 11u, 1u
#define TT_F_EXEC_PUSH_B            0u, 12u, 1u
#define TT_F_EXEC_A_PLANES          0u, 16u, 3u
#define TT_F_EXEC_B_PLANES          0u, 20u, 3u
#define TT_F_EXEC_A_BASE            1u, 0u, 16u
#define TT_F_EXEC_A_RING_LAST       1u, 16u, 16u
#define TT_F_EXEC_A_RING_STRIDE     1u, 32u, 16u
#define TT_F_EXEC_A_PLANE_STRIDE    1u, 48u, 16u
#define TT_F_EXEC_B_BASE            2u, 0u, 16u
#define TT_F_EXEC_B_PLANE_STRIDE    2u, 16u, 16u
#define TT_F_EXEC_CHUNKS_LAST       2u, 32u, 16u
#define TT_F_EXEC_DEPTH_LAST        2u, 48u, 16u
#define TT_F_EXEC_L1_LAST           3u, 0u, 16u
#define TT_F_EXEC_L1_A_JUMP         3u, 16u, 16u
#define TT_F_EXEC_L1_B_JUMP         3u, 32u, 16u
#define TT_F_EXEC_L0_LAST           4u, 0u, 16u
#define TT_F_EXEC_L0_A_JUMP         4u, 16u, 16u
#define TT_F_EXEC_L0_B_JUMP         4u, 32u, 16u
#define TT_F_FIN_OUT_INT32          0u, 8u, 1u
#define TT_F_FIN_OUT_NO_MASK        0u, 9u, 1u
#define TT_F_FIN_OUT_RADIX3         0u, 10u, 1u
#define TT_F_FIN_OUT_TRANSPOSE      0u, 11u, 1u
#define TT_F_FIN_WRITE_OFF          0u, 12u, 1u
#define TT_F_FIN_AUX_KIND           0u, 13u, 2u
#define TT_F_FIN_AUX_NO_MASK        0u, 15u, 1u
#define TT_F_FIN_AUX_RADIX3         0u, 16u, 1u
#define TT_F_FIN_OUT_PLANES         0u, 17u, 3u
#define TT_F_FIN_AUX_PLANES         0u, 20u, 3u
#define TT_F_FIN_ROUND              0u, 23u, 2u
#define TT_F_FIN_BINARY             0u, 25u, 1u
#define TT_F_FIN_SLOT_USE           0u, 26u, 1u
#define TT_F_FIN_SLOT_OBSERVE       0u, 27u, 1u
#define TT_F_FIN_SLOT_COMMIT        0u, 28u, 1u
#define TT_F_FIN_PUSH_LOAD          0u, 29u, 1u
#define TT_F_FIN_AUX_TRANSPOSE      0u, 30u, 1u
#define TT_F_FIN_MASTER             0u, 31u, 1u
#define TT_F_FIN_SLOT               0u, 32u, 5u
#define TT_F_FIN_DST_ADDR           1u, 0u, 32u
#define TT_F_FIN_DST_STEP_PAGES     1u, 48u, 16u
#define TT_F_FIN_AUX_ADDR           2u, 0u, 32u
#define TT_F_FIN_AUX_STEP_PAGES     2u, 48u, 16u
#define TT_F_FIN_SRC_ADDR           3u, 0u, 32u
#define TT_F_FIN_SRC_STEP_PAGES     3u, 48u, 16u
#define TT_F_FIN_MANT               4u, 0u, 16u
#define TT_F_FIN_SHIFT              4u, 16u, 8u
#define TT_F_FIN_LO                 4u, 24u, 8u
#define TT_F_FIN_HI                 4u, 32u, 8u
#define TT_F_FIN_STE_LIMIT          4u, 40u, 8u
#define TT_F_FIN_ROWS_LAST          4u, 48u, 4u
#define TT_F_FIN_COLS_LAST          4u, 52u, 4u
#define TT_F_FIN_L2_LAST            5u, 0u, 16u
#define TT_F_FIN_L1_LAST            5u, 16u, 16u
#define TT_F_FIN_L0_LAST            5u, 32u, 16u
#define TT_F_FIN_L2_DST_JUMP        6u, 0u, 24u
#define TT_F_FIN_L2_AUX_JUMP        6u, 32u, 24u
#define TT_F_FIN_L1_DST_JUMP        7u, 0u, 24u
#define TT_F_FIN_L1_AUX_JUMP        7u, 32u, 24u
#define TT_F_FIN_L0_DST_JUMP        8u, 0u, 24u
#define TT_F_FIN_L0_AUX_JUMP        8u, 32u, 24u
#define TT_F_STATE_PUSH_LOAD        0u, 29u, 1u
#define TT_F_STATE_STORE_ADDR       1u, 0u, 32u
#define TT_F_STATE_STORE_STEP_PAGES 1u, 48u, 16u
#define TT_F_STATE_LOAD_ADDR        2u, 0u, 32u
#define TT_F_STATE_LOAD_STEP_PAGES  2u, 48u, 16u

/* A field is three arguments, tt_field_get(instr, TT_F_LOAD_ADDR): word, lsb, width (1..64). */
static inline uint64_t tt_field_get(const uint64_t *instr, unsigned word, unsigned lsb, unsigned width) {
    return (instr[word] >> lsb) & (UINT64_MAX >> (64u - width));
}

static inline int64_t tt_field_get_signed(const uint64_t *instr, unsigned word, unsigned lsb, unsigned width) {
    const uint64_t value = tt_field_get(instr, word, lsb, width);
    const uint64_t sign = UINT64_C(1) << (width - 1u);
    /* modulo 2^64, so that no intermediate leaves the type's range */
    return (value & sign) != 0u ? -(int64_t)(sign - (value & ~sign) - 1u) - 1 : (int64_t)value;
}

/* Bits of value beyond the width are dropped. */
static inline void tt_field_set(uint64_t *instr, unsigned word, unsigned lsb, unsigned width, uint64_t value) {
    const uint64_t mask = (UINT64_MAX >> (64u - width)) << lsb;
    instr[word] = (instr[word] & ~mask) | ((value << lsb) & mask);
}

#endif
