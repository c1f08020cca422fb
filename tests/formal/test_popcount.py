# SPDX-License-Identifier: Apache-2.0
"""The adder tree of rtl/array/popcount.v, which synthesis sees, equals $countones, which Verilator sees.

Both are functions of the bits, and $countones is the one that is 0 for no ones and grows by one with every bit set
(IEEE 1800). For each bit, SAT proves over all words that setting it adds one in the tree: induction over the ones.
"""
import re
import subprocess
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
TREE = TOP / "rtl" / "array" / "popcount.v"
STEP = TOP / "tests" / "formal" / "popcount_step.v"


def prove(tree: Path, n_bits: int) -> subprocess.CompletedProcess:
    script = [f"read_verilog {tree} {STEP}", "design -save start"]
    for bit in range(n_bits):
        script += [
            "design -load start",
            f"chparam -set N_BITS {n_bits} -set BIT {bit} popcount_step",
            "hierarchy -check -top popcount_step",
            "proc; flatten; opt_expr; opt_merge -share_all; opt_clean",
            "sat -verify -prove holds_o 1",
        ]
    return subprocess.run(["yosys", "-q", "-"], input="\n".join(script), capture_output=True, text=True)


@pytest.mark.parametrize("n_bits", [1, 2, 3, 4, 5, 8, 16, 32, 64])
def test_tree_counts_ones(n_bits):
    result = prove(TREE, n_bits)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("good, bad", [("right_bit = {{", "right_bit = ~{{"), ("both | (odd", "both ^ (~odd")])
def test_proof_finds_a_wrong_tree(tmp_path, good, bad):
    text = TREE.read_text()
    assert text.count(good) == 1
    wrong = tmp_path / "popcount.v"
    wrong.write_text(text.replace(good, bad))
    result = prove(wrong, 8)
    assert result.returncode != 0
    assert re.search("proof did fail|Called with -verify", result.stdout + result.stderr)
