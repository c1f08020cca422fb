# SPDX-License-Identifier: Apache-2.0
# Lockstep programs: a Verilated bench (bench_X.v, the unit at several parameter sets), driven by lockstep_X.cpp against
# the C twin. `make lockstep` builds and runs them.

LOCKSTEP_UNITS := lfsr planes lane dot popcount fifo
LOCKSTEP_PROGRAMS := $(addprefix $(OUT)/lockstep/lockstep_,$(LOCKSTEP_UNITS) popcount_tree)
LOCKSTEP_TESTS += $(LOCKSTEP_PROGRAMS)
LOCKSTEP_RTL := $(wildcard rtl/round/*.v rtl/array/*.v rtl/common/*.v)
LOCKSTEP_TWIN := $(call object,sw/ref/tt_numerics.c)

# The tree of popcount.v is what every tool but Verilator sees.
$(OUT)/lockstep/lockstep_popcount: LOCKSTEP_FLAGS = -CFLAGS '-DPOPCOUNT_FORM="\"popcount\""'
$(OUT)/lockstep/lockstep_popcount_tree: LOCKSTEP_FLAGS = -UVERILATOR -CFLAGS '-DPOPCOUNT_FORM="\"popcount tree\""'

lockstep_unit = $(patsubst lockstep_%,%,$(notdir $(1:_tree=)))
lockstep_sources = tests/lockstep/bench_$(1).v tests/lockstep/lockstep_$(1).cpp

$(LOCKSTEP_PROGRAMS): UNIT = $(call lockstep_unit,$@)
$(LOCKSTEP_PROGRAMS): $$(call lockstep_sources,$$(call lockstep_unit,$$@)) tests/lockstep/lockstep.h $(LOCKSTEP_RTL) $(LOCKSTEP_TWIN) | $(VERILATOR_READY)
	@mkdir -p $@.dir
	@echo "  RTL   $@"
	@$(VERILATOR) --cc --exe --build -O3 $(TRACE_FLAG) --x-initial unique --x-assign unique -Wall -Wno-fatal $(LOCKSTEP_FLAGS) \
	    -y rtl/round -y rtl/array -y rtl/common --top-module bench_$(UNIT) --Mdir $@.dir -o $(abspath $@) -MAKEFLAGS CFG_CXXFLAGS_PCH_I=-include \
	    -CFLAGS '-std=c++17 -O2 -I$(CURDIR)/sw/ref -I$(CURDIR)/tests/lockstep' $(word 1,$^) \
	    $(CURDIR)/$(word 2,$^) $(abspath $(LOCKSTEP_TWIN)) >$@.log 2>&1 || { cat $@.log; exit 1; }

.PHONY: lockstep
lockstep: $(LOCKSTEP_PROGRAMS) ## RTL units against their C twins, clock by clock
	@set -e; for program in $^; do $$program; done
