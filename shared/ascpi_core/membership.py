"""Who is here: a table of peers, with a slot made for each when it is heard for the first time.

A slot takes 0.9 KB of a board's 150: a table for all that might ever come would take a fifth of
its memory. So hearing a node for the first time allocates, and nothing else does.
"""

from . import events
from .peer import Peer
from .ticks import ticks_diff

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .events import EventRing

_LATE_MAXIMUM_US = 1 << 24
"""Heard so much later than now: no late step, but a clock that was set back."""


class Membership:
    """Peers by id. `present` lists those heard lately; a silent one keeps its slot, and with it
    its epoch and sequence number, until a newcomer needs the room."""

    def __init__(self, maximum: int, ring: "EventRing") -> None:
        self.present: list[Peer] = []
        self.changes = 0
        """Times that somebody came or went, in 15 bits."""
        self._maximum = maximum
        self._slots: list[Peer] = []
        self._by_id: dict[int, Peer] = {}
        self._events = ring
        self._turn = 0
        self._full = False

    def find(self, node_id: int) -> "Peer | None":
        """The peer with this id, present or silent."""
        return self._by_id.get(node_id)

    def add(self, node_id: int, epoch: int, now: int) -> "Peer | None":
        """Give a node that is not in the table a slot; None if all belong to present nodes."""
        peer = self._free_slot(now)
        if peer is None:
            if not self._full:
                self._events.push(events.TABLE_FULL, node_id)
            self._full = True
            return None
        self._full = False
        if peer.node_id:
            del self._by_id[peer.node_id]
        peer.begin(node_id, epoch)
        self._by_id[node_id] = peer
        return peer

    def _free_slot(self, now: int) -> "Peer | None":
        if len(self._slots) < self._maximum:
            peer = Peer()
            self._slots.append(peer)
            return peer
        longest: Peer | None = None
        for peer in self._slots:
            if not peer.present and (
                longest is None
                or ticks_diff(now, peer.heard_ticks) > ticks_diff(now, longest.heard_ticks)
            ):
                longest = peer
        return longest

    def enter(self, peer: Peer) -> None:
        """A peer that was absent has been heard."""
        peer.present = True
        self.present.append(peer)
        self.changes = (self.changes + 1) & 0x7FFF
        self._events.push(events.JOINED, peer.node_id)

    def sweep(self, now: int, timeout_us: int) -> "Peer | None":
        """Look at one present peer, each in turn; if it has fallen silent drop and return it."""
        if not self.present:
            return None
        self._turn += 1
        if self._turn >= len(self.present):
            self._turn = 0
        peer = self.present[self._turn]
        # A step made late looks back at peers that were heard after its moment.
        if -_LATE_MAXIMUM_US < ticks_diff(now, peer.heard_ticks) <= timeout_us:
            return None
        peer.present = False
        self.present.remove(peer)
        self.changes = (self.changes + 1) & 0x7FFF
        self._events.push(events.SILENT, peer.node_id)
        return peer
