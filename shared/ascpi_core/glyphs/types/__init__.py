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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..kind import Kind

BUILT_IN = ("implosive", "explosive", "pulse", "comet", "counter", "sampler")
"""Names of types 1, 2 …"""


class BuiltIn(Registry):
    """A registry that has these types, and loads each when it is first asked for: a board holds
    glyphs of one or two."""

    def by_number(self, number: int) -> "Kind | None":
        """The type with this number, if there is one. Allocates nothing once it is loaded."""
        kind = super().by_number(number)
        if kind is None and 0 < number <= len(BUILT_IN):
            kind = _load_builtin(number)
            self.put(kind)
        return kind

    def by_name(self, text: str) -> "Kind | None":
        """The type with this name, if there is one."""
        if text in BUILT_IN:
            return self.by_number(BUILT_IN.index(text) + 1)
        return super().by_name(text)


def _load_builtin(number: int) -> "Kind":
    if number == 1:
        from .implosive import Implosive

        return Implosive()
    if number == 2:
        from .explosive import Explosive

        return Explosive()
    if number == 3:
        from .pulse import Pulse

        return Pulse()
    if number == 4:
        from .comet import Comet

        return Comet()
    if number == 5:
        from .counter import Counter

        return Counter()
    from .sampler import Sampler

    return Sampler()


def builtin() -> Registry:
    """A new registry with these six, all of them loaded."""
    registry = BuiltIn()
    for number in range(1, len(BUILT_IN) + 1):
        registry.by_number(number)
    return registry
