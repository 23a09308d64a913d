"""Ctrl-C for the code that a board runs, from the key to the KeyboardInterrupt.

The board takes it at the next sleep or file (shims/board_interrupt.py). Code that never comes to
either gets SIGINT after a while: MicroPython jumps out of it wherever it is, which in the midst of
an allocation would leave the heap locked for ever.
"""

import time

from ascpi.virtual.page import Page
from ascpi.virtual.process import BoardProcess

# Longer than a board, on a busy computer, takes from one file or sleep to the next.
PATIENCE_S = 1.0


class Interruption:
    def __init__(self, page: Page) -> None:
        self._page = page
        self._pending = False
        self._asked_s = 0.0
        self._held = b""

    @property
    def pending(self) -> bool:
        """Has been asked for, and is not settled."""
        return self._pending

    def ask(self) -> None:
        """One at a time: more of them ask for nothing more."""
        if not self._pending:
            self._asked_s = time.monotonic()
            self._pending = True
            self._page["interrupt_asked"] = self._page["interrupt_taken"] + 1

    def hold(self, data: bytes) -> None:
        """What was typed behind it is for who reads once it is settled."""
        self._held += data

    def follow(self, process: BoardProcess, prompting: bool) -> bytes:
        """See whether it is taken, comes too late, or needs force; what may be typed from now on.

        `prompting`: the board shows what looks like a prompt.
        """
        if not self._pending:
            return b""
        if self._page["interrupt_taken"] != self._page["interrupt_asked"]:
            impatient = self.patience_left_s() <= 0
            if not prompting and not impatient:
                return b""
            runs_code = process.runs_code(prompting)
            if runs_code and not impatient:
                return b""  # a program that prints as if it were the REPL
            self._call_off()
            if runs_code:
                process.interrupt()
        held, self._held, self._pending = self._held, b"", False
        return held

    def forget(self) -> None:
        """The process it was meant for has ended."""
        self._held, self._pending = b"", False
        self._call_off()

    def patience_left_s(self) -> float:
        return self._asked_s + PATIENCE_S - time.monotonic()

    def _call_off(self) -> None:
        """What runs next is not to be struck."""
        self._page["interrupt_asked"] = self._page["interrupt_taken"]
