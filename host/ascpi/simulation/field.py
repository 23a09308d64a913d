"""Boards on one air, and time that moves on from event to event."""

import heapq
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from ascpi.air.model import Air
from ascpi.air.noise import seed_of
from ascpi.air.preset import PRESETS
from ascpi.simulation.board import Board, make_node
from ascpi.simulation.crystal import Crystal, Temperature
from ascpi.simulation.receiver import Receiver
from ascpi.simulation.sample import Sample
from ascpi_core.node import Node
from ascpi_core.phase import LOCK_STATES
from ascpi_core.ssep import ACCEPTED, DROP_DUPLICATE, DROP_LATE, PACKET_BYTES, Tagger

SECOND_US = 1_000_000

JUDGE_EVERY_US = 50_000
"""A look at the whole field every supervision step."""

LATENESS_US = 300
"""A board's loop comes back to its node at most so much later than asked."""

FIRST_WAKE_US = 3000
"""A board begins within so much of its power-on."""

BENIGN = frozenset({ACCEPTED, DROP_DUPLICATE, DROP_LATE})

# What an event asks for. Its payload is the epoch of a wake, or the packet.
_WAKE, _ARRIVE, _READ = range(3)

Watch = Callable[[int, Sequence[Board]], None]
"""Told the true time and all boards with power, whenever the field is judged."""

Alter = Callable[[int, bytes], bytes]
"""Given the sender and its packet: what the others are to hear instead."""


