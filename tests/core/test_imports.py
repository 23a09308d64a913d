"""The core imports nothing but itself: time, randomness and input-output come from outside."""

import ast
from pathlib import Path

import pytest

from tests.core.small import SOURCES

MODULES = sorted(SOURCES.glob("*.py"))


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


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_imports_only_itself(module: Path) -> None:
    for node in runtime_nodes(ast.parse(module.read_text("utf-8"))):
        assert not isinstance(node, ast.Import), ast.unparse(node)
        if isinstance(node, ast.ImportFrom):
            assert node.level == 1, ast.unparse(node)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_has_no_input_output_and_no_floats_in_its_arithmetic(module: Path) -> None:
    """`0.125` as a default and a factor in `settings` are configuration, checked at the start."""
    for node in runtime_nodes(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"print", "open", "input", "eval", "exec", "float"}
        if isinstance(node, ast.BinOp):
            assert not isinstance(node.op, ast.Div), ast.unparse(node)
        if isinstance(node, ast.Constant) and module.stem != "node_settings":
            assert not isinstance(node.value, float), ast.unparse(node)
