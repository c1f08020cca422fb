/* SPDX-License-Identifier: Apache-2.0
 * stochastic_rounder against its C twin, clock by clock, the clock enable dropping at random. Instructions of a few
 * elements; corners of every operand; random bits at the fraction of V and beside it. */
#include "Vbench_rounder.h"
#include "lockstep.h"

static constexpr unsigned LATENCY = 3;
static constexpr unsigned WIDTHS = 3;
static constexpr unsigned W_ACC[WIDTHS] = {16, 24, 32};
static constexpr unsigned INSTRUCTIONS = 30000;
static constexpr unsigned ELEMENTS = 12;

struct Element {
    int64_t acc;
    int32_t old;
    uint32_t rand24;
    bool zero;
    int32_t expected[WIDTHS];
};

static int32_t corner(Random &random, unsigned bits) {
    uint64_t value = random.next();
    switch (random.below(5)) {
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
    default:
        break;
    }
    return static_cast<int32_t>(sign_extend(value, bits));
}

static tt_ref_round_t instruction(Random &random) {
    tt_ref_round_t r = {};
    r.mant = corner(random, 16);
    r.shift = random.one_in(4) ? static_cast<int32_t>(random.below(127)) - 63
                               : static_cast<int32_t>(random.below(40)) - 20;
    r.lo = static_cast<int32_t>(random.below(256)) - 128;
    r.hi = static_cast<int32_t>(random.below(256)) - 128;
    if (!random.one_in(4)) {
        r.hi = r.hi < 0 ? -r.hi - 1 : r.hi;
        r.lo = -r.hi;
    }
    r.mode = static_cast<tt_round_t>(random.below(4));
    r.binary = random.one_in(4);
    r.has_old = random.one_in(2);
    return r;
}

static Element element(Random &random, const tt_ref_round_t &r) {
    Element e = {};
    e.acc = corner(random, random.one_in(2) ? 32 : 12);
    e.old = r.has_old ? corner(random, 9) : 0;
    e.rand24 = static_cast<uint32_t>(random.next()) & 0xFFFFFFu;
    e.zero = random.one_in(8);
    if (random.one_in(2)) {
        int64_t fraction =
            tt_ref_scale(static_cast<int32_t>(sign_extend(static_cast<uint64_t>(e.acc), 24)), &r);
        e.rand24 = static_cast<uint32_t>(fraction + static_cast<int64_t>(random.below(3)) - 1) & 0xFFFFFFu;
    }
    for (unsigned w = 0; w < WIDTHS; w++) {
        int32_t acc = static_cast<int32_t>(sign_extend(static_cast<uint64_t>(e.acc), W_ACC[w]));
        e.expected[w] = e.zero ? 0 : tt_ref_round(acc, e.old, e.rand24, &r);
    }
    return e;
}

static void set_constants(Vbench_rounder &dut, const tt_ref_round_t &r) {
    dut.mant_i = static_cast<uint16_t>(r.mant);
    dut.shift_i = static_cast<uint32_t>(r.shift) & 0x7Fu;
    dut.lo_i = static_cast<uint8_t>(r.lo);
    dut.hi_i = static_cast<uint8_t>(r.hi);
    dut.mode_i = static_cast<uint8_t>(r.mode);
    dut.half_i = r.binary && !r.has_old;
}

static void set_element(Vbench_rounder &dut, const Element &e) {
    dut.acc_i = static_cast<uint32_t>(e.acc);
    dut.old_i = static_cast<uint32_t>(e.old) & 0x1FFu;
    dut.rand_i = e.rand24;
    dut.zero_i = e.zero;
}

int main(int argc, char **argv) {
    Random random = seeded(argc, argv);
    Vbench_rounder dut;
    Report reports[WIDTHS] = {Report("stochastic_rounder W_ACC=16"), Report("stochastic_rounder W_ACC=24"),
                              Report("stochastic_rounder W_ACC=32")};
    for (uint64_t i = 0; i < INSTRUCTIONS; i++) {
        tt_ref_round_t r = instruction(random);
        Element elements[ELEMENTS + LATENCY] = {};
        set_constants(dut, r);
        for (unsigned n = 0; n < ELEMENTS + LATENCY; n++) {
            elements[n] = element(random, r);
            set_element(dut, elements[n]);
            while (random.one_in(4)) { /* nothing may move */
                dut.ce_i = 0;
                clock_edge(dut);
            }
            dut.ce_i = 1;
            dut.eval();
            for (unsigned w = 0; w < WIDTHS && n >= LATENCY; w++)
                reports[w].equal(sign_extend(dut.q_o >> (9 * w), 9), elements[n - LATENCY].expected[w],
                                 i * ELEMENTS + n - LATENCY);
            clock_edge(dut);
        }
    }
    bool good = true;
    for (const Report &report : reports)
        good = report.finish() && good;
    return good ? 0 : 1;
}
