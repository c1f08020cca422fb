# SPDX-License-Identifier: Apache-2.0
"""tritrain bench: the ideal cycles of R1, and counters that model and simulated device agree on."""
import json
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
TIMES = ("device", "samples_per_s", "sim_khz")


def bench(*arguments):
    command = [TOP / "build" / "tritrain", "bench", "--json", *map(str, arguments)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=300).stdout)


# Products of one step of 784-256-256-256-256-10 over 4096 a cycle, every plane of one operand with every plane of the other: inputs
# and errors have three.
@pytest.mark.parametrize(
    "act_planes, batch, ideal",
    [(1, 200, 185675), (1, 256, 237664), (1, 1024, 950656), (2, 200, 224575), (2, 256, 287456), (2, 1024, 1149824)],
)
def test_ideal_cycles(act_planes, batch, ideal):
    found = bench("--workload", "r1", "--batch", batch, "--act-planes", act_planes, "--device", "model:base", "--steps", 1)
    assert found["ideal_cycles"] == ideal
    assert found["utilisation"] == pytest.approx(ideal / found["cycles"])
    execute = found["execute_busy"] + found["execute_blocked"]
    assert found["execute_utilisation"] == pytest.approx(ideal / execute)
    assert found["utilisation"] < found["execute_utilisation"] < 1
    for stage in ("load", "execute", "finish"):
        assert sum(found[f"{stage}_{state}"] for state in ("busy", "starved", "blocked")) <= found["cycles"]


# What the array must reach, of the whole step and of the execute stage's time.
@pytest.mark.parametrize("act_planes", [1, 2])
@pytest.mark.parametrize("batch, step, execute", [(200, 0.75, 0), (256, 0.88, 0.93), (1024, 0.88, 0.93)])
def test_array_is_kept_busy(batch, act_planes, step, execute):
    found = bench("--batch", batch, "--act-planes", act_planes, "--device", "model:base", "--steps", 1)
    assert found["utilisation"] >= step and found["execute_utilisation"] >= execute


def blocks(elements):
    return -(-elements // 8)


# A block of a plane is 16 bytes; inputs have three planes, labels two.
@pytest.mark.parametrize("batch", [200, 256, 1024])
@pytest.mark.parametrize("replay", [1, 3])
def test_host_sends_inputs_and_labels(batch, replay):
    found = bench("--batch", batch, "--steps", 3, "--set", f"train.replay={replay}")
    assert found["host_bytes"] == 16 * blocks(batch) * (3 * blocks(784) + 2 * blocks(10))


def test_every_step_costs_the_same():
    one, three = (bench("--batch", 24, "--steps", n) for n in (1, 3))
    assert {k: v for k, v in one.items() if k not in TIMES + ("steps",)} == {
        k: v for k, v in three.items() if k not in TIMES + ("steps",)
    }


@pytest.mark.parametrize("replay", [1, 2])
def test_model_and_simulation_count_the_same(replay):
    options = ("--batch", 8, "--steps", replay, "--set", f"train.replay={replay}")
    model, sim = (bench(*options, "--device", f"{name}:base") for name in ("model", "sim"))
    assert sim["device"] == "sim:base" and sim["sim_khz"] > 0 and sim["samples_per_s"] > 0
    assert {k: v for k, v in model.items() if k not in TIMES} == {k: v for k, v in sim.items() if k not in TIMES}


@pytest.mark.parametrize("wrong", [["--workload", "r2"], ["--steps", "0"], ["--batch", "x"], ["extra"]])
def test_wrong_usage(wrong):
    result = subprocess.run([TOP / "build" / "tritrain", "bench", *wrong], capture_output=True, text=True)
    assert result.returncode == 2 and result.stderr.startswith("tritrain: ") and result.stdout == ""
