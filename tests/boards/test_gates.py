# SPDX-License-Identifier: Apache-2.0
"""Area and clock of the boards against constraints/<board>/limits.json: the iCE40 boards placed and routed with one seed, the ECP5 synthesised."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent
ROUTER_S = 600      # a router that never ends fails here, and does not hold up the tests
TIMEOUT_S = 900


def run(*command):
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    result = subprocess.run(command, cwd=TOP, env=dict(env, TOOL_TIMEOUT_S=str(ROUTER_S)), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert result.returncode == 0, result.stdout


@pytest.mark.timeout(TIMEOUT_S)
@pytest.mark.parametrize("board", ["hx8k", "icebreaker"])
def test_placed_and_routed(board):
    run("make", "--no-print-directory", "board-check", f"BOARD={board}", "SEEDS=1")


@pytest.mark.timeout(TIMEOUT_S)
def test_synthesised():
    run("make", "--no-print-directory", "synth", "BOARD=ulx3s")
    run(sys.executable, "tools/board_flow.py", "check", "ulx3s", "--synth-only")
