"""BoardCluster: the boards of a test as one field; what it asserts of them and does to them."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ascpi.hil import shown, steadiness
from ascpi.hil.board import EDGES, Board
from ascpi.hil.errors import NotSo
from ascpi.hil.faults import FaultyBoards
from ascpi.hil.network import Network
from ascpi.hil.pulse_turns import PulseTurn, complete_turns
from ascpi.hil.streaks import Lock, Streaks
from ascpi.hil.watch import Seen, Watch
from ascpi.virtual import true_us

# Between two looks; reports come ten a second.
LOOK_S = 0.05
SEEN_DEADLINE_S = 5.0
MARGIN_US = 1_000_000


class BoardCluster(FaultyBoards):
    """The fixture `cluster`: boards, faults, and what is to hold of all phases.

    `within_us` is what `locked` asks when the test does not say (`--hil-within`).
    """

    def __init__(
        self, boards: Sequence[Board], watch: Watch, network: Network, within_us: float
    ) -> None:
        super().__init__(boards, network)
        self.within_us = within_us
        self.began_us = true_us()
        self.watch = watch
        self.figures: dict[str, float] = {}

    # Where they are

    def seen(self, boards: Sequence[Board] | None = None) -> Seen:
        """The latest sighting of all of these boards. NotSo if one is silent."""
        __tracebackhide__ = True
        names = self._names(boards)
        end_s = time.monotonic() + SEEN_DEADLINE_S
        since_us = true_us() - MARGIN_US
        while time.monotonic() < end_s:
            self.watch.look()
            latest = self.watch.sightings[-1].among(names) if self.watch.sightings else None
            if latest is not None and latest.true_us >= since_us and not latest.missing:
                return latest
            time.sleep(LOOK_S)
        raise NotSo(
            f"not all of {', '.join(names)} were heard within {SEEN_DEADLINE_S:g} s\n"
            + self.table(boards)
        )

    def coherence(self, boards: Sequence[Board] | None = None) -> float:
        """C of these boards' phases, as the judge sees them: 0 … 1."""
        __tracebackhide__ = True
        return self.seen(boards).coherence

    def spread_us(self, boards: Sequence[Board] | None = None) -> float:
        """From the last board's phase to the first's, in µs."""
        __tracebackhide__ = True
        return self.seen(boards).spread_us

    def table(self, boards: Sequence[Board] | None = None) -> str:
        """All that is known of them now, a line a board."""
        latest = self.watch.sightings[-1] if self.watch.sightings else None
        return shown.table(list(boards or self.boards), latest)

    # What they are to do

    def locked(
        self,
        within_us: float | None = None,
        for_s: float = 3.0,
        deadline_s: float = 20.0,
        boards: Sequence[Board] | None = None,
    ) -> Lock:
        """Wait until these boards have been one for `for_s`: C above 0.75, nobody missing, and
        each within `within_us` of their circular mean, however wrong the clock may be.

        NotSo after `deadline_s`; where the common clock is too uncertain to tell, for that reason.
        """
        __tracebackhide__ = True
        within = self.within_us if within_us is None else within_us
        names = self._names(boards)
        began_us = true_us()
        end_s = time.monotonic() + deadline_s
        streaks = Streaks(within)
        judged_us = began_us
        while True:
            self.watch.look()
            for sighting in self.watch.sightings:
                if sighting.true_us > judged_us:
                    judged_us = sighting.true_us
                    streaks.add(sighting.among(names))
            if streaks.lasted_s >= for_s:
                return self._kept(streaks.lock(began_us))
            if time.monotonic() >= end_s:
                break
            time.sleep(LOOK_S)
        raise NotSo(
            f"not locked: {within:g} µs for {for_s:g} s were asked, and not seen within "
            f"{deadline_s:g} s; {streaks.why()}\n{self.table(boards)}"
        )

    @contextmanager
    def steady(self, boards: Sequence[Board], within_us: float = 1000.0) -> Iterator[None]:
        """While this lasts no phase of these boards leaves the straight line that they are on by
        more than `within_us`: whatever happens to others does not move them."""
        __tracebackhide__ = True
        self.seen(boards)
        names = self._names(boards)
        began_us = true_us()
        yield
        self.watch.look()
        seen = [one.among(names) for one in self.watch.sightings if one.true_us >= began_us]
        moved = steadiness.moved(seen, names, self.watch.turn_us)
        self.figures["moved_us"] = moved.by_us
        if moved.missing:
            raise NotSo(f"{moved.missing} fell silent meanwhile\n{self.table(boards)}")
        if moved.by_us + moved.uncertain_us > within_us:
            raise NotSo(
                f"{moved.board} moved by {moved.by_us:.0f} µs (known to "
                f"{moved.uncertain_us:.0f} µs); {within_us:g} µs were allowed\n"
                + self.table(boards)
            )

    def pulses(
        self, turns: int = 3, deadline_s: float = 10.0, boards: Sequence[Board] | None = None
    ) -> list[PulseTurn]:
        """The pulses of `turns` whole turns in which each of these boards gave one.

        Impossible without edges (a physical board without a probe).
        """
        __tracebackhide__ = True
        chosen = list(boards or self.boards)
        for board in chosen:
            board.require(EDGES)
            board.edges()  # those of before
        fronts: dict[str, list[int]] = {board.name: [] for board in chosen}
        end_s = time.monotonic() + deadline_s
        while time.monotonic() < end_s:
            for board in chosen:
                # At phase 0, whatever a board is to lead or trail by.
                lead_us = board.phase_offset * self.watch.turn_us
                fronts[board.name] += [round(at_us + lead_us) for at_us in board.edges()]
            found = complete_turns(fronts, self.watch.turn_us)
            if len(found) >= turns:
                return found[-turns:]
            time.sleep(LOOK_S)
        counts = ", ".join(f"{name} {len(times)}" for name, times in fronts.items())
        raise NotSo(
            f"no {turns} turns within {deadline_s:g} s in which every board gave a pulse; "
            f"pulses seen: {counts}\n{self.table(boards)}"
        )

    # Inside

    def _names(self, boards: Sequence[Board] | None) -> list[str]:
        return [board.name for board in (self.boards if boards is None else boards)]

    def _kept(self, lock: Lock) -> Lock:
        self.figures.update(
            lock_after_s=round(lock.after_s, 3),
            lock_worst_us=round(lock.worst_us, 1),
            lock_spread_us=round(lock.spread_us, 1),
            lock_uncertain_us=round(lock.uncertain_us, 1),
        )
        return lock
