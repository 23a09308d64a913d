"""The wires of whole boards: whether they can be so, and what a board is told of its own."""

from collections.abc import Iterable

from ascpi.errors import BoardOptionError
from ascpi.virtual.options import VirtualBoardOptions
from ascpi.virtual.wires import BYTES, PINS_TO_A_BYTE, Wires


def require_one_writer(boards: Iterable[VirtualBoardOptions]) -> None:
    """BoardOptionError where wires from two boards end at pins of one byte."""
    owners: dict[tuple[int, int], int] = {}
    for board in boards:
        for wire in board.output_wires.values():
            place = (wire.wires.fd, wire.pin // PINS_TO_A_BYTE)
            if owners.setdefault(place, board.node_id) != board.node_id:
                raise BoardOptionError(
                    f"wires from boards {owners[place]} and {board.node_id} end side by side, at "
                    f"pins {place[1] * PINS_TO_A_BYTE} to "
                    f"{place[1] * PINS_TO_A_BYTE + PINS_TO_A_BYTE - 1}: lead them further apart"
                )


def descriptors(options: VirtualBoardOptions) -> list[int]:
    """What the board's process must be handed."""
    return [wires.fd for wires in _groups(options)]


def parameters(options: VirtualBoardOptions) -> list[dict[str, object]]:
    """What its shims are told (shims/board_wires.py)."""
    return [
        {
            "fd": wires.fd,
            "bytes": BYTES,
            "ends_here": wires is options.input_wires,
            "outputs": [
                [pin, wire.pin]
                for pin, wire in options.output_wires.items()
                if wire.wires is wires
            ],
        }
        for wires in _groups(options)
    ]


def _groups(options: VirtualBoardOptions) -> list[Wires]:
    groups = [wire.wires for wire in options.output_wires.values()]
    if options.input_wires is not None:
        groups.append(options.input_wires)
    return list({id(wires): wires for wires in groups}.values())
