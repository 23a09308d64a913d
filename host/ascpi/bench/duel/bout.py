"""One run of one side: its network, the switch and the peers; started, heard and stopped."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ascpi.bench.duel.contender import Contender
from ascpi.bench.duel.ethernet import Ethernet
from ascpi.bench.duel.figures import Traffic, traffic
from ascpi.bench.duel.recording import GRID_US, Recorder, Recording
from ascpi.bench.duel.switching import Switching
from ascpi.errors import AscpiError

# Four Pythons or four MicroPythons on a busy machine take a second or two.
START_DEADLINE_S = 20.0
# A listener looks at the clock, and at whoever watches, this often.
LOOK_S = 0.1
# After the end: until the last sightings are in that say where everyone was at the end. One that
# has fallen silent is not waited for longer than this.
SETTLE_S = 2.0

# (seconds since all were up, what is seen of them); None: they are still starting
Watcher = Callable[[float | None, Recorder], None]


@dataclass(frozen=True)
class Bout:
    recording: Recording
    # The switch's report at the end.
    switch: dict[str, Any]
    whole_run: Traffic | None
    # From `after_s` on.
    after: Traffic | None


@dataclass(frozen=True)
class Rules:
    """The same for both sides."""

    peers: int
    air: str
    seconds: float
    after_s: float


def fight(contender: Contender, rules: Rules, seed: int, watcher: Watcher) -> Bout:
    """AscpiError: a peer does not come up, or has ended; all of it is stopped on every way out."""
    with (
        tempfile.TemporaryDirectory(prefix="ascpi-duel-", ignore_cleanup_errors=True) as folder,
        Ethernet(rules.peers) as ethernet,
        Switching(rules.air, seed, ethernet.taps) as switching,
    ):
        ethernet.release_taps()
        recorder = Recorder(rules.peers)
        try:
            contender.start(ethernet, Path(folder))
            _await_all(contender, recorder, watcher)
            return _record(contender, recorder, switching, rules, watcher)
        finally:
            contender.stop()


def _await_all(contender: Contender, recorder: Recorder, watcher: Watcher) -> None:
    deadline_s = time.monotonic() + START_DEADLINE_S
    while recorder.silent:
        _hear(contender, recorder)
        watcher(None, recorder)
        if time.monotonic() >= deadline_s and recorder.silent:
            peer = recorder.silent[0]
            raise AscpiError(
                f"peer {peer} of {contender.name} did not come up in {START_DEADLINE_S:.0f} s; "
                f"it said: {contender.last_words(peer)}"
            )


def _record(
    contender: Contender, recorder: Recorder, switching: Switching, rules: Rules, watcher: Watcher
) -> Bout:
    started_us = recorder.started_us
    assert started_us is not None
    clock = _Counts(switching, contender.now_us() - started_us)
    while (elapsed_s := (contender.now_us() - started_us) / 1e6) < rules.seconds:
        _hear(contender, recorder)
        if elapsed_s >= rules.after_s:
            clock.look_once(elapsed_s)
        watcher(elapsed_s, recorder)
    last = clock.last(elapsed_s)
    end_us = started_us + round(rules.seconds * 1e6)
    while contender.now_us() < end_us + SETTLE_S * 1e6:
        latest = recorder.latest
        if latest is not None and latest.true_us >= end_us - GRID_US:
            break
        _hear(contender, recorder)
    return Bout(recorder.recording(rules.seconds), last, clock.whole_run(), clock.after())


def _hear(contender: Contender, recorder: Recorder) -> None:
    for sighting in contender.hear(LOOK_S):
        recorder.add(sighting)
    recorder.advance(contender.now_us())


class _Counts:
    """What the switch had counted at the start, at `after_s` and at the end."""

    def __init__(self, switching: Switching, elapsed_us: int) -> None:
        self._switching = switching
        self._looks = [(elapsed_us / 1e6, switching.report()["counts"])]

    def look_once(self, elapsed_s: float) -> None:
        if len(self._looks) == 1:
            self._looks.append((elapsed_s, self._switching.report()["counts"]))

    def last(self, elapsed_s: float) -> dict[str, Any]:
        self.look_once(elapsed_s)
        report = self._switching.report()
        self._looks.append((elapsed_s, report["counts"]))
        return report

    def whole_run(self) -> Traffic | None:
        return self._between(0, 2)

    def after(self) -> Traffic | None:
        return self._between(1, 2)

    def _between(self, first: int, last: int) -> Traffic | None:
        (from_s, before), (to_s, then) = self._looks[first], self._looks[last]
        return traffic(before, then, to_s - from_s)
