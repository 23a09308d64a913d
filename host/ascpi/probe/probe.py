"""Probe: the spare board that sees the pulses of all others, as a test or a command has it.

    with Probe("/dev/ttyUSB3", {4: "hall", 16: "stage"}) as probe:
        …
        for turn in probe.deviations():
            print(turn.deviations_us)

Its program is that of firmware/probe, its protocol docs/probe.md. Lines come in in a thread of
their own; every method may be called from any other.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping

from ascpi.errors import AscpiError
from ascpi.ports import PortError, SerialLine
from ascpi.probe import lines
from ascpi.probe.reader import WITHIN_US, ProbeEdge, ProbeReader, ProbeState
from ascpi.probe.turns import Front, Turn, period_us, turns

PINS_MOST = 8
PULLS = ("down", "up", "none")
# It hears a command within 0.15 s; a board that a USB bridge has reset takes 2 s to start.
START_DEADLINE_S = 8.0
ASK_EVERY_S = 0.5
LOOK_EVERY_S = 0.02


class ProbeError(AscpiError):
    """The probe is not there, or cannot watch what it should: why, and what to do."""


class Probe:
    """`wires`: the name of the board whose pulse comes to each pin (1 to 8 of them); none: as the
    probe is configured itself, each board by the name of its pin (`pin 4`).

    `within_us`: edges that were seen less sharply, as the probe was busy then, do not count for
    `deviations`."""

    def __init__(
        self,
        url: str,
        wires: Mapping[int, str],
        pull: str = "down",
        within_us: float = WITHIN_US,
    ) -> None:
        _require(wires, pull)
        self.url = url
        self.within_us = within_us
        self._pull = pull
        self._reader = ProbeReader(wires)
        self._line = SerialLine(url, self._take, self._port_changed)
        self._lock = threading.Lock()
        self._started = False

    def __enter__(self) -> Probe:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self, deadline_s: float = START_DEADLINE_S) -> None:
        """Open the port and have the probe watch. PortError if the port cannot be opened,
        ProbeError if the probe does not watch within the deadline."""
        self._line.start()
        end_s = time.monotonic() + deadline_s
        ask_s = 0.0
        try:
            while not self._reader.watching:
                self._require_hope(end_s, deadline_s)
                if self._line.is_open and time.monotonic() >= ask_s:
                    ask_s = time.monotonic() + ASK_EVERY_S
                    self._ask()
                time.sleep(LOOK_EVERY_S)
        except BaseException:
            self._line.stop()
            raise
        self._started = True

    def stop(self) -> None:
        """Have the probe stop, and close the port. Does nothing for one that is stopped."""
        if self._started:
            self._started = False
            self._say(lines.command("stop"))
            self._line.stop()

    @property
    def wires(self) -> dict[int, str]:
        """The boards by their pins."""
        return self._reader.wires

    @property
    def state(self) -> ProbeState:
        """What the probe last said of itself, and what was lost."""
        return self._reader.state

    @property
    def trouble(self) -> str:
        """Why nothing comes at present; empty if there is no reason known."""
        return self._reader.error if self._line.is_open else self._line.state

    def edges(self) -> list[ProbeEdge]:
        """The edges since the last call, in their order."""
        with self._lock:
            return self._reader.take_fresh()

    def seen(self) -> list[ProbeEdge]:
        """The newest edges (`reader.KEPT`), whoever has had them already."""
        with self._lock:
            return list(self._reader.edges)

    def deviations(self, turn_us: float | None = None) -> list[Turn]:
        """The turns of the edges in `seen`, by rising edges that were seen sharply. `turn_us`: the
        time of a turn, where it is known."""
        fronts = [
            Front(self.wires[edge.pin], edge.middle_us, edge.within_us)
            for edge in self.seen()
            if edge.level and edge.pin in self.wires
        ]
        # The time of a turn is told by all: what is blurred is off by milliseconds at most.
        period = period_us(fronts) if turn_us is None else turn_us
        sharp = [front for front in fronts if front.within_us <= self.within_us]
        return turns(sharp, self.wires.values(), period)

    @property
    def blurred(self) -> int:
        """Rising edges in `seen` that were not seen sharply."""
        return sum(edge.level and edge.within_us > self.within_us for edge in self.seen())

    def host_us(self, probe_us: float) -> int | None:
        """The µs of CLOCK_MONOTONIC for a moment of the probe's clock: late by the serial line's
        few ms, all alike. None before the probe has said its time."""
        with self._lock:
            return self._reader.clock.host_us(round(probe_us))

    # Inside

    def _ask(self) -> None:
        reader = self._reader
        if reader.is_configured_there:
            self._say(lines.command("identify"))
        else:
            self._say(lines.watch(list(reader.wires), self._pull))

    def _say(self, data: bytes) -> None:
        try:
            self._line.write(data)
        except PortError:
            # Without a port there is nobody to tell; it is asked again once there is.
            return

    def _require_hope(self, end_s: float, deadline_s: float) -> None:
        """An error where waiting on will not help."""
        reader = self._reader
        if reader.error:
            raise ProbeError(f"{self.url}: the probe says: {reader.error}")
        late = time.monotonic() >= end_s
        if not self._line.is_open:
            if late or self._line.state not in ("", "not open yet"):
                raise PortError(f"{self.url}: {self._line.state or 'the port does not open'}")
            return
        if reader.state.mac and reader.is_configured_there:
            raise ProbeError(
                f"{self.url}: the probe is not configured to watch any pin; name them "
                "(--pins 4,16), or put them into its /ascpi_probe.json"
            )
        if late:
            raise ProbeError(
                f"{self.url}: no probe answers within {deadline_s:g} s; is it the right port, and "
                "has the board the probe's program (`ascpi flash --program probe`)?"
            )

    # In the line's thread

    def _port_changed(self, state: str) -> None:
        if state == "" and self._started:
            # It was unplugged: a board that has just started, for all we know.
            with self._lock:
                self._reader.begin_anew()
            self._ask()

    def _take(self, line: str, arrival_us: int) -> None:
        with self._lock:
            anew = self._reader.take(line, arrival_us)
        if anew and self._started:
            self._ask()


def _require(wires: Mapping[int, str], pull: str) -> None:
    if len(wires) > PINS_MOST:
        raise ProbeError(f"{len(wires)} pins are too many for a probe: {PINS_MOST} at most")
    if pull not in PULLS:
        raise ProbeError(f"there is no pull {pull!r}: give one of {', '.join(PULLS)}")
    names = list(wires.values())
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ProbeError(f"two pins of the probe are called {twice[0]}: give each its own name")
