"""Reads the lines that boards and desktop nodes write: see `ascpi_core.telemetry` for the form.

A reader passes over what it does not know: other lines (a REPL, a traceback) give None, unknown
words are kept in `Report.words`.
"""

from dataclasses import dataclass, field

from ascpi_core.fixed import TURN
from ascpi_core.lines import TELEMETRY_PREFIX

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Report:
    """One state of one node. `ticks` (µs modulo 2^30) and `theta` (turns) belong together.

    `claim_us`: how far its phase is from the cluster's at most, as it says, 19 times out of 20;
    None while it cannot tell.
    """

    node_id: int
    epoch: int
    up_ms: int
    ticks: int
    theta: float
    state: str
    band: str
    coherence: float
    error_us: int
    peers: int
    claim_us: int | None = None
    words: dict[str, str] = field(default_factory=dict, compare=False)

    @property
    def phase(self) -> int:
        """theta in the core's unit, 2^-28 turn."""
        return round(self.theta * TURN) % TURN


@dataclass(frozen=True)
class Event:
    """Something that a node noticed: `joined`, `silent`, `state` …; its words, if any."""

    name: str
    words: dict[str, str] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True)
class Message:
    """A sentence for people; `is_error` if somebody has to mend something."""

    text: str
    is_error: bool


Line = Report | Event | Message


def parse(line: str) -> Line | None:
    """What a line says; None if it is not telemetry, or was cut off on the way."""
    prefix, _, rest = line.strip().partition(" ")
    if prefix != TELEMETRY_PREFIX:
        return None
    kind, _, rest = rest.partition(" ")
    if kind in ("note", "error"):
        return Message(rest, kind == "error")
    if kind == "event":
        name, _, rest = rest.partition(" ")
        words = _words(rest)
        text = " ".join(word for word in rest.split() if "=" not in word)
        return Event(name, words, text) if name else None
    if kind == "report":
        return _report(_words(rest))
    return None


def _words(text: str) -> dict[str, str]:
    pairs = (word.partition("=") for word in text.split())
    return {name: value for name, equals, value in pairs if equals}


def _known(word: str) -> int | None:
    """A number; None where a node cannot tell, or told nothing as older ones do."""
    return None if word == UNKNOWN else int(word)


def _report(words: dict[str, str]) -> Report | None:
    try:
        return Report(
            node_id=int(words["id"]),
            epoch=int(words["epoch"]),
            up_ms=int(words["up_ms"]),
            ticks=int(words["ticks"]),
            theta=float(words["theta"]),
            state=words["state"],
            band=words["band"],
            coherence=float(words["c"]),
            error_us=int(words["err_us"]),
            peers=int(words["peers"]),
            claim_us=_known(words.get("claim_us", UNKNOWN)),
            words=words,
        )
    except (KeyError, ValueError):
        return None
