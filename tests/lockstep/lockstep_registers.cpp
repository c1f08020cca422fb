// SPDX-License-Identifier: Apache-2.0
// Walks every register and field of driver/registers.rdl over AXI4-Lite on the Verilated modules `registers` and `axil_port`. What to expect
// (address, position, access, reset) comes from the table that tools/gen_registers.py makes of the RDL for one configuration. The engines behind
// the registers are played here: a run lasts some cycles with random events, which the counters must show to the last one.
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
#include "Vregisters___024root.h"
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

constexpr int HANDSHAKE_LIMIT = 200; // cycles
constexpr uint64_t IDLE_ACCESS =
    12; // cycles that a word may take while nothing runs: 4 bytes of 2 cycles, handshakes
constexpr uint64_t BUSY_ACCESS = 140; // and while something does: a byte waits for the end of a pass
constexpr unsigned LIST_BITS = REGISTERS_COMPACT ? 10 : 16;

const char *const event_names[] = {"LOAD_BUSY",      "LOAD_STARVED", "LOAD_BLOCKED", "EXEC_BUSY",
                                   "EXEC_STARVED",   "EXEC_BLOCKED", "FINISH_BUSY",  "FINISH_STARVED",
                                   "FINISH_BLOCKED", "BEATS_READ",   "BEATS_WRITTEN"};
constexpr unsigned EVENTS = 11;

class Bench {
  public:
    explicit Bench(uint32_t seed) : random(seed) {}

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

    // One clock. The engine: START makes it busy for run_cycles, then it reports its end; events are those of `mask`, or all of them.
    void tick() {
        dut->busy_i = left > 0;
        const uint32_t events = left > 0 ? (all_events ? 0x7FFu : uint32_t(random()) & 0x7FFu) & mask : 0;
        dut->events_i = uint16_t(events);
        dut->done_i = (left == 1 && ends_well) || pulse_done;
        dut->error_valid_i = left == 1 && !ends_well;
        dut->clk_i = 0;
        dut->eval();
        pulses["CONTROL_START"] += dut->start_o;
        pulses["CONTROL_RESET"] += dut->soft_reset_o;
        if (left > 0) {
            state_cycles++;
            for (unsigned i = 0; i < EVENTS; i++)
                state[event_names[i]] += events >> i & 1;
            left--;
            if (left == 0)
                state[ends_well ? "STATUS_DONE" : "STATUS_ERROR"] = 1;
            if (left == 0 && !ends_well) {
                state["ERROR_CODE"] = error_code;
                state["ERROR_INDEX"] = error_index;
            }
        }
        if (started)
            check_copies();
        started = dut->start_o;
        if (dut->start_o) {
            left = run_cycles;
            state_cycles = 0;
            for (const char *name : event_names)
                state[name] = 0;
            dut->error_code_i = 0;
        }
        if (dut->soft_reset_o)
            dut->error_code_i = 0;
        if (left == 1 && !ends_well) { // shown from the end of the run on
            dut->error_code_i = uint8_t(error_code);
            dut->error_index_i = error_index;
        }
        cycle++;
        dut->clk_i = 1;
        dut->eval();
    }

    void check_copies() {
        const uint32_t list = LIST_BITS == 16 ? 0xFFFFu : 0x3FFu;
        check_equal(dut->list_addr_o, state["LIST_ADDR"], "output of LIST_ADDR at START");
        check_equal(dut->list_last_o, (state["LIST_COUNT"] - 1u) & list, "output of LIST_COUNT at START");
        check_equal(dut->steps_last_o, (state["STEPS"] - 1u) & list, "output of STEPS at START");
        check_equal(dut->watchdog_o, REGISTERS_COMPACT ? 0 : state["WATCHDOG"],
                    "output of WATCHDOG at START");
        check_equal(dut->mem_beats_o, state["MEM_BYTES"] >> 3, "output of MEM_BYTES at START");
    }

