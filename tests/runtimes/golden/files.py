"""Every generated file with its text, and the form that the vectors have."""

import json
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from ascpi.paths import REPOSITORY
from tests.runtimes.golden import (
    arithmetic,
    chance,
    document,
    message_refusals,
    messages,
    packets,
    refusals,
    tags,
    trace,
)

VECTORS = REPOSITORY / "tests" / "vectors"


def rows(name: str, items: Iterable[object], indent: str = "") -> str:
    """A list in JSON with a line for each item, so that a change shows as what it is."""
    lines = ",\n".join(f"{indent} {json.dumps(item)}" for item in items)
    return f"{indent}{json.dumps(name)}: [\n{lines}\n{indent}]"


def file_of(about: str, *parts: str) -> str:
    return "{\n" + ",\n".join([f'"about": {json.dumps(about)}', *parts]) + "\n}\n"


def groups_text(groups: Iterable[Mapping[str, Any]]) -> str:
    texts = []
    for group in groups:
        head = [f'"{key}": {json.dumps(group[key])}' for key in group if key != "cases"]
        texts.append(",\n".join(["{" + ", ".join(head), rows("cases", group["cases"]) + "}"]))
    return '"groups": [\n' + ",\n".join(texts) + "\n]"


@cache
def everything() -> dict[Path, str]:
    recorded = trace.record()
    head = [f'"{key}": {json.dumps(recorded[key])}' for key in recorded if key != "rows"]
    return {
        VECTORS / "arithmetic.json": file_of(
            "Integer functions: [inputs, result] to within `tolerance`, on a circle of `circle` "
            "units if that is not 0.",
            groups_text(arithmetic.groups()),
        ),
        VECTORS / "chance.json": file_of(
            "The generator of jitter: [[seed, count, limit], count numbers, count below limit].",
            groups_text(chance.groups()),
        ),
        VECTORS / "codec.json": file_of(
            "Valid open packets of cluster fields.cluster and all their fields.",
            rows("packets", packets.valid()),
        ),
        VECTORS / "messages.json": file_of(
            "Valid open packets of glyphs, kinds 2 to 10, of cluster fields.cluster, and all "
            "their fields, `state` as hex; and packets of which one byte or field is wrong.",
            rows("valid", messages.valid()),
            rows("invalid", messages.invalid()),
        ),
        VECTORS / "refusals.json": file_of(
            "What a node that has just booted says to each packet of a sequence; now: its ticks.",
            rows("sequences", [*refusals.sequences(), *message_refusals.sequences()]),
        ),
        VECTORS / "tags.json": file_of(
            "HMAC-SHA-256 over the first 56 bytes of a packet, cut to 8 bytes; one spoilt bit "
            "(0 … 511, counted from bit 0 of byte 0) makes the tag wrong.",
            rows("tags", tags.tags()),
        ),
        VECTORS / "trace.json": file_of(
            "A recorded run of three nodes; rows as tests/runtimes/guest/trace.py explains.",
            *head,
            rows("rows", recorded["rows"]),
        ),
        document.PATH: document.with_blocks(),
    }


def differs(path: Path, text: str) -> bool:
    return not path.exists() or path.read_text("utf-8") != text
