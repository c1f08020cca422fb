# SPDX-License-Identifier: Apache-2.0
"""Checkpoints from outside: where they may go, what a killed run leaves, files that no run saved."""
import json
import os
import signal
import stat
import struct
import subprocess
import time

import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from test_cli import TRITRAIN, bad, good, work  # noqa: F401  (work is a fixture)


def to(path, *others):
    return ("train", "c.yaml", "--set", f"output.checkpoint={path}", *others)


def test_targets_that_cannot_be_written(work):  # noqa: F811
    """Found before the first step, and left as they were."""
    before = sorted(os.listdir(work))
    bad(work, 3, "data: cannot write: Is a directory", *to("data"))
    bad(work, 3, "cannot write: File name too long", *to("n" * 252))
    bad(work, 3, "/dev/null: cannot write: not a regular file", *to("/dev/null"))
    assert sorted(os.listdir(work)) == before
    os.mkfifo(work / "pipe")
    bad(work, 3, "pipe: cannot write: not a regular file", *to("pipe"))
    assert stat.S_ISFIFO(os.lstat(work / "pipe").st_mode)


def test_link_is_followed(work):  # noqa: F811
    (work / "far").mkdir()
    (work / "far" / "w.st").write_bytes(b"")
    (work / "link").symlink_to("far/w.st")
    good(work, *to("link"))
    assert (work / "link").is_symlink()
    assert "run.progress" in load_file(work / "far" / "w.st")
    assert os.listdir(work / "far") == ["w.st"]


def test_killed_run_leaves_one_file(work):  # noqa: F811
    """However often a run is killed, at most PATH.tmp stays; the next run replaces it, and PATH is always whole."""
    many = ("--set", "train.epochs=100000", "--set", "output.checkpoint_steps=1")
    (work / "w.st.tmp").write_bytes(b"left over")
    for attempt in range(5):
        process = subprocess.Popen([TRITRAIN, *to("w.st", *many)], cwd=work, stdout=subprocess.DEVNULL)
        until = time.monotonic() + 30
        while not (work / "w.st").exists() and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.013 * attempt)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        assert set(os.listdir(work)) <= {"c.yaml", "data", "w.st", "w.st.tmp"}
        assert json.loads(good(work, "info", "w.st", "--json"))["steps_done"] > 0
    good(work, *to("w.st"))
    assert sorted(os.listdir(work)) == ["c.yaml", "data", "w.st"]


@pytest.mark.parametrize("every", [5, 10])
def test_saving_more_often_changes_nothing(work, every):  # noqa: F811
    good(work, *to("seldom"))
    good(work, *to("often", "--set", f"output.checkpoint_steps={every}"))
    assert (work / "seldom").read_bytes() == (work / "often").read_bytes()


def test_finished_run_is_saved_where_it_says(work):  # noqa: F811
    good(work, *to("first"))
    good(work, *to("second", "--resume", "first"))
    assert (work / "first").read_bytes() == (work / "second").read_bytes()


@pytest.mark.parametrize(
    "name, value, words",
    [
        ("logit_scale", float("nan"), "damaged checkpoint: logit_scale has a value that is not finite"),
        ("layer.0.weight", 5, "damaged checkpoint: layer.0.weight has a value out of range"),
        ("input.pixel_table", 127, "damaged checkpoint: input.pixel_table has a value out of range"),
        ("layer.0.scale", 0x7FFFFFFF, "damaged checkpoint: layer.0.scale is out of range"),
        ("layer.0.scale", 0, "damaged checkpoint: layer.0.scale is out of range"),
    ],
)
def test_values_that_no_run_saves(work, name, value, words):  # noqa: F811
    good(work, *to("w.st", "--set", "train.max_steps=3"))
    with safe_open(work / "w.st", "np") as file:
        metadata = file.metadata()
    tensors = load_file(work / "w.st")
    tensors[name][...] = value
    save_file(tensors, work / "bad.st", metadata)
    bad(work, 3, "bad.st: " + words, *to("new.st", "--resume", "bad.st"))
    bad(work, 3, "bad.st: " + words, "eval", "bad.st")
    assert not (work / "new.st").exists()


@pytest.mark.parametrize("key, value", [("seed", 9), ("train.batch", 25), ("data.train_limit", 100)])
def test_resume_needs_the_same_order(work, key, value):  # noqa: F811
    good(work, *to("w.st", "--set", "train.max_steps=3"))
    bad(work, 3, f"its {key} is", *to("w.st", "--resume", "w.st", "--set", f"{key}={value}"))
    good(work, "eval", "w.st")


def test_header_of_200000_tensors(work):  # noqa: F811
    header = json.dumps({str(i): {"dtype": "I8", "shape": [0], "data_offsets": [0, 0]} for i in range(200000)}).encode()
    (work / "many.st").write_bytes(struct.pack("<Q", len(header)) + header)
    begin = time.monotonic()
    bad(work, 3, "many.st: not a usable safetensors file: too many tensors", "info", "many.st")
    assert time.monotonic() - begin < 10
