#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Packs the blocks of configuration `tiny` alone and counts their logic cells on an iCE40 UP5K.

Usage: block_area.py [--out DIR] [--write]
Prints one line per block and one for the whole board top. --write: docs/results/up5k-blocks.json too, from which docs/architecture.md is made.
A block alone keeps what the whole would simplify away, and the other way round: the lines do not add up to the top's.
"""
import argparse
import json
import re
import sys
from pathlib import Path

from board_flow import TOP, Problem, rel, run, tool

ARRAY = {"M": 2, "N": 4, "K": 32, "W_ACC": 16, "LANES": 1, "MULTIPLIERS": 1}
FINISH = {"M": 2, "N": 4, "LANES": 2, "W_ACC": 16, "PLANES_MAX": 3, "COMPACT": 1, "SCALE_FORM": 0, "W_ADDR": 15, "GROUP": 1}
BLOCKS = (
    ("array with drain", "mac_array", ARRAY),
    ("one cell of the array", "dot_accumulator", {"K": 32, "W_ACC": 16, "MULTIPLIER": 1}),
    ("operand buffer B", "operand_buffer", {"BANKS": 4, "K": 32, "DEPTH": 128, "W_ADDR": 9}),
    ("load stage", "load_stage", {"M": 2, "N": 4, "COMPACT": 1, "W_ADDR": 15, "W_BUF": 9}),
    ("execute stage", "execute_stage", {"M": 2, "N": 4, "K": 32, "COMPACT": 1, "W_BANK_A": 8, "W_BANK_B": 8}),
    ("finish stage with its lane", "finish_unit", FINISH),
    ("the lane with its two generators", "finish_lane", {"W_ACC": 16, "PLANES": 3, "SCALE_FORM": 0, "GENERATORS": 2}),
    ("block register", "block_turn", {"M": 2, "N": 4, "LANES": 1, "PLANES": 3}),
    ("registers and counters", "registers", {"COMPACT": 1, "W_ADDR": 15, "MEM_BEATS": 16384}),
    ("memory adapter and host port", "onchip_memory", {"BEATS": 16384, "SPRAM": 1}),
    ("serial link", "link", {}),
    ("whole board top", "icebreaker", {}),
)
PACK = ["--up5k", "--package", "sg48", "--pack-only"]


def pack(module, parameters, out):
    """Logic cells, block RAMs and multipliers of a module."""
    netlist, log = out / f"{module}.json", out / f"{module}.pack.log"
    sources = " ".join(rel(p) for p in sorted((TOP / "rtl").rglob("*.v")))
    settings = " ".join(f"-set {name} {value}" for name, value in parameters.items())
    script = (f"read_verilog -I{rel(TOP / 'rtl/gen')} {sources}; {f'chparam {settings} {module}; ' if parameters else ''}"
              f"synth_ice40 -dsp -no-rw-check -device u -top {module} -json {rel(netlist)}")
    run([tool("yosys"), "-q", "-p", script], out / f"{module}.synth.log", f"{module}: synthesis")
    pins = ["--pcf", rel(TOP / "constraints/icebreaker/icebreaker.pcf")] if module == "icebreaker" else ["--pcf-allow-unconstrained"]
    run([tool("nextpnr-ice40"), *PACK, *pins, "--json", rel(netlist)], log, f"{module}: packing")
    return [int(re.search(rf"{cell}: *(\d+)/", log.read_text())[1]) for cell in ("ICESTORM_LC", "ICESTORM_RAM", "ICESTORM_DSP")]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=TOP / "build/blocks")
    parser.add_argument("--write", action="store_true", help="write docs/results/up5k-blocks.json")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    rows = []
    try:
        for name, module, parameters in BLOCKS:
            cells = pack(module, parameters, options.out)
            rows.append([name, f"`{module}`", *cells])
            print(f"{name} ({module}): {cells[0]} LC, {cells[1]} block RAMs, {cells[2]} multipliers", flush=True)
    except Problem as problem:
        print(f"block_area: {problem}", file=sys.stderr)
        return problem.status if hasattr(problem, "status") else 1
    if options.write:
        result = {"command": "tools/block_area.py --write", "columns": ["block", "module", "logic cells", "block RAMs", "multipliers"], "rows": rows}
        (TOP / "docs/results/up5k-blocks.json").write_text(json.dumps(result, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
