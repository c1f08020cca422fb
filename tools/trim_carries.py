#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Takes needless connections off the carry cells of an ECP5 netlist. Usage: trim_carries.py NETLIST.json (Yosys JSON, changed in place)

nextpnr-ecp5 puts a cell of two LUT4 at each end of a carry chain whose last COUT or first CIN is connected, also where nobody reads it.
"""
import json
import sys
from pathlib import Path


def trim(netlist):
    """Unused COUTs and meaningless CINs of CCU2C become unconnected: for each nextpnr would add a cell of two LUT4 at the chain's end.
    A constant CIN means nothing when the first half's sum is unused and its propagate is 0 for every input (popcount.v: bit + bit)."""
    for module in netlist["modules"].values():
        adders = [c for c in module["cells"].values() if c["type"] == "CCU2C"]
        if not adders:
            continue
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


def trim_file(path):
    netlist = json.loads(path.read_text())
    trim(netlist)
    partial = path.with_name(path.name + ".trimmed")
    partial.write_text(json.dumps(netlist))
    partial.replace(path)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__.splitlines()[0])
    trim_file(Path(sys.argv[1]))
