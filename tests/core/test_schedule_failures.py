"""What goes wrong in a step: the glyph is stopped and kept, and the node goes on. `GlyphNode`
checks the ledger after each operation."""

import random
from typing import Any
from unittest.mock import Mock

import pytest

from ascpi_core.fixed import TURN
from ascpi_core.glyphs.glyph import CAPACITY, LIFETIME_ENDLESS, Glyph
from ascpi_core.glyphs.kind import World
from ascpi_core.glyphs.lifecycle import ENDING, HELD, STOPPED
from ascpi_core.glyphs.motor import ERROR_LETTERS
from ascpi_core.phase import BAND_NAMES
from tests.core.glyph_node import THETA, GlyphNode, Tricky, failing, tricky

HALF = TURN // 2


@pytest.fixture
def node() -> GlyphNode:
    return GlyphNode()


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
    assert (node.holding.pending, node.holding.count, other.steps) == (True, 2, 4)
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
    assert (glyph.standing, glyph.energy, node.holding.pending) == (STOPPED, 100_000, True)
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
    done = Mock()
    node.world.leave = done  # type: ignore[method-assign]
    with pytest.raises(KeyboardInterrupt):
        node.schedule.run(THETA, None)
    assert done.call_count == 2, "the step of either is over"
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
        node.schedule.mode = chance.randrange(len(BAND_NAMES))
        theta = (theta + chance.randrange(TURN // 3)) % TURN
        node.run(theta, lambda: next(ticks))
    assert ends > 100
    assert stops > 10
