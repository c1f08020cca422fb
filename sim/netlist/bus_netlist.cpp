/* SPDX-License-Identifier: Apache-2.0
 * Back end `netlist`: the Verilated netlist of tritrain_onchip, its clock, and nothing else: registers and memory are
 * reached byte by byte through the host port, as a board's link does. C++ because Verilator's models are.
 * NETLIST_BOARD and NETLIST_BYTES (its memory) come from mk/netlist.mk. */
#include "bus_netlist.h"

#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>

#include "Vnetlist.h"

extern "C" const char tt_bus_netlist_board[] = NETLIST_BOARD;

namespace {

constexpr uint32_t ACCESS_LIMIT = 1000;           /* cycles that a host access may take */
constexpr uint32_t REGISTERS = UINT32_C(1) << 31; /* of host_addr_i */

struct Netlist : tt_bus_t {
    Netlist() : tt_bus_t(), context(new VerilatedContext), top(new Vnetlist(context.get(), "")) {
        top->host_valid_i = 0;
        top->host_write_i = 0;
        top->host_addr_i = 0;
        top->host_wdata_i = 0;
        top->rst_i = 1;
        for (int i = 0; i < 16; i++) {
            cycle();
        }
        top->rst_i = 0;
    }
    ~Netlist() { top->final(); }

    void cycle() {
        top->clk_i = 0;
        top->eval();
        top->clk_i = 1;
        top->eval();
    }

    /* One request of the host port. */
    tt_status_t access(bool write, uint32_t address, uint8_t *byte) {
        top->host_valid_i = 1;
        top->host_write_i = write;
        top->host_addr_i = address;
        top->host_wdata_i = *byte;
        tt_status_t status = TT_TIMEOUT;
        for (uint32_t i = 0; i < ACCESS_LIMIT && status == TT_TIMEOUT; i++) {
            top->clk_i = 0;
            top->eval();
            if (top->host_done_o) { /* before the edge that ends the request */
                status = top->host_refused_o ? TT_BUSY : TT_OK;
                *byte = write ? *byte : top->host_rdata_o;
            }
            top->clk_i = 1;
            top->eval();
        }
        top->host_valid_i = 0;
        return status;
    }

    std::unique_ptr<VerilatedContext> context;
    std::unique_ptr<Vnetlist> top;
};

Netlist *netlist_of(tt_bus_t *bus) { return static_cast<Netlist *>(bus); }

void netlist_close(tt_bus_t *bus) { delete netlist_of(bus); }

tt_status_t netlist_read32(tt_bus_t *bus, uint32_t *value, uint32_t offset) {
    tt_status_t status = TT_OK;
    *value = 0;
    for (uint32_t i = 0; i < 4 && status == TT_OK; i++) {
        uint8_t byte = 0;
        status = netlist_of(bus)->access(false, REGISTERS | (offset + i), &byte);
        *value |= uint32_t{byte} << (8 * i);
    }
    return status;
}

/* The lowest byte last: it holds the bits that start something. */
tt_status_t netlist_write32(tt_bus_t *bus, uint32_t offset, uint32_t value) {
    tt_status_t status = TT_OK;
    for (uint32_t i = 4; i-- > 0 && status == TT_OK;) {
        uint8_t byte = static_cast<uint8_t>(value >> (8 * i));
        status = netlist_of(bus)->access(true, REGISTERS | (offset + i), &byte);
    }
    return status;
}

tt_status_t netlist_mem_write(tt_bus_t *bus, uint32_t address, const void *data, size_t size) {
    tt_status_t status = TT_OK;
    for (size_t i = 0; i < size && status == TT_OK; i++) {
        uint8_t byte = static_cast<const uint8_t *>(data)[i];
        status = netlist_of(bus)->access(true, address + static_cast<uint32_t>(i), &byte);
    }
    return status;
}

tt_status_t netlist_mem_read(tt_bus_t *bus, void *data, uint32_t address, size_t size) {
    tt_status_t status = TT_OK;
    for (size_t i = 0; i < size && status == TT_OK; i++) {
        status = netlist_of(bus)->access(false, address + static_cast<uint32_t>(i),
                                         static_cast<uint8_t *>(data) + i);
    }
    return status;
}

tt_status_t netlist_wait(tt_bus_t *bus, uint32_t timeout_ms) {
    using Clock = std::chrono::steady_clock;
    Netlist *const netlist = netlist_of(bus);
    const Clock::time_point end = Clock::now() + std::chrono::milliseconds(timeout_ms);
    do {
        for (int i = 0; i < 512; i++) {
            if (netlist->top->irq_o) {
                return TT_OK;
            }
            netlist->cycle();
        }
    } while (Clock::now() < end);
    return netlist->top->irq_o ? TT_OK : TT_TIMEOUT;
}

double netlist_now(tt_bus_t *bus) {
    (void)bus;
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

const tt_bus_ops_t netlist_ops = {netlist_close,    netlist_read32, netlist_write32, netlist_mem_write,
                                  netlist_mem_read, netlist_wait,   netlist_now};

} // namespace

extern "C" tt_status_t tt_bus_netlist_open(const char *board, const tt_bus_options_t *options, tt_bus_t **bus,
                                           char *message, size_t size) {
    (void)options; /* the watchdog is a register */
    if (std::strcmp(board, NETLIST_BOARD) != 0) {
        std::snprintf(message, size, "this program holds the netlist of board '%s', not of '%s'",
                      NETLIST_BOARD, board);
        return TT_BAD_ARG;
    }
    try {
        Netlist *const netlist = new Netlist;
        netlist->ops = &netlist_ops;
        netlist->mem_bytes = NETLIST_BYTES;
        *bus = netlist;
        return TT_OK;
    } catch (const std::bad_alloc &) {
        return TT_NO_MEMORY;
    }
}
