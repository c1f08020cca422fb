/* SPDX-License-Identifier: Apache-2.0
 * tritrain_onchip through its host port alone: random programs against the C twin (every byte of memory), a run that the host disturbs
 * (every memory access refused, not one cycle more), the edges of memory, errors and soft reset, timing of the handshake.
 * argv: seed, programs. The reference for cycles is a second run of the same program, without the host. */
#include <algorithm>
#include <cstring>
#include <vector>

#include "Vonchip.h"
#include "lockstep.h"

extern "C" {
#include "tt_config.h"
#include "tt_isa.h"
#include "tt_random_program.h"
#include "tt_registers.h"
}

namespace {

constexpr uint32_t MEM_BYTES = TT_RANDOM_MEM_BYTES;
constexpr uint32_t REGISTERS = UINT32_C(1) << 31;
constexpr unsigned ANSWER_LIMIT = 64;    /* cycles */
constexpr uint64_t RUN_LIMIT = 20000000; /* cycles */
constexpr uint32_t STATE_AT = 0x1000;
constexpr uint64_t LAST_CYCLES = 50; /* of a run, in which an answer may be either */

constexpr uint8_t bit(unsigned lsb, unsigned) { return static_cast<uint8_t>(1u << lsb); }

class Device {
  public:
    explicit Device(Report &protocol) : protocol_(protocol) {
        top_.host_valid_i = 0;
        top_.rst_i = 1;
        for (int i = 0; i < 4; i++) {
            clock_edge(top_);
        }
        top_.rst_i = 0;
    }

    struct Answer {
        uint8_t data;
        bool refused;
    };

    /* One request, held until done; the cycle after done may carry the next one, or none. */
    Answer request(bool write, uint32_t address, uint8_t data = 0) {
        top_.host_valid_i = 1;
        top_.host_write_i = write;
        top_.host_addr_i = address;
        top_.host_wdata_i = data;
        top_.eval();
        protocol_.equal(top_.host_done_o, 0, address); /* never in the first cycle */
        for (unsigned waited = 0; waited < ANSWER_LIMIT; waited++) {
            cycle();
            if (top_.host_done_o) {
                const Answer answer = {static_cast<uint8_t>(top_.host_rdata_o),
                                       static_cast<bool>(top_.host_refused_o)};
                cycle();
                top_.host_valid_i = 0;
                top_.eval();
                protocol_.equal(top_.host_done_o, 0, address); /* one cycle long */
                return answer;
            }
        }
        protocol_.equal(0, 1, address);
        top_.host_valid_i = 0;
        return Answer{0, true};
    }
    void idle(unsigned cycles) {
        for (unsigned i = 0; i < cycles; i++) {
            cycle();
        }
    }
    uint32_t read_register(uint32_t offset) {
        uint32_t value = 0;
        for (uint32_t i = 0; i < 4; i++) {
            value |= static_cast<uint32_t>(request(false, REGISTERS | (offset + i)).data) << (8 * i);
        }
        return value;
    }
    void write_register(uint32_t offset, uint32_t value) {
        for (uint32_t i = 0; i < 4; i++) {
            request(true, REGISTERS | (offset + i), static_cast<uint8_t>(value >> (8 * i)));
        }
    }
    void start(const tt_random_program_t &program) {
        write_register(TT_REG_LIST_ADDR, program.list_addr);
        write_register(TT_REG_LIST_COUNT, program.count);
        write_register(TT_REG_STEPS, program.steps);
        request(true, REGISTERS | TT_REG_CONTROL, bit(TT_RF_CONTROL_START));
    }
    void wait() {
        for (uint64_t i = 0; i < RUN_LIMIT && top_.busy_o; i++) {
            cycle();
        }
    }
    bool busy() const { return top_.busy_o; }
    uint64_t now() const { return now_; }
    bool error() const { return top_.error_o; }
    uint64_t cycles() {
        return read_register(TT_REG_CYCLES_LO) | static_cast<uint64_t>(read_register(TT_REG_CYCLES_HI)) << 32;
    }

  private:
    void cycle() {
        clock_edge(top_);
        now_++;
        protocol_.equal(top_.host_done_o && !top_.host_valid_i, 0, 0);
    }

    Vonchip top_;
    uint64_t now_ = 0;
    Report &protocol_;
};

struct Bench {
    explicit Bench(const tt_config_t &config_)
        : config(config_), storage(tt_ref_machine_size(&config_) / 8 + 1) {
        machine = tt_ref_machine_init(storage.data(), &config);
    }

