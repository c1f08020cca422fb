/* SPDX-License-Identifier: Apache-2.0
 * Back end `serial`: a board behind a serial port, by the protocol of docs/link.md (tt_link.c). libserialport sets a port up; bytes move through
 * its descriptor, because only poll() waits for both directions at once. A pseudo-terminal, which a simulated board has, needs no
 * setting up and is not known to libserialport. */
#define _XOPEN_SOURCE 700 /* realpath */
#include <errno.h>
#include <fcntl.h>
#include <libserialport.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "tt_bus.h"
#include "tt_link.h"
#include "tt_registers.h"

enum {
    POLL_US = 50000,
    GIVE_UP_US = 8000000, /* a simulated board may take a second for one frame */
    OUT_BYTES = 512,
    FULL_WAIT_MS = 10, /* at least, while the port takes nothing */
    IN_BYTES = 4096,
    RESET_POLLS = 1000,
    STATUS_PAUSE_MS = 5, /* the longest pause between two looks at STATUS */
    WORD_BYTES = 8
};
#define MEMORY_MOST UINT32_C(0x40000000)

typedef struct {
    tt_bus_t bus;
    struct sp_port *port; /* NULL: a pseudo-terminal */
    int fd;
    bool dead;
    tt_link_t link;
    uint8_t out[OUT_BYTES];
    size_t out_size; /* bytes that the port has not taken */
} serial_t;

static serial_t *serial_of(tt_bus_t *bus) { return (serial_t *)(void *)bus; /* bus is the first member */ }