    // power_up: RAM and flip-flops are as after configuration; else registers keep what was written
    void reset(bool power_up = true) {
        dut->s_axil_awvalid = dut->s_axil_wvalid = dut->s_axil_arvalid = dut->s_axil_bready =
            dut->s_axil_rready = 0;
        dut->error_code_i = 0;
        dut->error_index_i = 0x5555;
        dut->resetting_i = 0;
        left = 0;
        dut->rst_i = 1;
        tick();
        tick();
        dut->rst_i = 0;
        for (const Field &f : fields) {
            const bool kept =
                (f.access == RW && f.reg != "CONTROL") || (f.access == LIVE && f.reg != "ERROR");
            if (power_up || !kept)
                state[f.name] = f.reset;
        }
        wait_idle();
    }

    // Until STATUS.BUSY is 0: the end of the run, and all events counted.
    void wait_idle() {
        for (int i = 0; i < 100000; i++) {
            if ((read(field("STATUS_BUSY").address) & field("STATUS_BUSY").mask()) == 0)
                return;
        }
        check(false, "BUSY does not end");
    }

    // One write with random order and delays.
    void write(uint32_t address, uint32_t data, unsigned strobe = 15) {
        unsigned aw_delay = below(4), w_delay = below(4), b_delay = below(4);
        bool aw_done = false, w_done = false;
        const uint64_t begin = cycle;
        apply_write(address & ~3u, data, strobe); // before it is done: a short run may end before B comes
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
            if (b) {
                dut->s_axil_bready = 0;
                dut->eval();
                check(!dut->s_axil_bvalid, "B twice");
                check(cycle - begin <= BUSY_ACCESS + 6, "a write takes too long");
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
        const uint64_t begin = cycle;
        for (int i = 0; i < HANDSHAKE_LIMIT; i++) {
            dut->s_axil_arvalid = !ar_done;
            dut->s_axil_araddr = !ar_done ? uint8_t(address) : uint8_t(random());
            dut->s_axil_rready = ar_done && r_delay == 0;
            dut->eval();
            const bool ar = dut->s_axil_arvalid && dut->s_axil_arready;
            check(ar_done || !dut->s_axil_rvalid, "R before AR");
            if (dut->s_axil_rvalid) {
                check(dut->s_axil_rresp == 0, "RRESP is not OKAY");
                check(!seen || first == dut->s_axil_rdata, "RDATA changes while it waits");
                if (!seen)
                    check(cycle - begin <= (idle_expected ? IDLE_ACCESS : BUSY_ACCESS),
                          "a read takes too long");
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

    // A whole run; during it `accesses` reads of any registers.
    void run(uint64_t cycles, unsigned accesses = 0) {
        run_cycles = cycles;
        write_field("CONTROL_START", 1);
        for (unsigned i = 0; i < accesses; i++)
            (void)read(below(64) * 4);
        wait_idle();
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

    // While nothing runs.
    void check_all(const std::string &when) {
        state["CYCLES_LO"] = uint32_t(state_cycles);
        state["CYCLES_HI"] = uint32_t(state_cycles >> 32);
        state["STATUS_BUSY"] = 0;
        idle_expected = true;
        for (uint32_t address = 0; address < 256; address += 4) {
            char text[32];
            std::snprintf(text, sizeof text, "register 0x%02X ", address);
            check_equal(read(address), expected(address), text + when);
        }
        idle_expected = false;
        const bool irq =
            state["CONTROL_IRQ_ENABLE"] != 0 && (state["STATUS_DONE"] != 0 || state["STATUS_ERROR"] != 0);
        check_equal(dut->irq_o, irq, "irq_o " + when);
        check_equal(dut->error_o, state["STATUS_ERROR"], "error_o " + when);
        check_equal(dut->busy_o, 0, "busy_o " + when);
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
            const uint32_t mask_here = (bytes & f.mask()) >> f.lsb, value = data >> f.lsb;
            if (f.access == RW)
                state[f.name] = (state[f.name] & ~mask_here) | (value & mask_here);
            if (f.access == W1C)
                state[f.name] &= ~(value & mask_here);
            if (f.access == PULSE)
                asked[f.name] = (value & mask_here) != 0;
        }
        const bool soft_reset = asked["CONTROL_RESET"];
        const bool start = asked["CONTROL_START"] && !soft_reset && !start_refused;
        expected_pulses["CONTROL_START"] += start;
        expected_pulses["CONTROL_RESET"] += soft_reset;
        if (start || soft_reset)
            state["STATUS_DONE"] = state["STATUS_ERROR"] = state["ERROR_CODE"] = state["ERROR_INDEX"] = 0;
    }

    unsigned position() const { return dut->rootp->bench_registers__DOT__u_registers__DOT__pos_q; }

    // Word `index` (16 bits) of the registers' RAM.
    uint16_t &ram(unsigned index) {
        return dut->rootp->bench_registers__DOT__u_registers__DOT__u_ram__DOT__mem[index];
    }

    std::unique_ptr<Vregisters> dut = std::make_unique<Vregisters>();
    std::map<std::string, uint32_t> state; // what each field should hold
    std::map<std::string, int> pulses, expected_pulses;
    std::mt19937 random;
    uint64_t cycle = 0, state_cycles = 0;
    std::string problem;
    // the engine
    uint64_t run_cycles = 0, left = 0;
    uint32_t mask = 0x7FF, error_code = 0;
    uint16_t error_index = 0;
    bool started = false, ends_well = true, all_events = false, pulse_done = false, start_refused = false,
         idle_expected = false;
};

// Every field of the table is covered by one of the tests below.
void test_table(Bench &b) {
    uint32_t used[64] = {0};
    for (const Field &f : fields) {
        b.check((used[f.address / 4] & f.mask()) == 0, f.name + " overlaps another field");
        used[f.address / 4] |= f.mask();
        bool known = f.reg == "ERROR" || f.reg == "STATUS" || f.name == "CYCLES_LO" || f.name == "CYCLES_HI";
        for (const char *name : event_names)
            known = known || f.name == name;
        b.check(f.access != LIVE || known, "no stimulus for " + f.name);
    }
}

void test_reset_values(Bench &b) {
    b.check_all("after power-up");
    b.error_code = 4;
    b.error_index = 5;
    b.ends_well = false;
    for (uint32_t address = 0; address < 256; address += 4) { // change what can be changed, then again
        if (address != field("CONTROL_START").address)
            b.write(address, UINT32_MAX);
    }
    b.write_field("CONTROL_IRQ_ENABLE", 1);
    b.run(100);
    b.check_all("before the second reset");
    b.reset(false);
    b.check_all("after the second reset");
}

void test_read_only(Bench &b) {
    b.run(1234);
    for (const Field &f : fields) {
        if (f.access != CONST && f.access != LIVE)
            continue;
        if (f.reg != "STATUS") {
            b.write(f.address, f.mask());
            b.write(f.address, 0);
        }
        b.check_all("after a write to read-only " + f.name);
    }
    for (uint32_t address = 0; address < 256; address += 4) { // what no register has
        bool known = false;
        for (const Field &f : fields)
            known = known || f.address == address;
        if (!known)
            b.write(address, UINT32_MAX);
    }
    b.check_all("after writes to unmapped addresses");
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
            b.write(f.address, data, round < 2 ? 15 : b.below(16));
            b.check_all("after a write to " + f.name);
            if (round % 4 == 3)
                b.run(b.below(40)); // compares the copies
        }
    }
}

void test_write_1_to_clear(Bench &b) {
    for (const Field &f : fields) {
        if (f.access != W1C)
            continue;
        for (const uint32_t data : {0u, ~f.mask() & 0xFFu, f.mask()}) {
            for (const bool well : {false, true}) {
                b.ends_well = well;
                b.error_code = 3; // stays until START or RESET
                b.error_index = 0x1234;
                b.run(50);
                b.check_all("after a run");
                b.write(f.address, data, 14);
                b.check_all("after a write to STATUS without its byte");
                b.write(f.address, data);
                b.check_all("after a write to " + f.name);
            }
        }
    }
}

void test_pulses(Bench &b) {
    for (const char *name : {"CONTROL_START", "CONTROL_RESET"}) {
        const Field &f = field(name);
        const int before = b.pulses[name];
        b.write(f.address, 0);
        b.write(f.address, f.mask(), 14);
        b.check(b.pulses[name] == before, f.name + " without being written");
        b.run_cycles = 3;
        b.write(f.address, f.mask());
        b.wait_idle();
        b.check(b.pulses[name] == before + 1, f.name + " is not one cycle");
        b.check_all("after " + f.name);
    }
}

void test_start_refused(Bench &b) {
    const int before = b.pulses["CONTROL_START"];
    b.run_cycles = 2000;
    b.write_field("CONTROL_START", 1);
    b.start_refused = true;
    for (int i = 0; i < 3; i++) // while copies are made, and during the run
        b.write_field("CONTROL_START", 1);
    b.check_equal(b.read_field("STATUS_BUSY"), 1, "BUSY during a run");
    b.check(b.dut->busy_o, "busy_o during a run");
    while (b.left > 0)
        b.tick();
    b.wait_idle();
    b.check(b.pulses["CONTROL_START"] == before + 1, "START in spite of BUSY");
    b.check_all("after a refused START");
    b.dut->resetting_i = 1;
    b.state["STATUS_RESETTING"] = 1;
    b.write_field("CONTROL_START", 1);
    b.wait_idle();
    b.check(b.pulses["CONTROL_START"] == before + 1, "START in spite of RESETTING");
    b.check_all("after a START during a reset");
    b.dut->resetting_i = 0;
    b.state["STATUS_RESETTING"] = 0;
    b.write(field("CONTROL_START").address, field("CONTROL_START").mask() | field("CONTROL_RESET").mask());
    b.wait_idle();
    b.check(b.pulses["CONTROL_START"] == before + 1, "START together with RESET");
    b.start_refused = false;
}

// RESET at any moment of a START: the run does not begin, or it is reset.
void test_reset_meets_start(Bench &b) {
    for (int delay = 0; delay < 60; delay++) {
        const int before = b.pulses["CONTROL_RESET"];
        b.run_cycles = 1;
        b.write_field("CONTROL_START", 1);
        for (int i = 0; i < delay; i++)
            b.tick();
        b.write_field("CONTROL_RESET", 1);
        b.wait_idle();
        b.check(b.pulses["CONTROL_RESET"] == before + 1, "a RESET was lost");
        b.state["STATUS_DONE"] = b.read_field("STATUS_DONE");
        b.check_equal(b.state["STATUS_DONE"], 0, "DONE after RESET");
        b.check_all("after START and RESET");
    }
}

void test_error_register(Bench &b) {
    for (const char *ended_by : {"CONTROL_START", "CONTROL_RESET"}) {
        b.ends_well = false;
        b.error_code = 2;
        b.error_index = 7;
        b.run(20);
        b.check_equal(b.read_field("ERROR_CODE"), 2, "code of the error");
        b.check_equal(b.read_field("ERROR_INDEX"), 7, "index of the error");
        b.write_field("STATUS_ERROR", 1);
        b.check_equal(b.read_field("ERROR_CODE"), 2, "code after STATUS.ERROR was cleared");
        b.ends_well = true;
        b.run_cycles = 10;
        b.write_field(ended_by, 1);
        b.wait_idle();
        b.check_equal(b.read_field("ERROR_CODE"), 0, std::string("code after ") + ended_by);
        b.check_equal(b.read_field("ERROR_INDEX"), 0, std::string("index after ") + ended_by);
        b.check_all(std::string("after ") + ended_by);
    }
}

// DONE raised in the very cycle in which the host clears it must not be lost: with every distance between the two, it is lost only when before.
void test_event_meets_clear(Bench &b) {
    const Field &done = field("STATUS_DONE");
    int last = 0;
    for (int offset = 0; offset < 12; offset++) {
        b.write(done.address, done.mask());
        b.dut->s_axil_awvalid = b.dut->s_axil_wvalid = b.dut->s_axil_bready = 1;
        b.dut->s_axil_awaddr = uint8_t(done.address);
        b.dut->s_axil_wdata = done.mask();
        b.dut->s_axil_wstrb = 15;
        for (int i = 0; i < 40; i++) {
            b.pulse_done = i == offset;
            b.tick();
            b.dut->s_axil_awvalid = b.dut->s_axil_wvalid = 0;
        }
        b.dut->s_axil_bready = 0;
        const int seen = int(b.read_field("STATUS_DONE"));
        b.check(offset != 0 || seen == 0, "DONE is kept though cleared later");
        b.check(offset != 11 || seen == 1, "DONE is lost though cleared before");
        b.check(seen >= last, "DONE comes and goes");
        last = seen;
    }
}

// Every event of runs of all lengths is counted, whatever the host reads meanwhile; the next run begins at 0.
void test_counters(Bench &b) {
    for (uint32_t cycles = 1; cycles < 140; cycles++) {
        b.all_events = b.below(2) == 0;
        b.mask = b.below(4) == 0 ? 0x7FF : b.below(0x800);
        b.run(cycles, b.below(3));
        b.check_all("after a short run");
    }
    for (int i = 0; i < 6; i++) {
        b.all_events = i % 2 == 0;
        b.mask = i < 2 ? 0x7FF : b.below(0x800);
        b.run(60000 + b.below(100000), b.below(300));
        b.check_all("after a long run");
    }
}

// The carry into the upper words, which no test has the time to reach: bits 31:5 of a counter are set to ones in the RAM during a run.
void test_carry(Bench &b) {
    b.all_events = true;
    b.run_cycles = 1000;
    b.write_field("CONTROL_START", 1);
    while (b.left > 700 || b.position() != 58) // between two passes over the counters
        b.tick();
    const uint32_t left = uint32_t(b.left);
    b.ram(32) |= 0xFFE0;
    b.ram(33) = 0xFFFF;
    for (unsigned i = 0; i < EVENTS; i++) { // wrap at 2^32
        b.ram(36 + 2 * i) |= 0xFFE0;
        b.ram(37 + 2 * i) = 0xFFFF;
    }
    while (b.left != 0)
        b.tick();
    b.wait_idle();
    // the value taken over last plus what came since, `left` and up to 30 more; the low bits are those of 1000
    const auto passed = [left](uint32_t low) {
        return low + 32 >= left && low <= left + 30 && low % 32 == 1000 % 32;
    };
    b.check_equal(b.read_field("CYCLES_HI"), 1, "CYCLES_HI after a carry");
    b.check(passed(b.read_field("CYCLES_LO")), "CYCLES_LO after a carry");
    for (const char *name : event_names)
        b.check(passed(b.read_field(name)), std::string(name) + " after it wrapped");
    b.run(10);
    b.check_all("after the next run");
}

void test_random_walk(Bench &b) {
    for (int i = 0; i < 600; i++) {
        const uint32_t command =
            b.below(4) == 0 ? field("CONTROL_START").address : b.below(64) * 4; // often CONTROL
        const uint32_t address = command + b.below(4), data = b.random();
        b.run_cycles = 1 + b.below(200);
        b.ends_well = b.below(2) == 0;
        b.error_code = 1 + b.below(5);
        b.error_index = uint16_t(b.random());
        b.write(address, data, b.below(16));
        b.wait_idle();
        if (i % 8 == 0)
            b.check_all("in the random walk, step " + std::to_string(i));
    }
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
        {"read_only", test_read_only},
        {"read_write", test_read_write},
        {"write_1_to_clear", test_write_1_to_clear},
        {"pulses", test_pulses},
        {"start_refused", test_start_refused},
        {"reset_meets_start", test_reset_meets_start},
        {"error_register", test_error_register},
        {"event_meets_clear", test_event_meets_clear},
        {"counters", test_counters},
        {"carry", test_carry},
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
