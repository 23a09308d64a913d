"""What survives a reset: the boot epoch, the record of the last crash, and who ran. The last in
the RTC's memory, which costs no wear and lasts until the power is cut; the others on the flash.

A file is written beside its place, closed and then renamed over it, which is atomic. Writing
stalls both cores, so it is done at boot and on the way to a reset, never in between.
"""

import io
import os
import sys

import machine

from ascpi_core.fixed import const

EPOCH_PATH = const("/ascpi_epoch")
CRASH_PATH = const("/ascpi_crash")
CRASH_SEEN_PATH = const("/ascpi_crash.last")
STARTS_PATH = const("/ascpi_starts")
RUN_PATH = const("/ascpi_run")

STEP = const("<IIB")
STEP_BYTES = const(9)
STEP_TIMES = const(8)
STEPS = const(9)
"""In the RTC's memory: a glyph's id, and a byte. First of the glyph that runs, and whether it
does; then of eight that never came back from that, the last of them first, and how often."""

_POORER = const("poorer")


def write_text(path: str, text: str) -> None:
    """Replace a file in one step. OSError if the flash is full or broken."""
    beside = path + ".new"
    with open(beside, "w") as file:
        file.write(text)
    os.rename(beside, path)


def read_text(path: str) -> str:
    """A file's text; empty if there is none."""
    try:
        with open(path) as file:
            text: str = file.read()
            return text
    except OSError:
        return ""


def keep_crash(error: BaseException, when: str) -> None:
    """Write down an error that nobody expected, for the next boot to tell."""
    try:
        text = io.StringIO()
        sys.print_exception(error, text)
        write_text(CRASH_PATH, when + "\n" + text.getvalue())
    except OSError:
        pass  # a full flash must not hide the error itself, which is printed as well
    except MemoryError:
        write_text(CRASH_PATH, when)


class Trial:
    """Whether the program that runs is on trial, or one failed before it (see main.py)."""

    def __init__(self) -> None:
        self._words = read_text(RUN_PATH).split()

    @property
    def is_new(self) -> bool:
        """Whether the run before was another program's."""
        return len(self._words) == 3

    @property
    def is_on(self) -> bool:
        """Whether it has yet to show that it runs."""
        return len(self._words) == 3 and self._words[2] == "trying"

    @property
    def failed(self) -> str:
        """The name of the program that failed, or empty."""
        return self._words[1] if len(self._words) == 3 and self._words[2] == "failed" else ""

    def end(self) -> None:
        """This program stays, and what else was named is forgotten."""
        words = self._words
        if len(words) > 1:
            self._words = words[:1]
            try:
                write_text(RUN_PATH, words[0])
            except OSError:
                pass  # the flash is full: the trial begins anew at the next start


class Starts:
    """How the last starts ended: `crashes` in a row that came within a minute of their boot, and
    whether one of them ran out of memory, so that this one is to be `poorer`.

    Each start writes itself down as one that failed; `lasted` takes that back. Switching the
    board off and on begins anew; what another program took of the memory says nothing of this one.
    """

    def __init__(self) -> None:
        self.epoch = 0
        words = read_text(STARTS_PATH).split()
        count = words[0] if words else ""
        fresh = machine.reset_cause() == machine.PWRON_RESET
        self.crashes = 0 if fresh or not count.isdigit() else int(count)
        self.poorer = not fresh and _POORER in words and not Trial().is_new
        self._write(self.crashes + 1)

    def out_of_memory(self) -> None:
        """The next start is to do without glyphs."""
        self.poorer = True
        self._write(self.crashes + 1)

    def lasted(self) -> None:
        """This start has lasted, or a person has ended it."""
        if self.crashes >= 0:
            self.crashes = -1
            self._write(0)

    def _write(self, count: int) -> None:
        try:
            write_text(STARTS_PATH, "%d %s" % (count, _POORER if self.poorer else ""))
        except OSError:
            pass  # a full flash is told where something is lost by it
