"""The glyphs of one node: slots, digest, energy, and averages by share of energy."""

import cmath
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ascpi_core.fixed import TURN, arc
from ascpi_core.glyphs.glyph import CAPACITY, GlyphTable, fingerprint
from ascpi_core.glyphs.lifecycle import (
    COMMITTING,
    DEPARTING,
    ENDING,
    FREE,
    HELD,
    OFFERED,
    PREPARED,
    STOPPED,
)
from tests.core.small import load, searched

DPHI, KAPPA = 321, 4096

values = st.integers(0, 32767)
energies = st.integers(0, (1 << 24) - 1) | st.integers(0, 100)
phases = st.integers(0, TURN - 1)
given_glyphs = st.lists(st.tuples(values, values, phases, energies), min_size=1, max_size=CAPACITY)
Four = tuple[int, int, int, int]


def fill(holding: GlyphTable, glyphs: list[Four]) -> GlyphTable:
    for count, (dphi, kappa, theta, energy) in enumerate(glyphs):
        glyph = holding.free_slot()
        assert glyph is not None
        glyph.standing, glyph.birth_node, glyph.birth_count = HELD, 7, count
        glyph.dphi, glyph.kappa, glyph.theta, glyph.energy = dphi, kappa, theta, energy
    holding.touch()
    return holding


def made(glyphs: list[Four]) -> GlyphTable:
    return fill(GlyphTable(DPHI, KAPPA), glyphs)


def test_without_glyphs_the_node_is_as_its_settings_say() -> None:
    holding = made([(9, 9, 9, 9)])
    assert (holding.dphi, holding.kappa, holding.theta, holding.energy) == (9, 9, 9, 9)
    holding.slots[0].standing = FREE
    holding.touch()
    assert (holding.dphi, holding.kappa, holding.theta) == (DPHI, KAPPA, 0)
    assert (holding.count, holding.energy, holding.digest) == (0, 0, 0)


def test_slots_are_made_when_needed_used_again_and_never_more_than_there_are() -> None:
    holding = made([(1, 2, 3, 4)] * CAPACITY)
    assert (holding.room(), holding.count, len(holding.slots)) == (0, CAPACITY, CAPACITY)
    assert holding.free_slot() is None
    freed = holding.find(7, 5)
    assert freed is not None
    freed.state[3] = 9
    freed.standing = FREE
    assert holding.find(7, 5) is None
    assert holding.room() == 1
    assert holding.free_slot() is freed
    assert freed.state[3] == 0
    assert len(holding.slots) == CAPACITY


@pytest.mark.parametrize("standing", [STOPPED, OFFERED, COMMITTING])
def test_a_glyph_is_the_nodes_until_it_is_sent(standing: int) -> None:
    holding = made([(100, 200, 300, 400), (500, 600, 700, 800)])
    before = (holding.count, holding.energy, holding.digest, holding.dphi)
    holding.slots[1].standing = standing
    holding.touch()
    assert (holding.count, holding.energy, holding.digest, holding.dphi) == before


@pytest.mark.parametrize("standing", [DEPARTING, PREPARED, ENDING])
def test_a_glyph_that_is_not_the_nodes_is_in_no_sum(standing: int) -> None:
    holding = made([(100, 200, 300, 400), (500, 600, 700, 800)])
    holding.slots[1].standing = standing
    holding.touch()
    assert (holding.count, holding.energy, holding.dphi) == (1, 400, 100)
    assert holding.digest == fingerprint(7, 0, 0)
    assert holding.find(7, 1) is holding.slots[1]


@given(st.permutations(list(range(6))))
def test_the_digest_does_not_depend_on_order_and_changes_with_a_hop(order: list[int]) -> None:
    holding = made([(0, 0, 0, 0)] * 6)
    digest = holding.digest
    holding.slots = [holding.slots[index] for index in order]
    holding.touch()
    assert holding.digest == digest
    holding.slots[0].hops += 1
    holding.touch()
    assert holding.digest != digest


@given(given_glyphs, st.tuples(values, values, phases, energies))
@example([(32767, 0, TURN - 1, (1 << 24) - 1)] * 31, (0, 32767, 0, (1 << 24) - 1))
@example([(32767, 32767, 5, 1)], (0, 0, TURN // 2 + 5, (1 << 24) - 1))
def test_a_glyph_moves_the_means_by_its_share_of_the_energy(
    glyphs: list[Four], newcomer: Four
) -> None:
    """Shares err by 2^-13 at most, 32 weights are rounded to 2^-15 of the total, and each step
    rounds by a half: within 12 of 32768. A glyph without energy counts as one quantum."""
    glyphs = glyphs[: CAPACITY - 1]
    before, after = made(glyphs), made([*glyphs, newcomer])
    total = sum(energy or 1 for *_, energy in glyphs)
    share = (newcomer[3] or 1) / (total + (newcomer[3] or 1))
    assert abs(after.dphi - (before.dphi + share * (newcomer[0] - before.dphi))) <= 12
    assert abs(after.kappa - (before.kappa + share * (newcomer[1] - before.kappa))) <= 12
    way = arc(newcomer[2], before.theta)
    moved = arc(after.theta, before.theta)
    difference = abs(moved - share * way)
    assert min(difference, abs(difference - TURN)) <= 12 * TURN / 32768


@given(given_glyphs)
def test_the_means_are_those_of_the_energy(glyphs: list[Four]) -> None:
    holding = made(glyphs)
    weights = [energy or 1 for *_, energy in glyphs]
    for told, index in ((holding.dphi, 0), (holding.kappa, 1)):
        mean = sum(w * g[index] for w, g in zip(weights, glyphs, strict=True)) / sum(weights)
        assert abs(told - mean) <= 24
        assert 0 <= told <= 32767
    assert 0 <= holding.theta < TURN


@given(
    phases,
    st.lists(st.tuples(st.integers(-TURN // 8, TURN // 8), energies), min_size=1, max_size=32),
)
def test_the_mean_phase_lies_among_phases_wherever_on_the_circle(
    middle: int, arcs: list[tuple[int, int]]
) -> None:
    """Within a quarter turn the mean along the circle and that of the vectors differ little."""
    holding = made([(0, 0, (middle + one) % TURN, energy) for one, energy in arcs])
    weights = [energy or 1 for _, energy in arcs]
    mean = sum(w * a for w, (a, _) in zip(weights, arcs, strict=True)) / sum(weights)
    assert abs(arc(holding.theta, middle) - mean) <= TURN / 1000
    vector = sum(
        w * cmath.exp(2j * math.pi * a / TURN) for w, (a, _) in zip(weights, arcs, strict=True)
    )
    assert abs(arc(holding.theta, middle) / TURN - cmath.phase(vector) / math.tau) < 0.02


def test_a_single_glyphs_phase_is_told_exactly() -> None:
    assert made([(1, 2, 0xFEDCBA9, 5)]).theta == 0xFEDCBA9
    assert made([(1, 2, 0, 5), (1, 2, TURN // 2, 5)]).theta in (TURN // 4, 3 * TURN // 4)


@given(given_glyphs)
@example([(32767, 0, TURN // 2, (1 << 24) - 1), (0, 32767, 0, (1 << 24) - 1)] * 16)
@example([(0, 32767, TURN // 2, (1 << 24) - 1), (32767, 0, 0, 0)] * 16)
def test_all_of_it_in_31_bits(glyphs: list[Four]) -> None:
    checked = fill(load("glyphs.glyph").GlyphTable(DPHI, KAPPA), glyphs)
    assert checked.theta == made(glyphs).theta
    searched()
