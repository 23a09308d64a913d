"""Modules are joined to units, and a source that breaks a rule of that is named."""

import ast
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from ascpi.flash.application import RUN_PATH, UNITS, build
from ascpi.flash.application import redirected as redirected_to_the_node
from ascpi.flash.chips import CHIPS
from ascpi.flash.errors import FlashError
from ascpi.flash.program import Unit, join, redirected
from ascpi.runtimes import runtime
from ascpi_core.glyphs import kind

DEADLINE_S = 30.0

FIXED = '''\
"""Numbers."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    Value = TypeVar("Value")


def const(value: "Value") -> "Value":
    return value


ONE = const(1 << 4)
LAST = const(ONE - 1)
"""Follows from another."""
_OWN = const(3)
WORD = const("w" * 3)
TABLE = (ONE, LAST)


def twice(value: int) -> int:
    return value * 2 + _OWN
'''

SHAPES = """\
import sys

from .fixed import ONE, const, twice

SIDES = const(ONE >> 2)


class Square:
    SIZE = SIDES

    def area(self, side: int = SIDES) -> int:
        return side * twice(side)


def byte_order() -> str:
    return sys.byteorder
"""

KIND = """\
from ..fixed import ONE, TABLE, const
from ..shapes import Square

__all__ = ("LEAST", "ONE", "TABLE", "Kind", "Square")

LEAST = const(ONE // 8)


class Kind(Square):
    COST = LEAST
"""

APP = """\
import sys

from core.fixed import (
    LAST,
    ONE,
    TABLE,
    WORD,
)
from core.shapes import SIDES, Square, byte_order

TYPE_CHECKING = False
if TYPE_CHECKING:
    from core.kinds.kind import Kind


def later() -> "Kind":
    from core.kinds.kind import LEAST, Kind  # only now

    assert LEAST == Kind.COST
    return Kind()


def same_unit() -> "str":
    from core.shapes import byte_order

    return byte_order()


def numbers() -> "list[object]":
    return [ONE, LAST, SIDES, WORD, TABLE, Square().area(), Square.SIZE, sys.byteorder]
"""

SOURCES = {
    "/core/__init__.py": "",
    "/core/fixed.py": FIXED,
    "/core/shapes.py": SHAPES,
    "/core/kinds/__init__.py": "",
    "/core/kinds/kind.py": KIND,
    "/board/app.py": APP,
}
TABLE_OF_UNITS = (
    Unit("base", ("core.fixed", "core")),
    Unit("main_part", ("core.shapes", "board.app")),
    Unit("kinds", ("core.kinds",), known_as="core.kinds.kind"),
)
NUMBERS = [16, 15, 4, "www", (16, 15), 44, 4, "little"]


def joined(
    changed: Mapping[str, str] | None = None,
    units: Sequence[Unit] = TABLE_OF_UNITS,
    constants: Mapping[str, object] | None = None,
) -> dict[str, str]:
    sources = {**SOURCES, **(changed or {})}
    found = join(
        {path: source.encode() for path, source in sources.items()}, units, constants or {}
    )
    return {path: source.decode() for path, source in found.items()}


