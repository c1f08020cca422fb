# SPDX-License-Identifier: Apache-2.0
"""Netlists that take too long for `make test`: the gates of the larger boards, the check of the ECP5's cell models from the other side, and the
HX8K's bitstream, driven through its serial pins."""
import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent
NETLISTS = TOP / "build" / "netlist"
SIMULATION_END_S = 60


def make(*targets):
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    subprocess.run(["make", "--no-print-directory", *targets], cwd=TOP, env=env, check=True)


def passes(*command):
    """Whether a program names tests, all of which passed."""
    result = subprocess.run([str(c) for c in command], cwd=TOP, stdout=subprocess.PIPE, text=True)
    print(result.stdout)
    return result.returncode == 0 and "PASS" in result.stdout and "FAIL" not in result.stdout


@pytest.mark.parametrize("board", ["hx8k", "ulx3s", "plain-cells"])
def test_products_on_gates(board):
    program = f"build/netlist/{board}/netlist_products"
    make(program)
    assert passes(TOP / program, 8)


def test_training_step_on_gates_of_ulx3s():
    make("build/netlist/ulx3s/netlist_step")
    assert passes(NETLISTS / "ulx3s" / "netlist_step")


def test_products_on_the_bitstream_of_hx8k(tmp_path):
    make("bitstream", "BOARD=hx8k")
    make("build/netlist/hx8k-bitstream/board-sim", "build/netlist/board_products")
    tty = tmp_path / "tty"
    with subprocess.Popen([NETLISTS / "hx8k-bitstream" / "board-sim", "--link", tty], stdout=subprocess.PIPE, text=True) as board:
        try:
            assert board.stdout.readline().startswith("tty ")
            assert passes(NETLISTS / "board_products", 1, 20240607, f"serial:{tty}")
        finally:
            board.terminate()
            board.wait(SIMULATION_END_S)
