"""Which ports there are; what pyserial tells of them is given."""

from types import SimpleNamespace
from typing import Any

import pytest

from ascpi.ports.discovery import find_boards, find_ports


def port(device: str, vendor_id: int | None, serial_number: str | None, **more: Any) -> object:
    values = {"manufacturer": None, "product": None, "description": "n/a", "hwid": "USB", **more}
    return SimpleNamespace(device=device, vid=vendor_id, serial_number=serial_number, **values)


@pytest.fixture(autouse=True)
def plugged_in(monkeypatch: pytest.MonkeyPatch) -> None:
    ports = [
        port("/dev/ttyUSB1", 0x10C4, "0001", manufacturer="Silicon Labs", product="CP2102"),
        port("/dev/ttyACM0", 0x303A, "7C:DF:A1:00:11:22", product="USB JTAG"),
        port("/dev/ttyUSB0", 0x067B, None, description="a GPS receiver"),
        port("/dev/ttyS0", None, None, hwid="n/a"),
    ]
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: ports)


def test_ports_are_those_with_something_on_them_by_name() -> None:
    assert [found.device for found in find_ports()] == [
        "/dev/ttyACM0",
        "/dev/ttyUSB0",
        "/dev/ttyUSB1",
    ]


def test_boards_are_told_by_the_maker_of_their_bridge() -> None:
    boards = find_boards()
    assert [found.device for found in boards] == ["/dev/ttyACM0", "/dev/ttyUSB1"]
    assert [found.usb for found in boards] == ["USB JTAG", "Silicon Labs CP2102"]


def test_a_chip_s_own_usb_tells_its_mac_and_a_bridge_does_not() -> None:
    assert [found.mac for found in find_boards()] == ["7c:df:a1:00:11:22", ""]
    assert [found.serial_number for found in find_ports()][1] == ""
