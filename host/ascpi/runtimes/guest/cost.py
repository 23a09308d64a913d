"""What a node's calls cost in time, in iterations of an empty loop. Runs on MicroPython only.

Node 0 of nine is watched; eight peers are all there is to hear. Every 50 ms of their time it is
given what it heard, does a slice of work on its peers' clocks, then its supervision step, and then
is asked for a packet: each of these is timed, and between them an empty loop, the yardstick. So
whatever slows the machine down for a while slows down both.

Prints a line of JSON for each pass.
"""

import gc
import json
import sys
from time import ticks_diff, ticks_us  # type: ignore[attr-defined]

from ascpi.runtimes.guest import steady
from ascpi.runtimes.guest.glyphs import LOOKS, Full
from ascpi.runtimes.guest.messages import FORMS, Talk
from ascpi.runtimes.guest.motors import MotorWorld
from ascpi.runtimes.guest.steady import NODES, PEERS, Plan, World
from ascpi_core.fixed import ticks_add

ROUND_STEPS = 50_000 // steady.STEP_US
WARM_UP_ROUNDS = 80
"""4 s: nodes that start together lock in it, and the first echoes come."""

ROUNDS = 240
"""12 s of the nodes' time: 380 packets, 240 steps."""

YARDSTICK_ITERATIONS = 500
"""About as long as a call that is measured."""

GLYPH_TURNS = 6
MESSAGES_A_FORM = 40

INTERRUPTED = 1.5
"""A block this many times slower than the median was not left alone. No call of ours varies so."""

# Name of the tick's cost in each state.
STATES = (
    ("tick", steady.LOCKED),
    ("tick_acquiring", steady.ACQUIRING),
    ("tick_newcomer", steady.NEWCOMER),
    ("tick_authority", steady.AUTHORITY),
)
CALLS = ("receive", "clocks", "tick", "poll_beacon", "poll_idle", "yardstick", "nothing")
TAGGED = Plan("tagged", steady.TOGETHER, 0, 1000, b"the key of the bench")


class Watched(World):
    """A world in which node 0 is left alone; what it should hear is kept, with its ticks."""

    def __init__(self, plan: Plan) -> None:
        self.heard: list[tuple[bytes, int]] = []
        super().__init__(plan, [(index << 26) + 5 for index in range(NODES)])
        self.first = 1

    def deliver(self, index: int, packet: bytearray, heard: int) -> None:
        if index < self.first:
            self.heard.append((bytes(packet), heard))
        else:
            super().deliver(index, packet, heard)


class Round:
    """50 ms of node 0: the packets it hears, and when it then does its step."""

    def __init__(self, heard: "list[tuple[bytes, int]]", now: int) -> None:
        self.heard = heard
        self.now = now


