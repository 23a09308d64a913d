"""`python -m tests.flash.update_cuts`: power cuts at each write of an update, on virtual boards.

A virtual board is updated over its serial port by what `ascpi flash` runs, and each change of its
flash is recorded, those among them that the board itself makes as it starts the new program. Then
the flash is made again as it was before each of them, and as it was in the midst of each write,
at a byte that the seed chooses: and a board boots from it. It must run one of the programs of that
scenario, whole, with settings that are whole; the program that has proven itself must be whole as
well, for the one on trial may yet fail.

Exit code 1 if any board did otherwise. Without --sample all of it takes some minutes.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ascpi.cli import guarded
from ascpi.errors import AscpiError
from ascpi.files import require_writable
from ascpi.flash.application import MAIN_PATH, RUN_PATH
from ascpi.flash.configuration import CONFIGURATION_PATH
from ascpi.flash.update import FORMER as FORMER_FOLDER
from ascpi.flash.update import proven
from ascpi.telemetry import Event, parse
from ascpi.virtual import VirtualBoard, VirtualBoardOptions
from ascpi.virtual.flash_trace import BOOT, CLOSE, WRITE, Change, copy, make_again
from tests.flash.scenarios import (
    FORMER,
    LONG_TRIAL_MS,
    NODE_ID,
    SCENARIOS,
    SHORT_TRIAL_MS,
    Recording,
    Scenario,
    folder_of,
    program,
    record,
    reports,
)
from tests.virtual.lab import Lines, wait_until

BOOT_DEADLINE_S = 30.0
AT_REPL = 'Type "help()" for more information.'
# By what is renamed to one of these a board starts another program, or the same otherwise.
_STARTED_FROM = (RUN_PATH, MAIN_PATH, CONFIGURATION_PATH)
# Boards that boot side by side.
JOBS = 2


@dataclass(frozen=True)
class Cut:
    """Before change number `number`; `bytes_written` of it are there already if it is a write."""

    number: int
    bytes_written: int = 0


@dataclass(frozen=True)
class Verdict:
    """`version`: of the program that ran; `wrong`: a sentence, or empty."""

    cut: Cut
    change: Change | None
    version: str = ""
    wrong: str = ""

    def document(self) -> dict[str, Any]:
        change = self.change
        return {
            "number": self.cut.number,
            "change": " ".join([change.what, change.path, change.to]) if change else "end",
            "bytes_written": self.cut.bytes_written,
            "version": self.version,
            "wrong": self.wrong,
        }


@dataclass
class Findings:
    """What came of one scenario: all its cuts, or a sample of them."""

    recording: Recording
    possible: int
    verdicts: list[Verdict] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def scenario(self) -> Scenario:
        return self.recording.scenario

    @property
    def changes(self) -> int:
        return len(self.recording.changes)

    @property
    def wrong(self) -> list[Verdict]:
        return [verdict for verdict in self.verdicts if verdict.wrong]

    @property
    def versions(self) -> dict[str, int]:
        """How many boards ran which program."""
        return dict(Counter(verdict.version for verdict in self.verdicts if not verdict.wrong))

    def document(self) -> dict[str, Any]:
        return {
            "scenario": self.scenario.name,
            "changes": self.changes,
            "possible": self.possible,
            "cuts": len(self.verdicts),
            "versions": self.versions,
            "others": len(self.wrong),
            "seconds": round(self.seconds, 1),
            "verdicts": [verdict.document() for verdict in self.verdicts],
        }


def cuts_of(changes: Sequence[Change], chance: random.Random) -> list[Cut]:
    """Every moment that leaves another flash than the one before it."""
    cuts = []
    for number, change in enumerate(changes):
        if change.what == WRITE:
            if len(change.data) > 1:
                cuts.append(Cut(number, chance.randrange(1, len(change.data))))
        elif change.what not in (BOOT, CLOSE):
            cuts.append(Cut(number))
    cuts.append(Cut(len(changes)))
    return cuts


def flash_at(recording: Recording, cut: Cut, flash: Path) -> None:
    """The flash as a cut leaves it."""
    copy(recording.before, flash)
    changes: Iterable[Change] = recording.changes[: cut.number]
    if cut.bytes_written:
        torn = recording.changes[cut.number]
        part = Change(WRITE, torn.path, offset=torn.offset, data=torn.data[: cut.bytes_written])
        changes = [*changes, part]
    make_again(flash, changes)


def judge(recording: Recording, cut: Cut, flash: Path) -> Verdict:
    """Boot a board from the flash that a cut leaves, and see what it is."""
    ended = cut.number == len(recording.changes)
    change = None if ended else recording.changes[cut.number]
    flash_at(recording, cut, flash)
    board = VirtualBoard(VirtualBoardOptions(NODE_ID, flash, as_flashed=True))
    lines = Lines(board)
    try:
        with board:
            board.set_access_point(False)
            wait_until(lambda: _has_shown(lines.seen), "a report", BOOT_DEADLINE_S)
        if not reports(lines.seen):
            raise AscpiError("it waits at the REPL")
    except (AscpiError, AssertionError) as error:
        said = " | ".join(lines.seen[-3:])
        return Verdict(cut, change, wrong=f"it does not run ({error}): {said}")
    boots = [line for text in lines.seen if isinstance(line := parse(text), Event)]
    version = next((event.words["version"] for event in boots if event.name == "boot"), "")
    return Verdict(cut, change, version, _fault(recording, flash, version))


def _has_shown(lines: Sequence[str]) -> bool:
    """Whether a board runs, or waits at the REPL."""
    return any(AT_REPL in line for line in lines) or bool(reports(list(lines)))


def _fault(recording: Recording, flash: Path, version: str) -> str:
    """What is wrong with a board that runs, by what is on its flash; empty if nothing is."""
    scenario = recording.scenario
    if version not in scenario.versions:
        return f"it runs version {version or 'unknown'}"
    run_file = flash / RUN_PATH.lstrip("/")
    words = tuple(run_file.read_text().split()) if run_file.exists() else ()
    known = _folders(scenario)
    # A former /main.py takes no notice of what else is named.
    has_choice = (flash / MAIN_PATH.lstrip("/")).read_bytes() != program(FORMER)[MAIN_PATH]
    if has_choice and words and known.get(words[0]) != version:
        return f"it runs version {version}, and /ascpi_run names {words[0]}"
    needed = {version}
    if words:
        needed.add(known.get(proven(words), "unknown"))
    for name in sorted(needed):
        missing = "it is unknown" if name == "unknown" else _missing(scenario, flash, name)
        if missing:
            return f"version {name} is not whole: {missing}"
    settings = json.loads((flash / CONFIGURATION_PATH.lstrip("/")).read_text())
    if settings not in _settings(recording):
        return f"its settings are {settings}"
    return ""


def _programs(version: str) -> list[Mapping[str, bytes]]:
    if version == FORMER:
        return [program(FORMER)]
    return [program(version, trial_ms) for trial_ms in (SHORT_TRIAL_MS, LONG_TRIAL_MS)]


def _folders(scenario: Scenario) -> dict[str, str]:
    """The version of the program in each folder."""
    former = {FORMER_FOLDER: FORMER} if FORMER in scenario.versions else {}
    return former | {
        folder_of(files): version
        for version in scenario.versions
        if version != FORMER
        for files in _programs(version)
    }


def _missing(scenario: Scenario, flash: Path, version: str) -> str:
    """The first file of a program that is not there as it should be; empty if it is whole."""
    found = ""
    for files in _programs(version):
        found = ""
        for path, data in files.items():
            if path.count("/") < 2:
                continue  # /main.py is one for all programs, and /ascpi_run is looked at elsewhere
            place = flash / path.lstrip("/")
            if not place.exists() or place.read_bytes() != data:
                found = found or path
        if not found:
            return ""
    return found


def _settings(recording: Recording) -> list[Any]:
    return [
        json.loads((flash / CONFIGURATION_PATH.lstrip("/")).read_text())
        for flash in (recording.before, recording.after)
    ]


def run(
    scenario: Scenario, folder: Path, seed: int, sample: int | None = None, progress: bool = False
) -> Findings:
    """Record a scenario, and cut it off everywhere, or at so many moments as `sample` says."""
    began_s = time.monotonic()
    chance = random.Random(f"{seed} {scenario.name}")
    recording = record(scenario, folder)
    cuts = cuts_of(recording.changes, chance)
    findings = Findings(recording, len(cuts))
    if sample is not None:
        cuts = _sampled(recording.changes, cuts, sample, chance)
    with ThreadPoolExecutor(JOBS) as pool:
        flashes = [folder / f"cut-{number}" for number in range(len(cuts))]
        jobs = [
            pool.submit(_judged, recording, cut, flash)
            for cut, flash in zip(cuts, flashes, strict=True)
        ]
        for job in jobs:
            verdict = job.result()
            findings.verdicts.append(verdict)
            if verdict.wrong or (progress and len(findings.verdicts) % 50 == 0):
                done = f"{len(findings.verdicts):>4} of {len(cuts)}"
                print(f"{scenario.name}: {done} {verdict.wrong}", flush=True)
    findings.seconds = time.monotonic() - began_s
    return findings


def _sampled(
    changes: Sequence[Change], cuts: Sequence[Cut], count: int, chance: random.Random
) -> list[Cut]:
    """Half of them while programs' folders are written, which is where most are: the first, the
    last and some in the midst. And of the rest one of each kind, first of those that matter most:
    what is cut off as it is put in the place of what a board starts from."""
    within: list[Cut] = []
    kinds: dict[tuple[bool, str, str], list[Cut]] = {}
    for cut in cuts:
        ended = cut.number == len(changes)
        change = Change("end", "") if ended else changes[cut.number]
        if change.path.count("/") > 1:
            within.append(cut)
        else:
            kind = (change.to not in _STARTED_FROM, change.what, change.path)
            kinds.setdefault(kind, []).append(cut)
    half = min(len(within), count // 2)
    ends = [within[0], within[-1]] if half > 1 else within[:half]
    chosen = ends + chance.sample(within[1:-1], half - len(ends))
    ranked = sorted(kinds, key=lambda kind: (kind[0], chance.random()))
    chosen += [chance.choice(kinds[kind]) for kind in ranked[: count - half]]
    return sorted(chosen, key=lambda cut: cut.number)


def _judged(recording: Recording, cut: Cut, flash: Path) -> Verdict:
    try:
        return judge(recording, cut, flash)
    finally:
        shutil.rmtree(flash, ignore_errors=True)


def table(all_findings: Sequence[Findings]) -> list[str]:
    """A line for each scenario."""
    lines = [f"{'scenario':<15} {'changes':>7} {'cuts':>5} {'others':>6} {'s':>5}  ran"]
    for one in all_findings:
        ran = ", ".join(f"{count} × {version}" for version, count in sorted(one.versions.items()))
        lines.append(
            f"{one.scenario.name:<15} {one.changes:>7} {len(one.verdicts):>5} "
            f"{len(one.wrong):>6} {one.seconds:>5.0f}  {ran}"
        )
    return lines


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.flash.update_cuts")
    names = [scenario.name for scenario in SCENARIOS]
    parser.add_argument(
        "--scenario", action="append", choices=names, help="default: all; repeatable"
    )
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument(
        "--sample", type=int, metavar="N", help="cuts of each scenario (default: all there are)"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    arguments = parser.parse_args(words)
    require_writable(arguments.json)
    all_findings = []
    for scenario in SCENARIOS:
        if arguments.scenario and scenario.name not in arguments.scenario:
            continue
        with tempfile.TemporaryDirectory(prefix="ascpi-cuts-") as name:
            findings = run(scenario, Path(name), arguments.seed, arguments.sample, progress=True)
        all_findings.append(findings)
    print("\n".join(table(all_findings)))
    cuts = sum(len(findings.verdicts) for findings in all_findings)
    wrong = sum(len(findings.wrong) for findings in all_findings)
    print(f"{cuts} power cuts, seed {arguments.seed}: {wrong} boards did not run a whole program")
    if arguments.json is not None:
        document = {
            "seed": arguments.seed,
            "cuts": cuts,
            "others": wrong,
            "scenarios": [findings.document() for findings in all_findings],
        }
        arguments.json.write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(guarded(main))
