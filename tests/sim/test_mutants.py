"""Broken hand-offs are caught, and a case that fails is made smaller."""

import pytest

from ascpi.sim.mutants import HAND_OFFS, JOURNALS, MOTORS, MUTANTS, motor_of
from ascpi.sim.options import SimOptions
from ascpi.sim.run import Result, run_seed
from ascpi.sim.shrink import shrink
from ascpi_core.glyphs.motor import Motor


def caught(options: SimOptions, seeds: range) -> Result:
    for seed in seeds:
        result = run_seed(options, seed)
        if result.failed:
            return result
    raise AssertionError(f"{options.mutant} was not caught in {len(seeds)} seeds")


@pytest.mark.parametrize(
    ("mutant", "faults", "first", "checks"),
    [
        # With the faults and near the seed that bring each to light soonest; the swarm finds all.
        ("activates-on-prepare", (), 0, {"twice"}),
        ("acks-before-journal", ("slow",), 0, {"lost"}),
        ("commits-before-journal", ("slow", "refuse"), 0, {"twice", "energy"}),
        ("loses-energy-on-abort", ("loss", "oneway"), 3, {"energy"}),
        ("never-retries", ("loss", "partition"), 2, {"unconverged"}),
        ("drops-duplicate-commit", ("loss",), 4, {"unconverged"}),
        ("runs-on-arrival", (), 0, {"turn"}),
        ("runs-while-offered", ("slow",), 2, {"energy"}),
        ("reuses-nonces", ("power",), 5, {"nonce", "lost", "twice"}),
    ],
)
def test_it_is_caught(mutant: str, faults: tuple[str, ...], first: int, checks: set[str]) -> None:
    options = SimOptions(nodes=3, faults=faults, seconds=40, bound_s=10, mutant=mutant)
    result = caught(options, range(first, first + 20))
    assert result.failure in checks, result


def test_every_mutant_says_what_it_does_and_makes_a_motor() -> None:
    assert len(MUTANTS) >= 12
    assert list(MUTANTS) == [*HAND_OFFS, *JOURNALS, *MOTORS]
    for name, words in MUTANTS.items():
        assert words.endswith(".")
        assert issubclass(motor_of(name), Motor)
        assert motor_of(name) is not Motor
    assert motor_of("") is Motor


def test_a_failing_case_shrinks_and_still_fails() -> None:
    options = SimOptions(
        nodes=4, faults=("loss", "pause", "slow"), seconds=20, mutant="activates-on-prepare"
    )
    failing = caught(options, range(10))
    shown: list[str] = []
    shrunk = shrink(options, failing, shown.append)
    small = shrunk.options
    assert small.nodes < options.nodes
    assert small.seconds < options.seconds
    assert len(small.faults) < len(failing.names)
    assert small.glyphs < failing.glyphs or failing.glyphs == 1
    assert shown[-1].endswith(small.words())
    again = run_seed(small, failing.seed)
    assert again.failure == failing.failure
    assert again.violations == shrunk.result.violations


def test_shrinking_keeps_to_its_runs() -> None:
    options = SimOptions(nodes=3, faults=("loss", "pause"), seconds=30, mutant="runs-on-arrival")
    failing = caught(options, range(10))
    assert shrink(options, failing, runs_most=2).runs <= 2
