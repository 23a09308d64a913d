from ascpi.virtual.options import RadioOptions
from tests.virtual.lab import Lab

STATION = """
import network, time
station = network.WLAN(network.STA_IF)
station.active(True)
print("scan", len(station.scan()))
station.config(pm=station.PM_NONE)
station.connect("lights", "secret")
old = None
while True:
    new = (station.status(), station.isconnected())
    if new != old:
        print("station %d %d" % new, *station.ifconfig()[:2])
    old = new
    time.sleep_ms(2)
"""
CONNECTING, CONNECTED, NO_AP, WRONG = "1001 0", "1010 1", "201 0", "202 0"


def test_a_station_connects_in_its_time_and_follows_the_access_point(lab: Lab) -> None:
    board, lines = lab.board(STATION, bind="127.7.0.3:0", radio=RadioOptions(connect_us=80_000))
    assert lines.numbers("scan") == [1]
    _, asked_us = lines.expect(f"station {CONNECTING} 0.0.0.0")
    _, joined_us = lines.expect(f"station {CONNECTED} 127.7.0.3 255.0.0.0")
    assert 60_000 < joined_us - asked_us < 1_000_000
    assert board.counters()["power_save"] == 0
    board.set_access_point(False)
    lines.expect(f"station {NO_AP} 0.0.0.0 0.0.0.0")
    board.set_access_point(True)
    # The reason stays until there is a connection.
    lines.expect(f"station {CONNECTED}")
    board.set_access_point(True, wrong_password=True)
    lines.expect(f"station {WRONG}")


def test_a_soft_reset_leaves_the_station_connected(lab: Lab) -> None:
    main = """
import network, machine, time
station = network.WLAN()
print("before", station.active(), station.isconnected())
station.active(True)
if not station.isconnected():
    station.connect("lights")
    while not station.isconnected(): time.sleep_ms(1)
    machine.soft_reset()
"""
    _, lines = lab.board(main, radio=RadioOptions(connect_us=1000))
    lines.expect("before False False")
    lines.expect("before True True")


def test_the_station_complains_as_a_board_does(lab: Lab) -> None:
    main = """
import network
station = network.WLAN(network.WLAN.IF_STA)
def attempt(action):
    try:
        action()
    except (OSError, ValueError) as error:
        print("said", error)
attempt(lambda: station.connect("x"))
attempt(station.scan)
station.active(True)
attempt(lambda: station.status("rssi"))
station.connect("x")
attempt(lambda: station.connect("x"))
attempt(lambda: station.config("colour"))
station.disconnect()
print("idle", station.status() == network.STAT_IDLE, station.config("ssid"), station.config("pm"))
"""
    _, lines = lab.board(main)
    for words in ("Not Started", "must be active", "Not Connected", "State Error", "unknown"):
        assert words in lines.expect("said")[0]
    lines.expect("idle True x 1")


def test_an_own_access_point(lab: Lab) -> None:
    main = """
import network
own = network.WLAN(network.AP_IF)
print("before", own.active(), own.ifconfig()[0])
own.config(ssid="field", channel=3)
own.active(True)
print("after", own.isconnected(), own.ifconfig()[0], own.config("ssid"), own.config("channel"))
"""
    _, lines = lab.board(main)
    lines.expect("before False 0.0.0.0")
    # Without a station nobody is connected to it.
    lines.expect("after False 192.168.4.1 field 3")
