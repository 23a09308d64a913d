"""The picture of a probe's run: each board's pulse against the mean of all, turn by turn.

Only here is matplotlib needed, and only where a plot is asked for.
"""

from collections.abc import Sequence
from pathlib import Path

from ascpi.bench.drawing import COLOURS, DOTS_PER_INCH, INCHES, STYLE
from ascpi.errors import AscpiError
from ascpi.probe.turns import Turn


def draw(turns: Sequence[Turn], boards: Sequence[str], title: str, path: Path) -> None:
    """Raises AscpiError if the file cannot be written."""
    import matplotlib
    from matplotlib.figure import Figure

    begin_us = turns[0].mean_us if turns else 0.0
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH, layout="constrained")
        axes = figure.subplots()
        for index, board in enumerate(boards):
            told = [turn for turn in turns if board in turn.deviations_us]
            axes.plot(
                [(turn.mean_us - begin_us) / 1e6 for turn in told],
                [turn.deviations_us[board] for turn in told],
                color=COLOURS[index % len(COLOURS)],
                linestyle="-" if index < len(COLOURS) else "--",
                marker=".",
                label=board,
            )
        # Linear to 100 µs, so that a lock is seen as it is, and logarithmic up to half a turn.
        axes.set_yscale("symlog", linthresh=100.0)
        axes.set_xlabel("time, s")
        axes.set_ylabel("pulse against the mean of all, µs (late is up)")
        axes.set_title(title, loc="left")
        axes.legend(loc="upper right", ncols=4)
        try:
            figure.savefig(path)
        except OSError as error:
            raise AscpiError(f"{path} cannot be written: {error.strerror}") from None
