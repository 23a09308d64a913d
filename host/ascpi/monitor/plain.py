"""Lines for pipes: what happened as it happens, each with its board's name before it."""

import math
import sys
import time
from collections.abc import Callable
from typing import TextIO

from ascpi.monitor.record import Record, WallClock, as_json
from ascpi.monitor.roster import NO_BOARD_YET
from ascpi.monitor.session import Session, matches

LOOK_S = 0.1
# Boards that are there have been found by then.
PATIENCE_S = 1.0


def follow(
    session: Session,
    stream: TextIO,
    *,
    json_lines: bool,
    wanted: str,
    until_s: float | None,
    is_over: Callable[[], bool],
) -> None:
    """Until `until_s` on time.monotonic, or until `is_over`."""
    clock = WallClock()
    failure = ""
    alone_from_s = time.monotonic() + PATIENCE_S
    while not is_over() and (until_s is None or time.monotonic() < until_s):
        left_s = LOOK_S if until_s is None else min(LOOK_S, max(0.001, until_s - time.monotonic()))
        records = [record for record in session.drain(left_s) if matches(record, wanted)]
        for record in records:
            print(_text(record, clock, json_lines), file=stream)
        if records:
            stream.flush()
        if time.monotonic() >= alone_from_s:
            alone_from_s = math.inf
            if not session.roster.boards:
                print(f"ascpi: {NO_BOARD_YET}", file=sys.stderr)
        if session.log is not None and session.log.failure != failure:
            failure = session.log.failure
            if failure:
                print(f"ascpi: {failure}", file=sys.stderr)


def _text(record: Record, clock: WallClock, json_lines: bool) -> str:
    return as_json(record, clock.stamp(record.at_us)) if json_lines else record.plain
