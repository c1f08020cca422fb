/* SPDX-License-Identifier: Apache-2.0 */
#include "tt_link.h"

#include <assert.h>
#include <string.h>

enum {
    HEAD_WRITE = 0x80,
    HEAD_READ = 0xC0,
    HEAD_WITH_ADDRESS = 0x20, /* added to HEAD_WRITE and HEAD_READ */
    HEAD_QUERY = 0x20,
    HEAD_HELLO = 0x60,
    HEAD_COMMAND = 0x80, /* the bit that tells commands from hello and status */
    VERSION_SHIFT = 5,
    SEQUENCE_MASK = 31,
    SLOT_MASK = TT_LINK_WINDOW - 1,
    CRC_BYTES = 3,
    ADDRESS_BYTES = 4,
    NONCE_BYTES = 4,
    ANSWER_BYTES = 2 + CRC_BYTES, /* of an answer without data */
    BODY_BYTES = 251,
    POLL_DOUBLINGS = 16
};

uint32_t tt_link_crc(const uint8_t *bytes, size_t size) {
    uint32_t crc = 0xFFFFFFu;
    for (size_t i = 0; i < size; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0xD3B6BAu : 0u); /* 0x5D6DCB, reflected */
        }
    }
    return crc ^ 0xFFFFFFu;
}

/* ---- window ---- */

static unsigned distance(unsigned from, unsigned to) { return (to - from) & SEQUENCE_MASK; }

static tt_link_slot_t *slot_of(tt_link_t *link, unsigned sequence) {
    return &link->slots[sequence & SLOT_MASK];
}

static bool all_answered(const tt_link_t *link) {
    return link->oldest == link->next_new && link->issued == link->size && link->lost_count == 0;
}

static void end_job(tt_link_t *link, tt_link_state_t state) { link->state = state; }

static void made_progress(tt_link_t *link, uint64_t now_us) {
    link->progress_us = now_us;
    link->poll_wait_us = link->timing.poll_us;
}

/* Everything before `sequence` has been done; reads without answer have to be asked for again. */
static void retire_before(tt_link_t *link, unsigned sequence, uint64_t now_us) {
    if (link->oldest == sequence) {
        return;
    }
    for (; link->oldest != sequence; link->oldest = (link->oldest + 1u) & SEQUENCE_MASK) {
        const tt_link_slot_t *const slot = slot_of(link, link->oldest);
        if (link->job == TT_LINK_JOB_READ) {
            link->lost[link->lost_count++] =
                (tt_link_range_t){.offset = slot->offset, .length = slot->length};
            link->statistics.reads_reissued++;
        }
        if (link->next_sent == link->oldest) { /* arrived before it was to be sent again */
            link->next_sent = (link->next_sent + 1u) & SEQUENCE_MASK;
        }
    }
    made_progress(link, now_us);
}

/* The next command of the job, if the window and the job have room. */
static bool make_command(tt_link_t *link) {
    if (distance(link->oldest, link->next_new) == TT_LINK_WINDOW) {
        return false;
    }
    tt_link_slot_t *const slot = slot_of(link, link->next_new);
    const uint8_t sequence = (uint8_t)link->next_new;
    if (link->lost_count > 0) {
        const tt_link_range_t *const range = &link->lost[--link->lost_count];
        *slot = (tt_link_slot_t){.offset = range->offset, .length = range->length};
        slot->head = (uint8_t)(HEAD_READ | HEAD_WITH_ADDRESS | sequence);
    } else if (link->issued < link->size) {
        const bool is_read = link->job == TT_LINK_JOB_READ;
        const bool first_write = !is_read && link->issued == 0;
        const size_t most =
            first_write ? TT_LINK_DATA_BYTES - 8 : TT_LINK_DATA_BYTES; /* room for the address */
        const size_t rest = link->size - link->issued;
        *slot = (tt_link_slot_t){.offset = (uint32_t)link->issued,
                                 .length = (uint8_t)(rest < most ? rest : most)};
        slot->head = (uint8_t)((is_read ? HEAD_READ : HEAD_WRITE) |
                               (is_read || first_write ? HEAD_WITH_ADDRESS : 0) | sequence);
        link->issued += slot->length;
    } else {
        return false;
    }
    link->next_new = (link->next_new + 1u) & SEQUENCE_MASK;
    return true;
}

/* ---- towards the device ---- */

