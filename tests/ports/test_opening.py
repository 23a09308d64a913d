"""Ports that open, and sentences for those that do not."""

import errno
import fcntl
import os
import pty
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from ascpi.ports.opening import PortError, open_port, why


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    """(master's file, slave's path)."""
    master, slave = pty.openpty()
    yield master, os.ttyname(slave)
    os.close(slave)
    os.close(master)


def test_a_port_opens_and_a_read_returns_with_what_has_come(terminal: tuple[int, str]) -> None:
    master, path = terminal
    with open_port(path, read_timeout_s=0.05) as port:
        assert port.read(3) == b""
        os.write(master, b"ab")
        assert port.read(2) == b"ab"


def test_the_control_lines_are_inactive_before_a_port_opens(
    monkeypatch: pytest.MonkeyPatch, terminal: tuple[int, str]
) -> None:
    """Opening would assert both, and on most boards a change of the two is a reset."""
    seen: list[tuple[bool, bool]] = []
    really_open = serial.Serial.open

    def watched(port: serial.Serial) -> None:
        seen.append((port.dtr, port.rts))
        really_open(port)

    monkeypatch.setattr(serial.Serial, "open", watched)
    open_port(terminal[1]).close()
    assert seen == [(False, False)]


def test_a_port_that_is_not_there() -> None:
    with pytest.raises(PortError, match="/dev/ttyUSB77: there is no such port; is the board"):
        open_port("/dev/ttyUSB77")


def test_a_port_in_use_names_its_user(terminal: tuple[int, str]) -> None:
    _, path = terminal
    with open_port(path), pytest.raises(PortError, match="another program has the port open"):
        open_port(path)


def test_another_process_that_holds_a_port_is_named(terminal: tuple[int, str]) -> None:
    _, path = terminal
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(write_end)
        fcntl.flock(os.open(path, os.O_RDWR | os.O_NOCTTY), fcntl.LOCK_EX)
        os.read(read_end, 1)  # until the parent closes its end
        os._exit(0)
    os.close(read_end)
    try:
        with pytest.raises(PortError, match=rf"process {child}\)"):
            _until_refused(path)
    finally:
        os.close(write_end)
        os.waitpid(child, 0)


def _until_refused(path: str) -> None:
    """The child takes its lock a moment after it was made."""
    for _ in range(2000):
        open_port(path).close()
    raise AssertionError("the lock of another process was never noticed")


def test_a_closed_port_is_free_also_where_another_process_has_a_copy_of_it(
    terminal: tuple[int, str],
) -> None:
    """As each process that is started at that moment has."""
    path = terminal[1]
    port = open_port(path)
    copy = os.dup(port.fileno())
    try:
        port.close()
        open_port(path).close()
    finally:
        os.close(copy)


def test_no_file_but_a_port(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("")
    with pytest.raises(PortError, match="this is no serial port"):
        open_port(str(plain))


def test_nobody_at_the_other_end_of_a_url() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # not listening
        url = f"socket://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(PortError, match="is the other side running"):
            open_port(url)


def test_an_unknown_kind_of_url() -> None:
    with pytest.raises(PortError, match="no connection"):
        open_port("carrier://pigeon")


def test_a_port_without_permission_names_the_group(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    port.write_text("")
    port.chmod(0o660)
    sentence = why(str(port), OSError(errno.EACCES, "Permission denied"))
    assert "usermod -aG" in sentence
    assert "$USER`, then log in again" in sentence
    port.chmod(0o600)
    assert "nor may any group" in why(str(port), OSError(errno.EACCES, "Permission denied"))


def test_a_board_that_was_unplugged(tmp_path: Path) -> None:
    port = tmp_path / "ttyUSB0"
    port.write_text("")
    assert why(str(port), OSError(errno.EIO, "Input/output error")).startswith("the board is gone")
