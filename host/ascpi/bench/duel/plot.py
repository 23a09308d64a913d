"""The picture: how far the peers were from each other over time, both sides on one axis of µs."""

import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ascpi.bench.duel.bout import Rules
from ascpi.bench.duel.outcome import Fought, Side
from ascpi.bench.duel.recording import Numbers
from ascpi.errors import AscpiError

WIDTH_INCHES, HEIGHT_INCHES, DOTS_PER_INCH = 9.0, 6.5, 110
# On a logarithmic axis nothing is 0.
LEAST_US = 1.0
GOOD, BAD = "tab:blue", "tab:red"


def draw(path: Path, rules: Rules, sides: Sequence[Side]) -> None:
    """A panel for each side, a line for each run. AscpiError: it cannot be written."""
    # Loosely typed, and without pyplot: no window, no state of the whole program's.
    figure: Any = importlib.import_module("matplotlib.figure").Figure(
        (WIDTH_INCHES, HEIGHT_INCHES), layout="constrained"
    )
    panels = figure.subplots(len(sides), 1, sharex=True, sharey=True)
    for panel, side in zip(panels, sides, strict=True):
        _draw_side(panel, rules, side)
    panels[-1].set_xlabel("seconds since all peers were up")
    figure.suptitle(
        f"RMS error of {rules.peers} peers from their mean, `{rules.air}` air, a line for each run"
    )
    try:
        figure.savefig(path, dpi=DOTS_PER_INCH)
    except (OSError, ValueError) as error:
        raise AscpiError(f"{path} cannot be drawn: {error}") from None


def _draw_side(panel: Any, rules: Rules, side: Side) -> None:
    for run in side.runs:
        good = run.figures.succeeded
        panel.plot(
            run.recording.instants_us / 1e6,
            np.maximum(rms_us(run), LEAST_US),
            color=GOOD if good else BAD,
            linewidth=1.0,
            alpha=0.8,
        )
    panel.axvline(rules.after_s, color="0.5", linewidth=0.8, linestyle="--")
    panel.set_yscale("log")
    panel.set_ylabel("µs")
    panel.grid(True, which="major", color="0.9")
    made = side.summary
    failed = made.runs - made.succeeded
    word = f"{side.name}: one in time in {made.succeeded} of {made.runs} runs"
    panel.set_title(f"{word} (red: the other {failed})" if failed else word, fontsize="medium")


def rms_us(run: Fought) -> Numbers:
    """At each instant, over the peers; nan where one was missing."""
    found: Numbers = np.sqrt(np.mean(run.recording.deviations_us**2, axis=1))
    return found
