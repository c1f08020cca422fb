#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes rtl/gen/isa.vh and driver/gen/tt_isa.h from driver/isa.def.

Usage: gen_isa.py [--check] [--root DIR]
--check writes nothing and fails when a committed file differs from what would be written.
"""

import argparse
import pathlib
import re
import sys

SOURCE = "driver/isa.def"
VERILOG = "rtl/gen/isa.vh"
C_HEADER = "driver/gen/tt_isa.h"
WORD_BITS = 64
NAME = re.compile(r"[A-Z][A-Z0-9_]*\Z")
# Fields share bits only between kinds of instruction; a field without one of these prefixes is in every instruction.
KINDS = ("LOAD_", "EXEC_", "FIN_", "STATE_")


class SourceError(Exception):
    """The definition is wrong; the text says where and why."""


def number(text, where):
    if not text.isdigit():
        raise SourceError(f"{where}: '{text}' is not a number")
    return int(text)


def unique_name(name, taken, where):
    if not NAME.match(name):
        raise SourceError(f"{where}: '{name}' is not an upper-case name")
    if name in taken:
        raise SourceError(f"{where}: {name} is defined twice")


def parse(text):
    """Returns (words, [(opcode name, value)], [(field name, word, lsb, width)])."""
    words, ops, fields = None, [], []
    for line_number, line in enumerate(text.splitlines(), 1):
        where = f"{SOURCE}:{line_number}"
        parts = line.split("#", 1)[0].split()
        if not parts:
            continue
        if parts[0] == "WORDS" and len(parts) == 2:
            if words is not None:
                raise SourceError(f"{where}: WORDS is defined twice")
            words = number(parts[1], where)
        elif parts[0] == "OP" and len(parts) == 3:
            unique_name(parts[1], [op[0] for op in ops], where)
            value = number(parts[2], where)
            if value in [op[1] for op in ops]:
                raise SourceError(f"{where}: opcode {value} is defined twice")
            ops.append((parts[1], value))
        elif parts[0] == "FIELD" and len(parts) == 5:
            unique_name(parts[1], [field[0] for field in fields], where)
            fields.append((parts[1], *(number(part, where) for part in parts[2:])))
        else:
            raise SourceError(f"{where}: not understood: {line.strip()}")
    if words is None:
        raise SourceError(f"{SOURCE}: WORDS is missing")
    return words, ops, fields


def kind_of(name):
    return next((kind for kind in KINDS if name.startswith(kind)), "")


def check_layout(words, ops, fields):
    """Every field lies inside one word of the instruction, and no two fields of one instruction share a bit."""
    opcode = [field for field in fields if field[0] == "OPCODE"]
    if len(opcode) != 1:
        raise SourceError(f"{SOURCE}: field OPCODE is missing")
    for name, value in ops:
        if value >= 1 << opcode[0][3]:
            raise SourceError(f"{SOURCE}: opcode {name} = {value} does not fit field OPCODE")
    used = {}  # (kind, word, bit) -> name
    for name, word, lsb, width in sorted(fields, key=lambda field: kind_of(field[0])):
        if word >= words or width < 1 or lsb + width > WORD_BITS:
            raise SourceError(f"{SOURCE}: {name} lies outside of the instruction")
        for bit in range(lsb, lsb + width):
            for kind in {"", kind_of(name)}:
                if (kind, word, bit) in used:
                    raise SourceError(f"{SOURCE}: {name} overlaps {used[kind, word, bit]} in word {word} bit {bit}")
            used[kind_of(name), word, bit] = name


def verilog(words, ops, fields):
    lines = [
        "// SPDX-License-Identifier: Apache-2.0",
        f"// Made by tools/gen_isa.py from {SOURCE}; edit that file. To be included inside a module.",
        "/* verilator lint_off UNUSEDPARAM */",
        f"localparam integer ISA_WORDS = {words};",
    ]
    lines += [f"localparam [7:0] OP_{name} = 8'd{value};" for name, value in ops]
    for name, word, lsb, width in fields:
        lines.append(f"localparam integer ISA_{name}_AT = {word * WORD_BITS + lsb};  // bit of the instruction")
        lines.append(f"localparam integer ISA_{name}_W = {width};")
    lines.append("/* verilator lint_on UNUSEDPARAM */")
    return "\n".join(lines) + "\n"


C_FUNCTIONS = """\
/* A field is three arguments, tt_field_get(instr, TT_F_LOAD_ADDR): word, lsb, width (1..64). */
static inline uint64_t tt_field_get(const uint64_t *instr, unsigned word, unsigned lsb, unsigned width) {
    return (instr[word] >> lsb) & (UINT64_MAX >> (64u - width));
}

static inline int64_t tt_field_get_signed(const uint64_t *instr, unsigned word, unsigned lsb, unsigned width) {
    const uint64_t value = tt_field_get(instr, word, lsb, width);
    const uint64_t sign = UINT64_C(1) << (width - 1u);
    /* modulo 2^64, so that no intermediate leaves the type's range */
    return (value & sign) != 0u ? -(int64_t)(sign - (value & ~sign) - 1u) - 1 : (int64_t)value;
}

/* Bits of value beyond the width are dropped. */
static inline void tt_field_set(uint64_t *instr, unsigned word, unsigned lsb, unsigned width, uint64_t value) {
    const uint64_t mask = (UINT64_MAX >> (64u - width)) << lsb;
    instr[word] = (instr[word] & ~mask) | ((value << lsb) & mask);
}
"""


def c_header(words, ops, fields):
    column = max(len(name) for name, *_ in fields) + 1
    lines = [
        "/* SPDX-License-Identifier: Apache-2.0",
        f" * Made by tools/gen_isa.py from {SOURCE}; edit that file. */",
        "#ifndef TT_ISA_H",
        "#define TT_ISA_H",
        "",
        "#include <stdint.h>",
        "",
        f"#define TT_ISA_WORDS {words}u",
        "",
        "enum {",
        ",\n".join(f"    TT_OP_{name} = {value}" for name, value in ops),
        "};",
        "",
    ]
    lines += [f"#define TT_F_{name:<{column}}{word}u, {lsb}u, {width}u" for name, word, lsb, width in fields]
    return "\n".join(lines) + "\n\n" + C_FUNCTIONS + "\n#endif\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail when a committed file is out of date; write nothing")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    arguments = parser.parse_args()
    try:
        definition = parse((arguments.root / SOURCE).read_text())
        check_layout(*definition)
    except (SourceError, OSError) as error:
        print(f"gen_isa: {error}", file=sys.stderr)
        return 1
    stale = 0
    for path, content in ((VERILOG, verilog(*definition)), (C_HEADER, c_header(*definition))):
        target = arguments.root / path
        if arguments.check:
            if not target.is_file() or target.read_bytes() != content.encode():
                print(f"gen_isa: {path} is not what {SOURCE} gives; run tools/gen_isa.py", file=sys.stderr)
                stale = 1
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode())
    return stale


if __name__ == "__main__":
    sys.exit(main())
