"""A whole field in virtual time: real nodes, crystals that differ, and the air between them.

Everything is an event at an integer µs of *true* time, and everything random comes from one seed,
so a run repeats to the bit. Nodes see true time only through their crystals, as on boards. A
field is judged in true time, which no node knows.
"""

import cmath
import heapq
import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ascpi.air.model import Air
from ascpi.air.preset import PRESETS
from ascpi_core import lock, refusal
from ascpi_core.circle import TURN
from ascpi_core.node import Node
from ascpi_core.node_settings import ROWS, NodeSettings
from ascpi_core.settings import check
from ascpi_core.tag import Tagger
from ascpi_core.ticks import TICKS_MASK

SECOND_US = 1_000_000

JUDGE_EVERY_US = 50_000
"""A look at the whole field every supervision step."""

LOCKED_COHERENCE = 0.75
LOCKED_ARC = 0.01
"""What counts as locked, in true time: C above the edge of `shared`, all within 0.01 turn."""

LATENESS_US = 300
"""A board's loop comes back to its node at most so much later than asked."""

BENIGN = frozenset({refusal.ACCEPTED, refusal.DUPLICATE, refusal.LATE})


def make_node(
    node_id: int, epoch: int, now: int, tagger: Tagger | None = None, **settings: object
) -> Node:
    """A node with these settings, all others as they are by default."""
    values, mistakes = check({"id": node_id, **settings}, ROWS)
    assert not mistakes, mistakes
    return Node(NodeSettings(values), epoch, node_id * 7919 + epoch, now, tagger)


@dataclass
class Board:
    """One board: its crystal, and its node while it has power."""

    node_id: int
    crystal_ppb: int
    ticks_start: int
    settings: dict[str, object]
    epoch: int = 0
    boot_us: int = 0
    node: Node | None = None
    stalled_until_us: int = 0
    events: list[tuple[int, int, int]] = field(default_factory=list)

    def ticks(self, true_us: int) -> int:
        """What its clock shows at this true time."""
        run = (true_us - self.boot_us) * (10**9 + self.crystal_ppb) // 10**9
        return (self.ticks_start + run) & TICKS_MASK

    def turns(self, true_us: int) -> float:
        """Θ_local at this true time."""
        assert self.node is not None
        return self.node.theta(self.ticks(true_us)) / TURN


@dataclass(frozen=True)
class Sample:
    """The boards with power at one true time: Θ_local (turns) and the state of the lock, by id."""

    true_us: int
    phases: dict[int, float]
    states: dict[int, int]

    @cached_property
    def resultant(self) -> complex:
        return resultant(self.phases.values())

    @property
    def coherence(self) -> float:
        return math.exp(-5 * (1 - abs(self.resultant)))

    @property
    def spread(self) -> float:
        """Largest distance of a phase from their mean, in turns."""
        mean = cmath.phase(self.resultant) / math.tau
        return max(abs(shortest(phase - mean)) for phase in self.phases.values())

    @property
    def locked(self) -> bool:
        return self.coherence > LOCKED_COHERENCE and self.spread < LOCKED_ARC


def resultant(phases: Iterable[float]) -> complex:
    """Mean of the unit vectors."""
    vectors = [cmath.exp(1j * math.tau * phase) for phase in phases]
    return sum(vectors) / len(vectors)


def shortest(arc: float) -> float:
    """An arc in turns brought to [−½, ½)."""
    return (arc + 0.5) % 1 - 0.5


