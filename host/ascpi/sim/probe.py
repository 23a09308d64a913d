"""Types of glyphs as the simulated boards have them: each tells the simulator when it runs."""

from collections.abc import Callable

from ascpi_core.glyphs.glyph import Glyph
from ascpi_core.glyphs.kind import Kind, Registry, World, get_word, put_word
from ascpi_core.glyphs.types import builtin
from ascpi_core.glyphs.types.counter import Counter

Ran = Callable[[Glyph, int, int], None]
"""Told of a glyph that has run: the count that it keeps before, and after its step."""


class Tally(Kind):
    """Counts its turns, as `counter` does, and also in a second place that must agree."""

    NAME = "tally"
    NUMBER = 64

    def step(self, glyph: Glyph, world: World) -> None:
        count = get_word(glyph.state, 0)
        if count != get_word(glyph.state, 20):
            raise AssertionError("the two ends of a tally's state disagree")
        put_word(glyph.state, 0, count + 1)
        put_word(glyph.state, 20, count + 1)


class Stumbler(Kind):
    """Raises in its twentieth turn: it is stopped, and kept."""

    NAME = "stumbler"
    NUMBER = 65
    TURNS = 20

    def step(self, glyph: Glyph, world: World) -> None:
        count = get_word(glyph.state, 0) + 1
        if count > self.TURNS:
            raise ValueError("the simulated glyph stumbles")
        put_word(glyph.state, 0, count)


class Pins(World):
    """A board without lights whose pins measure something."""

    def read(self, pin: int) -> int:
        return 40_000 + self.node_id


class _Probe(Kind):
    """One type with an ear at its step. Its attributes are those of the type."""

    def __init__(self, inner: Kind, ran: Ran) -> None:
        self._inner = inner
        self._ran = ran
        self.NAME = inner.NAME
        self.NUMBER = inner.NUMBER
        self.COST = inner.COST
        self.ALLOT_US = inner.ALLOT_US
        self.ROAMS = inner.ROAMS

    def start(self, glyph: Glyph, world: World) -> None:
        self._inner.start(glyph, world)

    def step(self, glyph: Glyph, world: World) -> None:
        before = get_word(glyph.state, 0)
        self._inner.step(glyph, world)
        self._ran(glyph, before, get_word(glyph.state, 0))

    def describe(self, state: bytes | bytearray) -> str:
        return self._inner.describe(state)


COUNTING_KINDS = (Counter.NUMBER, Tally.NUMBER, Stumbler.NUMBER)
"""Numbers of the types whose first word goes up by one in every step."""


def kinds() -> list[Kind]:
    """All types that simulated boards have: those built in, and the two above."""
    built_in = builtin()
    found = [built_in.by_name(name) for name in built_in.names()]
    return [*(kind for kind in found if kind is not None), Tally(), Stumbler()]


def registry(ran: Ran) -> Registry:
    """All of them, each with an ear."""
    made = Registry()
    for kind in kinds():
        made.add(_Probe(kind, ran))
    return made
