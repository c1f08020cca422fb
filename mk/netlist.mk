# SPDX-License-Identifier: Apache-2.0
# Netlists as devices (docs/netlists.md): for each board a folder build/netlist/BOARD with what synthesis made of tritrain_onchip, its Verilated
# model, and programs that know the device `netlist` besides `model`. Nothing else of the project needs these.

NETLIST_BOARDS := icebreaker hx8k ulx3s
# configuration, board whose memory it has, synthesis as in the constraints
NETLIST_icebreaker := tiny icebreaker ice40 synth_ice40 -dsp -device u
NETLIST_PARAMETERS_icebreaker := MEM_SPRAM=1
NETLIST_hx8k := small hx8k ice40 synth_ice40 -device hx
NETLIST_ulx3s := base ulx3s ecp5 synth_ecp5 -nowidelut
# the same without block RAM and multipliers, so without any cell model of sim/cells: a check of those
NETLIST_plain-cells := small hx8k ecp5 synth_ecp5 -nowidelut -nobram -nodsp
NETLISTS := $(NETLIST_BOARDS) plain-cells

netlist_config = $(word 1,$(NETLIST_$(1)))
netlist_beats = $(shell sed -n 's/^ *parameter integer MEM_BEATS *= *\([0-9]*\).*/\1/p' rtl/boards/$(word 2,$(NETLIST_$(1))).v)
netlist_family = $(word 3,$(NETLIST_$(1)))
netlist_synth = $(wordlist 4,99,$(NETLIST_$(1))) -no-rw-check
netlist_parameters = $(CONFIG_$(call netlist_config,$(1))) MEM_BEATS=$(call netlist_beats,$(1)) $(NETLIST_PARAMETERS_$(1))

YOSYS ?= yosys
YOSYS_SHARE = $(abspath $(dir $(shell command -v $(YOSYS)))../share/yosys)
space := $(subst ,, )

