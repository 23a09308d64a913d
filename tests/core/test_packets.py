"""Encoding and decoding of packets about glyphs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ascpi_core.glyphs.glyph import STATE_BYTES
from ascpi_core.glyphs.messages import Message
from ascpi_core.layout import HEADER, TABLES
from ascpi_core.ssep import (
    ACCEPTED,
    DROP_FIELD,
    KIND_BEACON,
    KIND_LAST,
    PACKET_BYTES,
    TAG_OFFSET,
    examine_head,
)
from tests.core.packets import FORMS, message_packet

HEAD = HEADER[3:]
ROWS = {name: (*HEAD, *rows) for name, _, _, rows in TABLES}
STATES = {
    name: size for name, rows in ROWS.items() for field, _, size, *_ in rows if field == "state"
}


def values(form: str) -> st.SearchStrategy[dict[str, Any]]:
    """Any fields of this form that its table allows."""
    return st.fixed_dictionaries(
        {
            name: st.binary(min_size=size, max_size=size)
            if name == "state"
            else st.integers(low, high)
            for name, _, size, low, high, _ in ROWS[form]
            if name != "verb"
        }
    )


packets = st.sampled_from(sorted(FORMS)).flatmap(
    lambda form: st.tuples(st.just(form), values(form))
)


def extreme(form: str, most: bool) -> dict[str, Any]:
    return {
        name: (b"\xff" if most else b"\0") * size if name == "state" else high if most else low
        for name, _, size, low, high, _ in ROWS[form]
        if name != "verb"
    }


def contents(message: Message) -> dict[str, object]:
    return {name: bytes(v) if name == "state" else v for name, v in vars(message).items()}


def filled() -> Message:
    """One whose fields no packet of a test has."""
    message = Message()
    for number, name in enumerate(vars(message)):
        if name != "state":
            setattr(message, name, -number)
    message.state[:] = b"\x5a" * STATE_BYTES
    return message


@given(packets)
def test_what_was_encoded_is_decoded(given: tuple[str, dict[str, Any]]) -> None:
    form, fields = given
    encoded = message_packet(form, **fields)
    decoded = filled()
    assert examine_head(encoded, len(encoded), fields["cluster"]) == ACCEPTED
    assert decoded.decode(encoded) == ACCEPTED
    kind, verb = FORMS[form]
    assert decoded.message_kind == kind
    assert not verb or decoded.verb == verb
    found = contents(decoded)
    for name, value in fields.items():
        if name == "state":
            value = value + bytes(STATE_BYTES - len(value))
        assert found[name] == value, name
    # Those of other kinds are left alone.
    untouched = contents(filled())
    for name in found.keys() - fields.keys() - {"message_kind", "verb"}:
        assert found[name] == untouched[name], name
    again = bytearray(b"\xff" * 64)
    decoded.encode(again)
    assert again == encoded


@given(packets)
def test_every_field_stands_where_the_table_says(given: tuple[str, dict[str, Any]]) -> None:
    form, fields = given
    encoded = message_packet(form, **fields)
    rest = set(range(18, PACKET_BYTES))
    for name, offset, size, *_ in ROWS[form]:
        found = encoded[offset : offset + size]
        wanted = FORMS[form][1] if name == "verb" else fields[name]
        assert (found if name == "state" else int.from_bytes(found, "little")) == wanted, name
        rest -= set(range(offset, offset + size))
    assert not any(encoded[place] for place in rest)


@pytest.mark.parametrize("form", sorted(FORMS))
@pytest.mark.parametrize("most", [False, True])
def test_every_value_of_every_byte_is_judged_as_the_table_says(form: str, most: bool) -> None:
    """Both ends of every range, and bytes that must be 0, in the smallest and largest packet."""
    good = message_packet(form, **extreme(form, most))
    for place in range(4, TAG_OFFSET):
        for value in range(256):
            spoilt = bytearray(good)
            spoilt[place] = value
            decoded = filled()
            status = decoded.decode(spoilt)
            if form in ("spawn", "kill", "move") and place == 30:
                assert (status == ACCEPTED) >= (value == FORMS[form][1])
            else:
                expected = ACCEPTED if fits(form, spoilt) else DROP_FIELD
                assert status == expected, (place, value)


def fits(form: str, packet: bytearray) -> bool:
    """The same by the table."""
    rest = bytearray(packet[:TAG_OFFSET])
    rest[:18] = bytes(18)
    for name, offset, size, low, high, _ in ROWS[form]:
        value = int.from_bytes(packet[offset : offset + size], "little")
        if name not in ("state", "verb") and not low <= value <= high:
            return False
        rest[offset : offset + size] = bytes(size)
    return not any(rest)


@pytest.mark.parametrize("verb", [0, 4, 255])
def test_an_order_without_a_verb_is_refused(verb: int) -> None:
    spoilt = bytearray(message_packet("kill"))
    spoilt[30] = verb
    assert Message().decode(spoilt) == DROP_FIELD


@pytest.mark.parametrize("kind", [0, KIND_BEACON, KIND_LAST + 1, 255])
def test_other_kinds_are_not_for_it(kind: int) -> None:
    packet = bytearray(message_packet("offer"))
    packet[3] = kind
    assert filled().decode(packet) == DROP_FIELD


@given(st.binary(min_size=64, max_size=64), st.integers(0, 255))
def test_any_64_bytes_are_taken_as_the_tables_say_or_not(data: bytes, kind: int) -> None:
    packet = bytearray(data)
    packet[3] = kind
    decoded = filled()
    if decoded.decode(packet):
        return
    form = next(
        name
        for name, (its_kind, verb) in FORMS.items()
        if its_kind == kind and (not verb or verb == decoded.verb)
    )
    assert fits(form, packet)


def test_the_state_that_a_packet_does_not_carry_is_zeros() -> None:
    assert STATES == {"commit": 24, "glyph": 8, "spawn": 8}
    for form, size in STATES.items():
        decoded = filled()
        assert decoded.decode(message_packet(form, state=b"\x11" * size)) == ACCEPTED
        assert decoded.state == b"\x11" * size + bytes(STATE_BYTES - size)


def test_a_message_has_every_field_of_every_table() -> None:
    names = {field for rows in ROWS.values() for field, *_ in rows}
    assert set(vars(Message())) == names | {"message_kind"}
