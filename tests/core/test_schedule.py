"""Who is due, once in a turn, and what a step costs. `GlyphNode` checks the ledger after each
operation, and that the holding tells what is so."""

import random
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from ascpi_core.circle import TURN
from ascpi_core.coherence import BAND_NAMES, FORMING, LOOSE, SHARED, SYMBOLIC
from ascpi_core.glyphs.glyph import (
    ENDING,
    ENERGY_MAXIMUM,
    HELD,
    LIFETIME_ENDLESS,
    OFFERED,
    STOPPED,
    Glyph,
)
from ascpi_core.glyphs.holding import CAPACITY, Holding
from ascpi_core.glyphs.kind import Kind
from ascpi_core.glyphs.schedule import ERROR_LETTERS, MODES, QUARTER_TURN
from ascpi_core.glyphs.world import World
from ascpi_core.oscillator import Oscillator
from tests.core.glyph_node import NODE, THETA, GlyphNode

HALF = TURN // 2


@pytest.fixture
def node() -> GlyphNode:
    return GlyphNode()


class Tricky(Kind):
    """Does to its glyph or world whatever a test hands in."""

    NAME = "tricky"
    NUMBER = 101
    COST = 10

    def __init__(self, act: Callable[[Glyph, World], Any]) -> None:
        self.act = act

    def step(self, glyph: Glyph, world: World) -> None:
        self.act(glyph, world)


def tricky(node: GlyphNode, act: Callable[[Glyph, World], Any], **fields: Any) -> Glyph:
    node.registry.add(Tricky(act))
    return node.add("tricky", **fields)


def failing(error: BaseException) -> Callable[[Glyph, World], None]:
    def act(glyph: Glyph, world: World) -> None:
        raise error

    return act


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
    assert [mode.name for mode in MODES] == list(BAND_NAMES)
    assert [mode.handoff_turns for mode in MODES] == [0, 0, 4, 1]


# What it costs


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
    assert (glyph.energy, glyph.standing, node.schedule.wants_flush) == (5, HELD, False)
    assert node.turn() == 0
    assert (glyph.energy, glyph.standing, node.schedule.wants_flush) == (0, ENDING, True)
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
    assert (glyph.standing, glyph.energy, node.schedule.wants_flush) == (ENDING, 0, True)
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
    touch = Holding.touch

    def counted(holding: Holding) -> None:
        calls.append(holding)
        touch(holding)

    monkeypatch.setattr(Holding, "touch", counted)
    node.schedule.run(THETA + HALF, None)
    node.schedule.run(THETA, None)
    assert len(calls) == 1
    assert (node.holding.count, node.holding.energy, node.events.dropped) == (0, 0, 0)


# What goes wrong


def test_one_that_raises_is_stopped_kept_and_told(node: GlyphNode) -> None:
    def act(glyph: Glyph, world: World) -> None:
        glyph.state[3] = 77
        glyph.dphi = 5
        raise RuntimeError("a wire\n is loose")

    glyph = tricky(node, act, dphi=800)
    other = node.add()
    assert node.turn(4) == 5
    assert (glyph.standing, glyph.steps, glyph.energy) == (STOPPED, 1, 99_990)
    assert (glyph.state[3], glyph.dphi, glyph.unsaved) == (77, 800, True)
    assert (node.schedule.wants_flush, node.holding.count, other.steps) == (True, 2, 4)
    assert node.happened() == ["glyph_stopped"]
    assert node.schedule.errors == {"7.0": "RuntimeError: a wire is loose"}


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("dphi", 32768, "dphi 32768 is not a whole number from 0 to 32767"),
        ("dphi", -1, "dphi -1 is not a whole number from 0 to 32767"),
        ("kappa", 0.5, "kappa 0.5 is not a whole number from 0 to 32767"),
        ("kappa", None, "kappa None is not a whole number from 0 to 32767"),
        ("theta", TURN, f"theta {TURN} is not a whole number from 0 to {TURN - 1}"),
        ("state", bytearray(24), "state is to stay the 24 bytes that it is: write into them"),
    ],
)
def test_what_fits_into_no_record_stops_it_and_is_undone(
    node: GlyphNode, field: str, value: Any, sentence: str
) -> None:
    glyph = tricky(node, lambda glyph, world: setattr(glyph, field, value), dphi=1, kappa=2)
    state = glyph.state
    node.turn()
    assert list(node.schedule.errors.values()) == [sentence]
    assert (glyph.standing, glyph.dphi, glyph.kappa, glyph.theta) == (STOPPED, 1, 2, THETA)
    assert glyph.state is state


@pytest.mark.parametrize("length", [0, 23, 25, 99])
def test_a_state_keeps_its_length(node: GlyphNode, length: int) -> None:
    def act(glyph: Glyph, world: World) -> None:
        glyph.state[:] = bytes([9]) * length

    glyph = tricky(node, act)
    node.turn()
    assert glyph.standing == STOPPED
    assert glyph.state == (bytes([9]) * length + bytes(24))[:24]
    assert isinstance(glyph.state, bytearray)


