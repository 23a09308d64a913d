"""The steps of the check, as data: what runs, how long it may take, what its output says."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ascpi.paths import REPOSITORY

# Whatever steps leave behind for a closer look. Ignored by git.
RESULTS = REPOSITORY / ".check"
DEMO_REPORT = RESULTS / "demo.json"
MEMORY_REPORT = RESULTS / "memory.json"


class StepFailure(Exception):
    """The programs of a step ended well, yet what they say is not: one sentence."""


# Makes one line of a passing step's output, or raises StepFailure.
Judge = Callable[[str], str]


def last_line(output: str) -> str:
    lines = [line for line in output.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ""


def tests_line(output: str) -> str:
    """pytest's closing line; a run that says nothing of the kind ran no test."""
    for line in reversed(output.splitlines()):
        if re.search(r"\d+ passed.* in ", line):
            return line.strip(" =")
    raise StepFailure("pytest ended well, but its output tells of no test that passed")


def demo_shown(output: str) -> str:
    try:
        report = json.loads(DEMO_REPORT.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StepFailure(f"the demo left no report at {DEMO_REPORT}: {error}") from None
    if not isinstance(report, dict) or report.get("locked") is not True:
        raise StepFailure(f"the demo's boards did not lock: see {DEMO_REPORT}")
    if report["glyphs"]["wrong"]:
        raise StepFailure(f"the demo's glyphs: {'; '.join(report['glyphs']['wrong'])}")
    kept = [cut for cut in report["counter"]["power_cuts"] if cut["count_after"] is not None]
    if not kept:
        raise StepFailure(f"no counter survived a power cut in the demo: see {DEMO_REPORT}")
    return (
        f"locked; the comet hopped {report['comet']['hops']} times, the counter went on from "
        f"{kept[0]['count_on_flash']} after a power cut"
    )


@dataclass(frozen=True)
class Step:
    name: str
    summary: str
    # Each is a program with its arguments, run in the checkout's root; a failure ends the step.
    commands: tuple[tuple[str, ...], ...]
    # Several times what it takes on two cores: past it something hangs.
    deadline_s: float
    judge: Judge = last_line
    environment: Mapping[str, str] = field(default_factory=dict)
    # Folders that tools/test.py makes and that must be there before it starts.
    needs: tuple[Path, ...] = ()
    # Whether the summary is printed as a line of its own, too, as the program printed it.
    repeat_summary: bool = False


def _python(*words: str) -> tuple[str, ...]:
    return (sys.executable, *words)


def _stubs(release: str) -> Path:
    """Where tools/_bootstrap.py puts MicroPython's stubs."""
    return Path(sys.prefix) / "micropython" / release


def _firmware_types(name: str, summary: str, release: str, *more: str) -> Step:
    """mypy with the stubs of one MicroPython in the place of CPython's library."""
    stubs = _stubs(release)
    files = ("--config-file", "tools/mypy-firmware.ini", "--cache-dir", f".mypy_cache/{release}")
    return Step(
        name,
        summary,
        (_python("-m", "mypy", *files, "--custom-typeshed-dir", str(stubs), *more),),
        120,
        environment={"MYPYPATH": str(stubs)},
        needs=(stubs,),
    )


# The stubs of 1.23 say which names there are; their types are mostly Any, or missing.
LENIENT = (
    "--disable-error-code=index",
    "--no-warn-return-any",
    "--allow-untyped-calls",
    "--no-warn-unused-ignores",
)

STEPS = (
    Step("lint", "ruff's rules", (_python("-m", "ruff", "check", "."),), 60),
    Step(
        "format",
        "ruff's format (`ascpi check --fix` mends it)",
        (_python("-m", "ruff", "format", "--check", "."),),
        60,
    ),
    Step("types", "mypy: host, core, tests, tools", (_python("-m", "mypy"),), 240),
    _firmware_types(
        "firmware-names",
        "mypy: firmware and core use nothing that MicroPython 1.23 lacks",
        "1.23",
        *LENIENT,
    ),
    _firmware_types(
        "firmware-types", "mypy: firmware and core against MicroPython 1.24's types", "1.24"
    ),
    _firmware_types("firmware-1.25", "mypy: the same against MicroPython 1.25's types", "1.25"),
    Step(
        "tests",
        "pytest",
        (
            _python(
                # Three for two cores: most of the time virtual boards are waited for.
                *("-m", "pytest", "-q", "-n", "3"),
                f"--junitxml={RESULTS / 'tests.xml'}",
            ),
        ),
        540,
        tests_line,
        repeat_summary=True,
    ),
    Step(
        "runtimes",
        "the vectors on CPython and on MicroPython, 64-bit and 32-bit",
        (_python("-m", "ascpi.check.runtimes"),),
        120,
    ),
    Step(
        "allocation",
        "what the control loop allocates on a 32-bit MicroPython: nothing",
        (_python("-m", "ascpi.check.allocation"),),
        120,
    ),
    Step(
        "memory",
        "what the compiled program takes of each chip's heap, on a 32-bit MicroPython",
        (_python("-m", "tests.stock.memory", "--json", str(MEMORY_REPORT)),),
        # Some 4 s; the first time npm brings the interpreter, which may take two minutes.
        180,
        needs=(_stubs("1.23"),),
    ),
    Step(
        "demo",
        "virtual boards that lock, and glyphs that are all there once, after a power cut",
        (_python("-m", "ascpi", "demo", "--plain", "--json", str(DEMO_REPORT)),),
        90,
        demo_shown,
    ),
)

# `ascpi check --fix`: what can be mended without thinking.
MEND = Step(
    "mend",
    "ruff mends and formats",
    (
        _python("-m", "ruff", "check", "--fix-only", "."),
        _python("-m", "ruff", "format", "."),
    ),
    60,
)
