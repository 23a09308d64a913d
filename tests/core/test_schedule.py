"""Who is due, once in a turn, and what a step costs. `GlyphNode` checks the ledger after each
operation, and that the holding tells what is so."""

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest

from ascpi_core.fixed import TURN
from ascpi_core.glyphs.glyph import CAPACITY, Glyph
from ascpi_core.glyphs.kind import World
from ascpi_core.glyphs.lifecycle import HELD, OFFERED
from ascpi_core.glyphs.motor import GUESTS_WAIT, HANDOFF_TURNS, RUNS_EVERY
from ascpi_core.phase import BAND_NAMES, FORMING, LOOSE, QUARTER_TURN, SHARED, SYMBOLIC, Oscillator
from tests.core.glyph_node import NODE, THETA, GlyphNode, tricky

HALF = TURN // 2


@pytest.fixture
def node() -> GlyphNode:
    return GlyphNode()


# When it is due


def test_it_is_armed_far_from_its_phase_and_fires_once_as_that_is_reached(node: GlyphNode) -> None:
    glyph = node.add()
    assert node.run(THETA) == 0
    assert node.run(THETA - 1) == 0
    assert node.run(THETA + HALF) == 0
    assert glyph.armed
    assert node.run(THETA - 1) == 0
    assert node.run(THETA) == 1
    assert (node.schedule.late, glyph.steps, glyph.unsaved) == (0, 1, True)
    assert node.run(THETA) == node.run(THETA + 1) == 0


