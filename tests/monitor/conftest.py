"""A field of virtual boards to watch, on a network of their own."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ascpi.address import Address, format_address
from ascpi.errors import MicroPythonMissing
from ascpi.virtual import VirtualBoard, VirtualBoardOptions
from ascpi.virtual.runtime import find_micropython
from tests.virtual.lab import DEADLINE_S

KEY = "the key of this field"
REPORT_MS = 100
BROADCAST = "127.255.255.255"


@dataclass(frozen=True)
class Field:
    """Boards by node id, each at `ports[id]`; their packets go to `air`."""

    boards: dict[int, VirtualBoard]
    ports: dict[int, str]
    air: Address

    @property
    def boots(self) -> list[int]:
        """How often each has started."""
        return [len(board.reset_causes) for board in self.boards.values()]


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((BROADCAST, 0))
        number: int = probe.getsockname()[1]
        return number


def make_field(folder: Path, count: int, key: str = "") -> Iterator[Field]:
    try:
        find_micropython()
    except MicroPythonMissing:
        pytest.skip("no MicroPython here")
    air = (BROADCAST, free_port())
    settings = {"report_ms": REPORT_MS, **({"key": key} if key else {})}
    field = Field({}, {}, air)
    for number in range(1, count + 1):
        link = folder / f"ttyUSB{number}"
        options = VirtualBoardOptions(
            number,
            folder / f"flash-{number}",
            bind=format_address(air),
            broadcast=format_address(air),
            ppm=10.0 * number,
            phase=number / (count + 1),
            serial_link=link,
            settings=settings,
        )
        field.boards[number] = VirtualBoard(options)
        field.ports[number] = str(link)
    try:
        for board in field.boards.values():
            board.start()
        for board in field.boards.values():
            board.wait_running(DEADLINE_S)
        yield field
    finally:
        for board in field.boards.values():
            board.stop()


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """Four boards, open; whoever uses them leaves them running."""
    yield from make_field(tmp_path_factory.mktemp("field"), 4)


@pytest.fixture
def keyed_field(tmp_path: Path) -> Iterator[Field]:
    """Two boards with KEY."""
    yield from make_field(tmp_path, 2, KEY)
