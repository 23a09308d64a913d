"""docs/ssep.md: what it says is so. (Its tables are compared in test_golden.py.)"""

import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from ascpi_core.layout import BEACON, HEADER
from ascpi_core.ssep import (
    ACCEPTED,
    DROP_REASONS,
    PACKET_BYTES,
    TAG_BYTES,
    TAG_OFFSET,
    Beacon,
    examine_head,
)
from tests.runtimes.golden import document, packets

DEADLINE_S = 20.0


@pytest.fixture
def text() -> str:
    return document.PATH.read_text("utf-8")


def listing(text: str) -> str:
    found = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(found) == 1
    return str(found[0])


def test_the_table_covers_every_byte_once() -> None:
    end = 0
    for _, offset, width, *_ in (*HEADER, *BEACON):
        assert offset == end
        end += width
    assert end == TAG_OFFSET
    assert end + TAG_BYTES == PACKET_BYTES


def test_every_refusal_has_its_place_in_the_order(text: str) -> None:
    order = text.split("The first reason in this order")[1].split("##")[0]
    for name in DROP_REASONS[1:]:
        assert f"`{name}`" in order, name


def test_the_example_is_a_packet(text: str) -> None:
    shown = text.split("<!-- made: example -->")[1].split("```")[1]
    packet = bytes.fromhex(shown)
    beacon = Beacon()
    assert examine_head(packet, len(packet), packets.EXAMPLE["cluster"]) == ACCEPTED
    assert beacon.decode(packet) == ACCEPTED
    assert (beacon.node_id, beacon.echo_id) == (2, 5)
    assert packet == packets.signed(packet, packets.EXAMPLE_KEY)


def test_the_listener_is_short(text: str) -> None:
    assert sum(bool(line.strip()) for line in listing(text).splitlines()) <= 20


def test_the_listener_hears(text: str, tmp_path: Path) -> None:
    """Good packets among others, sent until it is there to hear them."""
    path = tmp_path / "listener.py"
    path.write_text(listing(text), "utf-8")
    good = packets.pack(packets.EXAMPLE)
    others = [b"", good[:40], good + b"!", bytes(64), packets.signed(good, b"key")]
    others += [packets.pack(packets.EXAMPLE | {"node_id": 0})]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.0.0.1", 0))
        port = free_port()
        process = subprocess.Popen(
            [sys.executable, str(path), str(port)], stdout=subprocess.PIPE, encoding="utf-8"
        )
        try:
            line = heard(process, sender, [*others, good], port)
        finally:
            process.kill()
            process.communicate()
    assert line == "node 2 of 7: Θ 0.2400, C 0.995 shared"


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def heard(
    process: "subprocess.Popen[str]", sender: socket.socket, datagrams: list[bytes], port: int
) -> str:
    assert process.stdout is not None
    stream = process.stdout
    lines: list[str] = []
    reader = threading.Thread(target=lambda: lines.append(stream.readline()), daemon=True)
    reader.start()
    deadline = time.monotonic() + DEADLINE_S
    while not lines and time.monotonic() < deadline:
        for datagram in datagrams:
            sender.sendto(datagram, ("127.0.0.1", port))
        reader.join(0.05)
    assert lines, "the listener printed nothing"
    return lines[0].strip()
