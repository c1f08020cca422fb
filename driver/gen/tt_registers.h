/* SPDX-License-Identifier: Apache-2.0
 * Made by tools/gen_registers.py from driver/registers.rdl; edit that file. */
#ifndef TT_REGISTERS_H
#define TT_REGISTERS_H

#include <stdint.h>

#define TT_REG_ID 0x00u
#define TT_RF_ID 0u, 32u
#define TT_RESET_ID 0x4E525454u

#define TT_REG_VERSION 0x04u
#define TT_RF_VERSION_MINOR 0u, 16u
#define TT_RESET_VERSION_MINOR 0x0u
#define TT_RF_VERSION_MAJOR 16u, 16u
#define TT_RESET_VERSION_MAJOR 0x1u

#define TT_REG_CONFIG0 0x08u
#define TT_RF_CONFIG0_M 0u, 8u
#define TT_RF_CONFIG0_N 8u, 8u
#define TT_RF_CONFIG0_K 16u, 8u
#define TT_RF_CONFIG0_LANES 24u, 8u

#define TT_REG_CONFIG1 0x0Cu
#define TT_RF_CONFIG1_A_DEPTH 0u, 16u
#define TT_RF_CONFIG1_B_DEPTH 16u, 16u

#define TT_REG_CONFIG2 0x10u
#define TT_RF_CONFIG2_W_ACC 0u, 8u
#define TT_RF_CONFIG2_PLANES_MAX 8u, 4u
#define TT_RF_CONFIG2_SLOTS 16u, 8u
#define TT_RESET_CONFIG2_SLOTS 0x20u
#define TT_RF_CONFIG2_COMPACT 24u, 1u
#define TT_RF_CONFIG2_SCALE_FORM 25u, 2u

#define TT_REG_CONTROL 0x14u
#define TT_RF_CONTROL_START 0u, 1u
#define TT_RESET_CONTROL_START 0x0u
#define TT_RF_CONTROL_RESET 1u, 1u
#define TT_RESET_CONTROL_RESET 0x0u
#define TT_RF_CONTROL_IRQ_ENABLE 2u, 1u
#define TT_RESET_CONTROL_IRQ_ENABLE 0x0u

#define TT_REG_STATUS 0x18u
#define TT_RF_STATUS_BUSY 0u, 1u
#define TT_RF_STATUS_DONE 1u, 1u
#define TT_RESET_STATUS_DONE 0x0u
#define TT_RF_STATUS_ERROR 2u, 1u
#define TT_RESET_STATUS_ERROR 0x0u
#define TT_RF_STATUS_RESETTING 3u, 1u

#define TT_REG_LIST_ADDR 0x1Cu
#define TT_RF_LIST_ADDR 0u, 32u
#define TT_RESET_LIST_ADDR 0x0u

#define TT_REG_LIST_COUNT 0x20u
#define TT_RF_LIST_COUNT 0u, 16u
#define TT_RESET_LIST_COUNT 0x0u

#define TT_REG_STEPS 0x24u
#define TT_RF_STEPS 0u, 16u
#define TT_RESET_STEPS 0x1u

#define TT_REG_WATCHDOG 0x28u
#define TT_RF_WATCHDOG 0u, 32u
#define TT_RESET_WATCHDOG 0x100000u

#define TT_REG_MEM_BYTES 0x2Cu
#define TT_RF_MEM_BYTES 0u, 32u
#define TT_RESET_MEM_BYTES 0xFFFFFFF8u

#define TT_REG_CYCLES_LO 0x40u
#define TT_RF_CYCLES_LO 0u, 32u

#define TT_REG_CYCLES_HI 0x44u
#define TT_RF_CYCLES_HI 0u, 32u

#define TT_REG_LOAD_BUSY 0x48u
#define TT_RF_LOAD_BUSY 0u, 32u

#define TT_REG_LOAD_STARVED 0x4Cu
#define TT_RF_LOAD_STARVED 0u, 32u

#define TT_REG_LOAD_BLOCKED 0x50u
#define TT_RF_LOAD_BLOCKED 0u, 32u

#define TT_REG_EXEC_BUSY 0x54u
#define TT_RF_EXEC_BUSY 0u, 32u

#define TT_REG_EXEC_STARVED 0x58u
#define TT_RF_EXEC_STARVED 0u, 32u

#define TT_REG_EXEC_BLOCKED 0x5Cu
#define TT_RF_EXEC_BLOCKED 0u, 32u

#define TT_REG_FINISH_BUSY 0x60u
#define TT_RF_FINISH_BUSY 0u, 32u

#define TT_REG_FINISH_STARVED 0x64u
#define TT_RF_FINISH_STARVED 0u, 32u

#define TT_REG_FINISH_BLOCKED 0x68u
#define TT_RF_FINISH_BLOCKED 0u, 32u

#define TT_REG_BEATS_READ 0x6Cu
#define TT_RF_BEATS_READ 0u, 32u

#define TT_REG_BEATS_WRITTEN 0x70u
#define TT_RF_BEATS_WRITTEN 0u, 32u

#define TT_REG_ERROR 0x74u
#define TT_RF_ERROR_CODE 0u, 8u
#define TT_RESET_ERROR_CODE 0x0u
#define TT_RF_ERROR_INDEX 16u, 16u
#define TT_RESET_ERROR_INDEX 0x0u

/* A field is two arguments, tt_reg_get(word, TT_RF_STATUS_BUSY): lsb, width (1..32). */
static inline uint32_t tt_reg_get(uint32_t word, unsigned lsb, unsigned width) {
    return (word >> lsb) & (UINT32_MAX >> (32u - width));
}

/* Bits of value beyond the width are dropped. */
static inline uint32_t tt_reg_set(uint32_t word, unsigned lsb, unsigned width, uint32_t value) {
    const uint32_t mask = (UINT32_MAX >> (32u - width)) << lsb;
    return (word & ~mask) | ((value << lsb) & mask);
}

#endif
