/* SPDX-License-Identifier: Apache-2.0
 * What the lockstep programs share: a seeded random source, clocking, reports. The seed is argv[1], else a fixed one. */
#ifndef LOCKSTEP_H
#define LOCKSTEP_H

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "verilated.h"

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
    uint64_t seed = argc > 1 ? std::strtoull(argv[1], nullptr, 0) : 20240607u;
    std::printf("# seed %" PRIu64 "\n", seed);
    return Random(seed | 1u);
}

/* The clock starts low: at power-up it has a random value too. */
template <class Model> void clock_edge(Model &model) {
    model.clk_i = 0;
    model.eval();
    model.clk_i = 1;
    model.eval();
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
