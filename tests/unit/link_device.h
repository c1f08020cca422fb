/* SPDX-License-Identifier: Apache-2.0
 * A device in software that speaks docs/link.md, written from that page alone: byte in, bytes out. */
#ifndef LINK_DEVICE_H
#define LINK_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINK_DEVICE_MEMORY = 7168, LINK_DEVICE_REGISTERS = 256, LINK_DEVICE_OUT = 65536 };

typedef struct {
    uint8_t memory[LINK_DEVICE_MEMORY], registers[LINK_DEVICE_REGISTERS];
    unsigned writes[LINK_DEVICE_MEMORY],
        register_writes[LINK_DEVICE_REGISTERS]; /* how often each byte was written */
    unsigned version, expect;
    bool busy, refused;
    uint32_t pointer;
    uint8_t frame[1024]; /* as on the line, without its delimiter */
    size_t frame_size;
    uint8_t out[LINK_DEVICE_OUT]; /* answers; the test takes them away and sets out_size */
    size_t out_size;
} link_device_t;

void link_device_init(link_device_t *device);
/* The board's reset: the memory stays. */
void link_device_reset(link_device_t *device);
void link_device_receive(link_device_t *device, uint8_t byte);

/* CRC of docs/link.md by polynomial division of bits, most significant power first. */
uint32_t link_device_crc(const uint8_t *bytes, size_t size);

#endif
