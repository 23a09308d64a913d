"""SSEP overheard: packets are checked and decoded, and nobody is ever answered.

With a key every tag is checked. Without one a tagged packet is shown all the same, and said to be
unchecked: whoever only looks moves nobody.
"""

import hashlib
from dataclasses import dataclass

from ascpi_core.fixed import ONE, TURN
from ascpi_core.glyphs.messages import Message
from ascpi_core.peers import DUPLICATE, Peer
from ascpi_core.phase import BAND_NAMES, LOCK_STATES
from ascpi_core.ssep import (
    ACCEPTED,
    CLAIM_UNKNOWN,
    DROP_DUPLICATE,
    DROP_FORGED,
    DROP_LATE,
    DROP_OLD_EPOCH,
    DROP_REASONS,
    DROP_TABLE_FULL,
    DROP_UNTAGGED,
    KIND_BEACON,
    ROLE_OBSERVER,
    Beacon,
    Tagger,
    examine_head,
    is_untagged,
)

OPEN, CHECKED, UNCHECKED = "open", "checked", "unchecked"

# Twice the nodes of the largest field; more of them are somebody's noise.
NODES_MOST = 1024
# Whoever was silent for so long may be a board whose flash was erased: its boots count anew.
GONE_AFTER_US = 5_000_000

_STATE_MASK = len(LOCK_STATES) - 1
_BAND_MASK = len(BAND_NAMES) - 1


@dataclass(frozen=True)
class Overheard:
    """A beacon in plain units. `tag`: open, checked or unchecked; `claim_us`: None if unknown."""

    node_id: int
    epoch: int
    sequence: int
    ticks: int
    theta: float
    state: str
    band: str
    coherence: float
    claim_us: int | None
    glyphs: int
    energy: int
    address: int
    tag: str

    @property
    def words(self) -> dict[str, str]:
        """As a report of the board itself would say it."""
        return {
            "id": str(self.node_id),
            "epoch": str(self.epoch),
            "sequence": str(self.sequence),
            "ticks": str(self.ticks),
            "theta": f"{self.theta:.9f}",
            "state": self.state,
            "band": self.band,
            "c": f"{self.coherence:.4f}",
            "claim_us": "unknown" if self.claim_us is None else str(self.claim_us),
            "glyphs": str(self.glyphs),
            "energy": str(self.energy),
            "field_address": str(self.address),
            "tag": self.tag,
        }

    @property
    def line(self) -> str:
        """In the form of a board's own lines."""
        return "ASCPI beacon " + " ".join(f"{name}={word}" for name, word in self.words.items())


class _Sender:
    """What was heard of one node: the core's record of it, and when."""

    def __init__(self) -> None:
        self.peer = Peer()
        self.heard_us = 0
        self.sequence = -1


class Ear:
    """`take` datagrams. `counters` has one number for each reason of `ascpi_core.ssep`, and
    `status` is the reason of the last datagram. Of packets about glyphs nothing is told here
    (`glyphs.py`)."""

    def __init__(self, cluster: int = 0, key: str = "") -> None:
        self.counters = [0] * len(DROP_REASONS)
        self.has_key = bool(key)
        self.status = ACCEPTED
        self._cluster = cluster
        self._tagger = Tagger(key.encode(), hashlib.sha256) if key else None
        self._beacon = Beacon()
        self._message = Message()
        self._senders: dict[int, _Sender] = {}

    def take(self, data: bytes, at_us: int) -> Overheard | None:
        """What a datagram says that came at `at_us`; None if it is refused or no node's beacon."""
        self.status = self._status(data, at_us)
        self.counters[self.status] += 1
        if self.status != ACCEPTED or data[3] != KIND_BEACON:
            return None
        return None if self._beacon.role >> 4 == ROLE_OBSERVER else self._overheard(data)

    def refused(self) -> dict[str, int]:
        """The reasons so far, with how often."""
        return {
            DROP_REASONS[code]: count
            for code, count in enumerate(self.counters)
            if count and code != ACCEPTED
        }

    def _status(self, data: bytes, at_us: int) -> int:
        status = examine_head(data, len(data), self._cluster)
        if status != ACCEPTED:
            return status
        if self._tagger is not None and not self._tagger.verify(data):
            return DROP_UNTAGGED if is_untagged(data) else DROP_FORGED
        said = self._beacon if data[3] == KIND_BEACON else self._message
        status = said.decode(data)
        if status != ACCEPTED:
            return status
        return self._order(said, at_us)

    def _order(self, said: Beacon | Message, at_us: int) -> int:
        """Whether it is of its sender's newest epoch, was not heard before and, if it is a beacon,
        is the newest one. What is about glyphs is as good as any when it was overtaken."""
        sender = self._senders.get(said.node_id)
        if sender is None:
            if len(self._senders) >= NODES_MOST:
                return DROP_TABLE_FULL
            sender = self._senders[said.node_id] = _Sender()
            sender.peer.begin(said.node_id, said.epoch)
        peer = sender.peer
        is_gone = not self.has_key and at_us - sender.heard_us >= GONE_AFTER_US
        if said.epoch < peer.epoch and not is_gone:
            return DROP_OLD_EPOCH
        if said.epoch != peer.epoch or (is_gone and said.sequence < sender.sequence):
            peer.begin(said.node_id, said.epoch)
        if peer.sequence_status(said.sequence) == DUPLICATE:
            return DROP_DUPLICATE
        if isinstance(said, Beacon):
            if said.sequence < peer.newest_beacon:
                return DROP_LATE
            peer.newest_beacon = said.sequence
        sender.heard_us, sender.sequence = at_us, said.sequence
        return ACCEPTED

    def _overheard(self, data: bytes) -> Overheard:
        beacon = self._beacon
        tag = OPEN if is_untagged(data) else CHECKED if self.has_key else UNCHECKED
        claim = beacon.claim_us
        return Overheard(
            node_id=beacon.node_id,
            epoch=beacon.epoch,
            sequence=beacon.sequence,
            ticks=beacon.timestamp,
            theta=beacon.theta / TURN,
            state=LOCK_STATES[(beacon.mode >> 2) & _STATE_MASK],
            band=BAND_NAMES[beacon.mode & _BAND_MASK],
            coherence=beacon.coherence / ONE,
            claim_us=None if claim == CLAIM_UNKNOWN else claim,
            glyphs=beacon.glyphs_held(),
            energy=beacon.energy,
            address=beacon.address,
            tag=tag,
        )
