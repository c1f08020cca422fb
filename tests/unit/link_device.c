/* SPDX-License-Identifier: Apache-2.0 */
#include "link_device.h"

#include <string.h>

void link_device_init(link_device_t *device) {
    memset(device, 0, sizeof *device);
    device->version = 1;
    device->expect = 27; /* whatever the last session left */
    device->refused = true;
}

void link_device_reset(link_device_t *device) {
    memset(device->registers, 0, sizeof device->registers);
    device->expect = 0;
    device->refused = true;
    device->busy = false;
    device->frame_size = 0;
    device->out_size = 0;
}

uint32_t link_device_crc(const uint8_t *bytes, size_t size) {
    uint32_t rest = 0xFFFFFFu, reflected = 0;
    for (size_t i = 0; i < size * 8u; i++) {
        const uint32_t bit = ((uint32_t)bytes[i / 8u] >> (i % 8u)) & 1u;
        const uint32_t high = (rest >> 23) & 1u;
        rest = (rest << 1) & 0xFFFFFFu;
        if (high != bit) {
            rest ^= 0x5D6DCBu;
        }
    }
    for (int i = 0; i < 24; i++) {
        reflected |= ((rest >> i) & 1u) << (23 - i);
    }
    return reflected ^ 0xFFFFFFu;
}

static void answer(link_device_t *device, uint8_t head, const uint8_t *data, size_t size) {
    uint8_t *const out = device->out + device->out_size;
    out[0] = head;
    out[1] = (uint8_t)size;
    if (size > 0) {
        memcpy(out + 2, data, size);
    }
    const uint32_t crc = link_device_crc(out, size + 2) ^ (device->refused ? 0xFFFFFFu : 0u);
    for (int i = 0; i < 3; i++) {
        out[size + 2 + (size_t)i] = (uint8_t)(crc >> (8 * i));
    }
    device->out_size += size + 5;
}

/* One byte at the pointer. */
static void access(link_device_t *device, bool write, uint8_t *byte) {
    const uint32_t at = device->pointer >> 1;
    const bool is_register = (device->pointer & 1u) != 0;
    device->pointer += 2;
    if (!is_register && (device->busy || at >= LINK_DEVICE_MEMORY)) {
        device->refused = true;
    }
    if (device->refused) {
        return;
    }
    uint8_t *const cell = is_register ? &device->registers[at % LINK_DEVICE_REGISTERS] : &device->memory[at];
    if (!write) {
        *byte = *cell;
        return;
    }
    *cell = *byte;
    (is_register ? device->register_writes : device->writes)[at]++;
}

static void execute(link_device_t *device, uint8_t *body, size_t size) {
    const uint8_t head = body[0];
    size_t at = 1;
    if ((head & 0x20) != 0) {
        if (size < 5) {
            device->refused = true;
            at = size;
        } else {
            device->pointer =
                (uint32_t)body[1] << 24 | (uint32_t)body[2] << 16 | (uint32_t)body[3] << 8 | body[4];
            at = 5;
        }
    }
    if ((head & 0x40) == 0) {
        for (; at < size; at++) {
            access(device, true, &body[at]);
        }
        answer(device, head, NULL, 0);
        return;
    }
    uint8_t data[256] = {0};
    const size_t count = at < size ? body[at] : 0;
    for (size_t i = 0; i < count; i++) {
        access(device, false, &data[i]);
    }
    answer(device, head, data, count);
}

static void take_frame(link_device_t *device) {
    uint8_t raw[1024];
    size_t size = 0, at = 0;
    bool good = true;
    while (at < device->frame_size) {
        const size_t code = device->frame[at++];
        if (at != 1) {
            raw[size++] = 0;
        }
        if (at + code - 1u > device->frame_size) {
            good = false;
            break;
        }
        memcpy(raw + size, device->frame + at, code - 1u);
        size += code - 1u;
        at += code - 1u;
    }
    if (size == 0 && good) {
        return;
    }
    good = good && size >= 4 && size <= 254;
    if (good) {
        const uint32_t crc = link_device_crc(raw, size - 3);
        for (int i = 0; i < 3; i++) {
            good = good && raw[size - 3 + (size_t)i] == (uint8_t)(crc >> (8 * i));
        }
    }
    const uint8_t position = (uint8_t)(device->version << 5 | device->expect);
    if (good && (raw[0] & 0x80) == 0) {
        device->refused = device->refused && (raw[0] & 0x40) == 0;
        answer(device, position, raw + 2, raw[1]);
    } else if (good && (raw[0] & 31u) == device->expect) {
        device->expect = (device->expect + 1u) % 32u;
        execute(device, raw, size - 3);
    } else {
        answer(device, position, NULL, 0);
    }
}

void link_device_receive(link_device_t *device, uint8_t byte) {
    if (byte != 0) {
        if (device->frame_size < sizeof device->frame) {
            device->frame[device->frame_size++] = byte;
        }
        return;
    }
    take_frame(device);
    device->frame_size = 0;
}
