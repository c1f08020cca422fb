# SPDX-License-Identifier: Apache-2.0
# `make` lists the targets. The parts: mk/setup.mk (what must be installed), mk/build.mk (C library, programs),
# mk/sim.mk (Verilated models), mk/boards.mk (bitstreams), mk/board_sim.mk (a board on a pseudo-terminal), mk/netlist.mk (netlists),
# mk/test.mk (tests). Variables for the command line:
#   T=name WAVES=1        one test, with a wave dump     CC=clang, SANITIZE=1   other builds, in folders of their own
#   VERILATOR=verilator   another Verilator              SKIP_PACKAGES=1        do not look at Debian packages
#   NO_SIM=1              without the simulated device   TRACE=fst, vcd         models that write waves

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.SUFFIXES:
ifeq ($(MAKELEVEL),0)
JOBS ?= $(shell nproc)
MAKEFLAGS += -j$(JOBS)
endif

include mk/setup.mk
include mk/build.mk
include mk/sim.mk
include mk/boards.mk
include mk/board_sim.mk
include mk/test.mk
include mk/netlist.mk

.PHONY: help all setup demo format generated results clean distclean

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

setup: $(PACKAGES_STAMP) $(VENV_STAMP) ## installs what is missing: Debian packages, Python packages in build/venv

all: $(TRITRAIN) ## builds build/tritrain and the Verilated devices

DEMO_CONFIG := configs/r1-demo.yaml
demo: $(TRITRAIN) ## trains the ternary demo network on the simulated FPGA
	@mkdir -p build/demo
	$(TRITRAIN) train $(DEMO_CONFIG) --device sim:base

format: ## lays out the C and C++ sources with clang-format
	clang-format -i $(FORMATTED)

generated: $(VENV_STAMP) ## makes the committed generated files again from their one source
	@set -e; for tool in $(GENERATORS); do $(PYTHON) $$tool; done

results: $(TRITRAIN) ## measures what README.md reports again (hours)
	$(PYTHON) tools/measure.py demo
	$(PYTHON) tools/measure.py step
	$(PYTHON) tools/measure.py training

clean: ## removes what was built, keeps the Python environment
	@[ ! -d build ] || find build -mindepth 1 -maxdepth 1 ! -name venv ! -name setup -exec rm -rf {} +

distclean: ## removes everything that is not in the repository's history
	rm -rf build
