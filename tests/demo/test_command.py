"""The demo as a program: options, endings, and that nothing of it is left."""

import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest

from ascpi import cli
from ascpi.demo import command
from ascpi.errors import AscpiError, MicroPythonMissing
from ascpi.virtual.runtime import MicroPython, find_micropython

# On a busy machine; all in all such a run takes nine seconds.
RUN_DEADLINE_S = 40.0
# The first event ends by itself after 19 s on a machine that has nothing else to do.
FIRST_EVENT_DEADLINE_S = 90.0
GONE_DEADLINE_S = 5.0

needs_proc = pytest.mark.skipif(sys.platform != "linux", reason="looks for processes in /proc")


def has_micropython() -> bool:
    try:
        find_micropython()
    except MicroPythonMissing:
        return False
    return True


needs_boards = pytest.mark.skipif(not has_micropython(), reason="no MicroPython here")


def start(*words: str, folder: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "ascpi", "demo", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        # A demo that is killed leaves its folder behind.
        env={**os.environ, "TMPDIR": str(folder)},
        # A Ctrl-C that a test sends goes to the demo alone.
        start_new_session=True,
    )


def descendants(of: int) -> dict[int, str]:
    """Processes below one, with their command lines, from /proc."""
    parents: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text()
        except OSError:
            continue
        parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    found: dict[int, str] = {}
    fresh = {of}
    while fresh:
        fresh = {pid for pid, parent in parents.items() if parent in fresh} - found.keys()
        for pid in fresh:
            try:
                found[pid] = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
            except OSError:
                continue
    return found


def alive(pid: int, command_line: str) -> bool:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ") == command_line
    except OSError:
        return False


def assert_gone(processes: dict[int, str]) -> None:
    deadline_s = time.monotonic() + GONE_DEADLINE_S
    left = processes
    while left and time.monotonic() < deadline_s:
        left = {pid: line for pid, line in left.items() if alive(pid, line)}
        time.sleep(0.05)
    assert not left


@pytest.fixture
def running(tmp_path: Path) -> "Iterator[subprocess.Popen[str]]":
    """A demo whose nodes have been heard."""
    process = start("--plain", "--boards", "2", "--seed", "1", "--seconds", "30", folder=tmp_path)
    try:
        assert process.stdout is not None
        assert "board 1" in process.stdout.readline()
        yield process
    finally:
        process.kill()
        process.communicate()


@needs_boards
def test_a_short_run(tmp_path: Path) -> None:
    report, picture = tmp_path / "report.json", tmp_path / "picture.svg"
    words = ("--plain", "--seconds", "8", "--boards", "3", "--seed", "2")
    process = start(*words, "--json", str(report), "--record", str(picture), folder=tmp_path)
    output, _ = process.communicate(timeout=RUN_DEADLINE_S)
    assert process.returncode == 0, output
    lines = output.splitlines()
    assert len(lines) >= 7
    assert lines[-1].startswith(
        "4 nodes, clocks up to 80 ppm apart, over Wi-Fi with 5 % loss, locked"
    )
    figures = json.loads(report.read_text("utf-8"))
    assert figures["locked"] is True
    # What the project promises for four boards and a desktop node.
    assert figures["time_to_lock_s"] <= 5
    assert figures["coherence"] > 0.99
    assert [node["kind"] for node in figures["nodes"]] == ["virtual"] * 3 + ["desktop"]
    assert all(abs(node["error_us"]) < 10_000 for node in figures["nodes"])
    assert figures["versions"].keys() == {"ascpi", "python", "micropython"}
    assert figures["glyphs"]["born"] == 2
    assert figures["glyphs"]["each_once"] is True
    assert figures["glyphs"]["energy"]["balanced"] is True
    # Too short for a power cut: nothing is begun that could not be seen to its end.
    assert figures["counter"]["power_cuts"] == []
    ElementTree.parse(picture)


