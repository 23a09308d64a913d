"""The Cluster Phase Supervisor: the law that steers Θ_local towards Θ_cluster, and its gears.

    Θ_local ← Θ_local + α·(Θ_cluster − Θ_local)

on the shortest arc, every supervision step. α is the configured one (0.01) in lock. Out of lock
it is larger, for it would take 5 s to close two thirds of a gap otherwise.
"""

ALPHA_SCALE = 10_000
"""α is given in ten-thousandths: 100 is the source's 0.01."""

ALPHA_DEFAULT = 100
ALPHA_ACQUIRE = 2500
ALPHA_APPROACH = 1000

APPROACH_ARC = (1 << 28) // 64
"""|phase error| under which the approach gear replaces the fast one: 1/64 turn."""


def correction(error: int, alpha: int) -> int:
    """α·error to the nearest unit; |error| ≤ 2^27, alpha in ten-thousandths up to 10 000.

    In two parts, as the whole product would need 41 bits; worst product 13 422 · 10 000.
    """
    whole = error // ALPHA_SCALE
    rest = error - whole * ALPHA_SCALE
    return whole * alpha + (rest * alpha + ALPHA_SCALE // 2) // ALPHA_SCALE


def gear(error: int, alpha: int, alpha_acquire: int) -> int:
    """The α of a step out of lock: `alpha_acquire` far off, the approach gear near by."""
    far = error > APPROACH_ARC or error < -APPROACH_ARC
    return max(alpha, alpha_acquire if far else min(ALPHA_APPROACH, alpha_acquire))
