/* SPDX-License-Identifier: Apache-2.0
 * dot_accumulator (with ternary_dot) and binary_dot against the C twin of the dot product and Horner's rule written
 * out here, clock by clock, the clock enable dropping at random. Sums are let wrap. */
#include "Vbench_dot.h"
#include "lockstep.h"

static constexpr unsigned SIZES = 3;
static constexpr unsigned K[SIZES] = {8, 32, 64};
static constexpr unsigned W_ACC[SIZES] = {12, 24, 24};
static constexpr uint64_t CLOCKS = 300000;

struct Control {
    bool first, radix, radix3;
};

/* What the registers of a cell hold. */
struct Cell {
    int32_t part;
    int64_t acc;
    int32_t binary;
};

static uint64_t low_bits(unsigned n) { return n == 64 ? ~uint64_t{0} : (uint64_t{1} << n) - 1u; }

static void step(Cell &cell, const Vbench_dot &dut, unsigned size, const Control &control, unsigned length) {
    int64_t base = control.first ? 0 : control.radix ? (control.radix3 ? 3 : 2) * cell.acc : cell.acc;
    cell.acc = sign_extend(static_cast<uint64_t>(base + cell.part), W_ACC[size]);
    uint64_t valid = dut.valid_mask_i & low_bits(K[size]);
    cell.part = tt_ref_ternary_dot(dut.a_mask_i & valid, dut.a_sign_i, dut.b_mask_i, dut.b_sign_i);
    uint64_t all = low_bits(length);
    cell.binary = tt_ref_ternary_dot(all, dut.a_binary_i, all, dut.b_binary_i);
}

static uint64_t length_field(unsigned length, unsigned size) {
    return static_cast<uint64_t>(length > K[size] ? K[size] : length) << (7 * size);
}

static void drive(Vbench_dot &dut, Random &random, unsigned length) {
    dut.ce_i = !random.one_in(5);
    dut.a_mask_i = random.word();
    dut.a_sign_i = random.word();
    dut.b_mask_i = random.word();
    dut.b_sign_i = random.word();
    dut.valid_mask_i =
        random.one_in(3) ? low_bits(1u + static_cast<unsigned>(random.below(64))) : ~uint64_t{0};
    dut.first_i = random.one_in(10);
    dut.radix_i = random.one_in(3);
    dut.radix3_i = random.one_in(2);
    dut.a_binary_i = random.word() & low_bits(length);
    dut.b_binary_i = random.word() & low_bits(length);
    dut.length_i =
        static_cast<uint32_t>(length_field(length, 0) | length_field(length, 1) | length_field(length, 2));
}

int main(int argc, char **argv) {
    Random random = seeded(argc, argv);
    Vbench_dot dut;
    Report accumulators[SIZES] = {Report("dot_accumulator K=8 W_ACC=12"),
                                  Report("dot_accumulator K=32 W_ACC=24"),
                                  Report("dot_accumulator K=64 W_ACC=24")};
    Report binaries[SIZES] = {Report("binary_dot K=8"), Report("binary_dot K=32"), Report("binary_dot K=64")};
    Cell cells[SIZES] = {};
    unsigned filled =
        0; /* enabled clocks with first_i up since the start, to leave the random power-up state */
    for (uint64_t clock = 0; clock < CLOCKS; clock++) {
        unsigned length = 1u + static_cast<unsigned>(random.below(64));
        drive(dut, random, length);
        if (filled < 2)
            dut.first_i = dut.ce_i = 1;
        Control control = {dut.first_i != 0, dut.radix_i != 0, dut.radix3_i != 0};
        for (unsigned s = 0; s < SIZES && dut.ce_i; s++)
            step(cells[s], dut, s, control, length > K[s] ? K[s] : length);
        clock_edge(dut);
        if (filled < 2) {
            filled++;
            continue;
        }
        for (unsigned s = 0; s < SIZES; s++) {
            uint64_t acc = s == 2 ? dut.acc_o[1] >> 16 | static_cast<uint64_t>(dut.acc_o[2]) << 16
                                  : (dut.acc_o[0] | static_cast<uint64_t>(dut.acc_o[1]) << 32) >> (24 * s);
            accumulators[s].equal(sign_extend(acc, W_ACC[s]), cells[s].acc, clock);
            unsigned width = s == 0 ? 5 : s == 1 ? 7 : 8;
            binaries[s].equal(sign_extend(dut.binary_o >> (8 * s), width), cells[s].binary, clock);
        }
    }
    bool good = true;
    for (unsigned s = 0; s < SIZES; s++) {
        good = accumulators[s].finish() && good;
        good = binaries[s].finish() && good;
    }
    return good ? 0 : 1;
}
