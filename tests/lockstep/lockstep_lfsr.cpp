/* SPDX-License-Identifier: Apache-2.0
 * lfsr against its C twin, clock by clock: random load and advance; then every lane's first draws. */
#include "Vbench_lfsr.h"
#include "lockstep.h"

static bool random_control(Vbench_lfsr &dut, Random &random) {
    Report report("lfsr random load and advance");
    uint64_t state = random.next() | 1u;
    dut.load_i = 1;
    dut.advance_i = 1;
    dut.load_data_i = state;
    clock_edge(dut);
    for (uint64_t clock = 0; clock < 200000; clock++) {
        report.equal(static_cast<int64_t>(dut.state_o), static_cast<int64_t>(state), clock);
        dut.load_i = random.one_in(50);
        dut.advance_i = !random.one_in(3);
        dut.load_data_i = random.word();
        clock_edge(dut);
        if (dut.load_i)
            state = dut.load_data_i;
        else if (dut.advance_i)
            state = tt_ref_lfsr_next(state);
    }
    return report.finish();
}

static bool lane_starts(Vbench_lfsr &dut, Random &random) {
    Report report("lfsr lane seeds");
    uint64_t seed = random.next();
    for (unsigned lane = 0; lane < TT_LANES_MAX; lane++) {
        uint64_t state = tt_ref_lfsr_lane_seed(seed, lane);
        dut.load_i = 1;
        dut.load_data_i = state;
        clock_edge(dut);
        dut.load_i = 0;
        dut.advance_i = 1;
        for (unsigned draw = 0; draw < 500; draw++) {
            report.equal(dut.state_o >> 8 & 0xFFFFFFu, tt_ref_lfsr_rand24(state), draw);
            clock_edge(dut);
            report.equal(dut.state_o >> 40 & 0xFFFFFFu, tt_ref_lfsr_rand24(state), draw);
            state = tt_ref_lfsr_next(state);
        }
    }
    return report.finish();
}

int main(int argc, char **argv) {
    Random random = seeded(argc, argv);
    Vbench_lfsr dut;
    bool good = random_control(dut, random);
    good = lane_starts(dut, random) && good;
    return good ? 0 : 1;
}
