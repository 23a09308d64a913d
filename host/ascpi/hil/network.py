"""Loss and partitions between boards: in the air where it is ours, else in the boards themselves.

Either way it is the receiver that loses, and boards that are in no group of a partition form one
more.
"""

from collections.abc import Sequence
from typing import Protocol

from ascpi.air.process import AirProcess
from ascpi.hil.board import FAULTS, Board
from ascpi.hil.virtual import VirtualHilBoard

MILLION = 1_000_000


class Network(Protocol):
    def lose(self, per_million: int, receivers: Sequence[Board]) -> None:
        """Each of these loses so many of a million packets that come to it; 0: none by us."""
        ...

    def part(self, groups: Sequence[Sequence[Board]]) -> None:
        """Boards hear those of their own group only."""
        ...

    def heal(self) -> None:
        """No loss by us and no partition any more."""
        ...


class AirNetwork:
    """The air that relays for virtual boards. A loss replaces that of its preset."""

    def __init__(self, air: AirProcess, boards: Sequence[VirtualHilBoard]) -> None:
        self._air = air
        self._addresses = {board.name: board.address for board in boards}
        self._lossy: set[str] = set()

    def lose(self, per_million: int, receivers: Sequence[Board]) -> None:
        loss = per_million / MILLION if per_million else None
        for receiver in receivers:
            self._lose(receiver.name, loss)

    def part(self, groups: Sequence[Sequence[Board]]) -> None:
        named = [[self._addresses[board.name] for board in group] for group in groups]
        self._air.control(partition=named)

    def heal(self) -> None:
        self._air.control(partition=[])
        for name in sorted(self._lossy):
            self._lose(name, None)

    def _lose(self, receiver: str, loss: float | None) -> None:
        (self._lossy.discard if loss is None else self._lossy.add)(receiver)
        to = self._addresses[receiver]
        for name, address in self._addresses.items():
            if name != receiver:
                self._air.control(loss=loss, from_=address, to=to)


class BoardNetwork:
    """Boards that lose packets by themselves, told on their serial lines."""

    def __init__(self, boards: Sequence[Board]) -> None:
        self._boards = list(boards)
        self._told: dict[str, set[str]] = {}

    def lose(self, per_million: int, receivers: Sequence[Board]) -> None:
        for receiver in receivers:
            self._tell(receiver, f"loss {per_million}")

    def part(self, groups: Sequence[Sequence[Board]]) -> None:
        group_of = {
            board.name: number for number, group in enumerate(groups, 1) for board in group
        }
        for board in self._boards:
            board.require(FAULTS)
        for board in self._boards:
            own = group_of.get(board.name, 0)
            others = [one for one in self._boards if group_of.get(one.name, 0) != own]
            ids = ",".join(str(one.node_id) for one in others) or "none"
            self._tell(board, f"deaf {ids}")

    def heal(self) -> None:
        for board in self._boards:
            for name in sorted(self._told.pop(board.name, set())):
                # A board without power or just booted has none of it left.
                if board.powered:
                    board.command("loss 0" if name == "loss" else "deaf none")

    def _tell(self, board: Board, words: str) -> None:
        board.command(words)
        self._told.setdefault(board.name, set()).add(words.split()[0])
