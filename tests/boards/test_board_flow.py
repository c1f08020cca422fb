# SPDX-License-Identifier: Apache-2.0
"""tools/board_flow.py from Verilog to a bitstream, on boards of a few cells in a tree of their own, and what it says when something is wrong."""
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent
COUNTER = """`default_nettype none
module {name} #(parameter integer M = 1, parameter integer N = 1, parameter integer K = 1) (input wire clk, output wire led);
    reg [{top}:0] count_q;
    assign led = count_q[{top}];
    always @(posedge clk) count_q <= count_q + 1'b1;
endmodule
`default_nettype wire
"""
BOARDS = {
    "small40": {"part": "up5k", "family": "ice40", "configuration": "tiny", "clock_mhz": 12, "synth": ["-dsp"],
                "place": ["--up5k", "--package", "sg48", "--pcf", "pins.pcf"], "program": ["iceprog", "{bitstream}"]},
    "small5": {"part": "25f", "family": "ecp5", "configuration": "tiny", "clock_mhz": 12, "synth": ["-nowidelut"],
               "place": ["--25k", "--package", "CABGA381", "--lpf", "pins.lpf"], "program": ["openFPGALoader", "{bitstream}"]},
}
PINS = {"small40": ("pins.pcf", "set_io clk 35\nset_io led 11\n"),
        "small5": ("pins.lpf", 'LOCATE COMP "clk" SITE "G2";\nLOCATE COMP "led" SITE "B2";\n')}
BITS = 24


