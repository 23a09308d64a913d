"""Sequences of packets and what a node has to say to each, written from the protocol's words."""

from collections.abc import Sequence
from typing import Any

from tests.runtimes.golden.packets import EXAMPLE, LARGEST, pack, signed, smallest

KEY = b"the key of the cluster"
OTHER_KEY = b"another"
CLUSTER = 7
NODE_ID = 100
SENDER = smallest() | {"node_id": 2, "cluster": CLUSTER, "epoch": 5, "mode": 16}
SECOND_US = 1_000_000

Step = tuple[bytes, str, int]


def sequence(
    name: str, steps: Sequence[Step], key: bytes = b"", epoch: int = 1, **settings: int
) -> dict[str, Any]:
    """`steps`: packet, what is said to it, at which ticks."""
    return {
        "name": name,
        "node": {"id": NODE_ID, "cluster": CLUSTER, **settings},
        "epoch": epoch,
        "key": key.hex(),
        "steps": [
            {"hex": packet.hex(), "now": now, "refusal": word} for packet, word, now in steps
        ],
    }


def all_at_once(*steps: tuple[bytes, str]) -> list[Step]:
    return [(packet, word, 1000) for packet, word in steps]


def altered(packet: bytes, offset: int, *values: int) -> bytes:
    return packet[:offset] + bytes(values) + packet[offset + len(values) :]


def heads() -> list[dict[str, Any]]:
    """What the first 18 bytes decide, and that the first reason in order is the one given."""
    good = pack(SENDER)
    foreign = altered(good, 0, 0x80, 0xCF)
    version = altered(good, 2, 1, 2, 0, 0, 0, 0)
    kind = [altered(good, 3, number) for number in (0, 11, 255)]
    cluster = [pack(SENDER | {"cluster": number}) for number in (0, 6, 8, 0x0107, 0x0700, 0xFFFF)]
    return [
        sequence("empty", all_at_once((b"", "empty"))),
        sequence(
            "length",
            all_at_once(
                *((good[:n], "length") for n in (1, 20, 63)),
                (good + b"\0", "length"),
                (good * 4, "length"),
            )
            + all_at_once((foreign[:63], "length"), (b"hello", "length")),
        ),
        sequence(
            "foreign",
            all_at_once(
                (foreign, "foreign"),
                (altered(good, 1, 0x81), "foreign"),
                (altered(good, 0, 0), "foreign"),
            )
            + all_at_once(
                (bytes(64), "foreign"),
                (b"\xff" * 64, "foreign"),
                (altered(version, 0, 1), "foreign"),
            ),
        ),
        sequence("version", all_at_once((version, "version"), (altered(good, 2, 3), "version"))),
        sequence(
            "kind",
            all_at_once(*((packet, "kind") for packet in kind), (altered(kind[0], 16, 9), "kind")),
        ),
        sequence(
            "cluster",
            all_at_once(*((packet, "cluster") for packet in cluster), (good, "accepted")),
        ),
        sequence(
            "cluster before tag", all_at_once((signed(cluster[0], OTHER_KEY), "cluster")), KEY
        ),
    ]


def tagged() -> list[dict[str, Any]]:
    good = pack(SENDER)
    right = signed(good, KEY)
    bad_field = pack(SENDER | {"dphi": 1 << 15})
    in_turn = [signed(pack(SENDER | {"sequence": number}), KEY) for number in (0, 1, 1)]
    return [
        sequence(
            "open field",
            all_at_once((right, "keyed"), (altered(good, 63, 1), "keyed"), (good, "accepted")),
        ),
        sequence(
            "keyed field",
            all_at_once(
                (good, "untagged"),
                (signed(good, OTHER_KEY), "forged"),
                (altered(right, 24, 9), "forged"),
            )
            + all_at_once(
                (altered(right, 56, right[56] ^ 1), "forged"),
                (altered(right, 63, right[63] ^ 128), "forged"),
            )
            + all_at_once((right, "accepted")),
            KEY,
        ),
        sequence(
            "replay",
            all_at_once(
                (in_turn[0], "accepted"), (in_turn[1], "accepted"), (in_turn[2], "duplicate")
            ),
            KEY,
        ),
        sequence(
            "tag before field",
            all_at_once((bad_field, "untagged"), (signed(bad_field, KEY), "field")),
            KEY,
        ),
        sequence(
            "no tag, bad field",
            all_at_once((altered(bad_field, 63, 1), "keyed"), (bad_field, "field")),
        ),
    ]


def out_of_range() -> list[dict[str, Any]]:
    """Each field one past its largest, with its highest bit alone, and full, where that fits."""
    made = []
    for name, width_bits in WIDTHS_BITS.items():
        limit = LARGEST[name]
        values = sorted({limit + 1, (1 << width_bits) - 1, 1 << (width_bits - 1)})
        bad = [value for value in values if limit < value < 1 << width_bits]
        if bad:
            steps = [(pack(SENDER | {name: value}), "field") for value in bad]
            steps.append(
                (pack(SENDER | ({name: limit} if name != "timestamp" else {})), "accepted")
            )
            made.append(sequence(f"{name} out of range", all_at_once(*steps)))
    made.append(sequence("node_id 0", all_at_once((pack(SENDER | {"node_id": 0}), "field"))))
    return made


