# SPDX-License-Identifier: Apache-2.0
"""Area of every board against constraints/<board>/limits.json, from synthesis.

No board is placed here: `tiny` does not fit the icebreaker yet, and the clocks of the other boards are not met or not known (README, "Boards").
"""
import os
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent
TIMEOUT_S = 900


def run(*command):
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    result = subprocess.run(command, cwd=TOP, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert result.returncode == 0, result.stdout


def flow(*arguments):
    run(sys.executable, "tools/board_flow.py", *arguments)


def synthesise(board):
    run("make", "--no-print-directory", "synth", f"BOARD={board}")


@pytest.mark.timeout(TIMEOUT_S)
@pytest.mark.parametrize("board", ["hx8k", "icebreaker", "ulx3s"])
def test_synthesised(board):
    synthesise(board)
    flow("check", board, "--synth-only")
