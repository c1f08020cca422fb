// SPDX-License-Identifier: Apache-2.0
// Walks every register and field of driver/registers.rdl over AXI4-Lite on the Verilated module `registers`. What to expect (address,
// position, access, reset) comes from the table that tools/gen_registers.py makes of the RDL for one configuration.
// Usage: registers_CONFIG [SEED]
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "Vregisters.h"
#include "verilated.h"

namespace {

enum Access { CONST, LIVE, RW, PULSE, W1C };

struct Field {
    std::string reg;
    uint32_t address;
    std::string name;
    unsigned lsb, width;
    Access access;
    uint32_t reset;

    uint32_t mask() const { return (UINT32_MAX >> (32 - width)) << lsb; }
};

const std::vector<Field> fields = {
#define WALK(...) {__VA_ARGS__},
#include "registers_walk.h"
#undef WALK
};

const Field &field(const std::string &name) {
    for (const Field &f : fields) {
        if (f.name == name)
            return f;
    }
    std::printf("FAIL table no field is named %s\n", name.c_str());
    std::exit(1);
}

constexpr int HANDSHAKE_LIMIT = 20; // cycles

class Bench {
  public:
    explicit Bench(uint32_t seed) : random(seed) {
        live = {
            {"STATUS_BUSY", [this](uint32_t v) { dut->busy_i = v & 1; }},
            {"STATUS_RESETTING", [this](uint32_t v) { dut->resetting_i = v & 1; }},
            {"CYCLES_LO", [this](uint32_t v) { dut->cycles_i = (dut->cycles_i >> 32 << 32) | v; }},
            {"CYCLES_HI",
             [this](uint32_t v) { dut->cycles_i = (dut->cycles_i & UINT32_MAX) | (uint64_t(v) << 32); }},
            {"LOAD_BUSY", [this](uint32_t v) { dut->load_busy_i = v; }},
            {"LOAD_STARVED", [this](uint32_t v) { dut->load_starved_i = v; }},
            {"LOAD_BLOCKED", [this](uint32_t v) { dut->load_blocked_i = v; }},
            {"EXEC_BUSY", [this](uint32_t v) { dut->exec_busy_i = v; }},
            {"EXEC_STARVED", [this](uint32_t v) { dut->exec_starved_i = v; }},
            {"EXEC_BLOCKED", [this](uint32_t v) { dut->exec_blocked_i = v; }},
            {"FINISH_BUSY", [this](uint32_t v) { dut->finish_busy_i = v; }},
            {"FINISH_STARVED", [this](uint32_t v) { dut->finish_starved_i = v; }},
            {"FINISH_BLOCKED", [this](uint32_t v) { dut->finish_blocked_i = v; }},
            {"BEATS_READ", [this](uint32_t v) { dut->beats_read_i = v; }},
            {"BEATS_WRITTEN", [this](uint32_t v) { dut->beats_written_i = v; }},
        };
        ports = {
            {"LIST_ADDR", [this] { return dut->list_addr_o; }},
            {"LIST_COUNT", [this] { return uint32_t(dut->list_count_o); }},
            {"STEPS", [this] { return uint32_t(dut->steps_o); }},
            {"WATCHDOG", [this] { return dut->watchdog_o; }},
            {"MEM_BYTES", [this] { return dut->mem_bytes_o; }},
        };
    }

    void check(bool holds, const std::string &what) {
        if (!holds && problem.empty())
            problem = what;
    }

    void check_equal(uint32_t got, uint32_t expected, const std::string &what) {
        if (got == expected)
            return;
        char text[160];
        std::snprintf(text, sizeof text, "%s: got 0x%08X, expected 0x%08X", what.c_str(), got, expected);
        check(false, text);
    }

    uint32_t below(uint32_t limit) { return uint32_t(random() % limit); }

    void tick() {
        dut->clk_i = 0;
        dut->eval();
        pulses["CONTROL_START"] += dut->start_o;
        pulses["CONTROL_RESET"] += dut->soft_reset_o;
        cycle++;
        dut->clk_i = 1;
        dut->eval();
    }

