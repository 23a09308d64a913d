"""Board: what a test can do with one board, real or virtual.

`cannot` tells beforehand what a board is not able to do; asked for it all the same, it raises
Impossible, and the test is skipped with that reason.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from ascpi import telemetry
from ascpi.hil.errors import Impossible
from ascpi.hil.pulses import PulseSource
from ascpi.hil.transcript import Heard, Predicate, Transcript
from ascpi.ports.repl import Repl
from ascpi.virtual import true_us

POWER = "power"
EDGES = "edges"
FAULTS = "faults"
REPL = "repl"

START_DEADLINE_S = 20.0
JUST_BEGUN_US = 1_000_000


@dataclass(frozen=True)
class Placed:
    """A report on the common clock: its ticks were at `true_us`, give or take `within_us`."""

    true_us: int
    within_us: float


class Board(ABC):
    """`mac` is who it is; `name` and `node_id` are what it is called, `port` where it is now.

    `version` is its firmware's; `rate_mhz` its nominal rate in turns a 1000 s; `report_ms` the
    time between its reports; by `phase_offset` turns its pulses come earlier than phase 0.
    """

    name: str
    mac: str
    node_id: int
    port: str
    version: str
    rate_mhz: int = 1000
    report_ms: int = 100
    phase_offset: float = 0.0
    pulse_source: PulseSource | None = None
    powered: bool = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.transcript = Transcript(name)
        self._latest: telemetry.Report | None = None
        self._epoch = -1
        self.transcript.on_line(self.take)

    def __repr__(self) -> str:
        return f"<{self.name} {self.mac} on {self.port}>"

    # Who and what

    @abstractmethod
    def cannot(self, capability: str) -> str:
        """Why it has no power switch, edges, faults or REPL; empty if it has."""

    def require(self, capability: str) -> None:
        """Impossible, unless it can."""
        if reason := self.cannot(capability):
            raise Impossible(reason)

    @property
    def report(self) -> telemetry.Report | None:
        """Its last report; None before the first, and while it is off."""
        return self._latest if self.powered else None

    @property
    def epoch(self) -> int:
        """Boots so far, as it said at the last one; −1 before."""
        return self._epoch

    # Power

    @abstractmethod
    def power_off(self) -> None:
        """As if the plug were pulled: in the midst of anything. Its flash is kept."""

    @abstractmethod
    def power_on(self) -> None:
        """A new boot. Does not wait for it."""

    @abstractmethod
    def reset(self) -> None:
        """Press its reset button. Does not wait for the boot."""

    def wait_booted(self, since: int, deadline_s: float = START_DEADLINE_S) -> Heard:
        """The first line of a boot just begun, from line number `since` on.

        A board whose USB port goes away with its reset may have said it to nobody: then its first
        report of a short life will do. NotSo after the deadline.
        """
        __tracebackhide__ = True
        began_us = true_us()

        def tells(heard: Heard) -> bool:
            if heard.event is not None:
                return heard.event.name == "boot"
            age_us = heard.at_us - began_us + JUST_BEGUN_US
            return heard.report is not None and heard.report.up_ms * 1000 <= age_us

        return self.transcript.wait_for(tells, deadline_s, "a boot", since)

    # Software

    @abstractmethod
    def flash(self) -> None:
        """Put the checkout's firmware on it, keeping its configuration, and start it."""

    @abstractmethod
    def repl(self) -> AbstractContextManager[Repl]:
        """Its raw REPL, in a `with`. The program is stopped; leaving resets the board."""

    # Telemetry

    def wait_for(
        self, predicate: Predicate, deadline_s: float, what: str = "", since: int | None = None
    ) -> Heard:
        """The first line for which it holds; see `Transcript.wait_for`."""
        __tracebackhide__ = True
        return self.transcript.wait_for(predicate, deadline_s, what, since)

    def wait_event(
        self, name: str, deadline_s: float = 10.0, since: int | None = None
    ) -> telemetry.Event:
        """The next event of that name, such as `joined`, `silent`, `state`."""
        __tracebackhide__ = True
        heard = self.wait_for(
            lambda heard: heard.event is not None and heard.event.name == name,
            deadline_s,
            f"the event {name}",
            since,
        )
        assert heard.event is not None
        return heard.event

    def wait_state(
        self, state: str, deadline_s: float = 10.0, since: int | None = None
    ) -> telemetry.Report:
        """The next report in which it is `alone`, `acquiring`, `locked` or in `holdover`."""
        __tracebackhide__ = True
        heard = self.wait_for(
            lambda heard: heard.report is not None and heard.report.state == state,
            deadline_s,
            f"a report of the state {state}",
            since,
        )
        assert heard.report is not None
        return heard.report

    @abstractmethod
    def place(self, heard: Heard) -> Placed | None:
        """When the ticks of a report were, on the common clock; None while that is not known."""

    # Pulses

    @abstractmethod
    def edges(self) -> Sequence[int]:
        """The pulses at phase 0 since the last call: µs of the common clock of their fronts."""

    # Faults

    @abstractmethod
    def wifi(self, on: bool) -> None:
        """Take its network away, or give it back."""

    @abstractmethod
    def step_clock(self, step_us: int) -> None:
        """Put its clock on by so many µs, or back."""

    @abstractmethod
    def command(self, words: str) -> telemetry.Event:
        """Have the firmware's harness do something; its answer. Impossible where it has none."""

    def take(self, heard: Heard) -> None:
        """A line has come in: keep what is known of the board at present."""
        if heard.report is not None:
            self._latest = heard.report
            self._epoch = heard.report.epoch
        elif heard.event is not None and heard.event.name == "boot":
            self._latest = None
            words = heard.event.words
            self._epoch = int(words.get("epoch", -1))
            self.version = words.get("version", "unknown")
