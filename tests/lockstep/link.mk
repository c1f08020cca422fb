# SPDX-License-Identifier: Apache-2.0
# The host link in RTL against the driver's side of it, at three ratios of clock and line rate: 8, with the throughput; 4.17, close
# to the least, with every address bit and most of the faults, because it simulates faster; 26.67, the largest of a board, with the throughput.

LINK_TESTS := build/lockstep/link_24000khz build/lockstep/link_12500khz build/lockstep/link_80000khz
LOCKSTEP_TESTS += $(LINK_TESTS)
LINK_RTL := $(wildcard rtl/link/*.v)

build/lockstep/link_24000khz: LINK_SET = 24000000 3000000 18 2000 1
build/lockstep/link_12500khz: LINK_SET = 12500000 3000000 31 12000 0
build/lockstep/link_80000khz: LINK_SET = 80000000 3000000 18 200 1

link_defines = -DLINK_CLK_HZ=$(1) -DLINK_BAUD=$(2) -DLINK_W_ADDR=$(3) -DLINK_FRAMES=$(4) -DLINK_THROUGHPUT=$(5)

$(LINK_TESTS): tests/lockstep/lockstep_link.cpp tests/lockstep/lockstep.h sim/board/faulty_line.h $(LINK_RTL) driver/tt_link.c driver/tt_link.h tests/lockstep/link.mk | $(VERILATOR_READY)
	@mkdir -p $@.dir
	@echo "  RTL   $@"
	@$(CC) -std=c11 -O2 $(WARNINGS) -c -o $@.dir/tt_link.o driver/tt_link.c
	@$(VERILATOR) --cc --exe --build -O3 $(TRACE_FLAG) --x-initial unique --x-assign unique -Wall --top-module link \
	    -GCLK_HZ=$(word 1,$(LINK_SET)) -GBAUD=$(word 2,$(LINK_SET)) -GW_ADDR=$(word 3,$(LINK_SET)) --Mdir $@.dir -o $(abspath $@) -LDFLAGS -latomic \
	    -MAKEFLAGS 'CFG_CXXFLAGS_PCH_I=-include CXX=$(SIM_CXX) LINK=$(SIM_CXX)' \
	    -CFLAGS '-std=c++17 -O3 -I$(CURDIR)/driver -I$(CURDIR)/sim/board -I$(CURDIR)/sw/ref -I$(CURDIR)/driver/gen -I$(CURDIR)/tests/lockstep $(call link_defines,$(word 1,$(LINK_SET)),$(word 2,$(LINK_SET)),$(word 3,$(LINK_SET)),$(word 4,$(LINK_SET)),$(word 5,$(LINK_SET)))' \
	    -CFLAGS '-DLINK_NAME="\"$(notdir $@)\""' \
	    $(LINK_RTL) $(CURDIR)/$< $(abspath $@.dir)/tt_link.o >$@.log 2>&1 || { cat $@.log; exit 1; }