def test_nor_does_one_back_into_the_quarter_behind_it(node: GlyphNode) -> None:
    """An eighth of a turn is as far as one step of steering goes."""
    node.add()
    assert node.turn() == 1
    for past in range(0, HALF, TURN // 64):
        assert node.run(THETA + past) == 0
        assert node.run(THETA + max(0, past - TURN // 8)) == 0


@pytest.mark.parametrize("back", [1, 1000, QUARTER_TURN])
def test_a_steering_step_back_over_it_never_fires_it_twice(node: GlyphNode, back: int) -> None:
    node.add()
    assert node.turn() == 1
    for _ in range(3):
        assert node.run(THETA - back) == 0
        assert node.run(THETA + 5) == 0


@pytest.mark.parametrize(
    ("jump", "ran"), [(0, 1), (1, 1), (QUARTER_TURN - 1, 1), (QUARTER_TURN, 0), (HALF, 0)]
)
def test_a_jump_over_it_is_caught_up_with_in_the_quarter_behind(
    node: GlyphNode, jump: int, ran: int
) -> None:
    node.add()
    node.run(THETA - QUARTER_TURN - 1)
    node.run(THETA - 1)
    assert node.run(THETA + jump) == ran
    assert node.schedule.late == (jump if ran else 0)


def test_how_far_it_is_until_something_is_to_be_done(node: GlyphNode) -> None:
    due = node.schedule.arc_until_due
    assert due(0) == QUARTER_TURN
    one, other = node.add(theta=1000), node.add(theta=TURN - 1000)
    for theta in (1000 + QUARTER_TURN - 1, TURN - 1000):
        assert due(theta) == QUARTER_TURN
    assert not one.armed
    assert due(HALF) == QUARTER_TURN
    assert one.armed
    assert other.armed
    assert due(HALF + QUARTER_TURN + 17) == QUARTER_TURN - 1017
    assert due(TURN - 1001) == 1
    assert due(TURN - 1000) == 0
    assert node.run(TURN - 1000) == 1
    assert due(TURN - 1000) == 2000
    one.standing = OFFERED
    assert due(TURN - 1000) == QUARTER_TURN


def test_a_look_each_time_that_it_says_so_misses_no_glyph(node: GlyphNode) -> None:
    """Wherever they are: looks come late by up to a 20th of a turn."""
    chance = random.Random(4)
    for _ in range(CAPACITY):
        node.add(theta=chance.randrange(TURN))
    theta, ran, turns = 0, 0, 0
    while turns < 100:
        wait = node.schedule.arc_until_due(theta) + chance.randrange(TURN // 20)
        turns += (theta + wait) // TURN
        theta = (theta + wait) % TURN
        ran += node.run(theta)
    assert 99 * CAPACITY <= ran <= 100 * CAPACITY


def steered(node: GlyphNode, rate_mhz: int, turns: int, seed: int) -> Iterator[tuple[int, int]]:
    """A real oscillator, looked at some 20 times in a turn at odd moments, and pushed to and fro:
    how far it has come in all, and its phase. Its ticks wrap."""
    chance = random.Random(seed)
    turn_us = 10**9 // rate_mhz
    now = (1 << 30) - 5 * turn_us & 0x3FFFFFFF
    local = Oscillator(rate_mhz, now, TURN // 3)
    unwrapped = before = local.theta
    while unwrapped < turns * TURN:
        now = (now + chance.randrange(turn_us // 20, turn_us // 10)) & 0x3FFFFFFF
        local.advance(now)
        # An eighth is what a node far from lock may be moved in a step.
        push = TURN // 8 if chance.random() < 0.1 else TURN // 100
        local.theta = (local.theta + chance.randrange(-push, push)) % TURN
        unwrapped += (local.theta - before + HALF) % TURN - HALF
        before = local.theta
        yield unwrapped, local.theta


def test_exactly_one_step_in_each_of_10_000_turns_of_a_steered_oscillator(
    node: GlyphNode,
) -> None:
    glyphs = [node.add(theta=(THETA + index * 77_777_777) % TURN) for index in range(3)]
    steps = [0, 0, 0]
    ran_at: list[list[int]] = [[], [], []]
    for way, theta in steered(node, 1000, 10_000, 8):
        node.schedule.run(theta, None)
        for index, glyph in enumerate(glyphs):
            if glyph.steps != steps[index]:
                steps[index] += 1
                ran_at[index].append(way)
    node.check()
    for index, glyph in enumerate(glyphs):
        assert glyph.steps == steps[index]
        assert abs(glyph.steps - 10_000) <= 1
        # A turn apart, but for how late the looks are: a tenth and an eighth of a turn.
        gaps = [(b - a) / TURN for a, b in pairwise(ran_at[index])]
        assert 0.775 <= min(gaps) < max(gaps) <= 1.225


@pytest.mark.parametrize("rate_mhz", [10, 1000, 10_000])
def test_once_in_a_turn_at_every_rate(node: GlyphNode, rate_mhz: int) -> None:
    glyph = node.add()
    for _, theta in steered(node, rate_mhz, 200, rate_mhz):
        node.run(theta)
    assert 199 <= glyph.steps <= 201


def test_several_turns_that_are_missed_are_not_made_up_for(node: GlyphNode) -> None:
    """A stall leaves one step at most; the lifetime counts turns that were seen."""
    glyph = node.add(lifetime=1000)
    local = Oscillator(1000, 0, 0)
    ran, stalls = 0, 0
    now = 0
    chance = random.Random(6)
    for _ in range(200):
        stalled = chance.random() < 0.2
        stalls += stalled
        now = (now + (chance.randrange(2_000_000, 9_000_000) if stalled else 90_000)) % (1 << 30)
        local.advance(now)
        before = glyph.steps
        ran += node.run(local.theta)
        assert glyph.steps <= before + 1
    assert stalls > 20
    assert ran == glyph.steps == glyph.passes == 1000 - glyph.lifetime
    assert ran <= 200 * 90_000 // 1_000_000 + stalls + 1


def test_32_glyphs_of_one_phase_all_run_in_one_go(node: GlyphNode) -> None:
    glyphs = [node.add() for _ in range(CAPACITY)]
    assert node.turn() == CAPACITY
    assert node.quiet.ran == list(range(CAPACITY))
    assert node.turn(9) == 9 * CAPACITY
    assert {glyph.steps for glyph in glyphs} == {10}
    assert node.schedule.steps == 10 * CAPACITY


def test_a_glyph_that_is_offered_over_its_moment_runs_when_it_comes_back(node: GlyphNode) -> None:
    glyph = node.add()
    node.run(THETA + HALF)
    glyph.standing = OFFERED
    assert node.run(THETA) == 0
    glyph.standing = HELD
    assert node.run(THETA + 1000) == 1


def test_a_glyph_may_change_its_own_phase(node: GlyphNode) -> None:
    """A tenth of a turn later each time: ten times in eleven turns."""

    def later(glyph: Glyph, world: World) -> None:
        glyph.theta = (glyph.theta + TURN // 10) % TURN

    glyph = tricky(node, later, theta=0)
    ran = sum(node.run(theta * TURN // 100) for theta in range(50, 11 * 100 + 50))
    assert ran == glyph.steps == 10


# How it runs in each mode


@pytest.mark.parametrize(
    ("mode", "own", "guest"), [(LOOSE, 8, 0), (FORMING, 4, 4), (SYMBOLIC, 8, 8), (SHARED, 8, 8)]
)
def test_what_runs_in_8_turns_of_each_mode(mode: int, own: int, guest: int) -> None:
    node = GlyphNode(mode)
    born_here, elsewhere = node.add(lifetime=100), node.add(birth_node=NODE + 1, lifetime=100)
    assert node.turn(8) == own + guest
    assert (born_here.steps, elsewhere.steps) == (own, guest)
    # Both are eight turns older all the same, and only what ran has cost something.
    assert {glyph.lifetime for glyph in (born_here, elsewhere)} == {92}
    assert (born_here.energy, elsewhere.energy) == (100_000 - own, 100_000 - guest)
    assert elsewhere.unsaved


def test_the_table_of_modes_is_that_of_the_bands() -> None:
    for column in (GUESTS_WAIT, RUNS_EVERY, HANDOFF_TURNS):
        assert len(column) == len(BAND_NAMES)
    assert list(HANDOFF_TURNS) == [0, 0, 4, 1]
