"""Comet: a light that runs from board to board, one a turn.

Where it may not go on, since the field is not coherent or there is no other board, it stays and
fades, to an eighth of its brightness.
"""

from ...fixed import const
from ..kind import Kind, count_word, get_word, put_word

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..glyph import Glyph
    from ..kind import World

LENGTH_MS = const(250)
FADED = const(3)
"""Halvings at most."""

_COLOUR = (255, 160, 40)
_LAPS = const(4)
_LAST_NODE = const(8)


class Comet(Kind):
    """State: 0 red · 1 green · 2 blue; all 0: amber · 3 turns that it has faded, at most 3 ·
    4 laps (30 bits): returns to where it was born · 8 the node that it was on last."""

    NAME = "comet"
    NUMBER = 4
    ROAMS = True

    def start(self, glyph: "Glyph", world: "World") -> None:
        """Arrive: bright again, and a lap further if this is where it began. After a reset of the
        board it has not moved, and nothing changes."""
        state = glyph.state
        last = get_word(state, _LAST_NODE)
        if last == world.node_id:
            return
        put_word(state, _LAST_NODE, world.node_id)
        if last:
            state[3] = 0
            if world.node_id == glyph.birth_node:
                count_word(state, _LAPS)
            self._show(glyph, world)

    def step(self, glyph: "Glyph", world: "World") -> None:
        """Flash, and next time fainter, unless it has moved on by then."""
        self._show(glyph, world)
        state = glyph.state
        if state[3] < FADED:
            state[3] += 1

    def _show(self, glyph: "Glyph", world: "World") -> None:
        state = glyph.state
        faded = state[3]
        if state[0] | state[1] | state[2]:
            world.flash(state[0] >> faded, state[1] >> faded, state[2] >> faded, LENGTH_MS)
        else:
            world.flash(_COLOUR[0] >> faded, _COLOUR[1] >> faded, _COLOUR[2] >> faded, LENGTH_MS)

    def describe(self, state: bytes | bytearray) -> str:
        red, green, blue = state[0], state[1], state[2]
        if not red | green | blue:
            red, green, blue = _COLOUR
        return "laps=%d colour=#%02x%02x%02x" % (get_word(state, _LAPS), red, green, blue)
