/* SPDX-License-Identifier: Apache-2.0
 * What the lockstep programs share: a seeded random source, clocking, reports. The seed is argv[1], else a fixed one. */
#ifndef LOCKSTEP_H
#define LOCKSTEP_H

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "verilated.h"
#if VM_TRACE_FST
#include "verilated_fst_c.h"
#include <string>
#endif

extern "C" {
#include "tt_ref.h"
}

class Random {
  public:
    explicit Random(uint64_t seed) : state_(seed) {}

    uint64_t next() {
        /* xorshift64*, unrelated to the generator under test */
        state_ ^= state_ >> 12;
        state_ ^= state_ << 25;
        state_ ^= state_ >> 27;
        return state_ * 0x2545F4914F6CDD1Du;
    }
    uint64_t below(uint64_t n) { return next() % n; }
    bool one_in(uint64_t n) { return below(n) == 0; }

    /* Mostly plain, sometimes sparse, dense or constant words. */
    uint64_t word() {
        switch (below(8)) {
        case 0:
            return next() & next() & next();
        case 1:
            return next() | next() | next();
        case 2:
            return one_in(2) ? 0 : ~uint64_t{0};
        default:
            return next();
        }
    }

  private:
    uint64_t state_;
};

inline Random seeded(int argc, char **argv) {
    Verilated::commandArgs(argc, argv);
    Verilated::randReset(2);
#if VM_TRACE_FST
    Verilated::traceEverOn(true);
#endif
    uint64_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 0) : 20240607u;
    std::printf("# seed %" PRIu64 "\n", seed);
    return Random(seed | 1u);
}

/* Under `make test WAVES=1`: the first clocks of the model into a file of the folder that WAVES names. */
template <class Model> void dump_wave(Model &model) {
#if VM_TRACE_FST
    static uint64_t time = 0;
    static VerilatedFstC *wave = nullptr;
    if (time == 0 && std::getenv("WAVES") != nullptr) {
        wave = new VerilatedFstC; /* lives to the end, so that a crash leaves what was flushed */
        model.trace(wave, 99);
        wave->open((std::string(std::getenv("WAVES")) + "/" + model.modelName() + ".fst").c_str());
    }
    if (wave != nullptr && time < 200000) {
        wave->dump(time);
    } else if (wave != nullptr) {
        wave->close();
        wave = nullptr;
    }
    time++;
#else
    (void)model;
#endif
}

/* The clock starts low: at power-up it has a random value too. */
template <class Model> void clock_edge(Model &model) {
    model.clk_i = 0;
    model.eval();
    dump_wave(model);
    model.clk_i = 1;
    model.eval();
    dump_wave(model);
    model.clk_i = 0;
    model.eval();
}

/* Sign extension of the low `bits` bits. */
inline int64_t sign_extend(uint64_t value, unsigned bits) {
    return static_cast<int64_t>(value << (64 - bits)) >> (64 - bits);
}

/* Counts the mismatches of one parameter set and prints the first of them. */
class Report {
  public:
    explicit Report(const char *name) : name_(name) {}

    void equal(int64_t rtl, int64_t twin, uint64_t where) {
        checks_++;
        if (rtl != twin && failures_++ < 5)
            std::printf("# %s: check %" PRIu64 ": RTL %" PRId64 ", twin %" PRId64 "\n", name_, where, rtl,
                        twin);
    }
    bool finish() const {
        bool good = failures_ == 0 && checks_ > 0;
        if (good)
            std::printf("PASS %s\n", name_);
        else
            std::printf("FAIL %s: %" PRIu64 " of %" PRIu64 " checks\n", name_, failures_, checks_);
        return good;
    }

  private:
    const char *name_;
    uint64_t checks_ = 0;
    uint64_t failures_ = 0;
};

#endif
