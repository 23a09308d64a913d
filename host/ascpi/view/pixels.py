"""Pictures in a terminal: the upper and the lower half of a character are a pixel each."""

from typing import cast

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment

from ascpi.view.colour import BACKGROUND, Rgb, style

Picture = NDArray[np.uint8]

# Colours are rounded to so many levels, so that neighbours share a style, and styles a cache.
_STEP = 6

# Of 255; above it a pixel counts where there are no colours.
_BRIGHT = 110
# The darkest tints among 256 colours are at 95; what is darker is shown grey, up to twice this
# with less and less of it.
_GREY_BELOW = 70
_FAINT_BELOW = 30

UPPER, LOWER, BLANK = "▀", "▄", " "
_HALVES = {(False, False): BLANK, (True, False): UPPER, (False, True): LOWER, (True, True): "█"}


def lines_of(picture: Picture) -> list[list[Segment]]:
    """Half as many lines as the picture has rows, one character a column."""
    coarse = np.minimum(255, (picture.astype(np.int16) + _STEP // 2) // _STEP * _STEP)
    dark = np.asarray(BACKGROUND) + _STEP
    empty = (coarse <= dark).all(axis=2)
    values: list[list[Rgb]] = [[tuple(pixel) for pixel in row] for row in coarse.tolist()]
    blanks = cast(list[list[bool]], empty.tolist())
    return [
        _line(values[row], values[row + 1], blanks[row], blanks[row + 1])
        for row in range(0, len(values) - 1, 2)
    ]


def simplified(picture: Picture, colours: str) -> Picture:
    """For a terminal of few colours. Of 256 only greys are dark ones; of 16 none is."""
    light = picture.max(axis=2, keepdims=True).astype(float)
    if colours == "256":
        grey = picture.mean(axis=2, keepdims=True)
        share = np.clip((light - _GREY_BELOW) / _GREY_BELOW, 0.0, 1.0)
        shown = grey + (picture - grey) * share
    else:
        shown = picture
    least = _FAINT_BELOW if colours == "256" else _BRIGHT
    simple: Picture = np.where(light > least, shown, np.asarray(BACKGROUND)).astype(np.uint8)
    return simple


def outlines_of(picture: Picture) -> list[list[Segment]]:
    """The same for a terminal without colour: what shines is there, the rest is not."""
    bright = (picture.max(axis=2) > _BRIGHT).tolist()
    pairs = zip(bright[0::2], bright[1::2], strict=True)
    return [
        [Segment("".join(_HALVES[above, below] for above, below in zip(*pair, strict=True)))]
        for pair in pairs
    ]


def _line(
    upper: list[Rgb], lower: list[Rgb], no_upper: list[bool], no_lower: list[bool]
) -> list[Segment]:
    line: list[Segment] = []
    key: tuple[Rgb | None, Rgb | None]
    text, key = "", (None, None)
    for above, below, no_above, no_below in zip(upper, lower, no_upper, no_lower, strict=True):
        front: Rgb | None
        back: Rgb | None
        if no_above and no_below:
            character, front, back = BLANK, None, None
        elif no_above:
            character, front, back = LOWER, below, None
        else:
            character, front = UPPER, above
            back = None if no_below else below
        if (front, back) != key:
            if text:
                line.append(Segment(text, style(*key)))
            text, key = "", (front, back)
        text += character
    line.append(Segment(text, style(*key)))
    return line
