"""What a probe has said so far: its edges on a clock without wraps, and what it says of itself.

No port and no threads: lines and the times at which they came in, and what follows from them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from ascpi.probe import lines
from ascpi.probe.clock import ProbeClock

# An edge that is less sure than this is good for counting pulses only.
WITHIN_US = 100.0
# The newest edges: an hour of two boards at a turn a second.
KEPT = 14_400


@dataclass(frozen=True)
class ProbeEdge:
    """A pin's level changed between `probe_us − gap_us` and `probe_us`, on the probe's clock.

    `probe_us` has no wraps. The middle of the two is the best guess of when it was.
    """

    pin: int
    level: int
    probe_us: int
    gap_us: int

    @property
    def middle_us(self) -> float:
        return self.probe_us - self.gap_us / 2

    @property
    def within_us(self) -> float:
        """How far off the middle can be."""
        return self.gap_us / 2

    @property
    def blurred(self) -> bool:
        """The probe was busy then: it says nothing of a lock to microseconds."""
        return self.within_us > WITHIN_US


@dataclass(frozen=True)
class ProbeState:
    """What the probe says of itself, and what was lost on the way.

    `gap_us`, `longest_us`: what an edge's gap would have been in its last second or so, median and
    longest; `away_us`: the longest around a pause, to talk. `lost`: edges that never arrived here;
    `dropped`: looks of these that its memory had no room for; `damaged`: lines with a wrong
    checksum; `restarts`: times that it began anew.
    """

    mac: str = ""
    version: str = ""
    chip: str = ""
    reader: str = ""
    gap_us: int = 0
    longest_us: int = 0
    away_us: int = 0
    lost: int = 0
    dropped: int = 0
    damaged: int = 0
    restarts: int = 0


class ProbeReader:
    """`wires` empty: whatever pins the probe is configured to watch, each called `pin N`."""

    def __init__(self, wires: Mapping[int, str]) -> None:
        self.wires = dict(wires)
        self.is_configured_there = not wires
        self.state = ProbeState()
        self.watching = False
        self.error = ""
        self.clock = ProbeClock()
        self.edges: list[ProbeEdge] = []
        self._fresh: list[ProbeEdge] = []
        self._next_sequence: int | None = None

    def take(self, line: str, arrival_us: int) -> bool:
        """A line that came in; True if the probe has begun anew and must be told what to do."""
        said = lines.parse(line)
        if isinstance(said, lines.EdgeLine):
            self._take_edge(said, arrival_us)
        elif isinstance(said, lines.StateLine):
            self._take_state(said, arrival_us)
        elif isinstance(said, lines.ErrorLine):
            self.error = said.text
        elif isinstance(said, lines.Damaged):
            self._change(damaged=self.state.damaged + 1)
        elif isinstance(said, lines.BootLine):
            self.begin_anew()
            return True
        return False

    def take_fresh(self) -> list[ProbeEdge]:
        """The edges since the last call."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def begin_anew(self) -> None:
        """The probe was reset, or may have been: its ticks and numbers are others from now on."""
        if self.watching:
            self._change(restarts=self.state.restarts + 1)
        self.clock.restart()
        self._next_sequence = None

    def _take_edge(self, said: lines.EdgeLine, arrival_us: int) -> None:
        if not self.watching:
            return  # of what somebody else had it watch before
        self._expect(said.sequence)
        self._next_sequence = said.sequence + 1
        count_us = self.clock.unwrap(said.ticks, arrival_us)
        edge = ProbeEdge(said.pin, said.level, count_us, said.gap_us)
        for kept in (self.edges, self._fresh):
            kept.append(edge)
            del kept[:-KEPT]

    def _take_state(self, said: lines.StateLine, arrival_us: int) -> None:
        self.clock.fresh(self.clock.unwrap(said.ticks, arrival_us), arrival_us)
        if said.kind == "status":
            if self.watching:
                self._expect(said.sequence)
                self._next_sequence = said.sequence
            names = ("gap_us", "longest_us", "away_us", "dropped")
            self._change(**{name: said.number(name) for name in names})
            return
        self._change(
            **{name: said.words.get(name, "") for name in ("mac", "version", "chip", "reader")}
        )
        pins = [int(pin) for pin in said.words.get("pins", "").split(",") if pin.isdigit()]
        if self.is_configured_there and not self.wires:
            self.wires = {pin: f"pin {pin}" for pin in pins}
        if (
            pins
            and set(pins) == self.wires.keys()
            and (said.kind == "watching" or self.is_configured_there)
        ):
            self.watching = True
            self.error = ""
            self._next_sequence = said.sequence

    def _expect(self, sequence: int) -> None:
        if self._next_sequence is not None and sequence > self._next_sequence:
            self._change(lost=self.state.lost + sequence - self._next_sequence)

    def _change(self, **values: int | str) -> None:
        self.state = replace(self.state, **values)  # type: ignore[arg-type]