/* Appends the frame of a body of `size` bytes to link->out. The body has room for the CRC. */
static void put_frame(tt_link_t *link, uint8_t *body, size_t size) {
    assert(size <= BODY_BYTES);
    const uint32_t crc = tt_link_crc(body, size);
    for (int i = 0; i < CRC_BYTES; i++) {
        body[size++] = (uint8_t)(crc >> (8 * i));
    }
    uint8_t *const out = link->out + link->out_size;
    size_t code = 0, used = 1; /* position of the current code byte */
    for (size_t i = 0; i < size; i++) {
        if (body[i] == 0) {
            out[code] = (uint8_t)(used - code);
            code = used++;
        } else {
            out[used++] = body[i];
        }
    }
    out[code] = (uint8_t)(used - code);
    out[used++] = 0;
    link->out_size += used;
    link->statistics.frames_sent++;
}

/* A query, or with HEAD_HELLO a hello. */
static void put_query(tt_link_t *link, uint8_t head) {
    uint8_t body[2 + NONCE_BYTES + CRC_BYTES] = {head, NONCE_BYTES};
    link->query_sent++;
    for (int i = 0; i < NONCE_BYTES; i++) {
        body[2 + i] = (uint8_t)(link->query_sent >> (8 * i));
    }
    if (head == HEAD_HELLO) {
        link->out[link->out_size++] = 0; /* ends what another session left unfinished */
    }
    put_frame(link, body, 2 + NONCE_BYTES);
    link->statistics.queries++;
}

static void put_command(tt_link_t *link, const tt_link_slot_t *slot) {
    uint8_t body[BODY_BYTES + CRC_BYTES];
    size_t size = 0;
    body[size++] = slot->head;
    if ((slot->head & HEAD_WITH_ADDRESS) != 0) {
        const uint32_t at = link->address + slot->offset;
        const uint32_t address = at << 1 | at >> 31; /* bit 0: register space */
        for (int i = ADDRESS_BYTES - 1; i >= 0; i--) {
            body[size++] = (uint8_t)(address >> (8 * i));
        }
    }
    if (link->job == TT_LINK_JOB_WRITE) {
        memcpy(body + size, link->source + slot->offset, slot->length);
        size += slot->length;
    } else {
        body[size++] = slot->length;
    }
    put_frame(link, body, size);
}

/* Incomplete answers at the head of the input are given up when nothing follows. */
static void scan(tt_link_t *link, bool give_up_partial, uint64_t now_us);

static void query_if_due(tt_link_t *link, uint64_t now_us) {
    const bool silence = now_us >= link->next_poll_us;
    if (silence) {
        scan(link, true, now_us);
    }
    if (link->state != TT_LINK_WORKING ||
        (!silence && !(link->gap && (int32_t)(link->query_sent - link->query_awaited) < 0))) {
        return;
    }
    put_query(link, link->job == TT_LINK_JOB_OPEN ? HEAD_HELLO : HEAD_QUERY);
    link->next_poll_us = now_us + link->poll_wait_us;
    if (silence && link->poll_wait_us < link->timing.poll_us * POLL_DOUBLINGS) {
        link->poll_wait_us *= 2u;
    }
}

/* Fills link->out with the next frame, if there is one to be sent. */
static void next_frame(tt_link_t *link, uint64_t now_us) {
    link->out_size = 0;
    link->out_sent = 0;
    if (link->job != TT_LINK_JOB_OPEN && !link->gap &&
        (link->next_sent != link->next_new || make_command(link))) {
        tt_link_slot_t *const slot = slot_of(link, link->next_sent);
        put_command(link, slot);
        slot->query = link->query_sent;
        link->statistics.frames_resent += slot->resent;
        link->next_sent = (link->next_sent + 1u) & SEQUENCE_MASK;
        link->next_poll_us = now_us + link->poll_wait_us;
        return;
    }
    query_if_due(link, now_us);
}

static void forgive_absence(tt_link_t *link, uint64_t now_us) {
    const uint64_t deadline = tt_link_deadline(link);
    const uint64_t due = deadline > link->seen_us ? deadline : link->seen_us;
    if (now_us > due + link->timing.poll_us) {
        link->progress_us += now_us - due;
    }
    link->seen_us = now_us;
}

size_t tt_link_send(tt_link_t *link, uint8_t *bytes, size_t room, uint64_t now_us) {
    size_t used = 0;
    forgive_absence(link, now_us);
    if (link->state == TT_LINK_WORKING && now_us - link->progress_us > link->timing.give_up_us) {
        end_job(link, TT_LINK_LOST);
    }
    while (link->state == TT_LINK_WORKING) {
        if (link->out_sent == link->out_size) {
            next_frame(link, now_us);
            if (link->out_size == 0) {
                break;
            }
        }
        const size_t rest = link->out_size - link->out_sent;
        const size_t part = rest < room - used ? rest : room - used;
        memcpy(bytes + used, link->out + link->out_sent, part);
        link->out_sent += part;
        used += part;
        if (used == room) {
            break;
        }
    }
    return used;
}

