"""The window in a real terminal, driven by keys: tmux."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.monitor.conftest import Field
from tests.monitor.synthetic import wait_for

# Starting on a busy machine takes two seconds.
DEADLINE_S = 20.0

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux here")


class Terminal:
    """One session of a tmux server of its own."""

    def __init__(self, command: list[str], columns: int, rows: int) -> None:
        self._tmux = ["tmux", "-L", f"ascpi-monitor-{os.getpid()}", "-f", os.devnull]
        size = ("-x", str(columns), "-y", str(rows))
        self._run("new-session", "-d", "-s", "monitor", *size, *command)
        self.pid = int(self._run("list-panes", "-t", "monitor", "-F", "#{pane_pid}"))

    def _run(self, *words: str) -> str:
        ended = subprocess.run(
            [*self._tmux, *words], capture_output=True, encoding="utf-8", timeout=10, check=True
        )
        return ended.stdout

    def press(self, *keys: str) -> None:
        self._run("send-keys", "-t", "monitor", *keys)

    def screen(self) -> str:
        return self._run("capture-pane", "-p", "-t", "monitor")

    def expect(self, condition: Callable[[str], bool], what: str) -> str:
        seen = ""

        def look() -> bool:
            nonlocal seen
            time.sleep(0.1)
            seen = self.screen()
            return condition(seen)

        try:
            wait_for(look, what, DEADLINE_S)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{seen}") from None
        return seen

    def is_running(self) -> bool:
        """Whether the program in it is."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def close(self) -> None:
        """The terminal is closed under the program."""
        subprocess.run(
            [*self._tmux, "kill-session", "-t", "monitor"], capture_output=True, check=False
        )


@pytest.fixture
def terminal(field: Field) -> Iterator[Terminal]:
    ports = [word for port in field.ports.values() for word in ("--port", port)]
    made = Terminal([sys.executable, "-m", "ascpi", "monitor", *ports], 80, 24)
    yield made
    made.close()


def has_four_locked_rows(screen: str) -> bool:
    rows = screen.splitlines()[2:6]
    return len(rows) == 4 and all(" locked " in row for row in rows)


def test_a_person_watches_visits_a_repl_and_closes_the_terminal(
    terminal: Terminal, field: Field
) -> None:
    boots = field.boots
    seen = terminal.expect(has_four_locked_rows, "four boards are locked")
    lines = seen.splitlines()
    assert len(lines) == 24
    assert lines[0].startswith(" ASCπ ")
    assert "select" in lines[-1]
    terminal.press("Down", "e")
    terminal.expect(lambda text: "Ctrl-X returns" in text, "the REPL's port is open")
    assert field.boots == boots
    terminal.press("C-c")
    terminal.expect(lambda text: text.rstrip().endswith(">>>"), "the REPL")
    terminal.press("6*7", "Enter")
    terminal.expect(lambda text: "\n42" in text, "its answer")
    terminal.press("C-d")
    terminal.expect(lambda text: "event boot id=2" in text, "the program starts again")
    terminal.press("C-x")
    terminal.expect(has_four_locked_rows, "the window is back")
    terminal.press("?")
    terminal.expect(lambda text: "comes back" in text, "help")
    terminal.press("q")
    terminal.expect(lambda text: "4 boards" in text, "the window")
    terminal.close()
    wait_for(lambda: not terminal.is_running(), "it ends with its terminal")
