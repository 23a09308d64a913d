"""Coherence C of a field and the band it lies in.

C = exp(−5·V) with the circular variance V = 1 − R. Bands, from the source's table: below 0.30
loose, to 0.60 forming, to 0.75 symbolic, above shared. A band is left only when C is HYSTERESIS
past its edge, so that a light does not flicker.
"""

from .unit import ONE, exp_negative, from_ratio

LOOSE = 0
FORMING = 1
SYMBOLIC = 2
SHARED = 3
BAND_NAMES = ("loose", "forming", "symbolic", "shared")

MIGRATION_THRESHOLD = from_ratio(65, 100)
"""C above which a glyph may migrate (Q15)."""

HYSTERESIS = from_ratio(2, 100)
"""How far past an edge C must be before the band changes (Q15)."""

_EDGES = (from_ratio(30, 100), from_ratio(60, 100), from_ratio(75, 100))


def coherence(length: int) -> int:
    """C in Q15 from the resultant length R in Q15, within 5e-4. Worst product 163840 · 2955."""
    return exp_negative(5 * (ONE - length))


def next_band(band: int, value: int) -> int:
    """The band that follows `band` when the coherence is now `value` (Q15)."""
    while band < SHARED and value > _EDGES[band] + HYSTERESIS:
        band += 1
    while band > LOOSE and value < _EDGES[band - 1] - HYSTERESIS:
        band -= 1
    return band
