"""What the vectors of arithmetic.json and chance.json call, by name: inputs in, integers out.

Each function takes one list and returns an integer or a list of integers.
"""

from ascpi_core.fixed import (
    Prng,
    angle,
    arc,
    cosine,
    exp_negative,
    sine,
    square_root,
    ticks_add,
    ticks_diff,
)
from ascpi_core.fusion import (
    fuse_coherence,
    fuse_dphi,
    fuse_kappa,
    fuse_theta,
    geometric_mean,
    harmonic_mean,
    midpoint,
)
from ascpi_core.phase import (
    LOOSE,
    CircularMean,
    FieldMean,
    Oscillator,
    coherence_of,
    correction,
    gain_of,
    next_band,
)
from ascpi_core.settings import phase_of_ratio, unit_of_ratio

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _sum_of(thetas: "list[int]") -> CircularMean:
    mean = CircularMean()
    mean.add(thetas, len(thetas))
    return mean


def circular_mean(thetas: "list[int]") -> int:
    """Mean direction."""
    return _sum_of(thetas).mean()


def resultant_length(thetas: "list[int]") -> int:
    """Length of the mean vector."""
    return _sum_of(thetas).length()


def bands(values: "list[int]") -> "list[int]":
    """The band after each of these coherences, from loose on."""
    band = LOOSE
    shown = []
    for value in values:
        band = next_band(band, value)
        shown.append(band)
    return shown


def field_mean(nodes: "list[list[int]]") -> "list[int]":
    """ΔΦ and κ of a field of nodes, each given as its own ΔΦ and κ."""
    field = FieldMean()
    for dphi, kappa in nodes:
        field.add(dphi, kappa)
    return [field.dphi(), field.kappa()]


def fuse(values: "list[int]") -> "list[int]":
    """ΔΦ, κ, θ, C of two nodes' fusion."""
    return [
        fuse_dphi(values[0], values[1]),
        fuse_kappa(values[2], values[3]),
        fuse_theta(values[4], values[5]),
        fuse_coherence(values[6], values[7]),
    ]


def oscillator(inputs: "list[Any]") -> "list[int]":
    """Phase after each of some calls: ["advance", ticks] or ["trim", trim, ticks]."""
    rate_mhz, start, theta, calls = inputs
    made = Oscillator(rate_mhz, start, theta)
    shown = []
    for call in calls:
        if call[0] == "trim":
            made.set_trim(call[1], call[2])
        else:
            made.advance(call[1])
        shown.append(made.theta)
    return shown


def oscillator_at(inputs: "list[int]") -> int:
    """Phase at some ticks, without advancing."""
    rate_mhz, start, theta, now = inputs
    return Oscillator(rate_mhz, start, theta).at(now)


def oscillator_span(inputs: "list[int]") -> int:
    """Phase gained in a time."""
    rate_mhz, elapsed_us = inputs
    return Oscillator(rate_mhz, 0).span(elapsed_us)


def oscillator_duration(inputs: "list[int]") -> int:
    """µs in which the phase goes so far."""
    rate_mhz, arc = inputs
    return Oscillator(rate_mhz, 0).duration(arc)


def oscillator_drift_of_skew(inputs: "list[int]") -> int:
    """Skew of a clock as a drift of phase."""
    rate_mhz, skew = inputs
    return Oscillator(rate_mhz, 0).drift_of_skew(skew)


def chance(inputs: "list[int]") -> "list[int]":
    """The first numbers from a seed, and then as many below a limit."""
    seed, count, limit = inputs
    made = Prng(seed)
    return [made.next() for _ in range(count)] + [made.below(limit) for _ in range(count)]


FUNCTIONS: "dict[str, Callable[[Any], Any]]" = {
    "sine": lambda inputs: sine(inputs[0]),
    "cosine": lambda inputs: cosine(inputs[0]),
    "angle": lambda inputs: angle(inputs[0], inputs[1]),
    "circular_mean": circular_mean,
    "resultant_length": resultant_length,
    "exp_negative": lambda inputs: exp_negative(inputs[0]),
    "square_root": lambda inputs: square_root(inputs[0]),
    "geometric_mean": lambda inputs: geometric_mean(inputs[0], inputs[1]),
    "harmonic_mean": lambda inputs: harmonic_mean(inputs[0], inputs[1]),
    "unit_from_ratio": lambda inputs: unit_of_ratio(inputs[0], inputs[1]),
    "phase_from_ratio": lambda inputs: phase_of_ratio(inputs[0], inputs[1]),
    "arc": lambda inputs: arc(inputs[0], inputs[1]),
    "midpoint": lambda inputs: midpoint(inputs[0], inputs[1]),
    "ticks_diff": lambda inputs: ticks_diff(inputs[0], inputs[1]),
    "ticks_add": lambda inputs: ticks_add(inputs[0], inputs[1]),
    "coherence": lambda inputs: coherence_of(inputs[0]),
    "bands": bands,
    "correction": lambda inputs: correction(inputs[0], inputs[1]),
    "gear": lambda inputs: gain_of(inputs[0], inputs[1], inputs[2]),
    "fuse": fuse,
    "field_mean": field_mean,
    "oscillator": oscillator,
    "oscillator_at": oscillator_at,
    "oscillator_span": oscillator_span,
    "oscillator_duration": oscillator_duration,
    "oscillator_drift_of_skew": oscillator_drift_of_skew,
    "chance": chance,
}


def near(found: int, wanted: int, tolerance: int, circle_size: int) -> bool:
    """Whether two integers agree to `tolerance`, on a circle if `circle_size` is not 0."""
    gap = abs(found - wanted)
    if circle_size:
        gap = min(gap, circle_size - gap)
    return gap <= tolerance


def agrees(found: "Any", wanted: "Any", group: "dict[str, Any]") -> bool:
    """Whether a result, one integer or a list of them, is what the vector says."""
    if isinstance(wanted, int):
        return near(found, wanted, group["tolerance"], group["circle"])
    if len(found) != len(wanted):
        return False
    for index in range(len(wanted)):
        if not near(found[index], wanted[index], group["tolerance"], group["circle"]):
            return False
    return True
