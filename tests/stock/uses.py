"""What the firmware and the core ask of MicroPython, read from their syntax trees.

What this cannot see: a name asked for by text (`getattr(network, "PM_NONE")`), a method of an
unknown object whose name the project also uses for something of its own, how many arguments a
function takes and of which types, and what a call then does.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

OWN = ("ascpi_core", "ascpi_board", "ascpi_probe", "ascpi_boot")


@dataclass(frozen=True)
class Use:
    """A name of MicroPython's, by its path ("network.WLAN.PM_NONE"); `keywords` if called so."""

    path: str
    where: str
    keywords: tuple[str, ...] = ()
    # False: a member of an object whose class the syntax does not tell.
    known: bool = True


@dataclass
class Uses:
    imports: list[Use] = field(default_factory=list)
    names: list[Use] = field(default_factory=list)
    members: list[Use] = field(default_factory=list)
    calls: list[Use] = field(default_factory=list)
    # Names that the project defines itself: functions, classes, variables, attributes.
    own: set[str] = field(default_factory=set)


def read(files: list[Path], root: Path) -> Uses:
    """All uses in these files."""
    uses = Uses()
    trees = {file: ast.parse(file.read_text("utf-8")) for file in files}
    for tree in trees.values():
        uses.own |= set(_defined(tree))
    for file, tree in trees.items():
        _Reader(uses, str(file.relative_to(root))).visit(tree)
    return uses


def _defined(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


class _Reader(ast.NodeVisitor):
    """One file. Imports bind local names to paths; attributes are followed from there."""

    def __init__(self, uses: Uses, file: str) -> None:
        self._uses = uses
        self._file = file
        self._bound: dict[str, str] = {}

    def _at(self, node: ast.stmt | ast.expr) -> str:
        return f"{self._file}:{node.lineno}"

    def visit_If(self, node: ast.If) -> None:
        if isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            for statement in node.orelse:
                self.visit(statement)
            return
        self.generic_visit(node)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            if alias.name.partition(".")[0] not in OWN:
                self._uses.imports.append(Use(alias.name, self._at(node)))
                self._bound[alias.asname or alias.name] = alias.name

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        module = node.module or ""
        if node.level or module.partition(".")[0] in OWN:
            return
        self._uses.imports.append(Use(module, self._at(node)))
        for alias in node.names:
            path = f"{module}.{alias.name}"
            self._uses.names.append(Use(path, self._at(node)))
            self._bound[alias.asname or alias.name] = path

    def visit_Attribute(self, node: ast.Attribute) -> None:
        path = self._path(node)
        if path is not None:
            self._uses.names.append(Use(path, self._at(node)))
            return
        if isinstance(node.ctx, ast.Load):
            self._uses.members.append(Use(node.attr, self._at(node), known=False))
        self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        self.generic_visit(node)
        words = tuple(keyword.arg or "**" for keyword in node.keywords)
        if not words:
            return
        path = self._path(node.func)
        if path is not None:
            self._uses.calls.append(Use(path, self._at(node), words))
        elif isinstance(node.func, ast.Attribute):
            self._uses.calls.append(Use(node.func.attr, self._at(node), words, known=False))
        elif isinstance(node.func, ast.Name) and node.func.id not in self._uses.own:
            self._uses.calls.append(Use(node.func.id, self._at(node), words))

    def _path(self, node: ast.expr) -> str | None:
        """`network.WLAN.PM_NONE` for what begins with an imported name of MicroPython's."""
        if isinstance(node, ast.Name):
            return self._bound.get(node.id)
        if isinstance(node, ast.Attribute):
            before = self._path(node.value)
            return None if before is None else f"{before}.{node.attr}"
        return None
