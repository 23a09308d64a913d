"""The fresh clone's way to a .venv, with programs that only pretend to install."""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import _bootstrap
import pytest
from _bootstrap import BootstrapError, Environment, ensure

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pretends to be a POSIX venv")


class Pretender:
    """Stands for the programs that would run: notes them, and makes a .venv of empty files."""

    def __init__(self, environment: Environment) -> None:
        self.environment = environment
        self.commands: list[list[str]] = []
        self.fails_at: str | None = None
        self.dies_at: str | None = None

    def __call__(self, what: str, command: list[str]) -> int:
        self.commands.append(command)
        if "venv" in command:
            shutil.rmtree(self.environment.root, ignore_errors=True)
            (self.environment.root / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
            self.environment.programs.mkdir()
            self.environment.python.touch()
        if self.dies_at is not None and self.dies_at in what:
            raise KeyboardInterrupt
        return 1 if self.fails_at is not None and self.fails_at in what else 0

    def installed(self) -> list[str]:
        """The requirement files that pip was given, in order."""
        return [Path(command[-1]).name for command in self.commands if "pip" in command]

    def made(self) -> int:
        return sum("venv" in command for command in self.commands)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in ("requirements", "requirements-dev", *STUB_FILES):
        (tools / f"{name}.txt").write_text(f"{name}==1.0\n")
    return Environment(tmp_path)


@pytest.fixture
def pretender(environment: Environment) -> Pretender:
    return Pretender(environment)


STUB_FILES = [f"requirements-stubs-{release}" for release in _bootstrap.STUBS]


def test_the_first_run_makes_and_installs(environment: Environment, pretender: Pretender) -> None:
    assert ensure("run", environment, pretender) == environment.python
    assert pretender.made() == 1
    assert pretender.installed() == ["requirements.txt"]
    assert os.access(environment.script, os.X_OK)
    assert environment.script.read_text().startswith(f"#!{environment.python}\n")
    links = next(environment.root.glob("lib/*/site-packages/ascpi.pth")).read_text().split()
    assert links == [str(environment.checkout / name) for name in ("host", "shared")]


def test_a_later_run_does_nothing(environment: Environment, pretender: Pretender) -> None:
    ensure("run", environment, pretender)
    before = len(pretender.commands)
    ensure("run", environment, pretender)
    assert len(pretender.commands) == before


def test_the_check_adds_to_the_same_venv(environment: Environment, pretender: Pretender) -> None:
    ensure("run", environment, pretender)
    ensure("check", environment, pretender)
    assert pretender.made() == 1
    assert pretender.installed()[1:] == [
        "requirements-dev.txt",
        *(f"{name}.txt" for name in STUB_FILES),
    ]
    assert environment.is_ready("run")
    assert environment.is_ready("check")


def test_the_check_contains_the_run(environment: Environment, pretender: Pretender) -> None:
    ensure("check", environment, pretender)
    before = len(pretender.commands)
    ensure("run", environment, pretender)
    assert len(pretender.commands) == before


def test_changed_pins_are_installed(environment: Environment, pretender: Pretender) -> None:
    ensure("run", environment, pretender)
    (environment.checkout / "tools" / "requirements.txt").write_text("requirements==1.1\n")
    assert not environment.is_ready("run")
    ensure("run", environment, pretender)
    assert pretender.made() == 1
    assert pretender.installed() == ["requirements.txt"] * 2


def test_a_moved_checkout_is_not_ready(environment: Environment, pretender: Pretender) -> None:
    """Scripts and links in .venv hold absolute paths."""
    ensure("run", environment, pretender)
    moved = environment.checkout.with_name("moved")
    environment.checkout.rename(moved)
    assert not Environment(moved).is_ready("run")


@pytest.mark.parametrize("lost", ["python", "script"])
def test_a_venv_that_lost_a_part_is_not_ready(
    environment: Environment, pretender: Pretender, lost: str
) -> None:
    ensure("run", environment, pretender)
    getattr(environment, lost).unlink()
    assert not environment.is_ready("run")
    ensure("run", environment, pretender)
    assert environment.is_ready("run")


@pytest.mark.parametrize("stage", ["making", "installing"])
def test_an_interrupted_installation_starts_over(
    environment: Environment, pretender: Pretender, stage: str
) -> None:
    pretender.dies_at = stage
    with pytest.raises(KeyboardInterrupt):
        ensure("run", environment, pretender)
    assert not environment.is_ready("run")
    leftover = environment.root / "leftover"
    leftover.touch()
    pretender.dies_at = None
    ensure("run", environment, pretender)
    assert pretender.made() == 2
    assert not leftover.exists()
    assert environment.is_ready("run")


def test_an_interrupted_upgrade_is_not_taken_for_the_old_one(
    environment: Environment, pretender: Pretender
) -> None:
    ensure("run", environment, pretender)
    pretender.dies_at = "installing"
    with pytest.raises(KeyboardInterrupt):
        ensure("check", environment, pretender)
    assert not environment.is_ready("run")


def test_a_failing_pip_is_named(environment: Environment, pretender: Pretender) -> None:
    pretender.fails_at = "installing"
    with pytest.raises(BootstrapError, match="pip ended with 1"):
        ensure("run", environment, pretender)
    assert not environment.is_ready("run")


def test_debian_without_venv_is_told_the_package(
    environment: Environment, pretender: Pretender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(BootstrapError, match=r"sudo apt install python3\.\d+-venv"):
        ensure("run", environment, pretender)
    assert pretender.commands == []


def test_settings_that_mislead_pip_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_TARGET", "/elsewhere")
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.example/simple")
    environment = _bootstrap._environment()
    assert "PIP_TARGET" not in environment
    assert environment["PIP_INDEX_URL"] == "https://index.example/simple"
