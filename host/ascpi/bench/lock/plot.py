"""The picture of a run: every node's error over time, and what it claimed.

Above the whole run, on a logarithmic scale, from the start to the lock and on; below what follows
the lock, at the scale of the window that the figures are of. Only here is matplotlib needed, and
only where a plot is asked for.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ascpi.bench.drawing import COLOURS, DOTS_PER_INCH, INCHES, LOCK_COLOUR, STYLE
from ascpi.bench.lock.figures import RunFigures, claims_at_instants
from ascpi.bench.lock.options import LockOptions
from ascpi.bench.lock.recording import Numbers, Recording
from ascpi.errors import AscpiError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# More nodes than colours take other lines.
STYLES = ("-", "--", ":", "-.", (0, (5, 1, 1, 1, 1, 1)))
WINDOW_COLOUR = "#F0F0EA"
# Nothing is below the resolution of ticks.
LEAST_US = 1.0
# Of all errors and claims after the lock, so many are to be inside the lower picture.
SHOWN_PERCENT = 99.8
HEADROOM = 1.25
WIDEST_SHADE, NARROWEST_SHADE = "#DCE6EE", "#C3D3E0"
OUTSIDE_COLOUR = "#FF0000"


def draw(options: LockOptions, recording: Recording, figures: RunFigures, path: Path) -> None:
    """Raises AscpiError if the file cannot be written."""
    import matplotlib
    from matplotlib.figure import Figure

    # No pyplot: nothing is shown, so no display is looked for.
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
        upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(2, 3))
        seconds = (recording.instants_us - recording.running_us) / 1e6
        _draw_run(upper, recording, figures, seconds)
        _draw_lock(lower, recording, figures, seconds)
        figure.suptitle(heading(options, recording), fontsize=11, fontweight="bold")
        upper.set_title(subtitle(figures), loc="left")
        handles, labels = lower.get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize=8)
        figure.align_ylabels()
        try:
            figure.savefig(path)
        except OSError as error:
            raise AscpiError(f"{path} cannot be written: {error.strerror}") from None


def heading(options: LockOptions, recording: Recording) -> str:
    """What was run."""
    law = "" if options.law is None else f", law “{options.law}”"
    return (
        f"{options.boards} virtual boards, air “{options.air}”{law}, "
        f"crystals ±{options.ppm:g} ppm, seed {recording.seed}"
    )


def subtitle(figures: RunFigures) -> str:
    """What came of it."""
    if figures.time_to_lock_s is None:
        return "not locked"
    words = [f"locked after {figures.time_to_lock_s:.2f} s"]
    deviations, claims, window = figures.deviations, figures.claims, figures.window
    if deviations is not None and window is not None:
        words.append(
            f"{window.from_s:.0f}–{window.to_s:.0f} s: RMS {deviations.rms_us:.0f} µs, "
            f"spread p95 {deviations.spread_p95_us:.0f} µs"
        )
    if claims is not None and claims.coverage is not None:
        words.append(f"claims hold {100 * claims.coverage:.1f} %")
    return " · ".join(words)


def _draw_run(axes: "Axes", recording: Recording, figures: RunFigures, seconds: Numbers) -> None:
    size_us = np.maximum(np.abs(recording.deviations_us), LEAST_US)
    for column, _ in enumerate(recording.nodes):
        axes.plot(seconds, size_us[:, column], **_line(column))
    axes.set_yscale("log")
    axes.set_ylabel("|error| (µs)")
    axes.set_ylim(LEAST_US, 1e6)
    axes.margins(x=0.01)
    axes.grid(axis="y", alpha=0.25, linewidth=0.5)
    _mark(axes, recording, figures, named=True)


def _draw_lock(axes: "Axes", recording: Recording, figures: RunFigures, seconds: Numbers) -> None:
    """The errors with ±claim, where the boards were locked; all of the run if they never were."""
    since_s = figures.time_to_lock_s or 0.0
    shown = seconds >= since_s
    errors_us, claims_us = recording.deviations_us, claims_at_instants(recording)
    for column, node in enumerate(recording.nodes):
        label = f"board {node.node_id} ({node.ppm:+.1f} ppm)".replace("-", "−")
        axes.plot(seconds[shown], errors_us[shown, column], label=label, **_line(column))
    _draw_claims(axes, seconds[shown], errors_us[shown], claims_us[shown])
    reach_us = _reach_us(figures, seconds, errors_us, claims_us)
    axes.set_ylim(-reach_us, reach_us)
    axes.axhline(0, color="black", linewidth=0.5)
    axes.set_xlabel("time since all boards were running (s)")
    axes.set_ylabel("error from the circular mean (µs)")
    axes.margins(x=0.01)
    axes.grid(axis="y", alpha=0.25, linewidth=0.5)
    _mark(axes, recording, figures, named=False)


def _draw_claims(axes: "Axes", seconds: Numbers, errors_us: Numbers, claims_us: Numbers) -> None:
    """Two bands for all: a band for each node is a blur. Whoever leaves its own is marked."""
    known = ~np.isnan(claims_us).all(axis=1)
    if not known.any():
        return
    times, claims = seconds[known], claims_us[known]
    for edge_us, shade, word in (
        (np.nanmax(claims, axis=1), WIDEST_SHADE, "widest claim, ±"),
        (np.nanmin(claims, axis=1), NARROWEST_SHADE, "narrowest claim, ±"),
    ):
        axes.fill_between(
            times, -edge_us, edge_us, color=shade, linewidth=0, step="post", zorder=0, label=word
        )
    # No claim: nothing that could be left.
    with np.errstate(invalid="ignore"):
        outside = np.abs(errors_us) > claims_us
    rows, columns = np.nonzero(outside)
    if len(rows):
        axes.plot(
            seconds[rows],
            errors_us[rows, columns],
            linestyle="none",
            marker=".",
            markersize=2.5,
            color=OUTSIDE_COLOUR,
            label="outside its own claim",
        )


def _reach_us(
    figures: RunFigures, seconds: Numbers, errors_us: Numbers, claims_us: Numbers
) -> float:
    """The scale is the window's: what comes nearer before it is cut off, and seen above."""
    inside = np.ones(len(seconds), dtype=bool)
    if figures.window is not None:
        inside = (seconds >= figures.window.from_s) & (seconds < figures.window.to_s)
    values = np.abs(np.concatenate([errors_us[inside].ravel(), claims_us[inside].ravel()]))
    values = values[~np.isnan(values)]
    if not len(values):
        return LEAST_US
    return max(LEAST_US, HEADROOM * float(np.percentile(values, SHOWN_PERCENT)))


