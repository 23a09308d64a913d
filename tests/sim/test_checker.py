"""Every check trips on a violation that is made by hand: a checker that cannot fail is none."""

from collections.abc import Callable

import pytest

from ascpi.sim.machine import Machine
from ascpi.sim.options import SimOptions
from ascpi.sim.world import World
from ascpi_core.glyphs.glyph import Glyph
from ascpi_core.glyphs.kind import get_word, put_word
from ascpi_core.glyphs.lifecycle import HELD, OFFERED, STOPPED
from ascpi_core.ssep import KIND_ACCEPT

SECOND_US = 1_000_000


@pytest.fixture
def world() -> World:
    """Two boards and a few glyphs that count; all is well."""
    made = World(SimOptions(nodes=2, faults=(), seconds=10, glyphs=6), 4)
    made.run_until(25 * SECOND_US)
    assert made.checker.violations == []
    return made


def held(world: World) -> tuple[Machine, Glyph]:
    for machine in world.machines:
        assert machine.motor is not None
        for glyph in machine.motor.holding.slots:
            if glyph.standing == HELD and glyph.energy > 10:
                return machine, glyph
    raise AssertionError("no glyph is held")


def other(world: World, machine: Machine) -> Machine:
    return next(one for one in world.machines if one is not machine)


def copied(world: World) -> None:
    machine, glyph = held(world)
    motor = other(world, machine).motor
    assert motor is not None
    copy = motor.holding.free_slot()
    assert copy is not None
    copy.birth_node, copy.birth_count, copy.kind = glyph.birth_node, glyph.birth_count, glyph.kind
    copy.standing = HELD
    motor.holding.touch()


def vanished(world: World) -> None:
    machine, glyph = held(world)
    assert machine.motor is not None
    machine.motor.holding.ledger.sent += glyph.energy
    glyph.clear()
    machine.motor.holding.touch()


def unwritten(world: World) -> None:
    """In memory it is there, but a power cut would lose it."""
    machine, glyph = held(world)
    del machine.shadow.glyphs[glyph.birth_node, glyph.birth_count]
    glyph.standing = OFFERED


def unpaid(world: World) -> None:
    held(world)[1].energy -= 1


def untold(world: World) -> None:
    machine, glyph = held(world)
    assert machine.motor is not None
    machine.motor.holding.ledger.spent += 1
    glyph.energy -= 1


def mistold(world: World) -> None:
    machine, glyph = held(world)
    assert machine.motor is not None
    machine.motor.holding.digest ^= 1
    glyph.standing = OFFERED


def stopped(world: World) -> None:
    for machine in world.machines:
        assert machine.motor is not None
        for glyph in machine.motor.holding.slots:
            if glyph.standing == HELD and glyph.kind != 65:
                glyph.standing = STOPPED
                return


@pytest.mark.parametrize(
    ("act", "check"),
    [
        (copied, "twice"),
        (vanished, "lost"),
        (unwritten, "lost"),
        (unpaid, "energy"),
        (untold, "energy"),
        (mistold, "digest"),
        (stopped, "raised"),
    ],
)
def test_what_an_event_must_not_do(world: World, act: Callable[[World], None], check: str) -> None:
    act(world)
    for machine in world.machines:
        world.checker.look(machine, world.now_us)
    assert check in {violation.check for violation in world.checker.violations}


def test_energy_that_is_sent_and_does_not_arrive(world: World) -> None:
    world.machines[0].shadow.sent += 7
    world.course.weigh()
    (violation,) = world.checker.violations
    assert violation.check == "energy"
    assert "= 7" in violation.words


def test_a_journal_that_is_read_wrongly(world: World) -> None:
    machine, glyph = held(world)
    machine.shadow.glyphs[glyph.birth_node, glyph.birth_count].energy += 1
    machine.shadow.spent += 1
    world.course.booted(machine, world.now_us)
    assert {violation.check for violation in world.checker.violations} == {"flash"}
    assert len(world.checker.violations) >= 2


def run_of(world: World, after: int = 0, again_us: int = SECOND_US, skip: int = 0) -> None:
    """Two runs of a counter, so far apart, the second one so much on."""
    machine, glyph = held(world)
    glyph.kind = 5
    course = world.course
    name = (glyph.birth_node, glyph.birth_count)
    count = course.counts.get(name, get_word(glyph.state, 0))
    course.counts[name] = count
    machine.turns += 1 << 28
    course.ran(machine, glyph, count, count + 1, world.now_us + SECOND_US)
    machine.turns += again_us * (1 << 28) // SECOND_US
    course.ran(
        machine,
        glyph,
        count + 1 + skip,
        count + 2 + skip + after,
        world.now_us + SECOND_US + again_us,
    )
    put_word(glyph.state, 0, count)


def test_two_runs_a_turn_apart_are_right(world: World) -> None:
    run_of(world)
    assert world.checker.violations == []


def test_a_second_run_in_one_turn(world: World) -> None:
    run_of(world, again_us=200_000)
    assert [violation.check for violation in world.checker.violations] == ["turn"]


@pytest.mark.parametrize(("after", "skip"), [(1, 0), (0, 1), (0, -1), (-1, 0)])
def test_a_count_that_skips_or_goes_back(world: World, after: int, skip: int) -> None:
    run_of(world, after=after, skip=skip)
    assert [violation.check for violation in world.checker.violations] == ["count"]


def test_a_nonce_that_stands_for_two_transfers(world: World) -> None:
    packet = bytearray(64)
    packet[3] = KIND_ACCEPT
    packet[40] = 9
    machine = world.machines[0]
    world.course.sent(machine, bytes(packet), 1)
    world.course.sent(machine, bytes(packet), 2)
    assert world.checker.violations == []
    packet[26] = 1
    world.course.sent(machine, bytes(packet), 3)
    assert [violation.check for violation in world.checker.violations] == ["nonce"]


def test_a_damaged_packet_that_is_taken(world: World) -> None:
    machine = world.machines[0]
    machine.heard(bytes(64), True, 8)
    assert world.checker.violations == []
    machine.heard(bytes(64), True, 0)
    assert [violation.check for violation in world.checker.violations] == ["forged"]


def test_a_node_that_raises(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble() -> None:
        raise ZeroDivisionError("by hand")

    monkeypatch.setattr(world.machines[0], "wake", stumble)
    world.run_until(world.now_us + SECOND_US)
    (violation,) = world.checker.violations
    assert violation.check == "raised"
    assert "ZeroDivisionError: by hand in stumble" in violation.words


def test_a_violation_is_said_once_and_ends_the_run(world: World) -> None:
    world.checker.fail("twice", "a glyph")
    world.checker.fail("twice", "a glyph")
    assert len(world.checker.violations) == 1
    before_us = world.now_us
    world.run_until(before_us + SECOND_US)
    assert world.now_us == before_us