    void reset() {
        dut->s_axil_awvalid = dut->s_axil_wvalid = dut->s_axil_arvalid = dut->s_axil_bready =
            dut->s_axil_rready = 0;
        dut->done_i = dut->error_valid_i = 0;
        for (auto &entry : live)
            set_live(entry.first, 0);
        dut->rst_i = 1;
        tick();
        tick();
        dut->rst_i = 0;
        for (const Field &f : fields)
            state[f.name] = f.reset;
    }

    void set_live(const std::string &name, uint32_t value) {
        state[name] = value & (field(name).mask() >> field(name).lsb);
        live.at(name)(state[name]);
    }

    // One write with random order and delays; early: both channels at once, response taken at once.
    void write(uint32_t address, uint32_t data, unsigned strobe = 15, bool early = false) {
        unsigned aw_delay = early ? 0 : below(4), w_delay = early ? 0 : below(4),
                 b_delay = early ? 0 : below(4);
        bool aw_done = false, w_done = false;
        uint64_t both = 0;
        for (int i = 0; i < HANDSHAKE_LIMIT; i++) {
            dut->s_axil_awvalid = !aw_done && aw_delay == 0;
            dut->s_axil_wvalid = !w_done && w_delay == 0;
            dut->s_axil_awaddr =
                dut->s_axil_awvalid ? uint8_t(address) : uint8_t(random()); // nothing is taken without valid
            dut->s_axil_wdata = dut->s_axil_wvalid ? data : random();
            dut->s_axil_wstrb = dut->s_axil_wvalid ? strobe : random() & 15;
            dut->s_axil_bready = aw_done && w_done && b_delay == 0;
            dut->eval();
            const bool aw = dut->s_axil_awvalid && dut->s_axil_awready,
                       w = dut->s_axil_wvalid && dut->s_axil_wready;
            const bool b_seen = dut->s_axil_bvalid, b = b_seen && dut->s_axil_bready;
            check(!b_seen || (aw_done && w_done), "B before AW and W");
            check(!b_seen || dut->s_axil_bresp == 0, "BRESP is not OKAY");
            check(!early || !aw_done || b_seen == (cycle >= both + 2),
                  "B comes 2 cycles after the later of AW and W");
            tick();
            if (aw_delay > 0)
                aw_delay--;
            if (w_delay > 0)
                w_delay--;
            if (b_seen && b_delay > 0) {
                b_delay--;
                check(dut->s_axil_bvalid, "B was taken back");
            }
            aw_done |= aw;
            w_done |= w;
            if ((aw || w) && aw_done && w_done)
                both = cycle - 1;
            if (b) {
                dut->s_axil_bready = 0;
                dut->eval();
                check(!dut->s_axil_bvalid, "B twice");
                return;
            }
        }
        check(false, "no response to a write");
    }

    uint32_t read(uint32_t address) {
        unsigned r_delay = below(4);
        bool ar_done = false;
        uint32_t first = 0;
        bool seen = false;
        for (int i = 0; i < HANDSHAKE_LIMIT; i++) {
            dut->s_axil_arvalid = !ar_done;
            dut->s_axil_araddr = !ar_done ? uint8_t(address) : uint8_t(random());
            dut->s_axil_rready = ar_done && r_delay == 0;
            dut->eval();
            const bool ar = dut->s_axil_arvalid && dut->s_axil_arready;
            check(dut->s_axil_rvalid == ar_done, "R comes 1 cycle after AR and stays");
            if (dut->s_axil_rvalid) {
                check(dut->s_axil_rresp == 0, "RRESP is not OKAY");
                check(!seen || first == dut->s_axil_rdata, "RDATA changes while it waits");
                first = dut->s_axil_rdata;
                seen = true;
            }
            const bool r = dut->s_axil_rvalid && dut->s_axil_rready;
            tick();
            if (seen && r_delay > 0)
                r_delay--;
            ar_done |= ar;
            if (r) {
                dut->s_axil_rready = 0;
                return first;
            }
        }
        check(false, "no response to a read");
        return 0;
    }

    void write_field(const std::string &name, uint32_t value) {
        write(field(name).address, value << field(name).lsb);
    }
    uint32_t read_field(const std::string &name) {
        return (read(field(name).address) & field(name).mask()) >> field(name).lsb;
    }

    void pulse_error(uint8_t code, uint16_t index) {
        dut->error_valid_i = 1;
        dut->error_code_i = code;
        dut->error_index_i = index;
        tick();
        dut->error_valid_i = 0;
    }

