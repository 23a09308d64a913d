"""The desktop node: the same field, from a program on this computer."""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ascpi import paths
from ascpi.air.process import AirProcess
from ascpi.desktop.epoch import journal_path, next_epoch
from ascpi.desktop.network import likely_broadcast
from ascpi.errors import NodeFailed
from ascpi.telemetry import Message, Report, parse

DEADLINE_S = 15.0


class Program:
    """`ascpi node` as a process, its lines as they come."""

    def __init__(self, *arguments: str, environment: dict[str, str] | None = None) -> None:
        roots = os.pathsep.join([str(paths.CORE.parent), str(paths.REPOSITORY / "host")])
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ascpi", "node", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": roots, **(environment or {})},
        )
        self.lines: list[str] = []
        self._queue: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            self._queue.put(line)
        self._queue.put(None)

    def report(self, holds: Callable[[Report], bool]) -> Report:
        """The next report for which `holds`."""
        end_s = time.monotonic() + DEADLINE_S
        while True:
            try:
                line = self._queue.get(timeout=max(0.0, end_s - time.monotonic()))
            except queue.Empty:
                last = "".join(self.lines[-5:])
                raise AssertionError(f"no such report; last lines: {last}") from None
            assert line is not None, "the node ended: " + "".join(self.lines[-5:])
            parsed = parse(line)
            if isinstance(parsed, Report) and holds(parsed):
                return parsed

    def end(self, number: int = signal.SIGINT) -> int:
        """Send a signal; its exit status."""
        self.process.send_signal(number)
        return self.process.wait(DEADLINE_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Program]]:
    made: list[Program] = []

    def begin(node_id: int, *arguments: str, **more: dict[str, str]) -> Program:
        state = str(tmp_path / f"{node_id}.epoch")
        program = Program(
            "--id", str(node_id), "--state", state, "--report-ms", "100", *arguments, **more
        )
        made.append(program)
        return program

    yield begin
    for program in made:
        program.close()


@pytest.fixture
def air() -> Iterator[str]:
    with AirProcess(preset="clean", seed=1) as relay:
        host, port = relay.address
        yield f"{host}:{port}"


def joined(start: Callable[..., Program], air: str, node_id: int, *more: str) -> Program:
    return start(node_id, "--bind", "127.0.0.1:0", "--broadcast", air, *more)


def test_two_nodes_half_a_turn_apart_lock_and_end_cleanly_on_ctrl_c(
    start: Callable[..., Program], air: str
) -> None:
    one = joined(start, air, 1)
    two = joined(start, air, 2, "--phase", "0.5")
    for program in (one, two):
        program.report(lambda report: report.state == "locked" and report.coherence > 0.99)
    for program in (one, two):
        assert program.end() == 0
        assert "ended after" in program.lines[-1]
        assert program.process.stderr is not None
        assert program.process.stderr.read() == ""


def test_a_law_that_there_is_not_is_refused_and_the_two_that_there_are_join(
    start: Callable[..., Program], air: str
) -> None:
    wrong = start(3, "--law", "mine")
    assert wrong.process.wait(DEADLINE_S) == 2
    assert wrong.process.stderr is not None
    assert "invalid choice: 'mine'" in wrong.process.stderr.read()
    one = joined(start, air, 1, "--law", "source")
    joined(start, air, 2, "--phase", "0.3", "--law", "full")
    one.report(lambda report: report.state == "locked")


def test_sigterm_ends_it_as_cleanly(start: Callable[..., Program], air: str) -> None:
    program = joined(start, air, 1)
    program.report(lambda report: True)
    assert program.end(signal.SIGTERM) == 0


def test_seconds_end_it(start: Callable[..., Program], air: str) -> None:
    program = joined(start, air, 1, "--seconds", "0.5")
    assert program.process.wait(DEADLINE_S) == 0


