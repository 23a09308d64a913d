"""What `ascpi probe` shows: a table that is renewed, or a line a second."""

from rich.table import Table
from rich.text import Text

from ascpi.probe.figures import Figures
from ascpi.probe.probe import Probe
from ascpi.view.colour import BAD, DIM, node_colour, style
from ascpi.view.units import microseconds, within

NONE = "–"
COLUMNS = ("board", "pin", "now", "mean", "jitter", "RMS", "worst", "turns", "missing", "twice")


def signed(value_us: float | None) -> str:
    """How late, with its sign."""
    return NONE if value_us is None else microseconds(value_us)


def amount(value_us: float | None) -> str:
    """A size, which has no sign."""
    return NONE if value_us is None else microseconds(value_us).lstrip("+")


def heading(figures: Figures) -> str:
    """All boards in a line."""
    if figures.rms_us is None:
        return "no turn with two boards yet"
    return (
        f"{figures.turns} turns of {period(figures.period_us)}, RMS {amount(figures.rms_us)}, "
        f"spread {amount(figures.spread_last_us)} now, {amount(figures.spread_median_us)} median, "
        f"{amount(figures.spread_p95_us)} in 95 %"
    )


def period(value_us: float | None) -> str:
    return NONE if value_us is None else f"{value_us / 1000:.3f} ms"


def footing(probe: Probe, figures: Figures) -> str:
    """How well it was seen, and what was not."""
    state = probe.state
    words = [f"by {state.reader}, the longest gap {state.longest_us} µs"]
    if figures.within_median_us is not None:
        words.insert(0, f"seen to {within(figures.within_median_us)}")
    for count, what in (
        (probe.blurred, "pulses while the probe was busy left out"),
        (state.lost, "edges lost"),
        (state.damaged, "lines damaged"),
        (state.restarts, "restarts of the probe"),
    ):
        if count:
            words.append(f"{count} {what}")
    if probe.trouble:
        words.append(probe.trouble)
    return "; ".join(words)


def table(probe: Probe, figures: Figures) -> Table:
    """The live table."""
    made = Table(title=heading(figures), caption=footing(probe, figures), title_justify="left")
    made.caption_justify = "left"
    made.title_style = "bold"
    made.caption_style = style(BAD if probe.trouble else DIM)
    for name in COLUMNS:
        made.add_column(name, justify="left" if name == "board" else "right")
    for index, (board, of) in enumerate(figures.boards.items()):
        colour = style(node_colour(index, len(figures.boards)))
        made.add_row(
            Text(board, colour),
            str(of.pin),
            signed(of.last_us),
            signed(of.mean_us),
            amount(of.jitter_us),
            amount(of.rms_us),
            signed(of.worst_us),
            str(of.count),
            str(of.missing),
            str(of.doubled),
        )
    return made


def line(seconds: float, figures: Figures) -> str:
    """For a pipe."""
    boards = ", ".join(f"{board} {signed(of.last_us)}" for board, of in figures.boards.items())
    return f"{seconds:6.1f} s  {heading(figures)}: {boards}"
