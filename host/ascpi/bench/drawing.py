"""What all pictures share: their look, and the check before a long run that one can be drawn.

Only here and in the `plot.py` of a bench is matplotlib needed, and only where a plot is asked for.
"""

import importlib.util
import sys
from pathlib import Path
from typing import Any

from ascpi.errors import AscpiError

FORMATS = (".png", ".svg", ".pdf")
REQUIREMENT = "matplotlib>=3.10,<3.12"

INCHES = (7.2, 6.0)
DOTS_PER_INCH = 200
# Okabe and Ito: told apart by colour-blind readers, too.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LOCK_COLOUR = "#444444"

STYLE: dict[Any, Any] = {
    "font.size": 9.0,
    "axes.titlesize": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "lines.linewidth": 0.9,
    "svg.fonttype": "none",
}


def require_plot(path: Path) -> None:
    """An AscpiError, before the run, where a plot could not be drawn after it."""
    if path.suffix.lower() not in FORMATS:
        raise AscpiError(
            f"--plot {path}: its name tells what is drawn; end it in {', '.join(FORMATS)}"
        )
    if importlib.util.find_spec("matplotlib") is None:
        raise AscpiError(
            "--plot needs matplotlib, which is not installed: "
            f"{sys.executable} -m pip install '{REQUIREMENT}'"
        )
