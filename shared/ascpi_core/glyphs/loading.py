"""Types of glyphs that users wrote: one file each in a folder `glyphs`, the same on board and
desktop.

The folder is read elsewhere, and so is a file imported: `names` are its file names, `importer`
takes one without its ending and gives the module. On a board that is

    __import__("glyphs." + name, None, None, ("GlyphType",))

Loaded when a node starts, and forgotten by boards.
"""

from ..fixed import const
from .kind import (
    ALLOT_MAXIMUM_US,
    BUILT_IN_LAST,
    COST_MAXIMUM,
    NAME_LETTERS,
    USERS_FIRST,
    USERS_LAST,
    Kind,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .kind import Registry

_LETTERS = const("abcdefghijklmnopqrstuvwxyz")
_MORE_LETTERS = _LETTERS + "0123456789_"
USER_CLASS = const("GlyphType")
_ENDINGS = (".py", ".mpy")


def load_user_types(
    registry: "Registry", names: "Iterable[str]", importer: "Callable[[str], Any]"
) -> "list[str]":
    """Add the types in all files of a folder to the registry, by name.

    A sentence for each that cannot be taken in; the others still are. Files that hold no program,
    or begin with _ or a dot, are passed over.
    """
    mistakes = []
    for stem in _stems(names):
        mistake = _load(registry, stem, importer)
        if mistake:
            mistakes.append("glyphs/%s.py is left out: %s" % (stem, " ".join(mistake.split())))
    return mistakes


def _stems(names: "Iterable[str]") -> "list[str]":
    """The names without their endings, each once, sorted: the same everywhere."""
    stems = set()
    for name in names:
        for ending in _ENDINGS:
            if name.endswith(ending) and name[0] not in "._":
                stems.add(name[: -len(ending)])
    return sorted(stems)


def _load(registry: "Registry", stem: str, importer: "Callable[[str], Any]") -> str:
    """Take in one file: what is wrong with it, or nothing."""
    try:
        found = getattr(importer(stem), USER_CLASS, None)
        if not isinstance(found, type) or not issubclass(found, Kind):
            return "it has no `class %s(Kind)`" % USER_CLASS
        kind = found()
    except (Exception, SystemExit) as error:  # noqa: BLE001  whatever stands in the file
        return "%s: %s" % (type(error).__name__, error)
    number: object = kind.NUMBER
    if isinstance(number, int) and number < USERS_FIRST:
        return "NUMBER %d is not a user's: give %d to %d" % (number, USERS_FIRST, USERS_LAST)
    try:
        registry.add(kind)
    except ValueError as error:
        return str(error)
    return ""


def mistake_of(kind: Kind) -> str:
    """What is wrong with a type by itself: a sentence, or nothing."""
    name: object = kind.NAME
    if not isinstance(name, str) or not _is_name(name):
        return (
            "NAME %r is none: take a lower-case letter, then letters, digits or _, at most %d"
            % (name, NAME_LETTERS)
        )
    if not _is_within(kind.NUMBER, 1, USERS_LAST) or BUILT_IN_LAST < kind.NUMBER < USERS_FIRST:
        return "NUMBER %r is not allowed: give %d to %d" % (
            kind.NUMBER,
            USERS_FIRST,
            USERS_LAST,
        )
    if not _is_within(kind.COST, 1, COST_MAXIMUM):
        return "COST %r is not allowed: give 1 to %d quanta" % (kind.COST, COST_MAXIMUM)
    if not _is_within(kind.ALLOT_US, 1, ALLOT_MAXIMUM_US):
        return "ALLOT_US %r is not allowed: give 1 to %d" % (kind.ALLOT_US, ALLOT_MAXIMUM_US)
    if kind.ROAMS is not True and kind.ROAMS is not False:
        return "ROAMS %r is not allowed: give True or False" % (kind.ROAMS,)
    if type(kind).step is Kind.step:
        return "there is no step: a type needs a method step(self, glyph, world)"
    return ""


def _is_name(text: str) -> bool:
    if not 1 <= len(text) <= NAME_LETTERS or text[0] not in _LETTERS:
        return False
    return all(letter in _MORE_LETTERS for letter in text)


def _is_within(value: object, lowest: int, highest: int) -> bool:
    """Whether it is a whole number in this range; True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool) and lowest <= value <= highest