uint64_t tt_link_deadline(const tt_link_t *link) {
    const uint64_t end = link->progress_us + link->timing.give_up_us + 1u;
    return link->next_poll_us < end ? link->next_poll_us : end;
}

/* ---- from the device ---- */

/* Is this the beginning of an answer that may come now? */
static bool plausible(tt_link_t *link, uint8_t head, uint8_t length) {
    if (link->job == TT_LINK_JOB_OPEN) {
        return (head & HEAD_COMMAND) == 0 && length == NONCE_BYTES;
    }
    const unsigned sequence = head & SEQUENCE_MASK;
    if ((head & HEAD_COMMAND) == 0) {
        return head >> VERSION_SHIFT == TT_LINK_VERSION && (length == 0 || length == NONCE_BYTES);
    }
    if (distance(link->oldest, sequence) >= distance(link->oldest, link->next_new)) {
        return false;
    }
    const tt_link_slot_t *const slot = slot_of(link, sequence);
    return head == slot->head && length == (link->job == TT_LINK_JOB_READ ? slot->length : 0);
}

/* May the device wait for this command? One that was reset, which refuses everything, may wait for any. */
static bool may_expect(const tt_link_t *link, unsigned sequence) {
    return distance(link->oldest, sequence) <= distance(link->oldest, link->next_new);
}

/* The number of the hello or query that is answered; false: of another session, or behind a later one. */
static bool take_number(tt_link_t *link, const uint8_t *data) {
    const uint32_t number =
        data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
    const uint32_t open = link->query_sent - link->query_answered;
    if (number - link->query_answered - 1u >= open) {
        return false;
    }
    link->query_answered = number;
    return true;
}

static void take_hello(tt_link_t *link, const uint8_t *answer, uint64_t now_us) {
    if (!take_number(link, answer + 2)) {
        return;
    }
    link->version = answer[0] >> VERSION_SHIFT;
    link->oldest = answer[0] & SEQUENCE_MASK;
    link->next_sent = link->oldest;
    link->next_new = link->oldest;
    made_progress(link, now_us);
    end_job(link, link->version == TT_LINK_VERSION ? TT_LINK_DONE : TT_LINK_WRONG_VERSION);
}

/* The device waits for `expect`, and something came that was not it. */
static void take_status(tt_link_t *link, unsigned expect, uint64_t now_us) {
    retire_before(link, expect, now_us);
    if (link->next_sent != expect && !link->gap) {
        link->gap = true; /* or the command is still on its way: a query behind it will tell */
        link->query_awaited = link->query_sent + 1u;
    }
}

/* Was this command sent (the last time) before the query that was answered last? */
static bool sent_before_query(tt_link_t *link, unsigned sequence) {
    return (int32_t)(slot_of(link, sequence)->query - link->query_answered) < 0;
}

/* `expect` also counts commands that came behind the query and are not done yet: only what was sent before it is known. */
static void take_query(tt_link_t *link, const uint8_t *answer, uint64_t now_us) {
    const unsigned expect = answer[0] & SEQUENCE_MASK;
    if (!take_number(link, answer + 2)) {
        return;
    }
    unsigned done = link->oldest;
    while (done != expect && done != link->next_sent && sent_before_query(link, done)) {
        done = (done + 1u) & SEQUENCE_MASK;
    }
    retire_before(link, done, now_us);
    if (link->gap && (int32_t)(link->query_answered - link->query_awaited) >= 0) {
        link->gap = false;
    }
    if (done != expect || done == link->next_sent || !sent_before_query(link, done)) {
        return; /* from `done` on all has been sent behind the query, or nothing */
    }
    for (unsigned s = done; s != link->next_sent; s = (s + 1u) & SEQUENCE_MASK) {
        slot_of(link, s)->resent = true;
    }
    link->next_sent = done;
}

static void take_answer(tt_link_t *link, const uint8_t *answer, uint64_t now_us) {
    const unsigned sequence = answer[0] & SEQUENCE_MASK;
    const tt_link_slot_t *const slot = slot_of(link, sequence);
    retire_before(link, sequence, now_us);
    if (link->job == TT_LINK_JOB_READ) {
        memcpy(link->target + slot->offset, answer + 2, slot->length);
    }
    if (link->next_sent == sequence) {
        link->next_sent = (sequence + 1u) & SEQUENCE_MASK;
    }
    link->oldest = (sequence + 1u) & SEQUENCE_MASK;
    made_progress(link, now_us);
}

