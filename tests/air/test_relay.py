"""The relay as its users have it: a process, sockets, and faults struck from outside."""

import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ascpi.air.process import AirProcess
from ascpi.errors import AscpiError

# A datagram on a clean air takes 2.5 ms at the very most; the rest is a machine with other cares.
PATIENCE_S = 5.0
SILENCE_S = 0.3


class Stations:
    """Sockets that are on the air."""

    def __init__(self, air: AirProcess, stack: ExitStack, count: int) -> None:
        self.air = air
        self.sockets = []
        for _ in range(count):
            station = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            station.bind(("127.0.0.1", 0))
            station.settimeout(PATIENCE_S)
            self.sockets.append(station)

    def greet(self) -> None:
        """One after the other says its number, so that stations are numbered in this order."""
        for number, station in enumerate(self.sockets):
            station.sendto(b"%d" % number, self.air.address)
            deadline = time.monotonic() + PATIENCE_S
            while len(self.air.control(stats=True)["stats"]["stations"]) <= number:
                assert time.monotonic() < deadline, "the relay does not see the station"
        for number, station in enumerate(self.sockets):
            heard = {station.recv(2048) for _ in self.sockets[number + 1 :]}
            assert heard == {b"%d" % other for other in range(number + 1, len(self.sockets))}

    def says(self, number: int, datagram: bytes) -> list[bytes | None]:
        """What each other station hears of it; None: nothing."""
        self.sockets[number].sendto(datagram, self.air.address)
        return [self._heard(other) for other in self.sockets if other is not self.sockets[number]]

    def _heard(self, station: socket.socket) -> bytes | None:
        station.settimeout(SILENCE_S)
        try:
            return station.recv(2048)
        except TimeoutError:
            return None

    def name(self, number: int) -> str:
        return f"127.0.0.1:{self.sockets[number].getsockname()[1]}"


@pytest.fixture
def three() -> Iterator[Stations]:
    with ExitStack() as stack:
        air = stack.enter_context(AirProcess("clean", seed=1))
        stations = Stations(air, stack, 3)
        stations.greet()
        yield stations


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 200, 1472])
def test_all_others_hear_what_one_says(three: Stations, length: int) -> None:
    datagram = bytes(range(256)) * 6
    assert three.says(1, datagram[:length]) == [datagram[:length]] * 2
    assert three._heard(three.sockets[1]) is None


def test_a_partition_by_address_and_by_number(three: Stations) -> None:
    answer = three.air.control(partition=[[three.name(0), 2], [3]])
    assert answer["groups"] == [[1, 2], [3]]
    assert three.says(0, b"x") == [b"x", None]
    assert three.says(2, b"y") == [None, None]
    three.air.control(partition=[])
    assert three.says(2, b"z") == [b"z", b"z"]


def test_a_partition_holds_for_those_who_come_later(three: Stations) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as newcomer:
        newcomer.bind(("127.0.0.1", 0))
        name = f"127.0.0.1:{newcomer.getsockname()[1]}"
        assert three.air.control(partition=[[name]])["groups"] == [[]]
        newcomer.sendto(b"hello", three.air.address)
        assert [three._heard(station) for station in three.sockets] == [None] * 3
        three.air.control(partition=[])
        newcomer.sendto(b"hello", three.air.address)
        assert [three._heard(station) for station in three.sockets] == [b"hello"] * 3


def test_losses_and_presets_at_run_time(three: Stations) -> None:
    three.air.control(loss=1)
    assert three.says(0, b"x") == [None, None]
    three.air.control(loss=None)
    three.air.control(loss=1, from_=1, to=three.name(2))
    assert three.says(0, b"y") == [b"y", None]
    assert three.says(2, b"z") == [b"z", b"z"]
    three.air.control(preset="powersave")
    assert three.air.control(stats=True)["stats"]["preset"] == "powersave"


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ({"weather": "fine"}, "one of partition, loss, preset, stats"),
        ({"loss": 1, "stats": True}, "one of partition"),
        ({"loss": 1.5}, "0 … 1"),
        ({"loss": True}, "0 … 1"),
        ({"loss": 1, "from_": 1}, "both from and to"),
        ({"loss": 1, "from_": 1, "to": 99}, "no such link"),
        ({"preset": "hot"}, "clean, wifi"),
        ({"partition": 3}, "list of groups"),
        ({"partition": [[None]]}, "a station is"),
    ],
)
def test_a_wrong_command_is_answered_with_a_sentence(
    three: Stations, command: dict[str, object], word: str
) -> None:
    with pytest.raises(AscpiError, match="the air refused") as raised:
        three.air.control(**command)
    assert word in str(raised.value)
    assert three.says(0, b"still there") == [b"still there"] * 2


