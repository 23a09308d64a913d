"""A type of glyph tried without a board or a network, turn by turn.

    trial = Trial(GlyphType, state=bytes([4]))
    trial.run(turns=8)
    print(trial)

What runs is the schedule that a board runs: it charges energy, counts the lifetime down and stops
a glyph that raises.

`python -m ascpi.glyphs.trial glyphs/template.py` does the same with a file.
"""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from ascpi.cli import guarded
from ascpi.errors import AscpiError
from ascpi.glyphs.trial_world import Flash, Reading, TrialWorld, Word
from ascpi.glyphs.types import import_file
from ascpi_core.fixed import HALF_TURN, ONE, PHASE_MASK
from ascpi_core.glyphs.glyph import LIFETIME_ENDLESS, STATE_BYTES, Glyph
from ascpi_core.glyphs.kind import Kind, Registry
from ascpi_core.glyphs.lifecycle import HELD
from ascpi_core.glyphs.loading import load_user_types
from ascpi_core.glyphs.motor import Schedule
from ascpi_core.glyphs.types import builtin
from ascpi_core.layout import STANDINGS
from ascpi_core.peers import EventRing
from ascpi_core.phase import BAND_NAMES, LOOSE, SHARED

ENERGY = 1000
KAPPA = ONE // 8
THETA = 0x4000000


class TrialError(AscpiError):
    """A type cannot be tried."""


class Trial:
    """One glyph of a type, on a node with id `node`.

    `state`: its first bytes, the rest 0. `theta` in 2^-28 turn. `pins`: what each pin reads, a
    number or a function. `band`: the coherence's, `loose` … `shared`. `timed`: whether steps that
    take longer than ALLOT_US cost more, as on a board; a computer is so much faster that this
    tells little. TrialError if the type itself is not right.
    """

    def __init__(
        self,
        kind: type[Kind],
        *,
        state: bytes = b"",
        energy: int = ENERGY,
        lifetime: int = LIFETIME_ENDLESS,
        theta: int = THETA,
        node: int = 1,
        pins: Mapping[int, Reading] | None = None,
        band: str = BAND_NAMES[SHARED],
        timed: bool = False,
    ) -> None:
        if len(state) > STATE_BYTES:
            raise TrialError(f"a state of {len(state)} bytes: {STATE_BYTES} are all there is")
        if band not in BAND_NAMES:
            raise TrialError(f"{band} is no band: give one of {', '.join(BAND_NAMES)}")
        self.turn = 0
        """Turns so far."""
        self.world = TrialWorld(pins or {})
        self._clock = _clock_us if timed else None
        self._holding = self.world.holding
        self._registry = registry_of(kind)
        self._holding.events = EventRing()
        self._band = BAND_NAMES.index(band)
        self.kind = self._kind(kind.NUMBER)
        self.glyph = self._born(node, state, energy, lifetime, theta)
        self._go(node)

    @property
    def flashes(self) -> list[Flash]:
        """What it showed, first to last."""
        return [deed for deed in self.world.deeds if isinstance(deed, Flash)]

    @property
    def words(self) -> list[str]:
        """What it said, first to last."""
        return [deed.text for deed in self.world.deeds if isinstance(deed, Word)]

    @property
    def standing(self) -> str:
        """`held` as long as it runs, `stopped` if it raised, `ending` when all is over."""
        return STANDINGS[self.glyph.standing]

    @property
    def error(self) -> str:
        """What it raised; "" if it did not."""
        return next(iter(self._schedule.errors.values()), "")

    def run(self, turns: int = 1) -> "Trial":
        """Let so many turns pass, or fewer if it comes to its end; the trial itself."""
        for _ in range(turns):
            if self.glyph.standing != HELD:
                break
            self.turn += 1
            self.world.turn = self.turn
            # Far from its θ, so that it is armed, and then at it.
            self._schedule.run((self.glyph.theta + HALF_TURN) & PHASE_MASK, self._clock)
            self._schedule.run(self.glyph.theta, self._clock)
            self._judge()
        return self

    def move(self, node: int) -> "Trial":
        """Have it arrive at another node, as a hand-off would."""
        if self.glyph.standing == HELD:
            self.glyph.hops += 1
            self._holding.touch()
            self._go(node)
        return self

    def reset(self) -> "Trial":
        """Have its board start anew: all that it has left is its state."""
        if self.glyph.standing == HELD:
            self._registry = registry_of(type(self.kind))
            self.kind = self._kind(self.kind.NUMBER)
            self._go(self.world.node_id)
        return self

    def describe(self) -> str:
        """What others can watch of it."""
        return self.kind.describe(bytes(self.glyph.state[:8]))

    def __str__(self) -> str:
        glyph = self.glyph
        lines = [str(deed) for deed in self.world.deeds]
        lines.append(
            f"{self.kind.NAME} after {self.turn} turns: {self.standing}, energy {glyph.energy}, "
            f"{self.describe()}"
        )
        if self.error:
            lines.append(f"it raised {self.error}")
        return "\n".join(lines)

    def _kind(self, number: int) -> Kind:
        kind = self._registry.by_number(number)
        assert kind is not None
        return kind

    def _born(self, node: int, state: bytes, energy: int, lifetime: int, theta: int) -> Glyph:
        glyph = self._holding.free_slot()
        assert glyph is not None
        glyph.standing = HELD
        glyph.birth_node = node
        glyph.kind = self.kind.NUMBER
        glyph.kappa = KAPPA
        glyph.energy = energy
        glyph.lifetime = lifetime
        glyph.theta = theta
        glyph.state[: len(state)] = state
        self._holding.ledger.born = energy
        self._holding.touch()
        return glyph

    def _go(self, node: int) -> None:
        """Begin at a node."""
        self.world.node_id = node
        self.world.band = self._band
        self.world.coherence = 0 if self._band == LOOSE else ONE
        self._schedule = Schedule(self._holding, self._registry, self.world, node)
        self._schedule.mode = self._band
        self._schedule.start(self.glyph)
        self._judge()

    def _judge(self) -> None:
        assert self._holding.ledger.imbalance(self._holding.energy) == 0, "energy is not conserved"


