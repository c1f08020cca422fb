# SPDX-License-Identifier: Apache-2.0
# From Verilog to bitstreams: the boards of constraints/, one after the other through tools/board_flow.py. BOARD=name, SEEDS=n.

BOARDS := $(notdir $(patsubst %/board.json,%,$(sort $(wildcard constraints/*/board.json))))
SEEDS ?= 1
BOARD_V := $(sort $(wildcard rtl/boards/*.v))
BOARD_FLOW := $(PYTHON) tools/board_flow.py

# The named board; a target that needs one says so itself when there is none.
define need_board
$(if $(filter $(BOARDS),$(BOARD)),,@echo "$@: BOARD must be one of: $(BOARDS)$(if $(BOARD), (not '$(BOARD)'))" >&2; exit 2)
endef

.PHONY: synth pnr bitstream prog board-check board-results array-area
synth: $(patsubst %,build/%/netlist.json,$(filter $(BOARDS),$(BOARD))) ## BOARD=name: synthesis, area into build/BOARD/report.json
	$(need_board)

pnr: synth ## BOARD=name SEEDS=5: place and route, clock of every seed into the report
	$(need_board)
	@$(BOARD_FLOW) pnr $(BOARD) --seeds $(SEEDS)

bitstream: pnr ## BOARD=name: the fastest seed as a bitstream, when it meets the board's clock
	$(need_board)
	@$(BOARD_FLOW) bitstream $(BOARD)

prog: bitstream ## BOARD=name: loads the bitstream into the board
	$(need_board)
	@$(BOARD_FLOW) prog $(BOARD)

board-check: pnr ## BOARD=name: area and clock against constraints/BOARD/limits.json
	$(need_board)
	@$(BOARD_FLOW) check $(BOARD)

board-results: $(BOARDS:%=build/%/netlist.json) ## SEEDS=5: places every board and writes docs/results/boards.json (hours)
	@set -e; for board in $(BOARDS); do $(BOARD_FLOW) pnr $$board --seeds $(SEEDS); done; $(BOARD_FLOW) results

$(addprefix build/,$(addsuffix /netlist.json,$(BOARDS))): build/%/netlist.json: constraints/%/board.json $(RTL_V) $(RTL_VH) $(BOARD_V) rtl/rtl.f rtl/gen/configs.mk tools/board_flow.py tools/carry_cells.py | $(PACKAGES_STAMP) $(VENV_STAMP)
	@$(BOARD_FLOW) synth $*

array-area: | $(PACKAGES_STAMP) $(VENV_STAMP) ## logic cells per multiply-accumulate of the placed array alone
	@$(PYTHON) tools/array_area.py --write
