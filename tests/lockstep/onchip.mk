# SPDX-License-Identifier: Apache-2.0
# The device with a memory of its own, driven through its host port alone. 1 MiB of memory, which is what the random programs need.
# RAMs return garbage where a read meets a write (rtl/common/ram_1r1w.v).

ONCHIP_TESTS := $(addprefix build/lockstep/onchip_,tiny small)
# and of the fast kind, which takes a minute a program: build/lockstep/onchip_mid SEED PROGRAMS
ONCHIP_PROGRAMS := $(ONCHIP_TESTS) build/lockstep/onchip_mid
LOCKSTEP_TESTS += $(ONCHIP_TESTS)
ONCHIP_O := $(call object,tests/fuzz/tt_random_program.c $(wildcard sw/ref/*.c sw/ref/kernels/*.c sw/exec/*.c) driver/tt_config.c)

$(ONCHIP_PROGRAMS): build/lockstep/onchip_%: tests/lockstep/lockstep_onchip.cpp tests/lockstep/lockstep.h $(RTL_V) $(RTL_VH) rtl/rtl.f rtl/gen/configs.mk $(ONCHIP_O) | $(VERILATOR_READY)
	@mkdir -p $@.dir
	@echo "  RTL   $@"
	@$(VERILATOR) --cc --exe --build -O3 $(TRACE_FLAG) --x-initial unique --x-assign fast -Wno-fatal -Irtl/gen +define+RAM_COLLISION tests/lint/waivers.vlt \
	    $(addprefix -G,$(CONFIG_$*)) -GMEM_BEATS=131072 --top-module tritrain_onchip --prefix Vonchip --Mdir $@.dir -o $(CURDIR)/$@ \
	    -MAKEFLAGS CFG_CXXFLAGS_PCH_I=-include -MAKEFLAGS 'OPT_FAST=-O2' \
	    -CFLAGS '-std=gnu++17 -Wall -Wextra -DONCHIP_CONFIG="\"$*\"" $(addprefix -I$(CURDIR)/,tests/lockstep tests/fuzz sw/ref driver driver/gen)' \
	    -f rtl/rtl.f $(CURDIR)/tests/lockstep/lockstep_onchip.cpp $(abspath $(ONCHIP_O)) >$@.log 2>&1 || { cat $@.log; exit 1; }
