/* SPDX-License-Identifier: Apache-2.0
 * finish_lane with its lane_scale against the C twin, element by element, the clock enable and the elements coming at random. Instructions of a
 * few elements; corners of every operand; the first random number often at the fraction of V or beside it. */
#include <deque>
#include <vector>

#include "Vbench_lane.h"
#include "lockstep.h"

static constexpr unsigned LANES = 10;
struct Lane {
    const char *name;
    unsigned w_acc, planes, wait;
};
static constexpr unsigned FIRST_SHIFTER = 3, LAST_SHIFTER = 7; /* lanes with master weights */
/* as in bench_lane.v */
static constexpr Lane LANE[LANES] = {
    {"finish_lane chain W_ACC=16 PLANES=3", 16, 3, 65},  {"finish_lane chain W_ACC=16 PLANES=2", 16, 2, 65},
    {"finish_lane chain W_ACC=12 PLANES=1", 12, 1, 65},  {"finish_lane shifter W_ACC=16 PLANES=3", 16, 3, 1},
    {"finish_lane shifter W_ACC=24 PLANES=3", 24, 3, 1}, {"finish_lane shifter W_ACC=24 PLANES=5", 24, 5, 1},
    {"finish_lane shifter W_ACC=24 PLANES=4", 24, 4, 1}, {"finish_lane shifter W_ACC=24 PLANES=1", 24, 1, 1},
    {"finish_lane serial W_ACC=16 PLANES=3", 16, 3, 1},  {"finish_lane serial W_ACC=24 PLANES=5", 24, 5, 1}};
static constexpr unsigned ALL = (1u << LANES) - 1u;
static constexpr unsigned INSTRUCTIONS = 15000;
static constexpr unsigned ELEMENTS = 6;
static constexpr unsigned WAIT_MAX = 100;
static constexpr unsigned RAND_AT = 8;
static constexpr unsigned LAST_STAGE = 10; /* of the longest lanes; the bench delays the others */

struct Instruction {
    tt_ref_round_t round[LANES];
    unsigned aux_radix, out_radix;
    bool has_ste, has_target, has_master;
    int32_t ste_limit;
};

struct Element {
    int32_t acc;
    uint32_t aux_mask, aux_sign;
    int32_t master;
    bool valid;
};

struct Result {
    uint32_t mask[LANES], sign[LANES];
    int32_t master[LANES];
};

static int32_t corner(Random &random, unsigned bits) {
    uint64_t value = random.next();
    switch (random.below(6)) {
    case 0:
        value = uint64_t{1} << random.below(bits);
        break;
    case 1:
        value = (uint64_t{1} << random.below(bits)) - 1u;
        break;
    case 2:
        value = ~uint64_t{0} << random.below(bits);
        break;
    case 3:
        value = value & 3u;
        break;
    case 4:
        value = uint64_t{0} - (value & 3u);
        break;
    default:
        break;
    }
    return static_cast<int32_t>(sign_extend(value, bits));
}

/* Bounds are legal: lo <= 0 <= hi within the planes. */
static Instruction instruction(Random &random) {
    Instruction in = {};
    tt_ref_round_t r = {};
    r.mant = corner(random, 16);
    r.shift = random.one_in(4) ? static_cast<int32_t>(random.below(256)) - 128
                               : static_cast<int32_t>(random.below(64)) - 32;
    r.exp = random.one_in(2) ? 0 : static_cast<int32_t>(random.below(random.one_in(8) ? 256 : 25));
    r.mode = static_cast<tt_round_t>(random.one_in(2) ? 1 : random.below(4));
    r.binary = random.one_in(4);
    r.has_old = random.one_in(2);
    in.has_ste = !r.has_old && random.one_in(2);
    in.has_target = r.has_old && random.one_in(2);
    in.has_master = !r.has_old && !in.has_ste && random.one_in(2);
    in.aux_radix = random.one_in(2) ? 2 : 3;
    in.out_radix = random.one_in(2) ? 2 : 3;
    in.ste_limit = static_cast<int32_t>(random.below(random.one_in(4) ? 256 : 16));
    for (unsigned l = 0; l < LANES; l++) {
        const int32_t limit = tt_ref_plane_limit(LANE[l].planes, in.out_radix);
        r.hi = r.binary           ? 1
               : random.one_in(2) ? limit
                                  : static_cast<int32_t>(random.below(static_cast<uint64_t>(limit) + 1u));
        r.lo = r.binary           ? 0
               : random.one_in(2) ? -limit
                                  : -static_cast<int32_t>(random.below(static_cast<uint64_t>(limit) + 1u));
        in.round[l] = r;
    }
    return in;
}

