"""What can be set on a node, in the core's units."""

from typing import Any

import pytest

from ascpi_core.fixed import ONE, TURN
from ascpi_core.settings import ROWS, NodeSettings, check_settings


def made(**given: Any) -> NodeSettings:
    values, mistakes = check_settings({"id": 1, **given}, ROWS)
    assert not mistakes
    return NodeSettings(values)


def test_defaults() -> None:
    settings = made()
    assert (settings.rate_mhz, settings.alpha, settings.alpha_acquire) == (1000, 100, 2500)
    assert (settings.step_us, settings.theta, settings.topology) == (50_000, 0, 0)
    assert settings.kappa == ONE // 8
    assert (settings.phase_offset, settings.steers_rate) == (0, True)


@pytest.mark.parametrize(
    ("phase", "theta"), [(0.25, TURN // 4), (0, 0), (0.9999999, 0), (0.999999, TURN - 268)]
)
def test_phase(phase: float, theta: int) -> None:
    assert made(phase=phase).theta == theta


@pytest.mark.parametrize(
    ("turns", "offset"),
    [
        (0, 0),
        (0.25, TURN // 4),
        (-0.25, 3 * TURN // 4),
        (-0.5, TURN // 2),
        (-0.000001, TURN - 268),
    ],
)
def test_phase_offset(turns: float, offset: int) -> None:
    assert made(phase_offset=turns).phase_offset == offset


def test_an_offset_of_24_bits_gives_the_same_as_one_of_53() -> None:
    """A board reads −0.1 as −0.10000000149011612."""
    assert made(phase_offset=-0.10000000149).phase_offset == made(phase_offset=-0.1).phase_offset


def test_laws() -> None:
    assert made(law="full").steers_rate
    assert not made(law="source").steers_rate
    assert check_settings({"id": 1, "law": "none"}, ROWS)[1] == [
        "law: 'none' is not allowed, give one of full, source"
    ]


def test_shares_stay_below_one() -> None:
    settings = made(dphi=0.99999, kappa=0.99999)
    assert settings.dphi == settings.kappa == ONE - 1
    assert made(dphi=0.19).dphi == round(0.19 * ONE)


def test_a_float_of_24_bits_gives_the_same_as_one_of_53() -> None:
    """A board reads 0.24 as 0.23999999463558197."""
    assert made(phase=0.23999999463558197).theta == made(phase=0.24).theta


@pytest.mark.parametrize(
    "name", ["id", "cluster", "rate_mhz", "alpha", "alpha_acquire", "step_ms", "max_peers"]
)
def test_numbers_beyond_their_ranges_are_refused(name: str) -> None:
    row = next(row for row in ROWS if row.name == name)
    for value in (vars(row)["low"] - 1, vars(row)["high"] + 1):
        assert len(check_settings({"id": 1, name: value}, ROWS)[1]) == 1


def test_every_default_is_allowed_but_that_of_the_id_which_must_be_given() -> None:
    assert [row.name for row in ROWS if row.wanted(row.default)] == ["id"]
