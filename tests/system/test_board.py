# SPDX-License-Identifier: Apache-2.0
"""The board top, Verilated, trains through its serial line. Twenty steps of it: tests/full."""
import pytest

import board_link


@pytest.fixture(scope="module", autouse=True)
def program():
    board_link.build_board()


def test_trains_through_serial_line(tmp_path):
    board_link.same_as_model(tmp_path, 2)


def test_trains_through_a_bad_line(tmp_path):
    board_link.same_as_model(tmp_path, 1, "--faults", "1", "--one-in", "3000")