static Element element(Random &random) {
    Element e = {};
    e.acc = corner(random, random.one_in(2) ? 24 : random.one_in(2) ? 16 : 8);
    e.aux_mask = static_cast<uint32_t>(random.one_in(4) ? 31u : random.below(32));
    e.aux_sign = static_cast<uint32_t>(random.below(32));
    e.master = corner(random, 16);
    if (!random.one_in(8))
        e.master /= 2;
    e.valid = !random.one_in(8);
    return e;
}

static void lane_result(Result &result, unsigned l, const Instruction &in, const Element &e,
                        uint32_t rand24) {
    const tt_ref_round_t &r = in.round[l];
    const int32_t acc = static_cast<int32_t>(sign_extend(static_cast<uint32_t>(e.acc), LANE[l].w_acc));
    result.master[l] = 0;
    if (in.has_master && l >= FIRST_SHIFTER && l <= LAST_SHIFTER) {
        result.master[l] = e.valid ? tt_ref_master(acc, e.master, rand24, &r) : 0;
        const int32_t trit = e.valid ? tt_ref_master_trit(result.master[l], r.binary) : 0;
        result.mask[l] = trit != 0;
        result.sign[l] = trit < 0;
        return;
    }
    const int32_t aux = tt_ref_plane_decode(e.aux_mask, e.aux_sign, LANE[l].planes, in.aux_radix);
    const int32_t old = !r.has_old ? 0 : r.binary ? static_cast<int32_t>(~e.aux_sign & 1u) : aux;
    int32_t q = tt_ref_round(acc, old, rand24, &r);
    if (!e.valid || (in.has_ste && (aux < 0 ? -aux : aux) >= in.ste_limit))
        q = 0;
    if (in.has_target && q * old <= 0)
        q = 0;
    if (r.binary) {
        result.mask[l] = e.valid;
        result.sign[l] = e.valid && q == 0;
    } else {
        tt_ref_plane_encode(q, LANE[l].planes, in.out_radix, &result.mask[l], &result.sign[l]);
    }
}

static void set_constants(Vbench_lane &dut, const Instruction &in) {
    const tt_ref_round_t &r = in.round[0];
    dut.mant_i = static_cast<uint16_t>(r.mant);
    dut.shift_i = static_cast<uint32_t>(r.shift - r.exp) & 0x3FFu;
    dut.mode_i = static_cast<uint8_t>(r.mode);
    dut.binary_i = r.binary;
    dut.aux_old_i = r.has_old;
    dut.master_on_i = in.has_master;
    dut.aux_limit_i = in.has_ste || in.has_target;
    dut.aux_radix3_i = in.aux_radix == 3;
    dut.out_radix3_i = in.out_radix == 3;
    dut.ste_limit_i = static_cast<uint8_t>(in.ste_limit);
    for (unsigned word = 0; word < 3; word++) {
        dut.lo_i[word] = 0;
        dut.hi_i[word] = 0;
    }
    for (unsigned l = 0; l < LANES; l++) {
        dut.lo_i[l / 4] |= static_cast<uint32_t>(static_cast<uint8_t>(in.round[l].lo)) << (8 * (l % 4));
        dut.hi_i[l / 4] |= static_cast<uint32_t>(static_cast<uint8_t>(in.round[l].hi)) << (8 * (l % 4));
    }
}

static void set_element(Vbench_lane &dut, const Element &e) {
    dut.acc_i = static_cast<uint32_t>(e.acc) & 0xFFFFFFu;
    dut.aux_mask_i = static_cast<uint8_t>(e.aux_mask);
    dut.aux_sign_i = static_cast<uint8_t>(e.aux_sign);
    dut.master_i = static_cast<uint16_t>(e.master);
    dut.valid_i = e.valid;
}

/* A generator state whose first number lies at the fraction of the first element's V, or beside it. */
static uint64_t start_state(Random &random, const Instruction &in, const Element &e) {
    uint64_t state = random.next() | 1u;
    if (random.one_in(2))
        return state;
    const unsigned l = static_cast<unsigned>(random.below(LANES));
    const int32_t acc = static_cast<int32_t>(sign_extend(static_cast<uint32_t>(e.acc), LANE[l].w_acc));
    const int64_t half = in.round[l].binary && !in.round[l].has_old ? 1 << 23 : 0;
    const int64_t fraction =
        tt_ref_scale(acc, &in.round[l]) + half + static_cast<int64_t>(random.below(3)) - 1;
    state &= ~(uint64_t{0xFFFFFFu} << RAND_AT);
    return state | (static_cast<uint64_t>(fraction) & 0xFFFFFFu) << RAND_AT;
}

