"""Many beacons at once, with NumPy: decode, judge and encode as the core does one by one.

For recordings and statistics. What `ascpi_core.ssep` does with a packet in Python, these do
with a million of them; the fields, their places and their ranges come from `ascpi_core.layout`,
and tests hold the two together.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ascpi.errors import AscpiError
from ascpi_core.layout import BEACON, HEADER
from ascpi_core.ssep import (
    DROP_CLUSTER,
    DROP_FIELD,
    DROP_FOREIGN,
    DROP_KIND,
    DROP_VERSION,
    EXTENSION_ECHO,
    KIND_BEACON,
    MAGIC_HIGH,
    MAGIC_LOW,
    PACKET_BYTES,
    SSEP_VERSION,
    TAG_OFFSET,
)

Records = npt.NDArray[np.void]
Codes = npt.NDArray[np.uint8]
Column = npt.NDArray[np.unsignedinteger]

# Bytes of a chunk that is worked on while it lies in a processor's cache.
CHUNK_PACKETS = 2048

_READ_AS = {1: "u1", 2: "<u2", 3: "<u4", 4: "<u4"}
_KEPT_AS = {1: "u1", 2: "u2", 3: "u4", 4: "u4"}

_FIELDS = tuple(
    (name, offset, width, low, high) for name, offset, width, low, high, _ in (*HEADER, *BEACON)
)
_HEAD = ("magic", "version", "kind")
_ECHO = ("echo_id", "echo_timestamp", "echo_age")
"""In the extension of a beacon, where that is an echo; else they are 0."""

# Where packets lie: fields of three bytes are seen with a fourth that is not theirs.
WIRE = np.dtype(
    {
        "names": [name for name, *_ in _FIELDS] + ["tag"],
        "formats": [_READ_AS[width] for _, _, width, *_ in _FIELDS] + ["u8"],
        "offsets": [offset for _, offset, *_ in _FIELDS] + [TAG_OFFSET],
        "itemsize": PACKET_BYTES,
    }
)

FIELDS = np.dtype([(name, _KEPT_AS[width]) for name, _, width, *_ in _FIELDS if name not in _HEAD])
"""The fields of a beacon, as `ascpi_core.ssep.Beacon` names them."""


class BulkError(AscpiError):
    """Bytes or values that cannot be packets."""


def packets(data: bytes | bytearray | memoryview) -> Records:
    """The packets in `data`, where they lie; nothing is copied."""
    if len(data) % PACKET_BYTES:
        raise BulkError(
            f"{len(data)} bytes are no whole number of packets of {PACKET_BYTES}: "
            "leave out what is not 64 bytes long"
        )
    return np.frombuffer(data, WIRE)


def decode(data: bytes | bytearray | memoryview) -> Records:
    """The fields of every packet (dtype `FIELDS`), sensible or not: see `refusals`."""
    seen = packets(data)
    fields = np.empty(len(seen), FIELDS)
    for start in range(0, len(seen), CHUNK_PACKETS):
        chunk, kept = seen[start : start + CHUNK_PACKETS], fields[start : start + CHUNK_PACKETS]
        for name, _, width, *_ in _FIELDS:
            if name in _HEAD:
                continue
            if width == 3:
                np.bitwise_and(chunk[name], 0xFFFFFF, out=kept[name])
            else:
                kept[name] = chunk[name]
        without = ~_has_echo(chunk)
        for name in _ECHO:
            kept[name][without] = 0
    return fields


def _has_echo(records: Records) -> npt.NDArray[np.bool_]:
    found: npt.NDArray[np.bool_] = records["mode"] >> 4 == EXTENSION_ECHO
    return found


def refusals(data: bytes | bytearray | memoryview, cluster: int) -> Codes:
    """The `ascpi_core.ssep` code of every packet by its form.

    FOREIGN, VERSION, KIND, CLUSTER, FIELD or ACCEPTED: tags are not looked at, nor the order.
    KIND is whatever is no beacon, packets about glyphs included.
    """
    seen = packets(data)
    codes = np.zeros(len(seen), np.uint8)
    for start in range(0, len(seen), CHUNK_PACKETS):
        _judge(seen[start : start + CHUNK_PACKETS], cluster, codes[start : start + CHUNK_PACKETS])
    return codes


def _judge(chunk: Records, cluster: int, codes: Codes) -> None:
    """From the last reason to the first: what comes first in order is written last."""
    codes[_out_of_range(chunk)] = DROP_FIELD
    codes[chunk["cluster"] != cluster] = DROP_CLUSTER
    codes[chunk["kind"] != KIND_BEACON] = DROP_KIND
    codes[chunk["version"] != SSEP_VERSION] = DROP_VERSION
    codes[chunk["magic"] != MAGIC_LOW | MAGIC_HIGH << 8] = DROP_FOREIGN


def _out_of_range(chunk: Records) -> npt.NDArray[np.bool_]:
    wrong = np.zeros(len(chunk), np.bool_)
    for name, _, width, low, high in _FIELDS:
        if name in _HEAD:
            continue
        if high < (1 << 8 * width) - 1:
            above = chunk[name] > high
            wrong |= above & _has_echo(chunk) if name in _ECHO else above
        if low > 0:
            wrong |= chunk[name] < low
    return wrong


def encode(fields: Records) -> bytes:
    """Open packets of the fields (dtype `FIELDS`), one after the other; the tags are 0."""
    _check(fields)
    data = np.zeros(len(fields), WIRE)
    data["magic"] = MAGIC_LOW | MAGIC_HIGH << 8
    data["version"] = SSEP_VERSION
    data["kind"] = KIND_BEACON
    raw = data.view(np.uint8).reshape(-1, PACKET_BYTES)
    for name, offset, width, *_ in _FIELDS:
        if name in _HEAD:
            continue
        if width == 3:
            # A fourth byte would belong to the neighbour.
            column = np.ascontiguousarray(fields[name], "<u4").view(np.uint8).reshape(-1, 4)
            raw[:, offset : offset + 3] = column[:, :3]
        else:
            data[name] = fields[name]
    return data.tobytes()


def _check(fields: Records) -> None:
    if fields.dtype != FIELDS or fields.ndim != 1:
        raise BulkError("encode takes a one-dimensional array of dtype ascpi.bulk.FIELDS")
    for name, _, _, low, high in _FIELDS:
        if name in _HEAD:
            continue
        column = fields[name]
        wrong = np.flatnonzero((column < low) | (column > high))
        if len(wrong):
            raise BulkError(
                f"packet {wrong[0]}: {name} is {column[wrong[0]]}, give {low} to {high}"
            )


def table(rows: Sequence[dict[str, int]]) -> Records:
    """An array for `encode` from one dictionary for each packet; what is left out is 0."""
    fields = np.zeros(len(rows), FIELDS)
    for index, row in enumerate(rows):
        for name, value in row.items():
            fields[name][index] = value
    return fields
