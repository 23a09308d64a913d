"""Whether a board's files are the checkout's."""

import hashlib
from typing import Any

from ascpi.flash.application import RUN_PATH, build
from ascpi.flash.chips import CHIPS
from ascpi.hil.checkout import differing

FILES = build(CHIPS["esp32"])
RUNS = FILES[RUN_PATH].decode()


class Board:
    """Answers what is asked for files, as a board with these would."""

    def __init__(self, files: dict[str, bytes], runs: str) -> None:
        self._files = files
        self._runs = runs

    def execute(self, code: str) -> str:
        if "_machine" in code:
            return "Generic ESP32 module with ESP32\n774\nesp32\n00:11:22:33:44:55\n7\nhall\n"
        if "hashlib" in code:
            asked: Any = eval(code.split("for path in ")[1].split(":\n")[0])
            return "\n".join(
                hashlib.sha256(self._files[path]).hexdigest() if path in self._files else "none"
                for path in asked
            )
        return self._runs


def found(files: dict[str, bytes], runs: str = RUNS) -> list[str]:
    board: Any = Board(files, runs)
    return differing(board)


def test_the_same_files_are_the_same_on_trial_or_not() -> None:
    assert found(FILES) == []
    assert found(FILES, f"{RUNS} ascpi_00000000 trying") == []


def test_what_differs_or_lacks_is_named() -> None:
    there = dict(FILES)
    there[f"/{RUNS}/ascpi_node.mpy"] = b"another"
    del there[f"/{RUNS}/ascpi_glyphs.mpy"]
    assert found(there) == [f"{RUNS}/ascpi_glyphs.mpy", f"{RUNS}/ascpi_node.mpy"]


def test_another_program_that_runs_is_named() -> None:
    assert found(FILES, "ascpi_00000000") == ["ascpi_run"]
