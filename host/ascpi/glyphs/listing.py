"""All glyphs of a field at this moment, from what was heard of it."""

import time

from ascpi.glyphs.conversation import Conversation
from ascpi.glyphs.report import Listing


def take_stock(talk: Conversation) -> Listing:
    """What is known now."""
    now_us = time.monotonic_ns() // 1000
    roster = talk.roster
    unconfirmed = set(talk.unconfirmed())
    return Listing(
        rows=roster.glyphs(now_us),
        nodes=[
            (peer.node_id, peer.energy, peer.node_id not in unconfirmed)
            for peer in talk.observer.members()
        ],
        findings=roster.findings(now_us),
        complete=talk.is_complete(),
        is_open=talk.observer.is_open,
    )
