"""Takes what comes of a run's boards, line by line and edge by edge; time comes in as arguments.

Phases are carried to true time and judged as `ascpi.truth` does. An edge is looked at once all
reports about its instant are in.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ascpi import telemetry
from ascpi.bench.lock.options import Kill
from ascpi.bench.lock.plan import PULSE_PIN
from ascpi.bench.lock.recording import (
    US_PER_TURN,
    EdgeSeen,
    KillSeen,
    Numbers,
    Recording,
    Reports,
)
from ascpi.bench.usage import Sample
from ascpi.cluster import NodePlan
from ascpi.truth import Clock, Field, LockJudge, Moment, arc
from ascpi.truth.judge import is_lock
from ascpi.virtual import Edge

CLAIM = "claim_us"
LOCKED = "locked"
# Of each board's complaints so many are kept.
COMPLAINTS_KEPT = 3


@dataclass
class _Lines:
    """One node's reports so far, by column."""

    true_us: list[int] = field(default_factory=list)
    theta: list[float] = field(default_factory=list)
    epoch: list[int] = field(default_factory=list)
    locked: list[bool] = field(default_factory=list)
    claim_us: list[float] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    # What it had sent before its last restart.
    sent_before: int = 0

    def as_reports(self) -> Reports:
        return Reports(
            np.array(self.true_us, np.int64),
            np.array(self.theta, np.float64),
            np.array(self.epoch, np.int64),
            np.array(self.locked, np.bool_),
            np.array(self.claim_us, np.float64),
            np.array(self.sent, np.int64),
        )


