"""Why a port is not open, in a word: for the very sentences that the ports say."""

import errno
import os

import pytest
import serial

from ascpi.monitor import standing
from ascpi.ports.opening import why


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOENT, "unplugged"),
        (errno.EIO, "unplugged"),
        (errno.EBUSY, "busy"),
        (errno.EACCES, "no permission"),
        (errno.ENOTTY, "no serial port"),
        (errno.EPIPE, "cannot be used"),
    ],
)
def test_a_word_for_each_sentence(number: int, words: str) -> None:
    assert standing.short(why("/dev/null", OSError(number, os.strerror(number)))) == words


def test_a_url_without_an_answer() -> None:
    error = serial.SerialException("Could not open port")
    assert standing.short(why("socket://127.0.0.1:9", error)) == "no connection"


@pytest.mark.parametrize(
    ("state", "words"), [("not open yet", "opening"), ("paused", "in use here")]
)
def test_what_is_no_failure(state: str, words: str) -> None:
    assert standing.short(state) == words


@pytest.mark.parametrize(
    ("port", "name"),
    [
        ("/dev/ttyUSB0", "ttyUSB0"),
        ("/dev/pts/12", "pts-12"),
        ("/dev/serial/by-id/usb-1a86_x-if00", "usb-1a86_x-if00"),
        ("COM3", "COM3"),
        ("socket://10.0.0.7:4000", "10.0.0.7:4000"),
        ("", "board"),
    ],
)
def test_a_port_has_a_short_name_without_blanks(port: str, name: str) -> None:
    assert standing.short_port(port) == name
