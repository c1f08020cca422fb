/* SPDX-License-Identifier: Apache-2.0
 * Registers and wires of the timing machine: one struct per RTL module, with the names of its registers. Internal to tt_timing*.c. */
#ifndef TT_TIMING_STATE_H
#define TT_TIMING_STATE_H

#include <stdbool.h>

#include "tt_ref.h"

enum {
    STAGES = 3,
    QUEUE = 4, /* instructions per stage */
    RUNS = 16, /* load's run FIFO */
    RUNS_COMPACT = 2,
    OWNERS = 32, /* bursts in flight */
    OWNERS_COMPACT = 4,
    COMPACT_WATCHDOG = 1 << 17, /* at most; the device may give up after half of it */
    BURSTS = 64,                /* of the memory */
    READ_FIFO = 64,             /* beats of the finish stage */
    MASTER_BEATS = 16,          /* of a block of master weights */
    OUT_WORDS = 4,              /* likewise, on their way to the write port */
    FETCH_WAIT = 2,
    EXEC_STAGES = 8, /* operand address to accumulator */
    EXEC_STAGES_COMPACT = 3,
    LOAD_AHEAD = 64,  /* beats on their way that keep the load stage from asking */
    LANE_STAGES = 11, /* of a lane of form 1 */
    BOUNDARY = 64,    /* beats: bursts end at multiples of 512 bytes */
    DISPATCH_WORDS = 16,
    SCALE_WAIT = 64,  /* cycles from entry to the first element, lanes of form 0 */
    SCALE_PACE = 5,   /* idle cycles between elements, form 2 */
    OPEN_SINGLE = 63, /* single beats not yet acknowledged */
    BEAT_MASK = 0x1FFFFFFF
};

typedef struct {
    uint32_t index, step;
} job_t;

/* A loop nest, level 0 innermost, and an address (beats) that follows it by jumps. */
typedef struct {
    uint32_t last[4];
    int32_t jump[4];
    uint32_t i[4];
    unsigned levels;
    uint32_t addr;
} nest_t;

/* Goes to the next iteration; returns the incremented level, or levels when the nest has ended. */
static inline unsigned nest_step(nest_t *n) {
    for (unsigned l = 0; l < n->levels; l++) {
        if (n->i[l] != n->last[l]) {
            n->i[l]++;
            n->addr = (n->addr + (uint32_t)n->jump[l]) & BEAT_MASK;
            return l;
        }
        n->i[l] = 0;
    }
    return n->levels;
}

/* The innermost `levels` loops are at their last index. */
static inline bool nest_last(const nest_t *n, unsigned levels) {
    for (unsigned l = 0; l < levels; l++) {
        if (n->i[l] != n->last[l]) {
            return false;
        }
    }
    return true;
}

typedef struct {
    enum { LD_IDLE, LD_ENTRY, LD_RUN, LD_EXIT } state;
    bool target_b, no_mask, push_b, tokens_only;
    uint32_t pop_finished, pop_a, pop_b;
    uint32_t run_last;
    nest_t nest; /* addr: of the next burst */
    int32_t y_jump[4], x_jump[4];
    uint16_t y, x, y_limit, x_limit;
    /* request */
    bool asking, jumping, fresh; /* fresh: nothing of the run is out */
    bool wait;                   /* what decides on the request is not there yet; full configurations */
    uint32_t left;               /* beats not yet asked for, minus one */
    uint32_t ahead, asked, came; /* beats on their way; what the cycle before adds and takes off */
    /* writer */
    bool writing, sign;
    uint32_t sub, beat;
    /* run FIFO */
    struct {
        bool zero, chunk_last, last;
    } runs[RUNS];
    uint32_t run_head, run_fill;
} load_t;

typedef struct {
    enum { EX_IDLE, EX_ENTRY, EX_CHUNK, EX_RUN, EX_EXIT } state;
    bool pop_b, push_b, bad;
    uint32_t chunks_last, chunk;
    uint64_t tile_words, word, tiles, tile; /* words per tile, tiles per chunk, and those being issued */
    bool valid[EXEC_STAGES], last[EXEC_STAGES], chunk_end, exec_end;
    unsigned done; /* stage of a finished tile */
} exec_t;

