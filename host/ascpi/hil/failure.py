"""What a failed test leaves behind: the last lines, the logs' folder and a picture."""

from dataclasses import dataclass, field
from pathlib import Path

from ascpi.errors import AscpiError
from ascpi.hil import plot, shown
from ascpi.hil.cluster import BoardCluster

PLOT_NAME = "phases.png"


@dataclass
class Evidence:
    """`sections`: (title, text) for the report; `properties`: (name, value) for JUnit."""

    sections: list[tuple[str, str]] = field(default_factory=list)
    properties: list[tuple[str, str]] = field(default_factory=list)


def gather(cluster: BoardCluster, folder: Path, test: str, failure: str) -> Evidence:
    """Called once, after the test's own code has failed with this `failure`."""
    evidence = Evidence()
    cluster.watch.look()
    # What failed may have told of all boards already.
    table = [] if shown.COLUMNS[2] in failure else [cluster.table()]
    if text := "\n".join([*table, *_marks(cluster)]):
        evidence.sections.append(("boards", text))
    path = folder / PLOT_NAME
    names = [board.name for board in cluster.boards]
    try:
        drawn = plot.draw(
            list(cluster.watch.sightings), names, cluster.marks, cluster.within_us, test, path
        )
    except (AscpiError, OSError, ValueError) as error:
        # Whatever a picture needs and lacks: the failure itself is what has to be seen.
        drawn, reason = False, f"no plot: {error}"
    else:
        reason = plot.MISSING if not plot.can_plot() else "no plot: no phase was seen"
    where = f"each board's lines: {folder}\n" + (f"plot: {path}" if drawn else reason)
    evidence.sections.append(("boards' logs", where))
    if drawn:
        evidence.properties.append(("hil_plot", str(path)))
    return evidence


def _marks(cluster: BoardCluster) -> list[str]:
    """What the test did, with the seconds of the test."""
    lines = [
        f"    {(mark.true_us - cluster.began_us) / 1e6:8.3f} s  {mark.text}"
        for mark in cluster.marks
    ]
    return ["  what was done to them:", *lines] if lines else []
