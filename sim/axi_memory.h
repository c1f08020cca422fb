/* SPDX-License-Identifier: Apache-2.0
 * The memory behind the simulated AXI4 port: in order, fixed latency, limited bandwidth, optional random stalls (docs/architecture.md, "Memory model").
 * Once per cycle: drive() gives this cycle's inputs of the device, sample() takes its outputs of the same cycle. */
#ifndef AXI_MEMORY_H
#define AXI_MEMORY_H

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

class AxiMemory {
  public:
    /* What the memory shows the device in one cycle. */
    struct Drive {
        bool arready, rvalid, rlast, awready, wready, bvalid;
        uint64_t rdata;
        uint8_t rresp, bresp;
    };
    /* What the device showed in the same cycle. */
    struct Sample {
        bool arvalid, rready, awvalid, wvalid, wlast, bready;
        uint32_t araddr, awaddr;
        uint8_t arlen, awlen, wstrb;
        uint64_t wdata;
    };

    AxiMemory(size_t bytes, uint32_t latency, uint32_t interval, uint32_t stall_seed)
        : words_(bytes / 8), latency_(latency), interval_(interval), rng_(stall_seed),
          stalls_(stall_seed != 0) {}

    uint8_t *bytes() { return reinterpret_cast<uint8_t *>(words_.data()); }
    size_t size() const { return words_.size() * 8; }
    /* Bursts that touch [begin, end) are answered with SLVERR (fault injection in tests). */
    void poison(uint32_t begin, uint32_t end) {
        poison_begin_ = begin;
        poison_end_ = end;
    }
    /* Nothing is accepted or answered any more (a dead bus). */
    void freeze(bool frozen) { frozen_ = frozen; }

    const Drive &drive() {
        if (frozen_) {
            drive_ = Drive{};
            return drive_;
        }
        drive_.arready = reads_.fill < QUEUE && !stall();
        drive_.awready = writes_.fill < QUEUE && !stall();
        drive_.wready = now_ >= next_write_ && !stall();
        drive_.bvalid = drive_.bvalid || (acks_.fill != 0 && now_ >= acks_.front().time && !stall());
        drive_.bresp = acks_.fill != 0 && acks_.front().error ? 2 : 0;
        if (!drive_.rvalid && reads_.fill != 0 && now_ >= reads_.front().time && now_ >= next_read_ &&
            !stall()) {
            const Burst &burst = reads_.front();
            drive_.rvalid = true;
            drive_.rdata = word(burst.address + read_beat_);
            drive_.rlast = read_beat_ + 1 == burst.beats;
            drive_.rresp = burst.error ? 2 : 0;
        }
        return drive_;
    }

    void sample(const Sample &s) {
        if (drive_.rvalid && s.rready) {
            next_read_ = now_ + interval_;
            drive_.rvalid = false;
            if (drive_.rlast) {
                reads_.pop();
                read_beat_ = 0;
            } else {
                read_beat_++;
            }
        }
        if (drive_.arready && s.arvalid) {
            reads_.push(Burst{now_ + latency_, s.araddr / 8, s.arlen + 1u, poisoned(s.araddr, s.arlen)});
        }
        if (drive_.bvalid && s.bready) {
            drive_.bvalid = false;
            acks_.pop();
        }
        if (drive_.awready && s.awvalid) {
            writes_.push(Burst{0, s.awaddr / 8, s.awlen + 1u, poisoned(s.awaddr, s.awlen)});
        }
        if (drive_.wready && s.wvalid) {
            beats_.push(Beat{s.wdata, s.wstrb, s.wlast});
            next_write_ = now_ + interval_;
        }
        while (writes_.fill != 0 && beats_.fill != 0) {
            write_beat();
        }
        now_++;
    }

  private:
    static constexpr unsigned QUEUE = 64;
    struct Burst {
        uint64_t time;
        uint32_t address, beats;
        bool error;
    };
    struct Beat {
        uint64_t data;
        uint8_t strobe;
        bool last;
    };
    template <typename T, unsigned SIZE> struct Ring {
        T entries[SIZE];
        unsigned head = 0, fill = 0;
        T &front() { return entries[head]; }
        void push(const T &entry) { entries[(head + fill++) % SIZE] = entry; }
        void pop() {
            head = (head + 1) % SIZE;
            fill--;
        }
    };

    uint64_t word(uint32_t index) const {
        return index < words_.size() ? words_[index] : UINT64_C(0xDEADDEADDEADDEAD);
    }
    bool poisoned(uint32_t address, uint32_t len) const {
        return address < poison_end_ && address + 8 * (len + 1) > poison_begin_;
    }
    bool stall() {
        if (!stalls_) {
            return false;
        }
        rng_ ^= rng_ << 13;
        rng_ ^= rng_ >> 17;
        rng_ ^= rng_ << 5;
        return (rng_ & 3u) == 0;
    }
    void write_beat() {
        Burst &burst = writes_.front();
        const Beat beat = beats_.front();
        beats_.pop();
        if (burst.address + write_beat_ < words_.size() && !burst.error) {
            uint8_t *const at = bytes() + (size_t{burst.address} + write_beat_) * 8;
            for (unsigned i = 0; i < 8; i++) {
                if ((beat.strobe >> i & 1u) != 0) {
                    at[i] = static_cast<uint8_t>(beat.data >> (8 * i));
                }
            }
        }
        write_beat_++;
        if (beat.last) {
            acks_.push(Burst{now_ + latency_, 0, 0, burst.error || write_beat_ != burst.beats});
            writes_.pop();
            write_beat_ = 0;
        }
    }

    std::vector<uint64_t> words_;
    uint32_t latency_, interval_, rng_;
    bool stalls_, frozen_ = false;
    uint32_t poison_begin_ = 0, poison_end_ = 0;
    uint64_t now_ = 0, next_read_ = 0, next_write_ = 0;
    uint32_t read_beat_ = 0, write_beat_ = 0;
    Drive drive_{};
    Ring<Burst, QUEUE> reads_, writes_;
    Ring<Burst, 4 * QUEUE> acks_;
    Ring<Beat, 4 * QUEUE> beats_;
};

#endif
