#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/roofline.md: what limits each product of a training step of R1, from `tritrain bench --by-product`.

Usage: roofline.py [--check]
--check writes nothing and fails when the page differs from what would be written.
"""
import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent
TRITRAIN = os.environ.get("TRITRAIN", str(TOP / "build" / "tritrain"))
PAGE = TOP / "docs" / "roofline.md"
BATCHES = (200, 256, 1024)
ACT_PLANES = (1, 2)

HEAD = """# What limits each product

Written by `tools/roofline.py` from `tritrain bench --by-product`; a test fails when it is out of date.

One training step of R1 (784-256-256-256-256-10, ternary weights, inputs and errors of three planes) on `base`, memory latency 30, as one
list: forward, the last product ending in the output's errors, then from the last layer on input gradient and weight gradient with update.

- *array*: cycles of the array, padding included: blocks x tiles x words x planes of A x planes of B.
- *read*, *written*: beats on the two channels of the memory, a cycle each at best, counted between the end of the product before and the end of
  this one. So what is loaded ahead, and instructions fetched ahead, count for the product before; operands that stream several times
  count as often.
- *finish*: blocks x the slower of the lanes (64 / LANES and the auxiliary beats, or a cycle to the next tile) and the write port (beats and 2).
- *cycles*: counted, from the end of the product before to the end of this one.
- *limit*: the largest of array, read and finish. What *cycles* is above it is what was not hidden: the first operands of the list, block rows of a
  panel that come late, a product that needs the whole of the one before.
"""


def bench(batch, act_planes):
    command = [TRITRAIN, "bench", "--batch", str(batch), "--act-planes", str(act_planes), "--device", "model:base", "--by-product", "--json"]
    return json.loads(subprocess.run(command, cwd=TOP, check=True, stdout=subprocess.PIPE, text=True).stdout)["products"]


def line(cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def table(batch, act_planes):
    products = bench(batch, act_planes)
    columns = ["product", "layer", "result", "depth", "planes", "array", "read", "written", "finish", "cycles", "array busy", "limit"]
    lines = [f"## Batch {batch}, activations of {act_planes} plane{'s' if act_planes > 1 else ''}", "", line(columns), line(["---"] * len(columns))]
    for p in products:
        lines.append(line([p["product"], p["layer"], f"{p['rows']} x {p['columns']}", p["depth"], f"{p['planes_a']} x {p['planes_b']}",
                           p["array"], p["read"], p["written"], p["finish"], p["cycles"], f"{100 * p['array'] / p['cycles']:.1f} %", p["limit"]]))
    total = {key: sum(p[key] for p in products) for key in ("array", "read", "written", "finish", "cycles")}
    lines.append(line(["step", "", "", "", "", *total.values(), f"{100 * total['array'] / total['cycles']:.1f} %", ""]))
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail when docs/roofline.md is out of date; write nothing")
    arguments = parser.parse_args()
    text = "\n".join([HEAD] + [table(batch, planes) for batch in BATCHES for planes in ACT_PLANES])
    if arguments.check:
        if not PAGE.exists() or PAGE.read_text() != text:
            print("docs/roofline.md is out of date: run `tools/roofline.py`", file=sys.stderr)
            return 1
        return 0
    PAGE.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
