"""Boards that send to each other by ESP-NOW: no access point, no addresses, one channel."""

import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ascpi.virtual import VirtualBoard
from tests.firmware.bench import Bench, await_report, events, messages
from tests.firmware.test_field import Truth, all_locked
from tests.virtual.lab import Lines, wait_until

NO_MEM = 0x3067
CHANNEL = 6
EVERYBODY = b"\xff" * 6
STRANGER_ID = 99


def board(bench: Bench, node_id: int, **more: Any) -> tuple[VirtualBoard, Lines]:
    settings = {"transport": "espnow", **more.pop("settings", {})}
    return bench.board(node_id, settings=settings, **more)


@contextmanager
def stranger(bench: Bench) -> Iterator[Any]:
    """Sends messages by ESP-NOW as a board of another maker would: any length and content."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:

        def send(message: bytes, channel: int = CHANNEL) -> None:
            mac = b"\x02\xee" + struct.pack(">I", STRANGER_ID)
            head = b"ESPNOW" + EVERYBODY + mac + bytes([channel]) + struct.pack("<I", STRANGER_ID)
            sender.sendto(head + message, bench.air.address)

        yield send


def test_three_boards_lock_and_one_that_was_killed_rejoins(bench: Bench) -> None:
    ids = [1, 2, 3]
    truths = {}
    for node_id in ids:
        made, lines = board(
            bench,
            node_id,
            ppm=20.0 * (node_id - 2),
            phase=0.3 * node_id,
            settings={"report_ms": 50, "key": "sesame, open"},
        )
        truths[node_id] = Truth(made)
        lines.expect("ESP-NOW is up on channel 6")
    all_locked(bench, ids)
    bench.boards[3].kill()
    bench.boards[3].restart()
    await_report(
        bench.lines[3],
        lambda report: report.epoch == 2 and report.state == "locked" and report.peers == 2,
        "board 3 is locked again",
    )
    last_us = min(truth.points[-1].true_us for truth in truths.values())
    phases = [truth.at(last_us) for truth in truths.values()]
    assert max(phases) - min(phases) < 0.01 or max(phases) - min(phases) > 0.99
    for lines in bench.lines.values():
        assert not [message for message in messages(lines) if message.is_error]


def test_they_lock_though_one_message_in_five_is_lost(bench: Bench) -> None:
    bench.air.control(loss=0.2)
    for node_id in (1, 2, 3):
        board(bench, node_id, ppm=30.0 * (node_id - 2), phase=0.3 * node_id)
    all_locked(bench, [1, 2, 3])


def test_other_lengths_and_foreign_messages_are_counted_by_reason(bench: Bench) -> None:
    _, lines = board(bench, 7)
    await_report(lines, lambda report: int(report.words["sent"]) > 0, "the board is up")
    with stranger(bench) as send:
        send(b"short")
        send(b"\xcf\x80" + bytes(248))
        send(bytes(64))
        send(bytes(64), channel=CHANNEL + 1)  # not heard at all
        send(b"\xcf\x80\x63\x01" + bytes(60))
    report = await_report(lines, lambda report: report.words["refused"] == "4", "four are refused")
    assert report.words["why"] == "length:2,foreign:1,version:1"
    # None was merged with another, and the next good one is taken.
    board(bench, 8)
    await_report(lines, lambda report: report.peers == 1, "a good packet after the bad ones")


def test_a_radio_that_takes_nothing_is_said_started_anew_and_counted(bench: Bench) -> None:
    made, lines = board(bench, 7)
    board(bench, 8)
    await_report(lines, lambda report: report.peers == 1, "the boards meet")
    made.set_espnow_fault(NO_MEM)
    line, _ = lines.expect("ESP-NOW failed (")
    assert "ESP_ERR_ESPNOW_NO_MEM" in line
    assert "starting it anew in 500 ms" in line
    made.set_espnow_fault(0)
    report = await_report(lines, lambda report: "unsent" in report.words, "it is counted")
    assert int(report.words["unsent"]) >= 1
    sent = int(report.words["sent"])
    await_report(
        bench.lines[8],
        lambda report: report.peers == 1,
        "the other hears it, or hears it again",
    )
    await_report(lines, lambda report: int(report.words["sent"]) > sent + 5, "it sends again")
    assert not any(event.name == "boot" for event in events(lines)[1:]), "no watchdog, no crash"


def test_boards_on_another_channel_do_not_hear_and_a_joined_board_stays_deaf(bench: Bench) -> None:
    _, lines = board(bench, 7)
    _, other = board(bench, 8, settings={"wifi": {"channel": 11}})
    _, udp = bench.board(9)
    other.expect("ESP-NOW is up on channel 11")
    for seen in (lines, other, udp):
        report = await_report(seen, lambda report: int(report.words["sent"]) > 5, "it sends")
        assert report.words["heard"] == "0"
        assert report.words["refused"] == "0"


def test_a_packet_read_or_sent_allocates_nothing(bench: Bench) -> None:
    """With the port's part, which allocates nothing either, replaced by one that does not."""
    main = """
import gc, micropython, sys
class Module:
    MAX_DATA_LEN = 250
class ESPNow:
    is_on = False
    def active(self, on=None):
        if on is not None:
            self.is_on = on
        return self.is_on
    def config(self, rxbuf):
        pass
    def add_peer(self, mac):
        pass
    def send(self, mac, message, sync):
        return True
    def recvinto(self, data, timeout_ms):
        data[1][5] = 77
        return 64
Module.ESPNow = ESPNow
sys.modules["espnow"] = Module
from ascpi_espnow import EspNow
from ascpi_start import read_settings
def measure(transport, packet):
    gc.collect()
    gc.disable()
    before = gc.mem_alloc()
    micropython.heap_lock()
    for _ in range(100):
        length = transport.read(packet)
        sent = transport.is_open and transport.send(packet)
    micropython.heap_unlock()
    return gc.mem_alloc() - before, length, sent
transport = EspNow(read_settings(), print)
transport._start()
packet = bytearray(64)
measure(transport, packet)
print("allocated", *measure(transport, packet), packet[5])
"""
    _, lines = bench.board(7, program=bench.program(main), settings={"transport": "espnow"})
    line, _ = lines.expect("allocated ")
    assert line == "allocated 0 64 True 77"


def test_soft_reset_starts_the_radio_anew(bench: Bench) -> None:
    made, lines = board(bench, 7)
    lines.expect("ESP-NOW is up")
    made.send(b"\x03")
    lines.expect("the REPL is open")
    made.send(b"\x04")
    lines.expect("epoch=2 ")
    lines.expect("ESP-NOW is up")
    board(bench, 8)
    await_report(lines, lambda report: report.peers == 1, "it hears and is heard")
    wait_until(
        lambda: any("peers=1" in line for line in bench.lines[8].seen), "the other hears it, too"
    )