    void pulse_done() {
        dut->done_i = 1;
        tick();
        dut->done_i = 0;
    }

    // The word that the table and `state` say an address holds; reserved bits 0.
    uint32_t expected(uint32_t address) const {
        uint32_t word = 0;
        for (const Field &f : fields) {
            if (f.address == address && f.access != PULSE)
                word |= (state.at(f.name) << f.lsb) & f.mask();
        }
        return word;
    }

    void check_all(const std::string &when) {
        for (uint32_t address = 0; address < 256; address += 4) {
            char text[32];
            std::snprintf(text, sizeof text, "register 0x%02X ", address);
            check_equal(read(address), expected(address), text + when);
        }
        for (auto &port : ports) {
            dut->eval();
            check_equal(port.second(), state.at(port.first), "output of " + port.first + " " + when);
        }
        const bool irq =
            state["CONTROL_IRQ_ENABLE"] != 0 && (state["STATUS_DONE"] != 0 || state["STATUS_ERROR"] != 0);
        check_equal(dut->irq_o, irq, "irq_o " + when);
    }

    // What a write does to `state`; pulses are counted in expected_pulses.
    void apply_write(uint32_t address, uint32_t data, unsigned strobe) {
        uint32_t bytes = 0;
        for (unsigned i = 0; i < 4; i++)
            bytes |= (strobe >> i & 1) * (0xFFu << 8 * i);
        std::map<std::string, bool> asked;
        for (const Field &f : fields) {
            if (f.address != address)
                continue;
            const uint32_t mask = (bytes & f.mask()) >> f.lsb, value = data >> f.lsb;
            if (f.access == RW)
                state[f.name] = (state[f.name] & ~mask) | (value & mask);
            if (f.access == W1C)
                state[f.name] &= ~(value & mask);
            if (f.access == PULSE)
                asked[f.name] = (value & mask) != 0;
        }
        const bool soft_reset = asked["CONTROL_RESET"];
        const bool start = asked["CONTROL_START"] && !soft_reset && state["STATUS_BUSY"] == 0 &&
                           state["STATUS_RESETTING"] == 0;
        expected_pulses["CONTROL_START"] += start;
        expected_pulses["CONTROL_RESET"] += soft_reset;
        if (start || soft_reset)
            state["STATUS_DONE"] = state["STATUS_ERROR"] = state["ERROR_CODE"] = state["ERROR_INDEX"] = 0;
    }

