"""Ctrl-C, taken where it does no harm: at a sleep, or as a file is opened.

MicroPython's own answer to SIGINT jumps out of whatever it is doing. From the midst of an
allocation it leaves the heap locked, and the process stands still for ever.
"""

from board_page import page, ring


def check():
    """Raise KeyboardInterrupt if the supervisor has asked for one."""
    asked = page.interrupt_asked
    if asked != page.interrupt_taken:
        page.interrupt_taken = asked
        ring()
        raise KeyboardInterrupt
