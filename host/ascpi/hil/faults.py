"""What a test does to its boards, and how all of it is taken back."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ascpi.hil.board import FAULTS, POWER, Board
from ascpi.hil.errors import HilError, Impossible
from ascpi.hil.network import MILLION, Network
from ascpi.virtual import true_us


@dataclass(frozen=True)
class Mark:
    """What a test did, and when: for tables and plots."""

    true_us: int
    text: str


class FaultyBoards:
    """Boards by name, and the faults. Boards are given as themselves, by name or by MAC.

    What a board cannot do raises Impossible: the test is skipped, with that reason.
    """

    def __init__(self, boards: Sequence[Board], network: Network) -> None:
        self.boards = list(boards)
        self.marks: list[Mark] = []
        self._network = network
        self._offline: list[Board] = []
        self._disturbed = False

    def __iter__(self) -> Iterator[Board]:
        return iter(self.boards)

    def __len__(self) -> int:
        return len(self.boards)

    def __getitem__(self, which: int | str) -> Board:
        """By place (0 …) or by name or MAC."""
        if isinstance(which, int):
            return self.boards[which]
        for board in self.boards:
            if which in (board.name, board.mac):
                return board
        names = ", ".join(board.name for board in self.boards)
        raise HilError(f"no board is called {which!r}; there are {names}")

    def others(self, *boards: Board) -> list[Board]:
        """All but these."""
        return [board for board in self.boards if board not in boards]

    def require(self, boards: int) -> None:
        """Impossible, so that the test is skipped, with fewer boards."""
        if len(self.boards) < boards:
            raise Impossible(f"{boards} boards are needed; --boards gives {len(self.boards)}")

    # What is done to them

    def kill(self, board: Board | str) -> None:
        """Cut its power."""
        chosen = self._board(board)
        chosen.require(POWER)
        self._mark(f"{chosen.name} off")
        chosen.power_off()

    def restart(self, board: Board | str) -> None:
        """Power on again, or off and on; returns when it has booted."""
        __tracebackhide__ = True
        chosen = self._board(board)
        chosen.require(POWER)
        since = chosen.transcript.count
        if chosen.powered:
            chosen.power_off()
        self._mark(f"{chosen.name} on")
        chosen.power_on()
        chosen.wait_booted(since)

    def reset(self, board: Board | str) -> None:
        """Press its reset button; returns when it has booted."""
        __tracebackhide__ = True
        chosen = self._board(board)
        since = chosen.transcript.count
        self._mark(f"{chosen.name} reset")
        chosen.reset()
        chosen.wait_booted(since)

    def wifi_off(self, board: Board | str) -> None:
        """Take a board's network away."""
        chosen = self._board(board)
        chosen.require(FAULTS)
        self._mark(f"{chosen.name} without Wi-Fi")
        chosen.wifi(False)
        self._offline.append(chosen)

    def wifi_on(self, board: Board | str) -> None:
        """Give it back."""
        chosen = self._board(board)
        self._mark(f"{chosen.name} with Wi-Fi")
        chosen.wifi(True)
        self._offline = [one for one in self._offline if one is not chosen]

    def loss(self, per_million: int, board: Board | str | None = None) -> None:
        """All receivers, or one, lose so many of a million packets; 0: none by the harness."""
        if not 0 <= per_million <= MILLION:
            raise HilError(f"a loss of {per_million} is none: give 0 … {MILLION} of a million")
        receivers = self.boards if board is None else [self._board(board)]
        for receiver in receivers:
            receiver.require(FAULTS)
        self._disturbed = True
        who = "all" if board is None else receivers[0].name
        self._mark(f"{per_million / 10_000:g} % loss, {who}")
        self._network.lose(per_million, receivers)

    def partition(self, *groups: Sequence[Board | str]) -> None:
        """Boards hear those of their own group only; those in none form one more group."""
        chosen = [[self._board(board) for board in group] for group in groups]
        named = [board.name for group in chosen for board in group]
        if len(named) != len(set(named)):
            raise HilError("a board is in two groups of the partition; give it one")
        for board in self.boards:
            board.require(FAULTS)
        self._disturbed = True
        self._mark("partition " + " | ".join(",".join(one.name for one in g) for g in chosen))
        self._network.part(chosen)

    def heal(self) -> None:
        """Take loss and partition back."""
        self._mark("healed")
        self._network.heal()
        self._disturbed = False

    def clock_step(self, board: Board | str, step_us: int) -> None:
        """Put a board's clock on by so many µs, or back."""
        chosen = self._board(board)
        chosen.require(FAULTS)
        self._mark(f"{chosen.name} clock {step_us:+d} µs")
        chosen.step_clock(step_us)

    def restore(self) -> None:
        """Every fault back; who is off runs again. Done after each test."""
        __tracebackhide__ = True
        if self._disturbed:
            self.heal()
        for board in self.boards:
            if not board.powered:
                self.restart(board)
        for board in list(self._offline):
            self.wifi_on(board)

    def restart_all(self) -> None:
        """Every board anew, at once."""
        __tracebackhide__ = True
        since = {board.name: board.transcript.count for board in self.boards}
        for board in self.boards:
            board.reset()
        for board in self.boards:
            board.wait_booted(since[board.name])

    def _board(self, board: Board | str) -> Board:
        return self[board] if isinstance(board, str) else board

    def _mark(self, text: str) -> None:
        self.marks.append(Mark(true_us(), text))
