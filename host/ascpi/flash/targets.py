"""Which boards are meant: ports by name, all of them, those of a fleet file, or the only one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ascpi.flash.errors import FlashError
from ascpi.flash.fleet import Fleet
from ascpi.ports.discovery import FoundPort, find_boards


@dataclass(frozen=True)
class Target:
    """`mac`: where the port tells it (aa:bb:…), else empty. `named`: by the user himself."""

    port: str
    mac: str = ""
    named: bool = False


def find_targets(
    ports: Sequence[str],
    everything: bool,
    fleet: Fleet | None,
    find: Callable[[], list[FoundPort]] = find_boards,
) -> list[Target]:
    """The boards that are meant. FlashError if there are none, or it is not clear which.

    With a fleet file alone: the ports that it names, and every board that is plugged in, unless
    its port tells that it is another; most tell only once they are asked.
    """
    if ports and everything:
        raise FlashError("--port names boards and --all takes all of them: give one of the two")
    if ports:
        return [Target(port, named=True) for port in dict.fromkeys(ports)]
    found = find()
    if fleet is not None and not everything:
        return _of_fleet(fleet, found)
    if not found:
        raise FlashError(
            "no board is plugged in: take a cable that carries data, or name the port with "
            "--port (a board with an unusual USB bridge, a remote one)"
        )
    if everything or len(found) == 1:
        return [Target(port.device, port.mac, everything) for port in found]
    raise FlashError(
        f"{len(found)} boards are plugged in: give --all, or --port for each that you mean: "
        + "; ".join(_described(port) for port in found)
    )


def _of_fleet(fleet: Fleet, found: list[FoundPort]) -> list[Target]:
    named = {board.port: mac for mac, board in fleet.boards.items() if board.port}
    others = [
        Target(port.device, port.mac)
        for port in found
        if port.device not in named and (not port.mac or fleet.has_table(port.mac))
    ]
    targets = [Target(port, mac) for port, mac in named.items()] + others
    if not targets:
        raise FlashError(
            f"none of the {len(fleet.boards)} boards of {fleet.path} is plugged in: take a cable "
            "that carries data, or name a port with --port"
        )
    return targets


def _described(port: FoundPort) -> str:
    number = f"serial number {port.serial_number}" if port.serial_number else "no serial number"
    return f"{port.device} ({number}{', ' + port.usb if port.usb else ''})"
