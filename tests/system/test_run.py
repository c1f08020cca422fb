# SPDX-License-Identifier: Apache-2.0
"""The test runner and the lint checks themselves: a failure of any kind is seen and counted."""
import importlib.machinery
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parent.parent.parent


def load(path, name):
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


@pytest.fixture
def runner(tmp_path, monkeypatch):
    module = load(TOP / "tests" / "run", "tests_run")
    monkeypatch.setattr(module, "TOP", tmp_path)
    monkeypatch.setattr(module, "LOGS", tmp_path)
    monkeypatch.setattr(module, "PROGRAM_TIMEOUT_S", 2)
    return module


@pytest.mark.parametrize(
    "script, passed, failed",
    [
        ("echo PASS a; echo PASS b", 2, 0),
        ("echo PASS a; echo FAIL b; exit 1", 1, 1),
        ("echo PASS a; exit 3", 1, 1),
        ("echo PASS a; kill -SEGV $$", 1, 1),
        ("echo nothing to see", 0, 1),
        ("echo PASS a; sleep 60", 1, 1),
        ("echo 1..2; echo 'ok 1 - a'; echo 'not ok 2 - b'; exit 1", 1, 1),
        ("echo 1..1; echo 'not ok 1 # SKIP a'", 0, 1),
        ("echo 'tests/test_x.py::test_a PASSED'; echo 'tests/test_x.py::test_b[1 2] ERROR'; exit 1", 1, 1),
        ("echo 'tests/test_x.py::test_a SKIPPED (why)'", 0, 1),
    ],
    ids=["passes", "fails", "status", "crash", "silent", "hang", "tap", "tap-skip", "pytest", "pytest-skip"],
)
def test_runner_counts(runner, capsys, script, passed, failed):
    report = runner.Report()
    report.job(*runner.run_job(runner.Job("unit/x", ["sh", "-c", script])), None)
    capsys.readouterr()
    assert (report.passed, report.failed) == (passed, failed)


def test_runner_misses_program_that_was_not_built(runner, capsys):
    report = runner.Report()
    report.job(*runner.run_job(runner.Job("unit/x", ["./not-there"])), None)
    assert report.failed == 1 and "was not built" in capsys.readouterr().out


@pytest.fixture
def lint(tmp_path, monkeypatch):
    module = load(TOP / "tests" / "lint" / "run", "lint_run")
    monkeypatch.setattr(module, "TOP", tmp_path)
    return module


def write(root, path, text):
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def test_lint_layers(lint, tmp_path):
    write(tmp_path, "sw/train/tt_train.h", "")
    write(tmp_path, "sw/nn/tt_net.c", '#include "tt_train.h"\n')
    assert len(lint.c_layers()) == 1
    write(tmp_path, "sw/nn/tt_net.c", 'void f(void) { printf("x"); /* exit() */ }\n')
    assert len(lint.c_layers()) == 1
    write(tmp_path, "sw/nn/tt_net.c", "/* printf(x) */\n")
    assert lint.c_layers() == []


def test_lint_verilog_form(lint, tmp_path):
    write(tmp_path, "rtl/a.v", "`default_nettype none\nmodule a;\nendmodule\n`default_nettype wire\n")
    assert lint.v_form() == []
    write(tmp_path, "rtl/b.v", "module a;\nendmodule\n")
    assert len(lint.v_form()) == 2


def test_lint_text_rules(lint, tmp_path):
    write(tmp_path, "sw/ref/a.c", "/* SPDX-License-Identifier: Apache-2.0 */\n")
    assert lint.text_rules() == []
    write(tmp_path, "sw/ref/b.c", "/* TO" "DO */\n")
    assert len(lint.text_rules()) == 2


def test_lint_text_paths(lint, tmp_path):
    write(tmp_path, "docs/a.md", "[b](b.md) `docs/a.md` [site](https://example.org)")
    assert len(lint.text_paths()) == 1
    write(tmp_path, "docs/b.md", "`docs/none.md`")
    assert len(lint.text_paths()) == 1
    write(tmp_path, "docs/none.md", "")
    assert lint.text_paths() == []


def test_readme_drift_is_seen(tmp_path):
    for path in ("README.md", "docs/architecture.md", "docs/results"):
        source, target = TOP / path, tmp_path / path
        if not source.exists():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)
    tool = [sys.executable, str(TOP / "tools/gen_readme.py"), "--root", str(tmp_path), "--check"]
    assert subprocess.run(tool).returncode == 0
    result = '{"command": "make x", "columns": ["a"], "rows": [[null], [3]]}'
    (tmp_path / "docs/results").mkdir(parents=True, exist_ok=True)
    (tmp_path / "docs/results/demo.json").write_text(result)
    assert subprocess.run(tool).returncode == 1
    subprocess.run(tool[:-1], check=True)
    assert "| not measured |\n| 3 |" in (tmp_path / "README.md").read_text()
    assert subprocess.run(tool).returncode == 0
    (tmp_path / "docs/results/up5k-blocks.json").write_text(result)
    assert subprocess.run(tool).returncode == 1
