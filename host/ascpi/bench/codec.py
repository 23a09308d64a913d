"""How many beacons are read and written in a second: one by one, and in bulk with NumPy."""

import argparse
import time
from collections.abc import Callable

import numpy as np

from ascpi import bulk
from ascpi.bench.row import Row, report, show
from ascpi_core.layout import BEACON, HEADER
from ascpi_core.ssep import EXTENSION_ECHO, PACKET_BYTES, Beacon, examine_head

SUMMARY = "beacons read and written in a second on CPython, one by one and in bulk"

CLUSTER = 7
SINGLE_PACKETS = 20_000
BULK_PACKETS = 500_000
PASSES = 7

# An hour of 100 nodes is 1.3 million packets at most: a recording is read while one waits.
BULK_DECODE_LEAST = 5e6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """None of its own."""


def run(arguments: argparse.Namespace) -> tuple[dict[str, object], bool]:
    rows = [
        Row("decode_per_s", "the core's Beacon: examined and decoded", rates(*decoding_singly())),
        Row("encode_per_s", "the core's Beacon: encoded", rates(*encoding_singly())),
        Row("bulk_decode_per_s", "ascpi.bulk.decode", rates(*decoding()), BULK_DECODE_LEAST, True),
        Row("bulk_refusals_per_s", "ascpi.bulk.refusals", rates(*judging())),
        Row("bulk_both_per_s", "decoded and judged", rates(*decoding_and_judging())),
        Row("bulk_encode_per_s", "ascpi.bulk.encode", rates(*encoding())),
    ]
    print(f"beacons a second on CPython, {PASSES} passes")
    show(rows, arguments.plain)
    return {"bench": "codec", **report(rows)}, all(row.passed for row in rows)


Work = tuple[Callable[[], object], int]


def rates(work: Callable[[], object], packets: int) -> tuple[float, ...]:
    """Packets a second in each pass, after one that warms up."""
    work()
    measured = []
    for _ in range(PASSES):
        began = time.perf_counter()
        work()
        measured.append(packets / (time.perf_counter() - began))
    return tuple(measured)


def drawn(count: int) -> bulk.Records:
    """Beacons with anything in every field, the same in every run."""
    dice = np.random.default_rng(4)
    fields = np.zeros(count, bulk.FIELDS)
    names = bulk.FIELDS.names or ()
    for name, _, _, low, high, _ in (*HEADER, *BEACON):
        if name in names:
            fields[name] = dice.integers(low, high, count, endpoint=True)
    fields["cluster"] = CLUSTER
    fields["mode"] = fields["mode"] & 0x0F | EXTENSION_ECHO << 4
    return fields


def decoding_singly() -> Work:
    data = bulk.encode(drawn(SINGLE_PACKETS))
    size = PACKET_BYTES
    datagrams = [data[start : start + size] for start in range(0, len(data), size)]
    beacon = Beacon()

    def work() -> None:
        for datagram in datagrams:
            assert not examine_head(datagram, size, CLUSTER)
            beacon.decode(datagram)

    return work, SINGLE_PACKETS


def encoding_singly() -> Work:
    data = bulk.encode(drawn(1))
    beacon = Beacon()
    beacon.decode(data)
    packet = bytearray(PACKET_BYTES)

    def work() -> None:
        for _ in range(SINGLE_PACKETS):
            beacon.encode(packet)

    return work, SINGLE_PACKETS


def decoding() -> Work:
    data = bulk.encode(drawn(BULK_PACKETS))
    return lambda: bulk.decode(data), BULK_PACKETS


def judging() -> Work:
    data = bulk.encode(drawn(BULK_PACKETS))
    return lambda: bulk.refusals(data, CLUSTER), BULK_PACKETS


def decoding_and_judging() -> Work:
    data = bulk.encode(drawn(BULK_PACKETS))
    return lambda: bulk.decode(data)[bulk.refusals(data, CLUSTER) == 0], BULK_PACKETS


def encoding() -> Work:
    fields = drawn(BULK_PACKETS)
    return lambda: bulk.encode(fields), BULK_PACKETS
