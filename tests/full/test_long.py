# SPDX-License-Identifier: Apache-2.0
"""What takes too long for `make test`: the demo's promise, the demo on both devices, twenty steps through a board, many more random programs."""
import json
import os
import random
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
TRITRAIN = os.environ.get("TRITRAIN", str(TOP / "build" / "tritrain"))
PROGRAMS = 20000

sys.path.insert(0, str(TOP / "tests/system"))
import board_link  # noqa: E402


def train(*options, config="configs/r1-demo.yaml"):
    command = [TRITRAIN, "train", config, "--json", *options]
    return json.loads(subprocess.run(command, cwd=TOP, check=True, stdout=subprocess.PIPE, text=True).stdout)


def test_demo_is_the_same_on_both_devices(tmp_path):
    end = {}
    for name in ("model", "sim"):
        end[name] = train("--device", f"{name}:base", "--set", f"output.checkpoint={tmp_path / name}")
    assert (tmp_path / "model").read_bytes() == (tmp_path / "sim").read_bytes()
    assert end["model"]["cycles"] == end["sim"]["cycles"]
    assert end["sim"]["test_accuracy"] >= 0.75 and end["sim"]["test_samples"] == 10000


def test_whole_steps_are_the_same_on_both_devices(tmp_path):
    """R1 with nothing but inputs and labels sent: fifty steps, one or seven at a time."""
    end = {}
    for name, replay in (("model", 1), ("model", 7), ("sim", 7)):
        end[name, replay] = train("--device", f"{name}:base", "--set", "train.max_steps=50", "--set", f"train.replay={replay}",
                                  "--set", "data.test_limit=200", "--set", f"output.checkpoint={tmp_path / name}-{replay}",
                                  config="configs/r1-hinge.yaml")
    first = (tmp_path / "model-1").read_bytes()
    assert first == (tmp_path / "model-7").read_bytes() and first == (tmp_path / "sim-7").read_bytes()
    assert end["model", 7]["cycles"] == end["sim", 7]["cycles"]


def test_whole_steps_learn():
    for seed in (1, 2, 3):
        assert train("--set", f"seed={seed}", config="configs/r1-hinge.yaml")["test_accuracy"] >= 0.805


def test_twenty_steps_through_a_board(tmp_path):
    board_link.build_board()
    board_link.same_as_model(tmp_path, 20)


def test_many_random_programs():
    seed = int(os.environ.get("SEED", random.SystemRandom().randrange(2**32)))
    command = [str(TOP / "build/fuzz/differential"), "--programs", str(PROGRAMS), "--seed", str(seed)]
    print(" ".join(command))
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True)
    print(result.stdout)
    assert result.returncode == 0 and "FAIL" not in result.stdout
