"""The core imports nothing but itself: time, randomness and input-output come from outside."""

import ast
from pathlib import Path

import pytest

from tests.core.small import SOURCES

MODULES = sorted(SOURCES.rglob("*.py"))


def runtime_nodes(tree: ast.Module) -> list[ast.AST]:
    """All nodes but those under `if TYPE_CHECKING:`, which no runtime ever executes."""
    nodes: list[ast.AST] = []
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        nodes.append(node)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting.extend(node.orelse)
        else:
            waiting.extend(ast.iter_child_nodes(node))
    return nodes


def name(module: Path) -> str:
    return module.relative_to(SOURCES).with_suffix("").as_posix()


def test_sub_packages_are_looked_at() -> None:
    assert {"fixed", "glyphs/glyph"} <= {name(module) for module in MODULES}


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_imports_only_itself(module: Path) -> None:
    """Relative to where it stands, and never to what is above the core."""
    highest = len(module.relative_to(SOURCES).parts)
    for node in runtime_nodes(ast.parse(module.read_text("utf-8"))):
        assert not isinstance(node, ast.Import), ast.unparse(node)
        if isinstance(node, ast.ImportFrom):
            assert 1 <= node.level <= highest, ast.unparse(node)


@pytest.mark.parametrize("module", MODULES, ids=name)
def test_has_no_input_output_and_no_floats_in_its_arithmetic(module: Path) -> None:
    """`0.125` as a default and a factor in `settings` are configuration, checked at the start."""
    for node in runtime_nodes(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "open", "input", "eval", "exec", "float"}
        if isinstance(node, ast.BinOp):
            assert not isinstance(node.op, ast.Div), ast.unparse(node)
        if isinstance(node, ast.Constant) and module.stem != "settings":
            assert not isinstance(node.value, float), ast.unparse(node)
