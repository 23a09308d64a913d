"""Telemetry: what the core writes, the host reads; anything else does not upset it."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi.telemetry import Event, Message, Report, parse
from ascpi_core.lines import TELEMETRY_PREFIX, error_line, note_line
from ascpi_core.node import Node
from ascpi_core.peers import EVENT_COLLISION, EVENT_JOINED, EVENT_NAMES, EVENT_STATE_CHANGED
from ascpi_core.phase import LOCKED
from ascpi_core.settings import ROWS, NodeSettings, check_settings
from ascpi_core.telemetry import decimals, event_line, report_line


def make_node(**settings: object) -> Node:
    values, mistakes = check_settings({"id": 7, "phase": 0.25, **settings}, ROWS)
    assert not mistakes
    return Node(NodeSettings(values), epoch=3, seed=1, now=0)


def test_a_report_comes_back_as_it_was() -> None:
    node = make_node(dphi=0.19, kappa=0.11)
    line = report_line(node, 100_000, 1234, "mem_free=99")
    parsed = parse(line)
    assert isinstance(parsed, Report)
    assert (parsed.node_id, parsed.epoch, parsed.up_ms, parsed.ticks) == (7, 3, 1234, 100_000)
    assert parsed.theta == pytest.approx(0.35, abs=1e-6)
    assert parsed.phase == node.theta(100_000), "9 decimals carry 2^-28 turn"
    assert (parsed.state, parsed.band, parsed.coherence) == ("alone", "loose", 0.0)
    assert parsed.words["dphi"] == "0.1900"
    assert parsed.words["kappa"] == "0.1100"
    assert parsed.words["field"] == "open"
    assert parsed.words["mem_free"] == "99"
    assert "why" not in parsed.words


def test_a_claim_is_a_number_or_unknown() -> None:
    line = report_line(make_node(), 0, 0)
    unknown = parse(line)
    assert isinstance(unknown, Report)
    assert (unknown.claim_us, unknown.words["claim_us"]) == (None, "unknown")
    known = parse(line.replace("claim_us=unknown", "claim_us=73"))
    assert isinstance(known, Report)
    assert known.claim_us == 73
    older = parse(line.replace("claim_us=unknown ", ""))
    assert isinstance(older, Report)
    assert older.claim_us is None
    assert parse(line.replace("claim_us=unknown", "claim_us=7x")) is None


def test_refusals_are_told_by_reason() -> None:
    node = make_node()
    node.receive(b"", 0, 0)
    node.receive(bytes(64), 64, 0)
    node.receive(bytes(64), 64, 0)
    parsed = parse(report_line(node, 0, 0))
    assert isinstance(parsed, Report)
    assert parsed.words["refused"] == "3"
    assert parsed.words["why"] == "empty:1,foreign:2"


def test_events_read_as_words_and_as_sentences() -> None:
    assert parse(event_line(EVENT_JOINED, 5)) == Event("joined", {"peer": "5"})
    assert parse(event_line(EVENT_STATE_CHANGED, LOCKED)) == Event("state", {"to": "locked"})
    collision = parse(event_line(EVENT_COLLISION, 5))
    assert isinstance(collision, Event)
    assert collision.words == {"peer": "5"}
    assert "give each its own" in collision.text


def test_every_event_has_a_line() -> None:
    for event in range(len(EVENT_NAMES)):
        parsed = parse(event_line(event, 1))
        assert isinstance(parsed, Event)
        assert parsed.name == EVENT_NAMES[event]


def test_messages_stay_on_one_line() -> None:
    assert parse(error_line("first\nsecond")) == Message("first | second", True)
    assert parse(note_line("all well")) == Message("all well", False)


@given(st.text())
def test_any_other_line_is_passed_over(text: str) -> None:
    if not text.strip().startswith(TELEMETRY_PREFIX):
        assert parse(text) is None


@given(st.text(), st.integers(0, 300))
def test_a_report_that_was_cut_or_garbled_raises_nothing(noise: str, length: int) -> None:
    line = report_line(make_node(), 0, 0)[:length] + noise
    parse(line)


@given(st.integers(-(1 << 29), 1 << 29), st.integers(0, 28), st.integers(1, 9))
def test_decimals_are_the_number_rounded(value: int, scale_bits: int, digits: int) -> None:
    text = decimals(value, scale_bits, digits)
    assert len(text.partition(".")[2]) == digits
    error = abs(Fraction(text) - Fraction(value, 1 << scale_bits))
    assert error * 2 * 10**digits <= 1
