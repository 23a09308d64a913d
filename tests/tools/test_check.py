"""`ascpi check`: how it judges, goes on, ends and counts."""

import argparse
import io
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ascpi.check import command, steps
from ascpi.check.command import Result, closing, run_step
from ascpi.check.program import run_program
from ascpi.check.screen import Screen
from ascpi.check.steps import STEPS, Step, StepFailure


def step(program: str, **options: object) -> Step:
    defaults: dict[str, object] = {"deadline_s": 20.0}
    return Step("some", "some step", ((sys.executable, "-c", program),), **(defaults | options))  # type: ignore[arg-type]


def shown(some: Step) -> tuple[Result, str]:
    stream = io.StringIO()
    result = run_step(some, Screen(stream))
    return result, stream.getvalue()


def test_a_passing_step_is_one_line() -> None:
    result, text = shown(step("print('noise'); print('12 files are well')"))
    assert result.passed
    assert text.count("\n") == 1
    assert text.endswith("passed  12 files are well\n")


def test_pytests_closing_line_stands_alone() -> None:
    program = "print('....'); print('== 143 passed, 2 skipped in 12.30s ==')"
    result, text = shown(step(program, judge=steps.tests_line, repeat_summary=True))
    assert result.passed
    assert text.endswith("\n143 passed, 2 skipped in 12.30s\n")


def test_a_run_of_no_test_fails() -> None:
    result, _ = shown(step("print('no tests ran in 0.01s')", judge=steps.tests_line))
    assert not result.passed


def test_a_failing_step_shows_all_it_said() -> None:
    result, text = shown(step("print('first'); print('last'); raise SystemExit(3)"))
    assert not result.passed
    assert "FAILED  ended with 3\nfirst\nlast\n" in text


def test_a_judge_may_refuse() -> None:
    def refuse(output: str) -> str:
        raise StepFailure("it is not good enough")

    result, text = shown(step("print('well')", judge=refuse))
    assert not result.passed
    assert result.summary == "it is not good enough"
    assert "well" in text


def test_a_missing_folder_says_what_makes_it(tmp_path: Path) -> None:
    result, _ = shown(step("", needs=(tmp_path / "stubs",)))
    assert not result.passed
    assert "tools/test.py" in result.summary


def test_a_step_that_hangs_is_stopped_with_its_children() -> None:
    """The grandchild ignores polite requests and would hold the pipe for a minute."""
    child = "import signal, time; signal.signal(signal.SIGINT, signal.SIG_IGN); time.sleep(60)"
    program = (
        "import subprocess, sys, time\n"
        f"child = subprocess.Popen([sys.executable, '-c', {child!r}])\n"
        "print('child', child.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    began = time.monotonic()
    result, text = shown(step(program, deadline_s=1.0))
    assert not result.passed
    assert result.summary == "stopped: not done after 1 s"
    assert time.monotonic() - began < 20
    number = int(text.split("child ")[1].split()[0])
    assert _gone(number)


def _gone(number: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(number, 0)
        except ProcessLookupError:
            return True
        if _is_zombie(number):
            return True
        time.sleep(0.05)
    return False


def _is_zombie(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return False


def test_a_programs_environment_is_added_to_ours(tmp_path: Path) -> None:
    program = "import os; print(os.environ['ONE'], os.environ['PATH'] != '', os.getcwd())"
    words = (sys.executable, "-c", program)
    outcome = run_program(words, tmp_path, {"ONE": "1"}, 20, lambda: None)
    assert outcome.output.split() == ["1", "True", str(tmp_path.resolve())]


def test_the_last_line_counts() -> None:
    stream = io.StringIO()
    results = [Result("a", True, 1.0, ""), Result("b", False, 2.0, ""), Result("c", True, 0.5, "")]
    assert closing(Screen(stream), results) == 1
    assert stream.getvalue().splitlines()[-1] == "2 passed, 1 failed"


def arguments(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    command.add_arguments(parser)
    return parser.parse_args(words)


@pytest.fixture
def three_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    programs = {"one": "print(1)", "two": "raise SystemExit(1)", "three": "print(3)"}
    made = [
        Step(name, name, ((sys.executable, "-c", text),), 20) for name, text in programs.items()
    ]
    monkeypatch.setattr(command, "STEPS", tuple(made))


@pytest.mark.usefixtures("three_steps")
def test_it_goes_on_after_a_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "report.json"
    assert command.run(arguments("--json", str(report))) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "2 passed, 1 failed"
    written = json.loads(report.read_text())
    assert (written["passed"], written["failed"]) == (2, 1)
    assert [entry["name"] for entry in written["steps"]] == ["one", "two", "three"]
    assert [entry["passed"] for entry in written["steps"]] == [True, False, True]


@pytest.mark.usefixtures("three_steps")
def test_only_some_steps(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(arguments("--only", "three", "one")) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "2 passed, 0 failed"


def test_an_unknown_step_is_refused() -> None:
    with pytest.raises(SystemExit):
        arguments("--only", "everything")


def test_the_list_names_every_step(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.run(arguments("--list")) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == [
        step.name for step in STEPS
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import sys\n"
        "from ascpi.check import command, steps\n"
        "text = 'import sys, time; open(sys.argv[1], \"w\").close(); time.sleep(60)'\n"
        "sleep = (sys.executable, '-c', text, sys.argv[1])\n"
        "command.STEPS = (steps.Step('slow', 'slow', (sleep,), 50),)\n"
        "from ascpi import cli\n"
        "raise SystemExit(cli.main(['check']))\n"
    )
    begun = tmp_path / "begun"
    process = subprocess.Popen(
        [sys.executable, str(program), str(begun)], stdout=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 20
    while not begun.exists():
        assert time.monotonic() < deadline, "the step did not begin"
        time.sleep(0.02)
    process.send_signal(number)
    output, _ = process.communicate(timeout=20)
    assert process.returncode == 130
    assert output.splitlines()[-1] == "0 passed, 0 failed"
