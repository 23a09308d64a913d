"""Scenes as a demo would give them, for tests of what draws them."""

from ascpi.cluster import PPM_SPAN, spread_ppm
from ascpi.demo.scene import GOOD, LogLine, NodeView, Scene, StoryStep
from ascpi.truth import arc, circular_mean, coherence


def scene(phases: list[float | None], story: tuple[StoryStep, ...] = ()) -> Scene:
    """Boards with these phases and a desktop node last; locked if they are all the same."""
    known = [phase for phase in phases if phase is not None]
    mean, length = circular_mean(known)
    value = coherence(length) if known else None
    locked = value is not None and value > 0.99
    band = sum((value or 0.0) > edge for edge in (0.30, 0.60, 0.75))
    nodes = tuple(
        _node(index, len(phases), phase, mean, band, locked) for index, phase in enumerate(phases)
    )
    return Scene(
        elapsed_s=7.3,
        nodes=nodes,
        mean=mean,
        length=length,
        coherence=value,
        band=band,
        history=(0.01, 0.1, 0.4, 0.7, 0.9, 1.0),
        locked=locked,
        time_to_lock_s=1.31 if locked else None,
        steady_s=5.0 if locked else None,
        steady_worst_us=412.0 if locked else None,
        packets_per_s=61.0,
        field="open",
        log=(LogLine(0.4, "board 1 is up, at Θ = 0.12"), LogLine(1.31, "locked", GOOD)),
        air="wifi",
        seed=7,
        ppm_apart=80.0,
        story=story,
    )


def _node(
    index: int, count: int, phase: float | None, mean: float, band: int, locked: bool
) -> NodeView:
    is_desktop = index == count - 1
    return NodeView(
        node_id=index + 1,
        name="desktop" if is_desktop else f"board {index + 1}",
        kind="desktop" if is_desktop else "virtual",
        ppm=0.0 if is_desktop else spread_ppm(index, max(count - 1, 1), PPM_SPAN),
        phase=phase,
        error_us=None if phase is None else arc(mean, phase) * 1e6,
        state="starting" if phase is None else "locked" if locked else "acquiring",
        band=band,
        claim_us=48 if phase is not None and locked else None,
    )
