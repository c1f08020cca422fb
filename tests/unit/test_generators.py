# SPDX-License-Identifier: Apache-2.0
"""The generators refuse wrong sources and notice stale files. They run on copies; the repository is only read."""

import pathlib
import shutil
import subprocess
import sys

import pytest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
GENERATORS = {
    "gen_isa.py": ("driver/isa.def", ("rtl/gen/isa.vh", "driver/gen/tt_isa.h")),
    "gen_configs.py": ("driver/configs.def", ("rtl/gen/configs.mk", "driver/gen/tt_configs.h")),
    "gen_registers.py": ("driver/registers.rdl", ("rtl/gen/registers.vh", "driver/gen/tt_registers.h", "docs/registers.md")),
}


def run(root, tool, *arguments):
    command = [sys.executable, str(TOP / "tools" / tool), "--root", str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path):
    """The sources and what is generated from them."""
    for source, outputs in GENERATORS.values():
        for path in (source, *outputs):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TOP / path, tmp_path / path)
    return tmp_path


def edit(root, path, old, new):
    text = (root / path).read_text()
    assert old in text
    (root / path).write_text(text.replace(old, new, 1))


@pytest.mark.parametrize("tool", GENERATORS)
def test_committed_files_are_fresh(tool):
    assert run(TOP, tool, "--check").returncode == 0


@pytest.mark.parametrize("tool", GENERATORS)
def test_stale_files_are_named_and_made_again(copy, tool):
    for path in GENERATORS[tool][1]:
        good = (copy / path).read_bytes()
        (copy / path).write_bytes(good + b"\n")
        result = run(copy, tool, "--check")
        assert result.returncode == 1 and path in result.stderr
        assert (copy / path).read_bytes() == good + b"\n"
        (copy / path).unlink()
        assert run(copy, tool, "--check").returncode == 1
        assert run(copy, tool).returncode == 0
        assert (copy / path).read_bytes() == good


@pytest.mark.parametrize(
    "line, text",
    [
        ("FIELD LOAD_NEW 1 31 1", "LOAD_NEW overlaps LOAD_ADDR in word 1 bit 31"),
        ("FIELD EXEC_NEW 0 7 1", "EXEC_NEW overlaps OPCODE in word 0 bit 7"),
        ("FIELD COMMON 8 0 1", "overlaps COMMON in word 8 bit 0"),
        ("FIELD LOAD_NEW 16 0 1", "LOAD_NEW lies outside of the instruction"),
        ("FIELD LOAD_NEW 10 60 5", "LOAD_NEW lies outside of the instruction"),
        ("FIELD LOAD_NEW 10 0 0", "LOAD_NEW lies outside of the instruction"),
        ("FIELD LOAD_ADDR 10 0 1", "LOAD_ADDR is defined twice"),
        ("FIELD LOAD_NEW 10 x 1", "'x' is not a number"),
        ("FIELD load_new 10 0 1", "'load_new' is not an upper-case name"),
        ("OP OTHER 1", "opcode 1 is defined twice"),
        ("OP OTHER 256", "opcode OTHER = 256 does not fit field OPCODE"),
        ("FEILD LOAD_NEW 10 0 1", "not understood: FEILD"),
    ],
)
def test_isa_refuses(copy, line, text):
    with open(copy / "driver/isa.def", "a") as source:
        source.write(line + "\n")
    before = (copy / "rtl/gen/isa.vh").read_bytes()
    result = run(copy, "gen_isa.py")
    assert result.returncode == 1 and text in result.stderr
    assert len(result.stderr.splitlines()) == 1
    assert (copy / "rtl/gen/isa.vh").read_bytes() == before


def test_isa_lets_opcodes_share_bits(copy):
    with open(copy / "driver/isa.def", "a") as source:
        source.write("FIELD EXEC_NEW 9 0 64\n")  # LOAD and FIN use that word
    assert run(copy, "gen_isa.py").returncode == 0


@pytest.mark.parametrize(
    "line, text",
    [
        ("CONFIG other 3 8 64 8 24 512 512 5 0 1", "M = 3 must be"),
        ("CONFIG other 8 8 64 6 24 512 512 5 0 1", "LANES = 6 must divide"),
        ("CONFIG other 8 8 64 1 24 512 512 5 0 1", "LANES = 1 must be even"),
        ("CONFIG other 8 8 64 16 24 0 512 5 0 1", "A_DEPTH = 0 must be"),
        ("CONFIG other 8 8 64 16 24 512 512 5 2 1", "COMPACT = 2 must be"),
        ("CONFIG other 8 8 64 16 24 512 512 5 0 0", "SCALE_FORM = 0 must be"),
        ("CONFIG base 8 8 64 16 24 512 512 5 0 1", "'base' is not a new"),
        ("CONFIG other 8 8 64", "not understood"),
    ],
)
def test_configs_refuse(copy, line, text):
    with open(copy / "driver/configs.def", "a") as source:
        source.write(line + "\n")
    result = run(copy, "gen_configs.py")
    assert result.returncode == 1 and text in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_registers_follow_their_source(copy):
    edit(copy, "driver/registers.rdl", "CYCLES_LO @ 0x40", "CYCLES_LO @ 0x3C")
    result = run(copy, "gen_registers.py", "--check")
    assert result.returncode == 1 and len(result.stderr.splitlines()) == 3
    assert run(copy, "gen_registers.py").returncode == 0
    assert "#define TT_REG_CYCLES_LO 0x3Cu" in (copy / "driver/gen/tt_registers.h").read_text()
    assert "REG_CYCLES_LO_ADDR = 8'h3C;" in (copy / "rtl/gen/registers.vh").read_text()


def test_registers_refuse_wrong_source(copy):
    edit(copy, "driver/registers.rdl", "CYCLES_LO @ 0x40", "CYCLES_LO @ 0x74")  # on top of ERROR
    assert run(copy, "gen_registers.py").returncode == 1
