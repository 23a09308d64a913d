"""The generated files are those in the checkout, and they hold what they should."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from ascpi_core.layout import BEACON, HEADER, TABLES
from ascpi_core.ssep import DROP_REASONS, TAG_OFFSET
from tests.runtimes.golden import (
    document,
    files,
    message_refusals,
    messages,
    packets,
    refusals,
    trace,
)

# What a datagram's content alone cannot bring about.
HISTORY = {"own", "collision", "old_epoch", "duplicate", "late", "table_full", "stranger"}


@pytest.mark.parametrize("path", files.everything(), ids=lambda path: Path(path).name)
def test_up_to_date(path: Path) -> None:
    assert not files.differs(path, files.everything()[path]), (
        "if the change is meant: python -m tests.runtimes.golden --write"
    )


def test_made_twice_it_is_the_same() -> None:
    assert trace.record() == trace.record()


def test_every_refusal_has_a_vector() -> None:
    cases = [*refusals.sequences(), *message_refusals.sequences()]
    words = {step["refusal"] for case in cases for step in case["steps"]}
    # A mesh hears every field; tests/core/test_two_fields.py has a topology that does not.
    assert words == set(DROP_REASONS) - {"other_field"}
    assert words > HISTORY


def test_every_field_has_vectors_of_its_extremes() -> None:
    for name, offset, width, low, high, _ in (*HEADER, *BEACON):
        if name in ("magic", "version", "kind"):
            continue
        # Types of an extension beyond an echo are passed over: a vector of their own has them.
        assert packets.LARGEST[name] == (31 if name == "mode" else high), name
        assert packets.smallest()[name] == low, name
        if high < (1 << 8 * width) - 1:
            assert refusals.WIDTHS_BITS[name] == 8 * width, (name, offset)


@pytest.mark.parametrize("form", TABLES, ids=lambda form: form[0])
def test_packets_about_glyphs_are_laid_out_by_hand_as_by_the_table(
    form: tuple[str, int, int, tuple[tuple[str, int, int, int, int, str], ...]],
) -> None:
    name, kind, verb, rows = form
    assert messages.FORMS[name][:2] == (kind, verb)
    assert messages.widths(name) == [(field, width) for field, _, width, *_ in rows]
    for field, _, _, low, high, _ in rows:
        if field not in ("state", "verb"):
            assert (messages.smallest_of(name, field), messages.LARGEST[field]) == (low, high)
    spoilt = {vector["name"] for vector in messages.invalid()}
    for field, _, width, low, high, _ in rows:
        if field != "state" and (low or high < (1 << 8 * width) - 1):
            assert any(title.startswith(f"{name}, {field} ") for title in spoilt), field
    assert (f"{name}, byte 55" in spoilt) == (messages.end(name) < TAG_OFFSET)


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
