"""Which pins are watched, and the way to look at them that this board has."""

import sys
from time import ticks_us

import machine

from . import chips, scan
from .record import EARLIER, FOR_US, HIGH_MASK, LOW_MASK, QUIET_US, Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

PINS_MOST = 8
PULLS = ("down", "up", "none")

REGISTER = "register"
SCAN = "scan"

_native_look: "Any" = None
try:
    from . import native

    _native_look = native.look
except (SyntaxError, ValueError, NotImplementedError):
    # No native code for this processor, in this MicroPython.
    pass


def chip() -> str:
    """This board's chip; "" if it is in no table."""
    return chips.chip_of(getattr(sys.implementation, "_machine", ""))


def register_address() -> int:
    """Where the levels of all pins stand; 0 if that is not known, or there is no native code.

    A board that stands in for a chip (a virtual one) says itself where it keeps them.
    """
    if _native_look is None:
        return 0
    address: int = getattr(machine, "INPUT_REGISTER", 0)
    return address or chips.INPUT_REGISTERS.get(chip(), 0)


def reader() -> str:
    """How this board looks at its pins."""
    return REGISTER if register_address() else SCAN


class Wiring:
    """The chosen pins, made inputs. ValueError, a sentence, for those that cannot be."""

    def __init__(self, pins: "list[int]", pull: str, record: Record) -> None:
        _require(pins, pull)
        self.pins = pins
        self.pull = pull
        self._words = record.words
        self._values: "list[Callable[[], int]]" = [_input(pin, pull) for pin in pins]
        self._address = register_address()
        record.clear()
        masks = [0, 0]
        self.places: "list[tuple[int, int, int]]" = []
        for index, pin in enumerate(pins):
            word, bit = (pin >> 5, pin & 31) if self._address else (0, index)
            self.places.append((pin, word, bit))
            masks[word] |= 1 << bit
        self._words[LOW_MASK] = _signed(masks[0])
        self._words[HIGH_MASK] = _signed(masks[1])
        # What is high already is no edge.
        self._words[EARLIER] = ticks_us()
        self.look(0, 0)
        record.forget()

    def look(self, for_us: int, quiet_us: int) -> int:
        """Look for so long, and so long after each change; entries in the record then."""
        self._words[FOR_US] = for_us
        self._words[QUIET_US] = quiet_us
        if self._address:
            waiting: int = _native_look(self._address, self._words, ticks_us)
            return waiting
        return scan.look(self._values, self._words, ticks_us)


def _signed(word: int) -> int:
    """A register's 32 bits as the array keeps them."""
    return word - (1 << 32) if word >> 31 else word


def _input(pin: int, pull: str) -> "Callable[[], int]":
    resistor = {"down": machine.Pin.PULL_DOWN, "up": machine.Pin.PULL_UP, "none": 0}[pull]
    try:
        return machine.Pin(pin, machine.Pin.IN, resistor).value
    except (ValueError, OSError) as error:
        raise ValueError("pin %d cannot be watched (%s); choose another" % (pin, error))


def _require(pins: "list[int]", pull: str) -> None:
    if not 1 <= len(pins) <= PINS_MOST:
        raise ValueError("%d pins are given; give from 1 to %d" % (len(pins), PINS_MOST))
    if pull not in PULLS:
        raise ValueError("there is no pull %r; give one of %s" % (pull, ", ".join(PULLS)))
    for index, pin in enumerate(pins):
        if pin in pins[:index]:
            raise ValueError("pin %d is given twice" % pin)
        if pin in chips.TAKEN.get(chip(), ()):
            raise ValueError(
                "pin %d belongs to this chip's flash, serial line or USB; choose another" % pin
            )
