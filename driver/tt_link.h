/* SPDX-License-Identifier: Apache-2.0
 * The host's side of docs/link.md: frames, window and repair, without an operating system and without a clock. The caller moves bytes and
 * tells the time in microseconds from an arbitrary start:
 *
 *     tt_link_read(&link, data, address, size, now());
 *     while (tt_link_state(&link) == TT_LINK_WORKING) {
 *         put on the line what tt_link_send() gives; give what the line brings to tt_link_receive();
 *         wait for bytes, for room to send, or until tt_link_deadline(), whatever is first
 *     }
 *
 * One job (open, write, read) at a time. Nothing is allocated; the buffers of a job belong to the caller and stay until it has ended. */
#ifndef TT_LINK_H
#define TT_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    TT_LINK_WINDOW = 16,       /* unanswered commands */
    TT_LINK_FRAME_BYTES = 256, /* longest frame on the line */
    TT_LINK_DATA_BYTES = 248,  /* data of one frame: whole 64-bit words */
    TT_LINK_VERSION = 1
};

#define TT_LINK_REGISTERS UINT32_C(0x80000000) /* added to a register's offset */

typedef enum {
    TT_LINK_WORKING,
    TT_LINK_DONE,    /* the last job has ended, or there was none */
    TT_LINK_REFUSED, /* ended: the device runs a list, was reset, or has no such address; part of a write may have been done. Open again */
    TT_LINK_LOST,    /* ended: no progress for give_up_us; what was done is unknown. Open again */
    TT_LINK_WRONG_VERSION /* the device speaks another version, tt_link_version() */
} tt_link_state_t;

typedef struct {
    uint32_t poll_us;    /* silence after which the device is asked where it stands; doubled up to 16 times */
    uint32_t give_up_us; /* without progress */
} tt_link_timing_t;

/* What happened on the line since tt_link_init. */
typedef struct {
    uint64_t frames_sent;    /* with repetitions and queries */
    uint64_t frames_resent;  /* sent again, byte for byte */
    uint64_t reads_reissued; /* whose answer was lost */
    uint64_t queries;
    uint64_t bytes_skipped; /* received, and part of no answer */
} tt_link_statistics_t;

/* Of one command whose answer has not come. */
typedef struct {
    uint8_t head;
    uint8_t length; /* of the data */
    bool resent;
    uint32_t offset; /* into the job */
    uint32_t query;  /* the last one that was sent before it */
} tt_link_slot_t;

typedef struct {
    uint32_t offset;
    uint8_t length;
} tt_link_range_t;

/* Opaque: defined here so that the caller owns the memory. */
typedef struct {
    tt_link_timing_t timing;
    tt_link_statistics_t statistics;
    tt_link_state_t state;
    unsigned version;

    /* job */
    enum { TT_LINK_JOB_OPEN, TT_LINK_JOB_WRITE, TT_LINK_JOB_READ } job;
    uint32_t address;
    const uint8_t *source;
    uint8_t *target;
    size_t size, issued;                  /* bytes of the job; those that were made into commands */
    tt_link_range_t lost[TT_LINK_WINDOW]; /* to be read again */
    unsigned lost_count;

    /* window; sequence numbers modulo 32: oldest unanswered <= next to be sent <= next to be made */
    tt_link_slot_t slots[TT_LINK_WINDOW];
    unsigned oldest, next_sent, next_new;
    bool gap; /* the device has missed something: it is asked what, and nothing else is sent meanwhile */

    /* Hello and queries are numbered from the nonce of tt_link_init. */
    uint32_t query_sent, query_answered, query_awaited; /* awaited: the first whose answer ends the gap */

    uint64_t progress_us, next_poll_us, seen_us; /* seen: the last tt_link_send */
    uint32_t poll_wait_us;

    uint8_t out[TT_LINK_FRAME_BYTES + 1]; /* one more for the delimiter in front of a hello */
    size_t out_size, out_sent;
    uint8_t in[TT_LINK_FRAME_BYTES];
    size_t in_size;
} tt_link_t;

/* nonce: differs from session to session. The first job must be tt_link_open. */
void tt_link_init(tt_link_t *link, const tt_link_timing_t *timing, uint32_t nonce);

/* Start a job; none may be working. Open: agree with the device on where it stands, take back a refused state. */
void tt_link_open(tt_link_t *link, uint64_t now_us);
/* size > 0, below 2^31; address with TT_LINK_REGISTERS for registers */
void tt_link_write(tt_link_t *link, uint32_t address, const void *data, size_t size, uint64_t now_us);
void tt_link_read(tt_link_t *link, void *data, uint32_t address, size_t size, uint64_t now_us);

/* Next bytes for the line, at most `room`; returns how many. Also does what is due: repetitions, giving up. A caller that comes much too
 * late (stopped, suspended) has not heard what the device said meanwhile: that time is no silence. */
size_t tt_link_send(tt_link_t *link, uint8_t *bytes, size_t room, uint64_t now_us);
/* Bytes that came. */
void tt_link_receive(tt_link_t *link, const uint8_t *bytes, size_t size, uint64_t now_us);
/* When tt_link_send has something to do even if nothing comes. */
uint64_t tt_link_deadline(const tt_link_t *link);

tt_link_state_t tt_link_state(const tt_link_t *link);
unsigned tt_link_version(const tt_link_t *link);
const tt_link_statistics_t *tt_link_statistics(const tt_link_t *link);

/* The check word of a frame: 24 bits. */
uint32_t tt_link_crc(const uint8_t *bytes, size_t size);

#endif
