# SPDX-License-Identifier: Apache-2.0
# The register test: the Verilated modules `registers` and `axil_port`, driven by a table that is made of driver/registers.rdl.

REGISTERS_TESTS := $(addprefix build/lockstep/registers_,base tiny)
LOCKSTEP_TESTS += $(REGISTERS_TESTS)

build/lockstep/registers_%.obj/registers_walk.h: driver/registers.rdl driver/configs.def tools/gen_registers.py tools/gen_configs.py | $(VENV_STAMP)
	@$(PYTHON) tools/gen_registers.py --walk $@ --config $*

REGISTERS_V := tests/lockstep/bench_registers.v $(addprefix rtl/,ctrl/registers.v ctrl/axil_port.v ctrl/event_counters.v common/ram_1r1w.v)

$(REGISTERS_TESTS): build/lockstep/registers_%: tests/lockstep/lockstep_registers.cpp tests/lockstep/registers.vlt build/lockstep/registers_%.obj/registers_walk.h $(REGISTERS_V) rtl/gen/registers.vh rtl/gen/configs.mk | $(VERILATOR_READY)
	@echo "  RTL   $@"
	@$(VERILATOR) --cc --exe --build -O3 -Wall --x-initial unique --x-assign unique -Irtl/gen \
	    $(addprefix -G,$(CONFIG_$*)) --top-module bench_registers --prefix Vregisters --Mdir $@.obj -o $(CURDIR)/$@ \
	    -CFLAGS '-std=c++17 -O1 -Wall -Wextra -I. -DREGISTERS_COMPACT=$(or $(patsubst COMPACT=%,%,$(filter COMPACT=%,$(CONFIG_$*))),0)' -MAKEFLAGS 'CFG_CXXFLAGS_PCH_I=-include' \
	    tests/lockstep/registers.vlt $(REGISTERS_V) $(CURDIR)/tests/lockstep/lockstep_registers.cpp >$@.obj/build.log 2>&1 || { cat $@.obj/build.log; exit 1; }
