"""The comparison of Pythons: here with the one that runs the tests."""

import sys
from pathlib import Path

import pytest

from tests.sim import versions


def test_pythons_that_agree(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(versions, "MINORS", ())
    assert versions.main(["--python", sys.executable, "--seconds", "5"]) == 0
    shown = capsys.readouterr().out
    assert "1 agree" in shown
    assert ".".join(map(str, sys.version_info[:3])) in shown


def test_pythons_that_differ_or_are_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = {"one": "3.12.0 10 abc", "two": "3.13.0 10 abd", "three": ""}
    monkeypatch.setattr(versions, "MINORS", ())
    monkeypatch.setattr(versions, "ask", lambda command: answers[command[0]])
    assert versions.main(["--python", "one", "--python", "two", "--python", "three"]) == 1
    shown = capsys.readouterr().out
    assert "they DIFFER" in shown
    assert "does not run" in shown
    assert versions.main(["--python", "three"]) == 2
    assert "was found" in capsys.readouterr().err


def test_what_does_not_run_has_no_answer() -> None:
    assert versions.ask(["/nowhere/python3.12"]) == ""
    assert versions.ask([sys.executable, "-c", "raise SystemExit(3)"]) == ""