typedef struct {
    /* the last row: compact configurations */
    enum finish_state {
        FN_IDLE,
        FN_ENTRY,
        FN_AUX,
        FN_GROUPS,
        FN_STATE,
        FN_FLUSH,
        FN_EXIT,
        FN_IN,
        FN_TAKE,
        FN_NEXT,
        FN_DRAIN,
        FN_OUT,
        FN_STATE_BEAT
    } state;
    bool state_load, state_store, from_memory, to_int32, write_off, push, bad, master;
    uint32_t aux_beats, out_beats;
    uint64_t blocks, block;
    uint32_t aux, group, beat;
    bool state_run;
    nest_t written, masters;
    /* lanes */
    bool valid[LANE_STAGES], last[LANE_STAGES];
    uint32_t pair, gathered;
    /* pack; runs: of the block, which the write port has not taken yet, that of the masters first */
    bool full, out_valid;
    uint32_t runs;
    uint32_t out_beat;
    uint32_t words; /* on their way to the write port */
    bool word_new;  /* one of them is not in its FIFO yet */
    /* read */
    enum { RD_IDLE, RD_STEP, RD_LENGTH, RD_SPACE, RD_ASK } read;
    bool read_begin, src_part;
    uint32_t read_addr, read_left, read_len, space, fifo;
    bool popped; /* a beat has left the FIFO in the cycle before */
    uint32_t src_addr, read_aux_beats, read_src_beats;
    nest_t aux_nest;
    /* compact: planes, moves done, beats to ask for, loop of the last step */
    bool aux_no_mask, out_no_mask, done, sent;
    uint32_t aux_planes, out_planes, slice, left, step_loop, scale_wait, pace_wait;
    bool slot_put; /* EXIT writes a slot into the dispatcher's RAM */
} finish_t;

typedef struct {
    bool busy, planned, aw_done, w_done;
    uint32_t addr, left, len, sent, open;
} writer_t;

typedef struct {
    tt_config_t config;
    tt_ref_memory_t memory;
    uint32_t mem_beats;
    const uint64_t *list;
    uint32_t list_beat, instructions, steps;

    /* fetch */
    enum { FE_IDLE, FE_ASK, FE_RECEIVE } fetch;
    uint32_t index, step, word;
    uint32_t fetch_wait; /* cycles until the next instruction may be asked for; full configurations */
    /* dispatch */
    job_t queue[STAGES][QUEUE];
    uint32_t head[STAGES], fill[STAGES];
    int dispatch; /* cycles since the start of a transfer, -1: idle */
    unsigned dispatch_stage;
    job_t dispatch_job;
    /* tokens */
    uint32_t a_ready, b_ready, a_free, b_free, finished;
    uint32_t drain; /* groups left */
    load_t load;
    exec_t exec;
    finish_t finish;
    writer_t writer;

    /* read port */
    bool ar_valid;
    uint32_t ar_len;
    uint8_t owners[OWNERS];
    uint32_t owner_head, owner_fill;
    /* memory */
    struct {
        uint64_t time;
        uint32_t beats;
    } bursts[BURSTS];
    uint32_t burst_head, burst_fill, burst_beat;
    uint64_t acks[256];
    uint32_t ack_head, ack_fill;
    bool rvalid;
    uint64_t now, next_read, next_write;

    uint32_t quiet, watchdog;
    tt_dev_err_t error;
    tt_counters_t counters;
} timing_t;

enum { OWNER_FINISH = 0, OWNER_FETCH = 1, OWNER_LOAD = 2 };

static inline uint32_t min32(uint32_t a, uint32_t b) { return a < b ? a : b; }
static inline uint32_t to_boundary(uint32_t beat) { return BOUNDARY - beat % BOUNDARY; }

/* Elements that the finish stage takes at a time: one for each lane, but compact configurations of form 0 have one lane for their two
 * generators. */
static inline uint32_t group_of(const timing_t *t) {
    return t->config.compact != 0 && t->config.scale_form == 0u ? 1u : t->config.lanes;
}

/* Wires that cross modules. */
typedef struct {
    bool dv[3]; /* data_valid of the read port */
    bool read_beat, write_beat;
    /* requests: 0 finish, 1 fetch, 2 load */
    bool req[3];
    uint32_t len[3];
    bool grant[3];
    /* load */
    bool ld_enter, ld_busy, ld_run_ready, ld_beat_done, ld_zero;
    /* exec */
    bool ex_enter, ex_take_chunk, ex_issue, ex_ce, ex_tile_end, ex_chunk_end;
    /* finish */
    bool slot_read; /* STATE_STORE has the RAM of the instruction queues */
    bool fn_enter, fn_take, fn_block_end, fn_aux_take, fn_state_beat, fn_gather, fn_stall, fn_move,
        fn_last_beat, fn_out_beat, fn_pair_sent, fn_int32_done, fn_word_free;
    bool fn_ready, fn_source, fn_pop;
    bool fn_move_in, fn_move_out;
    /* writer */
    uint32_t block_runs;
    bool wr_run_valid, wr_run_masters, wr_run, wr_ready, w_fire, wr_burst_end, wr_run_end, aw_fire, b_fire;
} wires_t;

/* Every wire of this cycle from the registers; reports an address beyond the memory in t->error. */
void tt_timing_wires(timing_t *t, wires_t *w);

/* Finish stage and write port of compact configurations (tt_timing_compact.c). */
void tt_timing_compact_wires(timing_t *t, wires_t *w);
void tt_timing_compact_clock(timing_t *t, const wires_t *w);

#endif
