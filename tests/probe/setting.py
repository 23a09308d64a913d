"""What the tests of the probe share: a virtual board with its program, and boards that pulse."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ascpi.probe import lines as probe_lines
from ascpi.probe.trial import probe_options
from ascpi.virtual import VirtualBoard, VirtualBoardOptions, Wires
from tests.virtual.lab import DEADLINE_S, Lines

PULSE_PIN = 4
TURN_US = 250_000

# A pulse each turn, so much beside the true time's full turns. It says between which two moments
# each edge was made: the pin's write may be interrupted, so no more can be known of it.
PULSER = """
from machine import Pin
from time import sleep_ms
from board_clock import true_us
pin = Pin({pin}, Pin.OUT, value=0)
while True:
    due = (true_us() // {turn_us} + 1) * {turn_us} + {offset_us}
    while due - true_us() > 2500: sleep_ms(1)
    while true_us() < due: pass
    before = true_us()
    pin.value(1)
    print("rose %d %d" % (before, true_us()))
    sleep_ms({length_ms})
    pin.value(0)
"""


@dataclass(frozen=True)
class Rise:
    """An edge was made between these two moments of true time, in µs."""

    before_us: int
    after_us: int


class Setting:
    """Boards that are started when they are asked for; everything is stopped at the end."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.wires = Wires()
        self._boards: list[VirtualBoard] = []
        self._core = folder / "core"
        self._core.mkdir()

    def probe(self, wired: bool = True, **more: Any) -> tuple[VirtualBoard, Lines]:
        """A virtual board with the probe's program; `configuration` goes to its flash."""
        configuration = more.pop("configuration", None)
        options = probe_options(self.folder, self.wires if wired else None)
        if configuration is not None:
            options.flash.mkdir(exist_ok=True)
            (options.flash / "ascpi_probe.json").write_text(configuration)
        return self._start(replace(options, **more))

    def pulser(
        self, node_id: int, end_pin: int, offset_us: int, length_ms: int = 20
    ) -> tuple[VirtualBoard, Lines]:
        """A board that pulses, wired to a pin of the probe's."""
        main = PULSER.format(
            pin=PULSE_PIN, turn_us=TURN_US, offset_us=offset_us, length_ms=length_ms
        )
        return self.board(node_id, main, output_wires={PULSE_PIN: self.wires.to(end_pin)})

    def board(self, node_id: int, main: str, **more: Any) -> tuple[VirtualBoard, Lines]:
        """A board that runs a small program."""
        firmware = self.folder / f"firmware-{node_id}"
        firmware.mkdir()
        (firmware / "main.py").write_text(main, encoding="utf-8")
        options = VirtualBoardOptions(
            node_id, self.folder / f"flash-{node_id}", firmware=firmware, core=self._core
        )
        return self._start(replace(options, **more))

    def close(self) -> None:
        """Stop all boards; then nothing drives the wires any more."""
        for board in self._boards:
            board.stop()
        self.wires.close()

    def _start(self, options: VirtualBoardOptions) -> tuple[VirtualBoard, Lines]:
        board = VirtualBoard(options)
        lines = Lines(board)
        board.start()
        self._boards.append(board)
        board.wait_running(DEADLINE_S)
        return board, lines


def rises(lines: Lines) -> list[Rise]:
    """The rising edges that a board said it made."""
    found = [line.split() for line in list(lines.seen)]
    return [Rise(int(words[1]), int(words[2])) for words in found if words[:1] == ["rose"]]


def edge_lines(lines: Lines) -> list[probe_lines.EdgeLine]:
    """The edges that a probe told, in its own words."""
    parsed = [probe_lines.parse(line) for line in list(lines.seen)]
    return [line for line in parsed if isinstance(line, probe_lines.EdgeLine)]
