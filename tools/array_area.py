#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Places the dot products of the array alone and counts their logic cells per multiply-accumulate.

Usage: array_area.py [--out DIR] [--write]
Prints one line per family and dot product (256 elements); fails when a figure is above its target. --write: docs/results/array.json too.
"""
import argparse
import json
import sys
from pathlib import Path

from board_flow import FAMILIES, TOP, Problem, rel, run, tool
from carry_cells import rewrite_file

K = 256
FAMILY_OPTIONS = {"ice40": ([], ["--hx8k", "--package", "ct256", "--pcf-allow-unconstrained"]),
                  "ecp5": (["-nowidelut"], ["--25k", "--package", "CABGA381", "--lpf-allow-unconstrained"])}
# (ternary, accumulate): what one multiply-accumulate may cost, by family; accumulators are reported without a target
TARGETS = {(0, 0): {"ice40": 2.6, "ecp5": 2.8}, (0, 1): {}, (1, 0): {"ice40": 5.5, "ecp5": 5.5}, (1, 1): {}}


def place(family, ternary, accumulate, out):
    """Cells of the dot product alone."""
    settings = FAMILIES[family]
    synth, options = FAMILY_OPTIONS[family]
    stem = out / f"{family}-{'ternary' if ternary else 'binary'}{'-accumulate' if accumulate else ''}"
    netlist, report = stem.with_suffix(".json"), stem.with_suffix(".report")
    sources = " ".join(rel(p) for p in [*sorted((TOP / "rtl/array").glob("*.v")), TOP / "tests/boards/bench_array.v"])
    script = (f"read_verilog {sources} {rel(TOP / 'rtl/common/ram_1r1w.v')}; "
              f"chparam -set K {K} -set TERNARY {ternary} -set ACCUMULATE {accumulate} bench_array; "
              f"{settings['synth']} {' '.join(synth)} -top bench_array -run :check; hierarchy -check; blackbox =A:whitebox; "
              f"write_json {rel(netlist)}")
    run([tool("yosys"), "-p", script], stem.with_suffix(".synth.log"), f"{stem.name}: synthesis")
    rewrite_file(netlist)
    run([tool(settings["place"]), *options, "--json", rel(netlist), "--top", "bench_array", "--seed", "1", "--report", rel(report)],
        stem.with_suffix(".place.log"), f"{stem.name}: place and route")
    cells = json.loads(report.read_text())["utilization"][settings["lc"]]["used"]
    return cells - (4 if ternary else 2) * K if family == "ice40" else cells


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=TOP / "build/array")
    parser.add_argument("--write", action="store_true", help="write docs/results/array.json, from which README.md is made")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    rows, status = [], 0
    try:
        for (ternary, accumulate), targets in TARGETS.items():
            row = [f"{'ternary' if ternary else 'binary'}, {'with' if accumulate else 'without'} accumulator"]
            for family in FAMILY_OPTIONS:
                cells = place(family, ternary, accumulate, options.out)
                per_mac = cells / K
                target = targets.get(family)
                row.append(f"{per_mac:.2f}")
                print(f"{family} {row[0]}: {cells} {FAMILIES[family]['lc']}, {per_mac:.2f} per MAC"
                      + (f" (at most {target})" if target else ""), flush=True)
                if target and per_mac > target:
                    print(f"array_area: {family} {row[0]}: {per_mac:.2f} per MAC is above {target}", file=sys.stderr)
                    status = 1
            rows.append(row)
    except Problem as problem:
        print(f"array_area: {problem}", file=sys.stderr)
        return problem.status
    if options.write:
        result = {"command": "make array-area",
                  "columns": [f"dot product of {K}, placed alone", "ICESTORM_LC per MAC, iCE40", "TRELLIS_COMB per MAC, ECP5"], "rows": rows}
        (TOP / "docs/results/array.json").write_text(json.dumps(result, indent=1) + "\n")
    return status


if __name__ == "__main__":
    sys.exit(main())
