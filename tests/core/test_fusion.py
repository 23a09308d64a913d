"""Fusion of two fields, and of many: against fractions, and in any order."""

import itertools
import math
import random
from fractions import Fraction

import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from ascpi_core.fixed import ONE, TURN
from ascpi_core.fusion import fuse_coherence, fuse_dphi, fuse_kappa, fuse_theta
from ascpi_core.phase import FieldMean
from ascpi_core.settings import unit_of_ratio

shares = st.integers(0, ONE - 1)


def of(nodes: list[tuple[int, int]]) -> FieldMean:
    field = FieldMean()
    for dphi, kappa in nodes:
        field.add(dphi, kappa)
    return field


@given(shares, shares)
def test_dphi_is_the_mean(one: int, other: int) -> None:
    assert fuse_dphi(one, other) == math.floor(Fraction(one + other, 2) + Fraction(1, 2))
    assert fuse_dphi(one, other) == fuse_dphi(other, one)


@given(st.integers(0, ONE), st.integers(0, ONE))
def test_coherence_is_exp_of_minus_the_mean_of_the_variances(one: int, other: int) -> None:
    if one and other:
        variances = -math.log(one / ONE) - math.log(other / ONE)
        assert fuse_coherence(one, other) / ONE == pytest.approx(
            math.exp(-variances / 2), abs=1 / ONE
        )
    else:
        assert fuse_coherence(one, other) == 0


@given(st.integers(0, TURN - 1), st.integers(1, TURN // 2 - 1))
def test_theta_is_the_circular_midpoint(one: int, gap: int) -> None:
    other = (one + gap) % TURN
    assert (fuse_theta(one, other) - one) % TURN in (gap // 2, gap // 2 + 1)


@given(st.lists(st.tuples(shares, shares), min_size=1, max_size=60))
def test_of_many_nodes(nodes: list[tuple[int, int]]) -> None:
    """ΔΦ is the mean to half a unit, κ the harmonic mean to one."""
    field = of(nodes)
    dphi = Fraction(sum(node[0] for node in nodes), len(nodes))
    assert abs(field.dphi() - dphi) <= Fraction(1, 2)
    if all(node[1] for node in nodes):
        kappa = len(nodes) / sum(Fraction(1, node[1]) for node in nodes)
        assert abs(field.kappa() - kappa) <= 1
    else:
        assert field.kappa() == 0


@given(st.tuples(shares, shares), st.tuples(shares, shares))
def test_of_two_nodes_it_is_the_operator(one: tuple[int, int], other: tuple[int, int]) -> None:
    field = of([one, other])
    assert field.dphi() == fuse_dphi(one[0], other[0])
    assert abs(field.kappa() - fuse_kappa(one[1], other[1])) <= 1


def test_who_is_met_first_does_not_matter() -> None:
    nodes = [(100, 20_000), (30_000, 500), (7, 32_767), (15_000, 64)]
    results = {
        (of(list(order)).dphi(), of(list(order)).kappa())
        for order in itertools.permutations(nodes)
    }
    assert len(results) == 1


def test_against_scipy() -> None:
    chance = random.Random(1)
    kappas = [chance.randrange(1, ONE) for _ in range(511)]
    field = of([(0, kappa) for kappa in kappas])
    assert field.kappa() == pytest.approx(scipy.stats.hmean(kappas), abs=1)


def test_nobody() -> None:
    field = of([(5, 5)])
    field.clear()
    assert (field.count, field.dphi(), field.kappa()) == (0, 0, 0)


def test_a_field_of_equals_keeps_its_values() -> None:
    for kappa in (1, 64, unit_of_ratio(125, 1000), ONE - 1):
        field = of([(1234, kappa)] * 200)
        assert (field.dphi(), field.kappa()) == (1234, kappa)
