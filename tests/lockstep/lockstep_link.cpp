// SPDX-License-Identifier: Apache-2.0
// The Verilated host link (rtl/link) against the driver's side of it (driver/tt_link.c), over a line that loses, repeats, corrupts, inserts
// and reorders bytes, with a memory behind the host port. What to expect comes from a reference memory that the test itself keeps.
// Usage: lockstep_link [SEED [FRAMES]]
#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "Vlink.h"
#include "faulty_line.h"
#include "lockstep.h"

extern "C" {
#include "tt_link.h"
}

namespace {

constexpr double CLK_HZ = LINK_CLK_HZ, BAUD = LINK_BAUD;
constexpr double BIT = CLK_HZ / BAUD;  // clocks
constexpr uint32_t MEM_BYTES = 100000; // not a power of two, below 2^LINK_W_ADDR
constexpr uint32_t OS_BUFFER = 1024;   // bytes that the host may have queued before the line

struct RegisterWrite {
    uint8_t offset, value;
    bool operator==(const RegisterWrite &o) const { return offset == o.offset && value == o.value; }
};

class Bench {
  public:
    explicit Bench(Random &random)
        : to_device(random.next(), BIT * 10, CLK_HZ), to_host(random.next(), BIT * 10, CLK_HZ),
          random_(random), memory(MEM_BYTES), reference(MEM_BYTES) {
        for (uint32_t i = 0; i < MEM_BYTES; i++)
            memory[i] = reference[i] = static_cast<uint8_t>(random.next());
        top.uart_rx_i = 1;
        top.host_done_i = 0;
        top.rst_i = 1;
        for (int i = 0; i < 8; i++)
            clock_edge(top);
        top.rst_i = 0;
        restart();
    }
    ~Bench() { top.final(); }

    // A new host process: nothing is known, and what was not sent yet is gone.
    void restart() {
        const tt_link_timing_t timing = {poll_us, give_up_us};
        tt_link_init(&link, &timing, static_cast<uint32_t>(random_.next()));
        to_device.clear();
    }
    // The board's reset. Bytes stay on their way; the memory stays.
    void reset() {
        top.rst_i = 1;
        for (int i = 0; i < 8; i++)
            cycle();
        top.rst_i = 0;
    }
    void set_latency(double ms) {
        to_device.latency = to_host.latency = static_cast<uint64_t>(ms * CLK_HZ / 1e3);
    }
    void set_faults(uint64_t one_in, Fault kind = N_FAULTS) {
        to_device.one_in = to_host.one_in = one_in;
        to_device.kind = to_host.kind = kind;
    }
    uint64_t now_us() const { return static_cast<uint64_t>(static_cast<double>(now) * 1e6 / CLK_HZ); }

    // Runs the job that was started to its end, or for `clocks`.
    tt_link_state_t run(uint64_t clocks = UINT64_MAX) {
        const uint64_t begin = now;
        while (tt_link_state(&link) == TT_LINK_WORKING && now - begin < clocks) {
            host();
            skip_quiet();
            for (int i = 0; i < 32; i++)
                cycle();
        }
        return tt_link_state(&link);
    }
    tt_link_state_t open() {
        tt_link_open(&link, now_us());
        return run();
    }
    tt_link_state_t write(uint32_t address, const std::vector<uint8_t> &data, uint64_t clocks = UINT64_MAX) {
        tt_link_write(&link, address, data.data(), data.size(), now_us());
        return run(clocks);
    }
    tt_link_state_t read(std::vector<uint8_t> &data, uint32_t address, uint64_t clocks = UINT64_MAX) {
        tt_link_read(&link, data.data(), address, data.size(), now_us());
        return run(clocks);
    }

    Vlink top;
    tt_link_t link;
    FaultyLine to_device, to_host;
    uint32_t poll_us = 3000, give_up_us = 300000;
    uint64_t now = 0;
    bool busy = false;          // refuses memory accesses
    uint64_t port_delay = 4;    // clocks that the host port takes, at most
    uint64_t memory_writes = 0; // bytes
    std::vector<RegisterWrite> registers;

