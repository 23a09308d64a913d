"""The last step of the first event: the first implosive glyph goes from A to B.

Nothing is staged in it. Three glyphs are born by order at the contact, with ΔΦ and κ of their
nodes: a pulse on each, so that a node has something to adapt, and the implosive one on A. A has
more energy than B then, and the policy by which every node goes does the rest, as soon as C is
above 0.65, the glyph has more than 8 quanta and the network is stable.

What is told was heard on the air: a node's beacon has its energy, and the averages of ΔΦ and κ
over its glyphs.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

from ascpi.demo.account import Account
from ascpi.demo.book import Book
from ascpi.demo.ear import Birth, Hearing, Told
from ascpi.demo.scene import GlyphView
from ascpi.telemetry import Line, Report
from ascpi_core.fixed import ONE
from ascpi_core.glyphs.kind import get_word
from ascpi_core.glyphs.policy import ENERGY_THRESHOLD
from ascpi_core.glyphs.types.implosive import Implosive
from ascpi_core.glyphs.types.pulse import Pulse
from ascpi_core.phase import MIGRATION_THRESHOLD

PULSE_ENERGY = {"giver": 400, "taker": 100}
IMPLOSIVE_ENERGY = 120
# Before the contact's phase, so that its first moment is a turn after it, and the figures of the
# contact are still those of the start.
IMPLOSIVE_THETA = 0.20
STABILITY = {
    "alone": "hears nobody",
    "unlocked": "is not locked yet",
    "unsure": "may be more than 2 ms off",
    "restless": "has not been calm for 5 s yet",
    "lossy": "loses too many packets",
}


@dataclass(frozen=True)
class NodeFigures:
    """A node's last beacon before the move, and its first one after it."""

    before: Told
    after: Told


@dataclass(frozen=True)
class Move:
    """`energy`, `dphi`, `kappa`, `turns`: the glyph's own as it came to the taker; `share`: of the
    taker's energy then; `expected_*`: what that makes of the taker's ΔΦ and κ."""

    glyph: str
    giver: NodeFigures
    taker: NodeFigures
    energy: int
    dphi: float
    kappa: float
    turns: int
    hops: int
    arrived_us: int

    @property
    def share(self) -> float:
        return self.energy / max(1, self.taker.after.energy)

    @property
    def expected_dphi(self) -> float:
        before = self.taker.before.dphi
        return before + self.share * (self.dphi - before)

    @property
    def expected_kappa(self) -> float:
        before = self.taker.before.kappa
        return before + self.share * (self.kappa - before)

    def figures(self) -> dict[str, Any]:
        figures = asdict(self)
        del figures["arrived_us"]
        return {
            **figures,
            "share": round(self.share, 4),
            "expected_dphi": round(self.expected_dphi, 4),
            "expected_kappa": round(self.expected_kappa, 4),
        }


