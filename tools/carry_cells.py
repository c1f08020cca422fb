#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Connects the carry cells of a netlist as nextpnr wants them. Usage: carry_cells.py NETLIST.json (Yosys JSON, changed in place)

Carry chains start with one bit added to itself (popcount.v), which needs no carry from before.
iCE40: nextpnr's router may swap the two inputs of one net for ever; the chain then starts with bit + 0 + 1, the same carry on one input.
ECP5: nextpnr puts a cell of two LUT4 at each end of a chain whose last COUT or first CIN is connected, also where nobody reads it.
"""
import json
import sys
from pathlib import Path


def rewrite(netlist):
    for module in netlist["modules"].values():
        for cell in module["cells"].values():
            if cell["type"] == "SB_CARRY":
                carry_on_one_input(cell["connections"])
        trim_ecp5(module)


def carry_on_one_input(pins):
    """bit + bit + anything carries the bit: so does bit + 0 + 1."""
    if pins["I0"] == pins["I1"] and not isinstance(pins["CI"][0], int):
        pins["I1"], pins["CI"] = ["0"], ["1"]


def trim_ecp5(module):
    """Unused COUTs and meaningless CINs of CCU2C become unconnected. A constant CIN means nothing when the first half's sum is unused
    and its propagate is 0 for every input, as in bit + bit."""
    adders = [c for c in module["cells"].values() if c["type"] == "CCU2C"]
    if not adders:
        return
    used = {bit for port in module["ports"].values() if port["direction"] != "input" for bit in port["bits"]}
    for cell in module["cells"].values():
        for port, bits in cell["connections"].items():
            if cell["port_directions"][port] != "output":
                used.update(bits)
    for cell in adders:
        pins = cell["connections"]
        if pins["COUT"][0] not in used:
            pins["COUT"] = ["x"]
        sum_used = any(bit in used for bit in pins["S0"])
        if pins["CIN"][0] in ("0", "1") and not sum_used and never_propagates(cell):
            pins["CIN"] = ["x"]


def never_propagates(adder):
    """Whether the first LUT4 of a CCU2C is 0 for all values that its four inputs can have together."""
    table = int(adder["parameters"]["INIT0"], 2)
    inputs = [adder["connections"][name][0] for name in ("A0", "B0", "C0", "D0")]
    nets = sorted({net for net in inputs if not isinstance(net, str)})
    for values in range(1 << len(nets)):
        bits = [int(net != "0") if isinstance(net, str) else values >> nets.index(net) & 1 for net in inputs]
        if table >> sum(bit << i for i, bit in enumerate(bits)) & 1:
            return False
    return True


def rewrite_file(path):
    netlist = json.loads(path.read_text())
    rewrite(netlist)
    partial = path.with_name(path.name + ".rewritten")
    partial.write_text(json.dumps(netlist))
    partial.replace(path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    rewrite_file(Path(sys.argv[1]))
