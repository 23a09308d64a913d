"""Pulse: a flash at θ. With several of them, each at its own θ, the cluster is a sequencer."""

from ...fixed import const
from ..kind import Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..glyph import Glyph
    from ..kind import World

DEFAULT_LENGTH = const(8)
LENGTH_UNIT_MS = const(10)


class Pulse(Kind):
    """State: 0 red · 1 green · 2 blue; all 0: white · 3 length in 10 ms; 0: 80 ms."""

    NAME = "pulse"
    NUMBER = 3

    def step(self, glyph: "Glyph", world: "World") -> None:
        """Flash."""
        state = glyph.state
        length_ms = (state[3] or DEFAULT_LENGTH) * LENGTH_UNIT_MS
        if state[0] | state[1] | state[2]:
            world.flash(state[0], state[1], state[2], length_ms)
        else:
            world.flash(255, 255, 255, length_ms)

    def describe(self, state: bytes | bytearray) -> str:
        red, green, blue = state[0], state[1], state[2]
        if not red | green | blue:
            red = green = blue = 255
        length_ms = (state[3] or DEFAULT_LENGTH) * LENGTH_UNIT_MS
        return "colour=#%02x%02x%02x ms=%d" % (red, green, blue, length_ms)
