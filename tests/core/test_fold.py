"""What records say together, also if some come twice, late, or not at all."""

import pytest

from ascpi_core.glyphs import record
from ascpi_core.glyphs.fold import Fold
from ascpi_core.glyphs.glyph import DEPARTING, FREE, HELD, PREPARED, STOPPED, Glyph
from ascpi_core.glyphs.holding import Holding
from ascpi_core.glyphs.ledger import Ledger
from ascpi_core.glyphs.record import (
    ARRIVED,
    BORN,
    COMMITTED,
    DROPPED,
    ENDED,
    FENCED,
    GONE,
    KEPT,
    LEAVING,
    RECORD_BYTES,
    RESUMED,
)

Says = tuple[int, int, int]
"""Type, energy and hops of a record of the one glyph."""


def fold(*says: Says) -> tuple[int, int, list[int], int]:
    """Standing and hops of the glyph, the sums, and the imbalance."""
    holding, ledger = Holding(0, 0), Ledger()
    folded = Fold(holding, ledger)
    glyph = Glyph()
    glyph.birth_node, glyph.birth_count, glyph.kind = 7, 129, 1
    for kind, glyph.energy, glyph.hops in says:
        buffer = bytearray(RECORD_BYTES)
        record.write_glyph(buffer, 0, kind, glyph)
        folded.take(buffer, 0)
    holding.touch()
    sums = [ledger.born, ledger.received, ledger.spent, ledger.sent]
    found = holding.find(7, 129)
    imbalance = ledger.imbalance(holding.energy)
    return (found.standing, found.hops, sums, imbalance) if found else (FREE, 0, sums, imbalance)


PREPARE = (record.PREPARED, 80, 1)
ARRIVE = (ARRIVED, 80, 2)


@pytest.mark.parametrize(
    ("says", "standing", "sums"),
    [
        ([(BORN, 100, 0)], HELD, [100, 0, 0, 0]),
        ([(BORN, 100, 0), (KEPT, 90, 0)], HELD, [100, 0, 10, 0]),
        ([(BORN, 100, 0), (record.STOPPED, 90, 0)], STOPPED, [100, 0, 10, 0]),
        ([(BORN, 100, 0), (COMMITTED, 70, 0)], DEPARTING, [100, 0, 30, 70]),
        ([(BORN, 100, 0), (COMMITTED, 70, 0), (GONE, 70, 0)], FREE, [100, 0, 30, 70]),
        ([(BORN, 100, 0), (COMMITTED, 70, 0), (RESUMED, 70, 0)], HELD, [100, 70, 30, 70]),
        ([PREPARE], PREPARED, [0, 0, 0, 0]),
        ([PREPARE, (DROPPED, 80, 1)], FREE, [0, 0, 0, 0]),
        ([PREPARE, ARRIVE], HELD, [0, 80, 0, 0]),
        ([PREPARE, ARRIVE, (ENDED, 0, 2)], FREE, [0, 80, 80, 0]),
        ([PREPARE, ARRIVE, (FENCED, 75, 2)], FREE, [0, 80, 5, 75]),
    ],
)
def test_the_table(says: list[Says], standing: int, sums: list[int]) -> None:
    found = fold(*says)
    assert (found[0], found[2], found[3]) == (standing, sums, 0)
    # Any of them twice, as after a write that failed and was there all the same.
    for at, each in enumerate(says):
        assert fold(*says[: at + 1], each, *says[at + 1 :]) == found


@pytest.mark.parametrize(
    ("says", "standing", "sums"),
    [
        # Lost between: resumed; arrived; committed; committed and gone; arrived and committed.
        ([(BORN, 9, 0), (COMMITTED, 9, 0), (KEPT, 8, 0)], HELD, [9, 9, 1, 9]),
        ([PREPARE, (KEPT, 70, 2)], HELD, [0, 80, 10, 0]),
        ([(BORN, 9, 0), (GONE, 7, 0)], FREE, [9, 0, 2, 7]),
        ([(BORN, 9, 0), PREPARE], PREPARED, [9, 0, 0, 9]),
        ([PREPARE, (LEAVING, 70, 2)], DEPARTING, [0, 80, 10, 70]),
        ([PREPARE, (ENDED, 0, 2)], FREE, [0, 80, 80, 0]),
        ([(COMMITTED, 9, 0), (GONE, 9, 0)], FREE, [0, 0, 0, 0]),
    ],
)
def test_what_must_have_been_in_between(says: list[Says], standing: int, sums: list[int]) -> None:
    found = fold(*says)
    assert (found[0], found[2], found[3]) == (standing, sums, 0)


def test_a_glyph_that_came_back_is_not_removed_by_what_is_said_of_its_first_stay() -> None:
    away = [(BORN, 100, 0), (COMMITTED, 100, 0)]
    back = [PREPARE, ARRIVE]
    for late in ((GONE, 100, 0), (FENCED, 100, 0), (DROPPED, 80, 1)):
        assert fold(*away, *back, late) == (HELD, 2, [100, 80, 0, 100], 0)
        assert fold(*away, *back) == (HELD, 2, [100, 80, 0, 100], 0)
    assert fold(*away, PREPARE, (GONE, 100, 0)) == (PREPARED, 1, [100, 0, 0, 100], 0)
    # Nor does what was never prepared end what is held.
    assert fold(*away, *back, (DROPPED, 80, 2))[0] == HELD
