# SPDX-License-Identifier: Apache-2.0
"""The tritrain command from outside: exit codes, one line for each wrong input, files that others can read."""
import gzip
import json
import os
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

TOP = Path(__file__).resolve().parents[2]
TRITRAIN = TOP / "build" / "tritrain"
NAMES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
CONFIG = """
data: {path: DATA}
device: model:tiny
network:
  hidden: [16]
train:
  batch: 20
  epochs: 2
  rate: 0.05
"""


def write_split(folder, split, count, seed, pack=False):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 10, count).astype(np.uint8)
    images = rng.integers(0, 100, (count, 6, 6)).astype(np.uint8)
    images.reshape(count, 36)[np.arange(count), labels * 3] = 255
    for name, head, data in (
        (NAMES[split][0], struct.pack(">IIII", 0x803, count, 6, 6), images),
        (NAMES[split][1], struct.pack(">II", 0x801, count), labels),
    ):
        content = head + data.tobytes()
        (folder / (name + ".gz" * pack)).write_bytes(gzip.compress(content) if pack else content)


@pytest.fixture
def work(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    write_split(data, "train", 200, 1)
    write_split(data, "test", 50, 2, pack=True)
    (tmp_path / "c.yaml").write_text(CONFIG.replace("DATA", str(data)))
    return tmp_path


def run(work, *arguments, **keywords):
    return subprocess.run(
        [TRITRAIN, *map(str, arguments)], cwd=work, capture_output=True, text=True, timeout=120, **keywords
    )


def good(work, *arguments):
    result = run(work, *arguments)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    return result.stdout


def bad(work, code, words, *arguments, **keywords):
    result = run(work, *arguments, **keywords)
    assert result.returncode == code, result.stderr
    lines = result.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("tritrain: "), result.stderr
    assert words in lines[0]
    return result


def test_help_and_version(work):
    assert "usage: tritrain train CONFIG" in good(work, "--help")
    assert re.fullmatch(r"tritrain \d+\.\d+\.\d+\n", good(work, "--version"))


def test_train_eval_info(work):
    text = good(work, "train", "c.yaml", "--set", "output.checkpoint=w.st", "--set", "output.log_steps=5")
    assert "\x1b" not in text and "\r" not in text
    assert re.search(r"^epoch 2/2  rate .* test accuracy [\d.]+ %$", text, re.M)
    assert re.search(r"^  weight memory, bytes\s+\d+$", text, re.M)
    accuracy = re.search(r"^  test accuracy +([\d.]+) %$", text, re.M).group(1)
    assert re.search(rf"^  test accuracy +{accuracy} %$", good(work, "eval", "w.st"), re.M)
    assert re.search(
        rf"^  test accuracy +{accuracy} %$", good(work, "eval", "c.yaml", "--set", "output.checkpoint=w.st"), re.M
    )
    assert json.loads(good(work, "eval", "w.st", "--json"))["test_samples"] == 50
    info = json.loads(good(work, "info", "w.st", "--json"))
    assert info["steps_done"] == 20 and info["tensors"]["layer.0.weight"] == "I8 16 x 36"
    assert info["settings"]["network.hidden"] == "[16]"
    device = json.loads(good(work, "info", "model:tiny", "--json"))
    assert (device["m"], device["n"], device["k"]) == (2, 2, 32)
    assert "200 images of 6 x 6, labels 0..9" in good(work, "info", "data")


def test_json_and_log(work):
    summary = json.loads(good(work, "train", "c.yaml", "--json", "--log", "log", "--set", "output.log_steps=5"))
    assert summary["steps"] == 20 and 0 <= summary["test_accuracy"] <= 1 and summary["cycles_per_step"] > 0
    lines = [json.loads(line) for line in (work / "log").read_text().splitlines()]
    assert [line["event"] for line in lines] == ["start"] + ["step", "step", "epoch"] * 2 + ["end"]
    assert lines[-1]["test_accuracy"] == summary["test_accuracy"]
    assert all(line["loss"] > 0 for line in lines if line["event"] == "step")


def test_kernels_and_threads_train_the_same(work):
    flags = Path("/proc/cpuinfo").read_text()
    options = ["kernel=scalar,threads=1", "threads=1", "threads=2", "threads=3"]
    options += ["kernel=avx2"] * (" avx2 " in flags)
    sets = ["data.path=random", "data.test_limit=40", "network.hidden=[72,24]", "train.batch=44", "train.max_steps=12"]
    files = []
    for option in options:
        arguments = [part for text in [*sets, f"output.checkpoint={option}"] for part in ("--set", text)]
        good(work, "train", "c.yaml", "--device", f"model:base,{option}", *arguments)
        files.append((work / option).read_bytes())
    assert len(set(files)) == 1


@pytest.mark.parametrize(
    "sets",
    [
        [],
        ["train.rule=bc"],
        ["train.optimizer=adam", "network.batchnorm=true", "train.rate=0.01"],
        ["train.optimizer=sgd", "train.arithmetic=float", "train.rule=float"],
    ],
)
def test_resume_bit_for_bit(work, sets):
    sets = [part for text in sets for part in ("--set", text)]
    good(work, "train", "c.yaml", *sets, "--set", "output.checkpoint=whole")
    good(work, "train", "c.yaml", *sets, "--set", "output.checkpoint=part", "--set", "train.max_steps=7")
    good(work, "train", "c.yaml", *sets, "--set", "output.checkpoint=part", "--resume", "part")
    assert (work / "whole").read_bytes() == (work / "part").read_bytes()


def test_checkpoint_reads_in_python(work):
    good(work, "train", "c.yaml", "--set", "output.checkpoint=w.st")
    tensors = load_file(work / "w.st")
    assert tensors["layer.0.weight"].shape == (16, 36) and tensors["layer.0.weight"].dtype == np.int8
    assert set(np.unique(tensors["layer.1.weight"])) <= {-1, 0, 1}
    assert tensors["device.lfsr"].dtype == np.uint64 and (tensors["device.lfsr"] != 0).all()
    assert tensors["run.progress"].tolist() == [2, 0, 20]
    with safe_open(work / "w.st", "np") as file:
        assert "network.hidden: [16]" in file.metadata()["config"]


def test_checkpoint_computes_what_the_device_did(work):
    """The saved integers, multiplied in NumPy, classify the test set as the device does."""
    good(work, "train", "c.yaml", "--set", "output.checkpoint=w.st")
    t = load_file(work / "w.st")
    raw = gzip.decompress((work / "data" / (NAMES["test"][0] + ".gz")).read_bytes())[16:]
    labels = np.frombuffer(gzip.decompress((work / "data" / (NAMES["test"][1] + ".gz")).read_bytes())[8:], np.uint8)
    x = t["input.pixel_table"].astype(np.int64)[np.frombuffer(raw, np.uint8).reshape(50, 36)]
    mant, shift = map(int, t["layer.0.scale"])
    product = (x @ t["layer.0.weight"].astype(np.int64).T) * mant
    scaled = product << shift if shift >= 0 else product >> -shift
    hidden = np.clip((scaled + (1 << 23) - (scaled < 0)) >> 24, -4, 4)
    logits = hidden @ t["layer.1.weight"].astype(np.int64).T
    accuracy = float((logits.argmax(1) == labels).mean())
    assert json.loads(good(work, "eval", "w.st", "--json"))["test_accuracy"] == accuracy


def test_wrong_command_lines(work):
    bad(work, 2, "no command")
    bad(work, 2, "unknown command trian", "trian")
    bad(work, 2, "unknown option --fast", "train", "c.yaml", "--fast")
    bad(work, 2, "a value is missing after --set", "train", "c.yaml", "--set")
    bad(work, 2, "missing after train", "train")
    bad(work, 2, "one argument too many: d", "train", "c.yaml", "d")
    bad(work, 2, "more than 64 of --set", "train", "c.yaml", *["--set", "seed=1"] * 65)
    good(work, "train", "c.yaml", *["--set", "seed=1"] * 64)


@pytest.mark.parametrize("arguments", [["--help"], ["info", "model:tiny"], ["info", "data"], ["train", "c.yaml"]])
def test_full_output(work, arguments):
    with open("/dev/full", "w") as full:
        result = subprocess.run(
            [TRITRAIN, *arguments], cwd=work, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60
        )
    assert result.returncode == 1
    assert re.fullmatch(r"tritrain: cannot write the output.*\n", result.stderr)


def test_wrong_configurations(work):
    bad(work, 2, "did you mean 'train.batch'?", "train", "c.yaml", "--set", "train.bach=3")
    bad(work, 2, "absent.yaml: cannot open", "train", "absent.yaml")
    (work / "d.yaml").write_text("train:\n  epochs: 1\n  rat: 3\n")
    bad(work, 2, "d.yaml:3: unknown key 'train.rat'; did you mean 'train.rate'?", "train", "d.yaml")
    bad(work, 2, "is not a whole number from 1", "train", "c.yaml", "--set", "train.epochs=0")
    bad(work, 2, "model:huge", "train", "c.yaml", "--device", "model:huge")
    bad(work, 2, "needs train.optimizer", "train", "c.yaml", "--set", "network.batchnorm=true")
    assert sorted(os.listdir(work)) == ["c.yaml", "d.yaml", "data"]
    (work / "d.yaml").write_text("")
    bad(work, 2, "d.yaml:1: empty: there are no keys", "train", "d.yaml")
    bad(work, 2, "d.yaml: a configuration", "info", "d.yaml")
    shutil.copy(work / "c.yaml", work / "c.txt")
    bad(work, 2, "c.txt: a configuration", "info", "c.txt")


def test_odd_text(work):
    """What no checkpoint and no log could hold is refused where it enters, and is not echoed."""
    for value in ("a\nb", "\x1b[31m", b"\xff\xfe".decode("utf-8", "surrogateescape")):
        for key in ("data.path", "output.checkpoint", "output.log"):
            bad(work, 2, f"key '{key}': control characters and invalid UTF-8", "train", "c.yaml", "--set", f"{key}={value}")
        bad(work, 2, "control characters", "train", "c.yaml", "--log", value)
    data = work / "d\u00e4ta it's"
    (work / "data").rename(data)
    sets = ("--set", f"data.path={data}", "--set", "output.checkpoint=w.st", "--log", "log")
    good(work, "train", "c.yaml", *sets)
    good(work, "eval", "w.st")
    start = json.loads((work / "log").read_text().splitlines()[0])
    assert start["settings"]["data.path"] == "'" + str(data).replace("'", "''") + "'"


def test_networks_that_do_not_fit(work):
    """Refused before the first step, with the layer and the limit; nothing is written."""
    checkpoint = ("--set", "output.checkpoint=w.st")
    for optimizer in ("none", "sgd"):
        sets = ("--set", f"train.optimizer={optimizer}", *checkpoint)
        words = "layer 2, outputs: 2000 inputs are more than the 1024 that an instruction can sum"
        bad(work, 1, words, "train", "c.yaml", *sets, "--set", "network.hidden=2000")
        words = "network.error_planes is 5, but model:tiny has at most 3 planes"
        bad(work, 1, words, "train", "c.yaml", *sets, "--set", "network.error_planes=5")
    assert sorted(os.listdir(work)) == ["c.yaml", "data"]


def test_board_memory(work):
    """The boards' settings fit 128 KiB, and train alike in more; less is refused before the first step."""
    settings = TOP / "configs" / "board-784-32-10.yaml"
    for memory in ("128KiB", "64"):
        sets = ("--device", f"model:tiny,mem={memory}", "--set", f"output.checkpoint={memory}")
        summary = json.loads(good(work, "train", settings, "--json", *sets))
        assert summary["steps"] == 20 and summary["test_accuracy"] > 0.4
    assert (work / "128KiB").read_bytes() == (work / "64").read_bytes()
    words = "model:tiny: the network does not fit the device's 49152 bytes of memory"
    bad(work, 1, words, "train", settings, "--device", "model:tiny,mem=48KiB")


def test_long_instruction_lists(work):
    """Lists beyond the room that they begin with: steps, checkpoint, resume and test all work."""
    sets = ("--set", "network.hidden=256,256,256,256", "--set", "train.batch=64", "--set", "train.max_steps=1")
    good(work, "train", "c.yaml", *sets, "--set", "output.checkpoint=w.st")
    bad(work, 1, "training: too large for this device", "train", "c.yaml", *sets, "--set", "train.batch=128", "--set", "output.checkpoint=x.st")
    good(work, "eval", "w.st", "--device", "model:tiny")


def test_rate_that_decays_to_nothing(work):
    """A rate below the device's multiplier moves no weight any more."""
    sets = ("--set", "train.rate_decay=1e-30", "--set", "output.checkpoint=w.st")
    for weights in ("ternary", "binary"):
        choice = ("--set", f"network.weights={weights}", "--set", f"network.activation_planes={1 + (weights == 'ternary')}")
        good(work, "train", "c.yaml", *sets, *choice, "--set", "train.epochs=3")
        before = load_file(work / "w.st")
        good(work, "train", "c.yaml", *sets, *choice, "--set", "train.epochs=14", "--resume", "w.st")
        after = load_file(work / "w.st")
        assert after["run.progress"].tolist() == [14, 0, 140]
        for name in ("layer.0.weight", "layer.1.weight"):
            np.testing.assert_array_equal(before[name], after[name])


def test_wrong_data(work):
    data = work / "data"
    labels = data / NAMES["train"][1]
    whole = labels.read_bytes()
    labels.write_bytes(whole[:-1])
    bad(work, 3, "truncated", "train", "c.yaml")
    labels.write_bytes(whole[:-1] + b"\x0a")
    bad(work, 3, "label 10 of sample 199 is out of range 0..9", "train", "c.yaml")
    packed = data / (NAMES["test"][1] + ".gz")
    whole = packed.read_bytes()
    packed.write_bytes(whole[:-5])
    bad(work, 3, "damaged file: unexpected end of file", "train", "c.yaml")
    packed.write_bytes(whole)
    labels.unlink()
    bad(work, 3, "no data set here: neither train-labels-idx1-ubyte nor", "train", "c.yaml")
    bad(work, 3, "no data set here", "info", ".")
    shutil.rmtree(data)
    bad(work, 3, str(data), "train", "c.yaml")


def test_wrong_checkpoints(work):
    good(work, "train", "c.yaml", "--set", "output.checkpoint=w.st", "--set", "train.max_steps=3")
    whole = (work / "w.st").read_bytes()
    bad(work, 3, "network.hidden is [16]", "train", "c.yaml", "--resume", "w.st", "--set", "network.hidden=8")
    bad(work, 3, "checkpoint of another device", "train", "c.yaml", "--resume", "w.st", "--device", "model:base")
    (work / "short.st").write_bytes(whole[:-1])
    bad(work, 3, "truncated", "train", "c.yaml", "--resume", "short.st")
    bad(work, 3, "truncated", "eval", "short.st")
    for first in (b"\xff" + whole[1:7] + b"\xff", b"\0" * 8, b"\x01"):
        (work / "head.st").write_bytes(first + whole[8:])
        bad(work, 3, "head.st", "eval", "head.st")
    (work / "head.st").write_bytes(whole[:8] + b"?" + whole[9:])
    bad(work, 3, "head.st", "eval", "head.st")
    bad(work, 3, "absent: cannot open", "train", "c.yaml", "--resume", "absent")
    (work / "text").write_text("no checkpoint at all")
    bad(work, 3, "not a usable safetensors file", "info", "text")


def test_board_that_is_not_there(work):
    """A device that fails is no unusable file: status 1 whatever the command."""
    good(work, "train", "c.yaml", "--set", "output.checkpoint=w.st", "--set", "train.max_steps=3")
    for tty, words in (("/dev/no/such/tty", "no such tty"), ("/dev/null", "not a tty"), (work, "Is a directory"), (work / "c.yaml", "not a tty")):
        bad(work, 1, f"device 'serial:{tty}': serial:{tty}: {words}", "info", f"serial:{tty}")
        bad(work, 1, f"device 'serial:{tty}': serial:{tty}: {words}", "train", "c.yaml", "--device", f"serial:{tty}")
        bad(work, 1, f"device 'serial:{tty}': serial:{tty}: {words}", "eval", "w.st", "--device", f"serial:{tty}")


@pytest.mark.parametrize("name, words", [("run.shuffle", slice(0, 4)), ("device.lfsr", slice(1, 2))])
def test_checkpoint_with_a_dead_generator(work, name, words):
    """A generator of zeros would hang the shuffle, or round one lane up for ever."""
    good(work, "train", "c.yaml", "--set", "output.checkpoint=w.st", "--set", "train.max_steps=3")
    with safe_open(work / "w.st", "np") as file:
        metadata = file.metadata()
    tensors = load_file(work / "w.st")
    tensors[name][words] = 0
    save_file(tensors, work / "zero.st", metadata)
    bad(work, 3, f"damaged checkpoint: {name} is zero", "train", "c.yaml", "--resume", "zero.st")


def limit_file_size():
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, resource.RLIM_INFINITY))


