"""Sequences of packets about glyphs, and what a node says to each, from the protocol's words."""

import random
from typing import Any

from tests.runtimes.golden.messages import FORMS, Value, drawn, pack, widths
from tests.runtimes.golden.packets import signed
from tests.runtimes.golden.refusals import (
    AT,
    CLUSTER,
    KEY,
    NODE_ID,
    OTHER_KEY,
    Step,
    altered,
    beacon,
    said,
    sequence,
)

SENDER: dict[str, Value] = {"node_id": 2, "cluster": CLUSTER, "epoch": 5}


def message(now: int, number: int, word: str, form: str = "offer", **fields: int) -> Step:
    """A packet of the beacons' sender, for the node that hears it."""
    drawn_fields = drawn(form, random.Random(number))
    if "to" in dict(widths(form)):
        drawn_fields["to"] = NODE_ID
    numbered: dict[str, Value] = {"sequence": number, **fields}
    return pack(form, drawn_fields | SENDER | numbered), word, now


def keyed(step: Step, key: bytes) -> Step:
    return signed(step[0], key), step[1], step[2]


def kinds() -> list[dict[str, Any]]:
    """Each form from a stranger, then from one that is known, then heard again."""
    made = []
    for form in FORMS:
        steps = [
            message(AT[0], 7, "stranger", form),
            beacon(AT[1], sequence=8),
            message(AT[2], 9, "accepted", form),
            message(AT[3], 9, "duplicate", form),
        ]
        made.append(sequence(f"{form} of a stranger, of one that is known, and again", steps))
    return made


def orders() -> list[dict[str, Any]]:
    """Sequence numbers: what is overtaken is taken, once."""
    return [
        sequence(
            "overtaken by another and by a beacon, each is taken once",
            [
                beacon(AT[0], sequence=100),
                message(AT[1], 103, "accepted"),
                message(AT[1], 102, "accepted", "commit"),
                message(AT[1], 102, "duplicate", "commit"),
                beacon(AT[2], sequence=105),
                message(AT[3], 104, "accepted", "done"),
                message(AT[3], 81, "duplicate", "done"),
                message(AT[3], 82, "accepted", "done"),
            ],
        ),
        sequence(
            "a beacon overtaken by packets about glyphs only is news",
            [
                beacon(AT[0], sequence=100),
                message(AT[2], 102, "accepted"),
                beacon(AT[3], sequence=101, timestamp=AT[1]),
                said(beacon(AT[3], sequence=99, timestamp=0), "late"),
                said(beacon(AT[3], sequence=101, timestamp=AT[1]), "duplicate"),
                said(beacon(AT[3], sequence=99, timestamp=0), "duplicate"),
                said(beacon(AT[3], sequence=98), "collision"),
                beacon(AT[4], sequence=103),
            ],
        ),
    ]


def lives() -> list[dict[str, Any]]:
    """Epochs, the node's own id, and the tag."""

    def own(moment: int, epoch: int, number: int, word: str) -> Step:
        return message(moment, number, word, "glyph", node_id=NODE_ID, epoch=epoch)

    right = message(AT[2], 3, "accepted")
    known = keyed(beacon(AT[0], sequence=1), KEY)
    return [
        sequence(
            "of another epoch than its sender's beacons",
            [
                beacon(AT[0], sequence=1),
                message(AT[1], 2, "old_epoch", epoch=4),
                message(AT[2], 2, "stranger", epoch=6),
                beacon(AT[3], epoch=6, sequence=0),
                message(AT[4], 3, "accepted", epoch=6),
                message(AT[5], 9, "old_epoch", epoch=5),
            ],
        ),
        sequence(
            "own past about glyphs, then another with this id",
            [own(AT[0], 5, 0, "own"), own(AT[1], 5, 1, "own"), own(AT[2], 5, 2, "collision")],
            epoch=6,
        ),
        sequence(
            "about glyphs, another with this id",
            [own(AT[0], 9, 0, "collision"), own(AT[1], 6, 0, "collision")],
            epoch=6,
        ),
        sequence(
            "about glyphs in a keyed field",
            [
                known,
                said(right, "untagged"),
                said(keyed(right, OTHER_KEY), "forged"),
                (altered(keyed(right, KEY)[0], 40, 1, 2, 3), "forged", AT[2]),
                keyed(right, KEY),
                said(keyed(right, KEY), "duplicate"),
                said(keyed(message(AT[3], 4, "", node_id=1 << 30), KEY), "field"),
            ],
            KEY,
        ),
        sequence(
            "about glyphs in an open field",
            [
                beacon(AT[0], sequence=1),
                said(keyed(right, KEY), "keyed"),
                said(message(AT[2], 3, "", cluster=8), "cluster"),
                (altered(right[0], 3, 11), "kind", AT[2]),
                (altered(right[0], 29, 0), "field", AT[2]),
                right,
            ],
        ),
    ]


def sequences() -> list[dict[str, Any]]:
    return [*kinds(), *orders(), *lives()]
