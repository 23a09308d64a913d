"""Counter: counts its turns, wherever it is. The count proves that it survived its moves."""

from ...fixed import const
from ..kind import Kind, count_word, get_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..glyph import Glyph
    from ..kind import World

_NODES = const(4)
_MARKS = const(8)

COUNTER_FLASH_MS = const(60)
EVERY = const(10)
"""Each tenth count is shown brightly."""


class Counter(Kind):
    """State: 0 count (30 bits) · 4 nodes (30 bits) · 8 a mark for each of those nodes.

    A node's mark is its id modulo 128, all of its bits taken in: of ids below 128 every one has
    its own, of five random ones two share a mark in one case of thirteen. They count as one then.
    """

    NAME = "counter"
    NUMBER = 5

    def start(self, glyph: "Glyph", world: "World") -> None:
        """Count this node, if it has not been here before."""
        node_id = world.node_id
        place = (node_id ^ node_id >> 7 ^ node_id >> 14 ^ node_id >> 21 ^ node_id >> 28) & 127
        state = glyph.state
        octet = _MARKS + (place >> 3)
        bit = 1 << (place & 7)
        if not state[octet] & bit:
            state[octet] |= bit
            count_word(state, _NODES)

    def step(self, glyph: "Glyph", world: "World") -> None:
        """Count, and flash."""
        if count_word(glyph.state, 0) % EVERY:
            world.flash(30, 30, 30, COUNTER_FLASH_MS)
        else:
            world.flash(200, 200, 200, COUNTER_FLASH_MS)

    def describe(self, state: bytes | bytearray) -> str:
        return "count=%d nodes=%d" % (get_word(state, 0), get_word(state, _NODES))
