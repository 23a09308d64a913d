"""Updates of a virtual board whose every change of the flash is recorded, from before to after."""

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ascpi import paths
from ascpi.flash import outcome
from ascpi.flash.application import MAIN_PATH, NODE, RUN_PATH, build
from ascpi.flash.chips import CHIPS, Chip
from ascpi.flash.configuration import CONFIGURATION_PATH
from ascpi.flash.supplies import Supplies
from ascpi.flash.targets import Target
from ascpi.flash.update import FORMER as FORMER_FOLDER
from ascpi.flash.update import Update
from ascpi.flash.wishes import Wishes
from ascpi.telemetry import Report, parse
from ascpi.virtual import VirtualBoard, VirtualBoardOptions
from ascpi.virtual.flash_trace import Change, copy, read_flash_trace
from ascpi_core import VERSION
from tests.virtual.lab import Lines, wait_until

NODE_ID = 7
SETTINGS = {
    "id": NODE_ID,
    "name": "door",
    "report_ms": 100,
    "wifi": {"ssid": "desk", "password": "long enough"},
}
OTHERS: Mapping[str, object] = {"phase_offset": 0.25, "rate_mhz": 900}
OLD, NEW, THIRD = "0.0.1", "0.0.2", "0.0.3"
"""Versions, by which a program tells in its first line which it is."""
FORMER = "0.0.0"
"""Of a program in the layout before programs had folders."""
SHORT_TRIAL_MS = 500
LONG_TRIAL_MS = 10_000
SOON = {"_RESTART_PAUSE_MS": 100}
"""A board whose program fails starts anew at once."""
WAIT_S = 30.0

# What /main.py was before there was /ascpi_run, and modules where they lay then. Not the former
# program, which no longer can be built: one that speaks as it did.
FORMER_FILES: Mapping[str, bytes] = {
    MAIN_PATH: b"from ascpi_board import app\n\napp.main()\n",
    "/ascpi_core/__init__.py": b"VERSION = '0.0.0'\n",
    "/ascpi_core/telemetry.py": b"""\
from . import VERSION
def boot(mac): return "ASCPI event boot id=7 epoch=1 mac=%s version=%s" % (mac, VERSION)
REPORT = "ASCPI report id=7 epoch=1 up_ms=%d ticks=%d theta=0.5 state=free band=none"
REPORT += " c=0.5 err_us=0 peers=0"
""",
    "/ascpi_board/__init__.py": b"",
    "/ascpi_board/app.py": b"""\
import machine, time
from ascpi_core.telemetry import REPORT, boot
def main():
    print(boot(":".join(["%02x" % byte for byte in machine.unique_id()])))
    while True:
        print(REPORT % (time.ticks_ms(), time.ticks_us()))
        time.sleep_ms(100)
""",
}


@cache
def program(version: str, trial_ms: int = SHORT_TRIAL_MS) -> Mapping[str, bytes]:
    """The node's program with another version, by which it is known again."""
    if version == FORMER:
        return FORMER_FILES
    with tempfile.TemporaryDirectory(prefix="ascpi-core-") as name:
        core = Path(name) / "core"
        shutil.copytree(paths.CORE, core, ignore=shutil.ignore_patterns("__pycache__"))
        first = core / "__init__.py"
        text = first.read_text("utf-8")
        assert f'"{VERSION}"' in text
        first.write_text(text.replace(f'"{VERSION}"', f'"{version}"'), "utf-8")
        return build(CHIPS["esp32"], core=core, constants={**SOON, "_TRIAL_MS": trial_ms})


def folder_of(files: Mapping[str, bytes]) -> str:
    return files[RUN_PATH].decode()


def put(flash: Path, given: Mapping[str, bytes]) -> None:
    """Write files to a folder that is a board's flash."""
    for path, data in given.items():
        place = flash / path.lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(data)


def reports(lines: Sequence[str]) -> list[Report]:
    """All that are among a board's lines."""
    return [line for text in lines if isinstance(line := parse(text), Report)]


