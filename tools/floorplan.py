#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Gives block RAMs of an ECP5 netlist their places. Usage: floorplan.py NETLIST.json FLOORPLAN.json (Yosys JSON, changed in place)

A floorplan is a list of {"cells": NAME, "at": [[X, Y], ...]}: NAME with {g} and {p} is cell number p (0 to 3) of group number g, and group g takes
the four block RAMs that lie side by side from column X on in row Y. nextpnr's placer brings cells together that talk to each other, but knows no
groups: without this the RAMs of one address register lie all over the device, and the wires to them take what the array needs.
"""
import json
import sys
from pathlib import Path

RAMS = 4            # side by side, two columns each


def places(plan):
    """Name of each cell: its BEL."""
    return {entry["cells"].format(g=g, p=p): f"X{x + 2 * p}/Y{y}/EBR{p}" for entry in plan for g, (x, y) in enumerate(entry["at"]) for p in range(RAMS)}


def apply(netlist, plan):
    """Raises KeyError with the name of a cell that is not in the netlist."""
    bels = places(plan)
    if len(set(bels.values())) != len(bels):
        raise ValueError("two cells have one place")
    for module in netlist["modules"].values():
        for name in bels.keys() & module["cells"].keys():
            module["cells"][name]["attributes"]["BEL"] = bels.pop(name)
    if bels:
        raise KeyError(min(bels))


def apply_file(path, plan_path):
    netlist = json.loads(path.read_text())
    apply(netlist, json.loads(plan_path.read_text()))
    partial = path.with_name(path.name + ".placed")
    partial.write_text(json.dumps(netlist))
    partial.replace(path)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__.splitlines()[0])
    apply_file(Path(sys.argv[1]), Path(sys.argv[2]))
