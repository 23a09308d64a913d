"""What a board's pins did: the lines that its shims write, read back.

    MONOTONIC_US boot CAUSE             switched on or reset; every pin is low from here on
    MONOTONIC_US PIN LEVEL              an edge
    MONOTONIC_US PIN duty_u16 N         PWM: another duty cycle (and `freq N`)
    MONOTONIC_US PIN rgb R G B R G B …  NeoPixels: other colours

The time is taken in the pin's own write, before anything else is done there.
"""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Edge:
    monotonic_us: int
    pin: int
    level: int


class EdgeReader:
    """Follows an edges file as it grows; a line is taken only once it is whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._position = 0

    def read_lines(self) -> list[list[str]]:
        """The words of each line that came since the last call, of every kind."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._position)
                data = file.read()
        except FileNotFoundError:
            return []
        whole = data[: data.rfind(b"\n") + 1]
        self._position += len(whole)
        return [line.split() for line in whole.decode("ascii").splitlines()]

    def read_edges(self) -> list[Edge]:
        """The edges since the last call. What else there was is passed over."""
        return [
            Edge(int(words[0]), int(words[1]), int(words[2]))
            for words in self.read_lines()
            if len(words) == 3 and words[1] != "boot"
        ]