def registry_of(kind: type[Kind]) -> Registry:
    """The built-in types, and this one if it is none of them. TrialError if it is not right."""
    registry = builtin()
    known = registry.by_name(kind.NAME)
    if type(known) is not kind:
        try:
            registry.add(kind())
        except ValueError as error:
            raise TrialError(f"{kind.__name__}: {error}") from None
    return registry


def _clock_us() -> int:
    return time.perf_counter_ns() // 1000 & 0x3FFFFFFF


def type_in(path: Path) -> type[Kind]:
    """The type in a file, taken in as a board takes it in. TrialError if it is left out there."""
    registry = builtin()
    before = registry.names()
    mistakes = load_user_types(registry, [path.name], lambda stem: import_file(path))
    added = [registry.by_name(name) for name in registry.names() if name not in before]
    if mistakes:
        raise TrialError(mistakes[0])
    if not added or added[0] is None:
        raise TrialError(f"{path} is no type's file: its name ends in .py and begins with no _")
    return type(added[0])


def _pin(text: str) -> tuple[int, int]:
    pin, _, reading = text.partition("=")
    return int(pin), int(reading)


def run(words: Sequence[str] | None = None) -> int:
    """Try a file; exit code 1 if the glyph raised."""
    parser = argparse.ArgumentParser(
        prog="python -m ascpi.glyphs.trial", description="Try a type of glyph without a board."
    )
    parser.add_argument("file", type=Path, help="its file, such as glyphs/template.py")
    parser.add_argument("--turns", type=int, default=8, metavar="N", help="default: 8")
    parser.add_argument(
        "--bytes", type=bytes.fromhex, default=b"", metavar="HEX", help="its state at birth"
    )
    parser.add_argument("--energy", type=int, default=ENERGY, metavar="N", help="quanta at birth")
    parser.add_argument(
        "--pin", type=_pin, action="append", default=[], metavar="PIN=N", help="what a pin reads"
    )
    chosen = parser.parse_args(words)
    trial = Trial(
        type_in(chosen.file), state=chosen.bytes, energy=chosen.energy, pins=dict(chosen.pin)
    )
    print(trial.run(chosen.turns))
    return 1 if trial.error else 0


if __name__ == "__main__":
    sys.exit(guarded(run))
