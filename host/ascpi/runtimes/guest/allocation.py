"""What a node allocates in steady state: nothing. Runs on MicroPython only.

Two things say so together: the heap is locked, so that an allocation raises where it happens, and
with the collector off the bytes in use are the same before and after. A run begins when every
node has heard every other, for a new peer may make a table grow.

Prints one line a run and one traceback for each that allocates; ends with 1 if any did. With
--tagged it prints instead how many bytes one tagged packet costs (a hash cannot be reused).
"""

import gc
import sys
from gc import mem_alloc  # type: ignore[attr-defined]

from micropython import heap_lock, heap_unlock

from ascpi.runtimes.guest import steady
from ascpi.runtimes.guest.glyphs import LOOKS, Full
from ascpi.runtimes.guest.messages import FORMS, Talk
from ascpi.runtimes.guest.motors import MotorWorld
from ascpi.runtimes.guest.steady import NODES, PEERS, Plan, World

PLANS = (
    steady.LOCKED,
    steady.ACQUIRING,
    steady.SCATTERED,
    steady.NEWCOMER,
    steady.AUTHORITY,
    Plan("found by itself", steady.APART, 0),
    Plan("slowest", steady.APART, 0, 10),
    Plan("fastest", steady.APART, 0, 10_000),
)

# All nodes fall silent and go into holdover; the run begins when the last one has.
LEFT_ALONE = Plan("left alone, holdover", steady.TOGETHER, 0)

TICKS_PERIOD_EIGHTH = 1 << 27
STEPS_A_SECOND = 1_000_000 // steady.STEP_US
PATIENCE_STEPS = 10 * STEPS_A_SECOND

GLYPH_TURNS = 25
MESSAGES_A_FORM = 200

SECONDS = 6
# Clocks are measured over eight blocks of 4.2 s: one run is as long as that.
LONG_SECONDS = 40

# Short runs in which every clock wraps, each time at another moment between two packets: what
# goes wrong only for the millisecond of a packet's delay is met some fifty times.
WRAPS = 60
WRAP_FIRST_US = 1_000_000


def bases_by_eighths() -> "list[int]":
    """Clocks all over the 30 bits; the last one wraps after 3 s."""
    bases = [(TICKS_PERIOD_EIGHTH * index) & 0x3FFFFFFF for index in range(NODES - 1)]
    bases.append(-3_000_017 & 0x3FFFFFFF)
    return bases


def bases_before_wrap(first_us: int, apart_us: int) -> "list[int]":
    """Clocks that wrap one after the other."""
    return [-(first_us + apart_us * index) & 0x3FFFFFFF for index in range(NODES)]


class Run:
    """One plan with one set of clocks; `failure` says what is wrong, if anything."""

    def __init__(self, world: World, seconds: int, silent: bool) -> None:
        self.world = world
        self.seconds = seconds
        self.silent = silent
        self.bytes = 0
        self.failure = ""

    def measure(self) -> bool:
        """Whether nothing was allocated; the first allocation ends the run."""
        world = self.world
        self._wait_for(PEERS, "the nodes did not all hear each other")
        if self.silent:
            world.silent = True
            self._wait_for(0, "the nodes did not find each other silent")
        world.receptions = world.ticks = world.unexpected = 0
        for _ in range(self.seconds):
            if self.failure or not self._second():
                break
        if world.unexpected and not self.failure:
            self.failure = f"{world.unexpected} packets were refused"
        return not self.failure

    def _wait_for(self, peers: int, failure: str) -> None:
        """Until every node has so many peers; tables of peers may grow and shrink meanwhile."""
        for _ in range(PATIENCE_STEPS):
            if self.world.has(peers):
                return
            self.world.step()
        self.failure = failure

    def _second(self) -> bool:
        before = mem_alloc()
        heap_lock()
        try:
            self.world.run(STEPS_A_SECOND)
        except MemoryError as error:
            heap_unlock()
            self.failure = "an allocation (see above)"
            sys.print_exception(error, sys.stdout)  # type: ignore[attr-defined]
        else:
            heap_unlock()
            self.bytes += mem_alloc() - before
            if self.bytes:
                self.failure = f"{self.bytes} B in spite of the locked heap"
        return not self.failure


