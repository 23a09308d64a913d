"""Boards that are their own network: one is the access point, and when it goes another is.

The first test runs with the times of the firmware, the others with shorter ones (QUICK).
"""

import dataclasses
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from ascpi.truth.circle import arc
from ascpi.virtual import RadioOptions, VirtualBoard, ether
from tests.firmware.bench import START, Bench, await_report, messages
from tests.firmware.test_field import Truth, all_locked
from tests.virtual.lab import Lines, wait_until

PASSWORD = "a long word"
BEACON_TIMEOUT_US = 400_000
CONNECT_US = 150_000
AT_ONCE = (
    "import ascpi_access_point\nascpi_access_point.first_turn_ms = lambda chance: 0\n" + START
)
QUICK = {
    "ROUND_MS": 400,
    "SLOT_MS": 700,
    "PAUSE_MS": 100,
    "START_SPREAD_MS": 300,
    "LOOK_MS": 100,
    "_CALL_LOOKS": 2,
    "WAIT_MS": 50,
    "REFUSAL_MS": 800,
}
RESTLESS = {"ALONE_SHORTEST_MS": 1000, "ALONE_LONGEST_MS": 1000}


@dataclass
class Field:
    """Boards of one name and one ether."""

    bench: Bench
    main: str | None = None
    constants: Mapping[str, object] = dataclasses.field(default_factory=lambda: QUICK)

    @property
    def ether(self) -> Any:
        return self.bench.folder / "ether"

    def board(
        self, node_id: int, place: int = 0, password: str = PASSWORD, **more: Any
    ) -> tuple[VirtualBoard, Lines]:
        self.ether.mkdir(exist_ok=True)
        ether.put(self.ether, node_id, place)
        radio = RadioOptions(
            ether=self.ether,
            beacon_timeout_us=BEACON_TIMEOUT_US,
            connect_us=CONNECT_US,
            **more.pop("radio", {}),
        )
        settings = {
            "transport": "ap",
            "wifi": {"ssid": "field", "password": password, **more.pop("wifi", {})},
            **more.pop("settings", {}),
        }
        program = self.bench.program(self.main, self.constants)
        return self.bench.board(node_id, program=program, radio=radio, settings=settings, **more)

    def networks(self) -> dict[int, int]:
        return ether.networks(self.ether)

    def await_networks(self, expected: dict[int, int], what: str) -> None:
        wait_until(lambda: self.networks() == expected, f"{what}; there are {self.networks()}")


@pytest.fixture
def field(bench: Bench) -> Field:
    return Field(bench)


def now_us() -> int:
    return time.monotonic_ns() // 1000


def heard(lines: Lines, text: str) -> bool:
    return any(text in line for line in list(lines.seen))


def test_one_is_the_access_point_and_when_it_dies_another_is(bench: Bench) -> None:
    field = Field(bench, AT_ONCE, {})
    _, first = field.board(3, ppm=20.0, phase=0.7, settings={"report_ms": 50})
    first.expect("access point field is up at 192.168.4.1, channel 6, for up to 10 boards")
    truths = {}
    for node_id in (1, 2):
        board, lines = field.board(
            node_id, ppm=-20.0 * node_id, phase=0.1, settings={"report_ms": 50}
        )
        truths[node_id] = Truth(board)
    for node_id in (1, 2):
        bench.lines[node_id].expect("Wi-Fi field joined as 127.0.0.1")
    assert field.networks() == {3: 2}, "exactly one"
    all_locked(bench, [1, 2, 3])
    # Two seconds in lock, for rates to be known: holdover is as good as they are.
    locked_us = now_us()
    wait_until(lambda: now_us() > locked_us + 2_000_000, "two seconds")

    killed_us = now_us()
    bench.boards[3].kill()
    first_in_line, _ = bench.lines[1].expect("Wi-Fi field lost: the access point has gone quiet")
    assert "number 1 in line" in first_in_line, "nobody waits for the dead one"
    _, up_us = bench.lines[1].expect("access point field is up")
    bench.lines[2].expect("Wi-Fi field joined")
    # The beacons' timeout, a look, a round that finds nobody, as long as the station's driver
    # takes for it, and as much again for a busy machine.
    assert up_us - killed_us < 2 * (BEACON_TIMEOUT_US + 500_000 + 750_000)
    assert field.networks() == {1: 1}
    await_report(
        bench.lines[2],
        lambda report: report.state == "locked" and report.peers == 1,
        "the survivors are locked",
    )

    bench.boards[3].restart()
    bench.lines[3].expect("Wi-Fi field joined as 127.0.0.1")
    await_report(
        bench.lines[3],
        lambda report: report.state == "locked" and report.peers == 2,
        "the former access point is locked",
    )
    assert field.networks() == {1: 2}
    end_us = now_us()
    for node_id, truth in truths.items():
        before_us = killed_us - 100_000
        origin = truth.at(before_us)
        moved = [
            arc(point.theta, origin + (point.true_us - before_us) * 1e-6)
            for point in truth.points
            if before_us < point.true_us < end_us
        ]
        assert len(moved) > 50
        # The mean of three crystals is 20 ppm off true time, that of two 30: 0.3 ms in 10 s, and
        # three times as much before a survivor could be said to have jumped.
        assert max(abs(value) for value in moved) < 0.001, f"board {node_id} jumped"
    for lines in (bench.lines[1], bench.lines[2]):
        assert sum("state to=acquiring" in line for line in lines.seen) == 1, "locked once, stays"
        assert not [message for message in messages(lines) if message.is_error]


