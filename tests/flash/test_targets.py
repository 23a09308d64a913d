"""Which boards are meant, and what is said where that is not clear."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from ascpi.flash.errors import FlashError
from ascpi.flash.fleet import Fleet, load_fleet
from ascpi.flash.targets import Target, find_targets
from ascpi.ports.discovery import FoundPort

NATIVE = FoundPort("/dev/ttyACM0", "24:0A:C4:00:00:07", "Espressif USB JTAG", 0x303A)
BRIDGE = FoundPort("/dev/ttyUSB0", "0001", "Silicon Labs CP2102", 0x10C4)
NAMELESS = FoundPort("/dev/ttyUSB1", "", "QinHeng CH340", 0x1A86)


def find(
    *there: FoundPort,
    ports: Sequence[str] = (),
    everything: bool = False,
    fleet: Fleet | None = None,
) -> list[Target]:
    return find_targets(ports, everything, fleet, lambda: list(there))


@pytest.fixture
def fleet(tmp_path: Path) -> Fleet:
    path = tmp_path / "boards.toml"
    path.write_text(
        '["24:0a:c4:00:00:07"]\nname = "door"\n'
        '["24:0a:c4:00:00:08"]\nname = "roof"\nport = "socket://roof:5000"\n'
    )
    return load_fleet(path)


def test_named_ones_in_order_and_once() -> None:
    assert find(BRIDGE, ports=["b", "a", "b"]) == [
        Target("b", named=True),
        Target("a", named=True),
    ]


def test_the_only_one() -> None:
    assert find(BRIDGE) == [Target("/dev/ttyUSB0")]
    assert find(NATIVE) == [Target("/dev/ttyACM0", "24:0a:c4:00:00:07")]


def test_all_of_them() -> None:
    targets = find(NATIVE, BRIDGE, everything=True)
    assert [target.port for target in targets] == ["/dev/ttyACM0", "/dev/ttyUSB0"]
    assert all(target.named for target in targets)


def test_several_are_listed_by_what_tells_them_apart() -> None:
    with pytest.raises(FlashError) as caught:
        find(NATIVE, BRIDGE, NAMELESS)
    text = str(caught.value)
    assert text.startswith("3 boards are plugged in: give --all, or --port for each")
    assert "/dev/ttyACM0 (serial number 24:0A:C4:00:00:07, Espressif USB JTAG)" in text
    assert "/dev/ttyUSB1 (no serial number, QinHeng CH340)" in text


def test_none_and_both() -> None:
    with pytest.raises(FlashError, match="no board is plugged in: take a cable that carries data"):
        find()
    with pytest.raises(FlashError, match="give one of the two"):
        find(BRIDGE, ports=["a"], everything=True)


def test_those_of_a_fleet_file(fleet: Fleet) -> None:
    """Its own ports, boards whose port tells that they are in it, and those that do not tell."""
    stranger = FoundPort("/dev/ttyACM1", "24:0A:C4:00:00:99", "", 0x303A)
    assert find(NATIVE, BRIDGE, stranger, fleet=fleet) == [
        Target("socket://roof:5000", "24:0a:c4:00:00:08"),
        Target("/dev/ttyACM0", "24:0a:c4:00:00:07"),
        Target("/dev/ttyUSB0"),
    ]


def test_none_of_a_fleet_file(tmp_path: Path) -> None:
    path = tmp_path / "boards.toml"
    path.write_text('["24:0a:c4:00:00:07"]\nname = "door"\n')
    with pytest.raises(FlashError, match=r"none of the 1 boards of .*boards.toml is plugged in"):
        find(fleet=load_fleet(path))
