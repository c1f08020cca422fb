#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes rtl/gen/registers.vh, driver/gen/tt_registers.h and docs/registers.md from driver/registers.rdl.

Usage: gen_registers.py [--check] [--root DIR]
       gen_registers.py --walk FILE --config NAME [--root DIR]
--check writes nothing and fails when a committed file differs from what would be written.
--walk writes the table from which the register test takes what it expects of configuration NAME.

The C header is written here and not by peakrdl-cheader, whose masks and structures do not compile under -Wpedantic
-Wconversion without casts; this one holds positions and widths only.
"""

import argparse
import pathlib
import sys
import tempfile

from peakrdl_markdown.exporter import MarkdownExporter
from systemrdl import RDLCompileError, RDLCompiler

import gen_configs

SOURCE = "driver/registers.rdl"
VERILOG = "rtl/gen/registers.vh"
C_HEADER = "driver/gen/tt_registers.h"
PAGE = "docs/registers.md"


def elaborate(root, config):
    """Returns the address map with the parameters of one hardware configuration."""
    compiler = RDLCompiler()
    compiler.compile_file(str(root / SOURCE))
    return compiler.elaborate(parameters={f"P_{name}": value for name, value in config.items()}).top


def field_name(register, field):
    """LIST_ADDR for the only field VALUE of register LIST_ADDR, STATUS_BUSY for others."""
    return register.inst_name if field.inst_name == "VALUE" else f"{register.inst_name}_{field.inst_name}"


def common_reset(field):
    """The reset value if it is the same in every configuration, else None."""
    return None if field.get_property("from_parameter") else field.get_property("reset")


def verilog(top):
    lines = [
        "// SPDX-License-Identifier: Apache-2.0",
        f"// Made by tools/gen_registers.py from {SOURCE}; edit that file. To be included inside a module.",
        "/* verilator lint_off UNUSEDPARAM */",
    ]
    for register in top.registers():
        lines.append(f"localparam [7:0] REG_{register.inst_name}_ADDR = 8'h{register.absolute_address:02X};")
        for field in register.fields():
            name = f"REG_{field_name(register, field)}"
            lines.append(f"localparam integer {name}_LSB = {field.lsb};")
            lines.append(f"localparam integer {name}_WIDTH = {field.width};")
            reset = common_reset(field)
            if reset is not None:
                lines.append(f"localparam [{field.width - 1}:0] {name}_RESET = {field.width}'h{reset:X};")
    lines.append("/* verilator lint_on UNUSEDPARAM */")
    return "\n".join(lines) + "\n"


C_FUNCTIONS = """\
/* A field is two arguments, tt_reg_get(word, TT_RF_STATUS_BUSY): lsb, width (1..32). */
static inline uint32_t tt_reg_get(uint32_t word, unsigned lsb, unsigned width) {
    return (word >> lsb) & (UINT32_MAX >> (32u - width));
}

/* Bits of value beyond the width are dropped. */
static inline uint32_t tt_reg_set(uint32_t word, unsigned lsb, unsigned width, uint32_t value) {
    const uint32_t mask = (UINT32_MAX >> (32u - width)) << lsb;
    return (word & ~mask) | ((value << lsb) & mask);
}
"""


def c_header(top):
    lines = [
        "/* SPDX-License-Identifier: Apache-2.0",
        f" * Made by tools/gen_registers.py from {SOURCE}; edit that file. */",
        "#ifndef TT_REGISTERS_H",
        "#define TT_REGISTERS_H",
        "",
        "#include <stdint.h>",
    ]
    for register in top.registers():
        lines += ["", f"#define TT_REG_{register.inst_name} 0x{register.absolute_address:02X}u"]
        for field in register.fields():
            name = field_name(register, field)
            lines.append(f"#define TT_RF_{name} {field.lsb}u, {field.width}u")
            reset = common_reset(field)
            if reset is not None:
                lines.append(f"#define TT_RESET_{name} 0x{reset:X}u")
    return "\n".join(lines) + "\n\n" + C_FUNCTIONS + "\n#endif\n"


def page(top):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "registers.md"
        MarkdownExporter().export(top, str(path), input_files=[SOURCE])
        text = path.read_text()
    lines = [line.rstrip() for line in text.splitlines()]
    return "<!-- SPDX-License-Identifier: Apache-2.0 -->\n" + "\n".join(lines).rstrip("\n") + "\n"


def access_of(register, field):
    """What the register test must see: CONST, LIVE (input of the module), RW, PULSE or W1C."""
    sw, onwrite = field.get_property("sw").name, field.get_property("onwrite")
    if sw == "w" and field.get_property("singlepulse"):
        return "PULSE"
    if sw == "r":
        return "LIVE" if field.is_hw_writable else "CONST"
    if sw == "rw" and onwrite is None:
        return "RW"
    if sw == "rw" and onwrite.name == "woclr":
        return "W1C"
    raise ValueError(f"{SOURCE}: {register.inst_name}.{field.inst_name}: the register test knows no such access")


def walk_table(top):
    lines = [f"// Made by tools/gen_registers.py from {SOURCE}", "// WALK(register, address, field, lsb, width, access, reset)"]
    for register in top.registers():
        for field in register.fields():
            reset = field.get_property("reset", default=0)
            lines.append(
                f'WALK("{register.inst_name}", 0x{register.absolute_address:02X}, "{field_name(register, field)}", '
                f"{field.lsb}, {field.width}, {access_of(register, field)}, 0x{reset:X}u)"
            )
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail when a committed file is out of date; write nothing")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--walk", type=pathlib.Path, help="write the table of the register test")
    parser.add_argument("--config", default="base", help="configuration whose sizes --walk expects")
    arguments = parser.parse_args()
    try:
        configs = gen_configs.load(arguments.root)
        if arguments.config not in configs:
            raise gen_configs.SourceError(f"no configuration is named {arguments.config}")
        top = elaborate(arguments.root, configs[arguments.config])
        if arguments.walk:
            arguments.walk.parent.mkdir(parents=True, exist_ok=True)
            arguments.walk.write_text(walk_table(top))
            return 0
        outputs = ((VERILOG, verilog(top)), (C_HEADER, c_header(top)), (PAGE, page(top)))
    except (gen_configs.SourceError, RDLCompileError, ValueError, OSError) as error:
        print(f"gen_registers: {error}", file=sys.stderr)
        return 1
    stale = 0
    for path, content in outputs:
        target = arguments.root / path
        if arguments.check:
            if not target.is_file() or target.read_bytes() != content.encode():
                print(f"gen_registers: {path} is not what {SOURCE} gives; run tools/gen_registers.py", file=sys.stderr)
                stale = 1
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode())
    return stale


if __name__ == "__main__":
    sys.exit(main())