@pytest.mark.skipif(sys.platform != "linux", reason="loopback broadcast is Linux's")
def test_without_an_air_nodes_meet_on_the_loopback_broadcast(
    start: Callable[..., Program],
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    programs = [start(number, "--broadcast", f"127.255.255.255:{port}") for number in (1, 2)]
    for program in programs:
        report = program.report(lambda report: report.peers == 1)
        assert "own" not in report.words.get("why", ""), "hearing oneself is no refusal"


def test_a_port_in_use_is_said(start: Callable[..., Program]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        program = start(1, "--bind", f"127.0.0.1:{port}", "--broadcast", "127.0.0.1:9")
        assert program.process.wait(DEADLINE_S) == 2
        assert program.process.stderr is not None
        message = program.process.stderr.read()
    assert f"no socket on 127.0.0.1:{port}" in message
    assert "--bind" in message


def test_two_nodes_with_one_journal_are_refused(
    start: Callable[..., Program], air: str, tmp_path: Path
) -> None:
    one = joined(start, air, 1)
    assert one.report(lambda report: True).words["glyphs"] == "0"
    assert (tmp_path / "1.journal").exists()
    other = start(1, "--bind", "127.0.0.1:0", "--broadcast", air)
    assert other.process.wait(DEADLINE_S) == 2
    assert other.process.stderr is not None
    assert "in use by another node" in other.process.stderr.read()


def test_without_glyphs_there_is_no_journal(
    start: Callable[..., Program], air: str, tmp_path: Path
) -> None:
    one = joined(start, air, 1, "--no-glyphs")
    assert "glyphs" not in one.report(lambda report: True).words
    assert not (tmp_path / "1.journal").exists()


def test_a_type_that_cannot_be_loaded_is_said(
    start: Callable[..., Program], air: str, tmp_path: Path
) -> None:
    (tmp_path / "odd.py").write_text("import nothing_of_that_name\n")
    one = joined(start, air, 1, "--glyphs", str(tmp_path))
    one.report(lambda report: True)
    found = [line for line in one.lines if line.startswith("ASCPI error")]
    assert len(found) == 1
    assert "odd.py is left out: ModuleNotFoundError" in found[0]


def test_the_journal_lies_beside_the_epoch() -> None:
    assert journal_path(Path("a/node-7.epoch")) == Path("a/node-7.journal")
    assert journal_path(Path("a/7.journal")) == Path("a/7.journal.journal")


def test_a_key_from_the_environment_makes_a_keyed_field(
    start: Callable[..., Program], air: str
) -> None:
    keyed = start(
        1,
        "--bind",
        "127.0.0.1:0",
        "--broadcast",
        air,
        environment={"ASCPI_KEY": "sesame"},
    )
    opened = joined(start, air, 2)
    report = keyed.report(lambda report: "untagged:" in report.words.get("why", ""))
    assert report.words["field"] == "keyed"
    assert report.peers == 0
    opened.report(lambda report: "keyed:" in report.words.get("why", ""))
    assert not any("sesame" in line for line in keyed.lines)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--id", "0"), "id: 0 is not allowed, give a whole number from 1"),
        (("--phase", "1.5"), "phase: 1.5 is not allowed"),
        (("--report-ms", "1"), "--report-ms 1 is too short"),
        (("--broadcast", "nowhere"), "nowhere"),
        (("--key-file", "/no/such/file"), "no key in /no/such/file"),
        (("--glyphs", "/no/such/folder"), "--glyphs /no/such/folder is no folder"),
        (("--glyphs", "/tmp", "--no-glyphs"), "--no-glyphs and --glyphs contradict each other"),
    ],
)
def test_wrong_options_are_named(
    start: Callable[..., Program], arguments: tuple[str, ...], words: str
) -> None:
    program = start(1, "--broadcast", "127.0.0.1:9", *arguments)
    assert program.process.wait(DEADLINE_S) == 2
    assert program.process.stderr is not None
    assert words in program.process.stderr.read()


def test_the_epoch_counts_starts_and_refuses_nonsense(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "node.epoch"
    assert [next_epoch(path) for _ in range(3)] == [1, 2, 3]
    path.write_text("rubbish")
    with pytest.raises(NodeFailed, match="holds no number"):
        next_epoch(path)
    with pytest.raises(NodeFailed, match="cannot be kept"):
        next_epoch(path / "below" / "a" / "file")


def test_the_broadcast_is_guessed_from_the_address() -> None:
    assert likely_broadcast("192.168.4.7") == "192.168.4.255"
    assert likely_broadcast("127.0.0.1") == "127.255.255.255"


def test_messages_of_the_node_are_telemetry(start: Callable[..., Program], air: str) -> None:
    program = joined(start, air, 1)
    program.report(lambda report: True)
    first = parse(program.lines[0])
    assert isinstance(first, Message)
    assert "the field is open" in first.text
