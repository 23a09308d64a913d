"""The look pin by pin: where the chip, or MicroPython on it, has nothing better.

A round over eight pins takes tens of µs. An edge that it finds came after the same pin's turn in
the round before, so the gap that is noted is that of two rounds. Pin i of those chosen is bit i of
the low levels.
"""

from . import record as places

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_TICKS_MASK = 0x3FFFFFFF


def look(values: "list[Callable[[], int]]", words: "Any", ticks: "Callable[[], int]") -> int:
    """As native.look, by the pins' own `value`."""
    low = words[places.LOW]
    wait = words[places.FOR_US]
    begin = ticks()
    earlier = words[places.EARLIER]
    before = begin
    first = True
    while True:
        new = 0
        bit = 1
        for value in values:
            if value():
                new |= bit
            bit <<= 1
        now = ticks()
        gap = (now - earlier) & _TICKS_MASK
        earlier = before
        before = now
        _count(words, gap, first)
        first = False
        elapsed = (now - begin) & _TICKS_MASK
        if new != low:
            waiting = words[places.WRITTEN] - words[places.TAKEN]
            _note(words, now, gap, low, new, waiting)
            low = new
            if waiting < places.FULL:
                wait = elapsed + words[places.QUIET_US]
        elif elapsed >= wait:
            break
    words[places.LOW] = low
    words[places.EARLIER] = earlier
    entries: int = words[places.WRITTEN] - words[places.TAKEN]
    return entries


def _count(words: "Any", gap: int, first: bool) -> None:
    if first:
        words[places.AWAY] = max(words[places.AWAY], gap)
        return
    words[places.LONGEST] = max(words[places.LONGEST], gap)
    words[places.GAPS + min(gap, places.GAPS_COUNTED - 1)] += 1


def _note(words: "Any", now: int, gap: int, low: int, new: int, waiting: int) -> None:
    if waiting >= places.ENTRIES:
        words[places.DROPPED] += 1
        return
    place = places.RING + words[places.WRITTEN] % places.ENTRIES * places.ENTRY_WORDS
    words[place] = now
    words[place + 1] = gap
    words[place + 2] = low
    words[place + 4] = new
    words[places.WRITTEN] += 1