class Field:
    """Boards 1 … n on one air. `run_until` moves true time on; `samples` are the judgements.

    Crystals are spread evenly over ±`crystal_ppm`, in an order that the seed shuffles; each
    `temperature` wave has a phase of its own, from the seed. `ticks_start` is one for all, or by
    id; boards without one start anywhere. `poll_us` and `relay_us` make packets be read late
    (receiver.py). With `independent` each board's loop draws its lateness from a stream of its
    own: what one board does then leaves the others' luck as it was, and two runs can be compared.
    A `watch` is told of every judgement in the place of `samples`. `alter` can be set at any time.
    """

    def __init__(
        self,
        count: int,
        seed: int,
        preset: str = "wifi",
        phases: Sequence[float] | None = None,
        crystal_ppm: float = 40,
        ticks_start: int | Mapping[int, int] | None = None,
        tagger: Tagger | None = None,
        maker: Callable[..., Node] = make_node,
        *,
        temperature: Temperature | None = None,
        poll_us: int = 0,
        relay_us: int = 0,
        independent: bool = False,
        judge_every_us: int = JUDGE_EVERY_US,
        watch: Watch | None = None,
        **settings: object,
    ) -> None:
        self.seed = seed
        self.now_us = 0
        self.samples: list[Sample] = []
        self.sent_us: list[int] = []
        self.refused: dict[int, int] = {}
        self.alter: Alter | None = None
        self._random = random.Random(seed)
        self._tagger = tagger
        self._maker = maker
        self._watch: Watch = self._keep if watch is None else watch
        self._packet = bytearray(PACKET_BYTES)
        self.air = Air(PRESETS[preset], seed)
        self._events: list[tuple[int, int, int, Board, int | bytes]] = []
        self._order = 0
        self._judge_every_us = judge_every_us
        self._next_judgement_us = judge_every_us
        self.boards: dict[int, Board] = {}
        self._luck: dict[int, random.Random] = {}
        self._receivers: dict[int, Receiver] = {}
        if phases is None:
            phases = [self._random.random() for _ in range(count)]
        spread = [2 * place / max(count - 1, 1) - 1 for place in range(count)]
        self._random.shuffle(spread)
        for place in range(count):
            node_id = place + 1
            ppb = round(spread[place] * crystal_ppm * 1000)
            self.boards[node_id] = Board(
                node_id,
                Crystal(ppb, self._wave(temperature, node_id)),
                self._start(ticks_start, node_id),
                {"phase": phases[place], "max_peers": max(32, count), **settings},
            )
            if poll_us or relay_us:
                self._receivers[node_id] = Receiver(seed, node_id, poll_us, relay_us)
            own = random.Random(seed_of(seed, "luck", node_id)) if independent else None
            self._luck[node_id] = own or self._random
            self.power_on(node_id)

    def _start(self, ticks_start: int | Mapping[int, int] | None, node_id: int) -> int:
        if isinstance(ticks_start, int):
            return ticks_start
        # Drawn for all, so that naming one board's leaves the others' as they were.
        anywhere = self._random.getrandbits(30)
        return anywhere if ticks_start is None else ticks_start.get(node_id, anywhere)

    def _wave(self, temperature: Temperature | None, node_id: int) -> Temperature | None:
        if temperature is None:
            return None
        phase = random.Random(seed_of(self.seed, "temperature", node_id)).random()
        return replace(temperature, phase=phase)

    def power_on(self, node_id: int) -> None:
        """Boot a board: a new epoch, at the phase of its settings, its ticks from their start."""
        board = self.boards[node_id]
        board.switch_on(self.now_us)
        board.node = self._maker(
            node_id, board.epoch, board.ticks(self.now_us), self._tagger, **board.settings
        )
        later_us = self._luck[node_id].randrange(FIRST_WAKE_US)
        self._push(self.now_us + later_us, _WAKE, board, board.epoch)

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
        queue = self._events
        while queue and queue[0][0] <= until_us:
            true_us, _, kind, board, payload = heapq.heappop(queue)
            while self._next_judgement_us <= true_us:
                self._judge(self._next_judgement_us)
            self.now_us = true_us
            node = board.node
            if node is None:
                continue
            if true_us < board.stalled_until_us:
                self._push(board.stalled_until_us, kind, board, payload)
            elif isinstance(payload, int):
                self._wake(board, node, payload)
            elif kind == _ARRIVE and self._receivers:
                read_us = self._receivers[board.node_id].read_us(true_us)
                self._push(read_us, _READ, board, payload)
            else:
                self._hear(board, node, payload)
        while self._next_judgement_us <= until_us:
            self._judge(self._next_judgement_us)
        self.now_us = until_us

    def _push(self, true_us: int, kind: int, board: Board, payload: int | bytes) -> None:
        self._order += 1
        heapq.heappush(self._events, (true_us, self._order, kind, board, payload))

    def _wake(self, board: Board, node: Node, epoch: int) -> None:
        if epoch != board.epoch:
            return  # the timer of an earlier boot
        now = board.ticks(self.now_us)
        node.tick(now)
        if node.poll(self._packet, now):
            self._broadcast(board.node_id, bytes(self._packet))
        while node.events.pop():
            board.events.append((self.now_us, node.events.event, node.events.subject))
        later_us = max(1, node.next_deadline(now))
        later_us += self._luck[board.node_id].randrange(LATENESS_US)
        self._push(self.now_us + later_us, _WAKE, board, epoch)

    def _broadcast(self, sender: int, packet: bytes) -> None:
        self.sent_us.append(self.now_us)
        if self.alter is not None:
            packet = self.alter(sender, packet)
        deliveries = self.air.deliveries
        for receiver, board in self.boards.items():
            if receiver != sender:
                for arrival_us in deliveries(self.now_us, sender, receiver):
                    self._push(arrival_us, _ARRIVE, board, packet)

    def _hear(self, board: Board, node: Node, packet: bytes) -> None:
        status = node.receive(packet, len(packet), board.ticks(self.now_us))
        if status not in BENIGN:
            self.refused[status] = self.refused.get(status, 0) + 1

    def _judge(self, true_us: int) -> None:
        self._next_judgement_us += self._judge_every_us
        powered = [
            board
            for board in self.boards.values()
            if board.node is not None and board.boot_us < true_us
        ]
        if powered:
            self._watch(true_us, powered)

    def _keep(self, true_us: int, powered: Sequence[Board]) -> None:
        self.samples.append(
            Sample(
                true_us,
                {board.node_id: board.turns(true_us) for board in powered},
                {b.node_id: b.node.field.lock.state for b in powered if b.node is not None},
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
            LOCK_STATES[board.node.field.lock.state] if board.node is not None else "off"
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
