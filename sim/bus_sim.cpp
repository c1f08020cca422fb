/* SPDX-License-Identifier: Apache-2.0
 * Back end `sim`: the Verilated device, its clock, and the memory behind it. Register accesses are AXI4-Lite transfers on the device's own
 * port; tt_bus memory access goes to the memory image. The only C++ besides the memory model, because Verilator's models are C++. */
#include "bus_sim.h"

#include <chrono>
#include <cstdio>
#include <memory>
#if VM_TRACE
#include <cstdlib>
#include <string>
#include <unistd.h>
#endif

#if __has_include("Vtritrain_base.h")
#include "Vtritrain_base.h"
#endif
#if __has_include("Vtritrain_small.h")
#include "Vtritrain_small.h"
#endif
#include "Vtritrain_tiny.h"
#include "axi_memory.h"
#if VM_TRACE_FST
#include "verilated_fst_c.h"
using Wave = VerilatedFstC;
#define WAVE_SUFFIX ".fst"
#elif VM_TRACE_VCD
#include "verilated_vcd_c.h"
using Wave = VerilatedVcdC;
#define WAVE_SUFFIX ".vcd"
#endif

namespace {

constexpr uint32_t ACCESS_LIMIT = 1000; /* cycles that a register access may take */
#if VM_TRACE
constexpr uint64_t WAVES_CYCLES = 100000; /* of each device of a test */
#endif

struct SimBase : tt_bus_t {
    virtual ~SimBase() = default;
    virtual tt_status_t access(bool write, uint32_t offset, uint32_t *value) = 0;
    virtual bool run_until_irq(uint32_t timeout_ms) = 0;
    virtual AxiMemory &memory() = 0;
};

template <typename Top> class Sim final : public SimBase {
  public:
    Sim(const tt_bus_options_t &options, size_t bytes)
        : memory_(bytes, options.latency, options.interval, options.stall), context_(new VerilatedContext) {
        if (options.stall != 0) { /* tests: power-up state is random, too */
            context_->randReset(2);
            context_->randSeed(static_cast<int>(options.stall));
        }
#if VM_TRACE
        context_->traceEverOn(true);
#endif
        top_.reset(new Top(context_.get(), ""));
#if VM_TRACE
        const std::string file = wave_file(options, top_->modelName());
        if (!file.empty()) {
            wave_.reset(new Wave);
            top_->trace(wave_.get(), 99);
            wave_->open(file.c_str());
        }
#endif
        top_->s_axil_awvalid = 0; /* inputs power up random, too */
        top_->s_axil_wvalid = 0;
        top_->s_axil_arvalid = 0;
        top_->s_axil_bready = 1;
        top_->s_axil_rready = 1;
        reset();
    }
    ~Sim() override {
#if VM_TRACE
        if (wave_) {
            wave_->close();
        }
#endif
        top_->final();
    }

    tt_status_t access(bool write, uint32_t offset, uint32_t *value) override {
        top_->s_axil_awvalid = write;
        top_->s_axil_wvalid = write;
        top_->s_axil_arvalid = !write;
        top_->s_axil_awaddr = static_cast<uint8_t>(offset);
        top_->s_axil_araddr = static_cast<uint8_t>(offset);
        top_->s_axil_wdata = *value;
        top_->s_axil_wstrb = 15;
        for (uint32_t i = 0; i < ACCESS_LIMIT; i++) {
            before_edge();
            const bool aw = top_->s_axil_awvalid && top_->s_axil_awready;
            const bool w = top_->s_axil_wvalid && top_->s_axil_wready;
            const bool ar = top_->s_axil_arvalid && top_->s_axil_arready;
            const bool done = write ? top_->s_axil_bvalid : top_->s_axil_rvalid;
            if (done && !write) {
                *value = top_->s_axil_rdata;
            }
            edge();
            if (aw) {
                top_->s_axil_awvalid = 0;
            }
            if (w) {
                top_->s_axil_wvalid = 0;
            }
            if (ar) {
                top_->s_axil_arvalid = 0;
            }
            if (done) {
                return TT_OK;
            }
        }
        return TT_TIMEOUT;
    }

    bool run_until_irq(uint32_t timeout_ms) override {
        using Clock = std::chrono::steady_clock;
        const Clock::time_point end = Clock::now() + std::chrono::milliseconds(timeout_ms);
        do {
            for (int i = 0; i < 4096; i++) {
                if (top_->irq_o) {
                    return true;
                }
                cycle();
            }
        } while (Clock::now() < end);
        return top_->irq_o;
    }

    AxiMemory &memory() override { return memory_; }

  private:
    /* The memory is not connected meanwhile: outputs are random before the first edge. */
    void reset() {
        top_->m_axi_arready = 0;
        top_->m_axi_rvalid = 0;
        top_->m_axi_awready = 0;
        top_->m_axi_wready = 0;
        top_->m_axi_bvalid = 0;
        top_->rst_i = 1;
        for (int i = 0; i < 4; i++) {
            top_->clk_i = 0;
            top_->eval();
            dump();
            top_->clk_i = 1;
            top_->eval();
            dump();
        }
        top_->rst_i = 0;
    }
    void before_edge() {
        const AxiMemory::Drive &drive = memory_.drive();
        top_->m_axi_arready = drive.arready;
        top_->m_axi_rvalid = drive.rvalid;
        top_->m_axi_rdata = drive.rdata;
        top_->m_axi_rresp = drive.rresp;
        top_->m_axi_rlast = drive.rlast;
        top_->m_axi_awready = drive.awready;
        top_->m_axi_wready = drive.wready;
        top_->m_axi_bvalid = drive.bvalid;
        top_->m_axi_bresp = drive.bresp;
        top_->clk_i = 0;
        top_->eval();
        dump();
    }
    void edge() {
        const AxiMemory::Sample sample = {static_cast<bool>(top_->m_axi_arvalid),
                                          static_cast<bool>(top_->m_axi_rready),
                                          static_cast<bool>(top_->m_axi_awvalid),
                                          static_cast<bool>(top_->m_axi_wvalid),
                                          static_cast<bool>(top_->m_axi_wlast),
                                          static_cast<bool>(top_->m_axi_bready),
                                          top_->m_axi_araddr,
                                          top_->m_axi_awaddr,
                                          top_->m_axi_arlen,
                                          top_->m_axi_awlen,
                                          top_->m_axi_wstrb,
                                          top_->m_axi_wdata};
        top_->clk_i = 1;
        top_->eval();
        dump();
        memory_.sample(sample);
    }
    void cycle() {
        before_edge();
        edge();
    }
    void dump() {
#if VM_TRACE
        if (wave_ && context_->time() < wave_end_) {
            wave_->dump(context_->time());
        }
        context_->timeInc(1);
#endif
    }

    AxiMemory memory_;
    std::unique_ptr<VerilatedContext> context_;
    std::unique_ptr<Top> top_;
#if VM_TRACE
    /* The caller's file; else, in a test under `make test WAVES=1`, one of its own in the folder that WAVES names, of limited length. */
    std::string wave_file(const tt_bus_options_t &options, const char *model) {
        static int count = 0;
        const char *const folder = std::getenv("WAVES");
        if (options.trace[0] != '\0' || folder == nullptr) {
            return options.trace;
        }
        wave_end_ = WAVES_CYCLES * 2;
        return std::string(folder) + "/" + model + "-" + std::to_string(getpid()) + "-" +
               std::to_string(++count) + WAVE_SUFFIX;
    }

    std::unique_ptr<Wave> wave_;
    uint64_t wave_end_ = UINT64_MAX;
#endif
};

SimBase *sim_of(tt_bus_t *bus) { return static_cast<SimBase *>(bus); }

void sim_close(tt_bus_t *bus) { delete sim_of(bus); }
tt_status_t sim_read32(tt_bus_t *bus, uint32_t *value, uint32_t offset) {
    *value = 0;
    return sim_of(bus)->access(false, offset, value);
}
tt_status_t sim_write32(tt_bus_t *bus, uint32_t offset, uint32_t value) {
    return sim_of(bus)->access(true, offset, &value);
}
tt_status_t sim_mem_write(tt_bus_t *bus, uint32_t address, const void *data, size_t size) {
    std::memcpy(sim_of(bus)->memory().bytes() + address, data, size);
    return TT_OK;
}
tt_status_t sim_mem_read(tt_bus_t *bus, void *data, uint32_t address, size_t size) {
    std::memcpy(data, sim_of(bus)->memory().bytes() + address, size);
    return TT_OK;
}
tt_status_t sim_wait(tt_bus_t *bus, uint32_t timeout_ms) {
    return sim_of(bus)->run_until_irq(timeout_ms) ? TT_OK : TT_TIMEOUT;
}
double sim_now(tt_bus_t *bus) {
    (void)bus;
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

const tt_bus_ops_t sim_ops = {sim_close,    sim_read32, sim_write32, sim_mem_write,
                              sim_mem_read, sim_wait,   sim_now};

template <typename Top> SimBase *make(const tt_bus_options_t &options, size_t bytes) {
    return new Sim<Top>(options, bytes);
}

struct Model {
    const char *config;
    SimBase *(*make)(const tt_bus_options_t &options, size_t bytes);
};
const Model models[] = {
#if __has_include("Vtritrain_base.h")
    {"base", make<Vtritrain_base>},
#endif
#if __has_include("Vtritrain_small.h")
    {"small", make<Vtritrain_small>},
#endif
    {"tiny", make<Vtritrain_tiny>}};

} // namespace

extern "C" tt_status_t tt_bus_sim_open(const char *config, const tt_bus_options_t *options, tt_bus_t **bus,
                                       char *message, size_t size) {
#if !VM_TRACE
    if (options->trace[0] != '\0') {
        std::snprintf(message, size, "this build writes no waves; build with TRACE=fst or TRACE=vcd");
        return TT_BAD_ARG;
    }
#endif
    const size_t bytes = size_t{options->mem_kib} << 10;
    for (const Model &model : models) {
        if (std::strcmp(model.config, config) == 0) {
            try {
                SimBase *const sim = model.make(*options, bytes);
                sim->ops = &sim_ops;
                sim->mem_bytes = bytes;
                *bus = sim;
                return TT_OK;
            } catch (const std::bad_alloc &) {
                return TT_NO_MEMORY;
            }
        }
    }
    std::snprintf(message, size, "no Verilated model of configuration '%s' (known: base, tiny, small)",
                  config);
    return TT_BAD_ARG;
}

extern "C" void tt_bus_sim_poison(tt_bus_t *bus, uint32_t begin, uint32_t end) {
    sim_of(bus)->memory().poison(begin, end);
}
extern "C" void tt_bus_sim_freeze(tt_bus_t *bus, bool frozen) { sim_of(bus)->memory().freeze(frozen); }
