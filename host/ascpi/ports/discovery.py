"""Which serial ports there are, and on which of them a board may be.

A port's name changes with the socket and the order of plugging; the serial number of its USB
bridge, or of the chip itself (which gives its MAC there), does not.
"""

import re
from dataclasses import dataclass

from serial.tools import list_ports

# USB vendors of what boards carry: Espressif's own USB, CP210x, CH34x, FTDI.
BOARD_VENDORS = frozenset({0x303A, 0x10C4, 0x1A86, 0x0403})

_MAC = re.compile(r"^[0-9A-F]{2}(:[0-9A-F]{2}){5}$")


@dataclass(frozen=True)
class FoundPort:
    """`serial_number` is empty where the bridge has none; `usb` names its maker and product."""

    device: str
    serial_number: str
    usb: str
    vendor_id: int | None

    @property
    def may_be_board(self) -> bool:
        return self.vendor_id in BOARD_VENDORS

    @property
    def mac(self) -> str:
        """The board's MAC, 6 bytes as aa:bb:…, where the chip's own USB tells it; else empty."""
        number = self.serial_number.upper()
        return number.lower() if _MAC.match(number) else ""


def find_ports() -> list[FoundPort]:
    """All serial ports of this computer that have a device, by name."""
    found = [
        FoundPort(
            port.device,
            port.serial_number or "",
            " ".join(word for word in (port.manufacturer, port.product) if word)
            or port.description,
            port.vid,
        )
        for port in list_ports.comports()
        if port.hwid != "n/a"
    ]
    return sorted(found, key=lambda port: port.device)


def find_boards() -> list[FoundPort]:
    """Those ports that a board may be on."""
    return [port for port in find_ports() if port.may_be_board]
