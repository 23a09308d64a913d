"""One power cut, from SIGKILL to a glyph that counts on: told in figures that were seen.

The count before is what the node told last, or what lies on its flash if that is newer. Once the
power is gone the flash is read: from there the count goes on. What runs is written every 10 s and
with each move, so a cut at any other moment takes the counts since then back, and says so.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ascpi.demo.ear import Seen
from ascpi.demo.flash import held_on_flash
from ascpi_core.glyphs.glyph import glyph_name
from ascpi_core.glyphs.kind import get_word

OFF_US = 2_000_000


class Stage(Protocol):
    """What a `Cluster` does for a power cut."""

    def cut_power(self, node_id: int) -> None: ...
    def power_on(self, node_id: int) -> None: ...
    def journal(self, node_id: int) -> Path: ...


@dataclass(frozen=True)
class CutFigures:
    """`count_after`: the first count that was told after the restart beyond `count_on_flash`;
    `off_s` from the cut until the power was there again, `away_s` until that count was told."""

    glyph: str
    node_id: int
    count_before: int
    count_on_flash: int | None
    count_after: int | None
    off_s: float | None
    away_s: float | None


class PowerCut:
    """Made at the moment of the cut; `advance` it until `is_over`. Times are µs."""

    def __init__(
        self,
        stage: Stage,
        node_id: int,
        glyph: str,
        told: int,
        clock_us: Callable[[], int],
    ) -> None:
        self.node_id = node_id
        self.glyph = glyph
        self._stage = stage
        self._clock_us = clock_us
        stage.cut_power(node_id)
        self.cut_us = clock_us()
        self.on_flash = count_on_flash(stage.journal(node_id), glyph)
        self.before = max(told, self.on_flash or 0)
        self.after: int | None = None
        self.on_us: int | None = None
        self.back_us: int | None = None

    @property
    def is_off(self) -> bool:
        return self.on_us is None

    @property
    def is_over(self) -> bool:
        return self.back_us is not None

    def advance(self, now_us: int, seen: Seen) -> None:
        """Time has passed."""
        if self.on_us is None:
            if now_us >= self.cut_us + OFF_US:
                self._stage.power_on(self.node_id)
                self.on_us = self._clock_us()
        elif self.back_us is None:
            row = seen.row(self.glyph)
            if row is None or row.entry.told_us <= self.on_us:
                return
            count = get_word(row.entry.state, 0)
            if count > (self.on_flash or 0):
                self.after = count
                self.back_us = row.entry.told_us

    def figures(self) -> CutFigures:
        return CutFigures(
            self.glyph,
            self.node_id,
            self.before,
            self.on_flash,
            self.after,
            _seconds(self.cut_us, self.on_us),
            _seconds(self.cut_us, self.back_us),
        )

    def sentence(self, called: str) -> str:
        """What has happened, once it is over; `called`: the node's name."""
        off_s = _seconds(self.cut_us, self.on_us)
        start = f"{called} lost its power while it held counter {self.glyph} at {self.before}; "
        if self.on_flash is None or self.on_flash == self.before:
            return f"{start}after {off_s:.1f} s it is back and counts on: {self.after}"
        return (
            f"{start}after {off_s:.1f} s it is back, with {self.on_flash} from its flash, and "
            f"counts on: {self.after}"
        )

    def short(self, called: str) -> str:
        """The same in 69 columns."""
        flash = "" if self.on_flash in (None, self.before) else f", its flash had {self.on_flash}"
        return f"{called} is back: the counter was at {self.before}{flash}, is at {self.after}"


def count_on_flash(journal: Path, glyph: str) -> int | None:
    """The count with which this counter would come back; None if it would not."""
    for each in held_on_flash(journal):
        if glyph_name(each.birth_node, each.birth_count) == glyph:
            return get_word(each.state, 0)
    return None


def _seconds(from_us: int, to_us: int | None) -> float | None:
    return None if to_us is None else round((to_us - from_us) / 1e6, 2)
