"""Stand-ins for the modules that only a board has, with exactly the names that a board has.

They are MicroPython sources made from the stubs of 1.23: what is not in the stubs raises
AttributeError, as it would on the board, and a keyword that the table of keywords lacks raises
TypeError. Otherwise a call gives None. What the firmware cannot do without (an address, packets)
is added by tests/stock/guest/behaviour.py.
"""

from collections.abc import Container, Iterable
from pathlib import Path

from tests.stock import names
from tests.stock.keywords import KEYWORDS
from tests.stock.names import Module

# Made from the stubs. The rest (time, gc, json, struct, hashlib, io …) the releases bring.
HARDWARE = (
    "machine",
    "network",
    "neopixel",
    "esp32",
    "espnow",
    "_espnow",
    "socket",
    "select",
    "_thread",
)

# What a class does by an operator, which no stub lists.
OPERATORS = {"neopixel.NeoPixel": {"__setitem__", "__getitem__", "__len__"}}

_HEAD = """\
def _check(name, allowed, given):
    for word in given:
        if word not in allowed:
            raise TypeError("%s() takes no keyword %s" % (name, word))


"""


def make(stubs: Path, wanted: Container[str] | None = None) -> dict[str, str]:
    """File name → source; with `wanted`, of these names only.

    On a board the hardware's names lie in its ROM, and here in the heap: where memory is counted,
    those that nobody asks for would be counted, too, and take the room that names are kept in.
    """
    modules = names.read(stubs)
    made = {f"{name}.py": source(name, modules[name], wanted) for name in HARDWARE}
    made["os.py"] = operating_system(modules["os"])
    return made


def source(name: str, module: Module, wanted: Container[str] | None = None) -> str:
    """One stand-in."""

    def kept(found: Iterable[str]) -> list[str]:
        return sorted(item for item in found if wanted is None or item in wanted)

    text = _HEAD
    for item in kept(module.names - module.classes.keys()):
        if item.isupper():
            text += f"{item} = {module.numbers.get(item, _some_number(item))}\n"
        else:
            text += _function(item, f"{name}.{item}", "")
    for title in kept(module.classes):
        text += f"class {title}:\n"
        operators = OPERATORS.get(f"{name}.{title}", set())
        for member in [*kept(module.members(title) | operators), "__init__"]:
            if member.isupper():
                number = module.numbers.get(f"{title}.{member}", _some_number(member))
                text += f"    {member} = {number}\n"
            else:
                path = f"{name}.{title}" + ("" if member == "__init__" else f".{member}")
                text += _function(member, path, "    ")
    return text


def _function(name: str, path: str, indent: str) -> str:
    allowed = sorted(KEYWORDS.get(path, (frozenset(), ""))[0])
    return (
        f"{indent}def {name}(*arguments, **words):\n"
        f"{indent}    _check({path!r}, {tuple(allowed)!r}, words)\n"
    )


def _some_number(name: str) -> int:
    """For a constant whose value is not known; different ones differ, as far as that goes."""
    return sum(name.encode()) & 0xFF


def operating_system(module: Module) -> str:
    """os with no more names than a board's."""
    lines = ["import uos", ""]
    for name in sorted(module.names - {"urandom"}):
        lines.append(f"if hasattr(uos, {name!r}):\n    {name} = uos.{name}")
    # No chance at all: whoever waits by chance for its turn has the first one.
    lines.append("def urandom(count):\n    return bytes(count)")
    return "\n".join(lines) + "\n"
