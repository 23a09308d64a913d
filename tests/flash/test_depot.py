"""Data for many boards: once written, once compressed."""

import zlib
from pathlib import Path

from ascpi.flash.depot import COMPRESSED, Depot


def test_the_same_data_is_one_file() -> None:
    depot = Depot()
    data = bytes(range(256)) * 100
    path = depot.put(data)
    assert depot.put(bytes(data)) == path
    assert depot.put(data + b"!") != path
    assert path.read_bytes() == data
    compressed = path.with_suffix(COMPRESSED).read_bytes()
    assert len(compressed) < len(data)
    assert zlib.decompress(compressed) == data
    depot.close()
    assert not Path(path).exists()
