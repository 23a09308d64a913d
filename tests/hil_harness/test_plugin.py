"""The plugin as people meet it: a pytest of its own, with boards, and what it prints."""

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.hil_harness.desk import Desk

DEADLINE_S = 90

EXAMPLE = """
import pytest

seen = []

def test_one(cluster):
    lock = cluster.locked(within_us=20_000, for_s=0.2)
    seen.append(lock)
    cluster.kill("virtual-2")

def test_two(cluster):
    assert cluster["virtual-2"].powered, "who was killed runs again"
    cluster.loss(100_000)
    cluster.locked(within_us=0.001, for_s=0.2, deadline_s=0.5)

def test_three(cluster):
    cluster.require(boards=9)

def test_without_boards():
    assert True
"""


def run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-p", "ascpi.hil.plugin", "-q", "-ra", *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, encoding="utf-8", timeout=DEADLINE_S
    )


@pytest.fixture
def example(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\n", "utf-8")
    (tmp_path / "test_example.py").write_text(EXAMPLE, "utf-8")
    return tmp_path


def test_want_of_a_board_is_one_sentence(example: Path) -> None:
    ended = run(example, "--boards", "/dev/ttyUSB9")
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR
    (sentence,) = (line for line in ended.stderr.splitlines() if line.strip())
    assert sentence.startswith("ERROR: /dev/ttyUSB9: there is no such port; is the board plugged")
    assert "Traceback" not in ended.stdout


def test_a_failure_shows_what_the_boards_did(example: Path) -> None:
    ended = run(
        example,
        *("--boards", "virtual:2", "--hil-logs", "logs"),
        *("--hil-air", "clean", "--junitxml", "junit.xml"),
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "1 failed, 2 passed, 1 skipped" in ended.stdout
    assert "9 boards are needed; --boards gives 2" in ended.stdout
    assert "not locked: 0.001 µs for 0.2 s were asked" in ended.stdout
    for word in ("virtual-1", "claims", "10 % loss, all", "boards' logs", "phases.png"):
        assert word in ended.stdout
    folder = example / "logs" / "test_example.py_test_two"
    assert "ASCPI report id=1" in (folder / "virtual-1.log").read_text("utf-8")
    cases = {
        case.get("name"): case
        for case in ElementTree.parse(example / "junit.xml").iter("testcase")
    }
    passed, failed = cases["test_one"], cases["test_two"]
    assert float(properties(passed)["hil_lock_worst_us"]) <= 20_000
    assert Path(properties(failed)["hil_logs"]).name == folder.name
    assert (example / properties(failed)["hil_plot"]).read_bytes().startswith(b"\x89PNG")


def properties(case: ElementTree.Element) -> dict[str, str]:
    return {one.get("name", ""): one.get("value", "") for one in case.iter("property")}


def test_the_suite_itself_runs_on_ports_as_often_as_asked(desk: Desk, checkout: Path) -> None:
    ended = run(
        checkout,
        *("tests/hil", "--boards", ",".join(desk.ports), "-k", "reset or configuration"),
        *("--repeat", "2", "-rA"),
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "4 passed" in ended.stdout
    assert "test_a_reset_keeps_the_id_and_raises_the_epoch[2of2]" in ended.stdout
