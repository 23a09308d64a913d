"""What is excused after a backup was put back or a flash erased, and for how long.

Both wipe away a history that other boards know of. Then a glyph may for a while be on two
boards, until the fence has found the stale copy; and one that was only on the wiped flash is gone.
"""

from dataclasses import dataclass, field

from ascpi.sim.shadow import Name


@dataclass
class Amnesty:
    """Glyphs that a wiped history concerned. `fence_until_us`: doubles are excused until then.
    `optional`: those that may be on no board in the end."""

    concerned: dict[Name, int] = field(default_factory=dict)
    optional: dict[Name, int] = field(default_factory=dict)
    fence_until_us: int = 1 << 62
    is_granted: bool = False
    """Whether any history was wiped: sums over the whole cluster then mean nothing."""

    def covers(self, name: Name) -> bool:
        """Whether it may be missing for now."""
        return name in self.concerned

    def may_double(self, name: Name, now_us: int) -> bool:
        """Whether it may be on two boards at this time."""
        return name in self.concerned and now_us < self.fence_until_us

    def grant(self, name: Name, now_us: int, is_optional: bool) -> None:
        """Excuse this glyph from now on."""
        self.concerned[name] = now_us
        if is_optional:
            self.optional[name] = now_us
