"""What the demo shows beside the lock: a comet runs round, a counter survives a power cut.

Both are born by order as soon as nodes hear each other, as `ascpi glyph spawn` does it. Once the
network is stable the comet goes its way. Then the board that holds the counter loses its power, a
moment after it has written the count to its flash, and comes back; `k` does that at any moment.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any

from ascpi.demo.account import Account, sentence
from ascpi.demo.book import Book
from ascpi.demo.cast import births
from ascpi.demo.ear import Hearing
from ascpi.demo.power_cut import PowerCut, Stage, count_on_flash
from ascpi.demo.scene import BAD, GOOD, NO_POWER, QUIET, GlyphView, LogLine, Scene
from ascpi.demo.session import monotonic_us
from ascpi.demo.watch import Watch
from ascpi.telemetry import Line
from ascpi.truth import Moment
from ascpi_core.glyphs.kind import get_word
from ascpi_core.glyphs.types.comet import Comet
from ascpi_core.glyphs.types.counter import Counter

CUT_KEY = "k"
# Before the first cut the comet has hopped so often, and so often after it before all is shown.
HOPS_BEFORE, HOPS_AFTER = 2, 2
COUNT_LEAST = 3
# With so little time left no power is cut any more: off, restart, lock, 5 s of calm, two hops.
CUT_TAKES_US = 14_000_000
FLASH_LOOK_US = 200_000
# Its tail is still on the track.
PORTRAIT_HOP_S = 0.5


class GlyphShow:
    """A story (see story.py). `until_us`: when the demo ends at the latest, if it does; `ends`:
    it is over when all has been shown."""

    patience_s = 0.05

    def __init__(
        self, stage: Stage, watch: Watch, ear: Hearing, until_us: int | None, ends: bool
    ) -> None:
        self.book = Book()
        self.cuts: list[PowerCut] = []
        self._stage = stage
        self._watch = watch
        self._ear = ear
        self._until_us = until_us
        self._ends = ends
        self._names = {node.node_id: node.name for node in watch.nodes}
        self._births = births(watch.nodes)
        self._started = False
        self._told: list[LogLine] = []
        self._announced: set[str] = set()
        self._hops_at_cut = 0
        self._flash_due_us = 0
        self._settled_account: Account | None = None

    # Time passes

    def take(self, node_id: int, said: Line | None, at_us: int) -> None:
        self.book.take(node_id, said, at_us)

    def press(self, keys: str) -> None:
        if CUT_KEY in keys:
            self._cut(monotonic_us())

    def advance(self, now_us: int, moments: Sequence[Moment]) -> None:
        if not self._started:
            self._start()
            return
        self.book.see(self._ear.seen)
        self._announce(now_us)
        cut = self._present_cut()
        if cut is not None:
            self._follow(cut, now_us)
        elif not self.cuts and self._is_time(now_us):
            self._cut(now_us)

    def is_portrait(self, scene: Scene) -> bool:
        """After the power cut, with the comet just come from the node beside it."""
        comet = self.book.places.get(self.comet)
        return (
            bool(self.cuts)
            and self.cuts[-1].is_over
            and not self._watch.excused.nodes
            and comet is not None
            and comet.before is not None
            and comet.before < comet.node_id
            and scene.elapsed_s - self._watch.seconds(comet.at_us) < PORTRAIT_HOP_S
        )

    def close(self) -> None:
        self._ear.stop()

    @property
    def finished(self) -> bool:
        return (
            self._ends
            and bool(self.cuts)
            and self.cuts[-1].is_over
            and not self._watch.excused.nodes
            and self._hops(self.comet) >= self._hops_at_cut + HOPS_AFTER
        )

    @property
    def settled(self) -> bool:
        account = self._account_now()
        if not account.wrong:
            self._settled_account = account
        return not account.wrong

    # What there is

    @property
    def comet(self) -> str:
        """Its name; empty before it is born."""
        return self._ear.born.get(self._births[0], "")

    @property
    def counter(self) -> str:
        return self._ear.born.get(self._births[1], "")

    def _hops(self, glyph: str) -> int:
        place = self.book.places.get(glyph)
        return 0 if place is None else place.hops

    def _count(self) -> int | None:
        row = self._ear.seen.row(self.counter)
        return None if row is None else get_word(row.entry.state, 0)

    def _present_cut(self) -> PowerCut | None:
        return self.cuts[-1] if self.cuts and not self.cuts[-1].is_over else None

    def _start(self) -> None:
        if any(report.peers for report in self._watch.reports.values()):
            self._started = True
            self._ear.start()
            for birth in self._births:
                self._ear.bear(birth)

    def _announce(self, now_us: int) -> None:
        for glyph, birth, words in (
            (self.comet, self._births[0], "comet {0} is born on {1}: it will run round"),
            (self.counter, self._births[1], "counter {0} is born on {1}: it counts turns"),
        ):
            if glyph and glyph not in self._announced:
                self._announced.add(glyph)
                self._say(now_us, words.format(glyph, self._names[birth.node_id]), QUIET)
        if self._hops(self.comet) and "hop" not in self._announced:
            self._announced.add("hop")
            self._say(now_us, f"the network is stable: comet {self.comet} hops", GOOD)
        if self._ear.trouble and self._ear.trouble not in self._announced:
            self._announced.add(self._ear.trouble)
            self._say(now_us, self._ear.trouble, BAD)

    def _say(self, now_us: int, text: str, kind: str, short: str = "") -> None:
        """`short`: for the log of the picture, which has 69 columns."""
        self._watch.say(now_us, short or text, kind)
        self._told.append(LogLine(self._watch.seconds(now_us), text, kind))

    # The power cut

    def _is_time(self, now_us: int) -> bool:
        """Whether it is a good moment to cut the power by itself."""
        if self._until_us is not None and now_us + CUT_TAKES_US > self._until_us:
            return False
        count = self._count()
        if count is None or count < COUNT_LEAST or self._hops(self.comet) < HOPS_BEFORE:
            return False
        reports = self._watch.reports.values()
        if not self._watch.judge.locked or any(
            report.words.get("stable") != "stable" for report in reports
        ):
            return False
        if now_us < self._flash_due_us:
            return False
        self._flash_due_us = now_us + FLASH_LOOK_US
        holder = self.book.places[self.counter].node_id
        return (count_on_flash(self._stage.journal(holder), self.counter) or 0) >= count

    def _cut(self, now_us: int) -> None:
        count = self._count()
        place = self.book.places.get(self.counter)
        if self._present_cut() is not None or self._watch.excused.nodes:
            return
        if count is None or place is None:
            self._say(now_us, "the counter is not there yet: no power is cut", QUIET)
            return
        self._watch.excuse(place.node_id)
        cut = PowerCut(self._stage, place.node_id, self.counter, count, monotonic_us)
        self.cuts.append(cut)
        name = self._names[place.node_id]
        text = f"{name} loses its power; counter {self.counter} is at {cut.before}"
        self._say(cut.cut_us, text, BAD)

    def _follow(self, cut: PowerCut, now_us: int) -> None:
        was_off = cut.is_off
        cut.advance(now_us, self._ear.seen)
        if was_off and not cut.is_off:
            name = self._names[cut.node_id]
            self._say(now_us, f"{name} has power again, and the flash that it had", QUIET)
        if cut.is_over:
            self._hops_at_cut = self._hops(self.comet)
            name = self._names[cut.node_id]
            self._say(now_us, cut.sentence(name), GOOD, cut.short(name))

    # What is told

    def tell(self, scene: Scene) -> Scene:
        cut = self._present_cut()
        off = cut.node_id if cut is not None and cut.is_off else None
        nodes = tuple(
            replace(node, state=NO_POWER, phase=None, error_us=None, claim_us=None)
            if node.node_id == off
            else node
            for node in scene.nodes
        )
        return replace(
            scene,
            nodes=nodes,
            glyphs=self._views(),
            told=tuple(self._told),
            keys=(*scene.keys, (CUT_KEY, "cuts the counter's power")),
        )

    def _views(self) -> tuple[GlyphView, ...]:
        views = []
        for glyph, kind in ((self.comet, Comet.NAME), (self.counter, Counter.NAME)):
            place = self.book.places.get(glyph)
            if place is None or glyph in self.book.ended:
                continue
            views.append(
                GlyphView(
                    glyph,
                    kind,
                    place.node_id,
                    place.hops,
                    self._watch.seconds(place.at_us),
                    place.before,
                    self._count() if kind == Counter.NAME else None,
                )
            )
        return tuple(views)

    def ending(self, plain: bool) -> str:
        lines = []
        if not plain:
            lines = [cut.sentence(self._names[cut.node_id]) for cut in self.cuts if cut.is_over]
        if self._ends and not self.cuts:
            lines.append("no power was cut: the network was not stable for long enough")
        if self._glyphs and not self.failure():
            hops = self._hops(self.comet)
            more = f"; the comet has hopped {hops} time{'' if hops == 1 else 's'}"
            lines.append(self._account().sentence(more if self.comet else ""))
        return "\n".join(map(sentence, lines))

    def failure(self) -> str:
        return sentence("; ".join(self._account().wrong))

    def figures(self) -> dict[str, Any]:
        return {
            "glyphs": self._account().figures(),
            "comet": {
                "glyph": self.comet,
                "hops": self._hops(self.comet),
                "path": list(self.book.paths.get(self.comet, ())),
            },
            "counter": {
                "glyph": self.counter,
                "count": self._count(),
                "power_cuts": [asdict(cut.figures()) for cut in self.cuts],
            },
        }

    @property
    def _glyphs(self) -> list[str]:
        return [glyph for glyph in (self.comet, self.counter) if glyph]

    def _account(self) -> Account:
        """As of the moment at which all was settled, or of now."""
        if self._settled_account is not None:
            return self._settled_account
        return self._account_now()

    def _account_now(self) -> Account:
        kinds = ((Comet.NAME, self.comet), (Counter.NAME, self.counter))
        unborn = [kind for kind, glyph in kinds if not glyph]
        return Account(self._glyphs, self._ear.seen, self.book, unborn)