  private:
    void host() {
        uint8_t bytes[256];
        while (to_host.ready(now)) {
            size_t n = 0;
            while (n < sizeof bytes && to_host.ready(now))
                bytes[n++] = to_host.get();
            tt_link_receive(&link, bytes, n, now_us());
        }
        for (size_t n = 1; n > 0 && to_device.size() < OS_BUFFER;) {
            const size_t room = OS_BUFFER - to_device.size();
            n = tt_link_send(&link, bytes, room < sizeof bytes ? room : sizeof bytes, now_us());
            for (size_t i = 0; i < n; i++)
                to_device.put(bytes[i], now);
        }
    }

    // Inputs change just before the rising edge; outputs are looked at after it.
    void cycle() {
        drive_rx();
        top.clk_i = 1;
        top.eval();
        top.clk_i = 0;
        top.eval();
        serve_port();
        sample_tx();
        now++;
        quiet_ = rx_bits_ == 0 && tx_bits_ == 0 && !top.host_valid_o ? quiet_ + 1 : 0;
    }
    // While nothing moves the clock need not be simulated: goes on where the host or the line has something to do.
    void skip_quiet() {
        if (tt_link_state(&link) != TT_LINK_WORKING || quiet_ < static_cast<uint64_t>(BIT * 40))
            return;
        uint64_t then =
            static_cast<uint64_t>(static_cast<double>(tt_link_deadline(&link) + 1) * CLK_HZ / 1e6);
        then = std::min(then, std::min(to_device.next(), to_host.next()));
        if (then > now && then != UINT64_MAX)
            now = then;
    }
    // Start bit, eight data bits, stop bit, each at its exact time.
    void drive_rx() {
        const double t = static_cast<double>(now);
        if (rx_bits_ == 0) {
            if (!to_device.ready(now))
                return;
            rx_word_ = 0x200u | static_cast<unsigned>(to_device.get()) << 1;
            rx_bits_ = 10;
            rx_next_ = rx_next_ + BIT > t ? rx_next_ : t; // no gap when bytes follow each other
        }
        if (t >= rx_next_) {
            top.uart_rx_i = rx_word_ & 1;
            rx_word_ >>= 1;
            rx_bits_--;
            rx_next_ += BIT;
        }
    }
    void sample_tx() {
        const double t = static_cast<double>(now);
        if (tx_bits_ == 0) {
            if (!top.uart_tx_o) {
                tx_bits_ = 10;
                tx_word_ = 0;
                tx_next_ = t + BIT / 2;
            }
            return;
        }
        if (t >= tx_next_) {
            tx_word_ = tx_word_ >> 1 | (top.uart_tx_o ? 0x200u : 0u);
            tx_next_ += BIT;
            if (--tx_bits_ == 0 && (tx_word_ & 0x200u) != 0 && (tx_word_ & 1u) == 0)
                to_host.put(static_cast<uint8_t>(tx_word_ >> 1), now);
        }
    }
    void serve_port() {
        top.host_done_i = 0;
        top.host_refused_i = static_cast<uint8_t>(random_byte()); // without done: anything
        top.host_rdata_i = static_cast<uint8_t>(random_byte());
        if (!top.host_valid_o) {
            port_wait_ = 0;
            return;
        }
        if (port_wait_ == 0) {
            port_wait_ = 2 + random_.below(port_delay);
            return;
        }
        if (--port_wait_ > 1)
            return;
        port_wait_ = 0;
        top.host_done_i = 1;
        top.host_refused_i = 0;
        const uint32_t address = top.host_addr_o;
        if ((address & TT_LINK_REGISTERS) != 0) {
            top.host_rdata_i = static_cast<uint8_t>(~address);
            if (top.host_write_o)
                registers.push_back({static_cast<uint8_t>(address), top.host_wdata_o});
        } else if (busy || address >= MEM_BYTES) {
            top.host_refused_i = 1;
        } else if (top.host_write_o) {
            memory[address] = top.host_wdata_o;
            memory_writes++;
        } else {
            top.host_rdata_i = memory[address];
        }
    }
    unsigned random_byte() { return noise_ = noise_ * 1664525u + 1013904223u, noise_ >> 24 & 0xFEu; }

