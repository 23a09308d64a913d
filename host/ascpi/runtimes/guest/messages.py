"""A node that hears packets about glyphs of every form, for measuring what hearing them costs.

As in `steady`, everything here allocates only when it is made.
"""

from ascpi.runtimes.guest import steady
from ascpi.runtimes.guest.steady import Plan, World
from ascpi_core.glyphs.glyph import STATE_BYTES
from ascpi_core.glyphs.messages import Message
from ascpi_core.ssep import (
    CODE_LARGEST,
    KIND_ABORT,
    KIND_ACCEPT,
    KIND_ANSWER,
    KIND_COMMIT,
    KIND_DONE,
    KIND_GLYPH,
    KIND_OFFER,
    KIND_ORDER,
    KIND_REFUSE,
    PACKET_BYTES,
    VERB_KILL,
    VERB_MOVE,
    VERB_SPAWN,
    WORD_MAXIMUM,
)

FORMS = (
    ("offer", KIND_OFFER, 0),
    ("accept", KIND_ACCEPT, 0),
    ("commit", KIND_COMMIT, 0),
    ("done", KIND_DONE, 0),
    ("abort", KIND_ABORT, 0),
    ("refuse", KIND_REFUSE, 0),
    ("glyph", KIND_GLYPH, 0),
    ("spawn", KIND_ORDER, VERB_SPAWN),
    ("kill", KIND_ORDER, VERB_KILL),
    ("move", KIND_ORDER, VERB_MOVE),
    ("answer", KIND_ANSWER, 0),
)
"""Name, kind of packet, and the verb of an order."""

WARM_UP_STEPS = 200
"""2 s: all nodes have heard each other."""


class Sink:
    """Counts what it is given."""

    def __init__(self) -> None:
        self.taken = 0

    def take(self, message: Message, now: int) -> None:
        """One more."""
        self.taken += 1


class Talk:
    """Node 0 of nine, and what one of its peers says. `key` as in a `Plan`."""

    def __init__(self, key: "bytes | None" = None) -> None:
        plan = Plan("talk", steady.TOGETHER, 0, 1000, key)
        world = World(plan, [(index << 26) + 5 for index in range(steady.NODES)])
        world.run(WARM_UP_STEPS)
        self.node = world.nodes[0]
        self.sink = Sink()
        self.node.reception.deliver(self.sink, Message())
        self.packet = bytearray(PACKET_BYTES)
        self._now = world.now(0)
        self._tagger = plan.tagger()
        self._message = _fullest(world.nodes[1].node_id)

    def say(self, number: int) -> None:
        """Make the next packet, of this form."""
        message = self._message
        message.message_kind = FORMS[number][1]
        message.verb = FORMS[number][2]
        message.sequence += 1
        message.encode(self.packet)
        if self._tagger is not None:
            self._tagger.sign(self.packet)

    def hear(self) -> int:
        """The node receives it; what it says to it."""
        return self.node.receive(self.packet, PACKET_BYTES, self._now)


def _fullest(node_id: int) -> Message:
    """Every field as large as it may be in any form."""
    message = Message()
    message.node_id = node_id
    message.epoch = 1
    message.sequence = 1 << 29
    for name in ("to", "birth_node", "number", "identity", "nonce", "peer", "to_epoch", "target"):
        setattr(message, name, WORD_MAXIMUM)
    for name in ("birth_count", "energy", "lifetime", "hops", "sender_energy"):
        setattr(message, name, 0xFFFFFF)
    message.kind = 255
    message.theta = 0xFFFFFFF
    message.dphi = message.kappa = 0x7FFF
    message.coherence = 0x8000
    message.check = 0xFFFF
    message.outcome = message.reason = CODE_LARGEST
    message.standing = 14
    for index in range(STATE_BYTES):
        message.state[index] = 255
    return message
