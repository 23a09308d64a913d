"""The names that a stock ESP32 MicroPython has, read from the stubs of one release.

Whoever makes the stubs asked a board what each module holds, and wrote that into one file a
module. The types there are mostly Any, the names are the board's. The stubs also import all of
CPython's library over it (`from stdlib.os import *`), which hides a missing name from a type
checker: here those lines do not count.
"""

import ast
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Module:
    """What one module holds, and what each of its classes does."""

    names: set[str] = field(default_factory=set)
    classes: dict[str, set[str]] = field(default_factory=dict)
    bases: dict[str, list[str]] = field(default_factory=dict)
    # Whole numbers whose value is known: "MAX_DATA_LEN", "WLAN.PM_NONE" …
    numbers: dict[str, int] = field(default_factory=dict)

    def members(self, name: str) -> set[str]:
        """The members of a class, with those of its bases in the same module."""
        found = set(self.classes.get(name, ()))
        for base in self.bases.get(name, ()):
            found |= self.members(base)
        return found


def read(folder: Path) -> dict[str, Module]:
    """Module name → what is in it. Files of a package count together, as the package."""
    modules: dict[str, Module] = {}
    for file in sorted(folder.glob("*.pyi")):
        modules[file.stem] = _module([file])
    for package in sorted(folder.iterdir()):
        if (package / "__init__.pyi").exists() and package.name != "stdlib":
            modules[package.name] = _module(sorted(package.glob("*.pyi")))
    return modules


def read_file(file: Path) -> Module:
    """What one stub holds."""
    return _module([file])


def _module(files: list[Path]) -> Module:
    module = Module()
    for file in files:
        for node in _statements(ast.parse(file.read_text("utf-8")).body):
            module.names |= _named(node)
            module.numbers.update(_number(node, ""))
            if isinstance(node, ast.ClassDef):
                members = module.classes.setdefault(node.name, set())
                for statement in _statements(node.body):
                    members |= _named(statement)
                    module.numbers.update(_number(statement, node.name + "."))
                module.bases[node.name] = [ast.unparse(base) for base in node.bases]
    return module


def _statements(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements, those below an `if` (of a Python's version) among them."""
    found: list[ast.stmt] = []
    for node in body:
        found += _statements(node.body + node.orelse) if isinstance(node, ast.If) else [node]
    return found


def _named(node: ast.stmt) -> set[str]:
    """The names that a statement binds, imports apart: they are the stub's, not the board's."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    if isinstance(node, ast.Assign):
        return {target.id for target in node.targets if isinstance(target, ast.Name)}
    return set()


def _number(node: ast.stmt, prefix: str) -> dict[str, int]:
    """`NAME: int = 250` as {prefix + NAME: 250}."""
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
        try:
            value = ast.literal_eval(node.value)
        except ValueError:
            return {}
        if isinstance(value, int):
            return {prefix + node.target.id: value}
    return {}
