#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes driver/gen/tt_configs.h and rtl/gen/configs.mk from driver/configs.def.

Usage: gen_configs.py [--check] [--root DIR]
--check writes nothing and fails when a committed file differs from what would be written.
"""

import argparse
import pathlib
import re
import sys

SOURCE = "driver/configs.def"
C_HEADER = "driver/gen/tt_configs.h"
MAKE = "rtl/gen/configs.mk"
PARAMETERS = ("M", "N", "K", "LANES", "W_ACC", "A_DEPTH", "B_DEPTH", "PLANES_MAX", "COMPACT", "SCALE_FORM")


class SourceError(Exception):
    """The definition is wrong; the text says where and why."""


def check_values(values, where):
    """The limits of tt_config_t, so that a configuration that cannot work is refused here and not in synthesis."""
    rules = (
        ("M", values["M"] in (1, 2, 4, 8), "must be 1, 2, 4 or 8"),
        ("N", values["N"] in (1, 2, 4, 8), "must be 1, 2, 4 or 8"),
        ("K", values["K"] in (8, 16, 32, 64), "must be 8, 16, 32 or 64"),
        ("LANES", values["LANES"] % 2 == 0 and values["LANES"] > 0, "must be even"),
        ("LANES", values["LANES"] and values["M"] * values["N"] % values["LANES"] == 0, "must divide M * N"),
        ("W_ACC", 16 <= values["W_ACC"] <= 32, "must be 16..32"),
        ("A_DEPTH", 0 < values["A_DEPTH"] < 1 << 16, "must be 1..65535"),
        ("B_DEPTH", 0 < values["B_DEPTH"] < 1 << 16, "must be 1..65535"),
        ("PLANES_MAX", 1 <= values["PLANES_MAX"] <= 5, "must be 1..5"),
        ("COMPACT", values["COMPACT"] in (0, 1), "must be 0 or 1"),
        ("SCALE_FORM", values["SCALE_FORM"] in ((0, 1, 2) if values["COMPACT"] else (1,)), "must be 0, 1 or 2, and 1 unless compact"),
    )
    for name, holds, text in rules:
        if not holds:
            raise SourceError(f"{where}: {name} = {values[name]} {text}")


def parse(text):
    """Returns {configuration name: {parameter: value}}."""
    configs, names = {}, None
    for line_number, line in enumerate(text.splitlines(), 1):
        where = f"{SOURCE}:{line_number}"
        parts = line.split("#", 1)[0].split()
        if not parts:
            continue
        if parts[0] == "PARAMETERS" and sorted(parts[1:]) == sorted(PARAMETERS):
            names = parts[1:]
        elif parts[0] == "CONFIG" and names and len(parts) == 2 + len(names) and all(p.isdigit() for p in parts[2:]):
            if not re.match(r"[a-z][a-z0-9_]*\Z", parts[1]) or parts[1] in configs:
                raise SourceError(f"{where}: '{parts[1]}' is not a new lower-case name")
            configs[parts[1]] = dict(zip(names, map(int, parts[2:])))
            check_values(configs[parts[1]], where)
        else:
            raise SourceError(f"{where}: not understood: {line.strip()}")
    if not configs:
        raise SourceError(f"{SOURCE}: no configuration")
    return configs


def load(root):
    return parse((root / SOURCE).read_text())


def c_header(configs):
    fields = ", ".join(name.lower() for name in PARAMETERS)
    rows = [f"X({name}, " + ", ".join(f"{values[p]}u" for p in PARAMETERS) + ")" for name, values in configs.items()]
    lines = [
        "/* SPDX-License-Identifier: Apache-2.0",
        f" * Made by tools/gen_configs.py from {SOURCE}; edit that file. */",
        "#ifndef TT_CONFIGS_H",
        "#define TT_CONFIGS_H",
        "",
        f"/* X(name, {fields}) */",
        "#define TT_CONFIGS(X) \\\n    " + " \\\n    ".join(rows),
        "",
        "#endif",
    ]
    return "\n".join(lines) + "\n"


def make_include(configs):
    lines = [
        "# SPDX-License-Identifier: Apache-2.0",
        f"# Made by tools/gen_configs.py from {SOURCE}; edit that file.",
        "# Verilator: $(addprefix -G,$(CONFIG_base)); Icarus: $(addprefix -PTOP.,$(CONFIG_base)).",
        "CONFIGS := " + " ".join(configs),
    ]
    for name, values in configs.items():
        lines.append(f"CONFIG_{name} := " + " ".join(f"{p}={values[p]}" for p in PARAMETERS))
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail when a committed file is out of date; write nothing")
    parser.add_argument("--root", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent)
    arguments = parser.parse_args()
    try:
        configs = load(arguments.root)
    except (SourceError, OSError) as error:
        print(f"gen_configs: {error}", file=sys.stderr)
        return 1
    stale = 0
    for path, content in ((C_HEADER, c_header(configs)), (MAKE, make_include(configs))):
        target = arguments.root / path
        if arguments.check:
            if not target.is_file() or target.read_bytes() != content.encode():
                print(f"gen_configs: {path} is not what {SOURCE} gives; run tools/gen_configs.py", file=sys.stderr)
                stale = 1
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content.encode())
    return stale


if __name__ == "__main__":
    sys.exit(main())
