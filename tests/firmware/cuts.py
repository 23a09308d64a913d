"""Which steps of a hand-off a power cut may hit, what each cut did hit, and a table of it."""

import statistics
from dataclasses import dataclass, field
from typing import Any

from ascpi_core.glyphs.lifecycle import RECORD_ARRIVED, RECORD_COMMITTED, RECORD_PREPARED
from ascpi_core.ssep import KIND_ACCEPT, KIND_COMMIT, KIND_DONE, KIND_OFFER

SENDER = "sender"
RECEIVER = "receiver"


@dataclass(frozen=True)
class Step:
    """A moment of a hand-off: a packet that is heard, or a record in a journal; and whose power
    goes then."""

    name: str
    victim: str
    packet: int = 0
    written: int = 0


STEPS = (
    Step("offer heard", SENDER, packet=KIND_OFFER),
    Step("offer heard", RECEIVER, packet=KIND_OFFER),
    Step("prepared written", RECEIVER, written=RECORD_PREPARED),
    Step("accept heard", SENDER, packet=KIND_ACCEPT),
    Step("committed written", SENDER, written=RECORD_COMMITTED),
    Step("commit heard", RECEIVER, packet=KIND_COMMIT),
    Step("arrived written", RECEIVER, written=RECORD_ARRIVED),
    Step("arrived written", SENDER, written=RECORD_ARRIVED),
    Step("done heard", SENDER, packet=KIND_DONE),
)


@dataclass
class Cut:
    """One power cut: what it hit, and after how many seconds the board was locked again."""

    step: Step
    board: int
    on_flash: str
    back_s: float = 0.0


@dataclass
class Findings:
    """All cuts, the sums at the end, and a sentence for all that is wrong."""

    seed: int
    cuts: list[Cut] = field(default_factory=list)
    sums: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def table(findings: Findings) -> list[str]:
    """A line for each step: how often, what the flash then held, how long until it was back."""
    lines = [f"{'step':<20} {'power cut of':<12} {'cuts':>4}  back, s  on its flash"]
    for step in STEPS:
        cuts = [cut for cut in findings.cuts if cut.step == step]
        if cuts:
            found = [cut.on_flash for cut in cuts]
            states = ", ".join(f"{found.count(name)} {name}" for name in sorted(set(found)))
            back_s = statistics.median(cut.back_s for cut in cuts)
            lines.append(
                f"{step.name:<20} {step.victim:<12} {len(cuts):>4}  {back_s:>7.1f}  {states}"
            )
    return lines


def document(findings: Findings) -> dict[str, Any]:
    return {
        "seed": findings.seed,
        "cuts": [
            {
                "step": cut.step.name,
                "victim": cut.step.victim,
                "board": cut.board,
                "on_flash": cut.on_flash,
                "back_s": round(cut.back_s, 3),
            }
            for cut in findings.cuts
        ],
        "sums": findings.sums,
        "wrong": findings.wrong,
    }