class Recorder:
    def __init__(
        self,
        seed: int,
        nodes: Sequence[NodePlan],
        clocks: Mapping[int, Clock],
        kill: Kill | None = None,
    ) -> None:
        self.latest: Moment | None = None
        self.complaints: list[str] = []
        self._seed = seed
        self._nodes = tuple(nodes)
        self._clocks = clocks
        self._field = Field(node.node_id for node in nodes)
        self._judge = LockJudge()
        self._up_us: dict[int, int] = {}
        self._lines = {node.node_id: _Lines() for node in nodes}
        self._moments: list[Moment] = []
        self._pending: list[tuple[int, int]] = []
        self._edges: list[EdgeSeen] = []
        self._first_lock_us: int | None = None
        self._kill = kill
        self._killed_us: int | None = None
        self._restarted_us: int | None = None
        self._return = LockJudge()

    @property
    def silent(self) -> list[int]:
        """Those that have not reported yet."""
        return [node.node_id for node in self._nodes if node.node_id not in self._up_us]

    @property
    def running_us(self) -> int | None:
        """When the last board came up; None: one has not."""
        return None if self.silent else max(self._up_us.values())

    @property
    def locked(self) -> bool:
        return self._judge.locked

    def take(self, node_id: int, line: str, at_us: int) -> None:
        """A line of a node, and when it came in."""
        said = telemetry.parse(line)
        if isinstance(said, telemetry.Message) and said.is_error:
            text = f"board {node_id}: {said.text}"
            alike = sum(one.startswith(f"board {node_id}:") for one in self.complaints)
            if text not in self.complaints and alike < COMPLAINTS_KEPT:
                self.complaints.append(text)
        if not isinstance(said, telemetry.Report):
            return
        true_us = self._clocks[node_id].true_us(said.ticks, at_us)
        self._up_us.setdefault(node_id, true_us - said.up_ms * 1000)
        self._field.add(node_id, true_us, said.theta, said.epoch)
        self._keep(self._lines[node_id], said, true_us)

    def take_edges(self, node_id: int, edges: Sequence[Edge]) -> None:
        self._pending += [
            (node_id, edge.monotonic_us)
            for edge in edges
            if edge.pin == PULSE_PIN and edge.level == 1
        ]

    def killed(self, true_us: int) -> None:
        """The board of `kill` has lost its power: what follows is judged by itself."""
        self._killed_us = true_us

    def restarted(self, true_us: int) -> None:
        self._restarted_us = true_us

    def advance(self, now_us: int) -> None:
        """Judge what has become certain by now."""
        # Before the instants: their reports are kept for a while only.
        self._look_at_edges(now_us)
        for moment in self._field.moments(now_us):
            self.latest = moment
            self._moments.append(moment)
            self._judge_moment(moment)

    def recording(
        self,
        ended_us: int,
        complete: bool,
        usage: Sequence[Sample],
        relay: Mapping[str, object],
        notes: Sequence[str],
    ) -> Recording:
        assert self.running_us is not None, "a run is recorded once all boards are up"
        moments = [
            moment for moment in self._moments if self.running_us <= moment.true_us <= ended_us
        ]
        kill = None
        if self._kill is not None and self._killed_us is not None:
            kill = KillSeen(
                self._kill, self._killed_us, self._restarted_us, self._return.locked_since_us
            )
        phases = self._table(moments, "phases")
        return Recording(
            seed=self._seed,
            nodes=self._nodes,
            running_us=self.running_us,
            ended_us=ended_us,
            complete=complete,
            instants_us=np.array([moment.true_us for moment in moments], np.int64),
            phases=phases,
            deviations_us=self._table(moments, "deviations") * US_PER_TURN,
            coherence=np.array([moment.coherence for moment in moments], np.float64),
            reports={node_id: lines.as_reports() for node_id, lines in self._lines.items()},
            edges=tuple(self._edges),
            first_lock_us=self._first_lock_us,
            locked_since_us=self._judge.locked_since_us,
            lock_losses=self._judge.losses,
            kill=kill,
            usage=tuple(usage),
            relay=relay,
            notes=(*notes, *self.complaints),
        )

    def _keep(self, lines: _Lines, said: telemetry.Report, true_us: int) -> None:
        if lines.true_us and true_us <= lines.true_us[-1]:
            return
        if lines.epoch and said.epoch != lines.epoch[-1]:
            lines.sent_before = lines.sent[-1]
        lines.true_us.append(true_us)
        lines.theta.append(said.theta)
        lines.epoch.append(said.epoch)
        lines.locked.append(said.state == LOCKED)
        lines.claim_us.append(claim_of(said))
        lines.sent.append(lines.sent_before + int(said.words.get("sent", 0)))

    def _judge_moment(self, moment: Moment) -> None:
        if self._killed_us is None or moment.true_us < self._killed_us:
            self._judge.add(moment)
            if self._first_lock_us is None and is_lock(moment):
                self._first_lock_us = moment.true_us
        elif self._restarted_us is not None and moment.true_us >= self._restarted_us:
            self._return.add(moment)

    def _look_at_edges(self, now_us: int) -> None:
        certain_us = self._field.certain_until_us(now_us)
        waiting = []
        for node_id, true_us in self._pending:
            if true_us > certain_us:
                waiting.append((node_id, true_us))
                continue
            moment = self._field.at(true_us)
            if node_id in moment.phases:
                self._edges.append(
                    EdgeSeen(
                        node_id,
                        true_us,
                        arc(moment.mean, 0.0) * US_PER_TURN,
                        arc(moment.phases[node_id], 0.0) * US_PER_TURN,
                    )
                )
        self._pending = waiting

    def _table(self, moments: Sequence[Moment], column: str) -> Numbers:
        rows = [
            [getattr(moment, column).get(node.node_id, math.nan) for node in self._nodes]
            for moment in moments
        ]
        return np.array(rows, np.float64).reshape(len(moments), len(self._nodes))


def claim_of(report: telemetry.Report) -> float:
    """The bound in µs within which a node says that it stands; nan if it says none."""
    try:
        claim_us = float(report.words.get(CLAIM, "nan"))
    except ValueError:
        # `unknown`, by its own word.
        return math.nan
    return claim_us if claim_us >= 0 else math.nan
