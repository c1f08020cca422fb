#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An iCE40 bitstream back in Verilog: what iceunpack and icebox_vlog read out of it, in a form that Verilator takes.

Usage: bitstream_verilog.py BITSTREAM.bin --top NAME --pcf PINS.pcf --package ct256 --out FILE.v
FILE.v holds the module NAME with the ports of the board's top, vectors included, around NAME_bits with one port per pin.
Exit status: 0; 1 a tool failed or said what this program does not understand; 2 wrong usage.
"""
import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# icebox_vlog names an unused pin of the package io_X_Y_Z; such ports, if any, stay unconnected.
PORT = re.compile(r"(input|output|inout)\s+(\\\S+\s|\w+)")
BIT = re.compile(r"\\?(\w+)\[(\d+)\]$")


class Problem(Exception):
    """What went wrong, for the user."""


def run(command):
    if shutil.which(command[0]) is None:
        raise Problem(f"{command[0]} is not installed (Debian package fpga-icestorm)")
    result = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if result.returncode != 0:
        raise Problem(f"{' '.join(map(str, command))}: exit status {result.returncode}\n{result.stderr.strip()}")
    return result.stdout


def split_header(text, module):
    """The ports, (direction, name), and what follows the header."""
    found = re.search(rf"^module {module} \((.*?)\);\n", text, re.M | re.S)
    if not found:
        raise Problem("icebox_vlog made no module header")
    ports = [(direction, name.strip()) for direction, name in PORT.findall(found[1])]
    if not ports or len(ports) != found[1].count(",") + 1:
        raise Problem(f"ports of icebox_vlog that are not understood: {found[1]}")
    return ports, text[found.end():]


def pins_module(ports, body, module):
    """The header in the old style, which allows the declarations of ports as wire or reg that icebox_vlog writes."""
    names = ", ".join(f"{name} " for _, name in ports)
    declarations = "\n".join(f"{direction} {name} ;" for direction, name in ports)
    return f"module {module} ({names});\n{declarations}\n{body}"


def top_module(ports, top, module):
    """The ports as the board's top has them: a[0], a[1]... become the vector a."""
    vectors = {}
    for direction, name in ports:
        bit = BIT.match(name)
        base, index = (bit[1], int(bit[2])) if bit else (name, None)
        known = vectors.setdefault(base, (direction, []))
        if known[0] != direction:
            raise Problem(f"port {base} has bits of both directions")
        known[1].append((index, name))
    lines = []
    for base, (direction, bits) in vectors.items():
        if bits[0][0] is None:
            lines.append(f"    {direction} wire {base}")
        else:
            lines.append(f"    {direction} wire [{max(i for i, _ in bits)}:0] {base}")
    pins = [f"        .{name} ({base}{'' if index is None else f'[{index}]'})"
            for base, (_, bits) in vectors.items() for index, name in bits]
    return f"module {top} (\n" + ",\n".join(lines) + f"\n);\n    {module} u_pins (\n" + ",\n".join(pins) + "\n    );\nendmodule\n"


def convert(bitstream, top, pcf, package):
    module = f"{top}_bits"
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "bitstream.asc"
        run(["iceunpack", str(bitstream), str(text)])
        verilog = run(["icebox_vlog", "-s", "-n", module, "-d", package, "-p", str(pcf), str(text)])
    ports, body = split_header(verilog, module)
    return (f"// Made by tools/bitstream_verilog.py from {bitstream.name}.\n"
            + pins_module(ports, body, module) + "\n" + top_module(ports, top, module))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bitstream", type=Path)
    parser.add_argument("--top", required=True)
    parser.add_argument("--pcf", type=Path, required=True)
    parser.add_argument("--package", required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    try:
        options.out.write_text(convert(options.bitstream, options.top, options.pcf, options.package))
    except (Problem, OSError) as problem:
        print(f"bitstream_verilog: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
