"""Boots the firmware under a release of MicroPython, and checks the vectors there.

What runs is what `ascpi flash` writes: every module compiled for the board's chip. What that
proves: the release loads these files and runs them, 32 bits wide, with no name and no keyword
that an ESP32 lacks. What it does not: anything about pins, Wi-Fi, sockets and their timing, whose
modules are stand-ins.
"""

import json
import shutil
import subprocess
from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from ascpi.check import runtimes
from ascpi.flash import application
from ascpi.flash.chips import CHIPS, Chip
from ascpi.paths import REPOSITORY
from ascpi.runtimes.runtime import HEAP_BYTES, Outcome
from ascpi.telemetry import Event, Message, Report, parse
from tests.stock import releases, standins
from tests.stock.releases import Release, StockError

GUEST = Path(__file__).parent / "guest"
DEADLINE_S = 60.0
NODE_ID = 7
REPORT_MS = 200


@dataclass(frozen=True)
class Setup:
    """A board to boot, whether it finds a network, and how long it has to send something."""

    board: str
    chip: Chip
    transport: str
    finds: bool = True
    seconds: float = 2.0

    @property
    def title(self) -> str:
        return f"{self.board}, {self.transport}"


# Each kind of light, of processor and of transport.
SETUPS = (
    Setup("esp32-devkitc", CHIPS["esp32"], "station"),
    # It looks for the others first, and then is the access point itself.
    Setup("esp32-s3-devkitc", CHIPS["esp32s3"], "ap", finds=False, seconds=10.0),
    Setup("esp32-c3-devkitm", CHIPS["esp32c3"], "espnow"),
)

PROGRAM = """\
import sys
sys.path[:] = ["/", "/standins", ".frozen"]
import asyncio
asyncio.seconds = {seconds}
import behaviour
behaviour.install({finds})
with open("/main.py") as file:
    exec(file.read())
import ascpi_node
assert ascpi_node.__file__.endswith(".mpy"), ascpi_node.__file__
"""

VECTORS = """\
import gc
import sys
with open("/ascpi_run") as file: sys.path[:] = ["/" + file.read(), "/", "/standins", ".frozen"]
gc.disable()
import ascpi_node
assert ascpi_node.__file__.endswith(".mpy"), ascpi_node.__file__
from tests.runtimes.guest import vectors
sys.exit(1 if vectors.check("/tests/vectors") else 0)
"""


@dataclass(frozen=True)
class Boot:
    """What one boot said."""

    release: str
    title: str
    lines: tuple[str, ...]

    @property
    def boot_line(self) -> str:
        return next((line for line in self.lines if " event boot " in line), "")

    @property
    def reports(self) -> list[Report]:
        return [line for text in self.lines if isinstance(line := parse(text), Report)]

    def wrong(self) -> list[str]:
        """What is wrong, in sentences."""
        found = []
        parsed = [parse(line) for line in self.lines]
        boots = [line for line in parsed if isinstance(line, Event) and line.name == "boot"]
        if f"micropython={self.release}" not in self.boot_line.split() or not boots:
            found.append(f"no boot line of MicroPython {self.release}")
        if len(self.reports) < 2:
            found.append(f"{len(self.reports)} reports")
        elif self.reports[-1].words["sent"] == "0":
            found.append("nothing was sent")
        found += [
            f"it said: {line.text}"
            for line in parsed
            if isinstance(line, Message) and line.is_error
        ]
        found += [f"it said: {text}" for text in self.lines if not text.startswith("ASCPI ")]
        return found


def guests() -> dict[str, bytes]:
    """What checks the vectors there, as it lies beside the program."""
    folder = REPOSITORY / "tests" / "runtimes" / "guest"
    return {
        "/" + path.relative_to(REPOSITORY).as_posix(): path.read_bytes()
        for path in sorted(folder.glob("*.py"))
    }


def board_files(
    folder: Path, setup: Setup, stubs: Path, wanted: Container[str] | None = None
) -> Path:
    """A board's file system: what `ascpi flash` writes, a configuration, and the stand-ins, with
    `wanted` of these names only."""
    for path, content in application.build(setup.chip).items():
        file = folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    standing_in = folder / "standins"
    standing_in.mkdir()
    for name, source in standins.make(stubs, wanted).items():
        (standing_in / name).write_text(source, "utf-8")
    shutil.copy(GUEST / "scheduler.py", standing_in / "asyncio.py")
    shutil.copy(GUEST / "behaviour.py", standing_in / "behaviour.py")
    settings = {
        "id": NODE_ID,
        "board": setup.board,
        "transport": setup.transport,
        "report_ms": REPORT_MS,
        "poll_us": 500,
    }
    (folder / "ascpi.json").write_text(json.dumps(settings), "utf-8")
    # Of a file that is missing this build says error 44, which is no board's.
    (folder / "glyphs.journal").touch()
    return folder


def run(package: Path, files: Path, code: str) -> Outcome:
    """Run a program in the release's interpreter."""
    words = [*releases.node(), str(GUEST / "run.mjs"), str(package), str(HEAP_BYTES)]
    try:
        done = subprocess.run(
            [*words, str(files), code],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise StockError(f"MicroPython in {package} was not done in {DEADLINE_S:.0f} s") from None
    return Outcome(done.returncode, done.stdout)


def boot(release: Release, package: Path, files: Path, setup: Setup) -> Boot:
    """Boot a board and let it run for a while."""
    outcome = run(package, files, PROGRAM.format(seconds=setup.seconds, finds=setup.finds))
    return Boot(release.version, setup.title, tuple(outcome.output.splitlines()))


def vectors(release: Release, package: Path, folder: Path) -> runtimes.Result:
    """The vectors, checked with the compiled program in the folder."""
    part = Path("tests") / "vectors"
    shutil.copytree(REPOSITORY / part, folder / part, dirs_exist_ok=True)
    for path, source in guests().items():
        file = folder / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(application.redirected(path, source))
    return runtimes.read(release.version, run(package, folder, VECTORS))
