"""One board of a simulated field: its crystal, and its node while it has power."""

from dataclasses import dataclass, field

from ascpi.simulation.crystal import BILLION, Crystal
from ascpi_core.fixed import TICKS_MASK, TURN, ticks_diff
from ascpi_core.node import Node
from ascpi_core.settings import ROWS, NodeSettings, check_settings
from ascpi_core.ssep import Tagger


def make_node(
    node_id: int, epoch: int, now: int, tagger: Tagger | None = None, **settings: object
) -> Node:
    """A node with these settings, all others as they are by default."""
    values, mistakes = check_settings({"id": node_id, **settings}, ROWS)
    assert not mistakes, mistakes
    return Node(NodeSettings(values), epoch, node_id * 7919 + epoch, now, tagger)


@dataclass
class Board:
    """`ticks_start` is what its ticks show whenever it is switched on, last at `boot_us`.

    `events` are what its node told: (true time in µs, event, subject).
    """

    node_id: int
    crystal: Crystal
    ticks_start: int
    settings: dict[str, object]
    epoch: int = 0
    boot_us: int = 0
    node: Node | None = None
    stalled_until_us: int = 0
    events: list[tuple[int, int, int]] = field(default_factory=list)
    # From where the crystal counts: the boot, or the last change of the crystal.
    _since_us: int = 0
    _since_ticks: int = 0
    _since_gain: int = 0

    def __post_init__(self) -> None:
        self._count_from(0, self.ticks_start)

    @property
    def crystal_ppb(self) -> int:
        """The constant part of its crystal's error."""
        return self.crystal.ppb

    def switch_on(self, true_us: int) -> None:
        """A new epoch, and ticks from their start; the node is made by whoever has power."""
        self.epoch += 1
        self.boot_us = true_us
        self._count_from(true_us, self.ticks_start)

    def change_crystal(self, true_us: int, crystal: Crystal) -> None:
        """From this true time on another crystal counts; the ticks make no jump."""
        ticks = self.ticks(true_us)
        self.crystal = crystal
        self._count_from(true_us, ticks)

    def step_clock(self, true_us: int, step_us: int) -> None:
        """From this true time on its clock shows so much more."""
        self._count_from(true_us, (self.ticks(true_us) + step_us) & TICKS_MASK)

    def _count_from(self, true_us: int, ticks: int) -> None:
        self._since_us = true_us
        self._since_ticks = ticks
        self._since_gain = self.crystal.gain(true_us)

    def ticks(self, true_us: int) -> int:
        """What its clock shows at this true time, not before the last boot or change."""
        # `Crystal.count`, with half of it known beforehand: this is asked for at every event.
        gained = (self.crystal.gain(true_us) - self._since_gain) // BILLION
        return (self._since_ticks + true_us - self._since_us + gained) & TICKS_MASK

    def true_us(self, ticks: int, near_us: int) -> int:
        """When its clock showed `ticks` first, within half a period (8.9 min) of `near_us`."""
        counted = self.crystal.count(self._since_us, near_us)
        away = ticks_diff(ticks, self.ticks(near_us))
        return self.crystal.first_us(self._since_us, counted + away)

    def wraps_us(self, until_us: int) -> list[int]:
        """True times up to `until_us` at which its ticks began anew, since the last boot.

        As if the present crystal had been there all the time.
        """
        wraps = []
        count = TICKS_MASK + 1 - self.ticks_start
        while (at_us := self.crystal.first_us(self.boot_us, count)) <= until_us:
            wraps.append(at_us)
            count += TICKS_MASK + 1
        return wraps

    def turns(self, true_us: int) -> float:
        """Θ_local at this true time."""
        assert self.node is not None
        return self.node.theta(self.ticks(true_us)) / TURN
