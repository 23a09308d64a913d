"""The relay's diary, and what it shows of a delay."""

import socket
from pathlib import Path

import pytest

from ascpi.air.preset import PRESETS
from ascpi.air.process import AirProcess
from ascpi.air.trace import HEAD_BYTES, Passage, Trace, read_trace
from ascpi.errors import AscpiError


def test_passages_are_read_back_and_a_torn_end_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "air"
    written = [Passage(1, number, 10, 20, 30, bytes([number]) * HEAD_BYTES) for number in (2, 3)]
    trace = Trace(path)
    for passage in written:
        trace.add(passage)
    trace.close()
    assert list(read_trace(path)) == written
    path.write_bytes(path.read_bytes()[:-1])
    assert list(read_trace(path)) == written[:1]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(AscpiError, match=r"trace .*nowhere/air cannot be written"):
        AirProcess(trace=tmp_path / "nowhere" / "air").start()


def test_each_delivery_is_written_down_with_the_delay_it_was_promised(tmp_path: Path) -> None:
    path = tmp_path / "air"
    with (
        AirProcess("clean", seed=1, trace=path) as air,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as first,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as second,
    ):
        for station in (first, second):
            station.bind(("127.0.0.1", 0))
            station.settimeout(5.0)
        first.sendto(bytes(64), air.address)
        second.sendto(b"b" * 64, air.address)
        assert first.recv(100) == b"b" * 64
        first.sendto(b"a" * 64, air.address)
        assert second.recv(100) == b"a" * 64
    passages = list(read_trace(path))
    assert [(one.sender, one.receiver, one.head[:1]) for one in passages] == [
        (2, 1, b"b"),
        (1, 2, b"a"),
    ]
    for one in passages:
        assert one.arrived_us + PRESETS["clean"].base_delay_us <= one.due_us <= one.sent_us
