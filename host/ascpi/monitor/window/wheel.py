"""The phase wheel of all boards, for as many rows as there are."""

from collections.abc import Sequence

import numpy as np

from ascpi.monitor.board import Board
from ascpi.monitor.summary import Summary
from ascpi.monitor.window.lines import Line
from ascpi.view import colour, pixels, wheel
from ascpi.view.light import level_of
from ascpi.view.pixels import Picture

ROWS_LEAST, ROWS_MOST = 6, 24
TRUE_COLOUR = "truecolor"


class Wheel:
    """Keeps the lines of the picture before: most of its background is the same in the next."""

    def __init__(self) -> None:
        self._picture: Picture | None = None
        self._lines: list[Line] = []

    def lines(
        self,
        boards: Sequence[Board],
        summary: Summary,
        rows: int,
        now_us: int,
        colours: str | None,
    ) -> list[Line]:
        """`rows` lines of twice as many columns; `colours` in Rich's words."""
        picture = _paint(boards, summary, rows, now_us)
        if colours is None:
            return pixels.outlines_of(picture)
        if colours != TRUE_COLOUR:
            picture = pixels.simplified(picture, colours)
        before = self._picture
        if before is None or before.shape != picture.shape:
            self._lines = pixels.lines_of(picture)
        else:
            changed = np.any((before != picture).reshape(rows, -1), axis=1)
            for row in np.flatnonzero(changed).tolist():
                self._lines[row] = pixels.lines_of(picture[2 * row : 2 * row + 2])[0]
        self._picture = picture
        return list(self._lines)


def _paint(boards: Sequence[Board], summary: Summary, rows: int, now_us: int) -> Picture:
    dots = []
    for index, board in enumerate(boards):
        phase = board.phase.at(now_us)
        tint = colour.node_colour(index, len(boards))
        dots.append(None if phase is None else wheel.Dot(phase, tint))
    heart = wheel.Heart(
        colour.band_colour(summary.band), level_of(summary.mean), summary.mean, summary.length
    )
    return wheel.paint(2 * rows, dots, heart)