def run(
    folder: Path,
    files: Mapping[str, str | bytes],
    main: str,
    python: Sequence[str] | None = None,
) -> str:
    """What a program prints, in MicroPython or another, that finds these files, and no others."""
    words = runtime.micropython().words[:-1] if python is None else python
    for path, content in {**files, "/main_of_test.py": main}.items():
        place = folder / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)
    done = subprocess.run(
        [*words, str(folder / "main_of_test.py")],
        cwd=folder,
        env={"MICROPYPATH": f"{folder}:.frozen"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def names_of(source: str) -> set[str]:
    """All that a unit defines or takes from another."""
    found: set[str] = set()
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {part.id for part in node.targets if isinstance(part, ast.Name)}
        elif isinstance(node, ast.ImportFrom):
            found |= {alias.name for alias in node.names}
    return found


def imports_of(source: str) -> set[str]:
    return {
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
    }


def test_imports_within_a_unit_fall_away_and_between_units_stay() -> None:
    found = joined()
    assert set(found) == {"/base.py", "/main_part.py", "/kinds.py"}
    assert imports_of(found["/base.py"]) == set()
    assert imports_of(found["/main_part.py"]) == {
        "import sys",
        "from base import twice",
        "from base import TABLE",
        "from kinds import Kind",
    }
    assert "from base import TABLE" in found["/kinds.py"]
    assert "from main_part import Square" in found["/kinds.py"]
    # In the order in which modules need each other, whatever their names are.
    main_part = found["/main_part.py"]
    assert main_part.index("class Square") < main_part.index("def numbers")
    assert main_part.count("import sys\n") == 1, "what two modules import is imported once"


def test_what_only_type_checkers_read_is_gone() -> None:
    text = "\n".join(joined().values())
    for word in ("TYPE_CHECKING", "TypeVar", "__all__", "def const"):
        assert word not in text, word


def test_constants_vanish_and_keep_their_values(tmp_path: Path) -> None:
    found = joined()
    for source in found.values():
        constants = {name for name in names_of(source) if name.lstrip("_") in ("SIDES", "OWN")}
        assert all(name.startswith("_") for name in constants)
    assert "_ONE = const(16)" in found["/base.py"]
    assert "_LAST = const(15)" in found["/base.py"]
    # Where another unit's is needed, its value comes along.
    assert "_LAST = const(15)" in found["/main_part.py"]
    assert "_OWN" not in found["/main_part.py"]
    said = run(
        tmp_path,
        found,
        "import main_part, base\n"
        "print(main_part.numbers())\n"
        "print([name for name in dir(main_part) + dir(base) if name.strip('_').isupper()])\n",
    )
    assert said.splitlines() == [str(NUMBERS), "['TABLE', 'TABLE']"]


def test_units_run_as_their_modules_do(tmp_path: Path) -> None:
    main = "print(numbers(), same_unit(), later().area())\n"
    said = run(tmp_path / "joined", joined(), "from main_part import *\n" + main)
    # What a constant is made of is another module's: only CPython takes that as it is.
    python = (sys.executable, "-B")
    apart = run(tmp_path / "apart", SOURCES, "from board.app import *\n" + main, python)
    assert said == apart
    assert said.startswith(str(NUMBERS))


def test_a_function_imports_from_another_unit_when_it_runs(tmp_path: Path) -> None:
    main = (
        "import sys, main_part\n"
        "print('kinds' in sys.modules)\n"
        "main_part.later()\n"
        "print('kinds' in sys.modules)\n"
    )
    assert run(tmp_path, joined(), main).split() == ["False", "True"]


def test_another_constant_and_what_follows_from_it(tmp_path: Path) -> None:
    found = joined(constants={"ONE": 64})
    assert "_LAST = const(63)" in found["/base.py"]
    said = run(tmp_path, found, "import main_part\nprint(main_part.numbers())\n")
    assert said.strip() == str([64, 63, 16, "www", (64, 63), 16 * 35, 16, "little"])
    only_one = joined(constants={"LAST": 7})
    assert "_ONE = const(16)" in only_one["/base.py"]
    assert "_LAST = const(7)" in only_one["/base.py"]
    assert "_OWN = const(4)" in joined(constants={"_OWN": 4})["/base.py"]


@pytest.mark.parametrize(
    ("path", "more", "sentence"),
    [
        (
            "/board/app.py",
            "def twice():\n    pass\n",
            "board/app.py defines twice, and so does core.fixed: joined into one program they "
            "would be one; give one of them another name",
        ),
        (
            "/board/app.py",
            "_ONE = 5\n",
            "board/app.py defines _ONE, and so does core.fixed: joined into one program",
        ),
        (
            "/board/app.py",
            "OWN = 5\n",
            "board/app.py defines OWN, and so does core.fixed: joined into one program",
        ),
        (
            "/core/kinds/kind.py",
            "class Square:\n    pass\n",
            "core/kinds/kind.py defines Square, and so does core.shapes: ",
        ),
        (
            "/board/app.py",
            "import core.shapes\n",
            "board/app.py, line {line}: takes the module core.shapes; take the names that it "
            "needs",
        ),
        (
            "/core/kinds/kind.py",
            "from .. import shapes\n",
            "core/kinds/kind.py, line {line}: takes the module shapes; take the names",
        ),
        (
            "/board/app.py",
            "from core.shapes import Square as Shape\n",
            "board/app.py, line {line}: calls Square Shape; call it as it is called",
        ),
        (
            "/board/app.py",
            "def say(what):\n    return f'{what}!'\n",
            "board/app.py, line {next}: an f-string; the program's are written with %",
        ),
        (
            "/board/app.py",
            "from core.shapes import Circle\n",
            "board/app.py, line {line}: core.shapes does not define Circle",
        ),
        (
            "/board/app.py",
            "from core.shapes import twice\n",
            "board/app.py, line {line}: core.shapes does not define twice",
        ),
        (
            "/board/app.py",
            "def f():\n    from core.shapes import Circle\n",
            "board/app.py, line {next}: core.shapes does not define Circle",
        ),
        (
            "/board/app.py",
            "def f():\n    two = const(2)\n",
            "board/app.py, line {next}: const(…); write NAME = const(value), at the top of a",
        ),
        ("/board/app.py", "A = B = const(2)\n", "board/app.py, line {line}: const(…); write"),
        ("/board/app.py", "A = const()\n", "board/app.py, line {line}: const(…); write"),
        ("/board/app.py", "A = const(1 // 0)\n", "board/app.py, line {line}: A has no value: "),
        (
            "/board/app.py",
            "from time import *\n",
            "board/app.py, line {line}: takes all names; take those that it needs",
        ),
        (
            "/board/app.py",
            "def f():\n    return nowhere\n",
            "board/app.py, line {next}: uses nowhere, which it neither defines nor imports",
        ),
        (
            "/board/app.py",
            "def f(LAST):\n    pass\n",
            "board/app.py, line {line}: LAST is a function's or a class's, and a constant of "
            "core.fixed: joined into one program",
        ),
        (
            "/board/app.py",
            "def f():\n    _LAST = 2\n",
            "board/app.py, line {next}: _LAST is a function's or a class's, and a constant of ",
        ),
        (
            "/board/app.py",
            "class Mine:\n    _OWN = 2\n",
            "board/app.py, line {next}: _OWN is a function's or a class's, and a constant of ",
        ),
        (
            "/board/app.py",
            "dict(ONE=1)\n",
            "board/app.py, line {line}: ONE is a function's or a class's, and a constant of ",
        ),
        (
            "/board/app.py",
            "from machine import Pin as _ONE\n",
            "board/app.py, line {line}: _ONE is Pin of machine, and a constant of core.fixed: ",
        ),
        ("/board/app.py", "def f(:\n", "board/app.py does not compile: line {line}: "),
    ],
    ids=lambda value: str(value).split("\n")[0] if isinstance(value, str) else None,
)
def test_a_broken_rule_is_said_with_its_place(path: str, more: str, sentence: str) -> None:
    line = SOURCES[path].count("\n") + 1
    with pytest.raises(FlashError) as failure:
        joined({path: SOURCES[path] + more})
    assert str(failure.value).startswith(sentence.format(line=line, next=line + 1))


def test_a_module_in_no_unit_is_named() -> None:
    with pytest.raises(
        FlashError, match=r"^board\.extra is in no unit of the program: name it in one$"
    ):
        joined({"/board/extra.py": ""})


def test_the_longest_entry_has_a_module() -> None:
    units = (
        Unit("base", ("core",)),
        Unit("kinds", ("core.kinds",), known_as="core.kinds.kind"),
        Unit("main_part", ("board",)),
    )
    found = joined(units=units)
    assert "class Square" in found["/base.py"]
    assert "class Kind" in found["/kinds.py"]
    assert "class Kind" not in found["/base.py"]


@pytest.mark.parametrize("name", ["TWO", "twice", "TABLE", "_ONE"])
def test_only_a_constant_can_be_another(name: str) -> None:
    with pytest.raises(
        FlashError, match=f"^{name} is no constant of the program: it cannot be another$"
    ):
        joined(constants={name: 2})


def test_a_circle_of_modules_is_named() -> None:
    with pytest.raises(
        FlashError,
        match=r"^modules need each other in a circle: core\.fixed → core\.shapes → core\.fixed$",
    ):
        joined({"/core/fixed.py": "from .shapes import Square\n" + FIXED})


def test_a_circle_of_units_is_named() -> None:
    """No modules are in one: but neither of the two units can be loaded before the other."""
    changed = {
        "/core/low.py": "def low():\n    pass\n",
        "/board/middle.py": "from core.low import low\n\n\ndef middle():\n    low()\n",
        "/core/high.py": "from board.middle import middle\n\n\ndef high():\n    middle()\n",
    }
    units = (*TABLE_OF_UNITS, Unit("ends", ("core.low", "core.high")), Unit("mid", ("board",)))
    with pytest.raises(
        FlashError, match=r"^units need each other in a circle: ends → mid → ends$"
    ):
        joined(changed, units)
    # What a function imports is needed when it runs: then both are there.
    changed["/core/high.py"] = "def high():\n    from board.middle import middle\n\n    middle()\n"
    assert "from mid import middle" in joined(changed, units)["/ends.py"]


@pytest.mark.parametrize(
    ("shapes", "app", "said"),
    [
        ("import time", "from time import time", "time is time of time, {} the module time"),
        (
            "import time",
            "import network as time",
            "time is the module network, {} the module time",
        ),
        ("import a.b", "import a.c as a", "a is the module a.c, {} the module a"),
        ("from x import y", "from z import y", "y is y of z, {} y of x"),
        ("from x import y", "from x import z as y", "y is z of x, {} y of x"),
        ("import time", "def time(): pass", "time is a name of board.app, {} the module time"),
        ("class y: pass", "from x import y", "y is y of x, {} a name of core.shapes"),
        (
            "import time",
            "try:\n    import utime as time\nexcept ImportError:\n    pass",
            "time is the module utime, {} the module time",
        ),
        (
            "import time",
            "def f():\n    global time\n    time = 2",
            "time is a name of board.app, {} the module time",
        ),
        ("from x import print", "print(1)", "print is built in, {} print of x"),
    ],
)
def test_a_name_with_two_meanings_in_one_unit_is_refused(shapes: str, app: str, said: str) -> None:
    """Each is right by itself: joined, one of them would be taken for the other."""
    lines = [f"{SHAPES}\n{shapes}\n", f"{APP}\n{app}\n"]
    where = f"and in core/shapes.py, line {SHAPES.count(chr(10)) + 2}"
    with pytest.raises(FlashError) as failure:
        joined({"/core/shapes.py": lines[0], "/board/app.py": lines[1]})
    assert str(failure.value).startswith("board/app.py, line ")
    assert said.format(where) + ": joined into one program" in str(failure.value)
    # In different units they are as apart as modules are.
    units = (
        Unit("base", ("core.fixed", "core")),
        Unit("shapes_part", ("core.shapes",)),
        *TABLE_OF_UNITS[1:],
    )
    joined({"/core/shapes.py": lines[0], "/board/app.py": lines[1]}, units)


def test_what_a_function_has_is_its_own(tmp_path: Path) -> None:
    """Also if it is called as something is that another module of the unit imports or defines."""
    app = """
import sys as system
def local(time):
    import sys as Square
    half = [twice for twice in (1, 2)]
    return time, Square is system, half
def later():
    from sys import platform as collect
    return collect == system.platform
"""
    shapes = "import time\nfrom gc import collect\ndef moment(): return time, collect\n"
    found = joined({"/core/shapes.py": SHAPES + shapes, "/board/app.py": APP + app})
    main = "import main_part as it\nprint(it.local(5), it.later(), it.Square.SIZE)\n"
    main += "import gc, time\nprint(it.moment() == (time, gc.collect))\n"
    assert run(tmp_path, found, main).split("\n")[:2] == ["(5, True, [1, 2]) True 4", "True"]


@pytest.mark.parametrize("name", ["core.kinds.gone", "core.fixed"])
def test_a_unit_that_is_known_as_no_module_of_it_is_said(name: str) -> None:
    units = (*TABLE_OF_UNITS[:2], Unit("kinds", ("core.kinds",), known_as=name))
    with pytest.raises(
        FlashError, match=f"^kinds is known as {name}, and no module of it is called so$"
    ):
        joined(units=units)


GUEST = """\
import sys

from core.fixed import LAST, TABLE, const, twice
from core.kinds.kind import LEAST as smallest
from core.shapes import Square as Shape

LOCAL = const(5)


def check():
    from core.fixed import ONE

    return [LAST, TABLE, twice(1), smallest, Shape().area(), ONE, LOCAL]


if __name__ != "nobody":
    from core.fixed import const
print(check(), sys.implementation.name)
"""


def test_a_source_from_outside_works_with_the_units(tmp_path: Path) -> None:
    sources = {path: source.encode() for path, source in SOURCES.items()}
    guest = redirected("/tests/guest.py", GUEST.encode(), sources, TABLE_OF_UNITS).decode()
    assert "core" not in guest
    # Its own lines are as they were.
    assert "LOCAL = const(5)" in guest
    assert "return [LAST, TABLE, twice(1), smallest, Shape().area(), ONE, LOCAL]" in guest
    said = run(tmp_path, joined(), guest)
    assert said.strip() == "[15, (16, 15), 5, 2, 44, 16, 5] micropython"


USERS_TYPE = """\
from core.kinds.kind import LEAST, ONE, TABLE, Kind, Square


class GlyphType(Kind):
    pass


print(LEAST, ONE, TABLE, GlyphType.COST, issubclass(GlyphType, Square))
"""


def test_others_find_a_unit_by_the_name_of_its_module(tmp_path: Path) -> None:
    files = {**joined(), "/glyphs/mine.py": USERS_TYPE}
    main = "import kinds\n__import__('glyphs.mine', None, None, ('GlyphType',))\n"
    assert run(tmp_path, files, main).strip() == "2 16 (16, 15) 2 True"


def test_users_types_find_all_that_kind_gives_in_the_program_of_boards(tmp_path: Path) -> None:
    """By the very files that are flashed, a user's type among them."""
    types = tmp_path / "types"
    types.mkdir()
    names = ", ".join(kind.__all__)
    lines = [f"from ascpi_core.glyphs.kind import {names}", "class GlyphType(Kind):", "    pass"]
    lines += [f"print({name!r}, {name})" for name in kind.__all__ if name.isupper()]
    (types / "mine.py").write_text("\n".join([*lines, "print(Registry, get_word, put_word)", ""]))
    files = build(CHIPS["esp32"], types=types)
    folder = files[RUN_PATH].decode()
    main = (
        "import sys\n"
        f"sys.path.insert(0, {folder!r})\n"
        "class StandIn:\n"
        "    def __getattr__(self, name):\n"
        "        return None\n"
        "sys.modules['machine'] = StandIn()\n"
        "import ascpi_glyphs\n"
        "found = __import__('glyphs.mine', None, None, ('GlyphType',))\n"
        "print(issubclass(found.GlyphType, ascpi_glyphs.Kind), found.__file__)\n"
    )
    said = run(tmp_path / "board", files, main).splitlines()
    values = {name: str(getattr(kind, name)) for name in kind.__all__ if name.isupper()}
    assert dict(line.split(" ", 1) for line in said[: len(values)]) == values
    assert said[-1].startswith("True ")
    assert said[-1].endswith("glyphs/mine.mpy")


def test_the_program_of_boards_takes_sources_from_outside() -> None:
    source = b"from ascpi_core.node import Node\nfrom ascpi_core.fixed import ONE, ticks_diff\n"
    assert redirected_to_the_node("/tests/x.py", source).decode().splitlines() == [
        "from ascpi_node import Node as Node",
        "ONE = 32768; from ascpi_boot import ticks_diff as ticks_diff",
    ]


def test_no_name_of_a_unit_is_a_units_own_module() -> None:
    """Or an import would find the one in the place of the other."""
    names = [unit.name for unit in UNITS]
    assert len(set(names)) == len(names)
    assert not {"ascpi_core", "ascpi_board"} & set(names)
