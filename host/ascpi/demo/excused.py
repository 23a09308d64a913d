"""Nodes that lost their power on purpose: how the others are judged meanwhile.

From the cut until it says that it is locked, and is, such a node is none of the field. Where it
then is remains to be seen: its deviation is still known, from the mean of the others.
"""

from collections.abc import Mapping
from dataclasses import replace

from ascpi.telemetry import Event, Report
from ascpi.truth import Moment, arc, circular_mean
from ascpi.truth.judge import ARC_WITHIN

_ABSENCE = ("silent", "restarted")


class Excused:
    """`nodes`: by id, the boot epoch in which each lost its power."""

    def __init__(self) -> None:
        self.nodes: dict[int, int] = {}
        self._told: set[str] = set()

    def add(self, node_id: int, epoch: int) -> None:
        self.nodes[node_id] = epoch
        self._told.clear()

    def is_told(self, event: Event) -> bool:
        """Whether another neighbour has said already that such a node is gone, or back: one of
        them is enough."""
        if event.name not in _ABSENCE or event.words.get("peer", "") not in map(str, self.nodes):
            return False
        told = event.name in self._told
        self._told.add(event.name)
        return told

    def left_out(self, moment: Moment) -> Moment:
        """The others alone, about their own mean."""
        if not self.nodes:
            return moment
        phases = {node: phase for node, phase in moment.phases.items() if node not in self.nodes}
        mean, length = circular_mean(phases.values())
        return Moment(
            moment.true_us,
            phases,
            {node: arc(phase, mean) for node, phase in phases.items()},
            moment.missing - self.nodes.keys(),
            mean,
            length,
        )

    def judged(self, moment: Moment) -> Moment:
        """Everybody, about the mean of the others."""
        others = self.left_out(moment)
        if others is moment:
            return moment
        deviations = {node: arc(phase, others.mean) for node, phase in moment.phases.items()}
        return replace(others, phases=moment.phases, deviations=deviations, missing=moment.missing)

    def welcome(self, moment: Moment, reports: Mapping[int, Report]) -> None:
        """Whoever is back, says that it is locked and is where the others are, is one of them."""
        for node_id, epoch in list(self.nodes.items()):
            report = reports.get(node_id)
            phase = moment.phases.get(node_id)
            if report is None or phase is None or report.epoch == epoch:
                continue
            if (
                report.state == "locked"
                and abs(arc(phase, self.left_out(moment).mean)) <= ARC_WITHIN
            ):
                del self.nodes[node_id]
