# SPDX-License-Identifier: Apache-2.0
"""The board top, Verilated, trains through its serial line. Twenty steps of it: tests/full."""
import subprocess
import time

import pytest

import board_link


@pytest.fixture(scope="module", autouse=True)
def program():
    board_link.build_board()


def test_trains_through_serial_line(tmp_path):
    board_link.same_as_model(tmp_path, 2)


def test_trains_through_a_bad_line(tmp_path):
    board_link.same_as_model(tmp_path, 1, "--faults", "1", "--one-in", "3000")


def test_board_that_dies(tmp_path):
    checkpoint = tmp_path / "checkpoint"
    with board_link.board() as (tty, process):
        with subprocess.Popen(board_link.command(f"serial:{tty}", checkpoint, 20), cwd=board_link.TOP, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as program:
            time.sleep(3)
            process.kill()
            _, errors = program.communicate(timeout=60)
    assert program.returncode == 1
    assert f"serial:{tty}" in errors and "does not answer any more" in errors
    assert not checkpoint.exists()
