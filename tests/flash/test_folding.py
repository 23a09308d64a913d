"""Constants are put where their names stand, and nothing else changes."""

import ast
from pathlib import Path

from ascpi import paths
from ascpi.flash.folding import fold

TABLE = b'''\
"""Numbers."""

ONE = 1
TWO = ONE << 1
_OWN = -3
LARGE = 1 << 30
NAMED = ("a", ONE)
FORMAT = (
    ("one", ONE, "a table that nobody reads"),
    ("two", TWO, "on a board"),
)
SHOWN = 7
__all__ = ("SHOWN",)
total = 0


def count(step: int = TWO) -> int:
    global total
    total += step * _OWN
    return total
'''

USER = b"""\
from . import table
from .table import (
    LARGE,
    ONE,
    TWO,
    count,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .table import SHOWN

LIMIT = 5


class Thing:
    LIMIT = 6

    def of(self, ONE: "SHOWN") -> str:
        if count(TWO) < table.TWO:
            return f"{table.ONE} {TWO}"
        return "%d %d %s" % (LIMIT, ONE, table.NAMED) + str(LARGE)
"""


def folded(**more: bytes) -> dict[str, str]:
    sources = {"/core/table.py": TABLE, "/core/user.py": USER}
    found = fold(sources, {f"/beside/{name}.py": source for name, source in more.items()})
    return {path: source.decode() for path, source in found.items()}


def test_values_stand_for_names_and_what_nobody_needs_is_gone() -> None:
    found = folded()
    table, user = found["/core/table.py"].split("\n"), found["/core/user.py"].split("\n")
    assert "def count(step: int = 2) -> int:" in table
    assert "    total += step * (-3)" in table
    assert 'NAMED = ("a", 1)' in table
    assert "SHOWN = 7" in table, "what is exported keeps its name"
    assert "LARGE = 1 << 30" in table, "31 bits do not hold it"
    assert not any("_OWN" in line or "FORMAT" in line for line in table)
    # An f-string looks names up: before Python 3.12 it does not say where they stand.
    assert "ONE = 1" in table
    assert "TWO = 1 << 1" in table
    assert "        if count(2) < 2:" in user
    # A parameter is no constant, nor is a name that is bound twice.
    assert '        return "%d %d %s" % (LIMIT, ONE, table.NAMED) + str(LARGE)' in user
    assert "LIMIT = 5" in user


def test_lines_stay_where_they_are() -> None:
    for path, source in folded().items():
        original = TABLE if path.endswith("table.py") else USER
        assert source.count("\n") == original.count(b"\n")
        for number, line in enumerate(original.decode().split("\n")):
            if line.startswith(("def ", "class ", "    def ")):
                assert source.split("\n")[number].startswith(
                    line[: line.index("(" if "(" in line else ":")]
                )


def test_what_others_import_keeps_its_name() -> None:
    found = folded(check=b"from core.table import FORMAT, _OWN\nprint(_OWN)\n")
    assert "_OWN = -3" in found["/core/table.py"]
    assert "FORMAT = (" in found["/core/table.py"]


def test_the_program_folds_to_what_computes_the_same() -> None:
    """Every function of the core that takes and gives numbers is proven by the vectors, beside
    the check; here: all of it still compiles, and modules bind what they did before."""
    sources = {
        "/ascpi_core/" + path.relative_to(paths.CORE).as_posix(): path.read_bytes()
        for path in sorted(Path(paths.CORE).rglob("*.py"))
    }
    found = fold(sources)
    assert found.keys() == sources.keys()
    for path, source in found.items():
        before = {node.name for node in ast.parse(sources[path]).body if hasattr(node, "name")}
        after = {node.name for node in ast.parse(source).body if hasattr(node, "name")}
        assert before == after, path
    assert sum(map(len, found.values())) < sum(map(len, sources.values()))
    assert fold(found) == found
