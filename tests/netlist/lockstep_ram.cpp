/* SPDX-License-Identifier: Apache-2.0
 * Netlists of memories against their RTL, clock by clock: everything is written once, then random writes with byte
 * enables and random reads, which often meet and often pause. FAMILY names the cells in the reports, PAIRS how many
 * memories there are. */
#include <string>

#include "Vbench_ram.h"
#include "lockstep.h"

static const char *const SHAPES[] = {
    "ram_1r1w 64x512",     "ram_1r1w 64x256",     "ram_1r1w 64x2048",    "ram_1r1w 32x64",
    "ram_1r1w 32x128",     "ram_1r1w 16x1024",    "ram_1r1w 8x4096",     "ram_1r1w 8x16384",
    "memory 1 in, 16 out", "memory 4 in, 16 out", "memory 9 in, 18 out", "memory 16 in, 2 out",
    "memory 8 in, 4 out",  "memory 36 in, 9 out", "ram_1rw 64x1024",     "ram_1rw 64x2048",
    "ram_1rw 64x4096",     "ram_1rw 64x8192",     "ram_1rw 64x16384"};
static_assert(PAIRS <= sizeof SHAPES / sizeof SHAPES[0], "PAIRS, of the makefile, takes the first");
constexpr unsigned DEPTH_MAX = 16384;

/* All words of all memories, read back afterwards, too. */
static void fill(Vbench_ram &dut, Random &random) {
    dut.we_i = 0;
    dut.re_i = 0;
    clock_edge(dut);
    for (unsigned i = 0; i < DEPTH_MAX; i++) {
        dut.we_i = 1;
        dut.wbe_i = 255;
        dut.waddr_i = static_cast<uint16_t>(i);
        dut.wdata_i = random.next();
        dut.re_i = i > 0;
        dut.raddr_i = static_cast<uint16_t>(i - 1);
        clock_edge(dut);
    }
}

static void stimulus(Vbench_ram &dut, Random &random) {
    dut.we_i = random.one_in(2);
    dut.wbe_i = random.one_in(3) ? 255 : static_cast<uint8_t>(random.next());
    /* few addresses, so that reads meet what was written a moment ago; or all of them */
    dut.waddr_i = static_cast<uint16_t>(random.one_in(2) ? random.below(8) : random.below(DEPTH_MAX));
    dut.raddr_i = random.one_in(4)
                      ? dut.waddr_i
                      : static_cast<uint16_t>(random.one_in(2) ? random.below(8) : random.below(DEPTH_MAX));
    dut.wdata_i = random.word();
    dut.re_i = !random.one_in(3);
}

int main(int argc, char **argv) {
    Random random = seeded(argc, argv);
    Vbench_ram dut;
    fill(dut, random);
    std::string names[PAIRS];
    for (unsigned p = 0; p < PAIRS; p++) {
        names[p] = std::string(SHAPES[p]) + " in cells of " FAMILY;
    }
    uint64_t wrong[PAIRS] = {};
    uint64_t first[PAIRS] = {};
    for (uint64_t clock = 0; clock < 200000; clock++) {
        stimulus(dut, random);
        clock_edge(dut);
        for (unsigned p = 0; p < PAIRS; p++) {
            if (((dut.differ_o >> p) & 1) != 0 && wrong[p]++ == 0) {
                first[p] = clock;
            }
        }
    }
    bool good = true;
    for (unsigned p = 0; p < PAIRS; p++) {
        Report report(names[p].c_str());
        report.equal(static_cast<int64_t>(wrong[p]), 0, first[p]);
        good = report.finish() && good;
    }
    return good ? 0 : 1;
}
