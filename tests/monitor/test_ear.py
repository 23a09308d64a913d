"""Packets overheard: what they say, and why some say nothing."""

import pytest

from ascpi.monitor.ear import CHECKED, GONE_AFTER_US, NODES_MOST, OPEN, UNCHECKED, Ear
from tests.core.packets import message_packet
from tests.monitor.synthetic import packet

KEY = "a secret of this test"


def test_a_beacon_in_plain_units() -> None:
    heard = Ear().take(bytes(packet(7, glyph_count=2, energy=900, address=513)), 0)
    assert heard is not None
    assert (heard.node_id, heard.state, heard.band) == (7, "locked", "shared")
    assert (heard.theta, heard.claim_us, heard.glyphs, heard.energy) == (0.25, 35, 2, 900)
    assert heard.coherence == pytest.approx(0.9995, abs=1e-4)
    assert heard.tag == OPEN
    assert heard.line.startswith("ASCPI beacon id=7 epoch=3 sequence=0 ticks=1000000 theta=0.25")
    assert heard.words["field_address"] == "513"


def test_no_claim_is_no_number() -> None:
    heard = Ear().take(bytes(packet(claim_us=0xFFFF)), 0)
    assert heard is not None
    assert heard.claim_us is None
    assert heard.words["claim_us"] == "unknown"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"hello", "length"),
        (bytes(64), "foreign"),
        (bytes(packet(cluster=3)), "cluster"),
        (bytes(packet(node_id=0)), "field"),
        (bytes(packet()[:2]) + b"\x09" + bytes(packet()[3:]), "version"),
        (bytes(packet()[:3]) + b"\x77" + bytes(packet()[4:]), "kind"),
        (bytes(65), "length"),
    ],
)
def test_reasons(data: bytes, reason: str) -> None:
    ear = Ear()
    assert ear.take(data, 0) is None
    assert ear.refused() == {reason: 1}


def test_with_a_key_only_what_is_right_is_heard() -> None:
    ear = Ear(key=KEY)
    heard = ear.take(bytes(packet(key=KEY)), 0)
    assert heard is not None
    assert heard.tag == CHECKED
    assert ear.take(bytes(packet(sequence=1)), 0) is None
    assert ear.take(bytes(packet(sequence=1, key="another")), 0) is None
    assert ear.refused() == {"untagged": 1, "forged": 1}
    assert ear.counters[0] == 1


def test_without_one_a_tagged_packet_is_shown_unchecked() -> None:
    heard = Ear().take(bytes(packet(key=KEY)), 0)
    assert heard is not None
    assert heard.tag == UNCHECKED


def test_duplicates_and_what_was_overtaken() -> None:
    ear = Ear()
    assert ear.take(bytes(packet(sequence=5)), 0) is not None
    assert ear.take(bytes(packet(sequence=5)), 0) is None
    assert ear.take(bytes(packet(sequence=4)), 0) is None
    assert ear.take(bytes(packet(sequence=6)), 0) is not None
    assert ear.refused() == {"duplicate": 1, "late": 1}


def test_packets_about_glyphs_are_checked_and_say_nothing_here() -> None:
    ear = Ear()
    assert ear.take(message_packet("glyph", sequence=1), 0) is None
    assert ear.take(bytes(packet(2, sequence=4, epoch=1)), 0) is not None
    assert ear.take(message_packet("commit", sequence=3), 0) is None
    assert (ear.counters[0], ear.refused()) == (3, {})
    assert ear.take(message_packet("commit", sequence=3), 0) is None
    assert ear.take(message_packet("offer", sequence=5, node_id=1 << 29, theta=1 << 28), 0) is None
    assert ear.refused() == {"duplicate": 1, "field": 1}


def test_an_older_life_is_a_replay_until_the_id_is_silent() -> None:
    ear = Ear()
    assert ear.take(bytes(packet(epoch=3)), 0) is not None
    assert ear.take(bytes(packet(epoch=4)), 1) is not None
    assert ear.take(bytes(packet(epoch=3, sequence=9)), 2) is None
    assert ear.refused() == {"old_epoch": 1}
    # Its flash was erased: its boots count anew.
    assert ear.take(bytes(packet(epoch=1)), GONE_AFTER_US + 1) is not None
    keyed = Ear(key=KEY)
    assert keyed.take(bytes(packet(epoch=4, key=KEY)), 0) is not None
    assert keyed.take(bytes(packet(epoch=3, key=KEY)), 10 * GONE_AFTER_US) is None


def test_a_life_that_counts_like_the_last_one_is_believed_after_a_silence() -> None:
    ear = Ear()
    assert ear.take(bytes(packet(epoch=1, sequence=50)), 0) is not None
    assert ear.take(bytes(packet(epoch=1, sequence=3)), 1_000_000) is None
    assert ear.take(bytes(packet(epoch=1, sequence=4)), GONE_AFTER_US) is not None
    assert ear.take(bytes(packet(epoch=1, sequence=5)), GONE_AFTER_US + 1) is not None
    keyed = Ear(key=KEY)
    assert keyed.take(bytes(packet(epoch=1, sequence=50, key=KEY)), 0) is not None
    assert keyed.take(bytes(packet(epoch=1, sequence=4, key=KEY)), GONE_AFTER_US) is None


def test_a_beacon_overtaken_by_news_of_a_glyph_is_news() -> None:
    ear = Ear()
    assert ear.take(bytes(packet(2, sequence=1, epoch=1)), 0) is not None
    assert ear.take(message_packet("glyph", sequence=3), 0) is None
    assert ear.take(bytes(packet(2, sequence=2, epoch=1)), 0) is not None
    assert ear.refused() == {}


def test_noise_does_not_fill_the_memory() -> None:
    ear = Ear()
    for node_id in range(1, NODES_MOST + 3):
        ear.take(bytes(packet(node_id)), 0)
    assert ear.refused() == {"table_full": 2}
