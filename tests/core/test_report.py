"""Lines of telemetry; that the host reads them back is for tests/host/test_telemetry.py."""

import hashlib

from ascpi.simulation import SECOND_US, Field, make_node
from ascpi_core.ssep import DROP_REASONS, Tagger
from ascpi_core.telemetry import boot_line, refusal_reasons, report_line


def test_a_report_is_words_with_values() -> None:
    line = report_line(make_node(7, 3, 0, phase=0.25), 0, 12, "mem_free=5")
    words = dict(word.split("=") for word in line.split()[2:])
    assert line.startswith("ASCPI report id=7 epoch=3 up_ms=12 ticks=0 theta=0.25")
    assert (words["state"], words["band"], words["field"]) == ("alone", "loose", "open")
    assert (words["c"], words["mem_free"]) == ("0.0000", "5")
    assert words["claim_us"] == "unknown"
    assert "why" not in words


def test_a_claim_is_told_once_it_is_known() -> None:
    """Unknown alone and while clocks are learnt; then a number of µs, as beacons carry it."""
    field = Field(3, 1)
    words = []
    for seconds in (1, 20):
        field.run_until(seconds * SECOND_US)
        board = field.boards[1]
        assert board.node is not None
        line = report_line(board.node, board.ticks(field.now_us), 0)
        words.append(dict(word.split("=") for word in line.split()[2:])["claim_us"])
        known = board.node.field.claim_us()
    assert words == ["unknown", str(known)]
    assert 20 < known < 500


def test_a_key_is_never_in_a_report() -> None:
    line = report_line(make_node(7, 3, 0, Tagger(b"hunter2", hashlib.sha256)), 0, 0)
    assert "field=keyed" in line
    assert "hunter2" not in line


def test_no_refusals_are_no_words() -> None:
    assert refusal_reasons([0] * len(DROP_REASONS)) == ""


def test_a_boot_says_who_starts() -> None:
    line = boot_line(7, 3, bytes([10, 0, 255, 1, 2, 3]), "1.25.0", "board=virtual")
    assert line.startswith("ASCPI event boot id=7 epoch=3 mac=0a:00:ff:01:02:03 version=")
    assert line.endswith(" micropython=1.25.0 board=virtual")
