# SPDX-License-Identifier: Apache-2.0
# Tests. tests/run builds and runs what `list-tests` prints, and counts. New files in tests/unit, tests/fuzz,
# and any test_*.py are found by themselves. A fragment tests/<group>/*.mk may add programs of any other kind:
#   LOCKSTEP_TESTS += $(OUT)/lockstep/thing     programs that print lines `PASS name` and `FAIL name`, with their rules;
#   FORMAL_TESTS, FUZZ_TESTS likewise. tests/full holds what only `make test-full` runs.

UNIT_C := $(sort $(wildcard tests/unit/test_*.c))
FUZZ_C := $(filter-out tests/fuzz/tt_%,$(sort $(wildcard tests/fuzz/*.c)))
SUPPORT_C := $(filter-out tests/unit/test_%,$(sort $(wildcard tests/unit/*.c tests/fuzz/tt_*.c)))
SUPPORT_O := $(call object,$(SUPPORT_C))
UNIT_TESTS := $(patsubst tests/%.c,$(OUT)/%,$(UNIT_C))
FUZZ_TESTS := $(patsubst tests/%.c,$(OUT)/%,$(FUZZ_C))
LOCKSTEP_TESTS :=
FORMAL_TESTS :=
EXTRA_INCLUDES := -Itests/unit -Itests/fuzz

# Unit tests named test_sim_* and the random programs have the Verilated device, the others only the library.
SIM_TESTS := $(filter $(OUT)/unit/test_sim_%,$(UNIT_TESTS)) $(FUZZ_TESTS)
$(SIM_TESTS): SIM_LINK = $(SIM_PARTS)
$(SIM_TESTS): $(SIM_PARTS)

$(UNIT_TESTS) $(FUZZ_TESTS): $(OUT)/%: $(OUT)/obj/tests/%.o $(SUPPORT_O) $(LIBTRITRAIN)
	$(call LINK,$< $(SUPPORT_O),-lcmocka)

-include $(patsubst %.o,%.d,$(call object,$(UNIT_C) $(FUZZ_C) $(SUPPORT_C)))

TEST_FRAGMENTS := $(sort $(wildcard tests/*/*.mk))
include $(TEST_FRAGMENTS)

C_FILES := $(sort $(LIB_C) $(CLI_C) $(SIM_C) $(UNIT_C) $(FUZZ_C) $(SUPPORT_C))
FORMATTED := $(filter-out driver/gen/%,$(C_FILES) $(sort $(wildcard driver/*.h sw/*/*.h sw/*/*/*.h sim/*.h sim/*.cpp tests/*/*.h tests/*/*.cpp)))

.PHONY: test test-full lint unit list-tests objects

RUN_TESTS = python3 tests/run $(if $(T),--only '$(T)') $(if $(WAVES),--waves)

test: $(PACKAGES_STAMP) $(VENV_STAMP) rtl/rtl.f ## builds and runs every test; T=name runs one, WAVES=1 with a wave dump
	@$(RUN_TESTS) lint unit lockstep formal fuzz system

test-full: $(PACKAGES_STAMP) $(VENV_STAMP) rtl/rtl.f ## the same and the long tests
	@$(RUN_TESTS) --full lint unit lockstep formal fuzz system

lint: $(PACKAGES_STAMP) $(VENV_STAMP) rtl/rtl.f ## only the static checks: compilers, layout, layers, Verilog in three tools
	@$(RUN_TESTS) lint

unit: $(PACKAGES_STAMP) ## only the C unit tests, plain and under the sanitizers
	@$(RUN_TESTS) unit

objects: $(call object,$(C_FILES))

list-tests:
	@printf '%s\n' $(addprefix unit=,$(UNIT_TESTS)) $(addprefix fuzz=,$(FUZZ_TESTS)) \
	    $(addprefix lockstep=,$(LOCKSTEP_TESTS)) $(addprefix formal=,$(FORMAL_TESTS))