    Random &random_;
    unsigned rx_word_ = 0, rx_bits_ = 0, tx_word_ = 0, tx_bits_ = 0;
    uint32_t noise_ = 1;
    double rx_next_ = 0, tx_next_ = 0;
    uint64_t port_wait_ = 0, quiet_ = 0;

  public:
    std::vector<uint8_t> memory, reference;
};

std::vector<uint8_t> random_bytes(Random &random, size_t size) {
    std::vector<uint8_t> bytes(size);
    const uint64_t kind = random.below(4); // also what COBS finds hardest
    for (uint8_t &byte : bytes)
        byte = kind == 0 ? 0 : kind == 1 && !random.one_in(300) ? 0xFF : static_cast<uint8_t>(random.next());
    return bytes;
}

// Jobs of random kind and size against the reference; counts what is wrong.
class Jobs {
  public:
    Jobs(Bench &bench, Random &random, Report &report) : b(bench), random_(random), report_(report) {}

    void one() {
        jobs_++;
        switch (random_.below(9)) {
        case 0:
            registers();
            break;
        case 1:
            restart();
            break;
        case 2:
            refused();
            break;
        case 3:
            reset();
            break;
        case 4:
        case 5:
            read();
            break;
        default:
            write();
            break;
        }
    }
    void finish() {
        report_.equal(b.memory == b.reference, 1, jobs_);
        report_.equal(static_cast<int64_t>(b.memory_writes), static_cast<int64_t>(writes_), jobs_);
        report_.equal(b.registers == registers_, 1, jobs_);
    }

