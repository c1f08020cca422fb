# SPDX-License-Identifier: Apache-2.0
"""Training through the simulated board: its serial line on a pseudo-terminal, the driver's back end `serial`, against `model`."""
import contextlib
import json
import os
import re
import signal
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
TRITRAIN = os.environ.get("TRITRAIN", str(TOP / "build" / "tritrain"))
BOARD_SIM = TOP / "build" / "board-sim"


def build_board():
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    subprocess.run(["make", "--no-print-directory", "build/board-sim"], cwd=TOP, env=env, check=True)


@contextlib.contextmanager
def board(*options):
    """Name of the pseudo-terminal behind which the board runs, and its process."""
    with subprocess.Popen([str(BOARD_SIM), *options], stdout=subprocess.PIPE, text=True) as process:
        try:
            yield re.match(r"tty (\S+)", process.stdout.readline())[1], process
        finally:
            process.send_signal(signal.SIGTERM)
        print(process.stdout.read())


def command(device, checkpoint, steps):
    return [TRITRAIN, "train", "configs/board-784-32-10.yaml", "--json", "--device", device,
            "--set", f"train.max_steps={steps}", "--set", "data.test_limit=32", "--set", f"output.checkpoint={checkpoint}"]


def train(device, checkpoint, steps):
    return json.loads(subprocess.run(command(device, checkpoint, steps), cwd=TOP, check=True, stdout=subprocess.PIPE, text=True).stdout)


def same_as_model(folder, steps, *faults):
    """Trains through the board and on the twin; both checkpoints must be equal."""
    with board(*faults) as (tty, _):
        through_board = train(f"serial:{tty}", folder / "board", steps)
    on_model = train("model:tiny,mem=128KiB", folder / "model", steps)
    assert (folder / "board").read_bytes() == (folder / "model").read_bytes()
    assert through_board["steps"] == on_model["steps"] == steps
    assert through_board["test_accuracy"] == on_model["test_accuracy"]
