"""All glyphs of a cluster, as anybody who listens can know them; and which are lost or doubled.

Nodes tell of their glyphs one by one, in rotation, and every beacon has a digest of those that a
node holds (`ascpi_core.glyphs.motor`). So a listener knows when its list of a node is complete,
and, once it is, the digest alone says when a glyph came or went (roster_digest.py). What follows
from all lists together is judged in roster_judge.py.

Nothing is asked and nothing is sent. Times are µs of any clock that does not jump.
"""

from ascpi.glyphs import roster_judge
from ascpi.glyphs.roster_digest import Ident
from ascpi.glyphs.roster_judge import Finding
from ascpi.glyphs.roster_node import Entry, Told, entry_of
from ascpi.glyphs.roster_trace import Trace, Traces
from ascpi.glyphs.roster_view import Account, Row, account, rows
from ascpi_core.glyphs.lifecycle import DEPARTING, ENDING
from ascpi_core.glyphs.messages import Message
from ascpi_core.layout import COUNTS
from ascpi_core.ssep import (
    ACCEPTED,
    KIND_BEACON,
    KIND_GLYPH,
    KIND_ORDER,
    PACKET_BYTES,
    ROLE_OBSERVER,
    Beacon,
)

NODES_MOST = 1024
"""Twice the nodes of the largest field."""
FLOATING_MOST = 64
"""So many glyphs that nobody holds are looked for in others' digests, the latest first."""
MOVING_US = 10_000_000
"""Who moved so lately may move again, and be seen where it is before it is known to have left."""