def _mark(axes: "Axes", recording: Recording, figures: RunFigures, named: bool) -> None:
    """The moment of lock, a power cut and the return, and the window of the figures."""
    window = figures.window
    if window is not None and window.as_asked:
        axes.axvspan(window.from_s, window.to_s, color=WINDOW_COLOUR, zorder=-1)
        if named:
            _name(axes, window.from_s, "window of the figures")
    moments: list[tuple[float | None, str, bool]] = [(figures.time_to_lock_s, "lock", False)]
    if (kill := recording.kill) is not None:
        who = kill.kill.node_id
        moments.append((recording.seconds(kill.killed_us), f"board {who} off", True))
        moments.append((recording.seconds(kill.restarted_us), "on", False))
    for at_s, word, leftwards in moments:
        if at_s is not None:
            axes.axvline(at_s, color=LOCK_COLOUR, linewidth=0.8, linestyle=(0, (4, 2)))
            if named:
                _name(axes, at_s, word, leftwards)


def _name(axes: "Axes", at_s: float, word: str, leftwards: bool = False) -> None:
    axes.annotate(
        word,
        (at_s, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-3 if leftwards else 3, -3),
        textcoords="offset points",
        horizontalalignment="right" if leftwards else "left",
        verticalalignment="top",
        color=LOCK_COLOUR,
        fontsize=8,
    )


def _line(column: int) -> dict[str, Any]:
    return {
        "color": COLOURS[column % len(COLOURS)],
        "linestyle": STYLES[column // len(COLOURS) % len(STYLES)],
    }
