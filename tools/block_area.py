#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Area of blocks alone: those of configuration `tiny` packed for an iCE40 UP5K, and the finish lane of each SCALE_FORM synthesised.

Usage: block_area.py [blocks|lane] [--out DIR] [--write]
Prints one line per block. --write: docs/results/up5k-blocks.json and finish-lane.json too, from which docs/architecture.md is made.
A block alone keeps what the whole would simplify away, and the other way round: the lines do not add up to the top's.
"""
import argparse
import json
import re
import sys
from pathlib import Path

import carry_cells
from board_flow import FAMILIES, TOP, Board, Problem, cells, count, rel, run, tool

PACK = ["--up5k", "--package", "sg48", "--pack-only"]


def tiny_blocks():
    """Blocks of the icebreaker with the parameters that they have there."""
    c = Board("icebreaker", TOP / "build").parameters()
    beats = 16384       # of its SPRAM
    w_addr = log2(beats) + 1
    w_buf = log2(max(c["A_DEPTH"], c["B_DEPTH"]) * c["K"] // 8)
    shape = {name: c[name] for name in ("M", "N")}
    lane = {"W_ACC": c["W_ACC"], "PLANES": c["PLANES_MAX"], "SCALE_FORM": c["SCALE_FORM"], "GENERATORS": c["LANES"]}
    finish = {name: c[name] for name in ("M", "N", "LANES", "W_ACC", "PLANES_MAX", "COMPACT", "SCALE_FORM")}
    return (
        ("array with drain", "mac_array", {**shape, "K": c["K"], "W_ACC": c["W_ACC"], "LANES": 1, "MULTIPLIERS": 1}),
        ("one cell of the array", "dot_accumulator", {"K": c["K"], "W_ACC": c["W_ACC"], "MULTIPLIER": 1}),
        ("operand buffer B", "operand_buffer", {"BANKS": c["N"], "K": c["K"], "DEPTH": c["B_DEPTH"], "W_ADDR": w_buf}),
        ("load stage", "load_stage", {**shape, "COMPACT": 1, "W_ADDR": w_addr, "W_BUF": w_buf}),
        ("execute stage", "execute_stage", {**shape, "K": c["K"], "COMPACT": 1, "W_BANK_A": log2(c["A_DEPTH"] * 8 // c["M"]),
                                            "W_BANK_B": log2(c["B_DEPTH"] * 8 // c["N"])}),
        ("finish stage with its lane", "finish_unit", {**finish, "W_ADDR": w_addr, "GROUP": 1}),
        ("the lane with its two generators", "finish_lane", lane),
        ("block register", "block_turn", {**shape, "LANES": 1, "PLANES": c["PLANES_MAX"]}),
        ("registers and counters", "registers", {"COMPACT": 1, "W_ADDR": w_addr, "MEM_BEATS": beats}),
        ("memory adapter and host port", "onchip_memory", {"BEATS": beats, "SPRAM": 1}),
        ("serial link", "link", {}),
        ("whole board top", "icebreaker", {}),
    )


def parts(form, lane):
    """Modules of a lane with their parameters."""
    w_clip, w_whole = {3: (4, 5), 5: (7, 8)}[lane["PLANES"]]
    scale = {0: ("scale_chain", {}), 1: ("scale_shifter", {"W_WHOLE": w_whole}), 2: ("scale_serial", {"W_WHOLE": w_whole})}[form]
    master = (("master weight", "master_lane", {"W_WHOLE": w_whole + 2}),) if form == 1 else ()
    return (("whole lane", "finish_lane", {**lane, "SCALE_FORM": form, "MASTER": len(master)}),
            ("scale", scale[0], {"W_ACC": lane["W_ACC"], **scale[1]}),
            ("decoder", "plane_decode", {"PLANES": lane["PLANES"]}),
            ("rounder", "stochastic_rounder", {"W_CLIP": w_clip, "W_WHOLE": 5 if form == 0 else w_whole + 2, "SPLIT": int(form != 2)}),
            ("encoder", "plane_encode", {"PLANES": lane["PLANES"], "STAGES": 3 if form == 1 else 0}),
            ("generator", "lfsr", {"STATES": lane["GENERATORS"]}),
            *master,
            ("once for all lanes", "lane_scale", {"FORM": form, "W_ACC": lane["W_ACC"], "PLANES": lane["PLANES"]}))


def synthesised(module, parameters, board, out):
    """LUT4, flip-flops and multipliers of a module with the options of a board."""
    settings = json.loads((TOP / "constraints" / board / "board.json").read_text())
    family = FAMILIES[settings["family"]]
    stem = f"{board}-{module}"
    sources = " ".join(rel(p) for p in sorted((TOP / "rtl/round").glob("*.v")))
    chparam = " ".join(f"-set {name} {value}" for name, value in parameters.items())
    script = (f"read_verilog -I{rel(TOP / 'rtl/gen')} {sources}; chparam {chparam} {module}; "
              f"{family['synth']} {' '.join(settings['synth'])} -no-rw-check -top {module} -run :check; hierarchy -check; "
              f"blackbox =A:whitebox; stat; write_json {rel(out / stem)}.json")
    run([tool("yosys"), "-p", script], out / f"{stem}.log", f"{stem}: synthesis")
    carry_cells.rewrite_file(out / f"{stem}.json")
    found = cells(out / f"{stem}.log")
    return [sum(n * found.get(name, 0) for name, n in family["luts"].items()), count(found, family["ff"]), count(found, family["dsp"])]


def log2(power):
    return power.bit_length() - 1


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


def blocks(out):
    rows = []
    for name, module, parameters in tiny_blocks():
        packed = pack(module, parameters, out)
        rows.append([name, f"`{module}`", *packed])
        print(f"{name} ({module}): {packed[0]} LC, {packed[1]} block RAMs, {packed[2]} multipliers", flush=True)
    return "up5k-blocks", ["block", "module", "logic cells", "block RAMs", "multipliers"], rows


def lane(out):
    rows = []
    for board in ("icebreaker", "ulx3s", "hx8k"):   # forms 0, 1, 2
        c = Board(board, out).parameters()
        form = c["SCALE_FORM"]
        generators = c["LANES"] if form == 0 else 1
        for name, module, values in parts(form, {"W_ACC": c["W_ACC"], "PLANES": c["PLANES_MAX"], "GENERATORS": generators}):
            area = synthesised(module, values, board, out)
            rows.append([form, board, name, f"`{module}`", *area])
            print(f"form {form} ({board}), {name} ({module}): {area[0]} LUT4, {area[1]} flip-flops, {area[2]} multipliers", flush=True)
    return "finish-lane", ["form", "board", "part", "module", "LUT4", "flip-flops", "multipliers"], rows


TABLES = {"blocks": blocks, "lane": lane}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("table", nargs="?", choices=TABLES, help="one of the tables; else both")
    parser.add_argument("--out", type=Path, default=TOP / "build/blocks")
    parser.add_argument("--write", action="store_true", help="write docs/results/NAME.json of the tables")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    try:
        for table in [options.table] if options.table else TABLES:
            name, columns, rows = TABLES[table](options.out.resolve())
            if options.write:
                result = {"command": f"tools/block_area.py {table} --write", "columns": columns, "rows": rows}
                (TOP / "docs/results" / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")
    except Problem as problem:
        print(f"block_area: {problem}", file=sys.stderr)
        return problem.status
    return 0


if __name__ == "__main__":
    sys.exit(main())
