/* SPDX-License-Identifier: Apache-2.0
 * sync_fifo, shift_fifo and pair_fifo against a std::deque, clock by clock: a FIFO takes an entry whenever it is not full, and shows the oldest from the
 * next clock on. Rates of both sides change from time to time, so that all fill and empty; a reset comes now and then. */
#include <deque>

#include "Vbench_fifo.h"
#include "lockstep.h"

static const struct {
    const char *name;
    size_t depth;
} FIFOS[] = {
    {"sync_fifo of 2", 2},  {"sync_fifo of 8", 8},  {"sync_fifo of 16", 16}, {"sync_fifo of 64", 64},
    {"shift_fifo of 2", 2}, {"shift_fifo of 4", 4}, {"pair_fifo", 2},
};
static const unsigned COUNT = sizeof FIFOS / sizeof FIFOS[0];
static const unsigned CLOCKS = 400000;

static bool random_handshakes(Vbench_fifo &dut, Random &random, unsigned fifo) {
    Report report(FIFOS[fifo].name);
    std::deque<uint16_t> twin;
    uint64_t in_rate = 0;
    uint64_t out_rate = 0;
    uint64_t full = 0;
    uint64_t emptied = 0;
    dut.rst_i = 1;
    dut.in_valid_i = 0;
    dut.out_ready_i = 0;
    clock_edge(dut);
    dut.rst_i = 0;
    for (unsigned clock = 0; clock < CLOCKS; clock++) {
        if (clock % 256 == 0) {
            in_rate = 1 + random.below(8);
            out_rate = 1 + random.below(8);
        }
        bool in_valid = random.below(8) < in_rate;
        bool out_ready = random.below(8) < out_rate;
        dut.rst_i = random.one_in(5000);
        dut.in_valid_i = in_valid ? 1u << fifo : 0u;
        dut.out_ready_i = out_ready ? 1u << fifo : 0u;
        dut.in_data_i = static_cast<uint16_t>(random.next());
        dut.eval();
        bool accepts = twin.size() < FIFOS[fifo].depth;
        report.equal(dut.in_ready_o >> fifo & 1, accepts, clock);
        report.equal(dut.out_valid_o >> fifo & 1, !twin.empty(), clock);
        if (!twin.empty())
            report.equal(dut.out_data_o[fifo / 2] >> 16 * (fifo % 2) & 0xFFFFu, twin.front(), clock);
        clock_edge(dut);
        if (dut.rst_i) {
            twin.clear();
            continue;
        }
        full += !accepts;
        emptied += twin.size() == 1 && out_ready;
        if (out_ready && !twin.empty())
            twin.pop_front();
        if (in_valid && accepts)
            twin.push_back(dut.in_data_i);
    }
    report.equal(full > CLOCKS / 100 && emptied > CLOCKS / 1000, true, CLOCKS); /* both ends were met */
    return report.finish();
}

int main(int argc, char **argv) {
    Random random = seeded(argc, argv);
    Vbench_fifo dut;
    bool good = true;
    for (unsigned fifo = 0; fifo < COUNT; fifo++)
        good = random_handshakes(dut, random, fifo) && good;
    return good ? 0 : 1;
}
