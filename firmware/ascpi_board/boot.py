"""How a board comes to life, and what is done when it fails.

The order matters, for Wi-Fi and MicroPython take their memory from the same place, and neither
gives any back: first the settings, by code that is forgotten afterwards; then the radio; then a
reserve is held back (`reserve`); then the program is loaded and, if there is room, what runs
glyphs.

A run that fails is told, kept on the flash and followed by another. One that ran out of memory is
followed by a poorer one, without glyphs. After three in a row that did not last a minute the
board is in safe mode: it keeps its phase and its network, and holds no glyphs. If even that fails
three times it waits at the REPL.
"""

import sys
import time

import machine

from ascpi_core.fixed import const
from ascpi_core.lines import error_line, note_line

from .health import watchdog
from .reserve import Reserve, collect
from .storage import CRASH_PATH, Starts, Trial, keep_crash

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ascpi_core.settings import BoardSettings

_RESTART_PAUSE_MS = const(2_000)
_SPARE_BYTES = const(1024)
"""Given back when the program fails: so there is room to say why, however it failed."""
_WAIT_AFTER = const(6)


class Kept:
    """Settings as they came out of their check, without the code of the check."""

    def __init__(self, checked: object) -> None:
        for name, value in checked.__dict__.items():
            setattr(self, name, value)


def say(text: str) -> None:
    """A note on the serial line."""
    print(note_line(text))


def main() -> None:
    """Start the board; returns only to leave the REPL."""
    try:
        _run()
    finally:
        # However the REPL was reached: nobody works there within 8 s.
        watchdog.put_off()


def _run() -> None:
    spare = [bytearray(_SPARE_BYTES)]
    starts = Starts()
    stopped = ""
    try:
        if starts.crashes >= _WAIT_AFTER:
            print(
                error_line(
                    "the board failed %d times in a row, in safe mode, too; it waits at the REPL. "
                    "Flash it again, or reset it to try once more" % _WAIT_AFTER
                )
            )
        else:
            config, trial, reserve = _begin(starts)
            if config is not None:
                from .app import run_board  # only now: see above

                stopped = run_board(config, starts, trial, reserve)
    except KeyboardInterrupt:
        stopped = "stopped; the REPL is open, and a soft reset starts the board again"
    except Exception as error:  # noqa: BLE001  the one handler for what nobody expected
        spare.clear()
        collect()
        _crash(error, starts)
        return
    starts.lasted()
    if stopped:
        say(stopped)


def _begin(starts: Starts) -> "tuple[BoardSettings | None, Trial, Reserve | None]":
    """The settings, None if there are mistakes in them; the radio has its memory then."""
    config, trial, unit = _read(starts)
    if config is None:
        return None, trial, None
    reserve = Reserve()
    forget(unit)
    return config, trial, reserve


def _read(starts: Starts) -> "tuple[BoardSettings | None, Trial, str]":
    from ascpi_core.settings import BoardSettings

    from .start import introduce, next_epoch, radio_first, read_settings

    config = read_settings()
    trial = Trial()
    if config is not None:
        radio_first(config)
        starts.epoch, trouble = next_epoch()
        introduce(config, starts.epoch, trouble, trial)
    return config, trial, BoardSettings.__module__


def forget(module: str) -> None:
    """Give back what a part of the program takes that is not needed again."""
    sys.modules.pop(module, None)
    collect()


def seldom(name: str) -> "Any":
    """What is said so seldom that it is read from the flash then, and forgotten again."""
    from .words import Words

    text = getattr(Words, name)
    sys.modules.pop(Words.__module__, None)
    return text


def _crash(error: Exception, starts: Starts) -> None:
    """Tell it, keep it, start anew."""
    try:
        if isinstance(error, MemoryError):
            starts.out_of_memory()
        sys.print_exception(error)
        print(error_line("crash: %r; it is kept in %s" % (error, CRASH_PATH)))
        keep_crash(error, "boot %d" % starts.epoch)
    finally:
        time.sleep_ms(_RESTART_PAUSE_MS)
        machine.reset()
