"""An interpreter that is too old gets a sentence, and the scripts that say it stay readable."""

import ast
from pathlib import Path

import _python
import pytest


@pytest.mark.parametrize("version", [(3, 10, 0), (3, 11, 7), (3, 14, 0), (4, 0, 0)])
def test_a_new_enough_python_is_taken(version: tuple[int, int, int]) -> None:
    assert _python.complaint(version, "tools/demo.py") is None


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 9, 18)])
def test_an_old_python_is_told_what_to_use(version: tuple[int, int, int]) -> None:
    sentence = _python.complaint(version, "tools/demo.py")
    assert sentence == (
        "tools/demo.py needs Python 3.10 or newer; this is Python "
        f"{version[0]}.{version[1]}. Run it with a newer one, for example: "
        "python3.10 tools/demo.py"
    )


@pytest.mark.parametrize("name", ["_python.py", "demo.py", "test.py"])
def test_old_pythons_can_read_the_scripts(checkout: Path, name: str) -> None:
    """Python 2.7 has no annotations and no f-strings, and wants ASCII without a coding line."""
    source = (checkout / "tools" / name).read_bytes()
    assert source.isascii()
    for node in ast.walk(ast.parse(source)):
        assert not isinstance(node, ast.JoinedStr | ast.AnnAssign | ast.NamedExpr), node.lineno
        if isinstance(node, ast.FunctionDef):
            arguments = [*node.args.args, *node.args.kwonlyargs]
            assert node.returns is None
            assert all(argument.annotation is None for argument in arguments)