def test_no_disk_space(work):
    """A full disk, in the shape of a file-size limit: the old checkpoint stays, nothing half-written stays."""
    arguments = ("train", "c.yaml", "--set", "output.checkpoint=w.st")
    good(work, *arguments, "--set", "train.max_steps=3")
    before = (work / "w.st").read_bytes()
    bad(work, 1, "w.st: cannot write: File too large", *arguments, preexec_fn=limit_file_size)
    assert (work / "w.st").read_bytes() == before
    assert sorted(os.listdir(work)) == ["c.yaml", "data", "w.st"]
    bad(work, 3, "none: cannot write here", "train", "c.yaml", "--set", "output.checkpoint=none/w.st")


def test_interrupt_saves(work):
    """The first interrupt ends the run after its step; resumed, it ends as if nothing had happened."""
    sets = ("--set", "train.epochs=60", "--set", "output.eval_epochs=60")
    good(work, "train", "c.yaml", *sets, "--set", "output.checkpoint=whole")
    command = [TRITRAIN, "train", "c.yaml", *sets, "--set", "output.checkpoint=cut", "--set", "output.log_steps=1"]
    process = subprocess.Popen(command, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    for _ in range(3):
        process.stdout.readline()
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 130 and errors == "", output + errors
    steps = json.loads(good(work, "info", "cut", "--json"))["steps_done"]
    assert 3 <= steps < 600
    good(work, "train", "c.yaml", *sets, "--set", "output.checkpoint=cut", "--resume", "cut")
    assert (work / "whole").read_bytes() == (work / "cut").read_bytes()


def test_terminal_gets_a_bar(work):
    master, slave = pty.openpty()
    process = subprocess.Popen([TRITRAIN, "train", "c.yaml"], cwd=work, stdout=slave, stderr=slave)
    os.close(slave)
    text = b""
    try:
        while chunk := os.read(master, 4096):
            text += chunk
    except OSError:  # how Linux says that the other end has closed
        pass
    assert process.wait(timeout=60) == 0
    assert b"\r\x1b[Kepoch 2/2 [########################] 10/10  loss " in text
    assert b"samples/s" in text and b"cycles/step" in text


def test_sim_equals_model(work):
    """Same configuration, simulated RTL and C twin: byte-equal checkpoints and equal cycle counts."""
    summaries = [
        json.loads(
            good(work, "train", "c.yaml", "--json", "--device", f"{name}:tiny", "--set", f"output.checkpoint={name}")
        )
        for name in ("model", "sim")
    ]
    assert (work / "model").read_bytes() == (work / "sim").read_bytes()
    assert summaries[0]["cycles"] == summaries[1]["cycles"] > 0
