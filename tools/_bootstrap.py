"""From a fresh clone to a running command, with nothing but a Python.

`run` makes `.venv` in the checkout at the first call, installs the pinned packages and a link to
this checkout's sources, and then becomes the command. Later calls compare a fingerprint and go on.

Three things can go wrong while installing, and each has its answer:

* two scripts start at once: a lock on `.venv.lock`, held by the installing process *and its
  children*, so that a pip that outlives its killed parent still keeps others out;
* an installation is interrupted: the lock file says "installing" until all is done; whoever finds
  those words starts again from an empty `.venv`;
* the pins change: the fingerprint in `.venv` no longer fits, and the new pins are installed.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import _lock
import _progress

CHECKOUT = Path(__file__).resolve().parent.parent

# What each level installs: pins made by tools/lock.py. A level contains those before it.
LEVELS = {"run": "requirements.txt", "check": "requirements-dev.txt"}

# MicroPython's stubs, by the release that they describe, each in a folder of its own: their names
# are those of the standard library's modules, so they must not stand among the packages.
STUBS = ("1.23", "1.24", "1.25")

# Raise it when what is installed changes though no pin does.
LAYOUT = "1"

# A cold installation over a slow line; whoever waits for another's is told so meanwhile.
LOCK_DEADLINE_S = 1800.0

# Settings of pip or Python that would send packages elsewhere than to .venv.
MISLEADING = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PYTHONHOME", "PYTHONPATH")

SCRIPT = """\
import sys

from ascpi.cli import main

# Processes that the command starts read this file, too.
if __name__ == "__main__":
    sys.exit(main())
"""

# Runs a program and returns its exit code; what it is for is the first argument.
Runner = Callable[[str, list[str]], int]


class BootstrapError(Exception):
    """One sentence: what is wrong, and what to do."""


class Environment:
    """The `.venv` of one checkout."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self.root = checkout / ".venv"
        windows = os.name == "nt"
        self.programs = self.root / ("Scripts" if windows else "bin")
        self.python = self.programs / ("python.exe" if windows else "python")
        self.script = self.programs / ("ascpi-script.py" if windows else "ascpi")
        self.log = checkout / ".venv" / "install.log"

    def stamp(self, level: str) -> Path:
        return self.root / f"installed-{level}"

    def requirement_files(self, level: str) -> list[Path]:
        tools = self.checkout / "tools"
        files = [tools / LEVELS[level]]
        if level == "check":
            files += [tools / f"requirements-stubs-{release}.txt" for release in STUBS]
        return files

    def fingerprint(self, level: str) -> str:
        """Changes with the pins, and with the checkout's place, which paths in .venv repeat."""
        digest = hashlib.sha256(f"{LAYOUT}\n{self.checkout}\n".encode())
        for file in self.requirement_files(level):
            digest.update(file.read_bytes() + b"\0")
        return digest.hexdigest()

    def is_ready(self, level: str) -> bool:
        try:
            return self.stamp(level).read_text() == self.fingerprint(level) and (
                self.python.exists() and self.script.exists()
            )
        except FileNotFoundError:
            return False

    def make(self, run: Runner) -> None:
        if any(importlib.util.find_spec(name) is None for name in ("venv", "ensurepip")):
            version = f"{sys.version_info[0]}.{sys.version_info[1]}"
            raise BootstrapError(
                f"Python {version} at {sys.executable} comes without venv, which .venv is made "
                f"with; on Debian or Ubuntu: sudo apt install python{version}-venv"
            )
        code = run("making .venv", [sys.executable, "-m", "venv", "--clear", str(self.root)])
        if code != 0 or not self.python.exists():
            raise BootstrapError(
                f"{self.root} could not be made (python -m venv ended with {code}); "
                "its last words stand above"
            )

    def install(self, level: str, run: Runner) -> None:
        """Bring .venv to `level`. The caller holds the lock."""
        for name in LEVELS:
            self.stamp(name).unlink(missing_ok=True)
        packages, *stubs = self.requirement_files(level)
        self._pip(run, f"installing what `{level}` needs", ["-r", str(packages)])
        for release, file in zip(STUBS, stubs, strict=False):
            target = self.root / "micropython" / release
            self._pip(
                run,
                f"installing MicroPython {release}'s stubs",
                ["--upgrade", "--target", str(target), "-r", str(file)],
            )
        self._link()
        for name in LEVELS:
            self.stamp(name).write_text(self.fingerprint(name))
            if name == level:
                break

    def _pip(self, run: Runner, what: str, arguments: list[str]) -> None:
        pip = [str(self.python), "-m", "pip", "install", "--no-deps", "--no-compile"]
        quiet = ["--progress-bar", "off", "--no-input", "--disable-pip-version-check"]
        code = run(what, [*pip, *quiet, *arguments])
        if code != 0:
            raise BootstrapError(
                f"{what} failed (pip ended with {code}); pip's last words stand above, all of "
                f"them in {self.log}. Without a network, try again when there is one; "
                "the pins are made for CPython 3.10 to 3.14"
            )

    def _link(self) -> None:
        """Make the checkout's sources importable, and `ascpi` a command in .venv."""
        if os.name == "nt":
            packages = self.root / "Lib" / "site-packages"
            (self.programs / "ascpi.cmd").write_text(
                '@"%~dp0python.exe" "%~dp0ascpi-script.py" %*\n'
            )
        else:
            packages = next((self.root / "lib").glob("python3*/site-packages"))
        sources = [self.checkout / "host", self.checkout / "shared"]
        (packages / "ascpi.pth").write_text("".join(f"{path}\n" for path in sources), "utf-8")
        self.script.write_text(f"#!{self.python}\n{SCRIPT}")
        self.script.chmod(0o755)


def ensure(level: str, environment: Environment, run: Runner | None = None) -> Path:
    """The Python of a .venv that has all of `level`, installed now if need be."""
    if environment.is_ready(level):
        return environment.python
    with _lock.locked(
        environment.checkout / ".venv.lock", LOCK_DEADLINE_S, _progress.waiting
    ) as lock:
        if environment.is_ready(level):
            return environment.python
        began = time.monotonic()
        whole = lock.text() == "" and environment.python.exists()
        lock.write("installing: .venv is incomplete until this line is gone\n")
        run = run or _progress.Runner(environment.log, _environment(), lock.descriptor)
        if not whole:
            environment.make(run)
        environment.install(level, run)
        lock.write("")
        _progress.say(f".venv is ready ({time.monotonic() - began:.0f} s)")
    return environment.python


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in MISLEADING}


def run(level: str, arguments: list[str]) -> int:
    """Become `ascpi ARGUMENTS`, run from .venv. Returns only on failure, or on Windows."""
    environment = Environment(CHECKOUT)
    try:
        python = ensure(level, environment)
    except (BootstrapError, _lock.LockError) as error:
        _progress.say(str(error))
        return 2
    except KeyboardInterrupt:
        _progress.say("interrupted; the next run repairs .venv")
        return 130
    command = [str(python), str(environment.script), *arguments]
    sys.stdout.flush()
    sys.stderr.flush()
    if os.name != "nt":
        os.execv(command[0], command)
    # Windows has no exec: os.execv would return to the shell before the command is done.
    return subprocess.call(command)