class Given(Supplies):
    """A program that is made already."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        super().__init__(None, Path("unused"), NODE)
        self._files = files

    def application(self, chip: Chip) -> Mapping[str, bytes]:
        return self._files


class Recorder:
    """A board that is updated, and what is recorded of it."""

    def __init__(self, folder: Path, version: str) -> None:
        self.before = folder / "before"
        self.trace = folder / "trace"
        flash = folder / "flash"
        put(flash, program(version))
        (flash / CONFIGURATION_PATH.lstrip("/")).write_text(json.dumps(SETTINGS))
        copy(flash, self.before)
        self.board = VirtualBoard(
            VirtualBoardOptions(NODE_ID, flash, as_flashed=True, trace_flash=self.trace)
        )
        self._lines = Lines(self.board)

    def __enter__(self) -> "Recorder":
        self.board.start()
        self.board.set_access_point(False)
        self.board.wait_running(WAIT_S)
        return self

    def __exit__(self, *_: object) -> None:
        self.board.stop()

    def write(self, files: Mapping[str, bytes]) -> None:
        """`--app-only`."""
        self._update(Update(self._target, Given(files), lambda status: None, Wishes(), WAIT_S))

    def set(self, settings: Mapping[str, object]) -> None:
        """`--settings-only`."""
        wishes = Wishes(settings=settings)
        supplies = Supplies(None, Path("unused"), NODE)
        starts = len(self.board.reset_causes)
        self._update(
            Update(self._target, supplies, lambda status: None, wishes, settings_only=True)
        )
        wait_until(lambda: len(self.board.reset_causes) > starts, "it starts anew", WAIT_S)
        self.board.wait_running(WAIT_S)

    def await_run(self, *words: str) -> None:
        """Until /ascpi_run says this."""
        place = self.board.options.flash / RUN_PATH.lstrip("/")

        def says() -> bool:
            return place.exists() and place.read_text().split() == list(words)

        wait_until(says, f"/ascpi_run says {' '.join(words)}", WAIT_S)

    def await_report(self) -> None:
        """So all that the board has done before is in its trace."""
        start = len(self._lines.seen)
        wait_until(lambda: bool(reports(self._lines.seen[start:])), "a report", WAIT_S)

    @property
    def _target(self) -> Target:
        return Target(self.board.serial_path, named=True)

    def _update(self, work: Update) -> None:
        result = work.run()
        assert result.state == outcome.UPDATED, result


@dataclass(frozen=True)
class Scenario:
    """`versions`: of the programs that may run after a cut. `act`: what is done to the board."""

    name: str
    what: str
    start: str
    versions: tuple[str, ...]
    act: Callable[[Recorder], None]
    settings: bool = False


def _program(recorder: Recorder) -> None:
    recorder.write(program(NEW))
    recorder.await_run(folder_of(program(NEW)))


def _settings(recorder: Recorder) -> None:
    recorder.set(OTHERS)


def _both(recorder: Recorder) -> None:
    recorder.write(program(NEW))
    recorder.set(OTHERS)
    recorder.await_run(folder_of(program(NEW)))


def _fallback(recorder: Recorder) -> None:
    new = program(NEW, LONG_TRIAL_MS)
    recorder.write(new)
    recorder.await_run(folder_of(new), folder_of(program(OLD)), "trying")
    recorder.board.kill()
    recorder.board.restart()
    recorder.await_run(folder_of(program(OLD)))


def _third(recorder: Recorder) -> None:
    second = program(NEW, LONG_TRIAL_MS)
    recorder.write(second)
    recorder.await_run(folder_of(second), folder_of(program(OLD)), "trying")
    recorder.write(program(THIRD))
    recorder.await_run(folder_of(program(THIRD)))


def _layout(recorder: Recorder) -> None:
    recorder.write(program(NEW))
    recorder.await_run(folder_of(program(NEW)))
    # What ran before goes only now.
    recorder.write(program(THIRD))
    recorder.await_run(folder_of(program(THIRD)))


def _layout_fallback(recorder: Recorder) -> None:
    new = program(NEW, LONG_TRIAL_MS)
    recorder.write(new)
    recorder.await_run(folder_of(new), FORMER_FOLDER, "trying")
    recorder.board.kill()
    recorder.board.restart()
    recorder.await_run(FORMER_FOLDER, folder_of(new), "failed")


SCENARIOS = (
    Scenario("program", "--app-only", OLD, (OLD, NEW), _program),
    Scenario("settings", "--settings-only", OLD, (OLD,), _settings, settings=True),
    Scenario("both", "a program, then settings", OLD, (OLD, NEW), _both, settings=True),
    Scenario("fallback", "power off during the trial", OLD, (OLD, NEW), _fallback),
    Scenario("third", "a third during the trial", OLD, (OLD, NEW, THIRD), _third),
    Scenario("layout", "from the former layout", FORMER, (FORMER, NEW, THIRD), _layout),
    Scenario("layout-fallback", "the same, power off", FORMER, (FORMER, NEW), _layout_fallback),
)


@dataclass(frozen=True)
class Recording:
    """`before`: a folder that is the flash as it was; `after`: what is on it in the end."""

    scenario: Scenario
    before: Path
    after: Path
    changes: tuple[Change, ...]


def record(scenario: Scenario, folder: Path) -> Recording:
    """Play a scenario to its end, on a board of its own."""
    with Recorder(folder, scenario.start) as recorder:
        scenario.act(recorder)
        recorder.await_report()
    changes = tuple(read_flash_trace(recorder.trace))
    return Recording(scenario, recorder.before, recorder.board.options.flash, changes)
