"""What a session is asked for, checked before anything heavy is imported or started."""

from collections.abc import Mapping
from dataclasses import dataclass

from ascpi.address import parse_address
from ascpi.air.preset import PRESETS
from ascpi.hil.errors import HilError
from ascpi.hil.selection import Selection
from ascpi.ports import open_port


@dataclass(frozen=True)
class ProbeChoice:
    """`wires`: {pin of the probe: MAC or name of the board whose pulse comes there}."""

    port: str
    wires: Mapping[int, str]


def parse_probe(port: str | None, wires: str | None) -> ProbeChoice | None:
    """None without --probe. HilError."""
    if port is None:
        if wires is not None:
            raise HilError("--probe-pins is of no use without --probe PORT")
        return None
    if not wires:
        raise HilError(
            "--probe: say which of its pins is wired to which board, "
            "as in --probe-pins 4=24:6f:28:aa:bb:cc,16=hall"
        )
    found: dict[int, str] = {}
    for word in wires.split(","):
        pin, equals, board = word.strip().partition("=")
        if not (equals and board and pin.isascii() and pin.isdigit()) or int(pin) in found:
            raise HilError(f"--probe-pins {word!r}: write PIN=MAC or PIN=NAME, each pin once")
        found[int(pin)] = board.lower() if board.count(":") == 5 else board
    return ProbeChoice(port, found)


@dataclass(frozen=True)
class RackOptions:
    """`air`: a preset, or ADDR:PORT; `flash`: put the checkout's firmware on boards that run
    another; `probe`: who sees the pulses of physical boards."""

    selection: Selection
    air: str
    seed: int
    flash: bool = False
    probe: ProbeChoice | None = None


def is_address(air: str) -> bool:
    """Whether `--hil-air` names an address, not a preset."""
    return "." in air


def checked_air(air: str) -> str:
    """A preset's name, or ADDR:PORT. AddressError, HilError."""
    if is_address(air):
        host, port = parse_address(air, "--hil-air")
        return f"{host}:{port}"
    if air not in PRESETS:
        raise HilError(f"--hil-air {air}: give ADDR:PORT or one of {', '.join(PRESETS)}")
    return air


def require_common_air(options: RackOptions) -> None:
    """Boards that cannot hear each other are no cluster."""
    selection = options.selection
    if selection.virtual and selection.is_physical and not is_address(options.air):
        raise HilError(
            "virtual boards on an air of their own and boards on ports do not hear each other; "
            "name the network that the boards are on with --hil-air ADDR:PORT, such as "
            "--hil-air 192.168.1.255:31415"
        )


def require_ports(selection: Selection) -> None:
    """PortError for a port that is named and cannot be opened: missing, busy, not allowed."""
    for port in selection.ports:
        open_port(port).close()
