"""One source that is folded (`folding`): what it binds and imports, and what of it changes."""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterator

Name = tuple[str, ...]
"""Of a module, in parts."""

CAPITALS = re.compile(r"_?[A-Z][A-Z0-9_]*")
_LITERALS = (ast.Constant, ast.Tuple, ast.Name, ast.Load, ast.UnaryOp, ast.USub, ast.Attribute)


class Module:
    """One source: what it binds and imports, and what is to be changed."""

    def __init__(self, path: str, source: bytes) -> None:
        parts = path.strip("/").removesuffix(".py").split("/")
        self.package = tuple(parts[:-1])
        self.name: Name = self.package if parts[-1] == "__init__" else tuple(parts)
        self.lines = source.split(b"\n")
        self.tree = ast.parse(source)
        self.statements = [node for node in self.tree.body if not is_for_types(node)]
        self.bound: Counter[str] = Counter()
        self.imported: dict[str, tuple[Name, str]] = {}
        self.exported: set[str] = set()
        self.uses: Counter[str] = Counter()
        self.attributes: set[tuple[Name, str]] = set()
        self.replaced: Counter[str] = Counter()
        self.edits: list[tuple[ast.expr, int]] = []
        self.imports: list[ast.ImportFrom] = []
        self.kept: dict[ast.ImportFrom, list[ast.alias]] = {}
        for node in walk(self.tree):
            self._note(node)

    def _note(self, node: ast.AST) -> None:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            self.bound[node.id] += 1
        elif isinstance(node, ast.arg):
            self.bound[node.arg] += 1
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            self.bound[node.name] += 1
        elif isinstance(node, ast.Global | ast.Nonlocal):
            self.bound.update(node.names * 2)
        elif isinstance(node, ast.ImportFrom):
            self.imports.append(node)
            for alias in node.names:
                local = alias.asname or alias.name
                found = (self.source_of(node), alias.name)
                if self.imported.setdefault(local, found) != found:
                    self.bound[local] += 2  # two things of one name: neither is touched
        if isinstance(node, ast.Assign) and target_of(node) == "__all__":
            self.exported |= set(ast.literal_eval(node.value))

    def source_of(self, node: ast.ImportFrom) -> Name:
        """The module that an import means."""
        above = self.package[: len(self.package) - node.level + 1] if node.level else ()
        return above + (tuple(node.module.split(".")) if node.module else ())

    def decide_imports(self) -> None:
        """Keep what was not imported for constants alone."""
        for node in self.imports:
            self.kept[node] = [
                alias
                for alias in node.names
                if self.uses[alias.asname or alias.name]
                or not self.replaced[alias.asname or alias.name]
                or (alias.asname or alias.name) in self.exported
            ]

    def needs(self) -> Iterator[tuple[Name, str]]:
        """(module, name) of all that it takes from others by name."""
        yield from self.attributes
        for node in self.imports:
            for alias in self.kept[node]:
                yield self.source_of(node), alias.name

    def written(
        self, needed: set[tuple[Name, str]], constant: Callable[[Name, str], int | None]
    ) -> bytes:
        """The folded source. `needed` are the names that are looked up anywhere, by their module;
        `constant` gives the value of one."""
        lines = list(self.lines)
        gone: dict[int, bytes] = {}
        for node in self.imports:
            kept = [
                alias
                for alias in node.names
                if alias in self.kept[node] or (self.name, alias.asname or alias.name) in needed
            ]
            if len(kept) < len(node.names):
                _blank(gone, node, ast.unparse(_with(node, kept)) if kept else "pass")
        for statement in self.statements:
            if isinstance(statement, ast.Assign) and self._is_idle(statement, needed, constant):
                _blank(gone, statement, "")
        for expression, value in sorted(
            self.edits, key=lambda edit: _place(edit[0]), reverse=True
        ):
            line, begin, end = _place(expression)
            text = str(value) if value >= 0 else f"({value})"
            lines[line - 1] = lines[line - 1][:begin] + text.encode() + lines[line - 1][end:]
        return b"\n".join(gone.get(number, line) for number, line in enumerate(lines, 1))

    def _is_idle(
        self,
        statement: ast.Assign,
        needed: set[tuple[Name, str]],
        constant: Callable[[Name, str], int | None],
    ) -> bool:
        """Whether it binds a constant or a table that nobody looks up any more."""
        name = target_of(statement)
        if (
            not CAPITALS.fullmatch(name)
            or self.bound[name] != 1
            or self.uses[name]
            or name in self.exported
            or name == "TYPE_CHECKING"
            or (self.name, name) in needed
        ):
            return False
        is_table = isinstance(statement.value, ast.Tuple) and all(
            isinstance(node, _LITERALS) for node in ast.walk(statement.value)
        )
        return is_table or constant(self.name, name) is not None


def walk(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those for type checkers alone."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        if is_for_types(node):
            assert isinstance(node, ast.If)
            waiting.extend(node.orelse)
        else:
            waiting.extend(ast.iter_child_nodes(node))


def is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def target_of(statement: ast.Assign) -> str:
    target = statement.targets[0]
    return target.id if len(statement.targets) == 1 and isinstance(target, ast.Name) else ""


def _with(node: ast.ImportFrom, names: list[ast.alias]) -> ast.ImportFrom:
    return ast.ImportFrom(node.module, names, node.level)


def _place(node: ast.expr) -> tuple[int, int, int]:
    """Line, and from which byte to which."""
    assert node.end_col_offset is not None
    return node.lineno, node.col_offset, node.end_col_offset


def _blank(lines: dict[int, bytes], node: ast.stmt, text: str) -> None:
    """In the place of a statement: a shorter one, and empty lines."""
    assert node.end_lineno is not None
    for number in range(node.lineno, node.end_lineno + 1):
        lines[number] = b""
    lines[node.lineno] = b" " * node.col_offset + text.encode()