class Tally:
    """Runs so far, and a line for each row of the table."""

    def __init__(self) -> None:
        self.runs = 0
        self.failed = 0
        self.receptions = 0
        self.ticks = 0

    def glyphs(self, name: str, full: Full) -> None:
        """A node full of glyphs for some turns, after two in which all of them are armed."""
        self.runs += 1
        for _ in range(2 * LOOKS):
            full.look()
        steps = full.schedule.steps
        before = mem_alloc()
        heap_lock()
        try:
            for _ in range(GLYPH_TURNS * LOOKS):
                full.look()
        except MemoryError as error:
            heap_unlock()
            sys.print_exception(error, sys.stdout)  # type: ignore[attr-defined]
        else:
            heap_unlock()
        spent = mem_alloc() - before
        steps = full.schedule.steps - steps
        well = spent == 0 and steps == GLYPH_TURNS * len(full.holding.slots)
        text = "0 B" if well else f"FAILED: {spent} B, {full.schedule.errors}"
        self.failed += not well
        print(f"{name:<38} {'all types':<17} {steps:>7} steps {'':>17}  {text}")

    def messages(self, talk: Talk) -> None:
        """Packets about glyphs of every form, made and heard."""
        self.runs += 1
        before = mem_alloc()
        heap_lock()
        try:
            for _ in range(MESSAGES_A_FORM):
                for number in range(len(FORMS)):
                    talk.say(number)
                    talk.hear()
        except MemoryError as error:
            heap_unlock()
            sys.print_exception(error, sys.stdout)  # type: ignore[attr-defined]
        else:
            heap_unlock()
        spent = mem_alloc() - before
        taken = talk.sink.taken
        well = spent == 0 and taken == MESSAGES_A_FORM * len(FORMS)
        text = "0 B" if well else f"FAILED: {spent} B, {taken} taken"
        self.failed += not well
        self.receptions += taken
        title = "packets about glyphs"
        print(f"{title:<38} {'all forms':<17} {taken:>7} receptions {'':>12}  {text}")

    def row(
        self,
        plan: Plan,
        clocks: str,
        every_bases: "list[list[int]]",
        seconds: int,
        silent: bool = False,
        world: "type[World]" = World,
    ) -> None:
        """Run a plan with each set of clocks, until one fails."""
        receptions = ticks = 0
        text = "0 B"
        for bases in every_bases:
            run = Run(world(plan, bases), seconds, silent)
            well = run.measure()
            self.runs += 1
            receptions += run.world.receptions
            ticks += run.world.ticks
            if not well:
                self.failed += 1
                text = f"FAILED after {run.world.time_us} µs: {run.failure}"
                break
        self.receptions += receptions
        self.ticks += ticks
        print(f"{plan.name:<38} {clocks:<17} {receptions:>7} receptions {ticks:>6} ticks  {text}")


def check() -> int:
    """All runs; how many allocated."""
    tally = Tally()
    for plan in PLANS:
        seconds = LONG_SECONDS if plan is steady.LOCKED else SECONDS
        tally.row(plan, "over the range", [bases_by_eighths()], seconds)
        tally.row(plan, "wrap one by one", [bases_before_wrap(2_500_000, 371_003)], SECONDS)
    tally.row(
        LEFT_ALONE, "wrap one by one", [bases_before_wrap(2_500_000, 371_003)], SECONDS, True
    )
    wraps = [bases_before_wrap(WRAP_FIRST_US + 617 * wrap, 23_011) for wrap in range(WRAPS)]
    tally.row(steady.LOCKED, f"{WRAPS} times a wrap", wraps, 2)
    holding = Plan("locked, with glyphs", steady.TOGETHER, 0)
    tally.row(holding, "over the range", [bases_by_eighths()], SECONDS, False, MotorWorld)
    tally.row(
        holding,
        "wrap one by one",
        [bases_before_wrap(2_500_000, 371_003)],
        3 * SECONDS,
        False,
        MotorWorld,
    )
    tally.glyphs("32 glyphs, one after the other", Full(False))
    tally.glyphs("32 glyphs, all at once", Full(True))
    tally.messages(Talk())
    verdict = f"{tally.failed} failed" if tally.failed else "0 bytes allocated"
    print(f"{tally.runs} runs, {tally.receptions} receptions, {tally.ticks} ticks: {verdict}")
    return tally.failed


def bytes_a_packet(key: "bytes | None") -> int:
    """What receiving one packet allocates, on average of many, rounded up."""
    world = World(Plan("", steady.TOGETHER, 0, 1000, key), bases_by_eighths())
    world.run(2 * STEPS_A_SECOND)
    packet = bytearray(64)
    node, other = world.nodes[0], world.nodes[1]
    total = count = 0
    for _ in range(4 * STEPS_A_SECOND):
        world.time_us += steady.STEP_US
        now = world.now(1)
        other.tick(now)
        if other.poll(packet, now):
            heard = world.now(0) + 2000
            before = mem_alloc()
            node.receive(packet, 64, heard)
            total += mem_alloc() - before
            count += 1
    return -(-total // count)


def main() -> None:
    gc.disable()
    if "--bytes" in sys.argv:
        print(bytes_a_packet(None), bytes_a_packet(b"a key"))
    elif check():
        sys.exit(1)


if __name__ == "__main__":
    main()