WIDTHS_BITS = {
    "node_id": 32,
    "epoch": 32,
    "sequence": 32,
    "timestamp": 32,
    "theta": 32,
    "dphi": 16,
    "kappa": 16,
    "coherence": 16,
    "glyph_digest": 32,
    "echo_id": 32,
}


def extensions() -> list[dict[str, Any]]:
    """What a receiver does not know it passes over, whatever stands there."""
    full = {"echo_id": (1 << 32) - 1, "echo_timestamp": (1 << 24) - 1, "echo_age": (1 << 24) - 1}
    steps = []
    for number, mode in enumerate(kind << 4 | 11 for kind in range(16)):
        fields = {"mode": mode, "sequence": number, "timestamp": number * 10_000}
        word = "field" if mode >> 4 == 1 else "accepted"
        steps.append((pack(SENDER | full | fields), word, number * 10_000 + 2000))
    return [sequence("an extension of every type", steps)]


def beacon(now: int, **fields: int) -> Step:
    """An acceptable beacon of the sender, 2 ms after it was sent by a clock like ours."""
    return pack(SENDER | {"timestamp": now - 2000} | fields), "accepted", now


def said(step: Step, word: str) -> Step:
    return step[0], word, step[2]


def numbered(sequence: int, word: str, heard: int) -> Step:
    """A beacon sent at 10 ms times its number, heard at 10 ms times `heard` and 2 ms."""
    fields = {"sequence": sequence, "timestamp": sequence * 10_000}
    return pack(SENDER | fields), word, heard * 10_000 + 2000


AT = [10_000 + 100_000 * number for number in range(12)]


def orders() -> list[dict[str, Any]]:
    """Sequence numbers."""
    return [
        sequence(
            "order",
            [
                numbered(100, "accepted", 100),
                numbered(100, "duplicate", 101),
                numbered(103, "accepted", 103),
                numbered(102, "late", 103),
                numbered(102, "duplicate", 104),
                numbered(80, "late", 105),
                numbered(79, "duplicate", 105),
                numbered(180, "accepted", 180),
                numbered(103, "duplicate", 181),
                numbered(179, "late", 182),
            ],
        ),
        sequence(
            "replay after five seconds",
            [
                numbered(100, "accepted", 100),
                numbered(110, "accepted", 110),
                numbered(100, "duplicate", 600),
                numbered(110, "duplicate", 610),
                numbered(620, "accepted", 620),
            ],
        ),
        sequence(
            "one number, two timestamps: two nodes",
            [
                numbered(100, "accepted", 100),
                said(beacon(AT[10], sequence=100), "collision"),
                said(beacon(AT[11], sequence=99), "collision"),
                numbered(120, "accepted", 120),
            ],
        ),
    ]


def lives() -> list[dict[str, Any]]:
    """Epochs, clocks and the number of nodes."""
    far = 5 * SECOND_US
    return [
        sequence(
            "restart",
            [
                beacon(AT[0], epoch=5, sequence=50),
                beacon(AT[1], epoch=6, sequence=0),
                said(beacon(AT[2], epoch=5, sequence=51), "old_epoch"),
                said(beacon(AT[3], epoch=0, sequence=0), "old_epoch"),
                beacon(AT[4], epoch=LARGEST["epoch"], sequence=0),
            ],
        ),
        sequence(
            "table full",
            [
                beacon(AT[0], node_id=2),
                beacon(AT[1], node_id=3),
                said(beacon(AT[2], node_id=4), "table_full"),
                beacon(AT[3], node_id=3, sequence=1),
            ],
            max_peers=2,
        ),
        sequence(
            "a clock that jumped is believed the third time",
            [
                beacon(AT[0], sequence=0),
                said(beacon(AT[1], sequence=1, timestamp=far), "collision"),
                beacon(AT[2], sequence=2),
                said(beacon(AT[3], sequence=3, timestamp=far + AT[3]), "collision"),
                said(beacon(AT[4], sequence=4, timestamp=far + AT[4]), "collision"),
                said(beacon(AT[5], sequence=5, timestamp=far + AT[5]), "collision"),
                beacon(AT[6], sequence=6, timestamp=far + AT[6]),
            ],
        ),
    ]


def own_ids() -> list[dict[str, Any]]:
    """Packets that carry the id of the node itself, which is in its sixth epoch."""

    def own(moment: int, epoch: int, number: int, word: str) -> Step:
        return said(beacon(moment, node_id=NODE_ID, epoch=epoch, sequence=number), word)

    past = [own(AT[0], 5, 0, "own"), own(AT[1], 5, 1, "own"), own(AT[2], 5, 2, "collision")]
    other = [own(AT[0], 9, 0, "collision"), own(AT[1], 6, 0, "collision")]
    return [
        sequence("own past, then another with this id", past, epoch=6),
        sequence("another with this id", other, epoch=6),
        sequence("the document's", all_at_once((pack(EXAMPLE), "accepted"))),
    ]


def sequences() -> list[dict[str, Any]]:
    return [*heads(), *tagged(), *out_of_range(), *extensions(), *orders(), *lives(), *own_ids()]
