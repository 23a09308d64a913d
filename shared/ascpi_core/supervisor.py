"""The Cluster Phase Supervisor: the law that steers Θ_local towards Θ_cluster, and its gears.

    Θ_local ← Θ_local + α·(Θ_cluster − Θ_local)

on the shortest arc, every supervision step. α is the configured one (0.01) in lock. Out of lock
it is larger, for it would take 5 s to close two thirds of a gap otherwise.

Crystals differ, and by itself the law would leave an error of 5 µs for each ppm. So the rate is
steered, too, to the mean rate of those who count. With that term off the law is the source's.
"""

ALPHA_SCALE = 10_000
"""α is given in ten-thousandths: 100 is the source's 0.01."""

ALPHA_DEFAULT = 100
ALPHA_ACQUIRE = 2500
ALPHA_APPROACH = 1000

APPROACH_ARC = (1 << 28) // 64
"""|phase error| under which the approach gear replaces the fast one: 1/64 turn."""


_AT_ONCE = 100_000
"""Errors up to here (0.4 ms at 1 turn/s) have a product of less than 2^30 with any α."""


def correction(error: int, alpha: int) -> int:
    """α·error to the nearest unit; |error| ≤ 2^27, alpha in ten-thousandths up to 10 000.

    In two parts, as the whole product would need 41 bits; worst product 13 422 · 10 000.
    """
    if -_AT_ONCE < error < _AT_ONCE:
        return (error * alpha + ALPHA_SCALE // 2) // ALPHA_SCALE
    whole = error // ALPHA_SCALE
    rest = error - whole * ALPHA_SCALE
    return whole * alpha + (rest * alpha + ALPHA_SCALE // 2) // ALPHA_SCALE


def gear(error: int, alpha: int, alpha_acquire: int) -> int:
    """The α of a step out of lock: `alpha_acquire` far off, the approach gear near by."""
    far = error > APPROACH_ARC or error < -APPROACH_ARC
    return max(alpha, alpha_acquire if far else min(ALPHA_APPROACH, alpha_acquire))


TRIM_LIMIT_PPM = 250
"""No crystal needs more; so far a node lets others lead its rate."""

STEER_EVERY = 4
"""Steps of the law to one of the rate: it changes slowly."""

_RATE_SHIFT = 4
"""1/16 of the difference of rates at a time: 3.2 s to close two thirds of it."""

_ERROR_MAXIMUM = 1 << 12
"""Phase error that the integral takes in at most, 15 µs at 1 turn/s: more is not a rate's."""

_LEAK_SHIFT = 10
"""The integral forgets itself in 2^10 times (3.4 min), so that what all share does not add up."""

_SLEW_PPM = 8
"""Once the rates are one, by how much the common one may change in 64 s."""


class RateSteering:
    """What Θ_local runs faster than nominal, in 2^-54 turn/µs: so that all run at one rate.

    That is the mean of the crystals' rates of those who count, by the same rule as the phase.
    Where it is not well known an integral of the phase error makes up for it, with a gain of
    α²/16 a step: a quarter of what would be critical damping by itself.
    """

    def __init__(self, alpha: int, step_us: int, rate_mhz: int) -> None:
        self._target = 0
        self._is_known = False
        self._is_precise = False
        self._is_steady = False
        self._common = 0
        self._integral = 0
        self._limit = min((1 << 24) - 1, TRIM_LIMIT_PPM * rate_mhz * 18)
        every_us = step_us * STEER_EVERY
        # Of an error in 2^-28 turn to 2^-54 turn/µs, in 2^-12.
        gain = alpha * alpha * STEER_EVERY * (1 << 34) // (step_us * ALPHA_SCALE**2)
        self._gain = min(1 << 15, gain)
        self._slew = max(1, _SLEW_PPM * rate_mhz * 18 * every_us // 64_000_000)

    def aim(self, rate: int, is_known: bool, is_precise: bool) -> None:
        """Take over what is known of the common rate: above our own crystal's, 2^-54 turn/µs."""
        self._target = rate
        self._is_known = is_known
        self._is_precise = is_precise

    def steer(self, error: int) -> int:
        """The new trim, at a step that saw the phase error `error`."""
        common = self._common
        if self._is_known:
            change = (self._target - common) >> _RATE_SHIFT
            slew = self._slew
            if self._is_steady:
                # One wild crystal among them is not to take the others along at once.
                if change > slew:
                    change = slew
                elif change < -slew:
                    change = -slew
            elif self._is_precise and -slew < change < slew:
                self._is_steady = True
            common = self._common = common + change
        else:
            self._is_steady = False
        if error > _ERROR_MAXIMUM:
            error = _ERROR_MAXIMUM
        elif error < -_ERROR_MAXIMUM:
            error = -_ERROR_MAXIMUM
        integral = self._integral + (error * self._gain >> 12)
        integral -= (integral + (1 << (_LEAK_SHIFT - 1))) >> _LEAK_SHIFT
        self._integral = integral
        return min(self._limit, max(-self._limit, common + integral))
