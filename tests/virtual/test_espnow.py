"""ESP-NOW on virtual boards: the port's errors, its buffer, and the way through the air."""

from collections.abc import Iterator

import pytest

from ascpi.air.process import AirProcess
from tests.virtual.lab import Lab

COMPLAINTS = """
import espnow, network
now = espnow.ESPNow()
print("one", now is espnow.ESPNow(), now.active(), espnow.MAX_DATA_LEN)
def attempt(action):
    try:
        print("done", action())
    except (OSError, ValueError) as error:
        print("said", *error.args)
peer = b"\\xff" * 6
attempt(lambda: now.send(peer, b"x", False))
now.active(True)
attempt(lambda: now.send(peer, b"x", False))
now.add_peer(peer)
attempt(lambda: now.add_peer(peer))
attempt(lambda: now.send(peer, b"x", False))
network.WLAN(network.STA_IF).active(True)
attempt(lambda: now.send(peer, bytes(251), False))
attempt(lambda: now.send(peer, b"", False))
attempt(lambda: now.recvinto([None, bytearray(64)], 0))
attempt(lambda: now.recvinto([None, bytearray(250)], 0))
attempt(lambda: now.send(peer, bytes(250), False))
print("end", now.get_peer(peer)[2:], now.peer_count(), now.stats())
"""
LISTEN = """
import espnow, network, time
station = network.WLAN(network.STA_IF)
station.active(True)
station.config(channel=6)
now = espnow.ESPNow()
now.config(rxbuf=500)
now.active(True)
print("ready", now.config("rxbuf"))
while now.stats()[3] + now.stats()[4] < 12:
    now.any()
    time.sleep_ms(2)
data = [None, bytearray(250)]
lengths = []
while now.recvinto(data, 0):
    lengths.append(len(data[1]))
    last = data[0], bytes(data[1])
print("lengths", *lengths)
print("last", last[0] == b"\\x02\\xa5\\0\\0\\0\\2", last[1] == bytes(1))
print("counts", *now.stats()[3:])
print("nothing", now.recv(20), now.any())
"""
SEND = """
import espnow, network, time
station = network.WLAN(network.STA_IF)
station.active(True)
station.config(channel=6)
now = espnow.ESPNow()
now.active(True)
now.add_peer(b"\\xff" * 6)
time.sleep_ms(300)
for length in (1, 64, 250) * 4:
    now.send(b"\\xff" * 6, bytes(length), False)
print("sent", *now.stats())
"""


@pytest.fixture
def air() -> Iterator[AirProcess]:
    made = AirProcess(preset="clean", seed=1)
    made.start()
    yield made
    made.stop()


def test_it_complains_as_a_board_does(lab: Lab) -> None:
    _, lines = lab.board(COMPLAINTS)
    lines.expect("one True False 250")
    for words in (
        "said -12389 ESP_ERR_ESPNOW_NOT_INIT",
        "said -12393 ESP_ERR_ESPNOW_NOT_FOUND",
        "said -12395 ESP_ERR_ESPNOW_EXIST",
        "said -12396 ESP_ERR_ESPNOW_IF",
        "said -12390 ESP_ERR_ESPNOW_ARG",
        "said -12390 ESP_ERR_ESPNOW_ARG",
        "said invalid buffer length",
        "done 0",
        "done True",
        "end (0, 0, False) (1, 0) (1, 1, 0, 0, 0)",
    ):
        line, _ = lines.expect("said" if words.startswith("said") else words)
        assert words in line


def test_messages_come_one_by_one_and_a_full_buffer_drops(lab: Lab, air: AirProcess) -> None:
    broadcast = f"{air.address[0]}:{air.address[1]}"
    _, heard = lab.board(LISTEN, 1, broadcast=broadcast)
    heard.expect("ready 500")
    _, sent = lab.board(SEND, 2, broadcast=broadcast)
    sent.expect("sent 12 12 0 0 0")
    # 500 bytes hold 14 + 77 + 263, then 14 + 77 again, then only the shortest.
    heard.expect("lengths 1 64 250 1 64 1 1")
    heard.expect("last True True")
    heard.expect("counts 7 5")
    heard.expect("nothing (None, None) False")
