# SPDX-License-Identifier: Apache-2.0
"""The board top, Verilated, trains through its serial line. Twenty steps of it: tests/full."""
import signal
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


def test_link_spares_files(tmp_path):
    (tmp_path / "file").write_text("precious")
    result = subprocess.run([board_link.BOARD_SIM, "--link", tmp_path / "file"], capture_output=True, text=True, timeout=60)
    assert result.returncode == 1 and "File exists" in result.stderr
    assert (tmp_path / "file").read_text() == "precious"


def fails(tmp_path, harm):
    """The board comes to harm while it trains: the program says so and saves nothing, and a board that lives on answers the next one."""
    checkpoint = tmp_path / "checkpoint"
    with board_link.board() as (tty, process):
        with subprocess.Popen(board_link.command(f"serial:{tty}", checkpoint, 20), cwd=board_link.TOP, stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True) as program:
            time.sleep(3)
            process.send_signal(harm)
            _, errors = program.communicate(timeout=60)
        assert program.returncode == 1
        assert f"serial:{tty}" in errors and "does not answer any more, or was reset" in errors
        assert not checkpoint.exists()
        if process.poll() is None:
            subprocess.run([board_link.TRITRAIN, "info", f"serial:{tty}"], check=True, stdout=subprocess.DEVNULL, timeout=60)


def test_board_that_dies(tmp_path):
    fails(tmp_path, signal.SIGKILL)


def test_board_that_is_reset(tmp_path):
    """The reset button: the memory and the line stay, the list, the registers and the sequence of the link do not."""
    fails(tmp_path, signal.SIGUSR1)