  private:
    size_t size() {
        static const uint32_t most[] = {8, 300, 3000, 3000, 3000, 3000, 3000, 20000};
        return 1 + random_.below(most[random_.below(8)]);
    }
    void write() {
        const std::vector<uint8_t> data = random_bytes(random_, size());
        const uint32_t at = static_cast<uint32_t>(random_.below(MEM_BYTES - data.size()));
        report_.equal(b.write(at, data), TT_LINK_DONE, jobs_);
        std::memcpy(b.reference.data() + at, data.data(), data.size());
        writes_ += data.size();
        report_.equal(b.memory == b.reference, 1, jobs_);
    }
    void read() {
        std::vector<uint8_t> data(size());
        const uint32_t at = static_cast<uint32_t>(random_.below(MEM_BYTES - data.size()));
        report_.equal(b.read(data, at), TT_LINK_DONE, jobs_);
        report_.equal(std::memcmp(data.data(), b.reference.data() + at, data.size()), 0, jobs_);
    }
    // As the driver writes and reads registers; each written byte must arrive once.
    void registers() {
        const uint8_t offset = static_cast<uint8_t>(random_.below(32) * 4);
        std::vector<uint8_t> data = random_bytes(random_, 4), back(4);
        report_.equal(b.write(TT_LINK_REGISTERS | offset, data), TT_LINK_DONE, jobs_);
        for (uint8_t i = 0; i < 4; i++)
            registers_.push_back({static_cast<uint8_t>(offset + i), data[i]});
        report_.equal(b.registers == registers_, 1, jobs_);
        report_.equal(b.read(back, TT_LINK_REGISTERS | offset), TT_LINK_DONE, jobs_);
        for (uint8_t i = 0; i < 4; i++)
            report_.equal(back[i], static_cast<uint8_t>(~(offset + i)), jobs_);
    }
    // The first `n` bytes of a write have been done, and nothing else: the reference follows.
    void expect_prefix(uint32_t at, const std::vector<uint8_t> &data) {
        const size_t n = static_cast<size_t>(b.memory_writes - writes_);
        report_.equal(n <= data.size(), 1, jobs_);
        std::memcpy(b.reference.data() + at, data.data(), n < data.size() ? n : data.size());
        writes_ += n;
        report_.equal(b.memory == b.reference, 1, jobs_);
    }
    // The host dies in the middle of a job; the next one opens the link while frames and answers of the first are still on their way.
    void restart() {
        const std::vector<uint8_t> data = random_bytes(random_, size());
        const uint32_t at = static_cast<uint32_t>(random_.below(MEM_BYTES - data.size()));
        const uint64_t clocks = random_.below(static_cast<uint64_t>(BIT * 10 * 4000));
        if (random_.one_in(2)) {
            b.write(at, data, clocks);
        } else {
            std::vector<uint8_t> unread(data.size());
            b.read(unread, at, clocks);
        }
        b.restart();
        report_.equal(b.open(), TT_LINK_DONE, jobs_);
        expect_prefix(at, data);
    }
    // The board is reset in the middle of a job: that has been done already, or fails, whatever the sequence number was.
    void reset() {
        const std::vector<uint8_t> data = random_bytes(random_, size());
        std::vector<uint8_t> back(data.size());
        const uint32_t at = static_cast<uint32_t>(random_.below(MEM_BYTES - data.size()));
        const uint64_t clocks = random_.below(static_cast<uint64_t>(BIT * 10 * 4000));
        const bool is_read = random_.one_in(2);
        is_read ? b.read(back, at, clocks) : b.write(at, data, clocks);
        b.reset();
        const tt_link_state_t end = b.run();
        if (end == TT_LINK_DONE)
            report_.equal(is_read || b.memory_writes - writes_ == data.size(), 1, jobs_);
        else
            report_.equal(end, TT_LINK_REFUSED, jobs_);
        if (end == TT_LINK_DONE && is_read)
            report_.equal(std::memcmp(back.data(), b.reference.data() + at, back.size()), 0, jobs_);
        report_.equal(b.open(), TT_LINK_DONE, jobs_);
        if (!is_read)
            expect_prefix(at, data);
    }
    void refused() {
        const std::vector<uint8_t> data = random_bytes(random_, size());
        std::vector<uint8_t> unread(data.size());
        const bool beyond = random_.one_in(2);
        const uint32_t inside = static_cast<uint32_t>(random_.below(MEM_BYTES - data.size()));
        const uint32_t past = random_.one_in(2)
                                  ? MEM_BYTES - static_cast<uint32_t>(random_.below(data.size()))
                                  : 0x40000000u >> random_.below(13) | inside;
        const uint32_t at = beyond ? past : inside;
        b.busy = !beyond;
        if (random_.one_in(2)) {
            report_.equal(b.write(at, data), TT_LINK_REFUSED, jobs_);
        } else {
            report_.equal(b.read(unread, at), TT_LINK_REFUSED, jobs_);
        }
        report_.equal(b.open(), TT_LINK_DONE, jobs_);
        b.busy = false;
        expect_prefix(at, data);
    }

