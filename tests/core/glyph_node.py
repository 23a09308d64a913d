"""A schedule by itself, with a phase that a test turns by hand. Every operation is checked: the
ledger balances, and what the holding tells of its glyphs is what a fresh count gives."""

from collections.abc import Callable
from typing import Any

from ascpi_core.fixed import TURN
from ascpi_core.glyphs.glyph import LIFETIME_ENDLESS, Glyph, GlyphTable
from ascpi_core.glyphs.kind import Kind, Registry, World
from ascpi_core.glyphs.lifecycle import HELD
from ascpi_core.glyphs.motor import Schedule
from ascpi_core.glyphs.types import builtin
from ascpi_core.peers import EVENT_NAMES, EventRing
from ascpi_core.phase import SHARED

NODE = 7
THETA = TURN // 8


class LoggedWorld(World):
    """Keeps what is shown and said; `pins` are what it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.flashes: list[tuple[int, int, int, int]] = []
        self.pins: dict[int, int] = {}

    def flash(self, red: int, green: int, blue: int, duration_ms: int) -> None:
        self.flashes.append((red, green, blue, duration_ms))

    def read(self, pin: int) -> int:
        return self.pins[pin] if pin in self.pins else super().read(pin)


class Quiet(Kind):
    """Counts how often each glyph ran, by the count of its birth."""

    NAME = "quiet"
    NUMBER = 100

    def __init__(self) -> None:
        self.ran: list[int] = []

    def step(self, glyph: Glyph, world: World) -> None:
        self.ran.append(glyph.birth_count)


class Tricky(Kind):
    """Does to its glyph or world whatever a test hands in."""

    NAME = "tricky"
    NUMBER = 101
    COST = 10

    def __init__(self, act: Callable[[Glyph, World], Any]) -> None:
        self.act = act

    def step(self, glyph: Glyph, world: World) -> None:
        self.act(glyph, world)


class GlyphNode:
    """One node's glyphs. `quiet` is its type `quiet`."""

    def __init__(self, mode: int = SHARED) -> None:
        self.world = LoggedWorld()
        self.holding = GlyphTable(3, 4096)
        self.world.holding = self.holding
        self.world.node_id = NODE
        self.ledger = self.holding.ledger
        self.registry: Registry = builtin()
        self.quiet = Quiet()
        self.registry.add(self.quiet)
        self.events = self.holding.events = EventRing()
        self.schedule = Schedule(self.holding, self.registry, self.world, NODE)
        self.schedule.mode = mode

    def add(self, name: str = "quiet", **fields: Any) -> Glyph:
        """A glyph of this type, born here and HELD; the fields are its attributes."""
        glyph = self.holding.free_slot()
        assert glyph is not None
        kind = self.registry.by_name(name)
        values = {
            "birth_node": NODE,
            "birth_count": sum(one.standing != 0 for one in self.holding.slots),
            "kind": kind.NUMBER if kind is not None else 99,
            "theta": THETA,
            "kappa": 4096,
            "energy": 100_000,
            "lifetime": LIFETIME_ENDLESS,
            "standing": HELD,
            **fields,
        }
        for field, value in values.items():
            setattr(glyph, field, value)
        self.ledger.born += glyph.energy
        self.holding.touch()
        self.check()
        return glyph

    def start(self, glyph: Glyph) -> None:
        self.schedule.start(glyph)
        self.check()

    def run(self, theta: int, clock: Callable[[], int] | None = None) -> int:
        ran = self.schedule.run(theta % TURN, clock)
        self.check()
        return ran

    def turn(self, turns: int = 1, clock: Callable[[], int] | None = None) -> int:
        """So many turns from half a turn behind THETA: how often glyphs ran."""
        ran = 0
        for _ in range(turns):
            ran += self.run(THETA + TURN // 2)
            ran += self.run(THETA, clock)
        return ran

    def check(self) -> None:
        """Nothing is lost, and nothing is told that is not so."""
        holding = self.holding
        assert self.ledger.imbalance(holding.energy) == 0
        told = totals(holding)
        holding.touch()
        assert totals(holding) == told

    def happened(self) -> list[str]:
        """The names of all events since the last time."""
        names = []
        while self.events.pop():
            names.append(EVENT_NAMES[self.events.event])
        return names


def totals(holding: GlyphTable) -> tuple[int, ...]:
    return (
        holding.count,
        holding.energy,
        holding.digest,
        holding.dphi,
        holding.kappa,
        holding.theta,
    )


def tricky(node: "GlyphNode", act: Callable[[Glyph, World], Any], **fields: Any) -> Glyph:
    node.registry.add(Tricky(act))
    return node.add("tricky", **fields)


def failing(error: BaseException) -> Callable[[Glyph, World], None]:
    def act(glyph: Glyph, world: World) -> None:
        raise error

    return act
