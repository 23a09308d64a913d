"""All boards of a session: found, checked, started; kept until the session ends."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import TypeVar

from ascpi.hil.board import EDGES, Board
from ascpi.hil.errors import HilError
from ascpi.hil.identity import Identity, identify
from ascpi.hil.location import Located, find
from ascpi.hil.network import AirNetwork, BoardNetwork, Network
from ascpi.hil.options import RackOptions, require_common_air
from ascpi.hil.physical import PhysicalBoard, Pinger
from ascpi.hil.probing import ProbePulses
from ascpi.hil.update import update
from ascpi.hil.virtual import VirtualSet
from ascpi.hil.watch import Watch
from ascpi_core import VERSION

Result = TypeVar("Result")


class Rack:
    """Boards, the watch over them and what lies between them, in a `with`. HilError, PortError."""

    boards: list[Board]
    watch: Watch
    network: Network

    def __init__(self, options: RackOptions) -> None:
        self._options = options
        self._stack = ExitStack()
        require_common_air(options)

    def __enter__(self) -> "Rack":
        with ExitStack() as stack:
            self._open(stack)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _open(self, stack: ExitStack) -> None:
        options = self._options
        # What may fail for want of a board comes first.
        physical = self._open_physical(stack)
        virtual: VirtualSet | None = None
        if options.selection.virtual:
            virtual = stack.enter_context(
                VirtualSet(options.selection.virtual, options.air, options.seed)
            )
        self.boards = [*(virtual.boards if virtual is not None else []), *physical]
        if virtual is not None and virtual.air is not None:
            self.network = AirNetwork(virtual.air, virtual.boards)
        else:
            self.network = BoardNetwork(self.boards)
        require_distinct_ids(self.boards)
        by_pulses = all(
            isinstance(board, PhysicalBoard) and not board.cannot(EDGES) for board in self.boards
        )
        self.watch = Watch(self.boards, by_pulses)

    def _open_physical(self, stack: ExitStack) -> list[PhysicalBoard]:
        options = self._options
        found = find(options.selection)
        if not found:
            return []
        identities = _at_once([partial(self._identify, one) for one in found])
        require_distinct_macs(identities)
        boards = []
        for one, identity in zip(found, identities, strict=True):
            name = one.name or identity.name or identity.mac
            require_mac(one, identity)
            require_firmware(name, identity)
            boards.append(PhysicalBoard(identity, name, one.uart))
        for board in boards:
            stack.callback(board.close)
            board.open()
        if options.probe is not None:
            pulses = stack.enter_context(ProbePulses(options.probe, boards))
            for board in boards:
                if pulses.sees(board.mac):
                    board.pulse_source = pulses
        _at_once([board.start for board in boards])
        stack.enter_context(Pinger([board.ping for board in boards]))
        return boards

    def _identify(self, located: Located) -> Identity:
        """Who is there; with --flash, once the checkout's firmware is."""
        if self._options.flash:
            update(located.port, located.name or located.port)
        # It starts again, and is heard from then on, a moment later.
        return identify(located.port)


def require_distinct_macs(identities: Sequence[Identity]) -> None:
    """One board on two ports (a cable and a bridge to it) would be counted twice."""
    ports: dict[str, str] = {}
    for identity in identities:
        other = ports.setdefault(identity.mac, identity.port)
        if other != identity.port:
            raise HilError(
                f"{other} and {identity.port} lead to one board, {identity.mac}; name one of them"
            )


def require_distinct_ids(boards: Sequence[Board]) -> None:
    """Two nodes with one id refuse each other."""
    by_id: dict[int, Board] = {}
    for board in boards:
        other = by_id.setdefault(board.node_id, board)
        if other is not board:
            raise HilError(
                f"{other.name} and {board.name} both have the id {board.node_id}; give each its "
                "own in its configuration, or none, so that it comes from the MAC"
            )


def require_mac(located: Located, identity: Identity) -> None:
    """A fleet file that gives a port gives it for one board."""
    if located.mac and located.mac != identity.mac:
        raise HilError(
            f"{located.port}: the board there is {identity.mac}, and the fleet file says "
            f"{located.mac}; plug the right one in, or correct its table"
        )


def require_firmware(name: str, identity: Identity) -> None:
    """The checkout's own, file by file."""
    if not identity.version:
        runs = "no ASCπ"
    elif identity.version != VERSION:
        runs = f"ASCπ {identity.version}"
    elif identity.differing:
        first, *more = identity.differing
        others = f" and {len(more)} more" if more else ""
        runs = f"another {VERSION} (it differs in {first}{others})"
    else:
        return
    raise HilError(
        f"{name} on {identity.port} runs {runs}, the checkout is {VERSION}; "
        "--flash puts that on the board"
    )


def _at_once(actions: Sequence[Callable[[], Result]]) -> list[Result]:
    with ThreadPoolExecutor(max(1, len(actions))) as pool:
        return list(pool.map(lambda action: action(), actions))
