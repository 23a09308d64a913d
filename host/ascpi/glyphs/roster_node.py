"""What one node has told of its glyphs, and whether its digest agrees."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace

from ascpi.glyphs.roster_digest import Change, Ident, explain, newest
from ascpi_core.glyphs.glyph import glyph_name
from ascpi_core.glyphs.lifecycle import HELD
from ascpi_core.glyphs.messages import Message
from ascpi_core.ssep import WATCHED_BYTES, Beacon

ENTRIES_MOST = 64
"""Twice what a node can hold; more are somebody's noise."""
RESTARTED_AFTER_US = 5_000_000
"""Whoever was silent for so long may count its boots anew."""
_GAPS_KEPT = 256


@dataclass(frozen=True)
class Entry:
    """One glyph as a node tells of it; energy, lifetime and state are as old as `told_us`.

    `since_us` and `last_us`: the first and the last sign that it is there at these hops; those of
    a glyph that was only inferred from digests are told later.
    """

    ident: Ident
    hops: int
    kind: int
    standing: int
    energy: int
    lifetime: int
    theta: int
    dphi: int
    kappa: int
    state: bytes
    peer: int
    told_us: int
    since_us: int
    last_us: int

    @property
    def name(self) -> str:
        """Its id as people read it."""
        return glyph_name(*self.ident)


def entry_of(message: Message, now_us: int) -> Entry:
    """From a packet of kind GLYPH."""
    return Entry(
        (message.birth_node, message.birth_count),
        message.hops,
        message.kind,
        message.standing,
        message.energy,
        message.lifetime,
        message.theta,
        message.dphi,
        message.kappa,
        bytes(message.state[:WATCHED_BYTES]),
        message.peer,
        now_us,
        now_us,
        now_us,
    )


class Told:
    """One node. `held` are the glyphs that count there, `departing` those that it sends away.

    `explained`: its last beacon agrees with `held` as that was then; `changed`: it has told more
    since. `has_told`: all, at some time; `settled_energy` is that of its last explained beacon.
    `murky_us`: when a beacon last gave way to another before it was explained; `erased_us`: when
    it last began to count its boots anew.
    """

    def __init__(self, node_id: int) -> None:
        self.node_id = node_id
        self.held: dict[Ident, Entry] = {}
        self.departing: dict[Ident, Entry] = {}
        self.heard_us = 0
        self.digest = 0
        self.count = 0
        self.energy = 0
        self.settled_energy = 0
        self.has_told = False
        self.beacon_us: int | None = None
        self.explained = False
        self.changed = False
        self.unclear_us = 0
        self.murky_us: int | None = None
        self.restarted_us: int | None = None
        self.erased_us: int | None = None
        self._epoch = -1
        self._sequence = -1
        self._gaps: deque[tuple[int, int]] = deque(maxlen=_GAPS_KEPT)

    @property
    def confirmed(self) -> bool:
        """Whether what it has told is all that it holds."""
        return self.explained and not self.changed

    def is_news(self, epoch: int, sequence: int, now_us: int) -> bool:
        """Note a packet; False if it is older than one that was heard."""
        is_back = now_us - self.heard_us >= RESTARTED_AFTER_US
        if epoch < self._epoch or (epoch == self._epoch and sequence <= self._sequence):
            if not is_back:
                return False
            # It counts from the beginning.
            self.erased_us = now_us
            self._begin(epoch, now_us)
        elif epoch != self._epoch:
            self._begin(epoch, now_us)
        missed = sequence - self._sequence - 1
        if missed and self.heard_us:
            self._gaps.append((now_us, missed))
        self._sequence = sequence
        self.heard_us = now_us
        return True

    def _begin(self, epoch: int, now_us: int) -> None:
        if self._epoch >= 0:
            self.restarted_us = now_us
            self.changed = True
        self._epoch = epoch
        self._sequence = -1

    def missed(self, from_us: int, to_us: int) -> int:
        """Packets of it that were missing between two moments; of long ago all that ever were."""
        if len(self._gaps) == _GAPS_KEPT and from_us < self._gaps[0][0]:
            from_us, to_us = 0, self.heard_us
        return sum(count for at_us, count in self._gaps if from_us < at_us <= to_us)

    def take_beacon(self, beacon: Beacon, now_us: int) -> None:
        """Its digest, to be explained next."""
        same = (beacon.glyph_digest, beacon.glyphs_held()) == (self.digest, self.count)
        if self.beacon_us is not None and not self.explained and not same:
            self.murky_us = now_us
        self.digest, self.count = beacon.glyph_digest, beacon.glyphs_held()
        self.energy = beacon.energy
        if self.explained or self.beacon_us is None:
            self.unclear_us = now_us
        self.beacon_us = now_us
        self.explained = False

    def settle(self, floating: Callable[[], dict[Ident, int]]) -> Change:
        """Explain the last beacon if that can be done: what is not held any more, and what turns
        out to be. `floating` gives the glyphs that may have come, if that is needed."""
        held = {ident: entry.hops for ident, entry in self.held.items()}
        change = explain(held, {}, self.digest, self.count)
        if change is None:
            change = explain(held, floating(), self.digest, self.count)
        if change is not None:
            self._agree()
            return change
        order = sorted(self.held, key=lambda ident: -self.held[ident].told_us)
        if newest(held, order, self.digest, self.count):
            self._agree()
            return Change(tuple(order[self.count :]))
        return Change()

    def _agree(self) -> None:
        self.explained = True
        self.has_told = True
        self.settled_energy = self.energy
        self.changed = False

    def witness(self) -> None:
        """The last beacon is a sign of each glyph that is held, when it has been explained."""
        if self.beacon_us is None or not self.explained:
            return
        for ident, entry in self.held.items():
            if entry.last_us < self.beacon_us:
                self.held[ident] = replace(entry, last_us=self.beacon_us)

    def put(self, entry: Entry) -> list[Ident]:
        """Hold this glyph; the ids that there is no room for."""
        known = self.held.get(entry.ident)
        if known is None or known.hops != entry.hops:
            self.changed = True
        else:
            entry = replace(entry, since_us=known.since_us)
        self.held[entry.ident] = entry
        self.departing.pop(entry.ident, None)
        return self._overflow()

    def infer(self, entry: Entry, hops: int) -> None:
        """Hold this glyph because the last beacon says so; `entry` is what was known of it."""
        at_us = self.beacon_us or 0
        self.held[entry.ident] = replace(
            entry, hops=hops, standing=HELD, peer=0, since_us=at_us, last_us=at_us
        )
        self.departing.pop(entry.ident, None)

    def send(self, entry: Entry) -> None:
        """Not held any more, but under way to another node."""
        self.changed |= self.held.pop(entry.ident, None) is not None
        self.departing[entry.ident] = entry
        if len(self.departing) > ENTRIES_MOST:
            oldest = min(self.departing.values(), key=lambda each: each.told_us)
            del self.departing[oldest.ident]

    def drop(self, ident: Ident) -> None:
        """It is not here in any way."""
        self.changed |= self.held.pop(ident, None) is not None
        self.departing.pop(ident, None)

    def _overflow(self) -> list[Ident]:
        if len(self.held) <= ENTRIES_MOST:
            return []
        oldest = min(self.held.values(), key=lambda each: each.told_us).ident
        del self.held[oldest]
        return [oldest]
