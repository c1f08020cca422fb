/* SPDX-License-Identifier: Apache-2.0
 * Netlists of products and of the rounder's scale against their RTL, with random operands and extreme ones. FAMILY names the cells in
 * the reports. */
#include <string>

#include "Vbench_product.h"
#include "lockstep.h"

static const char *const KINDS[] = {"product unsigned 18x18", "product signed 18x18",
                                    "product signed by unsigned 18x18", "product signed 24x16",
                                    "scale_shifter"};
constexpr unsigned COUNT = sizeof KINDS / sizeof KINDS[0];
constexpr unsigned PIPELINE = 8; /* clocks until nothing of the power-up state is left */

/* Often the smallest and the largest numbers of both signs. */
static uint32_t operand(Random &random, unsigned bits) {
    const uint32_t mask = (1u << bits) - 1u;
    switch (random.below(6)) {
    case 0:
        return 1u << (bits - 1);
    case 1:
        return mask >> 1;
    case 2:
        return mask - static_cast<uint32_t>(random.below(2));
    default:
        return static_cast<uint32_t>(random.next()) & mask;
    }
}

int main(int argc, char **argv) {
    Random random = seeded(argc, argv);
    Vbench_product dut;
    uint64_t wrong[COUNT] = {};
    uint64_t first[COUNT] = {};
    for (uint64_t clock = 0; clock < 200000; clock++) {
        dut.ce_i = clock < PIPELINE || !random.one_in(4);
        dut.a_i = operand(random, 24);
        dut.b_i = operand(random, 18);
        dut.old_i = static_cast<uint16_t>(random.below(512));
        dut.half_i = random.one_in(2);
        dut.right_i = static_cast<uint8_t>(random.below(72));
        clock_edge(dut);
        for (unsigned k = 0; k < COUNT; k++) {
            if (clock >= PIPELINE && ((dut.differ_o >> k) & 1) != 0 && wrong[k]++ == 0) {
                first[k] = clock;
            }
        }
    }
    bool good = true;
    for (unsigned k = 0; k < COUNT; k++) {
        const std::string name = std::string(KINDS[k]) + " in cells of " FAMILY;
        Report report(name.c_str());
        report.equal(static_cast<int64_t>(wrong[k]), 0, first[k]);
        good = report.finish() && good;
    }
    return good ? 0 : 1;
}
