# SPDX-License-Identifier: Apache-2.0
# The register test: the Verilated module `registers`, driven by a table that is made of driver/registers.rdl.

REGISTERS_TESTS := $(addprefix build/lockstep/registers_,base tiny)
LOCKSTEP_TESTS += $(REGISTERS_TESTS)

build/lockstep/registers_%.obj/registers_walk.h: driver/registers.rdl driver/configs.def tools/gen_registers.py tools/gen_configs.py | $(VENV_STAMP)
	@$(PYTHON) tools/gen_registers.py --walk $@ --config $*

$(REGISTERS_TESTS): build/lockstep/registers_%: tests/lockstep/lockstep_registers.cpp build/lockstep/registers_%.obj/registers_walk.h rtl/ctrl/registers.v rtl/ctrl/axil_port.v rtl/gen/registers.vh rtl/gen/configs.mk | $(VERILATOR_READY)
	@echo "  RTL   $@"
	@$(VERILATOR) --cc --exe --build -O3 -Wall --x-initial unique --x-assign unique -Irtl/gen \
	    $(addprefix -G,$(CONFIG_$*)) --top-module registers --prefix Vregisters --Mdir $@.obj -o $(CURDIR)/$@ \
	    -CFLAGS '-std=c++17 -O1 -Wall -Wextra -I.' -MAKEFLAGS 'CFG_CXXFLAGS_PCH_I=-include' \
	    rtl/ctrl/registers.v rtl/ctrl/axil_port.v $(CURDIR)/tests/lockstep/lockstep_registers.cpp >$@.obj/build.log 2>&1 || { cat $@.obj/build.log; exit 1; }
