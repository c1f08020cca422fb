# SPDX-License-Identifier: Apache-2.0
"""What README.md reports of the demo and is exact, is still so: counted cycles and memory, from the first steps on the C twin."""
import json
import os
import subprocess
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
TRITRAIN = os.environ.get("TRITRAIN", str(TOP / "build" / "tritrain"))


def test_counted_figures_of_the_demo():
    rows = dict(json.loads((TOP / "docs/results/demo.json").read_text())["rows"])
    command = [TRITRAIN, "train", "configs/r1-demo.yaml", "--json", "--device", "model:base", "--set", "train.max_steps=2",
               "--set", "data.test_limit=128"]
    seen = json.loads(subprocess.run(command, cwd=TOP, check=True, stdout=subprocess.PIPE, text=True).stdout)
    assert seen["cycles_per_step"] == int(rows["cycles per step"])
    assert f"{100 * seen['utilisation']:.1f} %" == rows["array utilisation"]
    assert seen["weight_bytes"] == int(rows["weight memory, bytes"])
