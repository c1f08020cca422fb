/* SPDX-License-Identifier: Apache-2.0
 * One direction of a serial line in simulated time: latency, and faults of every kind at random places. */
#ifndef FAULTY_LINE_H
#define FAULTY_LINE_H

#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>

enum Fault { LOST, REPEATED, CORRUPTED, INSERTED, REORDERED, LOST_BURST, GARBAGE, SILENCE, N_FAULTS };
static const char *const fault_names[N_FAULTS] = {"lost",      "repeated",   "corrupted", "inserted",
                                                  "reordered", "lost burst", "garbage",   "silence"};

// One direction: bytes that are on their way, with the clock at which they may arrive.
class FaultyLine {
  public:
    FaultyLine(uint64_t seed, double clocks_per_byte, double clk_hz)
        : random_(seed), clocks_per_byte_(clocks_per_byte), clk_hz_(clk_hz) {}

    void put(uint8_t byte, uint64_t now) {
        const uint64_t at = now + latency;
        if (at > floor_)
            floor_ = at;
        if (now < lost_until_)
            return;
        if (one_in == 0 || below(one_in) != 0) {
            push(byte);
            return;
        }
        const Fault fault = kind < N_FAULTS ? kind : static_cast<Fault>(below(N_FAULTS));
        counts[fault]++;
        inject(fault, byte, now);
    }
    uint64_t next() const { return bytes_.empty() ? UINT64_MAX : bytes_.front().at; }
    bool ready(uint64_t now) const { return !bytes_.empty() && bytes_.front().at <= now; }
    uint8_t get() {
        const uint8_t byte = bytes_.front().byte;
        bytes_.pop_front();
        return byte;
    }
    size_t size() const { return bytes_.size(); }
    // Nothing is on its way, and no fault is going on: time may stand still.
    bool idle(uint64_t now) const { return bytes_.empty() && now >= lost_until_; }
    void clear() { bytes_.clear(); }

    uint64_t latency = 0;  // clocks
    uint64_t one_in = 0;   // a fault each so many bytes, 0: never
    Fault kind = N_FAULTS; // N_FAULTS: any
    uint64_t counts[N_FAULTS] = {};

  private:
    uint64_t below(uint64_t n) { return random_() % n; }
    struct Item {
        uint8_t byte;
        uint64_t at;
    };

    void push(uint8_t byte) {
        bytes_.push_back({byte, floor_});
        if (held_) {
            bytes_.push_back({held_byte_, floor_});
            held_ = false;
        }
    }
    void inject(Fault fault, uint8_t byte, uint64_t now) {
        switch (fault) {
        case LOST:
            break;
        case REPEATED:
            for (uint64_t n = 2 + below(2); n > 0; n--)
                push(byte);
            break;
        case CORRUPTED:
            push(byte ^ static_cast<uint8_t>(1 + below(255)));
            break;
        case INSERTED:
            push(below(4) == 0 ? 0 : static_cast<uint8_t>(random_()));
            push(byte);
            break;
        case REORDERED: // after the next one
            if (held_) {
                push(byte);
            } else {
                held_ = true;
                held_byte_ = byte;
            }
            break;
        case LOST_BURST: // up to 600 bytes
            lost_until_ = now + below(static_cast<uint64_t>(clocks_per_byte_ * 600));
            break;
        case GARBAGE:
            for (uint64_t n = below(40); n > 0; n--)
                push(static_cast<uint8_t>(random_()));
            break;
        default: // SILENCE: up to 6 ms
            floor_ += below(static_cast<uint64_t>(clk_hz_ / 160));
            push(byte);
            break;
        }
    }

    std::mt19937_64 random_;
    double clocks_per_byte_, clk_hz_;
    std::deque<Item> bytes_;
    uint64_t floor_ = 0, lost_until_ = 0;
    bool held_ = false;
    uint8_t held_byte_ = 0;
};

#endif
