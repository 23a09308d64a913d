"""A terminal on a port: both ways, until Ctrl-X or the end of the board."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ascpi.monitor.console import LEAVE, converse
from ascpi.ports import open_port
from tests.monitor.synthetic import Pty

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="PTYs as Linux has them")


@pytest.fixture
def board(tmp_path: Path) -> Iterator[Pty]:
    made = Pty(tmp_path / "ttyUSB0")
    yield made
    made.unplug()


def test_what_is_typed_goes_there_and_back_until_ctrl_x(board: Pty) -> None:
    shown: list[bytes] = []
    typed = [b"1+", b"41\x03", b"x" + LEAVE + b"not any more"]

    def keys() -> bytes:
        # Ctrl-X is pressed when the answer is on the screen.
        return b"" if len(typed) == 1 and not shown else typed.pop(0)

    with open_port(board.path, read_timeout_s=0.05) as port:
        board.write(">>> ")
        assert converse(port, keys, shown.append) == ""
    assert b"".join(shown) == b">>> "
    assert board.read() == b"1+41\x03x"


def test_a_board_that_is_unplugged_ends_it_with_a_word(board: Pty) -> None:
    def keys() -> bytes:
        board.unplug()
        return b""

    with open_port(board.path, read_timeout_s=0.05) as port:
        reason = converse(port, keys, lambda data: None)
    assert "plug" in reason