    tt_config_t config;
    std::vector<uint64_t> storage;
    tt_ref_machine_t *machine;
    std::vector<uint8_t> expected = std::vector<uint8_t>(MEM_BYTES);
    std::vector<uint8_t> there = std::vector<uint8_t>(MEM_BYTES); /* what the device's memory must hold */
    uint64_t words[TT_RANDOM_CAPACITY * TT_ISA_WORDS];
};

/* All bytes, whatever was there. */
void clear(Device &device, Bench &bench) {
    for (uint32_t i = 0; i < MEM_BYTES; i++) {
        device.request(true, i, 0);
    }
    std::fill(bench.there.begin(), bench.there.end(), uint8_t{0});
}

/* The states of generators and slots become equal. */
void equalise(Device &device, Bench &bench) {
    uint32_t index = 0;
    uint64_t words[TT_ISA_WORDS] = {0};
    const tt_random_program_t program = {0, 1, 1};
    std::memset(bench.expected.data(), 0, MEM_BYTES);
    tt_field_set(words, TT_F_OPCODE, TT_OP_STATE_LOAD);
    tt_field_set(words, TT_F_STATE_LOAD_ADDR, STATE_AT);
    std::memcpy(bench.expected.data(), words, sizeof words);
    for (uint32_t i = 0; i < bench.config.lanes; i++) {
        const uint64_t lane = tt_ref_lfsr_lane_seed(1, i);
        std::memcpy(bench.expected.data() + STATE_AT + 8u * i, &lane, sizeof lane);
    }
    for (uint32_t i = 0; i < MEM_BYTES; i++) {
        if (bench.expected[i] != bench.there[i]) {
            device.request(true, i, bench.expected[i]);
        }
    }
    bench.there = bench.expected;
    device.start(program);
    device.wait();
    tt_ref_machine_run(bench.machine, bench.expected.data(), MEM_BYTES, 0, 1, 1, &index);
}

/* Only what differs from what must be there is written, and only what must have changed is read; whole_memory() finds everything else. */
tt_random_program_t load(Device &device, Bench &bench, Report &report, uint64_t seed) {
    tt_random_program_t program;
    std::memset(bench.expected.data(), 0, MEM_BYTES);
    tt_random_program(seed, &bench.config, bench.expected.data(), MEM_BYTES, bench.words, &program);
    for (uint32_t i = 0; i < MEM_BYTES; i++) {
        if (bench.expected[i] != bench.there[i]) {
            report.equal(device.request(true, i, bench.expected[i]).refused, false, seed);
        }
    }
    bench.there = bench.expected;
    return program;
}

void compare(Device &device, Bench &bench, Report &report, const tt_random_program_t &program,
             uint64_t seed) {
    uint32_t index = 0;
    report.equal(device.error(), false, seed);
    report.equal(device.read_register(TT_REG_STATUS), bit(TT_RF_STATUS_DONE), seed);
    report.equal(tt_ref_machine_run(bench.machine, bench.expected.data(), MEM_BYTES, program.list_addr,
                                    program.count, program.steps, &index),
                 TT_DEV_ERR_NONE, seed);
    for (uint32_t i = 0; i < MEM_BYTES; i++) {
        if (bench.expected[i] != bench.there[i]) {
            report.equal(device.request(false, i).data, bench.expected[i], i);
        }
    }
    bench.there = bench.expected;
}

/* The memory as before a run that may have been cut short anywhere. */
void undo(Device &device, Bench &bench, const tt_random_program_t &program) {
    uint32_t index = 0;
    tt_ref_machine_run(bench.machine, bench.expected.data(), MEM_BYTES, program.list_addr, program.count,
                       program.steps, &index);
    for (uint32_t i = 0; i < MEM_BYTES; i++) {
        if (bench.expected[i] != bench.there[i]) {
            device.request(true, i, bench.there[i]);
        }
    }
}

void whole_memory(Device &device, const Bench &bench, Report &report) {
    for (uint32_t i = 0; i < MEM_BYTES; i++) {
        report.equal(device.request(false, i).data, bench.there[i], i);
    }
}

/* What the memory behind AXI would take: the twin's prediction, printed for comparison, not asserted. */
uint64_t predicted(const Bench &bench, const tt_random_program_t &program) {
    tt_counters_t counters = {};
    const tt_ref_memory_t memory = {1, 1};
    std::vector<uint64_t> storage(tt_ref_timing_size(&bench.config) / 8 + 1);
    tt_ref_timing_run(storage.data(), &bench.config, &memory, MEM_BYTES, bench.words, program.list_addr,
                      program.count, program.steps, 1u << 20, &counters);
    return counters.cycles;
}

bool run_programs(Device &device, Bench &bench, uint64_t seed, uint64_t programs) {
    Report report("onchip_programs");
    uint64_t taken = 0, two_ports = 0;
    for (uint64_t i = 0; i < programs; i++) {
        const tt_random_program_t program = load(device, bench, report, seed + i);
        device.start(program);
        device.wait();
        compare(device, bench, report, program, seed + i);
        taken += device.cycles();
        two_ports += predicted(bench, program);
    }
    std::printf("# %" PRIu64 " programs from seed %" PRIu64 ", %" PRIu64 " cycles; %" PRIu64
                " with separate ports of latency 1\n",
                programs, seed, taken, two_ports);
    return report.finish();
}

/* The same program twice, the second time with a host that never rests. */
bool run_disturbed(Device &device, Bench &bench, Random &random, uint64_t seed) {
    Report report("onchip_busy_refused");
    uint64_t cycles[2] = {0, 0}, refused = 0;
    for (unsigned disturbed = 0; disturbed < 2; disturbed++) {
        equalise(device, bench);
        const tt_random_program_t program = load(device, bench, report, seed);
        device.start(program);
        const uint64_t quiet_end = disturbed == 1 ? device.now() + cycles[0] - LAST_CYCLES : 0;
        while (device.now() < quiet_end) {
            const bool registers = random.one_in(4);
            const uint32_t address = static_cast<uint32_t>(random.below(MEM_BYTES));
            const Device::Answer answer = registers ? device.request(false, REGISTERS | TT_REG_ID)
                                                    : device.request(random.one_in(2), address, 0xA5);
            report.equal(device.busy(), true, address);
            report.equal(answer.refused, !registers, address);
            refused += answer.refused;
            device.idle(static_cast<unsigned>(random.below(3)));
        }
        device.wait();
        compare(device, bench, report, program, seed);
        cycles[disturbed] = device.cycles();
    }
    whole_memory(device, bench, report);
    report.equal(static_cast<int64_t>(cycles[1]), static_cast<int64_t>(cycles[0]), seed);
    report.equal(refused > 100, true, refused);
    return report.finish();
}

/* First and last byte, the first beyond, and far beyond: bits above the memory's size are not ignored. */
bool run_edges(Device &device, Bench &bench) {
    Report report("onchip_edges");
    for (const uint32_t address : {0u, 7u, 8u, MEM_BYTES - 8, MEM_BYTES - 1}) {
        bench.there[address] = static_cast<uint8_t>(address ^ 0x5A);
        report.equal(device.request(true, address, bench.there[address]).refused, false, address);
        report.equal(device.request(false, address).data, static_cast<uint8_t>(address ^ 0x5A), address);
    }
    for (const uint32_t address : {MEM_BYTES, MEM_BYTES + 7, 2 * MEM_BYTES, UINT32_C(0x7FFFFFFF)}) {
        report.equal(device.request(true, address, 0xFF).refused, true, address);
        report.equal(device.request(false, address).refused, true, address);
    }
    for (const uint32_t address : {0u, 7u, 8u, MEM_BYTES - 8, MEM_BYTES - 1}) {
        report.equal(device.request(false, address).data, static_cast<uint8_t>(address ^ 0x5A), address);
    }
    report.equal(device.read_register(TT_REG_ID), TT_RESET_ID, TT_REG_ID);
    return report.finish();
}

/* A list beyond the memory; a soft reset; then work as before. */
bool run_errors(Device &device, Bench &bench, uint64_t seed) {
    Report report("onchip_errors");
    const tt_random_program_t beyond = {MEM_BYTES, 1, 1};
    device.write_register(TT_REG_MEM_BYTES, 4 * MEM_BYTES); /* changes nothing: the memory is what it is */
    report.equal(device.read_register(TT_REG_MEM_BYTES), MEM_BYTES, TT_REG_MEM_BYTES);
    device.start(beyond);
    device.wait();
    report.equal(device.error(), true, 0);
    report.equal(device.read_register(TT_REG_ERROR), 0xFFFF0000u | TT_DEV_ERR_ADDRESS, TT_REG_ERROR);
    device.request(true, REGISTERS | TT_REG_CONTROL, bit(TT_RF_CONTROL_RESET));
    device.idle(50);
    report.equal(device.error(), false, 0);
    const tt_random_program_t cut = load(device, bench, report, seed);
    for (unsigned after = 1; after < 4; after++) { /* reset in the middle of a run */
        device.start(cut);
        device.idle(after * 333);
        report.equal(device.busy(), true, after);
        device.request(true, REGISTERS | TT_REG_CONTROL, bit(TT_RF_CONTROL_RESET));
        device.idle(200);
        report.equal(device.read_register(TT_REG_STATUS), 0, after);
    }
    undo(device, bench, cut);
    equalise(device, bench);
    const tt_random_program_t program = load(device, bench, report, seed);
    device.start(program);
    device.wait();
    compare(device, bench, report, program, seed);
    return report.finish();
}

} // namespace

int main(int argc, char **argv) {
    Random random = seeded(argc, argv);
    const uint64_t programs = argc > 2 ? std::strtoull(argv[2], nullptr, 0) : 12;
    const uint64_t seed = random.next();
    const tt_config_t *const config = tt_config_find(ONCHIP_CONFIG);
    if (config == nullptr) {
        std::printf("FAIL onchip: no configuration " ONCHIP_CONFIG "\n");
        return 1;
    }
    Report protocol("onchip_handshake");
    static Bench bench(*config);
    Device device(protocol);
    clear(device, bench);
    equalise(device, bench);
    bool good = run_programs(device, bench, seed, programs);
    good = run_disturbed(device, bench, random, seed) && good;
    good = run_edges(device, bench) && good;
    good = run_errors(device, bench, seed) && good;
    return protocol.finish() && good ? 0 : 1;
}