class Migration:
    """`begin` it at the contact and `advance` it; `move` is there when all of it has been heard.

    `giver`, `taker`: ids of A and B; `theta`, `dphi`, `kappa`: their values at the start.
    """

    def __init__(
        self,
        ear: Hearing,
        giver: int,
        taker: int,
        theta: Mapping[int, float],
        dphi: Mapping[int, float],
        kappa: Mapping[int, float],
    ) -> None:
        self.book = Book()
        self.move: Move | None = None
        self._ear = ear
        self._giver = giver
        self._taker = taker
        pulses = [
            Birth(node, Pulse.NUMBER, theta[node], PULSE_ENERGY[role], dphi[node], kappa[node])
            for node, role in ((giver, "giver"), (taker, "taker"))
        ]
        self._implosive = Birth(
            giver, Implosive.NUMBER, IMPLOSIVE_THETA, IMPLOSIVE_ENERGY, dphi[giver], kappa[giver]
        )
        self._births = [*pulses, self._implosive]
        self._settled_account: Account | None = None

    def begin(self) -> None:
        """The two hear each other, and whoever observes them is heard."""
        for birth in self._births:
            self._ear.bear(birth)

    @property
    def glyph(self) -> str:
        """The implosive one's name; empty before it is born."""
        return self._ear.born.get(self._implosive, "")

    def take(self, node_id: int, said: Line | None, at_us: int) -> None:
        """A line of a node."""
        self.book.take(node_id, said, at_us)

    def advance(self) -> None:
        """Look whether it has moved."""
        self.book.see(self._ear.seen)
        if self.move is None:
            self.move = self._moved()

    def waits(self, reports: Mapping[int, Report]) -> str:
        """Why it has not moved yet, as far as the giver says."""
        if self._ear.trouble:
            return self._ear.trouble
        report = reports.get(self._giver)
        if not self.glyph or report is None:
            return "it is not born yet"
        if report.coherence <= MIGRATION_THRESHOLD / ONE:
            return f"it waits: C = {report.coherence:.2f}, and must be above 0.65"
        why = STABILITY.get(report.words.get("stable", ""))
        return f"it waits: A {why}" if why else "all is ready: it is about to go"

    def lines(self, since_contact: float) -> tuple[str, ...]:
        """The move in figures; `since_contact`: when it arrived, s after the contact."""
        move = self.move
        assert move is not None
        giver, taker = move.giver, move.taker
        return (
            f"C above 0.65, {move.energy} quanta > {ENERGY_THRESHOLD}, network stable: it may go",
            f"offer, accept, commit, done: on B {since_contact:.1f} s after contact",
            f"it ran {move.turns} times on A: ΔΦ {move.dphi:.3f}, κ {move.kappa:.3f} now",
            f"energy: A {giver.before.energy} → {giver.after.energy}, "
            f"B {taker.before.energy} → {taker.after.energy}, its share there is "
            f"{100 * move.share:.0f} %",
            f"B adapts by that share: ΔΦ {taker.before.dphi:.3f} → {taker.after.dphi:.3f}, "
            f"κ {taker.before.kappa:.3f} → {taker.after.kappa:.3f}",
        )

    def views(self, seconds: Callable[[int], float]) -> tuple[GlyphView, ...]:
        """The glyphs for a scene; `seconds` makes its time of µs."""
        return tuple(
            GlyphView(
                glyph,
                self.book.kinds.get(glyph, ""),
                place.node_id,
                place.hops,
                seconds(place.at_us),
                place.before,
            )
            for glyph, place in sorted(self.book.places.items())
        )

    def account(self) -> Account:
        """Of all three glyphs, as of when all was settled, or of now."""
        if self._settled_account is not None:
            return self._settled_account
        return self._account()

    def is_settled(self) -> bool:
        """Whether each glyph is somewhere, and all energy."""
        account = self._account()
        if not account.wrong:
            self._settled_account = account
        return not account.wrong

    def _account(self) -> Account:
        return Account(list(self._ear.born.values()), self._ear.seen, self.book)

    def _moved(self) -> Move | None:
        place = self.book.places.get(self.glyph)
        # The row in the list of all may be older than the move: where a glyph is, digests tell.
        entry = self._ear.seen.first.get(self.glyph)
        if place is None or entry is None or not place.hops or not entry.hops:
            return None
        giver = _change(self._ear.seen.told.get(self._giver, ()), 2, 1)
        taker = _change(self._ear.seen.told.get(self._taker, ()), 1, 2)
        if giver is None or taker is None:
            return None
        return Move(
            glyph=self.glyph,
            giver=giver,
            taker=taker,
            energy=entry.energy,
            dphi=entry.dphi / ONE,
            kappa=entry.kappa / ONE,
            turns=get_word(entry.state, 0),
            hops=entry.hops,
            arrived_us=place.at_us,
        )


def _change(told: tuple[Told, ...], before: int, after: int) -> NodeFigures | None:
    """The last beacon with so many glyphs before the first one with so many others."""
    for one, other in pairwise(told):
        if one.count == before and other.count == after:
            return NodeFigures(one, other)
    return None
