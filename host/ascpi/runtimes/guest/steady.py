"""Nine nodes that hear each other, for measuring what a node's calls cost.

Everything here allocates only when it is made, so that whatever a run allocates is the core's.
Time is one count of µs; every node has a clock of its own: where it began, and its error.
"""

import hashlib

from ascpi_core.fixed import ticks_add
from ascpi_core.node import Node
from ascpi_core.settings import ROWS, NodeSettings, check_settings
from ascpi_core.ssep import Tagger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NODES = 9
PEERS = NODES - 1
STEP_US = 10_000

# Far apart and in no common proportion, up to the ±40 ppm of two crystals.
CLOCK_ERRORS_PPM = (0, 31, -17, 40, -40, 9, -3, 22, -28)


class Plan:
    """How nine nodes begin. `thousandths` are their phases; `gain` 1 holds them where they are."""

    def __init__(
        self,
        name: str,
        thousandths: "tuple[int, ...]",
        gain: int,
        rate_mhz: int = 1000,
        key: "bytes | None" = None,
    ) -> None:
        self.name = name
        self.thousandths = thousandths
        self.gain = gain
        self.rate_mhz = rate_mhz
        self.key = key

    def values(self, index: int) -> "dict[str, Any]":
        """Node `index`'s settings as a configuration file would give them."""
        values: dict[str, Any] = {
            "id": 100 + NODES - index,
            "rate_mhz": self.rate_mhz,
            "phase": self.thousandths[index] / 1000,
            "kappa": 0.125,
            "max_peers": 16,
        }
        if self.gain:
            values["alpha"] = values["alpha_acquire"] = self.gain
        return values

    def tagger(self) -> "Tagger | None":
        """What signs a node's packets; None in an open field."""
        return Tagger(self.key, hashlib.sha256) if self.key else None


TOGETHER = (250,) * NODES
# Nobody stands at the mean, 257, and so nobody locks by itself.
APART = (180, 190, 200, 210, 290, 300, 310, 320, 330)
ALL_ROUND = (0, 111, 222, 333, 444, 556, 667, 778, 889)
NEWCOMER_FIRST = (600,) + (250,) * PEERS
NEWCOMER_LAST = (250,) * PEERS + (600,)

# The states whose cost is of interest. With a gain of 1/10 000 a step they stay as they are.
LOCKED = Plan("locked", TOGETHER, 0)
ACQUIRING = Plan("acquiring", APART, 1)
SCATTERED = Plan("scattered (the lowest id is followed)", ALL_ROUND, 1)
NEWCOMER = Plan("newcomer among authorities", NEWCOMER_FIRST, 1)
AUTHORITY = Plan("authority with a newcomer", NEWCOMER_LAST, 1)


class World:
    """Nine nodes on the air. `bases`: what each one's ticks are at time 0."""

    def __init__(self, plan: Plan, bases: "list[int]") -> None:
        self.time_us = 0
        self.nodes = []
        self.receptions = 0
        self.ticks = 0
        self.sent = 0
        self.unexpected = 0
        self.silent = False
        """Nobody hears anybody any more."""
        self.first = 0
        self._bases = bases
        self._packet = bytearray(64)
        for index in range(NODES):
            values, mistakes = check_settings(plan.values(index), ROWS)
            if mistakes:
                raise ValueError(mistakes[0])
            chosen = NodeSettings(values)
            self.nodes.append(self.make(chosen, index, plan.tagger()))

    def make(self, chosen: NodeSettings, index: int, tagger: "Tagger | None") -> Node:
        """Node `index`."""
        return Node(chosen, 1, 77 + index, self._bases[index], tagger)

    def now(self, index: int) -> int:
        """Node `index`'s ticks."""
        time_us = self.time_us
        # 1024² stands for a million: the clocks' errors are 5 % larger than they say.
        error_us = ((time_us >> 10) * CLOCK_ERRORS_PPM[index]) >> 10
        return ticks_add(self._bases[index], time_us + error_us)

    def has(self, peers: int) -> bool:
        """Whether every node has so many peers present."""
        return all(len(node.field.membership.present) == peers for node in self.nodes)

    def step(self) -> None:
        """One step of time: every node from `first` on does all that a firmware's loop does."""
        self.time_us += STEP_US
        for index in range(self.first, NODES):
            node = self.nodes[index]
            now = self.now(index)
            if node.next_deadline(now) == 0:
                node.tick(now)
                self.ticks += 1
                if node.poll(self._packet, now) and not self.silent:
                    self.broadcast(index, self._packet)
            node.theta(now)
            node.shown(now)
            while node.events.pop():
                pass

    def run(self, steps: int) -> None:
        """So many steps."""
        for _ in range(steps):
            self.step()

    def broadcast(self, sender: int, packet: bytearray) -> None:
        """To everyone else, after 1 to 9.2 ms: within this step of time."""
        self.sent += 1
        for index in range(NODES):
            if index != sender:
                delay_us = 1000 + ((self.sent * 7919 + index * 613) & 0x1FFF)
                self.deliver(index, packet, ticks_add(self.now(index), delay_us))

    def deliver(self, index: int, packet: bytearray, heard: int) -> None:
        """A packet has come to a node."""
        if self.nodes[index].receive(packet, 64, heard):
            self.unexpected += 1
        self.receptions += 1
