"""Virtual boards that hear each other's networks: who is there, who may join, who is gone."""

from pathlib import Path
from typing import Any

import pytest

from ascpi.errors import BoardOptionError
from ascpi.virtual import RadioOptions, VirtualBoard, ether
from tests.virtual.lab import Lab, Lines, wait_until

OWN = """
import network, time
own = network.WLAN(network.AP_IF)
own.active(True)
own.config(ssid="field", security=network.AUTH_WPA2_PSK, key="a long word")
own.config(channel=3, max_clients=1)
old = None
while True:
    stations = len(own.status("stations"))
    if stations != old:
        print("stations", stations, own.isconnected())
    old = stations
    time.sleep_ms(5)
"""
STATION = """
import network, time
station = network.WLAN(network.STA_IF)
station.active(True)
station.config(reconnects=0)
for entry in station.scan():
    print("scan", entry[0].decode(), entry[1][1], entry[2], entry[4])
station.connect("field", KEY)
old = None
while True:
    new = (station.status(), station.isconnected())
    if new != old:
        print("station %d %d" % new, *station.ifconfig()[:1])
    old = new
    time.sleep_ms(5)
"""
JOINED, QUIET, ABSENT, WRONG, FULL = "1010 1", "200 0", "201 0", "202 0", "203 0"


def radio(lab: Lab, **more: Any) -> RadioOptions:
    values = {"connect_us": 50_000, "beacon_timeout_us": 300_000, **more}
    return RadioOptions(ether=lab.folder / "ether", **values)


def station(lab: Lab, node_id: int, key: str = "a long word") -> tuple[VirtualBoard, Lines]:
    main = STATION.replace("KEY", repr(key))
    return lab.board(main, node_id, bind=f"127.7.0.{node_id}:0", radio=radio(lab))


def test_a_network_is_joined_by_name_and_password_and_missed_when_it_is_gone(lab: Lab) -> None:
    own, lines = lab.board(OWN, 1, radio=radio(lab))
    lines.expect("stations 0 False")
    _, wrong = station(lab, 2, "another word")
    wrong.expect(f"station {WRONG} 0.0.0.0")
    _, joined = station(lab, 3)
    joined.expect("scan field 165 3 3")
    joined.expect(f"station {JOINED} 127.7.0.3")
    lines.expect("stations 1 True")
    assert ether.networks(lab.folder / "ether") == {1: 1}
    _, late = station(lab, 4)
    late.expect(f"station {FULL}")
    own.kill()
    assert ether.networks(lab.folder / "ether") == {}, "gone with the power"
    joined.expect(f"station {QUIET} 0.0.0.0")
    _, nobody = station(lab, 5)
    nobody.expect(f"station {ABSENT}")


def test_a_station_without_power_is_no_station_any_more(lab: Lab) -> None:
    _, lines = lab.board(OWN, 1, radio=radio(lab))
    board, joined = station(lab, 3)
    joined.expect(f"station {JOINED}")
    lines.expect("stations 1 True")
    board.kill()
    lines.expect("stations 0 False")


def test_who_is_elsewhere_is_not_heard(lab: Lab) -> None:
    own, lines = lab.board(OWN, 1, radio=radio(lab))
    lines.expect("stations 0")
    own.set_place(2)
    _, away = station(lab, 3)
    away.expect(f"station {ABSENT}")
    assert not any("scan" in line for line in away.seen)


def test_more_stations_than_the_chip_takes_are_refused(lab: Lab) -> None:
    main = """
import network
own = network.WLAN(network.AP_IF)
own.active(True)
try:
    own.config(max_clients=5)
except OSError as error:
    print("said", error)
own.config(max_clients=4)
print("most", own.config("max_clients"))
"""
    _, lines = lab.board(main, radio=radio(lab, max_clients=4))
    lines.expect("said (-258, 'ESP_ERR_INVALID_ARG')")
    lines.expect("most 4")


def test_an_ether_that_cannot_be_made_and_a_place_without_one_are_refused(lab: Lab) -> None:
    blocked = lab.folder / "file"
    blocked.write_text("")
    with pytest.raises(BoardOptionError, match=r"ether .*file cannot be used"):
        VirtualBoard(lab.options(radio=RadioOptions(ether=blocked))).start()
    board, _ = lab.board("print('here')", 2)
    with pytest.raises(BoardOptionError, match="has no ether"):
        board.set_place(1)


def test_a_router_comes_and_goes(tmp_path: Path) -> None:
    ether.prepare(tmp_path / "new" / "ether")
    folder = tmp_path / "new" / "ether"
    ether.open_router(folder, "home", "its password")
    assert ether.networks(folder) == {ether.ROUTER_ID: 0}
    for path in folder.iterdir():
        assert "its password" not in path.read_text()
    ether.close_router(folder)
    wait_until(lambda: ether.networks(folder) == {}, "it is gone")
