"""How a run looks, on a terminal and in a pipe."""

import io

import pytest
from rich.console import Console

from ascpi.flash.outcome import FAILED, FLASHED, Outcome, Status
from ascpi.flash.screen import Asking, LiveScreen, PlainScreen, make_screen, show_table

GOOD = Outcome("/dev/a", FLASHED, "boot 3", "24:0a:c4:00:00:07", "door", "ESP32", 12.3)
BAD = Outcome("/dev/b", FAILED, "no answer [from] it", notes=("a note",))


def test_plain_lines_are_few(capsys: pytest.CaptureFixture[str]) -> None:
    screen = PlainScreen(Asking(True))
    for done in range(101):
        screen.show(Status("/dev/a", "door", "writing MicroPython", done, 100))
    screen.end(GOOD)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [
        "/dev/a door: writing MicroPython 0 %",
        "/dev/a door: writing MicroPython 25 %",
        "/dev/a door: writing MicroPython 50 %",
        "/dev/a door: writing MicroPython 75 %",
        "/dev/a door: writing MicroPython 100 %",
        "/dev/a door: flashed",
    ]


def test_bars_tell_who_what_and_how_much() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100)
    screen = LiveScreen(console, Asking(True))
    with screen.live:
        screen.show(Status("/dev/a", "", "connecting"))
        screen.show(Status("/dev/a", "door", "writing MicroPython", 42, 100))
        screen.live.refresh()
        screen.end(BAD)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    for word in ("/dev/a door", "writing MicroPython", "42%", "/dev/b", "failed"):
        assert word in text


def test_a_question_is_asked_and_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for typed, answer in (("y\n", True), ("Yes\n", True), ("\n", False), ("", False)):
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        assert LiveScreen(Console(file=io.StringIO()), Asking(None)).ask("overwrites it") is answer
    assert capsys.readouterr().err.startswith("overwrites it; go on? [y/N] ")


def test_nobody_there_means_no() -> None:
    screen, _ = make_screen(False, Asking(False))
    assert not screen.ask("overwrites it")
    # Under pytest nothing is a terminal.
    assert isinstance(screen, PlainScreen)


def test_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    show_table([GOOD, BAD])
    assert capsys.readouterr().out.splitlines() == [
        "/dev/a 24:0a:c4:00:00:07 door ESP32: flashed in 12.3 s: boot 3",
        "/dev/b: failed in 0.0 s: no answer [from] it (a note)",
    ]
    console = Console(file=io.StringIO(), force_terminal=True, width=140)
    show_table([GOOD, BAD], console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "no answer [from] it" in text
    assert "24:0a:c4:00:00:07" in text
