#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures what README.md reports and writes it to docs/results/; tools/gen_readme.py copies it from there.

Usage: measure.py demo | step | training [--only TEXT] [--seeds 1,2,3]
demo runs `make demo` once, on the simulated device. step counts one training step of R1 on the device `model`. training runs the comparison of update rules on the device `model`, every row
with every seed; --only measures the rows anew whose label contains TEXT, and keeps the others. The file is written after each row.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
TRITRAIN = "build/tritrain"
RESULTS = TOP / "docs" / "results"

# Label, configuration, settings that differ from it.
TRAINING = (
    ("integer, SR, fused on the device", "configs/r1-sr.yaml", ()),
    ("integer, SR, whole step on the device", "configs/r1-hinge.yaml", ()),
    ("integer, BC, masters on the host", "configs/r1-bc.yaml", ()),
    ("Adam and batch-norm, all float", "configs/r1-adam-float.yaml", ()),
    ("Adam and batch-norm, BC", "configs/r1-adam-bc.yaml", ()),
    ("Adam and batch-norm, SR", "configs/r1-adam-sr.yaml", ()),
    *(
        (f"Adam and batch-norm, R, rate {rate}", "configs/r1-adam-r.yaml", (f"train.rate={rate}",))
        for rate in ("0.001", "0.003", "0.01", "0.03")
    ),
)
STEP_COLUMNS = ["activation planes", "batch", "ideal cycles", "cycles", "utilisation %", "of the execute stage %", "host bytes"]
TRAINING_COLUMNS = ["recipe", "test accuracy %, mean", "lowest", "highest", "seeds", "command"]


def save(name, result):
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1) + "\n")


def measure_demo():
    """The last lines that `make demo` prints, as they are, and the same figures as a table."""
    command = ["make", "--no-print-directory", "demo"]
    start = time.monotonic()
    text = subprocess.run(command, cwd=TOP, check=True, stdout=subprocess.PIPE, text=True).stdout
    seconds = time.monotonic() - start
    table = text.rstrip("\n").rpartition("\n\n")[2]
    save("demo-output", {"command": "make demo", "output": table})
    rows = [re.split(r"\s{2,}", line.strip(), maxsplit=1) for line in table.splitlines()]
    rows = [row for row in rows if len(row) == 2] + [[f"wall time on {os.cpu_count()} cores", f"{seconds:.0f} s"]]
    save("demo", {"command": "make demo", "columns": ["figure", "measured"], "rows": rows})


def measure_step():
    rows = []
    for planes in (1, 2):
        for batch in (200, 256, 1024):
            command = [TRITRAIN, "bench", "--json", "--batch", str(batch), "--act-planes", str(planes), "--device", "model:base", "--steps", "1"]
            found = json.loads(subprocess.run(command, cwd=TOP, check=True, stdout=subprocess.PIPE, text=True).stdout)
            shares = [f"{100 * found[name]:.1f}" for name in ("utilisation", "execute_utilisation")]
            rows.append([planes, batch, found["ideal_cycles"], found["cycles"], *shares, found["host_bytes"]])
    save("training-step", {"command": "tools/measure.py step", "columns": STEP_COLUMNS, "rows": rows})


def accuracy(config, settings, seed):
    command = [TRITRAIN, "train", config, "--json", "--device", "model:base", "--set", f"seed={seed}",
               "--set", "output.checkpoint=", "--set", "output.log="]
    for setting in settings:
        command += ["--set", setting]
    text = subprocess.run(command, cwd=TOP, check=True, stdout=subprocess.PIPE, text=True).stdout
    return 100 * json.loads(text)["test_accuracy"]


def measure_training(only, seeds):
    path = RESULTS / "training.json"
    old = {row[0]: row for row in json.loads(path.read_text())["rows"]} if path.exists() else {}
    rows = {label: old.get(label, [label, None, None, None, None, None]) for label, _, _ in TRAINING}
    for label, config, settings in TRAINING:
        if only not in label:
            continue
        values = [accuracy(config, settings, seed) for seed in seeds]
        command = " ".join([f"`{TRITRAIN} train {config}", *(f"--set {s}" for s in settings), "--set seed=N`"])
        figures = [f"{f(values):.2f}" for f in (statistics.mean, min, max)]
        rows[label] = [label, *figures, ", ".join(map(str, seeds)), command]
        print(f"{label}: {' '.join(f'{v:.2f}' for v in values)}", flush=True)
        save("training", {"command": "tools/measure.py training", "columns": TRAINING_COLUMNS, "rows": list(rows.values())})


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["demo", "step", "training"])
    parser.add_argument("--only", default="", help="rows whose label contains this text")
    parser.add_argument("--seeds", default="1,2,3")
    arguments = parser.parse_args()
    if arguments.what == "demo":
        measure_demo()
    elif arguments.what == "step":
        measure_step()
    else:
        measure_training(arguments.only, [int(seed) for seed in arguments.seeds.split(",")])
    subprocess.run([sys.executable, str(TOP / "tools" / "gen_readme.py")], check=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
