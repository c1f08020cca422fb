# SPDX-License-Identifier: Apache-2.0
"""Area of every board against constraints/<board>/limits.json, from synthesis.

No board is placed here: whether a router ends depends on the seed (docs/boards.md, "Habits of the tools"), and no board meets its clock in all seeds yet.
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


@pytest.mark.timeout(TIMEOUT_S)
@pytest.mark.parametrize("board", ["hx8k", "icebreaker", "ulx3s"])
def test_synthesised(board):
    run("make", "--no-print-directory", "synth", f"BOARD={board}")
    run(sys.executable, "tools/board_flow.py", "check", board, "--synth-only")
