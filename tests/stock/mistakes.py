"""What the firmware and the core ask of MicroPython that a release does not have."""

from pathlib import Path

from ascpi.paths import REPOSITORY
from tests.stock import keywords, names, uses
from tests.stock.names import Module
from tests.stock.uses import Use, Uses

# What strings, lists, files and so on can do. The oldest stubs do not list it: these are newer.
BUILT_IN_TYPES = "stdlib/builtins.pyi"


def sources(root: Path = REPOSITORY) -> list[Path]:
    """All that can come onto a board."""
    return sorted([*(root / "firmware").rglob("*.py"), *(root / "shared").rglob("*.py")])


def find(stubs: Path, files: list[Path], root: Path) -> list[str]:
    """One sentence for each import, name, member and keyword that is not there."""
    modules = names.read(stubs)
    asked = uses.read(files, root)
    members = set().union(*names.read_file(stubs / BUILT_IN_TYPES).classes.values())
    for name in {use.path.partition(".")[0] for use in asked.imports} & modules.keys():
        members |= set().union(*modules[name].classes.values())
    return [
        *_imports(asked, modules),
        *_names(asked, modules, members),
        *_members(asked, members),
        *_keywords(asked),
    ]


def _imports(asked: Uses, modules: dict[str, Module]) -> list[str]:
    return [
        f"{use.where}: there is no module {use.path}"
        for use in asked.imports
        if use.path.partition(".")[0] not in modules
    ]


def _names(asked: Uses, modules: dict[str, Module], members: set[str]) -> list[str]:
    missing = []
    for use in asked.names:
        module, name, member = (*use.path.split("."), "", "")[:3]
        if module not in modules:
            continue
        holds = modules[module]
        if name not in holds.names:
            missing.append(f"{use.where}: {module} has no {name}")
        # What is no class is an object of some class or other.
        elif member and member not in (holds.members(name) or members):
            missing.append(f"{use.where}: {module}.{name} has no {member}")
    return missing


def _members(asked: Uses, members: set[str]) -> list[str]:
    return [
        f"{use.where}: no class of an imported module has {use.path}"
        for use in asked.members
        if use.path not in members | asked.own and not use.path.startswith("__")
    ]


def _keywords(asked: Uses) -> list[str]:
    missing = []
    for use in asked.calls:
        known = _known_keywords(use, asked)
        if known is None:
            continue
        for word in use.keywords:
            if word not in known:
                missing.append(
                    f"{use.where}: {use.path}({word}=…) is not known to take that keyword; "
                    "look it up and add it to tests/stock/keywords.py, or give it by position"
                )
    return missing


def _known_keywords(use: Use, asked: Uses) -> frozenset[str] | None:
    """None: a function of the project's own, which other checks read."""
    if use.known:
        return keywords.KEYWORDS.get(use.path, (frozenset[str](), ""))[0]
    words = keywords.of_method(use.path)
    if words is None:
        return None if use.path in asked.own else frozenset()
    return words
