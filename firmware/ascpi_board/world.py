"""What glyphs act on, on a board: its light, its pins, its serial line. Nothing here waits."""

import struct

import machine

from ascpi_core.fixed import const
from ascpi_core.glyphs.kind import World
from ascpi_core.lines import error_line
from ascpi_core.settings import LIGHT_NONE

from .boot import say, seldom
from .storage import STEP, STEP_BYTES, STEP_TIMES, STEPS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ascpi_core.glyphs.glyph import Glyph
    from ascpi_core.settings import BoardSettings

    from .light import Overlay

_RESETS_MOST = const(2)
_FLASH_LONGEST_MS = const(60_000)
_SAY_MS = const(250)
_WORDS_ROOM = const(4)
_WORDS_LETTERS = const(120)
_HIGH = const(65535)

_SERIAL_PINS = (
    ("esp32-s", (19, 20, 43, 44)),
    ("esp32-c3", (18, 19, 20, 21)),
    ("esp32-c6", (12, 13, 16, 17)),
    ("esp32-", (1, 3)),
)
"""By how the board's name begins: UART and USB. Made an input, such a pin is silent until the next
reset. From the chips' data sheets."""


class BoardWorld(World):
    """`words` that glyphs say wait here until somebody prints them."""

    def __init__(self, overlay: "Overlay", config: "BoardSettings") -> None:
        super().__init__()
        self.words: "list[str]" = []
        self.unsaid = 0
        """Sentences that came too fast."""
        self._next_words_ms = 0
        self._trouble = ""
        self._overlay = overlay
        self._inputs: "dict[int, Any]" = {}
        self._serial_pins: "tuple[int, ...]" = ()
        for beginning, pins in _SERIAL_PINS:
            if config.board.startswith(beginning):
                self._serial_pins = pins
                break
        self._keep = machine.RTC().memory
        self._record = record = bytearray(STEP_BYTES * STEPS)
        before = self._keep()
        record[: len(before)] = before
        self._endless: "list[tuple[int, int, int]]" = []
        for at in range(STEP_BYTES, len(record), STEP_BYTES):
            if record[at + STEP_TIMES] >= _RESETS_MOST:
                node, count, _ = struct.unpack_from(STEP, record, at)
                self._endless.append((node, count, at))
        # What the board drives itself can be looked at, but must not become an input.
        self._inputs[config.pulse_pin] = _Level(machine.Pin(config.pulse_pin))
        if config.light != LIGHT_NONE:
            self._inputs[config.light_pin] = _Level(machine.Pin(config.light_pin))

    def enter(self, glyph: "Glyph") -> str:
        """What runs is noted in memory that a reset by the watchdog leaves as it is, which takes
        microseconds: so the next boot knows which glyph never came back."""
        for node, count, at in self._endless:
            if glyph.is_called(node, count):
                self._endless.remove((node, count, at))
                self._record[at + STEP_TIMES] = 0
                return "it does not come to an end, and has reset this board twice"
        struct.pack_into(STEP, self._record, 0, glyph.birth_node, glyph.birth_count, 1)
        self._keep(self._record)
        return ""

    def leave(self) -> None:
        """It came back."""
        self._record[STEP_TIMES] = 0
        self._keep(self._record)

    def flash(self, red: int, green: int, blue: int, duration_ms: int) -> None:
        duration_us = _between(duration_ms, _FLASH_LONGEST_MS) * 1000
        self._overlay.cover(
            _between(red, 255), _between(green, 255), _between(blue, 255), duration_us
        )

    def read(self, pin: int) -> int:
        """The first time that a pin is read it becomes an input: analog where it can be."""
        found = self._inputs.get(pin)
        if found is None:
            found = self._inputs[pin] = self._input(pin)
        value: int = found.read_u16()
        return value

    def say(self, text: str) -> None:
        if len(self.words) < _WORDS_ROOM:
            self.words.append(str(text)[:_WORDS_LETTERS])
        else:
            self.unsaid += 1

    def speak(self, up_ms: int, trouble: str) -> None:
        """Print what a glyph has to say, four sentences a second at most; and once what is wrong
        with the flash, and that it is well again."""
        if trouble != self._trouble:
            self._trouble = trouble
            if trouble:
                print(error_line(trouble))
            else:
                say(seldom("JOURNAL_WELL"))
        if self.words and up_ms >= self._next_words_ms:
            self._next_words_ms = up_ms + _SAY_MS
            say("a glyph: " + self.words.pop(0))

    def _input(self, pin: int) -> "Any":
        if pin in self._serial_pins:
            raise ValueError("pin %d carries the serial line of this board" % pin)
        try:
            return machine.ADC(machine.Pin(pin))
        except ValueError:
            return _Level(machine.Pin(pin, machine.Pin.IN))


class _Level:
    """A pin that is high or low, read as an analog one is."""

    def __init__(self, pin: "machine.Pin") -> None:
        self._pin = pin

    def read_u16(self) -> int:
        """65535 or 0."""
        return _HIGH if self._pin.value() else 0


def _between(value: int, highest: int) -> int:
    """A whole number from 0 to `highest`, whatever a glyph gives."""
    return min(max(int(value), 0), highest)
