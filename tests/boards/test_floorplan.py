# SPDX-License-Identifier: Apache-2.0
"""tools/floorplan.py: places of block RAMs, and plans that do not fit. That nextpnr takes such a place: the log of `make pnr BOARD=ulx3s`."""
import json
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent
TOOL = TOP / "tools/floorplan.py"
sys.path.insert(0, str(TOP / "tools"))
import floorplan  # noqa: E402


def netlist(groups, parts=4):
    cells = {f"ram[{g}].part[{p}].mem": {"type": "DP16KD", "attributes": {"src": "x"}} for g in range(groups) for p in range(parts)}
    return {"modules": {"top": {"cells": {**cells, "other": {"type": "LUT4", "attributes": {}}}}}}


PLAN = [{"cells": "ram[{g}].part[{p}].mem", "at": [[4, 22], [13, 46]]}]


def test_places(tmp_path):
    path, plan = tmp_path / "netlist.json", tmp_path / "floorplan.json"
    path.write_text(json.dumps(netlist(2)))
    plan.write_text(json.dumps(PLAN))
    subprocess.run([sys.executable, TOOL, path, plan], check=True)
    cells = json.loads(path.read_text())["modules"]["top"]["cells"]
    assert cells["ram[0].part[3].mem"]["attributes"] == {"src": "x", "BEL": "X10/Y22/EBR3"}
    assert cells["ram[1].part[0].mem"]["attributes"]["BEL"] == "X13/Y46/EBR0"
    assert cells["other"]["attributes"] == {}


@pytest.mark.parametrize("change, error, text", [
    (lambda n, p: n["modules"]["top"]["cells"].pop("ram[1].part[2].mem"), KeyError, r"ram\[1\].part\[2\].mem"),
    (lambda n, p: p[0]["at"].append([22, 46]), KeyError, r"ram\[2\].part\[0\].mem"),
    (lambda n, p: p[0].update(at=[[4, 22], [4, 22]]), ValueError, "one place"),
])
def test_a_plan_that_does_not_fit(change, error, text):
    design, plan = netlist(2), json.loads(json.dumps(PLAN))
    change(design, plan)
    with pytest.raises(error, match=text):
        floorplan.apply(design, plan)


def test_no_two_boards_rams_share_a_place():
    for path in sorted((TOP / "constraints").glob("*/floorplan.json")):
        bels = floorplan.places(json.loads(path.read_text()))
        assert bels and len(set(bels.values())) == len(bels)
