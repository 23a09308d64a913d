"""The wheel: one turn is one round, 0 at the top, clockwise.

Every node runs on a ring of its own and draws a tail behind it. Scattered phases are comets all
over; in lock they stand in one line and sweep round like a hand. In the middle beats the cluster's
own light: its colour the band's, its brightness the mean phase's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from ascpi.view.colour import BACKGROUND, Rgb
from ascpi.view.pixels import Picture

Plane = NDArray[np.float64]

# Radii, in parts of the wheel's own.
_CORE = 0.17
_INNER_RING, _OUTER_RING = 0.40, 0.95
# Rings are this far apart, at most.
_SPACING = 0.22
# How far a tail reaches, in turns (to 1/e), and how bright it begins.
_TAIL = 0.07
_TAIL_LEVEL = 0.50
_RING_LEVEL = 0.085


@dataclass(frozen=True)
class Dot:
    phase: float
    colour: Rgb


@dataclass(frozen=True)
class Heart:
    """The cluster's light: brightness 0 … 1, and the mean's direction with its length."""

    colour: Rgb
    level: float
    mean: float
    length: float


@lru_cache(maxsize=4)
def _polar(size: int) -> tuple[Plane, Plane]:
    """Of each pixel: distance from the centre in pixels, and the phase that points to it."""
    middle = (size - 1) / 2
    y, x = np.mgrid[0:size, 0:size] - middle
    return np.hypot(x, y), np.arctan2(x, -y) / (2 * np.pi) % 1.0


@lru_cache(maxsize=64)
def _ring(size: int, radius: float, width: float) -> Plane:
    distance, _ = _polar(size)
    weight: Plane = np.exp(-(((distance - radius) / width) ** 2))
    return weight


def _radii(count: int, size: int) -> list[float]:
    reach = size / 2
    step = min(_SPACING, (_OUTER_RING - _INNER_RING) / max(count - 1, 1))
    return [reach * (_OUTER_RING - step * index) for index in range(count)]


def paint(size: int, dots: Sequence[Dot | None], heart: Heart) -> Picture:
    """A square picture with `size` pixels a side; None: a ring whose node has no phase."""
    light = np.zeros((size, size, 3))
    distance, phases = _polar(size)
    radii = _radii(len(dots), size)
    spacing = radii[0] - radii[1] if len(radii) > 1 else size / 8
    width = min(1.5, max(0.62, 0.45 * spacing)) * max(1.0, size / 64)
    for radius, dot in zip(radii, dots, strict=True):
        ring = _ring(size, radius, 0.55)
        if dot is None:
            light += (ring * _RING_LEVEL)[..., None] * 160.0
            continue
        colour = np.asarray(dot.colour, dtype=float)
        light += (ring * _RING_LEVEL)[..., None] * colour
        behind = (dot.phase - phases) % 1.0
        tail = _ring(size, radius, width) * np.exp(-behind / _TAIL) * _TAIL_LEVEL
        away = (behind + 0.5) % 1.0 - 0.5
        along = away * 2 * np.pi * radius
        head = np.exp(-((along / width) ** 2) - ((distance - radius) / width) ** 2)
        light += (tail * (behind < 0.6))[..., None] * colour
        light += head[..., None] * (0.65 * colour + 0.35 * 255.0)
    light += _heart(size, heart)
    painted: Picture = np.clip(np.asarray(BACKGROUND) + light, 0, 255).astype(np.uint8)
    return painted


def _heart(size: int, heart: Heart) -> Plane:
    """A disc that glows, and a short hand: as long as the nodes agree, and where they point."""
    distance, phases = _polar(size)
    core = size / 2 * _CORE
    level = 0.16 + 0.84 * heart.level
    disc = 1 / (1 + np.exp((distance - core) / 0.45))
    glow = 0.55 * heart.level * np.exp(-((distance / (1.9 * core)) ** 2))
    away = (phases - heart.mean + 0.5) % 1.0 - 0.5
    beside = distance * np.sin(2 * np.pi * np.clip(away, -0.25, 0.25))
    reach = core + (size / 2 * _INNER_RING * 0.9 - core) * heart.length
    ahead = np.abs(away) < 0.25
    hand = ahead * np.exp(-((beside / 0.6) ** 2)) / (1 + np.exp((distance - reach) / 0.4))
    strength = np.maximum(disc * level + glow, 0.75 * hand * (distance > 0.6 * core))
    result: Plane = strength[..., None] * np.asarray(heart.colour, dtype=float)
    return result