# Behaviour of the cells: what ships with Yosys, and sim/cells for what Yosys only declares. Verilator 5.48 loses resets of cells whose ports have
# default values; the first switch, which is that file's own, removes those.
CELLS_V := $(sort $(wildcard sim/cells/*.v))
CELLS_ice40 = -DNO_ICE40_DEFAULT_ASSIGNMENTS $(YOSYS_SHARE)/ice40/cells_sim.v
CELLS_ecp5 = -DNO_INCLUDES $(CELLS_V) $(YOSYS_SHARE)/ecp5/cells_sim.v

NETLIST_VERILATE = $(VERILATOR) --cc -O3 --x-assign fast --x-initial fast --threads 1 --timescale 1ps/1ps -CFLAGS -std=gnu++17 sim/cells/cells.vlt
# Measured on ulx3s (100 MB of C++): -O1 takes clang little more than half the time of -O2. What runs once needs no optimisation.
NETLIST_OPT := $(VERILATED_OPT) OPT_FAST='-O1 $(ARCH)' OPT_SLOW=-O0
NETLIST_C := $(sort $(wildcard sim/netlist/*.c))
NETLIST_PROGRAMS := tritrain netlist_products netlist_step
NETLIST_O_tritrain = $(call object,$(CLI_C))
NETLIST_O_netlist_products = $(call object,tests/netlist/netlist_products.c)
NETLIST_O_netlist_step = $(call object,tests/netlist/netlist_step.c tests/unit/train_fixture.c)
NETLIST_OBJECTS = $(call object,$(NETLIST_C)) $(RUNTIME_O)

define netlist_rules
build/netlist/$(1)/netlist.v: $$(RTL_V) $$(RTL_VH) rtl/rtl.f $$(wildcard rtl/gen/configs.mk) mk/netlist.mk tools/carry_cells.py | $$(PACKAGES_STAMP) $$(VENV_STAMP)
	@mkdir -p $$(@D)
	@echo "  SYNTH $$@"
	@$$(YOSYS) -p 'read_verilog -Irtl/gen $$(RTL_V); chparam $$(foreach p,$$(call netlist_parameters,$(1)),-set $$(subst =,$$(space),$$(p))) tritrain_onchip; $$(call netlist_synth,$(1)) -top tritrain_onchip -run :check; hierarchy -check; select -assert-none t:$$$$*; blackbox =A:whitebox; write_json $$(@D)/netlist.json' \
	    >$$(@D)/synth.log 2>&1 || { tail -n 20 $$(@D)/synth.log; exit 1; }
	@$$(PYTHON) tools/carry_cells.py $$(@D)/netlist.json
	@$$(YOSYS) -p 'read_json $$(@D)/netlist.json; splitnets -format _b; opt_clean; write_verilog -noattr $$@.part' \
	    >$$(@D)/write.log 2>&1 || { tail -n 20 $$(@D)/write.log; exit 1; }
	@mv $$@.part $$@

build/netlist/$(1)/Vnetlist__ALL.a: build/netlist/$(1)/netlist.v $$(CELLS_V) sim/cells/cells.vlt $$(VERILATOR_READY)
	@echo "  RTL   $$@"
	@$$(NETLIST_VERILATE) --top-module tritrain_onchip --prefix Vnetlist --Mdir $$(@D) $$< $$(CELLS_$$(call netlist_family,$(1))) >$$(@D)/verilate.log 2>&1 || { tail -n 20 $$(@D)/verilate.log; exit 1; }
	@$$(MAKE) --no-print-directory -s -C $$(@D) -f Vnetlist.mk $$(NETLIST_OPT) $$(@F)

build/netlist/$(1)/bus_netlist.o: sim/netlist/bus_netlist.cpp sim/netlist/bus_netlist.h build/netlist/$(1)/Vnetlist__ALL.a
	@echo "  CXX   $$@"
	@$$(SIM_CXX) $$(CXXFLAGS_ALL) $$(SIM_WARNINGS) $$(INCLUDES) -isystem $$(@D) -DNETLIST_BOARD='"$(1)"' -DNETLIST_BYTES=$$(call netlist_beats,$(1))*8 -c -o $$@ $$<

$$(addprefix build/netlist/$(1)/,$$(NETLIST_PROGRAMS)): build/netlist/$(1)/%: $$$$(NETLIST_O_$$$$*) $$(NETLIST_OBJECTS) build/netlist/$(1)/bus_netlist.o build/netlist/$(1)/Vnetlist__ALL.a $$(LIBTRITRAIN)
	@echo "  LINK  $$@"
	@$$(SIM_CXX) -o $$@ $$^ $$(LIBS)
endef
$(foreach board,$(NETLISTS),$(eval $(call netlist_rules,$(board))))

# Cells: the wrappers that synthesis maps onto block RAM and multipliers, in the shapes that are in use and in those that reach every mode of
# the cells, beside their RTL.
RAM_SHAPES := 64x512 64x256 64x2048 32x64 32x128 16x1024 8x4096 8x16384
# bits written, bits read, words of the narrower: a test memory
RAM_MIXED_SHAPES := 1x16x16384 4x16x8192 9x18x2048 16x2x8192 8x4x4096 36x9x2048
# those that reach all widths of the family's cells, the first of the bench's list
RAM_1RW_DEPTHS_ice40 := 1024 2048
RAM_1RW_DEPTHS_ecp5 := 1024 2048 4096 8192 16384
RAM_NAMES = $(RAM_SHAPES) $(addprefix mixed_,$(RAM_MIXED_SHAPES)) $(addprefix 1rw_,$(RAM_1RW_DEPTHS_$(1)))
RAM_NETLISTS = $(patsubst %,build/netlist/cells-$(1)/ram_%.v,$(RAM_NAMES))
SYNTH_ice40 := synth_ice40 -dsp -device u
SYNTH_ecp5 := synth_ecp5 -nowidelut
NETLIST_TESTS := $(foreach family,ice40 ecp5,$(foreach unit,ram product,build/netlist/lockstep_$(unit)_$(family)))
NETLIST_TESTS += $(addprefix build/netlist/icebreaker/,netlist_products netlist_step)
LOCKSTEP_TESTS += $(NETLIST_TESTS)

# sources, top, parameters, name in the netlist
cell_netlist = $(YOSYS) -q -p 'read_verilog $(1); chparam $(3) $(2); $(SYNTH_$(family)) -no-rw-check -top $(2); rename $(2) $(4); write_verilog -noattr $@' >$@.log 2>&1 || { tail -n 20 $@.log; exit 1; }

define family_rules
build/netlist/cells-$(1)/%: family := $(1)
build/netlist/cells-$(1)/ram_%.v: rtl/common/ram_1r1w.v mk/netlist.mk | $$(PACKAGES_STAMP)
	@mkdir -p $$(@D)
	@$$(call cell_netlist,$$<,ram_1r1w,-set WIDTH $$(word 1,$$(subst x, ,$$*)) -set DEPTH $$(word 2,$$(subst x, ,$$*)),ram_$$*)
build/netlist/cells-$(1)/ram_1rw_%.v: rtl/memory/ram_1rw.v mk/netlist.mk | $$(PACKAGES_STAMP)
	@mkdir -p $$(@D)
	@$$(call cell_netlist,$$<,ram_1rw,-set DEPTH $$*,ram_1rw_$$*)
build/netlist/cells-$(1)/ram_mixed_%.v: tests/netlist/ram_mixed.v mk/netlist.mk | $$(PACKAGES_STAMP)
	@mkdir -p $$(@D)
	@$$(call cell_netlist,$$<,ram_mixed,-set W_WRITE $$(word 1,$$(subst x, ,$$*)) -set W_READ $$(word 2,$$(subst x, ,$$*)) -set DEPTH $$(word 3,$$(subst x, ,$$*)),ram_mixed_$$*)
build/netlist/cells-$(1)/product_netlist.v: tests/netlist/product.v mk/netlist.mk | $$(PACKAGES_STAMP)
	@mkdir -p $$(@D)
	@$$(call cell_netlist,$$<,product,,product_netlist)
build/netlist/cells-$(1)/scale_shifter_netlist.v: rtl/round/scale_shifter.v mk/netlist.mk | $$(PACKAGES_STAMP)
	@mkdir -p $$(@D)
	@$$(call cell_netlist,$$<,scale_shifter,,scale_shifter_netlist)

build/netlist/lockstep_ram_$(1): tests/netlist/lockstep_ram.cpp tests/netlist/bench_ram.v $$(wildcard tests/netlist/ram_*.v) rtl/common/ram_1r1w.v rtl/memory/ram_1rw.v $$(call RAM_NETLISTS,$(1))
build/netlist/lockstep_product_$(1): tests/netlist/lockstep_product.cpp tests/netlist/bench_product.v tests/netlist/product.v rtl/round/scale_shifter.v build/netlist/cells-$(1)/product_netlist.v build/netlist/cells-$(1)/scale_shifter_netlist.v
build/netlist/lockstep_ram_$(1) build/netlist/lockstep_product_$(1): tests/lockstep/lockstep.h $$(CELLS_V) sim/cells/cells.vlt | $$(VERILATOR_READY)
	@echo "  RTL   $$@"
	@mkdir -p $$@.dir
	@$$(VERILATOR) --cc --exe --build -O3 $$(TRACE_FLAG) --x-initial unique --x-assign fast --timescale 1ps/1ps sim/cells/cells.vlt \
	    --top-module bench_$$(UNIT) --Mdir $$@.dir -o $$(abspath $$@) -MAKEFLAGS CFG_CXXFLAGS_PCH_I=-include \
	    -CFLAGS '-std=c++17 -O2 -I$$(CURDIR)/sw/ref -I$$(CURDIR)/tests/lockstep -DFAMILY="\"$(1)\"" $$(addprefix -DPAIRS=,$$(PAIRS))' $$(addprefix -GPAIRS=,$$(PAIRS)) $$(CELLS_$(1)) \
	    $$(filter-out sim/cells/%,$$(filter %.v,$$^)) $$(abspath $$(filter %.cpp,$$^)) >$$@.log 2>&1 || { cat $$@.log; exit 1; }
build/netlist/lockstep_ram_$(1): UNIT := ram
build/netlist/lockstep_ram_$(1): PAIRS := $$(words $$(call RAM_NAMES,$(1)))
build/netlist/lockstep_product_$(1): UNIT := product
endef
$(foreach family,ice40 ecp5,$(eval $(call family_rules,$(family))))

# A bitstream (`make bitstream BOARD=hx8k`) back in Verilog, as a board on a pseudo-terminal like build/board-sim.
BITSTREAM_DIR := build/netlist/hx8k-bitstream
BITSTREAM ?= build/hx8k/hx8k.bin
BITSTREAM_DEFINES := -DBOARD_HEADER='\"Vbitstream.h\"' -DBOARD_CLASS=Vbitstream -DBOARD_CLOCK=clk_12mhz_i -DBOARD_CLK_HZ=60000000 -DBOARD_BAUD=3000000 \
    '-DBOARD_RESET(top,on)=(void)(top)' '-DBOARD_BUSY(top)=(top.leds_o/2%2)'

$(BITSTREAM_DIR)/hx8k_netlist.v: $(BITSTREAM) constraints/hx8k/hx8k.pcf tools/bitstream_verilog.py | $(VENV_STAMP)
	@mkdir -p $(@D)
	@$(PYTHON) tools/bitstream_verilog.py $< --top hx8k --pcf $(word 2,$^) --package ct256 --out $@

$(BITSTREAM_DIR)/board-sim: $(BITSTREAM_DIR)/hx8k_netlist.v sim/board/board_sim.cpp sim/board/faulty_line.h $(CELLS_V) sim/cells/cells.vlt | $(VERILATOR_READY)
	@echo "  RTL   $@"
	@$(NETLIST_VERILATE) --exe --top-module hx8k --prefix Vbitstream --Mdir $(@D) -LDFLAGS -latomic -CFLAGS "-O2 -I$(CURDIR)/sim/board $(BITSTREAM_DEFINES)" \
	    -o $(abspath $@) sim/cells/SB_PLL40_CORE.v $(CELLS_ice40) $< $(CURDIR)/sim/board/board_sim.cpp >$(@D)/verilate.log 2>&1 || { tail -n 20 $(@D)/verilate.log; exit 1; }
	@$(MAKE) --no-print-directory -s -C $(@D) -f Vbitstream.mk $(VERILATED_OPT)

# The products of netlist_products on any device that the library knows: a board, or a bitstream on a pseudo-terminal.
build/netlist/board_products: $$(NETLIST_O_netlist_products) $(LIBTRITRAIN)
	@echo "  LINK  $@"
	@mkdir -p $(@D)
	@$(CC) -o $@ $^ $(LIBS)

.PHONY: netlist
netlist: $(if $(BOARD),build/netlist/$(BOARD)/tritrain) ## BOARD=name: build/netlist/BOARD/tritrain, which has the board's gates as device netlist
	@$(if $(BOARD),,echo "netlist: BOARD must be one of: $(NETLISTS)" >&2; exit 2)

# The sources of this file are laid out and compiled like all others.
FORMATTED += $(wildcard sim/netlist/*.c sim/netlist/*.h sim/netlist/*.cpp) $(wildcard tests/netlist/*.c)
objects: $(call object,$(NETLIST_C) $(wildcard tests/netlist/*.c))
$(call object,$(NETLIST_C)): INCLUDES += -Isim/netlist
