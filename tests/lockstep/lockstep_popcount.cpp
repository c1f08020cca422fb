/* SPDX-License-Identifier: Apache-2.0
 * popcount against its C twin (a dot product of a word with itself). Built twice: as Verilator sees it, and with the
 * adder tree that synthesis sees. */
#include "Vbench_popcount.h"
#include "lockstep.h"

static constexpr unsigned SETS = 12;
static constexpr unsigned WIDTHS[SETS] = {1, 2, 3, 4, 7, 8, 16, 32, 63, 64, 129, 256};
static constexpr uint64_t WORDS = 50000;

static int32_t ones(const uint64_t bits[4], unsigned width) {
    int32_t count = 0;
    for (unsigned first = 0; first < width; first += 64) {
        unsigned rest = width - first;
        uint64_t part = rest >= 64 ? bits[first / 64] : bits[first / 64] & ((uint64_t{1} << rest) - 1u);
        count += tt_ref_ternary_dot(part, 0, part, 0);
    }
    return count;
}

int main(int argc, char **argv) {
    Random random = seeded(argc, argv);
    Vbench_popcount dut;
    bool good = true;
    for (unsigned set = 0; set < SETS; set++) {
        char name[64];
        std::snprintf(name, sizeof name, POPCOUNT_FORM " N_BITS=%u", WIDTHS[set]);
        Report report(name);
        for (uint64_t n = 0; n < WORDS / SETS; n++) {
            uint64_t bits[4];
            for (unsigned i = 0; i < 4; i++) {
                bits[i] = random.word();
                dut.bits_i[2 * i] = static_cast<uint32_t>(bits[i]);
                dut.bits_i[2 * i + 1] = static_cast<uint32_t>(bits[i] >> 32);
            }
            dut.eval();
            report.equal((dut.count_o[set / 2] >> (16 * (set % 2))) & 0xFFFFu, ones(bits, WIDTHS[set]), n);
        }
        good = report.finish() && good;
    }
    return good ? 0 : 1;
}
