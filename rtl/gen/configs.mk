# SPDX-License-Identifier: Apache-2.0
# Made by tools/gen_configs.py from driver/configs.def; edit that file.
# Verilator: $(addprefix -G,$(CONFIG_base)); Icarus: $(addprefix -PTOP.,$(CONFIG_base)).
CONFIGS := base mid small tiny
CONFIG_base := M=8 N=8 K=64 LANES=16 W_ACC=24 A_DEPTH=512 B_DEPTH=512 PLANES_MAX=5 COMPACT=0 SCALE_FORM=1
CONFIG_mid := M=4 N=8 K=64 LANES=8 W_ACC=24 A_DEPTH=256 B_DEPTH=512 PLANES_MAX=5 COMPACT=0 SCALE_FORM=1
CONFIG_small := M=2 N=2 K=32 LANES=2 W_ACC=16 A_DEPTH=64 B_DEPTH=64 PLANES_MAX=3 COMPACT=1 SCALE_FORM=2
CONFIG_tiny := M=2 N=2 K=32 LANES=2 W_ACC=16 A_DEPTH=64 B_DEPTH=64 PLANES_MAX=3 COMPACT=1 SCALE_FORM=0