    std::unique_ptr<Vregisters> dut = std::make_unique<Vregisters>();
    std::map<std::string, std::function<void(uint32_t)>> live; // inputs by field
    std::map<std::string, std::function<uint32_t()>> ports;    // outputs by field
    std::map<std::string, uint32_t> state;                     // what each field should hold
    std::map<std::string, int> pulses, expected_pulses;
    std::mt19937 random;
    uint64_t cycle = 0;
    std::string problem;
};

// Every field of the table is covered by one of the tests below.
void test_table(Bench &b) {
    uint32_t used[64] = {0};
    for (const Field &f : fields) {
        b.check((used[f.address / 4] & f.mask()) == 0, f.name + " overlaps another field");
        used[f.address / 4] |= f.mask();
        const bool error = f.reg == "ERROR";
        b.check(f.access != LIVE || error || b.live.count(f.name) != 0, "no stimulus for " + f.name);
        b.check(f.access != RW || f.reg == "CONTROL" || b.ports.count(f.name) != 0,
                "no output for " + f.name);
    }
}

void test_reset_values(Bench &b) {
    b.check_all("after reset");
    for (uint32_t address = 0; address < 256; address += 4) { // change what can be changed, then again
        b.write(address, UINT32_MAX);
    }
    b.pulse_done();
    b.pulse_error(4, 5);
    b.reset();
    b.check_all("after the second reset");
}

void test_inputs(Bench &b) {
    for (int round = 0; round < 8; round++) {
        for (auto &entry : b.live)
            b.set_live(entry.first, b.random());
        b.check_all("with other inputs");
    }
}

void test_read_only(Bench &b) {
    for (const Field &f : fields) {
        if (f.access != CONST && f.access != LIVE)
            continue;
        b.write(f.address, f.mask());
        b.write(f.address, 0);
        b.check_all("after a write to read-only " + f.name);
    }
}

void test_read_write(Bench &b) {
    for (const Field &f : fields) {
        if (f.access != RW)
            continue;
        for (int round = 0; round < 12; round++) {
            const uint32_t data = (round == 0   ? UINT32_MAX
                                   : round == 1 ? 0
                                                : uint32_t(b.random())) &
                                  f.mask();
            const unsigned strobe = round < 2 ? 15 : b.below(16);
            b.write(f.address, data, strobe);
            b.apply_write(f.address, data, strobe);
            b.check_all("after a write to " + f.name);
        }
    }
}

void test_write_1_to_clear(Bench &b) {
    for (const Field &f : fields) {
        if (f.access != W1C)
            continue;
        for (const uint32_t data : {0u, ~f.mask() & 0xFFu, f.mask()}) {
            b.pulse_done();
            b.pulse_error(3, 0x1234);
            b.state["STATUS_DONE"] = b.state["STATUS_ERROR"] = 1;
            b.state["ERROR_CODE"] = 3; // stays until START or RESET
            b.state["ERROR_INDEX"] = 0x1234;
            b.check_all("after both events");
            b.write(f.address, data, 14);
            b.check_all("after a write to STATUS without its byte");
            b.write(f.address, data);
            b.apply_write(f.address, data, 15);
            b.check_all("after a write to " + f.name);
        }
    }
}

void test_pulses(Bench &b) {
    for (const Field &f : fields) {
        if (f.access != PULSE)
            continue;
        const int before = b.pulses[f.name];
        b.write(f.address, 0);
        b.write(f.address, f.mask(), 14);
        b.check(b.pulses[f.name] == before, f.name + " without being written");
        b.write(f.address, f.mask());
        b.tick();
        b.check(b.pulses[f.name] == before + 1, f.name + " is not one cycle");
        b.check_all("after " + f.name);
    }
}

void test_start_refused(Bench &b) {
    for (const char *name : {"STATUS_BUSY", "STATUS_RESETTING"}) {
        const int before = b.pulses["CONTROL_START"];
        b.pulse_done();
        b.set_live(name, 1);
        b.state["STATUS_DONE"] = name == std::string("STATUS_BUSY");
        b.write_field("STATUS_DONE", 0);
        b.state["STATUS_DONE"] = 1;
        b.write_field("CONTROL_START", 1);
        b.tick();
        b.check(b.pulses["CONTROL_START"] == before, std::string("START in spite of ") + name);
        b.check_all("after a refused START");
        b.set_live(name, 0);
    }
    const int before = b.pulses["CONTROL_START"];
    b.write(field("CONTROL_START").address, field("CONTROL_START").mask() | field("CONTROL_RESET").mask());
    b.tick();
    b.check(b.pulses["CONTROL_START"] == before, "START together with RESET");
}

void test_first_error_kept(Bench &b) {
    for (const char *ended_by : {"CONTROL_START", "CONTROL_RESET"}) {
        b.pulse_error(2, 7);
        b.pulse_error(4, 9);
        b.check_equal(b.read_field("ERROR_CODE"), 2, "code of the first error");
        b.check_equal(b.read_field("ERROR_INDEX"), 7, "index of the first error");
        b.write_field("STATUS_ERROR", 1);
        b.check_equal(b.read_field("ERROR_CODE"), 2, "code after STATUS.ERROR was cleared");
        b.write_field(ended_by, 1);
        b.check_equal(b.read_field("ERROR_CODE"), 0, std::string("code after ") + ended_by);
        b.pulse_error(5, 11);
        b.check_equal(b.read_field("ERROR_CODE"), 5, "code of the next run");
        b.check_equal(b.read_field("STATUS_ERROR"), 1, "STATUS.ERROR of the next run");
        b.write_field("CONTROL_RESET", 1);
    }
    b.set_live("STATUS_RESETTING", 1);
    b.pulse_error(4, 1);
    b.pulse_done();
    b.set_live("STATUS_RESETTING", 0);
    b.check_all("after events during a soft reset");
}

// DONE raised in the very cycle in which the host clears it must not be lost.
void test_event_meets_clear(Bench &b) {
    const Field &done = field("STATUS_DONE");
    int last = 0;
    for (int offset = 0; offset < 6; offset++) {
        b.write(done.address, done.mask());
        b.dut->s_axil_awvalid = b.dut->s_axil_wvalid = b.dut->s_axil_bready = 1;
        b.dut->s_axil_awaddr = uint8_t(done.address);
        b.dut->s_axil_wdata = done.mask();
        b.dut->s_axil_wstrb = 15;
        for (int i = 0; i < 8; i++) {
            b.dut->done_i = i == offset;
            b.tick();
            b.dut->s_axil_awvalid = b.dut->s_axil_wvalid = 0;
        }
        b.dut->s_axil_bready = 0;
        const int seen = int(b.read_field("STATUS_DONE"));
        // the write happens at the second edge: an event at the first is cleared, one at the second or later stays
        b.check(seen == (offset >= 1), "DONE is lost or kept wrongly at offset " + std::to_string(offset));
        b.check(seen >= last, "DONE comes and goes");
        last = seen;
    }
}

void test_latency(Bench &b) {
    for (int i = 0; i < 8; i++)
        b.write(field("LIST_ADDR").address, b.random(), 15, true);
}

void test_random_walk(Bench &b) {
    b.pulses.clear();
    b.expected_pulses.clear();
    for (int i = 0; i < 1000; i++) {
        const uint32_t command =
            b.below(4) == 0 ? field("CONTROL_START").address : b.below(64) * 4; // often CONTROL
        const uint32_t address = command + b.below(4), data = b.random();
        const unsigned strobe = b.below(16);
        if (b.below(4) == 0)
            b.set_live("STATUS_BUSY", b.random());
        if (b.below(4) == 0)
            b.set_live("STATUS_RESETTING", b.below(8) == 0);
        if (b.below(4) == 0 && b.state["STATUS_RESETTING"] == 0) {
            b.pulse_done();
            b.state["STATUS_DONE"] = 1;
        }
        if (b.below(4) == 0 && b.state["STATUS_RESETTING"] == 0) {
            const uint8_t code = uint8_t(1 + b.below(5));
            const uint16_t index = uint16_t(b.random());
            b.pulse_error(code, index);
            b.state["STATUS_ERROR"] = 1;
            if (b.state["ERROR_CODE"] == 0) {
                b.state["ERROR_CODE"] = code;
                b.state["ERROR_INDEX"] = index;
            }
        }
        b.write(address, data, strobe);
        b.apply_write(address & ~3u, data, strobe);
        if (i % 8 == 0)
            b.check_all("in the random walk, step " + std::to_string(i));
    }
    b.tick();
    for (const char *name : {"CONTROL_START", "CONTROL_RESET"}) {
        b.check(b.pulses[name] == b.expected_pulses[name], std::string("number of pulses of ") + name);
        b.check(b.expected_pulses[name] > 0, std::string("the walk never reached ") + name);
    }
}

} // namespace

int main(int argc, char **argv) {
    const uint32_t seed = argc > 1 ? uint32_t(std::strtoul(argv[1], nullptr, 0)) : 1u;
    std::printf("seed %u\n", seed);
    Verilated::randReset(2);
    Verilated::randSeed(int(seed & INT32_MAX));
    const struct {
        const char *name;
        void (*run)(Bench &);
    } tests[] = {
        {"table", test_table},
        {"reset_values", test_reset_values},
        {"inputs", test_inputs},
        {"read_only", test_read_only},
        {"read_write", test_read_write},
        {"write_1_to_clear", test_write_1_to_clear},
        {"pulses", test_pulses},
        {"start_refused", test_start_refused},
        {"first_error_kept", test_first_error_kept},
        {"event_meets_clear", test_event_meets_clear},
        {"latency", test_latency},
        {"random_walk", test_random_walk},
    };
    int failures = 0;
    for (const auto &test : tests) {
        Bench bench(seed);
        bench.reset();
        test.run(bench);
        std::printf("%s %s%s%s\n", bench.problem.empty() ? "PASS" : "FAIL", test.name,
                    bench.problem.empty() ? "" : "  ", bench.problem.c_str());
        failures += !bench.problem.empty();
    }
    return failures != 0;
}
