"""RateSteering: how the trim comes to the common rate, and how far it can be led astray."""

import itertools

import pytest

from ascpi_core.fixed import TURN
from ascpi_core.phase import ALPHA_DEFAULT, STEER_EVERY, TRIM_LIMIT_PPM, RateSteering, correction

STEP_US = 50_000
A_SECOND = 1_000_000 // (STEP_US * STEER_EVERY)
"""So many times a second the rate is steered."""
HOPELESS = TURN // 2
SLEW_PPM = 8
SLEW_S = 64
INTEGRAL_MOST_PPM = 8
"""15 µs for ever: 137 · 2^10 in 2^-54 turn/µs are 7.8 ppm at 1 turn/s."""


def a_ppm(rate_mhz: int) -> float:
    """One ppm of the nominal rate in 2^-54 turn/µs."""
    return rate_mhz * 2**54 / 1e15


PPM = a_ppm(1000)


def made(rate_mhz: int = 1000, alpha: int = ALPHA_DEFAULT) -> RateSteering:
    return RateSteering(alpha, STEP_US, rate_mhz)


def steered(steering: RateSteering, seconds: float, error: int = 0) -> list[float]:
    """The trims of so many seconds, in ppm of 1 turn/s."""
    return [steering.steer(error) / PPM for _ in range(round(seconds * A_SECOND))]


def steady(at_ppm: float = 0) -> RateSteering:
    """One that has come to this rate and knows it well."""
    steering = made()
    steering.aim(round(at_ppm * PPM), True, True)
    assert steered(steering, 60)[-1] == pytest.approx(at_ppm, abs=0.01)
    return steering


@pytest.mark.parametrize("ppm", [-200, -20, 0, 20, 200])
def test_the_trim_goes_to_the_common_rate(ppm: float) -> None:
    """Two thirds of the way in 3.2 s, all of it in 30."""
    steering = made()
    steering.aim(round(ppm * PPM), True, False)
    trims = steered(steering, 30)
    assert trims[16 - 1] == pytest.approx(ppm * (1 - 1 / 2.8), abs=0.01 + abs(ppm) * 0.03)
    assert trims[-1] == pytest.approx(ppm, abs=0.02)
    assert all(abs(trim) <= abs(ppm) + 0.01 for trim in trims)


def test_without_a_known_rate_and_without_an_error_nothing_is_trimmed() -> None:
    steering = made()
    steering.aim(round(100 * PPM), False, False)
    assert steered(steering, 10) == [0] * (10 * A_SECOND)


def test_a_rate_that_is_no_longer_known_is_kept() -> None:
    steering = steady(30)
    steering.aim(round(-80 * PPM), False, False)
    assert steered(steering, 60) == pytest.approx([30] * 60 * A_SECOND, abs=0.01)


@pytest.mark.parametrize("sign", [-1, 1])
def test_once_steady_the_common_rate_is_changed_slowly(sign: int) -> None:
    """A wild crystal among few: 8 ppm in 64 s at most, whatever it pretends."""
    steering = steady(5)
    steering.aim(round(sign * 200 * PPM), True, True)
    trims = steered(steering, 2 * SLEW_S)
    changes = [after - before for before, after in itertools.pairwise(trims)]
    assert max(abs(change) for change in changes) <= SLEW_PPM / (SLEW_S * A_SECOND)
    assert trims[-1] == pytest.approx(5 + sign * 2 * SLEW_PPM, rel=0.02)


def test_until_it_is_steady_it_is_changed_fast() -> None:
    """Also where the rates are one, but only roughly known."""
    steering = made()
    steering.aim(round(5 * PPM), True, False)
    steered(steering, 60)
    steering.aim(round(50 * PPM), True, False)
    assert steered(steering, 30)[-1] == pytest.approx(50, abs=0.1)


def test_it_is_steady_no_more_once_the_rate_was_unknown() -> None:
    """As after a silence: whoever comes back is not to take minutes."""
    steering = steady(5)
    steering.aim(round(5 * PPM), False, False)
    steered(steering, 1)
    steering.aim(round(50 * PPM), True, False)
    assert steered(steering, 30)[-1] == pytest.approx(50, abs=0.1)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("rate_mhz", [100, 1000, 10_000])
def test_the_trim_has_a_limit(sign: int, rate_mhz: int) -> None:
    steering = made(rate_mhz)
    steering.aim(round(sign * 400 * a_ppm(rate_mhz)), True, False)
    trim = [steering.steer(sign * HOPELESS) for _ in range(1000)][-1] / a_ppm(rate_mhz)
    # Its own trim takes no more than 24 bits, 93 ppm of 10 turns/s.
    limit = TRIM_LIMIT_PPM if rate_mhz <= 1000 else 93
    assert trim == pytest.approx(sign * limit, rel=0.01)


@pytest.mark.parametrize("sign", [-1, 1])
def test_the_integral_has_a_bound_however_large_the_error(sign: int) -> None:
    trims = steered(made(), 3600, sign * HOPELESS)
    assert max(abs(trim) for trim in trims) <= INTEGRAL_MOST_PPM
    assert abs(trims[-1]) > INTEGRAL_MOST_PPM * 0.9


def test_the_integral_forgets_itself() -> None:
    """What all have in common would add up otherwise: two thirds of it are gone after 3.4 min."""
    steering = made()
    before = steered(steering, 600, HOPELESS)[-1]
    after = steered(steering, 205)
    assert after[-1] == pytest.approx(before / 2.72, rel=0.05)
    assert all(trim >= 0 for trim in after)
    assert steered(steering, 3600)[-1] == pytest.approx(0, abs=0.05)


def followed(wrong_ppm: float, seconds: float, steers: bool = True) -> list[float]:
    """Phase errors in µs where the rate is thought right but is so wrong: the law and the trim."""
    steering = made()
    steering.aim(0, True, True)
    error = trim = 0.0
    errors = []
    for step in range(round(seconds * 1_000_000 / STEP_US)):
        error -= correction(round(error), ALPHA_DEFAULT)
        if steers and step % STEER_EVERY == 0:
            trim = steering.steer(round(error)) / PPM
        error += (wrong_ppm - trim) * 1e-6 * STEP_US / 1e6 * TURN
        errors.append(error / TURN * 1e6)
    return errors


@pytest.mark.parametrize("wrong_ppm", [-2, 2])
def test_the_integral_makes_up_for_a_rate_that_is_not_quite_right(wrong_ppm: float) -> None:
    """5 µs for each ppm are left by the law alone; of them 28 % by the law and the integral."""
    assert followed(wrong_ppm, 300, steers=False)[-1] == pytest.approx(5 * wrong_ppm, rel=0.02)
    assert abs(followed(wrong_ppm, 300)[-1]) < 3.5


def test_the_integral_does_not_ring() -> None:
    """A phase error of 1 ms, the rate being right: it goes 3 µs beyond its aim, no more."""
    steering = made()
    steering.aim(0, True, True)
    error = TURN / 1000
    trim = 0.0
    errors = []
    for step in range(6000):
        error -= correction(round(error), ALPHA_DEFAULT)
        if step % STEER_EVERY == 0:
            trim = steering.steer(round(error)) / PPM
        error -= trim * 1e-6 * STEP_US / 1e6 * TURN
        errors.append(error / TURN * 1e6)
    assert min(errors) > -5
    assert abs(errors[-1]) < 0.5
