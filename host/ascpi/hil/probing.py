"""`--probe`: the pulses of physical boards, as one spare board sees them (firmware/probe).

All of them are on the probe's clock, so they compare to microseconds. Where that clock is on this
computer's is known to the few ms of a serial line, the same for all; it is moved along only
between two bursts of pulses, so that no turn is torn.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Sequence

from ascpi.hil.board import Board
from ascpi.hil.errors import HilError
from ascpi.hil.options import ProbeChoice
from ascpi.hil.pulses import Pulse
from ascpi.probe.probe import Probe
from ascpi.virtual import true_us

# Two crystals part by that much in twenty minutes at most.
APART_MAX_US = 50_000
# So long after the last pulse no other of its turn comes.
BURST_US = 250_000


class ProbePulses:
    """A probe that watches, in a `with`. HilError for a wire to a board that is not there."""

    def __init__(self, choice: ProbeChoice, boards: Sequence[Board]) -> None:
        macs = {name: board.mac for board in boards for name in (board.mac, board.name)}
        for pin, board in choice.wires.items():
            if board not in macs:
                known = ", ".join(f"{one.name} ({one.mac})" for one in boards)
                raise HilError(
                    f"--probe-pins {pin}={board}: no board on a port is called so; there are "
                    f"{known}"
                )
        self._mac_of = {pin: macs[board] for pin, board in choice.wires.items()}
        self._probe = Probe(choice.port, choice.wires)
        self._pulses: dict[str, list[Pulse]] = defaultdict(list)
        self._lock = threading.Lock()
        self._offset_us: int | None = None
        self._last_us = 0.0

    def __enter__(self) -> ProbePulses:
        self._probe.start()
        return self

    def __exit__(self, *what: object) -> None:
        self._probe.stop()

    def sees(self, mac: str) -> bool:
        """Whether a pin is wired to this board."""
        return mac in self._mac_of.values()

    def pulses(self, mac: str, since: int) -> tuple[Sequence[Pulse], int]:
        """A board's pulses from number `since` on, and the number of the next one."""
        with self._lock:
            self._take()
            kept = self._pulses[mac]
            return kept[since:], len(kept)

    def _take(self) -> None:
        self._anchor()
        if self._offset_us is None:
            return
        for edge in self._probe.edges():
            self._last_us = max(self._last_us, edge.middle_us)
            if edge.level and edge.pin in self._mac_of:
                pulse = Pulse(round(edge.middle_us) + self._offset_us, edge.within_us)
                self._pulses[self._mac_of[edge.pin]].append(pulse)

    def _anchor(self) -> None:
        """The probe's count on this computer's clock: fixed, and moved only between bursts."""
        host_us = self._probe.host_us(self._last_us)
        if host_us is None:
            return
        now_us = true_us()
        offset_us = host_us - round(self._last_us) + now_us - time.monotonic_ns() // 1000
        if self._offset_us is None or (
            abs(offset_us - self._offset_us) > APART_MAX_US
            and now_us - (self._last_us + offset_us) > BURST_US
        ):
            self._offset_us = offset_us
