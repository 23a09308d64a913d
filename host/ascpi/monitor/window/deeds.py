"""What the keys do to a board: reset it, or lend its port to a REPL."""

from collections.abc import Callable
from typing import Any

from textual.app import App, SuspendNotSupported

from ascpi.monitor import console
from ascpi.monitor.board import Board
from ascpi.monitor.reset import reset_board
from ascpi.monitor.sources import Ports, now_us
from ascpi.monitor.window.dialogs import Confirm
from ascpi.ports import PortError, SerialLine

# What came of it: the board's name, a sentence, and whether that is bad news.
Answer = Callable[[str, str, bool], object]


class Deeds:
    """Each answers when it is done; a reset takes seconds, in a thread of its own."""

    def __init__(self, app: App[Any], ports: Ports, answer: Answer) -> None:
        self._app = app
        self._ports = ports
        self._answer = answer

    def reset(self, board: Board) -> None:
        """If that is meant."""
        line = self._line(board)
        if line is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._app.run_worker(lambda: self._reset(board, line), thread=True)

        self._app.push_screen(Confirm(f"Reset {board.name} on {line.url}?"), answered)

    def visit(self, board: Board) -> None:
        """This terminal on the board's port, until the user leaves."""
        line = self._line(board)
        if line is None:
            return
        try:
            with self._app.suspend():
                reason = console.visit(line)
        except PortError as error:
            reason = str(error)
        except SuspendNotSupported:
            reason = "this terminal cannot be lent to a REPL"
        if reason:
            self._answer(board.name, reason, True)

    def _line(self, board: Board) -> SerialLine | None:
        """Its port; None, and said, if it has none."""
        line = self._ports.lines.get(board.port or "")
        if line is None:
            text = "it is known by air only: there is no port to do that by"
            self._answer(board.name, text, True)
        return line

    def _reset(self, board: Board, line: SerialLine) -> None:
        since_us = now_us()
        try:
            how = reset_board(
                line, lambda: board.started_us is not None and board.started_us > since_us
            )
        except PortError as error:
            self._app.call_from_thread(self._answer, board.name, str(error), True)
        else:
            self._app.call_from_thread(self._answer, board.name, how, False)
