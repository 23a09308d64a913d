"""What records say together, also if some come twice, late, or not at all."""

import pytest

from ascpi_core.glyphs.glyph import Glyph, GlyphTable
from ascpi_core.glyphs.journal import RECORD_BYTES, write_record
from ascpi_core.glyphs.lifecycle import (
    DEPARTING,
    FREE,
    HELD,
    PREPARED,
    RECORD_ARRIVED,
    RECORD_BORN,
    RECORD_COMMITTED,
    RECORD_DROPPED,
    RECORD_ENDED,
    RECORD_FENCED,
    RECORD_GONE,
    RECORD_KEPT,
    RECORD_LEAVING,
    RECORD_PREPARED,
    RECORD_RESUMED,
    RECORD_STOPPED,
    STOPPED,
)
from ascpi_core.glyphs.replay import Fold

Says = tuple[int, int, int]
"""Type, energy and hops of a record of the one glyph."""


def fold(*says: Says) -> tuple[int, int, list[int], int]:
    """Standing and hops of the glyph, the sums, and the imbalance."""
    holding = GlyphTable(0, 0)
    ledger, folded = holding.ledger, Fold(holding)
    glyph = Glyph()
    glyph.birth_node, glyph.birth_count, glyph.kind = 7, 129, 1
    for kind, glyph.energy, glyph.hops in says:
        buffer = bytearray(RECORD_BYTES)
        write_record(buffer, 0, kind, glyph)
        folded.take(buffer, 0)
    holding.touch()
    sums = [ledger.born, ledger.received, ledger.spent, ledger.sent]
    found = holding.find(7, 129)
    imbalance = ledger.imbalance(holding.energy)
    return (found.standing, found.hops, sums, imbalance) if found else (FREE, 0, sums, imbalance)


PREPARE = (RECORD_PREPARED, 80, 1)
ARRIVE = (RECORD_ARRIVED, 80, 2)


@pytest.mark.parametrize(
    ("says", "standing", "sums"),
    [
        ([(RECORD_BORN, 100, 0)], HELD, [100, 0, 0, 0]),
        ([(RECORD_BORN, 100, 0), (RECORD_KEPT, 90, 0)], HELD, [100, 0, 10, 0]),
        ([(RECORD_BORN, 100, 0), (RECORD_STOPPED, 90, 0)], STOPPED, [100, 0, 10, 0]),
        ([(RECORD_BORN, 100, 0), (RECORD_COMMITTED, 70, 0)], DEPARTING, [100, 0, 30, 70]),
        (
            [(RECORD_BORN, 100, 0), (RECORD_COMMITTED, 70, 0), (RECORD_GONE, 70, 0)],
            FREE,
            [100, 0, 30, 70],
        ),
        (
            [(RECORD_BORN, 100, 0), (RECORD_COMMITTED, 70, 0), (RECORD_RESUMED, 70, 0)],
            HELD,
            [100, 70, 30, 70],
        ),
        ([PREPARE], PREPARED, [0, 0, 0, 0]),
        ([PREPARE, (RECORD_DROPPED, 80, 1)], FREE, [0, 0, 0, 0]),
        ([PREPARE, ARRIVE], HELD, [0, 80, 0, 0]),
        ([PREPARE, ARRIVE, (RECORD_ENDED, 0, 2)], FREE, [0, 80, 80, 0]),
        ([PREPARE, ARRIVE, (RECORD_FENCED, 75, 2)], FREE, [0, 80, 5, 75]),
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
        ([(RECORD_BORN, 9, 0), (RECORD_COMMITTED, 9, 0), (RECORD_KEPT, 8, 0)], HELD, [9, 9, 1, 9]),
        ([PREPARE, (RECORD_KEPT, 70, 2)], HELD, [0, 80, 10, 0]),
        ([(RECORD_BORN, 9, 0), (RECORD_GONE, 7, 0)], FREE, [9, 0, 2, 7]),
        ([(RECORD_BORN, 9, 0), PREPARE], PREPARED, [9, 0, 0, 9]),
        ([PREPARE, (RECORD_LEAVING, 70, 2)], DEPARTING, [0, 80, 10, 70]),
        ([PREPARE, (RECORD_ENDED, 0, 2)], FREE, [0, 80, 80, 0]),
        ([(RECORD_COMMITTED, 9, 0), (RECORD_GONE, 9, 0)], FREE, [0, 0, 0, 0]),
    ],
)
def test_what_must_have_been_in_between(says: list[Says], standing: int, sums: list[int]) -> None:
    found = fold(*says)
    assert (found[0], found[2], found[3]) == (standing, sums, 0)


def test_a_glyph_that_came_back_is_not_removed_by_what_is_said_of_its_first_stay() -> None:
    away = [(RECORD_BORN, 100, 0), (RECORD_COMMITTED, 100, 0)]
    back = [PREPARE, ARRIVE]
    for late in ((RECORD_GONE, 100, 0), (RECORD_FENCED, 100, 0), (RECORD_DROPPED, 80, 1)):
        assert fold(*away, *back, late) == (HELD, 2, [100, 80, 0, 100], 0)
        assert fold(*away, *back) == (HELD, 2, [100, 80, 0, 100], 0)
    assert fold(*away, PREPARE, (RECORD_GONE, 100, 0)) == (PREPARED, 1, [100, 0, 0, 100], 0)
    # Nor does what was never prepared end what is held.
    assert fold(*away, *back, (RECORD_DROPPED, 80, 2))[0] == HELD