class Roster:
    """`hear` every packet of the cluster that has been checked (tag, cluster, format), of whatever
    kind: of those that say nothing of glyphs it is counted that they have come, and what did not
    come bears on how sure it can be. `turn_us` is how long a turn takes."""

    def __init__(self, turn_us: int = 1_000_000) -> None:
        self.nodes: dict[int, Told] = {}
        self.traces = Traces()
        self.refused_nodes = 0
        self.turn_us = turn_us
        self._beacon = Beacon()
        self._message = Message()

    def hear(self, heard: bytes | bytearray | Beacon | Message, now_us: int) -> None:
        """A checked packet, as it came or decoded. What cannot be decoded is passed over."""
        if isinstance(heard, (bytes, bytearray)):
            said = self._decoded(heard)
            if said is None:
                return
        else:
            said = heard
        if _is_observers(said):
            return
        told = self._node(said.node_id)
        if told is None:
            return
        if not told.is_news(said.epoch, said.sequence, now_us) and not _is_final(said):
            return
        if isinstance(said, Beacon):
            told.take_beacon(said, now_us)
            self._settle(told, now_us)
        elif said.message_kind == KIND_GLYPH:
            self._take_glyph(told, entry_of(said, now_us), now_us)

    def problems(self, now_us: int) -> list[str]:
        """A sentence for each glyph that is certainly lost or doubled, and each node whose glyphs
        stay unclear; none where all is well."""
        return [finding.text for finding in self.findings(now_us) if finding.is_certain]

    def findings(self, now_us: int) -> list[Finding]:
        """The same, and what is missing perhaps only for who listens, with the reason."""
        return roster_judge.findings(self.nodes, self.traces, self.turn_us, now_us)

    def glyphs(self, now_us: int, node_id: int | None = None) -> list[Row]:
        """All that have not ended, by id: where they are, and what they told last. With `node_id`
        those of one node."""
        return rows(self.nodes, self.traces, now_us, node_id)

    def account(self, now_us: int) -> Account:
        """All of it in one line."""
        return account(self.nodes, self.traces, self.findings(now_us), now_us)

    # Taking in

    def _decoded(self, packet: bytes | bytearray) -> Beacon | Message | None:
        if len(packet) != PACKET_BYTES:
            return None
        said = self._beacon if packet[3] == KIND_BEACON else self._message
        return said if said.decode(packet) == ACCEPTED else None

    def _node(self, node_id: int) -> Told | None:
        told = self.nodes.get(node_id)
        if told is None:
            if len(self.nodes) >= NODES_MOST:
                self.refused_nodes += 1
                return None
            told = self.nodes[node_id] = Told(node_id)
        return told

    def _take_glyph(self, told: Told, entry: Entry, now_us: int) -> None:
        if not (COUNTS[entry.standing] or entry.standing in (DEPARTING, ENDING)):
            return
        trace = self.traces.of(entry, told.node_id)
        if trace is None:
            return
        if COUNTS[entry.standing]:
            known = told.held.get(entry.ident)
            if known is not None and known.hops != entry.hops:
                self._leave(told, trace, now_us)
            for ident in told.put(entry):
                self._forget(ident, told)
            if entry.ident in told.held:
                trace.appear(told.node_id, told.held[entry.ident], now_us)
        elif entry.standing == DEPARTING:
            self._leave(told, trace, now_us)
            told.send(entry)
            trace.departed_us = now_us
        elif entry.standing == ENDING:
            self._leave(told, trace, now_us)
            told.drop(entry.ident)
            trace.ended_us, trace.ended_node = now_us, told.node_id
            trace.verdict = ""
        if not told.explained:
            self._settle(told, now_us)

    def _leave(self, told: Told, trace: Trace, now_us: int) -> None:
        trace.vanish(told.node_id, told.held.get(trace.ident), now_us)

    def _forget(self, ident: Ident, told: Told) -> None:
        trace = self.traces.by_id.get(ident)
        if trace is not None:
            trace.nodes.discard(told.node_id)
            if not trace.nodes:
                self.traces.forget(ident)

    # What digests say

    def _settle(self, told: Told, now_us: int) -> None:
        """Explain the beacon of this node; what leaves it may explain another's."""
        if told.beacon_us is None or not self._explain(told, now_us):
            return
        waiting = [other for other in self.nodes.values() if self._waits(other)]
        while waiting and any(self._explain(other, now_us) for other in waiting):
            waiting = [other for other in waiting if self._waits(other)]

    def _waits(self, told: Told) -> bool:
        return told.beacon_us is not None and not told.explained

    def _explain(self, told: Told, now_us: int) -> bool:
        """True if another glyph is held by nobody now, so that others may be explained."""
        change = told.settle(lambda: self._floating(now_us))
        if not told.explained:
            return False
        for ident in change.gone:
            trace = self.traces.by_id.get(ident)
            if trace is not None:
                self._leave(told, trace, now_us)
            told.held.pop(ident, None)
        for ident, hops in change.come:
            trace = self.traces.by_id[ident]
            told.infer(trace.last, hops)
            trace.appear(told.node_id, told.held[ident], now_us)
        told.witness()
        for ident in told.held:
            self._keep_current(told, ident)
        return bool(change.gone)

    def _keep_current(self, told: Told, ident: Ident) -> None:
        """What is remembered of a glyph follows the node that shows it last."""
        trace = self.traces.by_id.get(ident)
        entry = told.held[ident]
        if trace is not None and (
            trace.node_id == told.node_id or entry.last_us > trace.last.last_us
        ):
            trace.node_id, trace.last = told.node_id, entry

    def _floating(self, now_us: int) -> dict[Ident, int]:
        """Glyphs that may have come to a node: held by nobody who is here, or on the move."""
        present = roster_judge.present(self.nodes, now_us)
        found = [
            trace
            for trace in self.traces.by_id.values()
            if trace.ended_us is None
            and (now_us - trace.moved_us < MOVING_US or not trace.nodes & present)
        ]
        found.sort(key=lambda trace: -max(trace.moved_us, trace.gone_us or 0))
        return {trace.ident: trace.last.hops for trace in found[:FLOATING_MOST]}


def _is_final(said: Beacon | Message) -> bool:
    """Whether it is as good as any when it was overtaken: what has ended has ended."""
    return (
        not isinstance(said, Beacon)
        and said.message_kind == KIND_GLYPH
        and said.standing == ENDING
    )


def _is_observers(said: Beacon | Message) -> bool:
    """Whether it comes from somebody who looks on and gives orders, but is no node."""
    if isinstance(said, Beacon):
        return said.role >> 4 == ROLE_OBSERVER
    return said.message_kind == KIND_ORDER
