"""The picture that goes with a failure: all boards' deviations around it, and what was done.

matplotlib is not needed to run tests, so it is looked for only here.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ascpi.bench.drawing import COLOURS, LOCK_COLOUR, STYLE
from ascpi.hil.faults import Mark
from ascpi.hil.watch import Sighting

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES = (7.2, 4.0)
DOTS_PER_INCH = 120
SHADE = "#DCE6EE"
SHOWN_US = 40_000_000
# Below it the scale is linear: nobody is nearer than that for long.
LINEAR_US = 100.0
MISSING = (
    "no plot: matplotlib is not installed (pip install 'ascpi[plot]', or the checkout's .venv)"
)


def can_plot() -> bool:
    return importlib.util.find_spec("matplotlib") is not None


def draw(
    sightings: Sequence[Sighting],
    names: Sequence[str],
    marks: Sequence[Mark],
    within_us: float,
    title: str,
    path: Path,
) -> bool:
    """False where nothing was seen, or there is no matplotlib: then there is no picture."""
    if not sightings or not can_plot():
        return False
    import matplotlib
    from matplotlib.figure import Figure

    end_us = sightings[-1].true_us
    shown = [one.among(names) for one in sightings if one.true_us >= end_us - SHOWN_US]
    # No pyplot: nothing is shown, so no display is looked for.
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
        axes = figure.subplots()
        seconds = [(one.true_us - end_us) / 1e6 for one in shown]
        nothing = float("nan")
        _shade(axes, seconds, [one.uncertain_us for one in shown])
        for index, name in enumerate(names):
            errors = [one.errors_us.get(name, nothing) for one in shown]
            axes.plot(seconds, errors, label=name, color=COLOURS[index % len(COLOURS)])
        for limit, label in ((within_us, f"±{within_us:g} µs"), (-within_us, None)):
            axes.axhline(limit, color=LOCK_COLOUR, linewidth=0.6, linestyle=":", label=label)
        axes.set_yscale("symlog", linthresh=LINEAR_US)
        _name_marks(axes, marks, end_us)
        axes.set_xlabel("time before the end (s)")
        axes.set_ylabel("ahead of the mean (µs)")
        axes.set_title(title, loc="left")
        axes.margins(x=0.01)
        figure.legend(loc="outside lower center", ncols=5, fontsize=8)
        figure.savefig(path)
    return True


def _shade(axes: "Axes", seconds: Sequence[float], uncertain_us: Sequence[float]) -> None:
    """Where a deviation may be none at all. Nothing, where the clocks are known exactly."""
    if not any(uncertain_us):
        return
    below = [-one for one in uncertain_us]
    label = "what the clocks cannot tell"
    axes.fill_between(seconds, below, uncertain_us, color=SHADE, linewidth=0, label=label)


def _name_marks(axes: "Axes", marks: Sequence[Mark], end_us: int) -> None:
    for mark in marks:
        if mark.true_us < end_us - SHOWN_US:
            continue
        at_s = (mark.true_us - end_us) / 1e6
        axes.axvline(at_s, color=LOCK_COLOUR, linewidth=0.8, linestyle=(0, (4, 2)))
        axes.annotate(
            mark.text,
            (at_s, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(3, -3),
            textcoords="offset points",
            rotation=90,
            verticalalignment="top",
            color=LOCK_COLOUR,
            fontsize=7,
        )
