"""Look, tell, obey: the probe's program.

Edges come in bursts, once a turn, and are to be caught to the microsecond; telling them takes 4 ms
a line. So it looks without a pause through each burst and for QUIET_US after it, and only then
tells, line by line. A line is shorter than the serial port's own buffer of 128 bytes, so writing
it takes the processor a fraction of a millisecond, and while it goes out the probe looks again.
What it missed while it was busy is no secret: each edge says how long the look before it was ago.
"""

import gc
import json
import select
import sys
import time
from time import ticks_diff, ticks_us

import machine

from . import VERSION, lines, wiring
from .record import DROPPED, Record, changes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

CONFIGURATION = "/ascpi_probe.json"

_SLICE_US = 100_000
_SLICE_SPREAD = 0x3FFF
"""Slices differ in length, so that the pause between two does not always meet the same edge."""
_QUIET_US = 5_000
_BYTE_US = 87
"""On a serial line of 115200 baud."""
_STATUS_US = 1_000_000
_STATUS_LATEST_US = 2_500_000
_IDLE_MS = 5
_COMMAND_LONGEST = 100


def tell(text: str) -> int:
    """Print a line; µs that it takes to go out."""
    line = lines.sealed(text)
    print(line)
    return (len(line) + 2) * _BYTE_US


class Program:
    """Runs until Ctrl-C."""

    def __init__(self) -> None:
        self._record = Record()
        self._wiring: "wiring.Wiring | None" = None
        self._sequence = 0
        self._dropped = 0
        self._edges: "list[tuple[int, int, int, int]]" = []
        self._status_ticks = 0
        self._typed = ""
        self._keys = select.poll()
        self._keys.register(sys.stdin, select.POLLIN)

    def run(self) -> None:
        """Begin by the configuration if there is one, else greet; then go on for ever."""
        self._configure()
        if self._wiring is None:
            self._greet("hello")
        while True:
            self._obey()
            if self._wiring is None:
                time.sleep_ms(_IDLE_MS)
            else:
                self._watch(self._wiring)

    def _watch(self, wires: wiring.Wiring) -> None:
        """A slice of looking; then what there is to tell."""
        length_us = _SLICE_US + (ticks_us() & _SLICE_SPREAD)
        if wires.look(length_us, _QUIET_US):
            self._tell_edges(wires)
            self._tell_status(wires, _STATUS_US)
        else:
            self._tell_status(wires, _STATUS_LATEST_US)

    def _tell_edges(self, wires: wiring.Wiring) -> None:
        record = self._record
        # Those that wait now: commands are heard even if edges never end.
        for _ in range(record.waiting()):
            entry = record.take()
            for pin, level in changes(wires.places, entry):
                taken_us = tell(
                    "edge %d %d %d %d %d" % (self._sequence, pin, level, entry[0], entry[1])
                )
                self._sequence += 1
                wires.look(taken_us, _QUIET_US)
        dropped = record.words[DROPPED]
        # Of each look that was dropped one edge is missing at least: the numbers show it.
        self._sequence += dropped - self._dropped
        self._dropped = dropped

    def _tell_status(self, wires: wiring.Wiring, after_us: int) -> None:
        now = ticks_us()
        if ticks_diff(now, self._status_ticks) < after_us:
            return
        self._status_ticks = now
        looks, median_us, longest_us, away_us = self._record.sharpness()
        taken_us = tell(
            "status %d %d looks=%d gap_us=%d longest_us=%d away_us=%d dropped=%d reader=%s"
            % (
                self._sequence,
                now,
                looks,
                median_us,
                longest_us,
                away_us,
                self._dropped,
                wiring.reader(),
            )
        )
        # Now, before it is collected at a moment that does not suit.
        gc.collect()
        wires.look(taken_us, _QUIET_US)

    # Commands

    def _obey(self) -> None:
        while self._keys.poll(0):
            key = sys.stdin.read(1)
            if key in ("\n", "\r"):
                typed, self._typed = self._typed, ""
                if typed.strip():
                    self._command(typed)
            elif len(self._typed) < _COMMAND_LONGEST:
                self._typed += key

    def _command(self, typed: str) -> None:
        text = lines.opened(typed)
        if text is None:
            tell("error the command's checksum is wrong; send it again")
            return
        words = text.split()
        name = words[0] if words else ""
        if name == "identify":
            self._greet("hello")
        elif name == "stop":
            self._wiring = None
            tell("stopped %d" % self._sequence)
        elif name == "watch" and 2 <= len(words) <= 3:
            self._begin(words[1].split(","), words[2] if len(words) == 3 else "down")
        else:
            tell("error no such command; give identify, stop or watch PIN,PIN,… [down|up|none]")

    def _begin(self, pins: "list[Any]", pull: str) -> None:
        """Watch these pins from now on."""
        self._wiring = None
        try:
            self._wiring = wiring.Wiring([_number(pin) for pin in pins], pull, self._record)
        except ValueError as error:
            tell("error %s" % error)
            return
        self._sequence = 0
        self._dropped = 0
        self._status_ticks = ticks_us()
        self._greet("watching")

    def _configure(self) -> None:
        try:
            with open(CONFIGURATION) as file:
                given = json.load(file)
        except OSError:
            return
        except ValueError:
            tell("error %s is not valid JSON; mend it, then reset" % CONFIGURATION)
            return
        if not isinstance(given, dict) or not isinstance(given.get("pins"), list):
            tell('error %s: give {"pins": [4, 16], "pull": "down"}' % CONFIGURATION)
            return
        unknown = [name for name in given if name not in ("pins", "pull")]
        if unknown:
            tell("error %s: %s is no setting" % (CONFIGURATION, unknown[0]))
            return
        self._begin(given["pins"], given.get("pull", "down"))

    def _greet(self, kind: str) -> None:
        """Who this is, and what it watches."""
        wires = self._wiring
        tell(
            "%s %d %d mac=%s version=%s chip=%s reader=%s pins=%s pull=%s"
            % (
                kind,
                self._sequence,
                ticks_us(),
                mac(),
                VERSION,
                wiring.chip() or "unknown",
                wiring.reader(),
                ",".join([str(pin) for pin in wires.pins]) if wires else "none",
                wires.pull if wires else "none",
            )
        )


def _number(pin: object) -> int:
    text = str(pin)
    if not text.isdigit():
        raise ValueError("%r is no pin; give numbers such as 4,16,17" % text)
    return int(text)


def mac() -> str:
    """The board's MAC, as aa:bb:…"""
    return ":".join(["%02x" % byte for byte in machine.unique_id()])


def _boot_line() -> str:
    """As every board says that it starts: what a flasher and a monitor wait for."""
    identity = machine.unique_id()
    number = 0
    for byte in identity:
        number = (number << 8) | byte
    release = getattr(sys.implementation, "version", (0, 0, 0))
    return "ASCPI event boot id=%d epoch=0 mac=%s version=%s micropython=%s program=probe" % (
        number & 0x3FFFFFFF or 1,
        mac(),
        VERSION,
        ".".join([str(part) for part in release[:3]]),
    )


def main() -> None:
    """Start the probe; returns only to leave the REPL."""
    print(_boot_line())
    try:
        Program().run()
    except KeyboardInterrupt:
        print("ASCPI note stopped; the REPL is open, and a soft reset starts the probe again")
