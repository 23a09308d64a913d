"""Types of glyphs that users wrote: one file each in a folder `glyphs`, the same on board and
desktop.

The folder is read elsewhere, and so is a file imported: `names` are its file names, `importer`
takes one without its ending and gives the module. On a board that is

    __import__("glyphs." + name, None, None, ("GlyphType",))
"""

from .kind import USERS_FIRST, USERS_LAST, Kind

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from .kind import Registry

CLASS = "GlyphType"
_ENDINGS = (".py", ".mpy")


def load(
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
        found = getattr(importer(stem), CLASS, None)
        if not isinstance(found, type) or not issubclass(found, Kind):
            return "it has no `class %s(Kind)`" % CLASS
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