def test_the_report_at_the_end(three: Stations) -> None:
    three.says(0, b"x")
    three.air.stop()
    stats = three.air.stats
    # Greetings reach those who were there already: 0 + 1 + 2 copies.
    assert stats["relay"] == {"received": 4, "sent": 5, "foreign": 0, "crowded": 0, "refused": 0}
    assert stats["fates"]["delivered"] == 5
    assert [(s["station"], s["received"], s["sent"]) for s in stats["stations"]] == [
        (1, 2, 2),
        (2, 1, 2),
        (3, 1, 1),
    ]


def test_it_is_on_time() -> None:
    """Median lateness on an idle machine is 15 µs, and the bound is the base delay of `wifi`:
    beyond it the machine, and no longer the model, would be the air."""
    with ExitStack() as stack:
        air = stack.enter_context(AirProcess("wifi", seed=1))
        stations = Stations(air, stack, 5)
        for turn in range(100):
            stations.sockets[turn % 5].sendto(bytes(64), air.address)
            time.sleep(0.005)  # a steady 200 packets/s: what is measured is the relay at work
        air.stop()
        lateness = air.stats["lateness"]
    assert lateness["count"] > 300
    assert 0 <= lateness["median_us"] < 2_000
    assert lateness["median_us"] <= lateness["p95_us"] <= lateness["p99_us"]
    assert lateness["p99_us"] <= lateness["max_us"]


def test_the_same_seed_has_the_same_fates() -> None:
    """One sender, so that the order of arrival is no chance; ports differ from run to run."""
    fates = []
    for _ in range(2):
        with ExitStack() as stack:
            air = stack.enter_context(AirProcess("harsh", seed=5))
            stations = Stations(air, stack, 3)
            air.control(preset="clean")
            stations.greet()
            air.control(preset="harsh")
            for _ in range(200):
                stations.sockets[0].sendto(bytes(64), air.address)
            deadline = time.monotonic() + PATIENCE_S
            while air.control(stats=True)["stats"]["relay"]["received"] < 203:
                assert time.monotonic() < deadline, "the relay does not receive"
            fates.append(air.stop()["fates"])
    assert fates[0] == fates[1]
    assert fates[0]["lost"] > 80


def test_a_port_in_use_is_named() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        where = f"127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(AscpiError, match=f"^the air cannot listen on {where}"):
            AirProcess("clean", bind=where).start()


def test_it_stays_on_this_machine_unless_told_otherwise() -> None:
    with pytest.raises(AscpiError, match="is no loopback address"):
        AirProcess("clean", bind="0.0.0.0:0").start()
    with AirProcess("clean", bind="0.0.0.0:0", any_address=True) as air:
        assert air.address[1] != 0


def test_an_air_that_does_not_run_says_so() -> None:
    air = AirProcess("clean")
    with pytest.raises(AscpiError, match="not running"):
        air.control(stats=True)
    assert air.stop() == {}


def start(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "ascpi", "air", *words]
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_with_its_statistics(tmp_path: Path, number: signal.Signals) -> None:
    report = tmp_path / "air.json"
    process = start("--seed", "3", "--preset", "harsh", "--json", str(report))
    assert process.stdout is not None
    first = json.loads(process.stdout.readline())
    assert (first["preset"], first["seed"]) == ("harsh", 3)
    assert first["air"].startswith("127.0.0.1:")
    process.send_signal(number)
    output, errors = process.communicate(timeout=10)
    assert (process.returncode, errors) == (0, "")
    assert json.loads(output)["stats"] == json.loads(report.read_text())


def test_it_ends_after_its_time_without_input() -> None:
    output, _ = start("--seconds", "0.3").communicate(timeout=10)
    first, last = (json.loads(line) for line in output.splitlines())
    assert first["seed"] == last["stats"]["seed"]
    assert last["stats"]["lateness"]["median_us"] is None


def test_no_time_is_refused() -> None:
    process = start("--seconds", "0")
    _, errors = process.communicate(timeout=10)
    assert process.returncode == 2
    assert errors.startswith("ascpi: --seconds 0.0")
