"""What is seen of the cluster: lines in, looks out. Time comes in as an argument; no I/O.

Phases are carried to true time and judged there (see `ascpi.truth`); what the nodes believe is
shown beside it, and never used.
"""

from bisect import insort
from collections import deque
from collections.abc import Mapping, Sequence

from ascpi import telemetry
from ascpi.cluster import NodePlan, ppm_apart
from ascpi.demo import words
from ascpi.demo.excused import Excused
from ascpi.demo.scene import BAD, GOOD, QUIET, LogLine, NodeView, Scene
from ascpi.truth import Clock, Field, LockJudge, Moment
from ascpi_core.fixed import ONE
from ascpi_core.phase import BAND_NAMES, LOOSE, next_band

US_PER_TURN = 1_000_000
LOG_LINES = 40
HISTORY_US = 100_000
HISTORY_LENGTH = 240
# Packets are counted over so long a stretch.
RATE_WINDOW_US = 2_000_000

_BAND_EDGES = ("", "0.30", "0.60", "0.75")


class Steady:
    """The stretch in which all was well: locked in truth, and every node said so."""

    def __init__(self) -> None:
        self.since_us: int | None = None
        self.until_us = 0
        self.worst = 0.0

    def add(self, moment: Moment, well: bool) -> None:
        if not well:
            self.since_us = None
            return
        if self.since_us is None:
            self.since_us = moment.true_us
            self.worst = 0.0
        self.until_us = moment.true_us
        self.worst = max(self.worst, moment.worst)

    @property
    def seconds(self) -> float | None:
        return None if self.since_us is None else (self.until_us - self.since_us) / 1e6


