"""`ascpi check`: every step, one after the other, on to the end even if one fails.

The output of a failing step is printed in full, of a passing one a line. The last line counts the
steps: "8 passed, 0 failed".
"""

import argparse
import contextlib
import json
import signal
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ascpi.check.program import run_program
from ascpi.check.screen import Screen
from ascpi.check.steps import MEND, RESULTS, STEPS, Step, StepFailure
from ascpi.errors import AscpiError
from ascpi.paths import REPOSITORY

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130


@dataclass(frozen=True)
class Result:
    name: str
    passed: bool
    seconds: float
    summary: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--only",
        action="append",
        nargs="+",
        choices=[step.name for step in STEPS],
        metavar="STEP",
        help="these steps alone, in the order of --list",
    )
    parser.add_argument("--list", action="store_true", help="name the steps, run none")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there")
    parser.add_argument(
        "--fix", action="store_true", help="first let ruff mend and format what it can"
    )


def run(arguments: argparse.Namespace) -> int:
    if arguments.list:
        for step in STEPS:
            print(f"{step.name:<16} {step.summary}")
        return 0
    wanted = {name for names in arguments.only or () for name in names}
    steps = [step for step in STEPS if not wanted or step.name in wanted]
    RESULTS.mkdir(exist_ok=True)
    screen = Screen()
    results: list[Result] = []
    interrupted = False
    try:
        with _terminated_as_interrupted():
            for step in [MEND, *steps] if arguments.fix else steps:
                results.append(run_step(step, screen))
    except KeyboardInterrupt:
        interrupted = True
        screen.line("\ninterrupted")
    if arguments.json is not None:
        _write(arguments.json, results)
    failed = closing(screen, results)
    if interrupted:
        return EXIT_INTERRUPTED
    return EXIT_FAILED if failed else 0


def run_step(step: Step, screen: Screen) -> Result:
    screen.begin(step.name)
    output, failure, summary = "", None, ""
    try:
        _require(step)
        for command in step.commands:
            output += _output_of(step, command, screen)
        summary = step.judge(output)
    except StepFailure as error:
        failure = str(error)
    except _ProgramFailed as error:
        output, failure = output + error.output, error.sentence
    seconds = screen.end(failure is None, summary if failure is None else failure)
    if failure is not None:
        screen.line(output.rstrip())
    elif step.repeat_summary:
        screen.line(summary)
    return Result(step.name, failure is None, round(seconds, 1), failure or summary)


class _ProgramFailed(Exception):
    def __init__(self, sentence: str, output: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.output = output


def _require(step: Step) -> None:
    for path in step.needs:
        if not path.exists():
            raise StepFailure(f"{path} is missing: `python3 tools/test.py` installs it")


def _output_of(step: Step, command: Sequence[str], screen: Screen) -> str:
    outcome = run_program(
        tuple(command), REPOSITORY, step.environment, step.deadline_s, screen.tick
    )
    if outcome.code is None:
        raise _ProgramFailed(f"stopped: not done after {step.deadline_s:.0f} s", outcome.output)
    if outcome.code != 0:
        raise _ProgramFailed(f"ended with {outcome.code}", outcome.output)
    return outcome.output


def closing(screen: Screen, results: Sequence[Result]) -> int:
    """The table, and the line that counts; returns the number of failed steps."""
    failed = sum(not result.passed for result in results)
    screen.line("")
    screen.heading(f"{'step':<16} {'result':<8} {'time':>8}")
    for result in results:
        word = "passed" if result.passed else "FAILED"
        screen.line(f"{result.name:<16} {word:<8} {result.seconds:>6.1f} s")
    screen.line(f"{'':<16} {'':<8} {sum(result.seconds for result in results):>6.1f} s")
    screen.line(f"{len(results) - failed} passed, {failed} failed")
    return failed


@contextlib.contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """SIGTERM is handled as Ctrl-C is, so that no step outlives the check."""

    def interrupt(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _write(path: Path, results: Sequence[Result]) -> None:
    failed = sum(not result.passed for result in results)
    report = {
        "passed": len(results) - failed,
        "failed": failed,
        "steps": [asdict(result) for result in results],
    }
    try:
        path.write_text(json.dumps(report, indent=2) + "\n", "utf-8")
    except OSError as error:
        raise AscpiError(f"{path} cannot be written: {error.strerror}") from None
