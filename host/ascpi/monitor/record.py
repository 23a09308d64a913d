"""What happened, for whoever writes it down: a line, or a JSON object, with the time of day."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

# Kinds. LINE: what a board wrote that is no telemetry, as a REPL or a traceback.
REPORT, EVENT, NOTE, ERROR, LINE = "report", "event", "note", "error", "line"
BEACON, CONNECTION, AIR = "beacon", "connection", "air"
# What a node tells of one glyph, and how it stands with all of them.
GLYPH, GLYPHS = "glyph", "glyphs"

# Of figures, and no numbers: 7.120 is another glyph than 7.12.
_TEXTS = ("glyph", "state")


@dataclass(frozen=True)
class Record:
    """`name`: the board's; `line`: as it was written; `words`: what it says, by name.

    `at_us`: µs of CLOCK_MONOTONIC; `port` is empty for what came by air.
    """

    at_us: int
    name: str
    port: str
    kind: str
    line: str
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def plain(self) -> str:
        """One line, with the board's name before it."""
        return f"{self.name} {self.line}"


class WallClock:
    """The time of day of moments on CLOCK_MONOTONIC, by what the two show now."""

    def at(self, at_us: int) -> datetime:
        """Local time, with its zone."""
        ago_us = time.monotonic_ns() // 1000 - at_us
        return datetime.now().astimezone() - timedelta(microseconds=ago_us)

    def stamp(self, at_us: int) -> str:
        """As in 2030-05-01T12:00:00.123+02:00."""
        return self.at(at_us).isoformat(timespec="milliseconds")


def as_json(record: Record, stamp: str) -> str:
    """One object on one line; words that are numbers are numbers."""
    values = {
        name: word if name in _TEXTS else _value(word) for name, word in record.words.items()
    }
    return json.dumps(
        {
            "at": stamp,
            "name": record.name,
            "port": record.port or None,
            "kind": record.kind,
            "line": record.line,
            "words": values,
        },
        ensure_ascii=False,
    )


def _value(word: str) -> str | int | float | None:
    if word == "unknown":
        return None
    for number in (int, float):
        try:
            value = number(word)
        except ValueError:
            continue
        # What only Python takes for a number, as 1_000 or nan, stays a word.
        return value if word.lstrip("-").replace(".", "", 1).isdigit() else word
    return word