    Bench &b;
    Random &random_;
    Report &report_;
    uint64_t jobs_ = 0, writes_ = 0;
    std::vector<RegisterWrite> registers_;
};

bool test_clean(Random &random) {
    Report report(LINK_NAME " without faults");
    Bench b(random);
    Jobs jobs(b, random, report);
    report.equal(b.open(), TT_LINK_DONE, 0);
    for (int i = 0; i < 60; i++)
        jobs.one();
    jobs.finish();
    return report.finish();
}

bool test_faults(Random &random, const char *name, Fault kind, uint64_t frames) {
    const std::string title = std::string(LINK_NAME " faults: ") + name;
    Report report(title.c_str());
    Bench b(random);
    Jobs jobs(b, random, report);
    b.set_latency(random.one_in(2) ? 1.0 : 0.0);
    b.poll_us = random.one_in(2) ? 200 : 3000; // less and more than there and back
    b.restart();
    report.equal(b.open(), TT_LINK_DONE, 0);
    uint64_t sent = 0;
    while (sent < frames) {
        b.set_faults(400 + random.below(4000), kind); // bytes; the longest frame has 256
        const uint64_t before = tt_link_statistics(&b.link)->frames_sent;
        jobs.one();
        const uint64_t after = tt_link_statistics(&b.link)->frames_sent;
        sent += after > before ? after - before : after; // a restart begins at 0
    }
    jobs.finish();
    std::printf("# %s: %llu frames, %.1f s of line time;", title.c_str(),
                static_cast<unsigned long long>(sent), static_cast<double>(b.now) / CLK_HZ);
    for (int i = 0; i < N_FAULTS; i++)
        std::printf(" %s %llu", fault_names[i],
                    static_cast<unsigned long long>(b.to_device.counts[i] + b.to_host.counts[i]));
    std::printf("\n");
    return report.finish();
}

// Single bursts, each waited for to its last answer.
bool test_throughput(Random &random, double latency_ms) {
    const std::string title =
        std::string(LINK_NAME " throughput, latency ms ") + (latency_ms > 0 ? "1" : "0");
    Report report(title.c_str());
    Bench b(random);
    b.set_latency(latency_ms);
    report.equal(b.open(), TT_LINK_DONE, 0);
    for (size_t bytes : {4096u, 8192u, 65536u}) {
        std::vector<uint8_t> data = random_bytes(random, bytes), back(bytes);
        for (int is_read = 0; is_read < 2; is_read++) {
            const uint64_t begin = b.now;
            const tt_link_state_t state = is_read ? b.read(back, 1000) : b.write(1000, data);
            const double rate = static_cast<double>(bytes) * 10 * BIT / static_cast<double>(b.now - begin);
            std::printf("# %s: %s %zu bytes: %.2f %% of the line rate\n", title.c_str(),
                        is_read ? "read" : "write", bytes, rate * 100);
            report.equal(state, TT_LINK_DONE, bytes);
            report.equal(rate >= 0.85, 1, bytes);
        }
        report.equal(data == back, 1, bytes);
    }
    report.equal(static_cast<int64_t>(tt_link_statistics(&b.link)->frames_resent), 0, 0);
    return report.finish();
}

// A dead line ends in TT_LINK_LOST, a line that comes back works again.
bool test_dead_line(Random &random) {
    Report report(LINK_NAME " dead line");
    Bench b(random);
    Jobs jobs(b, random, report);
    report.equal(b.open(), TT_LINK_DONE, 0);
    std::vector<uint8_t> data = random_bytes(random, 2000);
    b.set_faults(1, LOST);
    report.equal(b.read(data, 0), TT_LINK_LOST, 0);
    report.equal(b.open(), TT_LINK_LOST, 0);
    b.set_faults(0);
    report.equal(b.open(), TT_LINK_DONE, 0);
    for (int i = 0; i < 8; i++)
        jobs.one();
    jobs.finish();
    return report.finish();
}

} // namespace

int main(int argc, char **argv) {
    Random random = seeded(argc, argv);
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    const uint64_t frames = argc > 2 ? std::strtoull(argv[2], nullptr, 0) : LINK_FRAMES;
    bool good = test_clean(random);
    if (LINK_THROUGHPUT) {
        good &= test_throughput(random, 0);
        good &= test_throughput(random, 1);
    }
    good &= test_dead_line(random);
    for (int kind = 0; kind < N_FAULTS; kind++)
        good &= test_faults(random, fault_names[kind], static_cast<Fault>(kind), frames / 16);
    good &= test_faults(random, "all", N_FAULTS, frames / 2);
    return good ? 0 : 1;
}