def record(plan: Plan) -> "list[Round]":
    """All rounds of a plan. Nothing is timed yet: the other nodes would come in between."""
    world = Watched(plan)
    node = world.nodes[0]
    packet = bytearray(64)
    rounds = []
    for _ in range(WARM_UP_ROUNDS + ROUNDS):
        world.heard = []
        world.run(ROUND_STEPS)
        for heard, now in world.heard:
            node.receive(heard, 64, now)
        now = ticks_add(world.now(0), steady.STEP_US)
        node.tick(ticks_add(now, -ROUND_STEPS * steady.STEP_US // 4))
        node.tick(now)
        if node.poll(packet, now):
            # Sent at `now`, which is a step ahead: nobody hears a packet before it was sent.
            world.time_us += steady.STEP_US
            world.broadcast(0, packet)
            world.time_us -= steady.STEP_US
        rounds.append(Round(world.heard, now))
    if len(node.field.membership.present) != PEERS or world.unexpected:
        raise ValueError(f"{plan.name}: not all nodes heard each other")
    return rounds


class Stopwatch:
    """Times of one kind of call, in blocks of one or more."""

    def __init__(self) -> None:
        self._blocks: list[tuple[int, int]] = []

    def note(self, elapsed_us: int, calls: int) -> None:
        """A block of so many calls took so long."""
        self._blocks.append((elapsed_us, calls))

    def mean_us(self, overhead_us: float) -> float:
        """Time of a call, less `overhead_us` for each block; interrupted blocks are left out.

        The clock counts whole µs, so a mean of many says more than their median or least.
        """
        if not self._blocks:
            return 0.0
        each = sorted([elapsed_us / calls for elapsed_us, calls in self._blocks])
        limit_us = INTERRUPTED * each[len(each) >> 1] + 2
        total = 0.0
        count = 0
        for elapsed_us, calls in self._blocks:
            if elapsed_us <= limit_us * calls:
                total += elapsed_us - overhead_us
                count += calls
        return total / count


def time_yardstick(watch: Stopwatch) -> None:
    """Time an empty loop."""
    began = ticks_us()
    for _ in range(YARDSTICK_ITERATIONS):
        pass
    watch.note(ticks_diff(ticks_us(), began), YARDSTICK_ITERATIONS)


def time_nothing(watch: Stopwatch) -> None:
    """Time the timing."""
    began = ticks_us()
    watch.note(ticks_diff(ticks_us(), began), 1)


class Timed:
    """Node 0 once more, doing again what was recorded, with a clock at every call."""

    def __init__(self, plan: Plan, rounds: "list[Round]", world: "type[World]" = World) -> None:
        self.node = world(plan, [(index << 26) + 5 for index in range(NODES)]).nodes[0]
        self.rounds = rounds
        self.packet = bytearray(64)
        self.watches = {name: Stopwatch() for name in CALLS}

    def measure(self) -> "dict[str, float]":
        """µs of each call. Nothing is collected meanwhile: a node's loop never does."""
        gc.collect()
        gc.disable()
        for number in range(len(self.rounds)):
            if number == WARM_UP_ROUNDS:
                self.watches = {name: Stopwatch() for name in CALLS}
            self._round(self.rounds[number])
            time_yardstick(self.watches["yardstick"])
            time_nothing(self.watches["nothing"])
        gc.enable()
        overhead_us = self.watches["nothing"].mean_us(0)
        return {name: self.watches[name].mean_us(overhead_us) for name in CALLS}

    def _round(self, given: Round) -> None:
        node = self.node
        now = given.now
        if given.heard:
            self._receive(given.heard)
        began = ticks_us()
        # Between two steps, when nothing else is due.
        node.tick(ticks_add(now, -ROUND_STEPS * steady.STEP_US // 4))
        self.watches["clocks"].note(ticks_diff(ticks_us(), began), 1)
        began = ticks_us()
        node.tick(now)
        self.watches["tick"].note(ticks_diff(ticks_us(), began), 1)
        began = ticks_us()
        length = node.poll(self.packet, now)
        elapsed_us = ticks_diff(ticks_us(), began)
        self.watches["poll_beacon" if length else "poll_idle"].note(elapsed_us, 1)
        while node.events.pop():
            pass

    def _receive(self, heard: "list[tuple[bytes, int]]") -> None:
        node = self.node
        refused = 0
        began = ticks_us()
        for packet, now in heard:
            refused += node.receive(packet, 64, now)
        self.watches["receive"].note(ticks_diff(ticks_us(), began), len(heard))
        if refused:
            raise ValueError("a packet was refused")


def loops(plan: Plan, rounds: "list[Round]") -> "dict[str, float]":
    """Each call's cost in iterations of the yardstick, and the yardstick in µs."""
    measured = Timed(plan, rounds).measure()
    ratios = {name: measured[name] / measured["yardstick"] for name in CALLS}
    ratios["yardstick_us"] = measured["yardstick"]
    return ratios


def glyph_loops() -> "dict[str, float]":
    """Of a node with 32 glyphs: asking when one is due, and a run in which one of each is."""
    full = Full(False)
    looks, runs, yardstick, nothing = Stopwatch(), Stopwatch(), Stopwatch(), Stopwatch()
    gc.collect()
    gc.disable()
    for number in range(GLYPH_TURNS * LOOKS):
        due = full.advance() == 0
        began = ticks_us()
        full.schedule.arc_until_due(full.theta)
        elapsed_us = ticks_diff(ticks_us(), began)
        if due:
            began = ticks_us()
            full.schedule.run(full.theta, full.clock)
            runs.note(ticks_diff(ticks_us(), began), 1)
        elif number > LOOKS:
            looks.note(elapsed_us, 1)
        time_yardstick(yardstick)
        time_nothing(nothing)
    gc.enable()
    overhead_us = nothing.mean_us(0)
    iteration_us = yardstick.mean_us(overhead_us)
    return {
        "glyphs_look": looks.mean_us(overhead_us) / iteration_us,
        "glyphs_run": runs.mean_us(overhead_us) / iteration_us,
    }


def message_loops(key: "bytes | None") -> float:
    """Of the form that costs most: hearing one packet about glyphs."""
    talk = Talk(key)
    watches = [Stopwatch() for _ in FORMS]
    yardstick, nothing = Stopwatch(), Stopwatch()
    refused = 0
    gc.collect()
    gc.disable()
    for _ in range(MESSAGES_A_FORM):
        for number in range(len(FORMS)):
            talk.say(number)
            began = ticks_us()
            refused += talk.hear()
            watches[number].note(ticks_diff(ticks_us(), began), 1)
            time_nothing(nothing)
        time_yardstick(yardstick)
    gc.enable()
    if refused:
        raise ValueError("a packet was refused")
    overhead_us = nothing.mean_us(0)
    dearest_us = max([watch.mean_us(overhead_us) for watch in watches])
    return dearest_us / yardstick.mean_us(overhead_us)


def with_glyphs(rounds: "list[Round]") -> float:
    """A supervision step of a node that holds 16 glyphs, among the same peers."""
    measured = Timed(steady.LOCKED, rounds, MotorWorld).measure()
    return measured["tick"] / measured["yardstick"]


def main() -> None:
    recorded = [record(plan) for _, plan in STATES]
    tagged = record(TAGGED)
    for _ in range(int(sys.argv[1])):
        line = loops(steady.LOCKED, recorded[0])
        for number in range(1, len(STATES)):
            name, plan = STATES[number]
            line[name] = loops(plan, recorded[number])["tick"]
        measured = loops(TAGGED, tagged)
        line["receive_tagged"] = measured["receive"]
        line["poll_tagged"] = measured["poll_beacon"]
        line["tick_glyphs"] = with_glyphs(recorded[0])
        line.update(glyph_loops())
        line["receive_message"] = message_loops(None)
        line["receive_message_tagged"] = message_loops(TAGGED.key)
        print(json.dumps(line))


if __name__ == "__main__":
    main()
