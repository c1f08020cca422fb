# SPDX-License-Identifier: Apache-2.0
# libtritrain.a from every C file of the layers, and the tritrain program. New source files need no edit here.

ifeq ($(origin CC),default)
CC := gcc
endif
ifeq ($(origin CXX),default)
CXX := g++
endif

# Prerequisites written $$(X) may be defined further down.
.SECONDEXPANSION:

# One output folder for each kind of build, so that they never mix.
OUT := build$(if $(findstring clang,$(CC)),/clang)$(if $(SANITIZE),/asan)$(if $(TRACE),/trace-$(TRACE))$(if $(NO_SIM),/nosim)

SOURCE_DIRS := driver driver/gen sw/ref sw/ref/kernels sw/exec sw/nn sw/train
INCLUDES := $(addprefix -I,$(SOURCE_DIRS) sw/cli sim)
ARCH ?= -march=native
OPT ?= -O2
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Werror
# No contraction into fused multiply-adds: float results must not depend on the compiler.
CFLAGS_ALL = -std=c11 $(OPT) -g $(ARCH) -ffp-contract=off $(WARNINGS) $(SANITIZERS) $(POSIX) $(INCLUDES) $(CFLAGS)
SANITIZERS := $(if $(SANITIZE),-fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
# Files that belong to an operating system may use POSIX; sw/ref, sw/exec and sw/nn are plain C11.
$(OUT)/obj/sw/train/%.o $(OUT)/obj/sw/cli/%.o $(OUT)/obj/driver/%.o $(OUT)/obj/tests/%.o: POSIX := -D_POSIX_C_SOURCE=200809L
LIBS := -lyaml -lcjson -lopenblas -lz -lserialport -lm -lpthread $(if $(filter fst,$(TRACE)),-llz4)
comma := ,

LIB_C := $(sort $(wildcard $(addsuffix /*.c,$(SOURCE_DIRS))))
CLI_C := $(sort $(wildcard sw/cli/*.c))
LIBTRITRAIN := $(OUT)/libtritrain.a
TRITRAIN := $(OUT)/tritrain

object = $(addprefix $(OUT)/obj/,$(addsuffix .o,$(basename $(1))))

$(OUT)/obj/%.o: %.c mk/build.mk | $(PACKAGES_STAMP)
	@mkdir -p $(@D)
	@echo "  CC    $@"
	@$(CC) $(CFLAGS_ALL) $(EXTRA_INCLUDES) -MMD -MP -c -o $@ $<

$(LIBTRITRAIN): $(call object,$(LIB_C))
	@mkdir -p $(@D)
	@rm -f $@ && ar rcs $@ $^

# Programs know the back ends of the library; with SIM_LINK also `sim`, whose table of back ends, being a file of its
# own on the command line, takes the place of the library's.
link = $(if $(SIM_LINK),$(CXX),$(CC)) $(SANITIZERS) -o $@ $(1) $(if $(SIM_LINK),-Wl$(comma)--start-group $(SIM_LINK) -Wl$(comma)--end-group) $(LIBTRITRAIN) $(LIBS) $(2)
LINK = @mkdir -p $(@D) && echo "  LINK  $@" && $(link)

$(TRITRAIN): SIM_LINK = $(SIM_PARTS)
$(TRITRAIN): $(call object,$(CLI_C)) $(LIBTRITRAIN) $$(SIM_PARTS)
	$(call LINK,$(call object,$(CLI_C)))

-include $(patsubst %.o,%.d,$(call object,$(LIB_C) $(CLI_C)))
