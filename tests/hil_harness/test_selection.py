from pathlib import Path

import pytest

from ascpi.errors import AscpiError
from ascpi.hil.errors import HilError
from ascpi.hil.options import (
    ProbeChoice,
    RackOptions,
    checked_air,
    parse_probe,
    require_common_air,
)
from ascpi.hil.selection import DEFAULT, Selection, parse_selection


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (DEFAULT, Selection(4)),
        ("virtual", Selection(1)),
        ("/dev/ttyUSB0,/dev/ttyUSB1", Selection(0, ("/dev/ttyUSB0", "/dev/ttyUSB1"))),
        ("socket://127.0.0.1:4000", Selection(0, ("socket://127.0.0.1:4000",))),
        ("fleet.toml", Selection(0, (), (Path("fleet.toml"),))),
        ("virtual:2, COM3,virtual:1", Selection(3, ("COM3",))),
    ],
)
def test_what_boards_means(text: str, expected: Selection) -> None:
    assert parse_selection(text) == expected


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "a part of it is empty"),
        ("virtual:2,", "a part of it is empty"),
        ("virtual:0", "N from 1 to 64"),
        ("virtual:many", "N from 1 to 64"),
        ("COM3,COM3", "COM3 is named twice"),
    ],
)
def test_a_choice_that_is_none_is_named(text: str, words: str) -> None:
    with pytest.raises(HilError, match=words):
        parse_selection(text)


def test_virtual_boards_and_real_ones_need_a_common_network() -> None:
    mixed = Selection(2, ("/dev/ttyUSB0",))
    with pytest.raises(HilError, match="do not hear each other; name the network"):
        require_common_air(RackOptions(mixed, "wifi", 1))
    require_common_air(RackOptions(mixed, "192.168.1.255:31415", 1))
    require_common_air(RackOptions(Selection(2), "wifi", 1))


def test_an_air_is_a_preset_or_an_address() -> None:
    assert checked_air("harsh") == "harsh"
    assert checked_air("127.0.0.1") == "127.0.0.1:31415"
    with pytest.raises(HilError, match=r"--hil-air swamp: give ADDR:PORT or one of clean, wifi"):
        checked_air("swamp")
    with pytest.raises(AscpiError, match="is no address"):
        checked_air("1.2.3:4")


def test_which_pin_of_the_probe_sees_which_board() -> None:
    assert parse_probe(None, None) is None
    choice = parse_probe("/dev/ttyUSB3", "4=24:6F:28:AA:BB:CC,16=hall")
    assert choice == ProbeChoice("/dev/ttyUSB3", {4: "24:6f:28:aa:bb:cc", 16: "hall"})


@pytest.mark.parametrize(
    ("port", "pins", "words"),
    [
        (None, "4=hall", "of no use without --probe"),
        ("/dev/x", None, "say which of its pins"),
        ("/dev/x", "hall=4", "write PIN=MAC or PIN=NAME"),
        ("/dev/x", "4=", "write PIN=MAC or PIN=NAME"),
        ("/dev/x", "4=hall,4=stage", "each pin once"),
    ],
)
def test_wires_that_are_none_are_named(port: str | None, pins: str | None, words: str) -> None:
    with pytest.raises(HilError, match=words):
        parse_probe(port, pins)
