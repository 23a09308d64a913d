"""Phase as brightness, band as colour."""

import math

from ascpi_core.fixed import TURN
from ascpi_core.phase import BAND_COLOURS, BAND_NAMES, FULL, brightness, scaled


def test_brightness_follows_the_square_of_a_raised_cosine() -> None:
    for step in range(1000):
        expected = ((1 + math.cos(math.tau * step / 1000)) / 2) ** 2 * 256
        assert abs(brightness(step * TURN // 1000) - min(expected, FULL)) < 1.1
    assert brightness(0) == FULL
    assert brightness(TURN // 2) == 0


def test_every_band_has_its_colour() -> None:
    assert len(set(BAND_COLOURS)) == len(BAND_NAMES)
    assert all(0 <= channel <= 255 for colour in BAND_COLOURS for channel in colour)


def test_scaled() -> None:
    assert scaled(200, FULL) == 200
    assert scaled(200, 0) == 0
    assert all(scaled(colour, 128) == round(colour * 128 / 255) for colour in range(256))
