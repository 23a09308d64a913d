"""From the sender's stamp to the receiver's: how much of a packet's way is not the air's.

Boards and the air write down, in true time, when each datagram passed them. Between two stamps lie

    sending     from the packet's own time stamp to the begin of the board's `sendto`
    send        that call
    the air     the delay that its model promised: no noise of ours
    relay       from the moment that was promised to the end of the relay's `sendto`
    receiving   from there to the return of the board's read, right before it takes the time

All but the air is one-sided noise that the estimate of a clock has to see through. Boards with
different pauses between their looks run side by side, so that what slows the machine slows all.
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from ascpi.address import format_address
from ascpi.air.preset import PRESETS
from ascpi.air.process import AirProcess
from ascpi.air.trace import Passage, read_trace
from ascpi.bench import usage
from ascpi.errors import AscpiError
from ascpi.virtual import VirtualBoard, VirtualBoardOptions, true_us
from ascpi.virtual.network_trace import read_network_trace
from ascpi_core.layout import BEACON

SUMMARY = "what a virtual board and the air add to a packet's delay, and what that costs"

BOARDS_MOST = 32
SECONDS_LEAST = 2.0
# As the firmware's configuration takes them.
POLL_LEAST_US = 50
POLL_MOST_US = 10_000
SETTLE_S = 3.0
"""Left out at the begin: processes start, stations are learned."""
PPM_SPREAD = 20.0

# So much a board writes down of a packet: it tells it from all others.
HEAD_BYTES = 18
NODE_ID_AT = 4
TIMESTAMP_AT = next(row[1] for row in BEACON if row[0] == "timestamp")


@dataclass(frozen=True)
class Distribution:
    """In µs; a percentile is the least value that so many of all do not exceed."""

    count: int
    median_us: int
    p95_us: int
    p99_us: int
    max_us: int


@dataclass(frozen=True)
class Figure:
    """One line. `poll_us`: of the boards whose pause it was; None: of all."""

    what: str
    poll_us: int | None
    distribution: Distribution | None


def distribution(values: Sequence[int]) -> Distribution | None:
    """None: of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    median, p95, p99 = (ordered[-(-len(ordered) * percent // 100) - 1] for percent in (50, 95, 99))
    return Distribution(len(ordered), median, p95, p99, ordered[-1])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--boards", type=int, default=4, metavar="N", help="how many (default: 4)")
    add("--seconds", type=float, default=20.0, metavar="S", help="how long (default: 20)")
    add("--air", choices=PRESETS, default="clean", help="what the air is like (default: clean)")
    add("--seed", type=int, default=1, metavar="N", help="of the air (default: 1)")
    add(
        "--precedence",
        action="store_true",
        help="have the boards run before all else, where the system allows it",
    )
    add(
        "--poll-us",
        type=int,
        nargs="+",
        default=[],
        metavar="N",
        help="pause between two looks for packets; of several each board takes the next "
        "(default: what virtual boards are given)",
    )


def run(arguments: argparse.Namespace) -> tuple[dict[str, object], bool]:
    _check(arguments)
    with tempfile.TemporaryDirectory(prefix="ascpi-receive-") as folder, ExitStack() as stack:
        lab = Lab(arguments, Path(folder), stack)
        lab.run(arguments.seconds)
        stack.close()
        figures, cpu = lab.figures(), lab.cpu_percent()
    print(
        f"{arguments.boards} boards, {arguments.air} air, {arguments.seconds:g} s; "
        "µs of true time, and percent of a processor"
    )
    _show(figures, cpu)
    if arguments.precedence and not lab.precedence:
        print("precedence for the boards was asked for, and the system did not grant it")
    report: dict[str, object] = {
        "bench": "receive",
        "boards": arguments.boards,
        "seconds": arguments.seconds,
        "air": arguments.air,
        "seed": arguments.seed,
        "poll_us": dict(lab.poll_us),
        "figures": [asdict(figure) for figure in figures],
        "cpu_percent": cpu,
        "air_precedence": lab.air.stats.get("precedence"),
        "boards_precedence": lab.precedence,
    }
    return report, True


def _check(arguments: argparse.Namespace) -> None:
    if not 2 <= arguments.boards <= BOARDS_MOST:
        raise AscpiError(
            f"--boards {arguments.boards} is out of range: packets pass between 2 to "
            f"{BOARDS_MOST} boards"
        )
    if not arguments.seconds >= SECONDS_LEAST:
        raise AscpiError(
            f"--seconds {arguments.seconds:g} is too short: give {SECONDS_LEAST:g} or more"
        )
    for poll_us in arguments.poll_us:
        if not POLL_LEAST_US <= poll_us <= POLL_MOST_US:
            raise AscpiError(
                f"--poll-us {poll_us} is out of range: a board takes {POLL_LEAST_US} to "
                f"{POLL_MOST_US}"
            )


class Lab:
    """The air and its boards, all of which write down what passes."""

    def __init__(self, arguments: argparse.Namespace, folder: Path, stack: ExitStack) -> None:
        self._folder = folder
        self.air = AirProcess(arguments.air, arguments.seed, trace=folder / "air")
        stack.enter_context(self.air)
        self.boards: dict[int, VirtualBoard] = {}
        self.poll_us: dict[int, int | None] = {}
        for number in range(arguments.boards):
            polls: list[int] = arguments.poll_us
            self._add(number, arguments, polls[number % len(polls)] if polls else None)
        for board in self.boards.values():
            stack.callback(board.stop)
            board.start()
        self._usage: list[usage.Sample] = []
        self.precedence = False

    def _add(self, number: int, arguments: argparse.Namespace, poll_us: int | None) -> None:
        node_id, count = number + 1, arguments.boards
        self.poll_us[node_id] = poll_us
        self.boards[node_id] = VirtualBoard(
            VirtualBoardOptions(
                node_id,
                self._folder / f"flash-{node_id}",
                broadcast=format_address(self.air.address),
                ppm=PPM_SPREAD * (2 * number / (count - 1) - 1),
                phase=number / count,
                trace_network=self._trace(node_id),
                precedence=arguments.precedence,
                settings={} if poll_us is None else {"poll_us": poll_us},
            )
        )

    def _trace(self, node_id: int) -> Path:
        return self._folder / f"board-{node_id}"

    def run(self, seconds: float) -> None:
        for board in self.boards.values():
            board.wait_running()
        pause = threading.Event()
        pause.wait(SETTLE_S)
        self._look()
        end_s = time.monotonic() + seconds
        while (left_s := end_s - time.monotonic()) > 0:
            pause.wait(min(1.0, left_s))
            failed = [board.failure for board in self.boards.values() if board.failure]
            if failed:
                raise AscpiError(f"a board has failed: {failed[0]}")
        self._look()

    def _look(self) -> None:
        self.precedence = all(board.has_precedence for board in self.boards.values())
        pids = {f"board {node_id}": board.pid for node_id, board in self.boards.items()}
        self._usage.append(usage.sample(true_us(), {**pids, "air": self.air.pid}))

    def cpu_percent(self) -> dict[str, float]:
        """Of one processor, of each process; empty where the system does not tell."""
        names = [f"board {node_id}" for node_id in self.boards] + ["air"]
        shares = {name: usage.share(self._usage, name) for name in names}
        return {name: round(100 * one.cpu, 2) for name, one in shares.items() if one is not None}

    def figures(self) -> list[Figure]:
        passages = [
            passage
            for passage in read_trace(self._folder / "air")
            if self._within(passage.arrived_us) and self._within(passage.sent_us)
        ]
        relayed = distribution([passage.sent_us - passage.due_us for passage in passages])
        return [
            *self._sending(),
            Figure("relay", None, relayed),
            *self._receiving(passages),
        ]

    def _within(self, at_us: int) -> bool:
        return self._usage[0].true_us <= at_us < self._usage[-1].true_us

    def _groups(self) -> Iterator[tuple[int | None, list[int]]]:
        """Boards by the pause between their looks."""
        for poll_us in dict.fromkeys(self.poll_us.values()):
            yield poll_us, [key for key, value in self.poll_us.items() if value == poll_us]

    def _sending(self) -> Iterator[Figure]:
        for poll_us, node_ids in self._groups():
            before, during = [], []
            for node_id in node_ids:
                crystal = self.boards[node_id].crystal
                _, sent = read_network_trace(self._trace(node_id))
                for one in filter(lambda one: self._within(one.began_us), sent):
                    stamp = int.from_bytes(one.head[TIMESTAMP_AT : TIMESTAMP_AT + 4], "little")
                    before.append(one.began_us - crystal.true_us(stamp, one.began_us))
                    during.append(one.ended_us - one.began_us)
            yield Figure("sending", poll_us, distribution(before))
            yield Figure("send", poll_us, distribution(during))

    def _receiving(self, passages: Sequence[Passage]) -> Iterator[Figure]:
        """A copy that the air made has the same head: then each read takes the next passage."""
        stations = {_node_id(passage.head): passage.sender for passage in passages}
        for poll_us, node_ids in self._groups():
            late = []
            for node_id in node_ids:
                due: dict[bytes, list[int]] = {}
                for passage in passages:
                    if passage.receiver == stations.get(node_id):
                        due.setdefault(passage.head[:HEAD_BYTES], []).append(passage.sent_us)
                for one in read_network_trace(self._trace(node_id))[0]:
                    waiting = due.get(one.head[:HEAD_BYTES])
                    if waiting:
                        late.append(one.at_us - waiting.pop(0))
            yield Figure("receiving", poll_us, distribution(late))


def _node_id(head: bytes) -> int:
    return int.from_bytes(head[NODE_ID_AT : NODE_ID_AT + 4], "little")


def _show(figures: Sequence[Figure], cpu: dict[str, float]) -> None:
    print(f"{'':<24}{'count':>7}{'median':>8}{'p95':>8}{'p99':>8}{'max':>8}")
    for figure in figures:
        pause = "" if figure.poll_us is None else f", poll_us {figure.poll_us}"
        name = figure.what + pause
        one = figure.distribution
        if one is None:
            print(f"{name:<24}{'none':>7}")
            continue
        print(
            f"{name:<24}{one.count:>7}{one.median_us:>8}{one.p95_us:>8}"
            f"{one.p99_us:>8}{one.max_us:>8}"
        )
    print("  ".join(f"{name} {percent:.1f} %" for name, percent in cpu.items()))