static double serial_now(tt_bus_t *bus) {
    struct timespec now;
    (void)bus;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static uint64_t now_us(void) { return (uint64_t)(serial_now(NULL) * 1e6); }

/* ---- bytes ---- */

/* Waits for bytes, for room if some are to be sent, or until the link has something to do. False: the port is gone. */
static bool wait_for_port(serial_t *serial, short *ready) {
    const uint64_t now = now_us(), deadline = tt_link_deadline(&serial->link);
    const uint64_t wait_ms = deadline > now ? (deadline - now) / 1000u + 1u : 0;
    struct pollfd port = {.fd = serial->fd, .events = POLLIN};
    if (serial->out_size > 0) {
        port.events = POLLIN | POLLOUT;
    }
    const int count =
        poll(&port, 1, serial->out_size > 0 && wait_ms < FULL_WAIT_MS ? FULL_WAIT_MS : (int)wait_ms);
    *ready = port.revents;
    if (count < 0) {
        *ready = 0;
        return errno == EINTR;
    }
    return (port.revents & POLLIN) != 0 || (port.revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
}

static bool receive(serial_t *serial) {
    uint8_t bytes[IN_BYTES];
    const ssize_t count = read(serial->fd, bytes, sizeof bytes);
    if (count > 0) {
        tt_link_receive(&serial->link, bytes, (size_t)count, now_us());
    }
    return count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Hands over what the link has and the port takes. */
static bool transmit(serial_t *serial) {
    for (;;) {
        serial->out_size += tt_link_send(&serial->link, serial->out + serial->out_size,
                                         sizeof serial->out - serial->out_size, now_us());
        if (serial->out_size == 0) {
            return true;
        }
        const ssize_t count = write(serial->fd, serial->out, serial->out_size);
        if (count <= 0) {
            return count == 0 || errno == EAGAIN || errno == EINTR;
        }
        serial->out_size -= (size_t)count;
        memmove(serial->out, serial->out + count, serial->out_size);
    }
}

/* Carries the started job to its end. A link that was lost stays so. */
static tt_link_state_t run_job(serial_t *serial) {
    bool alive = true;
    while (alive && tt_link_state(&serial->link) == TT_LINK_WORKING) {
        short ready = 0;
        alive = transmit(serial) && wait_for_port(serial, &ready);
        if (alive && (ready & POLLIN) != 0) {
            alive = receive(serial);
        }
    }
    const tt_link_state_t state = alive ? tt_link_state(&serial->link) : TT_LINK_LOST;
    serial->dead = state == TT_LINK_LOST;
    return state;
}

/* ---- accesses ---- */

static tt_status_t serial_read32(tt_bus_t *bus, uint32_t *value, uint32_t offset);

/* After a refusal and a hello: only a board that was reset refuses registers, or memory that exists while no list runs. */
static bool was_reset(serial_t *serial, uint32_t address, size_t size) {
    uint32_t word = 0;
    if ((address & TT_LINK_REGISTERS) != 0) {
        return true;
    }
    return address + size <= serial->bus.mem_bytes &&
           (serial_read32(&serial->bus, &word, TT_REG_STATUS) != TT_OK ||
            tt_reg_get(word, TT_RF_STATUS_BUSY) == 0);
}

/* The end of a write or read. A refusal is taken back, so that the next access is answered for itself. What a reset board has lost nobody
 * knows, so it is dead. */
static tt_status_t finish_job(serial_t *serial, uint32_t address, size_t size) {
    if (run_job(serial) == TT_LINK_DONE) {
        return TT_OK;
    }
    if (!serial->dead) {
        tt_link_open(&serial->link, now_us());
        serial->dead = run_job(serial) != TT_LINK_DONE || was_reset(serial, address, size);
    }
    return serial->dead ? TT_NO_ANSWER : TT_BUSY;
}

static tt_status_t put(serial_t *serial, uint32_t address, const void *data, size_t size) {
    if (serial->dead) {
        return TT_NO_ANSWER;
    }
    tt_link_write(&serial->link, address, data, size, now_us());
    return finish_job(serial, address, size);
}

static tt_status_t get(serial_t *serial, void *data, uint32_t address, size_t size) {
    if (serial->dead) {
        return TT_NO_ANSWER;
    }
    tt_link_read(&serial->link, data, address, size, now_us());
    return finish_job(serial, address, size);
}

static tt_status_t serial_read32(tt_bus_t *bus, uint32_t *value, uint32_t offset) {
    uint8_t bytes[4] = {0};
    const tt_status_t status = get(serial_of(bus), bytes, TT_LINK_REGISTERS | offset, sizeof bytes);
    *value = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    return status;
}

static tt_status_t serial_write32(tt_bus_t *bus, uint32_t offset, uint32_t value) {
    const uint8_t bytes[4] = {(uint8_t)value, (uint8_t)(value >> 8), (uint8_t)(value >> 16),
                              (uint8_t)(value >> 24)};
    return put(serial_of(bus), TT_LINK_REGISTERS | offset, bytes, sizeof bytes);
}

/* The device's pointer goes on at 0 behind the last of its address bits, so a burst over the end would not be refused. */
static bool in_memory(const tt_bus_t *bus, uint32_t address, size_t size) {
    return size <= bus->mem_bytes && address <= bus->mem_bytes - size;
}

static tt_status_t serial_mem_write(tt_bus_t *bus, uint32_t address, const void *data, size_t size) {
    return in_memory(bus, address, size) ? put(serial_of(bus), address, data, size) : TT_BAD_ARG;
}

static tt_status_t serial_mem_read(tt_bus_t *bus, void *data, uint32_t address, size_t size) {
    return in_memory(bus, address, size) ? get(serial_of(bus), data, address, size) : TT_BAD_ARG;
}

/* No interrupt comes over the line: looks at what would raise it. */
static tt_status_t serial_wait(tt_bus_t *bus, uint32_t timeout_ms) {
    const double end = serial_now(bus) + timeout_ms * 1e-3;
    for (int pause_ms = 0;; pause_ms += pause_ms < STATUS_PAUSE_MS) {
        uint32_t word = 0;
        const tt_status_t status = serial_read32(bus, &word, TT_REG_STATUS);
        if (status != TT_OK || tt_reg_get(word, TT_RF_STATUS_DONE) != 0 ||
            tt_reg_get(word, TT_RF_STATUS_ERROR) != 0) {
            return status;
        }
        if (serial_now(bus) >= end) {
            return TT_TIMEOUT;
        }
        (void)poll(NULL, 0, pause_ms);
    }
}

static void serial_close(tt_bus_t *bus) {
    serial_t *const serial = serial_of(bus);
    if (serial->port != NULL) {
        (void)sp_close(serial->port);
        sp_free_port(serial->port);
    } else if (serial->fd >= 0) {
        (void)close(serial->fd);
    }
    free(serial);
}

static const tt_bus_ops_t serial_ops = {serial_close,    serial_read32, serial_write32, serial_mem_write,
                                        serial_mem_read, serial_wait,   serial_now};

/* ---- opening ---- */

static tt_status_t cannot_open(const char *tty, char *message, size_t size) {
    const char *const why = errno == ENOENT   ? "no such tty"
                            : errno == EACCES ? "no permission (on Debian, users of group dialout have it)"
                            : errno == EBUSY  ? "in use by another program"
                                              : strerror(errno);
    (void)snprintf(message, size, "serial:%s: %s", tty, why);
    return TT_NO_ANSWER;
}

/* Two programs on one line would take each other's answers. */
static bool lock(const serial_t *serial) {
    if (flock(serial->fd, LOCK_EX | LOCK_NB) == 0) {
        return true;
    }
    errno = errno == EWOULDBLOCK ? EBUSY : errno;
    return false;
}

/* A tty that libserialport does not know. */
static tt_status_t open_terminal(serial_t *serial, const char *tty, char *message, size_t size) {
    struct termios settings;
    serial->fd = open(tty, O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (serial->fd < 0) {
        return cannot_open(tty, message, size);
    }
    if (tcgetattr(serial->fd, &settings) != 0) {
        (void)snprintf(message, size, "serial:%s: not a tty", tty);
        return TT_NO_ANSWER;
    }
    settings.c_iflag = 0;
    settings.c_oflag = 0;
    settings.c_lflag = 0;
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    if (!lock(serial) || tcsetattr(serial->fd, TCSANOW, &settings) != 0) {
        return cannot_open(tty, message, size);
    }
    return TT_OK;
}

static bool set_up_port(struct sp_port *port, uint32_t baud) {
    return sp_set_baudrate(port, (int)baud) == SP_OK && sp_set_bits(port, 8) == SP_OK &&
           sp_set_parity(port, SP_PARITY_NONE) == SP_OK && sp_set_stopbits(port, 1) == SP_OK &&
           sp_set_flowcontrol(port, SP_FLOWCONTROL_NONE) == SP_OK;
}

static tt_status_t open_port(serial_t *serial, const char *tty, uint32_t baud, char *message, size_t size) {
    char *const path =
        realpath(tty, NULL); /* libserialport takes no links such as those of /dev/serial/by-id */
    if (path == NULL) {
        return cannot_open(tty, message, size);
    }
    const bool known = sp_get_port_by_name(path, &serial->port) == SP_OK;
    free(path);
    if (!known) {
        serial->port = NULL;
        return open_terminal(serial, tty, message, size);
    }
    if (sp_open(serial->port, SP_MODE_READ_WRITE) != SP_OK ||
        sp_get_port_handle(serial->port, &serial->fd) != SP_OK || !lock(serial)) {
        return cannot_open(tty, message, size);
    }
    if (!set_up_port(serial->port, baud)) {
        (void)snprintf(message, size, "serial:%s: does not take %lu baud, 8N1: %s", tty, (unsigned long)baud,
                       strerror(errno));
        return TT_NO_ANSWER;
    }
    return TT_OK;
}

static tt_status_t open_link(serial_t *serial, const char *tty, uint32_t baud, char *message, size_t size) {
    const tt_link_timing_t timing = {.poll_us = POLL_US, .give_up_us = GIVE_UP_US};
    (void)tcflush(serial->fd, TCIOFLUSH);
    tt_link_init(&serial->link, &timing, (uint32_t)now_us() ^ (uint32_t)getpid() << 16);
    tt_link_open(&serial->link, now_us());
    switch (run_job(serial)) {
    case TT_LINK_DONE:
        return TT_OK;
    case TT_LINK_WRONG_VERSION:
        (void)snprintf(message, size, "serial:%s: the board's link has version %u, this driver needs %u", tty,
                       tt_link_version(&serial->link), (unsigned)TT_LINK_VERSION);
        return TT_WRONG_DEVICE;
    default:
        (void)snprintf(message, size, "serial:%s: no tritrain link answers at %lu baud", tty,
                       (unsigned long)baud);
        return TT_NO_ANSWER;
    }
}

/* ---- size of the memory: what is not refused ---- */

static tt_status_t is_memory(serial_t *serial, uint32_t address, bool *yes) {
    uint8_t byte = 0;
    const tt_status_t status = get(serial, &byte, address, 1);
    *yes = status == TT_OK;
    return status == TT_BUSY ? TT_OK : status;
}

/* A list that a dead program has left running keeps the memory closed. */
static tt_status_t stop_list(serial_t *serial) {
    tt_status_t status = serial_write32(&serial->bus, TT_REG_CONTROL, tt_reg_set(0, TT_RF_CONTROL_RESET, 1));
    for (int i = 0; i < RESET_POLLS && status == TT_OK; i++) {
        uint32_t word = 0;
        status = serial_read32(&serial->bus, &word, TT_REG_STATUS);
        if (tt_reg_get(word, TT_RF_STATUS_BUSY) == 0 && tt_reg_get(word, TT_RF_STATUS_RESETTING) == 0) {
            break;
        }
    }
    return status;
}

static tt_status_t find_memory(serial_t *serial) {
    bool yes = false;
    tt_status_t status = is_memory(serial, 0, &yes);
    if (status == TT_OK && !yes) {
        status = stop_list(serial);
    }
    uint32_t size = 0,
             beyond =
                 WORD_BYTES; /* bytes that exist; a size that is too large once the first loop has ended */
    for (yes = true; status == TT_OK && yes && beyond <= MEMORY_MOST;) {
        status = is_memory(serial, beyond - 1u, &yes);
        if (yes) {
            size = beyond;
            beyond *= 2u;
        }
    }
    while (status == TT_OK && beyond - size > WORD_BYTES) {
        const uint32_t middle = size + (beyond - size) / 2u / WORD_BYTES * WORD_BYTES;
        status = is_memory(serial, middle - 1u, &yes);
        if (yes) {
            size = middle;
        } else {
            beyond = middle;
        }
    }
    serial->bus.mem_bytes = size;
    return status;
}

tt_status_t tt_bus_serial_open(const char *config, const tt_bus_options_t *options, tt_bus_t **bus,
                               char *message, size_t size) {
    if (config[0] == '\0') {
        (void)snprintf(message, size, "serial needs a tty, as in serial:/dev/ttyUSB1");
        return TT_BAD_ARG;
    }
    serial_t *const serial = calloc(1, sizeof *serial);
    if (serial == NULL) {
        return TT_NO_MEMORY;
    }
    serial->bus.ops = &serial_ops;
    serial->fd = -1;
    tt_status_t status = open_port(serial, config, options->baud, message, size);
    if (status == TT_OK) {
        status = open_link(serial, config, options->baud, message, size);
    }
    if (status == TT_OK) {
        status = find_memory(serial);
        if (status == TT_OK && serial->bus.mem_bytes == 0) {
            status = TT_WRONG_DEVICE;
        }
        if (status != TT_OK) {
            (void)snprintf(message, size, "serial:%s: no answer about the board's memory", config);
        }
    }
    if (status != TT_OK) {
        serial_close(&serial->bus);
        return status;
    }
    *bus = &serial->bus;
    return TT_OK;
}
