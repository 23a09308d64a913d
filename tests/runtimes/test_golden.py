"""The generated files are those in the checkout, and they hold what they should."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from ascpi_core import refusal, wire
from tests.runtimes.golden import document, files, packets, refusals, trace

# What a datagram's content alone cannot bring about.
HISTORY = {"own", "collision", "old_epoch", "duplicate", "late", "table_full"}


@pytest.mark.parametrize("path", files.everything(), ids=lambda path: Path(path).name)
def test_up_to_date(path: Path) -> None:
    assert not files.differs(path, files.everything()[path]), (
        "if the change is meant: python -m tests.runtimes.golden --write"
    )


def test_made_twice_it_is_the_same() -> None:
    assert trace.record() == trace.record()


def test_every_refusal_has_a_vector() -> None:
    words = {step["refusal"] for case in refusals.sequences() for step in case["steps"]}
    assert words == set(refusal.NAMES)
    assert words > HISTORY


def test_every_field_has_vectors_of_its_extremes() -> None:
    for name, offset, width, low, high, _ in (*wire.HEADER, *wire.BEACON):
        if name in ("magic", "version", "kind"):
            continue
        assert packets.LARGEST[name] == high, name
        assert packets.smallest()[name] == low, name
        if high < (1 << 8 * width) - 1:
            assert refusals.WIDTHS_BITS[name] == 8 * width, (name, offset)


def test_the_trace_has_what_is_hard() -> None:
    rows = trace.record()["rows"]
    kinds = {row[0] for row in rows}
    assert kinds == {
        "tick",
        "poll",
        "receive",
        "noise",
        "event",
        "deadline",
        "until",
        "restart",
        "state",
    }
    for node in range(3):
        ticks = [row[2] for row in rows if row[0] == "tick" and row[1] == node]
        assert any(later < earlier for earlier, later in pairwise(ticks)) == (node != 1)
        assert {row[3] for row in rows if row[0] == "tick" and row[1] == node} == {0, 1, 2}
    said = {row[4] for row in rows if row[0] == "receive"}
    assert {"accepted", "own", "duplicate", "late"} <= said
    assert {"joined", "silent", "restarted", "state", "band"} <= {
        row[2] for row in rows if row[0] == "event"
    }


def test_the_vectors_are_plain_data() -> None:
    for path, text in files.everything().items():
        if path.suffix == ".json":
            assert "about" in json.loads(text)


def test_a_block_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "ssep.md"
    path.write_text(document.PATH.read_text("utf-8").replace("<!-- made: tag -->", ""), "utf-8")
    monkeypatch.setattr(document, "PATH", path)
    with pytest.raises(ValueError, match="no block for tag"):
        document.with_blocks()
