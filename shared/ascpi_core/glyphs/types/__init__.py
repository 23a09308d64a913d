"""The types of glyphs that come with the program, each visible on a board.

| number | name | does |
|---|---|---|
| 1 | implosive | gathers: raises its κ, pulls ΔΦ of its node to 0; a blue flash |
| 2 | explosive | its opposite; a red flash |
| 3 | pulse | a flash of its own colour and length |
| 4 | comet | a light that runs from board to board |
| 5 | counter | counts turns, wherever it is: the count proves that it survived its moves |
| 6 | sampler | reads a pin and keeps a running mean |
"""

from ..kind import Registry
from .comet import Comet
from .counter import Counter
from .explosive import Explosive
from .implosive import Implosive
from .pulse import Pulse
from .sampler import Sampler


def builtin() -> Registry:
    """A new registry with these six."""
    registry = Registry()
    registry.add(Implosive())
    registry.add(Explosive())
    registry.add(Pulse())
    registry.add(Comet())
    registry.add(Counter())
    registry.add(Sampler())
    return registry