class Field:
    """Boards 1 … n on one air. `run_until` moves true time on; `samples` are the judgements.

    `crystals_ppm` are spread evenly over ±`crystal_ppm`, in an order that the seed shuffles.
    """

    def __init__(
        self,
        count: int,
        seed: int,
        preset: str = "wifi",
        phases: Sequence[float] | None = None,
        crystal_ppm: float = 40,
        ticks_start: int | None = None,
        tagger: Tagger | None = None,
        maker: Callable[..., Node] = make_node,
        **settings: object,
    ) -> None:
        self.seed = seed
        self.now_us = 0
        self.samples: list[Sample] = []
        self.sent_us: list[int] = []
        self.refused: dict[int, int] = {}
        self._random = random.Random(seed)
        self._tagger = tagger
        self._maker = maker
        self.air = Air(PRESETS[preset], seed)
        self._events: list[tuple[int, int, str, int, bytes]] = []
        self._order = 0
        self._next_judgement_us = JUDGE_EVERY_US
        self.boards: dict[int, Board] = {}
        if phases is None:
            phases = [self._random.random() for _ in range(count)]
        spread = [2 * place / max(count - 1, 1) - 1 for place in range(count)]
        self._random.shuffle(spread)
        for place in range(count):
            start = self._random.getrandbits(30) if ticks_start is None else ticks_start
            board = Board(
                place + 1,
                round(spread[place] * crystal_ppm * 1000),
                start,
                {"phase": phases[place], "max_peers": max(32, count), **settings},
            )
            self.boards[board.node_id] = board
            self.power_on(board.node_id)

    def power_on(self, node_id: int) -> None:
        """Boot a board: a new epoch, at the phase of its settings, its ticks from their start."""
        board = self.boards[node_id]
        board.epoch += 1
        board.boot_us = self.now_us
        board.node = self._maker(
            node_id, board.epoch, board.ticks(self.now_us), self._tagger, **board.settings
        )
        self._push(
            self.now_us + self._random.randrange(3000), "wake", node_id, b"%d" % board.epoch
        )

    def power_off(self, node_id: int) -> None:
        """Cut a board's power; what it has sent stays on the air."""
        self.boards[node_id].node = None

    def stall(self, node_id: int, duration_us: int) -> None:
        """The board's loop hangs: nothing is received (it queues) and nothing ticks meanwhile."""
        self.boards[node_id].stalled_until_us = self.now_us + duration_us

    def run_for(self, duration_us: int) -> None:
        self.run_until(self.now_us + duration_us)

    def run_until(self, until_us: int) -> None:
        """Let everything happen up to this true time."""
        while self._events and self._events[0][0] <= until_us:
            true_us, _, kind, node_id, payload = heapq.heappop(self._events)
            while self._next_judgement_us <= true_us:
                self._judge(self._next_judgement_us)
            self.now_us = true_us
            board = self.boards[node_id]
            if board.node is None:
                continue
            if true_us < board.stalled_until_us:
                self._push(board.stalled_until_us, kind, node_id, payload)
            elif kind == "wake":
                self._wake(board, board.node, payload)
            else:
                self._hear(board, board.node, payload)
        while self._next_judgement_us <= until_us:
            self._judge(self._next_judgement_us)
        self.now_us = until_us

    def _push(self, true_us: int, kind: str, node_id: int, payload: bytes) -> None:
        self._order += 1
        heapq.heappush(self._events, (true_us, self._order, kind, node_id, payload))

    def _wake(self, board: Board, node: Node, epoch: bytes) -> None:
        if epoch != b"%d" % board.epoch:
            return  # the timer of an earlier boot
        now = board.ticks(self.now_us)
        node.tick(now)
        packet = bytearray(64)
        if node.poll(packet, now):
            self._broadcast(board.node_id, bytes(packet))
        while node.events.pop():
            board.events.append((self.now_us, node.events.event, node.events.subject))
        later_us = max(1, node.next_deadline(now)) + self._random.randrange(LATENESS_US)
        self._push(self.now_us + later_us, "wake", board.node_id, epoch)

    def _broadcast(self, sender: int, packet: bytes) -> None:
        self.sent_us.append(self.now_us)
        for receiver in self.boards:
            if receiver != sender:
                for arrival_us in self.air.deliveries(self.now_us, sender, receiver):
                    self._push(arrival_us, "hear", receiver, packet)

    def _hear(self, board: Board, node: Node, packet: bytes) -> None:
        status = node.receive(packet, len(packet), board.ticks(self.now_us))
        if status not in BENIGN:
            self.refused[status] = self.refused.get(status, 0) + 1

    def _judge(self, true_us: int) -> None:
        self._next_judgement_us += JUDGE_EVERY_US
        powered = [
            board
            for board in self.boards.values()
            if board.node is not None and board.boot_us < true_us
        ]
        if powered:
            self.samples.append(
                Sample(
                    true_us,
                    {board.node_id: board.turns(true_us) for board in powered},
                    {b.node_id: b.node.lock.state for b in powered if b.node is not None},
                )
            )

    # What a run showed.

    def between(self, from_us: int, to_us: int | None = None) -> list[Sample]:
        end_us = self.now_us if to_us is None else to_us
        return [sample for sample in self.samples if from_us <= sample.true_us <= end_us]

    def locked_since_us(self, from_us: int = 0) -> int | None:
        """Since when, after `from_us`, the field has been locked without a break."""
        since: int | None = None
        for sample in self.between(from_us):
            if not sample.locked:
                since = None
            elif since is None:
                since = sample.true_us
        return since

    def worst_spread(self, from_us: int) -> float:
        return max(sample.spread for sample in self.between(from_us))

    def busiest_second(self, from_us: int = 0) -> int:
        """Most packets sent in any one second after `from_us`."""
        sent = [at for at in self.sent_us if at >= from_us]
        first = 0
        most = 0
        for last, at in enumerate(sent):
            while at - sent[first] >= SECOND_US:
                first += 1
            most = max(most, last - first + 1)
        return most

    def states(self) -> list[str]:
        return [
            lock.STATES[board.node.lock.state] if board.node is not None else "off"
            for board in self.boards.values()
        ]

    def told(self, node_id: int, event: int) -> list[int]:
        """Subjects of this board's events of one kind."""
        return [subject for _, kind, subject in self.boards[node_id].events if kind == event]

    def story(self) -> str:
        """What a failed test shows: enough to run it again and to see the pattern."""
        lines = [f"seed {self.seed}, air {self.air.preset.name}, states {self.states()}"]
        for sample in self.samples[:: max(1, len(self.samples) // 40)]:
            phases = " ".join(f"{phase:.4f}" for phase in sample.phases.values())
            lines.append(f"{sample.true_us / 1e6:7.2f} s C={sample.coherence:.3f} {phases}")
        return "\n".join(lines)
