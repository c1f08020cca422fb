# SPDX-License-Identifier: Apache-2.0
"""The first steps of the demo: the simulated device and the C twin agree. What README.md and docs/architecture.md report and is exact is still so."""
import json
import os
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent
TRITRAIN = os.environ.get("TRITRAIN", str(TOP / "build" / "tritrain"))


@pytest.fixture(scope="module")
def ends(tmp_path_factory):
    """Summary and checkpoint of three steps and 128 test images on both devices."""
    folder = tmp_path_factory.mktemp("demo")
    result = {}
    for name in ("model", "sim"):
        command = [TRITRAIN, "train", "configs/r1-demo.yaml", "--json", "--device", f"{name}:base",
                   "--set", "train.max_steps=3", "--set", "data.test_limit=128", "--set", f"output.checkpoint={folder / name}"]
        text = subprocess.run(command, cwd=TOP, check=True, stdout=subprocess.PIPE, text=True).stdout
        result[name] = (json.loads(text), (folder / name).read_bytes())
    return result


def test_devices_agree(ends):
    (model, model_bytes), (sim, sim_bytes) = ends["model"], ends["sim"]
    assert model_bytes == sim_bytes
    assert model["cycles"] == sim["cycles"] > 0
    assert model["test_accuracy"] == sim["test_accuracy"]


def test_counted_figures(ends):
    rows = dict(json.loads((TOP / "docs/results/demo.json").read_text())["rows"])
    seen = ends["sim"][0]
    assert seen["cycles_per_step"] == int(rows["cycles per step"])
    assert f"{100 * seen['utilisation']:.1f} %" == rows["array utilisation"]
    assert seen["weight_bytes"] == int(rows["weight memory, bytes"])


def test_training_step():
    result = json.loads((TOP / "docs/results/training-step.json").read_text())
    names = {"activation planes": "act_planes", "ideal cycles": "ideal_cycles", "cycles": "cycles", "host bytes": "host_bytes"}
    for row in (dict(zip(result["columns"], row)) for row in result["rows"]):
        command = [TRITRAIN, "bench", "--json", "--steps", "1", "--batch", str(row["batch"]), "--act-planes", str(row["activation planes"])]
        seen = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        assert all(seen[names[column]] == row[column] for column in names)
