# SPDX-License-Identifier: Apache-2.0
"""Whole steps on the device, one or three at a time: the same bytes on the C twin and the simulated device, the same cycles."""
import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent
TRITRAIN = os.environ.get("TRITRAIN", str(TOP / "build" / "tritrain"))


def command(device, checkpoint, *settings):
    result = [TRITRAIN, "train", "configs/tiny.yaml", "--json", "--device", device]
    for setting in ("train.loss=hinge", "data.test_limit=50", f"output.checkpoint={checkpoint}", *settings):
        result += ["--set", setting]
    return result


def train(*arguments):
    text = subprocess.run(command(*arguments), cwd=TOP, check=True, stdout=subprocess.PIPE, text=True, timeout=300).stdout
    return json.loads(text)


@pytest.mark.parametrize("config", ["base", "tiny"])
def test_devices_and_groups_agree(config, tmp_path):
    saved, cycles = {}, {}
    for replay in (1, 3):
        for name in ("model", "sim"):
            end = train(f"{name}:{config}", tmp_path / name, "train.max_steps=5", f"train.replay={replay}", "network.input_planes=2")
            saved[name, replay] = (tmp_path / name).read_bytes()
            cycles[name, replay] = end["cycles"]
            assert end["steps"] == 5
    assert len(set(saved.values())) == 1
    assert all(cycles["model", replay] == cycles["sim", replay] for replay in (1, 3))


def test_interrupted_between_groups(tmp_path):
    """A run that is stopped, wherever that is, goes on as if it had not been."""
    endless = ("train.epochs=1000000", "train.replay=7", "output.log_steps=1000", "output.eval_epochs=1000000")
    with subprocess.Popen(command("model:base", tmp_path / "cut", *endless), cwd=TOP, stdout=subprocess.PIPE, text=True) as program:
        time.sleep(1)
        program.send_signal(signal.SIGINT)
        end = json.loads(program.communicate(timeout=60)[0])
        assert program.returncode == 130
    more = (*endless, f"train.max_steps={end['step'] + 11}")
    subprocess.run([*command("model:base", tmp_path / "cut", *more), "--resume", tmp_path / "cut"], cwd=TOP, check=True, stdout=subprocess.DEVNULL)
    train("model:base", tmp_path / "whole", *more[:1], *more[2:])
    assert (tmp_path / "cut").read_bytes() == (tmp_path / "whole").read_bytes()


def test_memory_for_all_steps():
    done = subprocess.run(command("model:base,mem=4", "", "train.replay=1000"), cwd=TOP, capture_output=True, text=True)
    assert done.returncode != 0
    assert "the network with the data of train.replay = 1000 steps does not fit the device's 4194304 bytes of memory" in done.stderr