/* Starts the scale, loads the generators, and counts the cycles until each lane's scale is ready. */
static void start(Vbench_lane &dut, Report *reports, uint64_t state, uint64_t where) {
    dut.ce_i = 0;
    dut.take_i = 0;
    dut.load_i = 1;
    dut.load_data_i = state;
    dut.start_i = 1;
    clock_edge(dut);
    dut.load_i = 0;
    dut.start_i = 0;
    unsigned ready[LANES] = {};
    for (unsigned cycle = 1; cycle <= WAIT_MAX && dut.ready_o != ALL; cycle++) {
        for (unsigned l = 0; l < LANES; l++)
            if (ready[l] == 0 && (dut.ready_o >> l & 1u) != 0)
                ready[l] = cycle;
        clock_edge(dut);
        for (unsigned l = 0; l < LANES; l++)
            if (ready[l] == 0 && (dut.ready_o >> l & 1u) != 0)
                ready[l] = cycle + 1;
    }
    for (unsigned l = 0; l < LANES; l++)
        reports[l].equal(ready[l], LANE[l].wait, where);
}

static void check(Vbench_lane &dut, Report *reports, const Result &expected, bool has_master,
                  uint64_t where) {
    for (unsigned l = 0; l < LANES; l++) {
        reports[l].equal(static_cast<int64_t>(dut.mask_o >> (5 * l) & 31u), expected.mask[l], where);
        reports[l].equal(static_cast<int64_t>(dut.sign_o >> (5 * l) & 31u), expected.sign[l], where);
        if (has_master && l >= FIRST_SHIFTER && l <= LAST_SHIFTER)
            reports[l].equal(static_cast<uint16_t>(dut.master_o[l / 2] >> (16 * (l % 2))),
                             static_cast<uint16_t>(expected.master[l]), where);
    }
}

static void run(Vbench_lane &dut, Report *reports, Random &random, uint64_t where) {
    const Instruction in = instruction(random);
    Element next = element(random);
    uint64_t state = start_state(random, in, next);
    set_constants(dut, in);
    start(dut, reports, state, where);
    std::deque<Result> expected;
    for (unsigned taken = 0; taken < ELEMENTS || !expected.empty();) {
        dut.ce_i = 0;
        dut.eval();
        dut.ce_i = dut.pace_o == ALL && !random.one_in(4);
        dut.take_i = dut.ce_i && taken < ELEMENTS && !random.one_in(4);
        set_element(dut, next);
        dut.eval();
        if (dut.ce_i && (dut.live_o >> LAST_STAGE & 1u) != 0) {
            if (expected.empty())
                expected.push_back(Result{}); /* an element that nobody sent */
            check(dut, reports, expected.front(), in.has_master, where);
            expected.pop_front();
        }
        if (dut.take_i) {
            Result result = {};
            for (unsigned l = 0; l < LANES; l++)
                lane_result(result, l, in, next, tt_ref_lfsr_rand24(state));
            expected.push_back(result);
            if (in.round[0].mode == TT_ROUND_STOCHASTIC && next.valid)
                state = tt_ref_lfsr_next(state);
            next = element(random);
            taken++;
        }
        clock_edge(dut);
    }
    for (unsigned l = 0; l < LANES; l++) {
        const uint64_t rtl = dut.state_o[2 * l] | static_cast<uint64_t>(dut.state_o[2 * l + 1]) << 32;
        reports[l].equal(static_cast<int64_t>(rtl), static_cast<int64_t>(state), where);
    }
}

int main(int argc, char **argv) {
    Random random = seeded(argc, argv);
    Vbench_lane dut;
    std::vector<Report> reports;
    for (const Lane &lane : LANE)
        reports.emplace_back(lane.name);
    dut.rst_i = 1;
    dut.start_i = 0;
    dut.take_i = 0;
    clock_edge(dut);
    dut.rst_i = 0;
    for (uint64_t i = 0; i < INSTRUCTIONS; i++)
        run(dut, reports.data(), random, i);
    bool good = true;
    for (const Report &report : reports)
        good = report.finish() && good;
    return good ? 0 : 1;
}
