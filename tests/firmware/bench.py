"""What the tests of the firmware share: real boards on one air, and what they say."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from ascpi.air.process import AirProcess
from ascpi.flash import user_types
from ascpi.flash.application import MAIN_PATH, build
from ascpi.flash.chips import CHIPS
from ascpi.telemetry import Event, Message, Report, parse
from ascpi.virtual import VirtualBoard, VirtualBoardOptions
from tests.virtual.lab import DEADLINE_S, Lines, wait_until

REPORT_MS = 100
START = "import ascpi_boot\nascpi_boot.main()\n"
"""The end of a main.py that starts the program."""
FIND_UNITS = "import sys\nwith open('/ascpi_run') as file: sys.path.insert(0, file.read())\n"


class Bench:
    """An air and the boards in it; everything is stopped at the end."""

    def __init__(self, folder: Path, preset: str = "clean") -> None:
        self.folder = folder
        self.air = AirProcess(preset=preset, seed=1)
        self.air.start()
        self.boards: dict[int, VirtualBoard] = {}
        self.lines: dict[int, Lines] = {}

    @property
    def address(self) -> str:
        """Where the air listens, as a board's configuration says it."""
        host, port = self.air.address
        return f"{host}:{port}"

    def options(self, node_id: int, **more: Any) -> VirtualBoardOptions:
        """A board with the real firmware, sending into the air; `settings` are added to these."""
        settings = {"report_ms": REPORT_MS, **more.pop("settings", {})}
        options = VirtualBoardOptions(
            node_id,
            more.pop("flash", self.folder / f"flash-{node_id}"),
            broadcast=more.pop("broadcast", self.address),
            settings=settings,
            program=_built(()),
        )
        return replace(options, **more)

    def board(self, node_id: int, **more: Any) -> tuple[VirtualBoard, Lines]:
        """A board that has been started."""
        board = VirtualBoard(self.options(node_id, **more))
        lines = Lines(board)
        board.start()
        key = node_id
        while key in self.boards:  # two boards with one id are kept apart here
            key += 1000
        self.boards[key] = board
        self.lines[key] = lines
        board.wait_running(DEADLINE_S)
        return board, lines

    def program(
        self, main: str | None = None, constants: Mapping[str, object] | None = None
    ) -> dict[str, bytes]:
        """What `ascpi flash` writes, for `VirtualBoardOptions.program`: with another main.py,
        which finds the units there (`import ascpi_boot`), and with other constants."""
        files = dict(_built(tuple((constants or {}).items())))
        if main is not None:
            files[MAIN_PATH] = (FIND_UNITS + main).encode()
        return files

    def close(self) -> None:
        """Stop boards and air."""
        for board in self.boards.values():
            board.stop()
        self.air.stop()


@cache
def _built(constants: tuple[tuple[str, object], ...]) -> dict[str, bytes]:
    """Joined once for all tests: a board that starts half a second late is late for a field."""
    return build(CHIPS["esp32"], types=user_types.FOLDER, constants=dict(constants))


def reports(lines: Lines) -> list[Report]:
    """All reports so far."""
    parsed = [parse(line) for line in list(lines.seen)]
    return [line for line in parsed if isinstance(line, Report)]


def events(lines: Lines) -> list[Event]:
    """All events so far."""
    parsed = [parse(line) for line in list(lines.seen)]
    return [line for line in parsed if isinstance(line, Event)]


def messages(lines: Lines) -> list[Message]:
    """All notes and errors so far."""
    parsed = [parse(line) for line in list(lines.seen)]
    return [line for line in parsed if isinstance(line, Message)]


def await_report(
    lines: Lines, holds: Callable[[Report], bool], what: str, deadline_s: float = DEADLINE_S
) -> Report:
    """The first report, from now on, for which `holds`."""
    start = len(lines.seen)
    found: list[Report] = []

    def look() -> bool:
        for text in list(lines.seen)[start:]:
            line = parse(text)
            if isinstance(line, Report) and holds(line):
                found.append(line)
                return True
        return False

    wait_until(look, what + "; last: " + " | ".join(lines.seen[-3:]), deadline_s)
    return found[0]
