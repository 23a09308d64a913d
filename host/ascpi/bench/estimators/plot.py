"""The contest as curves: error over time, a picture for each way of polling.

Only here is matplotlib needed, and only where a plot is asked for.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from ascpi.bench.drawing import COLOURS, DOTS_PER_INCH, STYLE
from ascpi.bench.estimators.contest import Result
from ascpi.errors import AscpiError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INCHES_WIDE = 4.2
INCHES_HIGH = 4.4
SHOWN: dict[str, dict[str, Any]] = {
    "fastest_8": {"color": COLOURS[4], "linestyle": ":"},
    "kalman": {"color": COLOURS[3], "linestyle": ":"},
    "envelopes": {"color": COLOURS[5], "linestyle": "--"},
    "squares": {"color": COLOURS[2], "linestyle": "--"},
    "corridor": {"color": COLOURS[1], "linestyle": "--"},
    "core": {"color": COLOURS[0], "linestyle": "-.", "marker": "s"},
    "integer": {"color": COLOURS[0], "marker": "o", "linewidth": 1.8},
    "yardstick": {"color": COLOURS[6], "linestyle": (0, (1, 1))},
}


def draw(heading: str, results: dict[int, list[Result]], path: Path) -> None:
    """Raises AscpiError if the file cannot be written."""
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(STYLE):
        size = (INCHES_WIDE * len(results), INCHES_HIGH)
        figure = Figure(figsize=size, dpi=DOTS_PER_INCH, layout="constrained")
        axes = figure.subplots(1, len(results), sharey=True, squeeze=False)[0]
        for one, (poll_us, contest) in zip(axes, results.items(), strict=True):
            _draw_contest(one, poll_us, contest)
        axes[0].set_ylabel("RMS error of the offset (µs)")
        handles, labels = axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2 * len(results))
        figure.suptitle(heading.replace(", ", ",\n", 1) if len(results) == 1 else heading)
        try:
            figure.savefig(path)
        except OSError as error:
            raise AscpiError(f"{path} cannot be written: {error.strerror}") from None


def _draw_contest(axes: "Axes", poll_us: int, results: list[Result]) -> None:
    for result in results:
        style = SHOWN.get(result.candidate.key)
        if style is not None:
            times = [score.time_s for score in result.scores]
            errors = [score.rms_us for score in result.scores]
            axes.plot(times, errors, label=result.candidate.key, markersize=3, **style)
    axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_title(f"polled every {poll_us} µs" if poll_us else "polled at once", loc="left")
    times = [score.time_s for score in results[0].scores]
    axes.set_xticks(times, [f"{time_s:g}" for time_s in times])
    axes.minorticks_off()
    axes.set_xlabel("time since the first packet (s)")
    axes.grid(alpha=0.25, linewidth=0.5)
