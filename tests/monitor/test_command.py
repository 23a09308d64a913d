"""The command: its options, what it refuses before anything starts, and its lines."""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ascpi import cli
from ascpi.address import format_address
from ascpi.key import KEY_VARIABLE, read_key
from tests.monitor.synthetic import DEADLINE_S, Pty, packet, report, wait_for

KEY = "a secret that nobody prints"


class Monitor:
    """The command as a process, and the lines that it writes."""

    def __init__(self, *words: str, **environment: str) -> None:
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "ascpi", "monitor", *words, "--seconds", "60"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            env={**os.environ, **environment},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def expect(self, text: str, meanwhile: Callable[[], object] = lambda: None) -> str:
        """The first line with this in it; `meanwhile` is done ten times a second."""
        found: list[str] = []

        def look() -> bool:
            meanwhile()
            time.sleep(0.1)
            found.extend(line for line in list(self.lines) if text in line)
            return bool(found)

        wait_for(look, f"a line with {text!r}")
        return found[0]

    def end(self) -> str:
        """SIGTERM; what it wrote to stderr. It ends in order."""
        self.process.terminate()
        assert self.process.wait(DEADLINE_S) == 0
        self._reader.join(DEADLINE_S)
        assert self.process.stderr is not None
        return self.process.stderr.read()

    def close(self) -> None:
        """Whatever has happened: nothing of it is left."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join(DEADLINE_S)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()


@pytest.fixture
def start() -> Iterator[Callable[..., Monitor]]:
    started: list[Monitor] = []

    def make(*words: str, **environment: str) -> Monitor:
        started.append(Monitor(*words, **environment))
        return started[-1]

    yield make
    for each in started:
        each.close()


@pytest.fixture
def port(tmp_path: Path) -> Iterator[Pty]:
    made = Pty(tmp_path / "ttyUSB0")
    yield made
    made.unplug()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--seconds", "0"), "--seconds 0 is no time to see anything"),
        (("--udp", "nowhere"), "--udp 'nowhere' is no address: write four numbers"),
        (("--udp", "127.0.0.1:70000"), "its port must be a number"),
        (("--udp", "192.0.2.1"), "--udp 192.0.2.1:31415: this computer has no such address"),
        (("--udp", "--key-file", "/no/such"), "no key in /no/such: its first line must be"),
        (("--screenshot", "x.svg"), "--screenshot needs --seconds"),
        (("--screenshot", "x.svg", "--json"), "--screenshot takes a picture of the window"),
        (("--screenshot", "/no/x.svg", "--seconds", "1"), "/no/x.svg cannot be written"),
        (("--log", "/dev/null/logs"), "--log /dev/null/logs cannot be written"),
    ],
)
def test_what_cannot_be_is_said_first(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["monitor", *words]) == 2
    shown = capsys.readouterr()
    assert sentence in shown.err
    assert shown.err.count("\n") == 1
    assert shown.out == ""


@pytest.mark.parametrize(
    "words", [("--virtual", "0"), ("--cluster", "65536"), ("--rate-mhz", "9"), ("--seed", "x")]
)
def test_numbers_have_their_ranges(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["monitor", *words])
    assert ended.value.code == 2
    assert words[0] in capsys.readouterr().err


def test_a_udp_port_that_another_program_has(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as selfish:
        selfish.bind(("127.0.0.1", 0))
        where = format_address(selfish.getsockname())
        assert cli.main(["monitor", "--plain", "--udp", where]) == 2
    assert f"--udp {where}: another program has the port" in capsys.readouterr().err


def test_keys_come_from_a_file_or_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "key").write_text(KEY + "\nnot this\n", "utf-8")
    monkeypatch.setenv(KEY_VARIABLE, "another")
    assert read_key(tmp_path / "key") == KEY
    assert read_key(None) == "another"
    monkeypatch.delenv(KEY_VARIABLE)
    assert read_key(None) == ""


@pytest.mark.skipif(sys.platform != "linux", reason="PTYs as Linux has them")
def test_json_lines_of_a_port_with_a_log(
    port: Pty, tmp_path: Path, start: Callable[..., Monitor]
) -> None:
    missing, logs = str(tmp_path / "none"), tmp_path / "logs"
    monitor = start("--json", "--port", port.path, "--port", missing, "--log", str(logs))
    # Nothing is written before the port is open.
    monitor.expect("the port is open")
    monitor.expect("there is no such port")
    port.write("ESP-ROM:esp32s3\r\n" + report(7) + "\r\nASCPI event joined peer=5\r\n")
    monitor.expect('"kind": "event"')
    assert monitor.end() == ""
    told = [json.loads(line) for line in monitor.lines]
    by_kind = {each["kind"]: each for each in told}
    assert by_kind["report"]["words"]["err_us"] == -112
    assert by_kind["report"]["port"] == port.path
    assert by_kind["line"]["line"] == "ESP-ROM:esp32s3"
    assert by_kind["event"]["words"] == {"event": "joined", "peer": 5}
    lines = (logs / "node-7.log").read_text("utf-8").splitlines()
    said = [line.split(" ", 1)[1] for line in lines]
    assert said[-3:] == ["ESP-ROM:esp32s3", report(7), "ASCPI event joined peer=5"]


@pytest.mark.skipif(sys.platform != "linux", reason="PTYs as Linux has them")
def test_a_pipe_is_told_as_well_that_there_is_no_board(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["monitor", "--json", "--udp", "127.0.0.1:0", "--seconds", "1.3"]) == 0
    shown = capsys.readouterr()
    assert shown.err == "ascpi: no board yet: plug one in, or name a port with --port\n"
    assert shown.out == ""


def test_plain_lines_that_contain_a_text(port: Pty, start: Callable[..., Monitor]) -> None:
    monitor = start("--port", port.path, "--filter", "JOINED")
    # Written until it is heard: the filter hides when the port was opened.
    lines = report(7) + "\nASCPI event joined peer=5\n"
    monitor.expect("node-7 ", lambda: port.write(lines))
    assert monitor.end() == ""
    assert set(monitor.lines) == {"node-7 ASCPI event joined peer=5\n"}


@pytest.mark.parametrize(
    ("packet_key", "own_key", "expected"),
    [
        ("", "", "tag=open"),
        (KEY, KEY, "tag=checked"),
        (KEY, "", "tag=unchecked"),
        ("another", KEY, "refused forged="),
    ],
)
def test_by_air_tags_are_checked_and_said(
    packet_key: str, own_key: str, expected: str, start: Callable[..., Monitor]
) -> None:
    sequence = iter(range(10_000))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as node:
        node.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        node.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        node.bind(("127.255.255.255", 0))
        where = node.getsockname()
        monitor = start("--udp", format_address(where), ASCPI_KEY=own_key)
        monitor.expect(
            expected,
            lambda: node.sendto(packet(7, sequence=next(sequence), key=packet_key), where),
        )
    errors = monitor.end()
    assert {line.split(" ")[0] for line in monitor.lines} == {
        "node-7" if "tag=" in expected else "air"
    }
    assert KEY not in "".join(monitor.lines) + errors
