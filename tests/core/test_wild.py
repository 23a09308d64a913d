"""One of five boards goes wild: how far the mean of the others leaves the line that it was on.

The same that `ascpi bench hours --wild` measures, only sooner after the start.
"""

import pytest

from ascpi.bench.hours.displaced import run_pair
from ascpi.bench.hours.options import WILD_KINDS, HoursOptions, Wild, wild_hours

MINUTE = 0.75
MOVED_US = 1000


@pytest.mark.parametrize(
    ("kind", "ahead_us"), [*((kind, 2000) for kind in WILD_KINDS), ("chase", 400)]
)
def test_a_wild_board_moves_the_others_by_less_than_a_millisecond(
    kind: str, ahead_us: int
) -> None:
    """In the 60 s from then on. Measured with three seeds: 363 µs, of a broken crystal; 526 where
    one is always 0.4 ms ahead, about as far as it is believed. 67 … 228 µs without any: crystals
    drift. The others stay together, and know it."""
    wild = Wild(kind, MINUTE, ahead_us)
    options = HoursOptions(hours=wild_hours(MINUTE), boards=5, after_s=15, wild=wild)
    pair = run_pair(options, 1, lambda now_us: True)
    assert pair is not None
    found = pair.displaced
    assert found.moved_us < MOVED_US
    assert found.moved_apart_us < MOVED_US
    assert found.honest_worst_us < 150
    assert found.honest_locked == 1
    assert found.honest_coverage is not None
    assert found.honest_coverage >= 0.95
