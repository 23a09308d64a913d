"""The command `ascpi`: what it lists, what it loads, and how it ends."""

import argparse
import subprocess
import sys
from types import SimpleNamespace

import pytest

from ascpi import cli
from ascpi.errors import AscpiError


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--number", type=int, default=0)


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every subcommand is replaced by one that returns its --number."""
    names: list[str] = []

    def load(name: str) -> SimpleNamespace:
        names.append(name)
        return SimpleNamespace(add_arguments=add_arguments, run=lambda given: given.number)

    monkeypatch.setattr(cli, "load", load)
    return names


def test_help_lists_every_command_and_loads_none(
    loaded: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    shown = capsys.readouterr().out
    for name, command in cli.COMMANDS.items():
        assert f"  {name:<8} {command.summary}\n" in shown
    assert loaded == []


def test_only_the_chosen_command_is_loaded(loaded: list[str]) -> None:
    assert cli.main(["air", "--number", "7"]) == 7
    assert loaded == ["air"]


def test_an_unknown_command_is_refused(loaded: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["wind"])
    assert ended.value.code == 2
    assert loaded == []


def test_help_of_a_command_is_its_own(
    loaded: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        cli.main(["air", "--help"])
    assert "usage: ascpi air [-h] [--number NUMBER]" in capsys.readouterr().out


def test_an_error_is_one_sentence_and_2(capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> int:
        raise AscpiError("the air is thin: open a window")

    assert cli.guarded(fail) == 2
    assert capsys.readouterr().err == "ascpi: the air is thin: open a window\n"


def test_an_interrupt_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    def interrupt() -> int:
        raise KeyboardInterrupt

    assert cli.guarded(interrupt) == 130
    assert capsys.readouterr() == ("", "")


def test_a_reader_that_leaves_is_no_error() -> None:
    program = (
        "from ascpi import cli\nraise SystemExit(cli.guarded(lambda: print('x' * 10**6) or 0))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait(timeout=20) == 0


def test_the_module_runs_too() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "ascpi", "--help"], capture_output=True, timeout=20, check=False
    )
    assert ended.returncode == 0
    assert ended.stdout.startswith(b"usage: ascpi [-h] COMMAND")