def test_two_access_points_that_come_to_hear_each_other_become_one(field: Field) -> None:
    for node_id, place in ((1, 0), (2, 0), (3, 5), (4, 5)):
        field.board(node_id, place)
    wait_until(lambda: sorted(field.networks().values()) == [1, 1], "each place has its own")
    low, high = sorted(field.networks())
    assert low in (1, 2)
    assert high in (3, 4)
    bench = field.bench
    for node_id in (1, 2, 3, 4):
        await_report(bench.lines[node_id], lambda report: report.peers == 1, "two hear each other")
    for node_id in (3, 4):
        bench.boards[node_id].set_place(0)
    line, _ = bench.lines[high].expect("giving way")
    assert f"another access point field (node {low}) has 1 stations, this one has 1" in line
    field.await_networks({low: 3}, "the lower address stays, with all as stations")
    all_locked(bench, [1, 2, 3, 4])
    assert not heard(bench.lines[low], "giving way")


def test_an_access_point_given_way_to_in_vain_is_not_believed_again(field: Field) -> None:
    _, low = field.board(1)
    _, high = field.board(2, place=5, password="another word")
    for lines in (low, high):
        lines.expect("access point field is up")
    field.bench.boards[2].set_place(0)
    high.expect("giving way")
    line, _ = high.expect("the password is wrong")
    assert "another group's, give yours another name (wifi.ssid)" in line
    high.expect("access point field is up")
    given_way = sum("giving way" in line for line in high.seen)
    seen = len(high.seen)
    wait_until(lambda: len(high.seen) > seen + 12, "a second beside the other")
    assert given_way == sum("giving way" in line for line in high.seen)
    assert set(field.networks()) == {1, 2}


def test_a_network_of_that_name_with_another_password_is_named_and_not_doubled(
    field: Field,
) -> None:
    field.ether.mkdir()
    ether.open_router(field.ether, "field", "what nobody knows")
    _, lines = field.board(1)
    line, _ = lines.expect("Wi-Fi field: the password is wrong; trying again")
    assert PASSWORD not in line
    await_report(lines, lambda report: report.up_ms > 2000, "well past its turn")
    assert field.networks() == {0: 0}
    ether.close_router(field.ether)
    lines.expect("access point field is up")
    assert not any(PASSWORD in line for line in lines.seen)


def test_a_full_access_point_is_said_to_be_full(field: Field) -> None:
    # As a chip that takes four: the firmware asks for 15, then 10, then 4.
    _, first = field.board(1, radio={"max_clients": 4})
    first.expect("for up to 4 boards")
    stations = [field.board(node_id)[1] for node_id in (2, 3, 4, 5)]
    for lines in stations:
        lines.expect("Wi-Fi field joined")
    _, late = field.board(6)
    late.expect("the access point refused this board: perhaps it has as many as it takes")
    assert field.networks() == {1: 4}
    await_report(first, lambda report: report.words.get("stations") == "4", "it counts them")


def test_an_access_point_that_is_alone_looks_for_one_that_it_cannot_hear_calling(
    field: Field,
) -> None:
    field.constants = {**QUICK, **RESTLESS}
    _, lines = field.board(1)
    lines.expect("access point field is up")
    ether.open_router(field.ether, "field", PASSWORD)
    lines.expect("Wi-Fi field joined")
    assert field.networks() == {0: 1}
    ups = [line for line in lines.seen if "is up at" in line]
    assert len(ups) == 1, "looking round is not told every time"


def test_the_radio_can_be_switched_off_and_on(field: Field) -> None:
    """What a test on real boards does to make an access point go."""
    field.main = (
        "import asyncio\n"
        + "from ascpi_access_point import AccessPoint\n"
        + "mend = AccessPoint._mend\n"
        + "async def mend_once(self):\n"
        + "    await mend(self)\n"
        + "    if self.role == 2 and self.stations:\n"
        + "        AccessPoint._mend = mend\n"
        + "        self.set_radio(False)\n"
        + "        asyncio.create_task(again(self))\n"
        + "async def again(self):\n"
        + "    await asyncio.sleep_ms(1500)\n"
        + "    self.set_radio(True)\n"
        + "AccessPoint._mend = mend_once\n"
        + START
    )
    _, off = field.board(2)
    off.expect("access point field is up")
    field.main = None
    _, other = field.board(1)
    other.expect("Wi-Fi field joined")
    other.expect("Wi-Fi field lost")
    other.expect("access point field is up")
    off.expect("Wi-Fi field joined")
    field.await_networks({1: 1}, "they have changed places")
    all_locked(field.bench, [1, 2])


def test_a_station_that_finds_no_network_names_those_it_hears(field: Field) -> None:
    field.ether.mkdir()
    ether.open_router(field.ether, "Field", PASSWORD)
    _, lines = field.board(1, settings={"transport": "station"})
    lines.expect("Wi-Fi field: no network of that name is heard; trying again in 1 s")
    line, _ = lines.expect("the networks heard on 2.4 GHz are")
    assert "are Field; names are case-sensitive" in line
    ether.open_router(field.ether, "field")
    line, _ = lines.expect("another kind of security: open where a password is set?")
    ether.open_router(field.ether, "field", PASSWORD)
    lines.expect("Wi-Fi field joined")