/* A whole answer of a plausible kind. False: its CRC is wrong, or it cannot be meant for this job. */
static bool take(tt_link_t *link, const uint8_t *answer, uint64_t now_us) {
    const size_t size = 2u + answer[1];
    const uint32_t sent = answer[size] | (uint32_t)answer[size + 1] << 8 | (uint32_t)answer[size + 2] << 16;
    const uint32_t crc = tt_link_crc(answer, size);
    const bool refused = sent == (crc ^ 0xFFFFFFu);
    const bool is_status = link->job != TT_LINK_JOB_OPEN && (answer[0] & HEAD_COMMAND) == 0;
    if (sent != crc && !refused) {
        return false;
    }
    if (is_status && !refused && !may_expect(link, answer[0] & SEQUENCE_MASK)) {
        if (answer[1] == 0 || !take_number(link, answer + 2)) {
            return false; /* a damaged one, or of another session */
        }
        end_job(link, TT_LINK_REFUSED); /* of this one: the board was reset, then had an old hello */
        return true;
    }
    link->poll_wait_us = link->timing.poll_us;
    if (link->job == TT_LINK_JOB_OPEN) {
        take_hello(link, answer, now_us);
    } else if (refused) {
        end_job(link, TT_LINK_REFUSED);
    } else if (is_status && answer[1] == 0) {
        take_status(link, answer[0] & SEQUENCE_MASK, now_us);
    } else if (is_status) {
        take_query(link, answer, now_us);
    } else {
        take_answer(link, answer, now_us);
    }
    if (link->state == TT_LINK_WORKING && link->job != TT_LINK_JOB_OPEN && all_answered(link)) {
        end_job(link, TT_LINK_DONE);
    }
    return true;
}

static void scan(tt_link_t *link, bool give_up_partial, uint64_t now_us) {
    size_t at = 0;
    while (link->in_size - at >= 2 && link->state == TT_LINK_WORKING) {
        const uint8_t *const answer = link->in + at;
        if (plausible(link, answer[0], answer[1])) {
            const size_t size = (size_t)answer[1] + ANSWER_BYTES;
            if (size > link->in_size - at) {
                if (!give_up_partial) {
                    break;
                }
            } else if (take(link, answer, now_us)) {
                at += size;
                continue;
            }
        }
        at++;
        link->statistics.bytes_skipped++;
    }
    link->in_size -= at;
    memmove(link->in, link->in + at, link->in_size);
}

void tt_link_receive(tt_link_t *link, const uint8_t *bytes, size_t size, uint64_t now_us) {
    while (size > 0 && link->state == TT_LINK_WORKING) {
        const size_t room = sizeof link->in - link->in_size;
        const size_t part = size < room ? size : room;
        memcpy(link->in + link->in_size, bytes, part);
        link->in_size += part;
        bytes += part;
        size -= part;
        scan(link, false, now_us);
    }
    if (link->next_poll_us < now_us + link->poll_wait_us) {
        link->next_poll_us = now_us + link->poll_wait_us;
    }
}

/* ---- jobs ---- */

void tt_link_init(tt_link_t *link, const tt_link_timing_t *timing, uint32_t nonce) {
    memset(link, 0, sizeof *link);
    link->timing = *timing;
    link->query_sent = nonce;
    link->query_answered = nonce;
    link->state = TT_LINK_DONE;
}

static void begin_job(tt_link_t *link, uint64_t now_us) {
    assert(link->state != TT_LINK_WORKING);
    link->state = TT_LINK_WORKING;
    link->issued = 0;
    link->lost_count = 0;
    if (link->out_sent == 0) {
        link->out_size =
            0; /* else the rest of a repetition or a poll goes first, so that frames stay whole */
    }
    link->in_size = 0;
    link->next_poll_us = now_us;
    link->seen_us = now_us;
    link->gap = false;
    made_progress(link, now_us);
}

void tt_link_open(tt_link_t *link, uint64_t now_us) {
    begin_job(link, now_us);
    link->job = TT_LINK_JOB_OPEN;
    link->size = 0;
    link->query_answered = link->query_sent; /* answers of before do not count */
}

void tt_link_write(tt_link_t *link, uint32_t address, const void *data, size_t size, uint64_t now_us) {
    assert(size > 0);
    begin_job(link, now_us);
    link->job = TT_LINK_JOB_WRITE;
    link->address = address;
    link->source = data;
    link->size = size;
}

void tt_link_read(tt_link_t *link, void *data, uint32_t address, size_t size, uint64_t now_us) {
    assert(size > 0);
    begin_job(link, now_us);
    link->job = TT_LINK_JOB_READ;
    link->address = address;
    link->target = data;
    link->size = size;
}

tt_link_state_t tt_link_state(const tt_link_t *link) { return link->state; }

unsigned tt_link_version(const tt_link_t *link) { return link->version; }

const tt_link_statistics_t *tt_link_statistics(const tt_link_t *link) { return &link->statistics; }
