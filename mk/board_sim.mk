# SPDX-License-Identifier: Apache-2.0
# build/board-sim: the Verilated top of one board with its serial line on a pseudo-terminal. PLL and vendor memory are plain Verilog.

BOARD_SIM := build/board-sim
BOARD_SIM_TOP := icebreaker
BOARD_SIM_CLK_HZ := 24000000
BOARD_SIM_BAUD := 3000000
BOARD_SIM_DIR := build/sim/board_$(BOARD_SIM_TOP)
BOARD_SIM_GENERICS = $(addprefix -G,$(CONFIG_tiny)) -GMEM_SPRAM=0
BOARD_SIM_V = $(BOARD_V) sim/cells/SB_PLL40_PAD.v
BOARD_SIM_DEFINES := -DBOARD_HEADER='\"Vboard_$(BOARD_SIM_TOP).h\"' -DBOARD_CLASS=Vboard_$(BOARD_SIM_TOP) -DBOARD_CLOCK=clk_12mhz_i \
    -DBOARD_CLK_HZ=$(BOARD_SIM_CLK_HZ) -DBOARD_BAUD=$(BOARD_SIM_BAUD) '-DBOARD_RESET(top,on)=top.button_n_i=!(on)' '-DBOARD_BUSY(top)=top.led_busy_o'

$(BOARD_SIM): sim/board/board_sim.cpp sim/board/faulty_line.h $(BOARD_SIM_V) $(RTL_V) $(RTL_VH) rtl/rtl.f rtl/gen/configs.mk mk/board_sim.mk $(VERILATOR_READY)
	@echo "  RTL   $@"
	@mkdir -p $(BOARD_SIM_DIR)
	@$(VERILATE) -Wno-fatal --exe --top-module $(BOARD_SIM_TOP) $(BOARD_SIM_GENERICS) --prefix Vboard_$(BOARD_SIM_TOP) --Mdir $(BOARD_SIM_DIR) \
	    -LDFLAGS -latomic -CFLAGS "-O2 -I$(CURDIR)/sim/board $(BOARD_SIM_DEFINES)" -o $(CURDIR)/$@ \
	    -f rtl/rtl.f rtl/boards/board_system.v rtl/boards/reset_sync.v rtl/boards/$(BOARD_SIM_TOP).v sim/cells/SB_PLL40_PAD.v $(CURDIR)/$< >$(BOARD_SIM_DIR)/verilate.log 2>&1 || { cat $(BOARD_SIM_DIR)/verilate.log; exit 1; }
	@$(MAKE) --no-print-directory -s -C $(BOARD_SIM_DIR) -f Vboard_$(BOARD_SIM_TOP).mk $(VERILATED_OPT)
