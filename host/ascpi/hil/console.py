"""Commands for the firmware's harness (firmware/ascpi_board/harness.py), as lines to the board."""

from collections.abc import Callable

from ascpi import telemetry
from ascpi.hil.errors import HilError, NotSo
from ascpi.hil.transcript import Heard, Transcript

ANSWER_DEADLINE_S = 3.0
EVENT = "harness"
WANTED = '"harness": true'


def ask(transcript: Transcript, send: Callable[[bytes], object], words: str) -> telemetry.Event:
    """What the board answers to a command; HilError if it refuses or says nothing."""
    name = words.split()[0]
    since = transcript.count
    send(f"{words}\n".encode())
    try:
        heard = transcript.wait_for(
            lambda heard: _is_answer(heard, name), ANSWER_DEADLINE_S, f"{words!r}", since
        )
    except NotSo:
        raise HilError(
            f"{transcript.name}: no answer to {words!r} within {ANSWER_DEADLINE_S:g} s; does its "
            f"configuration have {WANTED}?"
        ) from None
    if heard.event is None:
        raise HilError(f"{transcript.name} refuses {words!r}: {heard.error}")
    return heard.event


def _is_answer(heard: Heard, name: str) -> bool:
    if heard.event is not None:
        return heard.event.name == EVENT and heard.event.text == name
    return heard.error.startswith(("harness: ",))