@pytest.fixture
def tree(tmp_path):
    """A project with the two boards and the tool."""
    for folder in ("tools", "rtl/boards", "rtl/gen", "build"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("board_flow.py", "carry_cells.py"):
        shutil.copy(TOP / "tools" / name, tmp_path / "tools")
    (tmp_path / "build/venv").symlink_to(TOP / "build/venv")
    (tmp_path / "rtl/rtl.f").write_text("")
    (tmp_path / "rtl/gen/configs.mk").write_text("CONFIG_tiny := M=2 N=4 K=32\n")
    for name, settings in BOARDS.items():
        folder = tmp_path / "constraints" / name
        folder.mkdir(parents=True)
        (folder / "board.json").write_text(json.dumps(settings))
        (folder / PINS[name][0]).write_text(PINS[name][1])
        (tmp_path / f"rtl/boards/{name}.v").write_text(COUNTER.format(name=name, top=BITS - 1))
    return tmp_path


def flow(tree, *arguments, path=None, **variables):
    env = dict(os.environ, **variables) if path is None else dict(os.environ, PATH=str(path))
    return subprocess.run([sys.executable, str(tree / "tools/board_flow.py"), *arguments], env=env, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=250)


def report(tree, board):
    return json.loads((tree / "build" / board / "report.json").read_text())


@pytest.mark.parametrize("board, magic", [("small40", b"\xff\x00"), ("small5", b"\xff\x00")])
def test_to_bitstream(tree, board, magic):
    for step in ("synth", "pnr", "bitstream"):
        result = flow(tree, step, board, "--seeds", "2")
        assert result.returncode == 0, result.stdout
    figures = report(tree, board)
    assert figures["board"] == board and figures["configuration"] == "tiny"
    assert figures["ff"] == BITS and figures["carry"] >= (BITS - 2) // 2 and figures["bram"] == figures["dsp"] == 0
    assert figures["lc"] >= BITS
    assert list(figures["fmax_mhz"]) == ["1", "2"] and figures["fmax_mhz_worst"] == min(figures["fmax_mhz"].values()) > 12
    assert figures["mac_per_cycle"] == 256 and figures["peak_gmac_s"] == pytest.approx(256 * 12 / 1000)
    assert figures["lut4_per_mac"] == pytest.approx(figures["lut4"] / 256, abs=0.01)
    stem = tree / "build" / board / board
    image = next(p for p in (stem.with_suffix(".bin"), stem.with_suffix(".bit")) if p.exists()).read_bytes()
    assert image.startswith(magic) and len(image) > 10000


def test_a_placed_seed_is_kept(tree):
    flow(tree, "synth", "small40")
    flow(tree, "pnr", "small40")
    log = tree / "build/small40/seed-1.log"
    before = log.stat().st_mtime_ns
    assert flow(tree, "pnr", "small40", "--seeds", "2").returncode == 0
    assert log.stat().st_mtime_ns == before
    flow(tree, "synth", "small40")
    assert report(tree, "small40")["fmax_mhz"] == {}  # figures of another netlist do not stay
    assert flow(tree, "pnr", "small40").returncode == 0
    assert log.stat().st_mtime_ns > before


def test_limits(tree):
    flow(tree, "synth", "small40")
    (tree / "constraints/small40/limits.json").write_text(json.dumps({"ff": {"limit": BITS}, "lc": {"limit": 1}}))
    result = flow(tree, "check", "small40")
    assert result.returncode == 1 and "lc is not known" in result.stdout
    assert flow(tree, "check", "small40", "--synth-only").returncode == 0
    flow(tree, "pnr", "small40")
    figures = report(tree, "small40")
    limits = tree / "constraints/small40/limits.json"
    lc, clock = figures["lc"], figures["fmax_mhz_worst"]

    def verdict(lc_entry, clock_entry):
        limits.write_text(json.dumps({"lc": lc_entry, "fmax_mhz_worst": clock_entry}))
        return flow(tree, "check", "small40")

    assert verdict({"limit": lc, "reference": lc}, {"limit": clock, "reference": clock}).returncode == 0
    assert verdict({"limit": 2 * lc, "reference": lc / 1.04}, {"limit": 1, "reference": clock / 0.96}).returncode == 0
    for wrong in (({"limit": lc - 1}, {"limit": 1}), ({"limit": lc}, {"limit": clock + 1}),
                  ({"limit": lc, "reference": lc / 1.06}, {"limit": 1}), ({"limit": lc}, {"limit": 1, "reference": clock / 0.94})):
        result = verdict(*wrong)
        assert result.returncode == 1 and "small40: " in result.stdout, result.stdout
    verdict({"limit": 2 * lc, "reference": 1}, {"limit": 1, "reference": 1})
    assert flow(tree, "check", "small40", "--update").returncode == 0
    assert json.loads(limits.read_text()) == {"lc": {"limit": 2 * lc, "reference": lc}, "fmax_mhz_worst": {"limit": 1, "reference": clock}}


def test_results(tree):
    (tree / "docs/results").mkdir(parents=True)
    for board in BOARDS:
        flow(tree, "synth", board)
    flow(tree, "pnr", "small40")
    assert flow(tree, "results").returncode == 0
    table = json.loads((tree / "docs/results/boards.json").read_text())
    rows = {row[0]: dict(zip(table["columns"], row)) for row in table["rows"]}
    assert list(rows) == sorted(BOARDS)
    assert rows["small40"]["flip-flops"] == BITS and rows["small40"]["seeds"] == 1
    assert rows["small40"]["MHz, worst of seeds"] == report(tree, "small40")["fmax_mhz_worst"]
    assert rows["small5"]["MHz, worst of seeds"] is None and rows["small5"]["seeds"] == 0


def test_too_slow(tree):
    settings = dict(BOARDS["small40"], clock_mhz=2000)
    (tree / "constraints/small40/board.json").write_text(json.dumps(settings))
    flow(tree, "synth", "small40")
    assert flow(tree, "pnr", "small40").returncode == 0  # the report tells how far it is off
    result = flow(tree, "bitstream", "small40")
    assert result.returncode == 1 and "no seed meets 2000 MHz" in result.stdout
    assert not (tree / "build/small40/small40.bin").exists()


def test_does_not_fit(tree):
    (tree / "rtl/boards/small40.v").write_text(COUNTER.format(name="small40", top=5999))
    flow(tree, "synth", "small40")
    result = flow(tree, "pnr", "small40")
    assert result.returncode == 1 and "does not fit: ICESTORM_LC 6" in result.stdout and "of 5280" in result.stdout


@pytest.mark.parametrize("arguments, words", [
    (("synth", "nothing"), "there is no board 'nothing'; boards: small40, small5"),
    (("synth",), "which board?"),
    (("pnr", "small40", "--seeds", "0"), "--seeds must be at least 1"),
])
def test_wrong_usage(tree, arguments, words):
    result = flow(tree, *arguments)
    assert result.returncode == 2 and words in result.stdout


@pytest.mark.parametrize("step, words", [("pnr", "nothing is synthesised"), ("bitstream", "nothing is synthesised"), ("prog", "no bitstream"),
                                         ("check", "nothing is synthesised")])
def test_steps_in_order(tree, step, words):
    (tree / "constraints/small40/limits.json").write_text("{}")
    result = flow(tree, step, "small40")
    assert result.returncode == 1 and words in result.stdout and "Traceback" not in result.stdout


def test_missing_tool(tree):
    result = flow(tree, "synth", "small40", path=tree / "tools")
    assert result.returncode == 3 and "yosys is not installed (Debian package yosys)" in result.stdout


def test_no_board_plugged_in(tree):
    """iceprog of this test finds no device, as the real one without a board."""
    (tree / "build/small40").mkdir()
    (tree / "build/small40/small40.bin").write_bytes(b"x")
    program = tree / "tools/iceprog"
    program.write_text("#!/bin/sh\necho \"Can't find iCE FTDI USB device\" >&2\nexit 2\n")
    program.chmod(0o755)
    result = flow(tree, "prog", "small40", path=f"{tree / 'tools'}:/usr/bin:/bin")
    assert result.returncode == 3 and "is the board plugged in" in result.stdout


def test_endless_tool(tree):
    program = tree / "tools/nextpnr-ice40"
    program.write_text("#!/bin/sh\nexec sleep 100\n")
    program.chmod(0o755)
    flow(tree, "synth", "small40")
    result = flow(tree, "pnr", "small40", PATH=f"{tree / 'tools'}:{os.environ['PATH']}", TOOL_TIMEOUT_S="1")
    assert result.returncode == 1 and "did not end in 1 s" in result.stdout and "no seed was placed" in result.stdout


def test_endless_seed(tree):
    """The other seeds are placed; no worst clock is claimed; the bitstream is that of a seed that ended."""
    program = tree / "tools/nextpnr-ice40"
    program.write_text(f"""#!/bin/sh
case "$*" in *"--seed 1 "*) exec sleep 100;; esac
exec {shutil.which("nextpnr-ice40")} "$@"
""")
    program.chmod(0o755)
    flow(tree, "synth", "small40")
    result = flow(tree, "pnr", "small40", "--seeds", "2", PATH=f"{tree / 'tools'}:{os.environ['PATH']}", TOOL_TIMEOUT_S="9")
    assert result.returncode == 0 and "did not end in 9 s" in result.stdout and "unrouted" in result.stdout
    figures = report(tree, "small40")
    assert figures["fmax_mhz"]["1"] is None and figures["fmax_mhz"]["2"] > 12 and figures["fmax_mhz_worst"] is None
    assert "seed 2" in flow(tree, "bitstream", "small40").stdout


def test_broken_verilog(tree):
    (tree / "rtl/boards/small40.v").write_text("module small40(; endmodule\n")
    result = flow(tree, "synth", "small40")
    assert result.returncode == 1 and "synthesis failed" in result.stdout and "syntax error" in result.stdout
    assert not (tree / "build/small40/netlist.json").exists()