@needs_boards
def test_the_first_event_is_played_to_its_end(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    process = start("--plain", "--first-event", "--json", str(report), folder=tmp_path)
    output, _ = process.communicate(timeout=FIRST_EVENT_DEADLINE_S)
    assert process.returncode == 0, output
    steps = [line[:1] for line in output.splitlines() if line[1:2] == " " and line[:1].isdigit()]
    assert steps[:5] == ["1", "2", "3", "4", "5"]
    figures = json.loads(report.read_text("utf-8"))
    assert figures["glyphs"]["each_once"] is True
    migration = figures["migration"]
    assert migration["hops"] == 1
    assert migration["energy"] > 8
    # A step of the glyph on B may lie between its coming and B's first beacon after it.
    taker = migration["taker"]
    assert taker["after"]["kappa"] == pytest.approx(migration["expected_kappa"], abs=0.05)
    assert taker["after"]["dphi"] == pytest.approx(migration["expected_dphi"], abs=0.02)
    assert taker["after"]["energy"] - taker["before"]["energy"] == pytest.approx(
        migration["energy"], abs=2
    )


@needs_proc
@needs_boards
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ended_by_a_signal(running: "subprocess.Popen[str]", number: signal.Signals) -> None:
    children = descendants(running.pid)
    assert len(children) == 4, children
    os.kill(running.pid, number)
    output, _ = running.communicate(timeout=RUN_DEADLINE_S)
    assert running.returncode in (0, command.EXIT_NOT_AS_IT_SHOULD_BE)
    assert output.splitlines()[-1].startswith("3 nodes, ")
    assert "Traceback" not in output
    assert_gone(children)


@needs_proc
@needs_boards
def test_killed(running: "subprocess.Popen[str]") -> None:
    children = descendants(running.pid)
    assert len(children) == 4, children
    running.kill()
    running.wait()
    assert_gone(children)


@needs_proc
@needs_boards
def test_a_node_that_dies_is_named_and_takes_the_rest_along(
    running: "subprocess.Popen[str]",
) -> None:
    children = descendants(running.pid)
    (node,) = (pid for pid, line in children.items() if " node " in line)
    os.kill(node, signal.SIGKILL)
    output, _ = running.communicate(timeout=RUN_DEADLINE_S)
    assert running.returncode == cli.EXIT_USAGE
    assert "ascpi: desktop has ended with -9" in output
    assert_gone(children)


@needs_proc
def test_interrupted_while_it_starts(tmp_path: Path) -> None:
    process = start("--plain", "--seconds", "30", folder=tmp_path)
    deadline_s = time.monotonic() + RUN_DEADLINE_S
    while not (children := descendants(process.pid)) and time.monotonic() < deadline_s:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGINT)
    output, _ = process.communicate(timeout=RUN_DEADLINE_S)
    assert process.returncode in (cli.EXIT_INTERRUPTED, command.EXIT_NOT_AS_IT_SHOULD_BE)
    assert "Traceback" not in output
    assert_gone(children)


def test_without_micropython_desktop_nodes_lock(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(command, "find_micropython", missing)
    report = tmp_path / "report.json"
    words = ["demo", "--plain", "--seconds", "4", "--boards", "2", "--seed", "1"]
    assert cli.execute([*words, "--air", "clean", "--json", str(report)]) == 0
    said = capsys.readouterr()
    assert "no MicroPython here. The demo goes on with 2 of them." in said.err
    assert "2 nodes, with clocks alike, over clean air, locked after" in said.out
    kinds = [node["kind"] for node in json.loads(report.read_text("utf-8"))["nodes"]]
    assert kinds == ["desktop", "desktop"]


def test_the_first_event_needs_micropython(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "find_micropython", missing)
    with pytest.raises(MicroPythonMissing):
        cli.execute(["demo", "--plain", "--first-event"])


def missing() -> MicroPython:
    raise MicroPythonMissing("no MicroPython here")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--seconds", "0"], "no time to see anything"),
        (["--json", "/nowhere/at/all.json"], "there is no folder /nowhere/at"),
        (["--record", "/nowhere/at/all.svg"], "there is no folder /nowhere/at"),
    ],
)
def test_told_before_anything_starts(words: list[str], sentence: str) -> None:
    with pytest.raises(AscpiError, match=sentence):
        cli.execute(["demo", "--plain", *words])


@pytest.mark.parametrize("boards", ["0", "17", "-1", "four"])
def test_boards_that_there_cannot_be(boards: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.execute(["demo", "--boards", boards])
    assert "1 to 16" in capsys.readouterr().err
