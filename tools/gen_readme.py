#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Copies the measured results into README.md and docs/architecture.md.

Usage: gen_readme.py [--check] [--root DIR]
The text between `<!-- begin NAME -->` and `<!-- end NAME -->` becomes what docs/results/NAME.json says, or `not measured` when
there is no such file. A result holds `command`, then `columns` and `rows`, or `output` (text as it was printed).
--check writes nothing and fails when one of them differs from what would be written.
"""
import argparse
import json
import re
import sys
from pathlib import Path

BLOCK = re.compile(r"(<!-- begin (?P<name>[\w-]+) -->\n).*?(<!-- end (?P=name) -->)", re.S)
MISSING = "not measured"


def table(result):
    """Markdown of one result; a cell of null was not measured."""
    if "output" in result:
        return "```\n" + result["output"].rstrip("\n") + "\n```\n"
    lines = [f"`{result['command']}`", "", "| " + " | ".join(result["columns"]) + " |"]
    lines.append("| " + " | ".join("---" for _ in result["columns"]) + " |")
    for row in result["rows"]:
        if len(row) != len(result["columns"]):
            raise SystemExit(f"gen_readme: a row of {result['command']} has {len(row)} cells")
        lines.append("| " + " | ".join(MISSING if cell is None else str(cell) for cell in row) + " |")
    return "\n".join(lines) + "\n"


PAGES = ("README.md", "docs/architecture.md")


def render(root, page):
    def block(match):
        path = root / "docs" / "results" / f"{match['name']}.json"
        if path.exists():
            text = table(json.loads(path.read_text()))
        else:
            text = f"```\n{MISSING}\n```\n" if match["name"].endswith("-output") else f"{MISSING}\n"
        return match[1] + text + match[3]

    return BLOCK.sub(block, (root / page).read_text())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="fail when README.md is out of date; write nothing")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parent.parent)
    arguments = parser.parse_args()
    for page in PAGES:
        path = arguments.root / page
        text = render(arguments.root, page)
        if text == path.read_text():
            continue
        if arguments.check:
            print(f"{page} differs from docs/results: run `make generated`", file=sys.stderr)
            return 1
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
