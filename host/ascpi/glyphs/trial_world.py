"""A world without a board: it keeps what a glyph shows and says, and has the pins it is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ascpi_core.glyphs.kind import World

_COLOUR_MAXIMUM = 255
_READING_MAXIMUM = 0xFFFF

Reading = int | Callable[[], int]


@dataclass(frozen=True)
class Flash:
    """A light that a glyph showed."""

    turn: int
    node: int
    red: int
    green: int
    blue: int
    duration_ms: int

    def __str__(self) -> str:
        colour = f"#{self.red:02x}{self.green:02x}{self.blue:02x}"
        return f"turn {self.turn}, node {self.node}: {colour} for {self.duration_ms} ms"


@dataclass(frozen=True)
class Word:
    """Something that a glyph said."""

    turn: int
    node: int
    text: str

    def __str__(self) -> str:
        return f"turn {self.turn}, node {self.node}: says {self.text!r}"


class TrialWorld(World):
    """Keeps what glyphs show and say. What no board could do raises a ValueError."""

    def __init__(self, pins: Mapping[int, Reading]) -> None:
        super().__init__()
        self.turn = 0
        self.deeds: list[Flash | Word] = []
        self._pins = dict(pins)

    def flash(self, red: int, green: int, blue: int, duration_ms: int) -> None:
        for name, value in (("red", red), ("green", green), ("blue", blue)):
            if type(value) is not int or not 0 <= value <= _COLOUR_MAXIMUM:
                raise ValueError(f"{name} {value!r} is not 0 to {_COLOUR_MAXIMUM}")
        if type(duration_ms) is not int or duration_ms <= 0:
            raise ValueError(f"{duration_ms!r} is no time in ms")
        self.deeds.append(Flash(self.turn, self.node_id, red, green, blue, duration_ms))

    def read(self, pin: int) -> int:
        reading = self._pins.get(pin)
        if reading is None:
            return super().read(pin)
        value = reading if isinstance(reading, int) else reading()
        if not 0 <= value <= _READING_MAXIMUM:
            raise ValueError(f"pin {pin} of the trial reads {value}: give 0 to {_READING_MAXIMUM}")
        return value

    def say(self, text: str) -> None:
        self.deeds.append(Word(self.turn, self.node_id, str(text)))
