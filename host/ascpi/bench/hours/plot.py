"""The picture of a run: every node's error over the hours; where one was wild, what it moved.

Only here is matplotlib needed, and only where a plot is asked for.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ascpi.bench.drawing import COLOURS, DOTS_PER_INCH, INCHES, LOCK_COLOUR, STYLE
from ascpi.bench.hours.options import HoursOptions
from ascpi.bench.hours.result import Curves, Result
from ascpi.errors import AscpiError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEADROOM = 1.25
BAND_ALPHA = 0.35


def draw(options: HoursOptions, result: Result, path: Path) -> None:
    """Raises AscpiError if the file cannot be written."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
        upper, lower = figure.subplots(2, 1, height_ratios=(3, 2))
        _draw_nodes(upper, result, options.after_s)
        if result.displaced is None:
            _draw_spread(lower, result.curves, options.after_s)
        else:
            _draw_courses(lower, options, result)
        figure.suptitle(
            f"{options.boards} nodes, air “{options.air}”, crystals ±{options.ppm:g} ppm, "
            f"temperature ±{options.temperature_ppm:g} ppm, seed {result.seed}",
            fontsize=10,
            fontweight="bold",
        )
        upper.set_title(_words(result), loc="left")
        try:
            figure.savefig(path)
        except OSError as error:
            raise AscpiError(f"{path} cannot be written: {error.strerror}") from None


def _words(result: Result) -> str:
    if result.run.time_to_lock_s is None:
        return "not locked"
    if result.displaced is not None:
        moved = result.displaced
        return f"the others moved by {moved.moved_us:.0f} µs, {moved.moved_calm_us:.0f} without"
    figures = result.run.figures
    if figures is None:
        return f"locked after {result.run.time_to_lock_s:.2f} s"
    return f"RMS {figures.rms_us:.0f} µs · worst {figures.worst_us:.0f} µs"


def _draw_nodes(axes: "Axes", result: Result, after_s: float) -> None:
    """From the least to the largest error of each node in each stretch."""
    curves = result.curves
    minutes = curves.edges_s / 60
    shown = curves.edges_s[:-1] >= after_s
    for column, ppm in enumerate(result.crystals_ppm):
        middle_us = (curves.low_us[:, column] + curves.high_us[:, column]) / 2
        axes.plot(minutes[:-1], middle_us, color=COLOURS[column % len(COLOURS)], linewidth=0.5)
        axes.fill_between(
            minutes[:-1],
            curves.low_us[:, column],
            curves.high_us[:, column],
            step="post",
            color=COLOURS[column % len(COLOURS)],
            alpha=BAND_ALPHA,
            linewidth=0,
            label=f"{column + 1} ({ppm:+.0f} ppm)" if column < 2 * len(COLOURS) else None,
        )
    for place, at_s in enumerate(curves.wraps_s):
        axes.axvline(
            at_s / 60,
            ymax=0.03,
            color=LOCK_COLOUR,
            linewidth=0.8,
            label="ticks wrap" if not place else None,
        )
    if shown.any():
        most = np.nanmax(np.abs([curves.low_us[shown], curves.high_us[shown]]))
        axes.set_ylim(-HEADROOM * most, HEADROOM * most)
    axes.axhline(0, color="black", linewidth=0.5)
    axes.set_ylabel("error from the circular mean (µs)")
    axes.set_xlabel("virtual time (min)")
    axes.margins(x=0.01)
    axes.legend(loc="upper right", ncols=5, fontsize=7)


def _draw_spread(axes: "Axes", curves: Curves, after_s: float) -> None:
    shown = curves.edges_s[:-1] >= after_s
    spread_us = np.max(curves.high_us, axis=1) - np.min(curves.low_us, axis=1)
    axes.plot(
        curves.edges_s[:-1][shown] / 60,
        spread_us[shown],
        color=COLOURS[0],
        drawstyle="steps-post",
    )
    axes.set_ylim(bottom=0)
    axes.set_ylabel("first to last node, at most (µs)")
    axes.set_xlabel("virtual time (min)")
    axes.margins(x=0.01)


def _draw_courses(axes: "Axes", options: HoursOptions, result: Result) -> None:
    """The honest nodes' mean with the wild node and without, beside the line it was on."""
    curves, wild = result.curves, options.wild
    assert curves.course_s is not None
    assert curves.course_wild_us is not None
    assert curves.course_calm_us is not None
    assert wild is not None
    since_s = curves.course_s - wild.begin_us / 1e6
    before = since_s < 0
    slope, offset = np.polyfit(since_s[before], curves.course_calm_us[before], 1)
    line = slope * since_s + offset
    axes.plot(since_s, curves.course_wild_us - line, color=COLOURS[1], label="with it")
    axes.plot(since_s, curves.course_calm_us - line, color=COLOURS[0], label="without it")
    axes.axvline(0, color=LOCK_COLOUR, linewidth=0.8, linestyle=(0, (4, 2)))
    axes.axhline(0, color="black", linewidth=0.5)
    axes.set_ylabel("the others' mean off its line (µs)")
    axes.set_xlabel(f"time since board {wild.node_id} went wild (s)")
    axes.margins(x=0.01)
    axes.legend(loc="upper left", fontsize=8)
