"""What a glyph's step costs, and how it comes to its end. `GlyphNode` checks the ledger after
each operation."""

import pytest

from ascpi_core.fixed import TURN
from ascpi_core.glyphs.glyph import CAPACITY, ENERGY_MAXIMUM, LIFETIME_ENDLESS, GlyphTable
from ascpi_core.glyphs.lifecycle import ENDING, HELD, STOPPED
from ascpi_core.phase import LOOSE
from tests.core.glyph_node import NODE, THETA, GlyphNode, failing, tricky

HALF = TURN // 2


@pytest.fixture
def node() -> GlyphNode:
    return GlyphNode()


def test_a_step_costs_what_its_type_says_and_takes_over_the_coherence(node: GlyphNode) -> None:
    seen = []
    glyph = tricky(node, lambda glyph, world: seen.append((glyph.energy, world.theta)))
    node.world.coherence = 12_345
    assert node.turn() == 1
    assert (glyph.energy, glyph.coherence, node.ledger.spent) == (99_990, 12_345, 10)
    assert seen == [(99_990, THETA)]


@pytest.mark.parametrize(
    ("took_us", "cost"),
    [(0, 10), (1000, 10), (1001, 20), (2000, 20), (2001, 30), (50_000, 500), (-5, 10)],
)
@pytest.mark.parametrize("began", [0, (1 << 30) - 700])
def test_each_further_time_begun_costs_as_much_again(
    node: GlyphNode, took_us: int, cost: int, began: int
) -> None:
    ticks = iter([began, (began + took_us) % (1 << 30)])
    glyph = tricky(node, lambda glyph, world: None)
    assert node.turn(clock=lambda: next(ticks)) == 1
    assert glyph.energy == 100_000 - cost
    assert node.schedule.overruns == (cost > 10)


def test_what_it_cannot_pay_for_ends_it(node: GlyphNode) -> None:
    glyph = tricky(node, lambda glyph, world: None, energy=25)
    assert node.turn(2) == 2
    assert (glyph.energy, glyph.standing, node.holding.pending) == (5, HELD, False)
    assert node.turn() == 0
    assert (glyph.energy, glyph.standing, node.holding.pending) == (0, ENDING, True)
    assert (node.ledger.spent, node.holding.count, node.holding.energy) == (25, 0, 0)
    assert node.happened() == ["glyph_ended"]
    assert node.turn(3) == 0


@pytest.mark.parametrize("energy", [10, 15, 1000, ENERGY_MAXIMUM])
def test_a_step_that_took_longer_than_it_can_pay_for_is_its_last(
    node: GlyphNode, energy: int
) -> None:
    """The longest time that ticks can tell, nine minutes, at the highest price."""
    ticks = iter([0, (1 << 29) - 1])
    glyph = tricky(node, lambda glyph, world: None, energy=energy)
    node.turn(clock=lambda: next(ticks))
    assert node.ledger.spent == min(energy, 10 * -(-((1 << 29) - 1) // 1000))
    assert glyph.standing == (HELD if energy == ENERGY_MAXIMUM else ENDING)


def test_energy_that_just_suffices_is_enough(node: GlyphNode) -> None:
    ticks = iter([0, 2500])
    glyph = tricky(node, lambda glyph, world: None, energy=30)
    node.turn(clock=lambda: next(ticks))
    assert (glyph.energy, glyph.standing) == (0, HELD)


def test_one_that_raises_after_too_long_pays_and_is_kept(node: GlyphNode) -> None:
    ticks = iter([0, 1_000_000])
    glyph = tricky(node, failing(OSError(19, "no such pin")), energy=100)
    node.turn(clock=lambda: next(ticks))
    assert (glyph.standing, glyph.energy, node.holding.count) == (STOPPED, 0, 1)


def test_a_lifetime_is_so_many_turns_with_the_last_one_run(node: GlyphNode) -> None:
    seen: list[int] = []
    glyph = tricky(node, lambda glyph, world: seen.append(glyph.lifetime), lifetime=3)
    endless = node.add()
    node.turn(5)
    assert seen == [2, 1, 0]
    assert (glyph.standing, glyph.energy, node.holding.pending) == (ENDING, 0, True)
    assert (endless.lifetime, endless.steps) == (LIFETIME_ENDLESS, 5)
    assert node.happened() == ["glyph_ended"]


def test_a_lifetime_runs_out_even_where_it_may_not_run() -> None:
    node = GlyphNode(LOOSE)
    guest, over = node.add(birth_node=NODE + 1, lifetime=2), node.add(lifetime=0)
    node.turn(3)
    assert (guest.standing, guest.steps, over.standing, over.steps) == (ENDING, 0, ENDING, 0)


def test_many_that_end_at_once_are_summed_up_once(
    node: GlyphNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(CAPACITY):
        node.add(lifetime=1)
    calls = []
    average = GlyphTable.average

    def counted(holding: GlyphTable) -> None:
        calls.append(holding)
        average(holding)

    monkeypatch.setattr(GlyphTable, "average", counted)
    node.schedule.run(THETA + HALF, None)
    node.schedule.run(THETA, None)
    assert len(calls) == 1
    assert (node.holding.count, node.holding.energy, node.events.dropped) == (0, 0, 0)
