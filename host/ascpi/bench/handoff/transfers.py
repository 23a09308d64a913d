"""From the air's diary of packets to transfers of glyphs. No I/O.

A packet's time is when it came into the air, that is when its board had sent it: what the air then
did to it, its delay or loss, shows in when the answer came.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from ascpi.air.trace import Passage
from ascpi_core.glyphs.messages import Message
from ascpi_core.ssep import (
    ACCEPTED,
    KIND_ACCEPT,
    KIND_COMMIT,
    KIND_DONE,
    KIND_OFFER,
    KIND_REFUSE,
    PACKET_BYTES,
)


@dataclass
class Transfer:
    """One offer and what came of it, in µs of CLOCK_MONOTONIC; None: never seen.

    `offered_us`: the first offer was sent; from there on the glyph stands still. `done_us`: the
    receiver's first word that it has the glyph on its flash; from there on it runs there.
    """

    sender: int
    receiver: int
    glyph: tuple[int, int]
    offered_us: int
    accepted_us: int | None = None
    committed_us: int | None = None
    done_us: int | None = None
    refused: bool = False
    offers: int = 0
    commits: int = 0

    @property
    def took_us(self) -> int | None:
        return None if self.done_us is None else self.done_us - self.offered_us


def transfers(passages: Iterable[Passage]) -> list[Transfer]:
    """All transfers of a diary, by the time of their offers."""
    return _Reader().read(passages)


class _Reader:
    def __init__(self) -> None:
        self._offers: dict[tuple[int, int], Transfer] = {}
        self._nonces: dict[tuple[int, int, int], Transfer] = {}
        self._message = Message()

    def read(self, passages: Iterable[Passage]) -> list[Transfer]:
        seen: set[tuple[int, int, int]] = set()
        # The diary is in the order of what went out, to each receiver by itself.
        for passage in sorted(passages, key=lambda passage: passage.arrived_us):
            packet = passage.head.ljust(PACKET_BYTES, b"\0")
            if self._message.decode(packet) != ACCEPTED:
                continue  # a beacon, or something else altogether
            message = self._message
            name = (message.node_id, message.epoch, message.sequence)
            if name not in seen:
                seen.add(name)
                self._take(message, passage.arrived_us)
        return sorted(self._offers.values(), key=lambda one: one.offered_us)

    def _take(self, message: Message, at_us: int) -> None:
        kind = message.message_kind
        if kind == KIND_OFFER:
            glyph = (message.birth_node, message.birth_count)
            one = self._offers.setdefault(
                (message.node_id, message.number),
                Transfer(message.node_id, message.to, glyph, at_us),
            )
            one.offers += 1
        elif kind in (KIND_ACCEPT, KIND_REFUSE):
            offered = self._offers.get((message.to, message.number))
            if offered is None:
                return
            if kind == KIND_REFUSE:
                offered.refused = True
                return
            if offered.accepted_us is None:
                offered.accepted_us = at_us
            self._nonces[message.node_id, message.identity, message.nonce] = offered
        elif kind == KIND_COMMIT:
            one_committed = self._nonces.get((message.to, message.identity, message.nonce))
            if one_committed is not None:
                one_committed.commits += 1
                if one_committed.committed_us is None:
                    one_committed.committed_us = at_us
        elif kind == KIND_DONE:
            one_done = self._nonces.get((message.node_id, message.identity, message.nonce))
            if one_done is not None and one_done.done_us is None:
                one_done.done_us = at_us
