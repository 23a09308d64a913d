"""What was seen and is not told yet, as words of one array that both kinds of look write.

A change of levels is an entry of the ring: the ticks when it was seen, how long before that it
came at most (the gap), and the levels before and after. A full ring drops what is new and counts
it. Beside it stands how sharply it was looked: how often the gap was so many µs.
"""

from array import array

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# Places of the words. native.py has the same numbers.
LOW_MASK = 0
HIGH_MASK = 1
LOW = 2
HIGH = 3
EARLIER = 4
"""Ticks just before the last look."""
FOR_US = 5
"""How long to look, at least."""
QUIET_US = 6
"""How long to go on after a change."""
WRITTEN = 7
TAKEN = 8
DROPPED = 9
LONGEST = 10
"""The longest gap within a call."""
AWAY = 11
"""The longest gap from one call to the next."""
GAPS = 16
"""Gaps of 0, 1, … µs; the last counts all that are longer."""
GAPS_COUNTED = 64
RING = GAPS + GAPS_COUNTED
ENTRY_WORDS = 8
ENTRIES = 64
"""Four turns of eight boards, both edges, if no two were seen in one look."""
FULL = 48
"""From so many entries on a look ends although changes go on."""
WORDS = RING + ENTRIES * ENTRY_WORDS


class Record:
    """The words, and what Python asks of them between two calls."""

    def __init__(self) -> None:
        self.words = array("i", bytes(4 * WORDS))

    def clear(self) -> None:
        """Nothing was seen yet."""
        for place in range(WORDS):
            self.words[place] = 0

    def forget(self) -> None:
        """What was seen so far does not count; only the levels, and when they were looked at."""
        levels = self.words[LOW], self.words[HIGH]
        masks = self.words[LOW_MASK], self.words[HIGH_MASK]
        earlier = self.words[EARLIER]
        self.clear()
        self.words[LOW], self.words[HIGH] = levels
        self.words[LOW_MASK], self.words[HIGH_MASK] = masks
        self.words[EARLIER] = earlier

    def waiting(self) -> int:
        """Entries not taken yet."""
        return self.words[WRITTEN] - self.words[TAKEN]

    def take(self) -> "tuple[int, int, int, int, int, int]":
        """The oldest entry: ticks, gap in µs, levels before (low, high) and after (low, high)."""
        words = self.words
        place = RING + words[TAKEN] % ENTRIES * ENTRY_WORDS
        words[TAKEN] += 1
        return (
            words[place],
            words[place + 1],
            words[place + 2],
            words[place + 3],
            words[place + 4],
            words[place + 5],
        )

    def sharpness(self) -> "tuple[int, int, int, int]":
        """Looks, their median gap, the longest and the longest away in µs, since the last call."""
        words = self.words
        looks = 0
        for place in range(GAPS, GAPS + GAPS_COUNTED):
            looks += words[place]
        half = 0
        median = 0
        for place in range(GAPS, GAPS + GAPS_COUNTED):
            half += words[place]
            if 2 * half >= looks:
                break
            median += 1
        found = (looks, median, words[LONGEST], words[AWAY])
        for place in range(GAPS, GAPS + GAPS_COUNTED):
            words[place] = 0
        words[LONGEST] = 0
        words[AWAY] = 0
        return found


def changes(
    places: "list[tuple[int, int, int]]", entry: "tuple[int, int, int, int, int, int]"
) -> "Iterator[tuple[int, int]]":
    """(pin, level) of each pin that an entry changed; a place is (pin, word 0 or 1, bit)."""
    for pin, word, bit in places:
        before = (entry[2 + word] >> bit) & 1
        after = (entry[4 + word] >> bit) & 1
        if before != after:
            yield pin, after
