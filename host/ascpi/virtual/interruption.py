"""Ctrl-C for the code that a board runs, from the key to the KeyboardInterrupt.

The board takes it at the next sleep or file (shims/board_interrupt.py). Code that never comes to
either gets SIGINT after a while: MicroPython jumps out of it wherever it is, which in the midst of
an allocation would leave the heap locked for ever.
"""

import time

from ascpi.virtual.page import Page

# Longer than a board, on a busy computer, takes from one file or sleep to the next.
PATIENCE_S = 1.0


class Interruption:
    def __init__(self, page: Page) -> None:
        self._page = page
        self._pending = False
        self._asked_s = 0.0

    @property
    def pending(self) -> bool:
        """Has been asked for, and neither taken nor called off."""
        return self._pending

    def ask(self) -> None:
        """One at a time: more of them ask for nothing more."""
        if not self._pending:
            self._asked_s = time.monotonic()
            self._pending = True
            self._page["interrupt_asked"] = self._page["interrupt_taken"] + 1

    def taken(self) -> bool:
        """Whether the board has just taken it: true once."""
        if self._pending and self._page["interrupt_taken"] == self._page["interrupt_asked"]:
            self._pending = False
            return True
        return False

    def call_off(self) -> None:
        """The code it was meant for has ended: what runs next is not to be struck."""
        self._pending = False
        self._page["interrupt_asked"] = self._page["interrupt_taken"]

    def patience_left_s(self) -> float:
        return self._asked_s + PATIENCE_S - time.monotonic()