def test_who_it_is_and_what_it_has_are_not_its_own_to_change(node: GlyphNode) -> None:
    def act(glyph: Glyph, world: World) -> None:
        glyph.energy = 1 << 23
        glyph.lifetime = LIFETIME_ENDLESS
        glyph.hops = glyph.birth_node = glyph.birth_count = 99
        glyph.kind = 5
        glyph.standing = ENDING

    glyph = tricky(node, act, lifetime=9)
    digest = node.holding.digest
    assert node.turn(3) == 3
    assert (glyph.energy, glyph.lifetime, glyph.hops, glyph.kind) == (99_970, 6, 0, 101)
    assert (glyph.standing, node.holding.digest) == (HELD, digest)


def test_a_type_that_the_node_does_not_have_stops_it_once(node: GlyphNode) -> None:
    glyph = node.add("nobody")
    node.start(glyph)
    node.turn(3)
    assert (glyph.standing, glyph.energy, glyph.steps) == (STOPPED, 100_000, 0)
    assert node.happened() == ["glyph_stopped"]
    assert list(node.schedule.errors.values()) == [
        "this node has no type of number 99: give it its file, and start it anew"
    ]
    late = node.add("nobody")
    node.turn()
    assert (late.standing, late.energy) == (STOPPED, 100_000)


def test_what_a_start_changes_is_in_the_averages(node: GlyphNode) -> None:
    class Late(Tricky):
        NAME = "late"
        NUMBER = 103

        def start(self, glyph: Glyph, world: World) -> None:
            glyph.dphi = 1234

    node.registry.add(Late(lambda glyph, world: None))
    node.start(node.add("late"))
    assert node.holding.dphi == 1234


def test_a_start_that_raises_stops_it_too(node: GlyphNode) -> None:
    class Shy(Tricky):
        NAME = "shy"
        NUMBER = 102

        def start(self, glyph: Glyph, world: World) -> None:
            raise ValueError("not here")

    node.registry.add(Shy(lambda glyph, world: None))
    glyph = node.add("shy")
    node.start(glyph)
    assert (glyph.standing, glyph.energy, node.schedule.wants_flush) == (STOPPED, 100_000, True)
    assert node.schedule.errors == {"7.0": "ValueError: not here"}


def test_errors_are_kept_of_those_that_are_here_and_are_not_long(node: GlyphNode) -> None:
    node.registry.add(Tricky(failing(ValueError("x" * 1000))))
    for count in range(10 * CAPACITY):
        if node.holding.room() == 0:
            for gone in node.holding.slots:
                node.ledger.spent += gone.energy
                gone.standing = 0
            node.holding.touch()
        node.add("tricky", birth_count=count)
        node.turn()
    assert len(node.schedule.errors) == CAPACITY
    assert {len(text) for text in node.schedule.errors.values()} == {ERROR_LETTERS}


def test_a_person_who_interrupts_is_heard_and_the_sums_are_right(node: GlyphNode) -> None:
    ending = node.add(lifetime=1)
    glyph = tricky(node, failing(KeyboardInterrupt()))
    node.run(THETA + HALF)
    with pytest.raises(KeyboardInterrupt):
        node.schedule.run(THETA, None)
    node.check()
    assert (ending.standing, glyph.standing, glyph.energy) == (ENDING, HELD, 99_990)


def test_random_lives_of_random_glyphs_balance(node: GlyphNode) -> None:
    """Births, steps, overruns, ends and failures in any order; the node checks each of them."""
    chance = random.Random(11)

    def act(glyph: Glyph, world: World) -> None:
        glyph.dphi = chance.randrange(32768)
        if chance.random() < 0.02:
            raise ValueError("by chance")

    node.registry.add(Tricky(act))
    ticks = iter(lambda: chance.randrange(3000), -1)
    theta, ends, stops = 0, 0, 0
    for _ in range(3000):
        for glyph in node.holding.slots:
            if glyph.standing in (ENDING, STOPPED):
                ends += glyph.standing == ENDING
                stops += glyph.standing == STOPPED
                node.ledger.spent += glyph.energy
                glyph.standing = 0
        node.holding.touch()
        if node.holding.room() and chance.random() < 0.3:
            node.add(
                chance.choice(["tricky", "implosive", "explosive", "counter"]),
                theta=chance.randrange(TURN),
                energy=chance.randrange(200),
                lifetime=chance.randrange(30),
            )
        node.schedule.mode = chance.randrange(len(MODES))
        theta = (theta + chance.randrange(TURN // 3)) % TURN
        node.run(theta, lambda: next(ticks))
    assert ends > 100
    assert stops > 10
