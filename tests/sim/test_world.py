"""Whole worlds, a few seconds each: they are safe, come to rest, and are the same every time."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ascpi.sim.faults import FAULTS
from ascpi.sim.options import SimOptions
from ascpi.sim.run import Result, run_seed
from ascpi.sim.settle import settle, unsettled
from ascpi.sim.trace import Trace
from ascpi.sim.world import World
from ascpi_core.glyphs.lifecycle import HELD, OFFERED

SECOND_US = 1_000_000
DIGEST = """
import sys
from ascpi.sim.options import SimOptions
from ascpi.sim.run import run_seed
from ascpi.sim.trace import Trace
trace = Trace()
run_seed(SimOptions(seconds=20), int(sys.argv[1]), trace)
print(trace.digest)
"""


def told(result: Result) -> str:
    """What a failed run says."""
    return f"seed {result.seed}: {result.violations} {result.unsettled} {result.names}"


@pytest.mark.parametrize("seed", range(4))
def test_a_swarm_is_safe_and_comes_to_rest(seed: int) -> None:
    result = run_seed(SimOptions(seconds=40), seed)
    assert not result.failed, told(result)
    assert result.glyph_turns > 0
    assert result.converged_us is not None


STRIKING = ("power", "tear", "refuse", "misread", "pause", "restore", "erase", "replay")


@pytest.mark.parametrize("fault", [*STRIKING, "corrupt", "wrap", "clog"])
def test_a_fault_by_itself_strikes_and_does_no_harm(fault: str) -> None:
    for seed in range(6):
        result = run_seed(SimOptions(nodes=3, faults=(fault,), seconds=30), seed)
        assert not result.failed, told(result)
        assert sum(result.struck[other] for other in FAULTS if other != fault) == 0
        if result.struck[fault]:
            return
    pytest.fail(f"{fault} struck in none of six seeds")


def test_without_faults_glyphs_move_and_nothing_strikes() -> None:
    result = run_seed(SimOptions(faults=(), seconds=40), 1)
    assert not result.failed, told(result)
    assert result.handoffs >= 10
    assert not any(result.struck.values())


def test_the_same_seed_is_the_same_run_to_the_byte() -> None:
    def lines(seed: int) -> list[str]:
        written: list[str] = []
        run_seed(SimOptions(seconds=20), seed, Trace(written.append))
        return written

    first = lines(5)
    assert first == lines(5)
    assert first[1:] != lines(6)[1:]
    assert len(first) > 1000


def test_neither_the_trace_nor_the_hash_s_seed_changes_a_run(checkout: Path) -> None:
    trace = Trace()
    result = run_seed(SimOptions(seconds=20), 7, trace)
    silent = run_seed(SimOptions(seconds=20), 7)
    assert (silent.packets, silent.writes, silent.struck) == (
        result.packets,
        result.writes,
        result.struck,
    )
    other = subprocess.run(
        [sys.executable, "-c", DIGEST, "7"],
        env={**os.environ, "PYTHONHASHSEED": "12345"},
        cwd=checkout,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert other.stdout.strip() == trace.digest


def test_how_time_is_sliced_changes_nothing() -> None:
    whole, sliced = Trace(), Trace()
    World(SimOptions(seconds=15), 3, whole).run_until(15 * SECOND_US)
    world = World(SimOptions(seconds=15), 3, sliced)
    while world.now_us < 15 * SECOND_US:
        world.run_until(min(15 * SECOND_US, world.now_us + 777_777))
    assert sliced.digest == whole.digest


def test_a_fault_that_is_left_out_leaves_the_others_as_strong() -> None:
    with_both = World(SimOptions(faults=("loss", "pause")), 9).mix
    alone = World(SimOptions(faults=("pause",)), 9).mix
    assert with_both.loss > 0
    assert alone.loss == 0
    assert (alone.pause_every_us, alone.pause_us) == (with_both.pause_every_us, with_both.pause_us)


def test_what_is_not_well_is_said() -> None:
    world = World(SimOptions(nodes=2, faults=(), seconds=10, glyphs=2), 2)
    assert "has no power" in unsettled(world)
    world.run_until(SECOND_US // 2)
    assert "is not locked" in unsettled(world) or "has no power" in unsettled(world)
    world.run_until(12 * SECOND_US)
    assert unsettled(world) == ""
    machine = next(one for one in world.machines if one.motor and one.motor.holding.count)
    assert machine.motor is not None
    glyph = next(one for one in machine.motor.holding.slots if one.standing == HELD)
    # A glyph that stands still for ever is neither safe nor alive.
    glyph.standing = OFFERED
    glyph.attempts = 1
    glyph.deadline_ticks = glyph.due_ticks = machine.ticks() + (1 << 28) & 0x3FFFFFFF
    world.checker.look(machine, world.now_us)
    converged_us, words = settle(world)
    assert converged_us is None
    assert "on the move" in words or "does not run" in words
