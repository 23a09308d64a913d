"""The core with every intermediate result checked against 31 bits.

A small integer of a 32-bit board is −2^30 … 2^30 − 1; anything beyond is allocated. CPython cannot
show that. So the core is loaded a second time, as the package `checked_core`, with its syntax tree
rewritten: the result of every operator inside a function goes through a check that raises
`NotSmall`. Exempt are the functions below, each for the reason given.
"""

import ast
import importlib
import importlib.machinery
import importlib.util
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

from hypothesis import target

import ascpi_core

SOURCES = Path(ascpi_core.__file__).parent
NAME = "checked_core"

LIMIT = 1 << 30
"""Small integers: −LIMIT … LIMIT − 1."""

EXEMPT = {
    # Run once, when the module is loaded or an object is made.
    ("fixed", "_quarter_wave"),
    ("fixed", "_angles"),
    ("fixed", "_powers"),
    ("settings", "unit_of_ratio"),
    ("settings", "phase_of_ratio"),
    ("phase", "__init__"),
    # For reports, once in a while: they say so.
    ("phase", "kappa"),
    ("telemetry", "decimals"),
}


class NotSmall(ArithmeticError):
    """An intermediate result that a 32-bit board would allocate."""


class Gauge:
    """What the checks have seen."""

    largest = 0
    """The largest |result| since it was last set to 0."""


def _small(value: Any, where: str) -> Any:
    if type(value) is int:
        if not -LIMIT <= value < LIMIT:
            raise NotSmall(f"{value} at {where}")
        if abs(value) > Gauge.largest:
            Gauge.largest = abs(value)
    return value


class _Checks(ast.NodeTransformer):
    """Puts every result of an operator in a function through `_small`."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._depth = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if (self._module, node.name) in EXEMPT:
            return node
        self._depth += 1
        node.body = [self.visit(statement) for statement in node.body]
        self._depth -= 1
        return node

    def _checked(self, node: ast.expr) -> ast.expr:
        where = ast.Constant(f"{self._module}.py:{node.lineno}")
        return ast.Call(ast.Name("_small", ast.Load()), [node, where], [])

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return self._checked(node) if self._depth else node

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return self._checked(node) if self._depth else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        if not self._depth:
            return node
        before = ast.parse(ast.unparse(node.target), mode="eval").body
        result = ast.copy_location(ast.BinOp(before, node.op, node.value), node)
        return ast.Assign([node.target], self._checked(result))


class _Loader(importlib.machinery.SourceFileLoader):
    """Compiles the rewritten source; never reads or writes a cache, which is the real core's."""

    def get_code(self, fullname: str) -> Any:
        tree = ast.parse(self.get_data(self.path))
        tree = ast.fix_missing_locations(_Checks(Path(self.path).stem).visit(tree))
        return compile(tree, self.path, "exec")

    def exec_module(self, module: ModuleType) -> None:
        module.__dict__["_small"] = _small
        super().exec_module(module)


class _Finder:
    """Finds `checked_core` and what is in it."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        package, *modules = name.split(".")
        if package != NAME:
            return None
        folder = SOURCES.joinpath(*modules)
        file = folder / "__init__.py" if folder.is_dir() else folder.with_suffix(".py")
        if not file.exists():
            return None
        return importlib.util.spec_from_file_location(
            name,
            file,
            loader=_Loader(name, str(file)),
            submodule_search_locations=[str(folder)] if folder.is_dir() else None,
        )


def load(module: str) -> Any:
    """A module of the checked core, such as `ticks` or `glyphs.glyph`. Untyped: it is a copy that
    no type checker sees."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
    return importlib.import_module(f"{NAME}.{module}")


def large_constants() -> Iterator[str]:
    """Where a function that is not exempt names an integer that is not small."""
    for file in sorted(SOURCES.rglob("*.py")):
        for function in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(function, ast.FunctionDef) or (file.stem, function.name) in EXEMPT:
                continue
            for node in ast.walk(function):
                if not isinstance(node, ast.Constant) or type(node.value) is not int:
                    continue
                if not -LIMIT <= node.value < LIMIT:
                    yield f"{file.relative_to(SOURCES)}:{node.lineno}: {node.value}"


def searched(label: str = "") -> None:
    """Tell hypothesis how large it got: it goes on from there."""
    target(float(Gauge.largest), label=label)
    Gauge.largest = 0
