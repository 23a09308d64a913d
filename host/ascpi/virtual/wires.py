"""Wires from virtual boards' output pins to the input pins of another one.

One piece of memory, which all their processes map, is the far board's input registers: pin p is
bit p % 32 of word p // 32, as on a chip. So an edge is there within a microsecond of the write
that made it, and firmware that reads registers reads this one as it would read a chip's. A byte
has one writer, as nothing here can change single bits of a shared word: two boards' wires must not
end at pins of one byte. Eight boards reach one board at pins 0, 8, 16 … 56, or any of the seven
beside each.

    wires = Wires()
    VirtualBoardOptions(…, output_wires={4: wires.to(8)})      # each board to be watched
    VirtualBoardOptions(…, input_wires=wires)                  # the board that watches
"""

from __future__ import annotations

import mmap
import os
from collections.abc import Mapping
from dataclasses import dataclass

from ascpi.errors import BoardOptionError
from ascpi.virtual.page import PINS, anonymous_file

BYTES = mmap.PAGESIZE
PINS_TO_A_BYTE = 8


class Wires:
    """The far ends of some wires, at one board's pins. `close` it after the boards."""

    def __init__(self) -> None:
        self.fd = anonymous_file()
        os.ftruncate(self.fd, BYTES)
        self._memory = mmap.mmap(self.fd, BYTES)

    def to(self, pin: int) -> Wire:
        """A wire that ends at this pin."""
        if not 0 <= pin < PINS:
            raise BoardOptionError(f"pin {pin} is out of range: pins go from 0 to {PINS - 1}")
        return Wire(self, pin)

    def level(self, pin: int) -> bool:
        """What is driven onto the pin now."""
        return bool(self._memory[pin // PINS_TO_A_BYTE] >> pin % PINS_TO_A_BYTE & 1)

    def drive(self, pin: int, level: bool) -> None:
        """Drive a pin of a byte where no board does."""
        place, bit = pin // PINS_TO_A_BYTE, 1 << pin % PINS_TO_A_BYTE
        self._memory[place] = self._memory[place] & ~bit & 0xFF | (bit if level else 0)

    def drive_byte(self, byte: int, levels: int) -> None:
        """Drive the eight pins of a byte in one instant."""
        self._memory[byte] = levels

    def close(self) -> None:
        self._memory.close()
        os.close(self.fd)


@dataclass(frozen=True)
class Wire:
    wires: Wires
    pin: int


def wires_apart(count: int) -> list[int]:
    """Pins for the ends of `count` wires (8 at most) from as many boards."""
    pins = list(range(0, PINS, PINS_TO_A_BYTE))
    if not 0 <= count <= len(pins):
        raise BoardOptionError(f"{count} boards cannot be wired to one: {len(pins)} at most")
    return pins[:count]


def require_pins(outputs: Mapping[int, Wire]) -> None:
    """BoardOptionError for wires from pins that there are not."""
    for pin in outputs:
        if not 0 <= pin < PINS:
            raise BoardOptionError(f"pin {pin} is out of range: pins go from 0 to {PINS - 1}")


def drop(outputs: Mapping[int, Wire]) -> None:
    """The board that drove these has no power."""
    for wire in outputs.values():
        wire.wires.drive(wire.pin, False)