class Watch:
    """`take` every line, `advance` now and then, and `look`."""

    def __init__(
        self,
        nodes: Sequence[NodePlan],
        clocks: Mapping[int, Clock],
        air: str,
        seed: int,
        started_us: int,
    ) -> None:
        self.nodes = list(nodes)
        self.field = Field(node.node_id for node in nodes)
        self.judge = LockJudge()
        self.steady = Steady()
        self.reports: dict[int, telemetry.Report] = {}
        self.latest: Moment | None = None
        self.band = LOOSE
        self.log: list[LogLine] = []
        self.excused = Excused()
        self._clocks = clocks
        self._air = air
        self._seed = seed
        self._started_us = started_us
        self._names = {str(node.node_id): node.name for node in nodes}
        self._history: deque[float] = deque(maxlen=HISTORY_LENGTH)
        self._history_due_us = 0
        self._sent: deque[tuple[int, int]] = deque()
        self._sent_before_restarts = 0
        self._acquainted: set[int] = set()
        self._was_locked = False

    def take(self, node_id: int, line: str, at_us: int) -> telemetry.Line | None:
        """A line of a node; what it said."""
        said = telemetry.parse(line)
        if isinstance(said, telemetry.Report):
            self._take_report(node_id, said, at_us)
        elif isinstance(said, telemetry.Event):
            first = said.name == "joined" and node_id not in self._acquainted
            if first:
                self._acquainted.add(node_id)
            if self.excused.is_told(said):
                return said
            self.say(at_us, words.event(self._name(node_id), said, self._called, first))
        elif isinstance(said, telemetry.Message) and said.is_error:
            self.say(at_us, f"{self._name(node_id)}: {said.text}", BAD)
        return said

    def advance(self, now_us: int) -> list[Moment]:
        """Judge all instants that have become certain by now; those instants."""
        moments = list(self.field.moments(now_us))
        for moment in moments:
            self._judge(moment)
        return moments

    def say(self, at_us: int, text: str, kind: str = QUIET) -> None:
        """Into the log, in its place: the truth is known a little later than a line."""
        if text:
            insort(self.log, LogLine(self.seconds(at_us), text, kind), key=lambda line: line.at_s)
            del self.log[:-LOG_LINES]

    def seconds(self, at_us: int) -> float:
        """Since the first node came up."""
        started_us = self.judge.started_us
        return (at_us - (self._started_us if started_us is None else started_us)) / 1e6

    def steady_worst_us(self) -> float | None:
        if self.steady.since_us is None:
            return None
        return self.steady.worst * US_PER_TURN

    def excuse(self, node_id: int) -> None:
        """This node loses its power on purpose: the others are judged without it until it is
        locked again."""
        report = self.reports.get(node_id)
        self.excused.add(node_id, -1 if report is None else report.epoch)

    def look(self, now_us: int) -> Scene:
        now = self.excused.judged(self.field.at(now_us))
        return Scene(
            elapsed_s=max(0.0, self.seconds(now_us)),
            nodes=tuple(self._view(node, now) for node in self.nodes),
            mean=now.mean,
            length=now.length,
            coherence=None if self.latest is None else self.latest.coherence,
            band=self.band,
            history=tuple(self._history),
            locked=self.judge.locked,
            time_to_lock_s=self.judge.time_to_lock_s,
            steady_s=self.steady.seconds,
            steady_worst_us=self.steady_worst_us(),
            packets_per_s=self.packets_per_s(),
            field=self.field_kind(),
            log=tuple(self.log),
            air=self._air,
            seed=self._seed,
            ppm_apart=ppm_apart(self.nodes),
        )

    def packets_per_s(self) -> float | None:
        """All nodes together, over the last two seconds."""
        if len(self._sent) < 2:
            return None
        (first_us, first), (last_us, last) = self._sent[0], self._sent[-1]
        return max(0, last - first) * 1e6 / max(last_us - first_us, 1)

    def field_kind(self) -> str:
        """`open` or `keyed`, as the nodes say; empty as long as none has spoken."""
        kinds = {report.words.get("field", "") for report in self.reports.values()}
        return "" if not kinds else "open" if "open" in kinds else max(kinds)

    def _take_report(self, node_id: int, report: telemetry.Report, at_us: int) -> None:
        true_us = self._clocks[node_id].true_us(report.ticks, at_us)
        if node_id not in self.reports:
            self.judge.came_up(true_us - report.up_ms * 1000)
            self.say(true_us, f"{self._name(node_id)} is up, at Θ = {report.theta:.2f}")
        elif report.epoch != self.reports[node_id].epoch:
            self._sent_before_restarts += int(self.reports[node_id].words.get("sent", 0))
        self.field.add(node_id, true_us, report.theta, report.epoch)
        self.reports[node_id] = report
        total = sum(int(each.words.get("sent", 0)) for each in self.reports.values())
        self._sent.append((at_us, total + self._sent_before_restarts))
        while at_us - self._sent[0][0] > RATE_WINDOW_US:
            self._sent.popleft()

    def _judge(self, moment: Moment) -> None:
        self.excused.welcome(moment, self.reports)
        others = self.excused.left_out(moment)
        # One that is left alone, as it was meant to be, has nobody to lose a lock to.
        is_field = len(others.phases) + len(others.missing) > 1
        if is_field:
            self.judge.add(others)
        moment = self.excused.judged(moment)
        before, self.band = self.band, next_band(self.band, self._units(moment))
        if self.band > before:
            name, edge = BAND_NAMES[self.band], _BAND_EDGES[self.band]
            self.say(moment.true_us, f"C is above {edge}: the field is {name}")
        elif self.band < before:
            self.say(moment.true_us, f"C falls: {BAND_NAMES[self.band]}", BAD)
        if self.judge.locked != self._was_locked:
            self._was_locked = self.judge.locked
            if self._was_locked:
                self.say(moment.true_us, "locked: all are within 10 ms of their mean", GOOD)
            else:
                self.say(moment.true_us, "the lock is lost", BAD)
        claimed = len(self.reports) == len(self.nodes) and all(
            report.state == "locked" or node_id in self.excused.nodes
            for node_id, report in self.reports.items()
        )
        if is_field:
            self.steady.add(others, claimed and self.judge.locked)
        if moment.true_us >= self._history_due_us:
            self._history_due_us = moment.true_us + HISTORY_US
            self._history.append(self._shown(moment))
        self.latest = moment

    def _shown(self, moment: Moment) -> float:
        """One node alone has no coherence."""
        return moment.coherence if len(moment.phases) > 1 else 0.0

    def _units(self, moment: Moment) -> int:
        return round(self._shown(moment) * ONE)

    def _view(self, node: NodePlan, now: Moment) -> NodeView:
        report = self.reports.get(node.node_id)
        deviation = None if self.latest is None else self.latest.deviations.get(node.node_id)
        return NodeView(
            node_id=node.node_id,
            name=node.name,
            kind=node.kind,
            ppm=node.ppm,
            phase=now.phases.get(node.node_id),
            error_us=None if deviation is None else -deviation * US_PER_TURN,
            state="starting" if report is None else report.state,
            band=0 if report is None else _band_number(report.band),
            claim_us=None if report is None else report.claim_us,
        )

    def _name(self, node_id: int) -> str:
        return self._called(str(node_id))

    def _called(self, node_id: str) -> str:
        return self._names.get(node_id, f"node {node_id}")


def _band_number(name: str) -> int:
    names = BAND_NAMES
    return names.index(name) if name in names else LOOSE
