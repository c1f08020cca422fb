# SPDX-License-Identifier: Apache-2.0
"""tritrain bench --by-product and the page that is made of it."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[2]
TRITRAIN = TOP / "build" / "tritrain"


def test_page_is_fresh():
    subprocess.run([sys.executable, TOP / "tools" / "roofline.py", "--check"], check=True, timeout=300)


# Cycles, and the array's among them, are those of `bench`; nothing is faster than what limits it.
@pytest.mark.parametrize("batch", [24, 256])
def test_products_add_up(batch):
    def bench(*arguments):
        command = [TRITRAIN, "bench", "--batch", str(batch), "--steps", "1", "--json", *arguments]
        return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=300).stdout)

    products = bench("--by-product")["products"]
    step = bench()
    assert sum(p["array"] for p in products) == step["execute_busy"]
    assert sum(p["cycles"] for p in products) == step["cycles"]
    assert sum(p["cycles"] for p in products) > sum(max(p["array"], p["finish"]) for p in products)


def test_unknown_device():
    result = subprocess.run([TRITRAIN, "bench", "--by-product", "--device", "serial:/dev/null"], capture_output=True, text=True)
    assert result.returncode == 2 and result.stderr.startswith("tritrain: ") and result.stdout == ""
