"""On which ports the boards of a selection are."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from ascpi.flash.fleet import Fleet, load_fleet
from ascpi.hil.errors import HilError
from ascpi.hil.identity import identify
from ascpi.hil.selection import Selection
from ascpi.ports import FoundPort, PortError, find_ports
from ascpi.ports.discovery import find_boards
from ascpi.ports.opening import is_url

# A chip's own USB: bytes do not pass a UART, whatever the baud.
NATIVE_USB = 0x303A


@dataclass(frozen=True)
class Located:
    """`name` and `mac` as a fleet file gives them, else empty; `uart`: bytes take their time at
    the baud."""

    port: str
    name: str = ""
    mac: str = ""
    uart: bool = False


def find(selection: Selection) -> list[Located]:
    """Every board of the selection that is not virtual. HilError for one that is not there."""
    present = find_ports() if selection.is_physical else []
    located = [Located(port, uart=_has_uart(port, present)) for port in selection.ports]
    fleets = [load_fleet(path) for path in selection.fleets]
    wanted = [board for fleet in fleets for board in fleet.boards.values()]
    macs: dict[str, str] = {}
    if any(board.port is None for board in wanted):
        taken = {one.port for one in located} | {board.port for board in wanted}
        macs = ports_by_mac([port for port in find_boards() if port.device not in taken])
    for fleet in fleets:
        located += _of_fleet(fleet, macs, present)
    return located


def ports_by_mac(ports: Sequence[FoundPort]) -> dict[str, str]:
    """{MAC: port}. Whoever does not tell by USB is asked, and interrupted; some are no board."""
    macs = {port.mac: port.device for port in ports if port.mac}
    unknown = [port.device for port in ports if not port.mac]

    def ask(device: str) -> str:
        try:
            return identify(device).mac
        except (PortError, HilError):
            return ""

    with ThreadPoolExecutor(max(1, len(unknown))) as pool:
        for device, mac in zip(unknown, pool.map(ask, unknown), strict=True):
            if mac:
                macs[mac] = device
    return macs


def _of_fleet(fleet: Fleet, macs: dict[str, str], present: Sequence[FoundPort]) -> list[Located]:
    ports = {mac: board.port or macs.get(mac, "") for mac, board in fleet.boards.items()}
    if not ports:
        raise HilError(f"{fleet.path} names no board: give it a table for each, by its MAC")
    missing = [mac for mac, port in ports.items() if not port]
    if missing:
        asked = ", ".join(sorted(macs.values())) or "none"
        raise HilError(
            f"{fleet.path}: {', '.join(missing)} answers on no port (boards found on: {asked}); "
            "plug it in, or take it out of the file"
        )
    return [
        Located(
            ports[mac],
            board.name if board.name != mac else "",
            mac,
            _has_uart(ports[mac], present),
        )
        for mac, board in fleet.boards.items()
    ]


def _has_uart(port: str, present: Sequence[FoundPort]) -> bool:
    """Known to lead over a UART: a bridge of this computer's. Else nothing is assumed."""
    if is_url(port):
        return False
    return any(
        one.device == port and one.may_be_board and one.vendor_id != NATIVE_USB for one in present
    )
