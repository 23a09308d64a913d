"""The first event: the source's section 7 played by two virtual boards, A and B.

They start apart, on their own clocks, and hear each other from the moment at which A's phase is
0.24 and B's 0.81. What is told of each step is measured: phases and C in true time, ΔΦ, κ and the
phase errors from the boards' own telemetry, the migration on the air (migration.py); the source's
figures stand beside it. It is over when the first implosive glyph has gone from A to B.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Protocol

from ascpi.cluster import BOARD, PPM_SPAN, NodePlan
from ascpi.demo.account import sentence
from ascpi.demo.ear import Hearing
from ascpi.demo.migration import IMPLOSIVE_ENERGY, Migration
from ascpi.demo.plain import story_text
from ascpi.demo.scene import DONE, PRESENT, WAITING, Scene, StoryStep
from ascpi.demo.watch import US_PER_TURN, Watch
from ascpi.telemetry import Line
from ascpi.truth import Moment, arc
from ascpi.view.units import coherence, signed

A, B = 1, 2
THETA = {A: 0.24, B: 0.81}
DPHI = {A: 0.19, B: 0.10}
KAPPA = {A: 0.11, B: 0.18}

REPORT_MS = 50
# Out of lock each supervision step of 50 ms closes 2 % of a node's error, a time constant of
# 2.5 s: slow enough to see C rise. (The source's 1 % would take the better part of a minute.)
ALPHA_ACQUIRE = 200

# How near to 0.57 turn the two must be at contact.
START_WITHIN = 0.004
# After a clock was set: until reports of both are in that were made after it.
SETTLE_US = 300_000
# Contact is timed to a millisecond; so long before it, nothing else is done.
LAST_WAIT_US = 80_000
# Who observes them must have been on the air for so long at the contact, to be known there.
OBSERVED_US = 1_000_000
# The end is shown so long, where it is seen and not read.
AFTERGLOW_US = 3_000_000

SOURCE_RISE = (0.12, 0.44)
SHARED = 0.75
TITLES = ("Contact", "CPS", "Fusion", "Coherence", "Migration")


def nodes() -> list[NodePlan]:
    """The two boards, at the two ends of the usual spread of clocks."""
    return [
        NodePlan(
            node_id,
            name,
            BOARD,
            ppm,
            THETA[node_id],
            REPORT_MS,
            {"dphi": DPHI[node_id], "kappa": KAPPA[node_id], "alpha_acquire": ALPHA_ACQUIRE},
        )
        for node_id, name, ppm in ((A, "A", -PPM_SPAN), (B, "B", PPM_SPAN))
    ]


class Stage(Protocol):
    """What a `Cluster` does for the story."""

    def set_clock(self, node_id: int, step_us: int) -> None: ...
    def heal(self) -> None: ...


def wait_until(at_us: int) -> int:
    """Sleep until then; the time at which that ended, µs of CLOCK_MONOTONIC."""
    while (left_us := at_us - time.monotonic_ns() // 1000) > 0:
        time.sleep(left_us / 1e6)
    return time.monotonic_ns() // 1000


class FirstEvent:
    """A story (see story.py): sets the stage, lets the two meet, and tells what it sees."""

    patience_s = 0.02

    def __init__(
        self,
        cluster: Stage,
        watch: Watch,
        ear: Hearing,
        wait_until: Callable[[int], int] = wait_until,
        afterglow_us: int = AFTERGLOW_US,
    ) -> None:
        self.migration = Migration(ear, A, B, THETA, DPHI, KAPPA)
        self._ear = ear
        self._afterglow_us = afterglow_us
        self._observed_us: int | None = None
        self._moved_us: int | None = None
        self._cluster = cluster
        self._watch = watch
        self._wait_until = wait_until
        self._contact_us: int | None = None
        self._settled_us = 0
        self._alone: dict[int, tuple[str, str]] = {}
        self._lines: list[tuple[str, ...]] = [() for _ in TITLES]
        self._done = [False] * len(TITLES)
        self._passed_us: dict[float, int] = {}
        self._start: Moment | None = None
        self._locked_us: int | None = None
        self._now_us = 0

    @property
    def finished(self) -> bool:
        """The glyph has moved, both are locked, and there was time to see it."""
        return (
            self._moved_us is not None
            and self._done[3]
            and self._now_us > self._moved_us + self._afterglow_us
        )

    @property
    def settled(self) -> bool:
        return self.migration.is_settled()

    def take(self, node_id: int, said: Line | None, at_us: int) -> None:
        self.migration.take(node_id, said, at_us)

    def press(self, keys: str) -> None: ...

    def is_portrait(self, scene: Scene) -> bool:
        return self._moved_us is not None

    def close(self) -> None:
        self._ear.stop()

    def advance(self, now_us: int, moments: Sequence[Moment]) -> None:
        self._now_us = now_us
        if self._contact_us is None:
            self._approach(now_us)
            return
        self._tell_supervision()
        self._tell_fusion()
        for moment in moments:
            self._tell_coherence(moment)
        self.migration.advance()
        self._tell_migration(now_us)

    def tell(self, scene: Scene) -> Scene:
        return replace(scene, story=self.steps(), glyphs=self.migration.views(self._watch.seconds))

    def steps(self) -> tuple[StoryStep, ...]:
        """All five."""
        told = self._done.index(False) if False in self._done else len(TITLES)
        states = [DONE] * told + [PRESENT] + [WAITING] * len(TITLES)
        return tuple(map(StoryStep, TITLES, states, self._lines))

    def ending(self, plain: bool) -> str:
        """The whole story, for a terminal that has just lost its picture."""
        steps = () if plain else self.steps()
        told = [story_text(number, step) for number, step in enumerate(steps, 1) if step.lines]
        if self.migration.move is not None and not self.failure():
            told.append(sentence(self.migration.account().sentence()))
        return "\n".join(told)

    def failure(self) -> str:
        if self.migration.move is not None:
            return sentence("; ".join(self.migration.account().wrong))
        if self._contact_us is None:
            return "The two boards have not met, and so no glyph has migrated."
        why = self.migration.waits(self._watch.reports)
        return sentence(f"the first implosive glyph has not migrated: {why}")

    def figures(self) -> dict[str, Any]:
        move = self.migration.move
        return {
            "glyphs": self.migration.account().figures(),
            "migration": None if move is None else move.figures(),
        }

    # Before contact

    def _approach(self, now_us: int) -> None:
        moment = self._watch.field.at(now_us)
        reports = self._watch.reports
        if moment.missing or any(report.words.get("sent") == "0" for report in reports.values()):
            return
        if now_us < self._settled_us:
            return
        skew = arc(arc(moment.phases[B], moment.phases[A]), THETA[B] - THETA[A])
        if abs(skew) > START_WITHIN:
            self._set_clock(A if skew > 0 else B, round(abs(skew) * US_PER_TURN))
            return
        if self._observed_us is None:
            self._observed_us = now_us
            self._ear.start()
        if now_us < self._observed_us + OBSERVED_US:
            return
        wait_us = round((THETA[A] - moment.phases[A]) % 1.0 * US_PER_TURN)
        if wait_us <= LAST_WAIT_US:
            self._meet(now_us + wait_us)

    def _set_clock(self, node_id: int, step_us: int) -> None:
        """They did not boot at the same instant: put on the clock of the one that is behind."""
        self._cluster.set_clock(node_id, step_us)
        self._settled_us = self._wait_until(0) + SETTLE_US

    def _meet(self, at_us: int) -> None:
        for node_id, report in self._watch.reports.items():
            self._alone[node_id] = (report.words["dphi"], report.words["kappa"])
        self._wait_until(at_us)
        self._cluster.heal()
        self._contact_us = self._wait_until(0)
        self.migration.begin()
        self._watch.judge.count_from(self._contact_us)
        # By the reports before it: those to come are of phases that have been steered.
        self._start = self._watch.field.at(self._contact_us)
        self._finish(0, *(self._introduction(node_id) for node_id in (A, B)))

    # After it

    def _introduction(self, node_id: int) -> str:
        assert self._start is not None
        name = self._watch.nodes[node_id - 1].name
        dphi, kappa = self._alone[node_id]
        theta = self._start.phases[node_id]
        source = f"{THETA[node_id]}, {DPHI[node_id]:.2f}, {KAPPA[node_id]}"
        return f"{name}: Θ {theta:.4f}, ΔΦ {dphi}, κ {kappa} (source {source})"

    def _tell_supervision(self) -> None:
        if self._done[1] or self._start is None or not self._both_hear():
            return
        gap = arc(self._start.phases[B], self._start.phases[A])
        errors = {node: self._watch.reports[node].error_us / US_PER_TURN for node in (A, B)}
        self._finish(
            1,
            f"B − A = {signed(f'{gap:.2f}')} turn, the shortest arc (source 0.57)",
            f"first errors against Θ_cluster: A {signed(f'{errors[A]:+.3f}')}, "
            f"B {signed(f'{errors[B]:+.3f}')} turn",
            f"a step closes {ALPHA_ACQUIRE / 100:g} % of it here (source: 1 %, α = 0.01)",
        )

    def _tell_fusion(self) -> None:
        if self._done[2] or not self._done[1]:
            return
        words = self._watch.reports[A].words
        self._finish(
            2,
            f"ΔΦ = {words['dphi']}, the mean (source 0.145)",
            f"κ = {words['kappa']}…, the harmonic mean (source 0.145, arithmetic)",
        )

    def _tell_coherence(self, moment: Moment) -> None:
        assert self._contact_us is not None
        if self._start is None or moment.true_us < self._contact_us or self._done[3]:
            return
        for edge in (*SOURCE_RISE, SHARED):
            if moment.coherence >= edge:
                self._passed_us.setdefault(edge, moment.true_us)
        first = f"C = {self._start.coherence:.3f} at contact (source 0.12)"
        if self._watch.judge.locked:
            self._locked_us = moment.true_us
        else:
            first += f", now {moment.coherence:.3f}"
        rise = [f"{edge:.2f} after {self._since(at)}" for edge, at in self._passed_us.items()]
        lines = [first]
        if rise:
            lines.append(f"it passed {', '.join(rise)}")
        if self._locked_us is not None:
            value = coherence(moment.coherence)
            lines.append(f"locked after {self._since(self._locked_us)}, C = {value}")
            self._finish(3, *lines)
        self._lines[3] = tuple(lines)

    def _tell_migration(self, now_us: int) -> None:
        """Its steps as they come; the move in figures when all of them have been heard."""
        assert self._contact_us is not None
        if self._done[4]:
            return
        glyph, move = self.migration.glyph, self.migration.move
        if not glyph:
            return
        born = f"{glyph}, implosive, was born on A with {IMPLOSIVE_ENERGY} quanta"
        if move is None:
            self._lines[4] = (born, self.migration.waits(self._watch.reports))
            return
        since_s = (move.arrived_us - self._contact_us) / 1e6
        self._finish(4, born, *self.migration.lines(since_s))
        self._moved_us = now_us

    def _both_hear(self) -> bool:
        return all(report.peers and report.error_us for report in self._watch.reports.values())

    def _since(self, at_us: int) -> str:
        assert self._contact_us is not None
        return f"{(at_us - self._contact_us) / 1e6:.1f} s"

    def _finish(self, step: int, *lines: str) -> None:
        self._lines[step] = lines
        self._done[step] = True
