"""One look at the cluster: all that a view needs, and nothing that changes under its hands."""

from collections.abc import Sequence
from dataclasses import dataclass

# Kinds of log lines, for their colour.
QUIET, GOOD, BAD = "quiet", "good", "bad"

# A node's state while it is switched off.
NO_POWER = "no power"

WAITING, PRESENT, DONE = "waiting", "present", "done"


@dataclass(frozen=True)
class LogLine:
    at_s: float
    text: str
    kind: str = QUIET


@dataclass(frozen=True)
class StoryStep:
    """A step of a scenario: its title, and what was seen."""

    title: str
    state: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True)
class NodeView:
    """`phase` is for this very instant, `error_us` the latest that is certain, circular mean
    minus phase as in the model (positive: behind), `claim_us` its bound, as the node says."""

    node_id: int
    name: str
    kind: str
    ppm: float
    phase: float | None
    error_us: float | None
    state: str
    band: int
    claim_us: int | None


@dataclass(frozen=True)
class GlyphView:
    """A glyph and where it is: there since `since_s` (seconds of the scene's time), and before
    that on `before`. `count`: how far a counter has come; None for all others."""

    name: str
    kind: str
    node_id: int
    hops: int
    since_s: float
    before: int | None = None
    count: int | None = None


@dataclass(frozen=True)
class Scene:
    """`history`: C over the last while, newest last, one value each HISTORY_S.

    `told`: what a story has said so far, each once, oldest first. `keys`: those that do something,
    with what they do.
    """

    elapsed_s: float
    nodes: tuple[NodeView, ...]
    mean: float
    length: float
    coherence: float | None
    band: int
    history: tuple[float, ...]
    locked: bool
    time_to_lock_s: float | None
    steady_s: float | None
    steady_worst_us: float | None
    packets_per_s: float | None
    field: str
    log: tuple[LogLine, ...]
    air: str
    seed: int
    ppm_apart: float
    story: Sequence[StoryStep] = ()
    glyphs: tuple[GlyphView, ...] = ()
    told: tuple[LogLine, ...] = ()
    keys: tuple[tuple[str, str], ...] = (("q", "ends"),)
